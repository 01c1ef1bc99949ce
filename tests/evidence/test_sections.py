"""Sections of a comparison: for all kinds of outcome, and by numbers worked out elsewhere."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, r2_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from xgboost import XGBClassifier

from tests.strategies import random_table
from treeprune import CostComplexityPruner, PruningWarning, compare, load_model
from treeprune.exceptions import UnsupportedModelError

X, Y = load_breast_cancer(return_X_y=True, as_frame=True)
FOREST = RandomForestClassifier(20, random_state=0).fit(X[::2], Y[::2])
LINEAR = LogisticRegression(max_iter=9000)
TREE = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X[::2], Y[::2])


@pytest.fixture(scope="module")
def found():
    subgroups = pd.DataFrame({"large": X["mean area"] > 600})[1::2]
    options = {"background": X[::2], "subgroups": subgroups, "thresholds": [0.2, 0.5]}
    return compare(FOREST, TREE, X[1::2], Y[1::2], **options)


def test_predictions_and_outcomes(found):
    a, b = (m.predict_proba(X[1::2])[:, 1] for m in (FOREST, TREE))
    y = Y[1::2]
    assert found.predictions.fidelity_r2 == pytest.approx(r2_score(a, b))
    assert found.predictions.change.maximum == pytest.approx(np.abs(a - b).max())
    flips = found.predictions.flips[0]
    assert (flips.n_up, flips.n_down) == (((a < 0.2) & (b >= 0.2)).sum(), ((a >= 0.2) & (b < 0.2)).sum())
    change = roc_auc_score(y, b) - roc_auc_score(y, a)
    assert found.outcomes.difference.estimate == pytest.approx(change)
    assert found.outcomes.measure == "AUC"
    assert found.outcomes.reclassification is not None
    assert found.calibration.before.line[0].slope.estimate == pytest.approx(
        found.before["calibration slope"], rel=1e-3
    )
    assert found.decision_curve.before.shape == found.decision_curve.thresholds.shape
    assert sum(region.n for region in found.regions) == len(y)
    assert found.subgroups.subgroups[0].label == "all rows"
    assert found.subgroup_fidelity.subgroups[0].changes[0].after == pytest.approx(r2_score(a, b))
    errors = found.outcomes.errors
    assert set(errors) == {"AUC", "Brier", "log loss"}
    brier = brier_score_loss(y, b) - brier_score_loss(y, a)
    assert errors["Brier"].estimate == pytest.approx(brier)
    assert errors["Brier"].low < brier < errors["Brier"].high
    assert errors["AUC"].low == pytest.approx(found.outcomes.difference.low, abs=0.01)


def test_attributions_are_on_one_scale(found):
    section = found.attributions
    assert section.before.route == section.after.route == "against a background"
    assert section.plain.cosine > 0.3
    assert section.grouped.cosine > section.plain.cosine
    groups = found.attribution_subgroups.subgroups
    whole = {c.name: c.after for c in groups[0].changes}
    assert whole["attribution cosine"] == pytest.approx(section.grouped.cosine)
    assert [g.label for g in groups[1:]] == ["0", "1"]
    np.testing.assert_allclose([c.before for g in groups for c in g.changes], 1.0)
    used = TREE.tree_.feature[TREE.tree_.children_left >= 0]
    assert section.removed.sum() == 30 - len(set(used))
    assert found.floor.kind == "backgrounds"
    assert 0.8 < found.floor.least("cosine") <= 1.0


def test_another_scale_for_other_links():
    few = X.iloc[:, :4]
    booster = XGBClassifier(n_estimators=5, max_depth=2).fit(few[::2], Y[::2])
    tree = DecisionTreeClassifier(max_depth=2).fit(few[::2], Y[::2])
    section = compare(booster, tree, few[1::2], Y[1::2]).attributions
    assert section.before.output == section.after.output == "probability"
    own = section.before.base + section.before.phi.sum(axis=1)
    np.testing.assert_allclose(own, booster.predict_proba(few[1::2].iloc[section.rows])[:, 1], atol=1e-5)


def test_the_floor_of_a_retrained_model():
    comparison = compare(FOREST, TREE, X[1::2], Y[1::2], retrain=(X[::2], Y[::2]), n_retrains=2)
    floor = comparison.floor
    assert floor.kind == "retrained"
    assert len(floor.fidelity_r2) == len(floor.grouped) == 2
    assert 0.7 < floor.least("fidelity_r2") < 1.0
    again = compare(FOREST, TREE, X[1::2], Y[1::2], retrain=(X[::2], Y[::2]), n_retrains=2).floor
    np.testing.assert_array_equal(floor.fidelity_r2, again.fidelity_r2)
    booster = XGBClassifier(n_estimators=3).fit(X[::2], Y[::2]).get_booster()
    with pytest.raises(UnsupportedModelError, match="cannot be trained anew"):
        _ = compare(booster, booster, X[1::2], Y[1::2], retrain=(X[::2], Y[::2])).floor


def test_a_file_that_holds_no_parameters_is_not_trained_anew(tmp_path):
    settings = {"n_estimators": 12, "max_depth": 2, "n_jobs": 1}
    XGBClassifier(**settings).fit(X[::2], Y[::2]).save_model(tmp_path / "model.ubj")
    model = load_model(tmp_path / "model.ubj")
    rows = {"retrain": (X[::2], Y[::2]), "n_retrains": 1}
    with pytest.raises(UnsupportedModelError, match=r"anew: it has 12 rounds .* would have 100"):
        _ = compare(model, model, X[1::2], Y[1::2], **rows).floor
    with pytest.raises(UnsupportedModelError, match="FrozenEstimator"):
        CostComplexityPruner(model).fit(X[::2], Y[::2])
    model.set_params(**settings)
    assert compare(model, model, X[1::2], Y[1::2], **rows).floor.kind == "retrained"


def test_rows_that_judge_are_no_training_rows():
    with pytest.warns(PruningWarning, match="100% of the rows that judge are equal to training rows"):
        compare(FOREST, TREE, X[:20], Y[:20], retrain=(X, Y))


@pytest.mark.parametrize(
    ("load", "before", "after"),
    [
        (load_wine, RandomForestClassifier(10, random_state=0), GradientBoostingClassifier(n_estimators=5)),
        (load_diabetes, RandomForestRegressor(10, random_state=0), DecisionTreeRegressor(max_depth=3)),
        (load_breast_cancer, make_pipeline(StandardScaler(), LINEAR), LINEAR),
    ],
    ids=["classes", "numbers", "pipelines"],
)
def test_other_kinds(load, before, after):
    A, b = load(return_X_y=True)
    A = A[:, :6]
    before, after = clone(before).fit(A[::2], b[::2]), clone(after).fit(A[::2], b[::2])
    found = compare(before, after, A[1::2], b[1::2], subgroups={"half": A[1::2, 0] > np.median(A[:, 0])})
    assert found.outcomes.difference is not None
    assert len(found.outcomes.errors) >= 2
    assert found.outcomes.errors["Brier" if load is not load_diabetes else "mse"].low < 1
    assert len(found.subgroups.subgroups) == len(found.subgroup_fidelity.subgroups) == 3
    assert found.calibration is not None
    assert found.regions
    assert found.attributions.plain.cosine > 0
    assert (found.decision_curve is None) == (load is not load_breast_cancer)


def test_several_outcomes_and_scores_have_what_can_be_had():
    A, b = random_table(0, 120, "multi_output")
    one = RandomForestClassifier(5, random_state=0).fit(A, b)
    two = DecisionTreeClassifier(max_depth=3).fit(A, b)
    found = compare(one, two, A, b)
    assert found.predictions.fidelity_r2 < 1
    assert found.outcomes.difference is None
    assert found.calibration is None
    assert found.attributions.plain.cosine > 0


def test_weights_and_sparse_rows():
    A, b = random_table(0, 200, "binary")
    w = np.random.default_rng(0).integers(0, 3, 200)
    one = RandomForestClassifier(5, random_state=0).fit(A, b)
    two = DecisionTreeClassifier(max_depth=3).fit(A, b)
    every = np.repeat(np.arange(200), w)
    weighted = compare(one, two, csr_matrix(A), b, w, subgroups={"third": A[:, 3]})
    repeated = compare(one, two, A[every], b[every])
    assert weighted.predictions.fidelity_r2 == pytest.approx(repeated.predictions.fidelity_r2)
    difference, known = weighted.outcomes.difference, repeated.outcomes.difference
    np.testing.assert_allclose([difference.low, difference.high], [known.low, known.high])
    assert weighted.regions
    assert weighted.subgroups.subgroups[0].n == (w > 0).sum()
    assert weighted.attributions.plain.cosine > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"thresholds": 1.5}, "thresholds"),
        ({"margin": -0.1}, "margin"),
        ({"n_retrains": 0}, "n_retrains"),
        ({"retrain": X}, "retrain must be a pair"),
        ({"retrain": (X, Y[:5])}, "inconsistent"),
        ({"subgroups": X[:5]}, "inconsistent"),
        ({"min_count": 0}, "min_count"),
    ],
)
def test_bad_options(change, message):
    with pytest.raises(ValueError, match=message):
        compare(FOREST, TREE, X, Y, **change)
