"""TreeDistiller: what it gives, on all kinds of teachers and tables."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib import pyplot
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from xgboost import XGBClassifier

from tests.strategies import random_table
from treeprune import TreeDistiller
from treeprune.exceptions import PruningWarning, UnsupportedModelError

# few rows: what they say of the stability of splits is tested in its own place
pytestmark = pytest.mark.filterwarnings("ignore:splits at the top of the tree:treeprune.PruningWarning")

FAST = {"n_synthetic": 1000, "n_redraws": 0, "cv": 3, "random_state": 0}


def make(teacher, **parameters):
    return TreeDistiller(teacher, **(FAST | parameters))


def wards(n=400):
    """Patients of three wards; risk depends on age, ward and a lab value that is missing for some."""
    rng = np.random.default_rng(0)
    ward = rng.choice(["surgery", "medicine", "icu"], n)
    age = rng.integers(20, 90, n)
    lab = np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n))
    logit = 0.05 * (age - 55) + 2.0 * (ward == "icu") - 1.0 * (ward == "surgery") + np.nan_to_num(lab)
    y = np.where(rng.random(n) < 1 / (1 + np.exp(-logit)), "dead", "alive")
    return pd.DataFrame({"age": age, "ward": ward, "lab": lab}), y


def ward_pipeline():
    prep = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["ward"]), (SimpleImputer(), ["age", "lab"])
    )
    return make_pipeline(prep, RandomForestClassifier(30, min_samples_leaf=5, random_state=0))


@pytest.mark.parametrize(
    "teacher",
    [
        RandomForestClassifier(20, random_state=0),
        GradientBoostingClassifier(n_estimators=20, random_state=0),
        XGBClassifier(n_estimators=20, max_depth=3),
        make_pipeline(StandardScaler(), LogisticRegression()),
        StackingClassifier([("tree", DecisionTreeClassifier(max_depth=3))], LogisticRegression(), cv=2),
        GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [3, 4]}, cv=2),
    ],
    ids=lambda model: type(model).__name__,
)
def test_teachers_of_all_kinds(teacher):
    X, y = random_table(0, 300, "binary")
    before = clone(teacher)
    distiller = make(teacher, max_leaf_nodes=8).fit(X, y)
    assert repr(teacher) == repr(before)
    assert not hasattr(teacher, "classes_")
    assert type(distiller.estimator_) is DecisionTreeClassifier
    assert distiller.estimator_.get_n_leaves() <= 8
    known = distiller.teacher_.predict_proba(X)
    own = distiller.predict_proba(X)
    np.testing.assert_allclose(
        distiller.fidelity_score(X), r2_score(known, own, multioutput="variance_weighted")
    )
    assert distiller.fidelity_score(X) > 0.4
    assert distiller.answers_ == (
        "out-of-bag" if isinstance(teacher, RandomForestClassifier) else "cross-fitted"
    )
    np.testing.assert_array_equal(distiller.predict(X), distiller.classes_[own.argmax(axis=1)])


def test_it_beats_a_tree_on_the_answers_for_the_training_rows():
    X, y = load_breast_cancer(return_X_y=True)
    a, b, ya, _ = train_test_split(X, y, random_state=0, stratify=y)
    forest = RandomForestClassifier(100, random_state=0)
    distiller = make(forest, n_synthetic=5000).fit(a, ya)
    known = distiller.teacher_.predict_proba(b)[:, 1]
    naive = DecisionTreeRegressor(max_leaf_nodes=16, random_state=0)
    naive.fit(a, distiller.teacher_.predict_proba(a)[:, 1])
    assert distiller.fidelity_score(b) > r2_score(known, naive.predict(b)) + 0.02
    # what was promised on rows that nobody had seen is kept there
    promised, error = distiller.fidelity_
    assert abs(distiller.fidelity_score(b) - promised) < max(5 * error, 0.05)


def test_words_and_missing_values_through_a_pipeline():
    X, y = wards()
    distiller = make(ward_pipeline(), max_leaf_nodes=8).fit(X, y)
    assert list(distiller.classes_) == ["alive", "dead"]
    np.testing.assert_array_equal(distiller.predict(X), distiller.estimator_.predict(X))
    assert "ward" in distiller.get_feature_names_out()
    # the ward of the largest risk stands at one end
    encoder = distiller.estimator_[0].named_transformers_["words_1"]
    assert list(encoder.categories_[0]) == ["surgery", "medicine", "icu"]
    strange = X.head(3).assign(ward=["icu", "garden", None])
    assert distiller.predict_proba(strange).shape == (3, 2)
    text = str(distiller.to_rules(units={"age": "years"}))
    assert "ward is" in text
    assert "years" in text
    for export in (distiller.to_sql(), distiller.to_python()):
        assert distiller.check_parity(export, X).agrees
    assert distiller.leaf_table_["n"].sum() == len(X)
    assert distiller.leaf_table_["n_dead"].sum() == (y == "dead").sum()
    assert "<svg" in distiller._repr_html_()
    names = {"class_names": ["went home", "passed away"]}
    assert "icu" in distiller.to_svg()
    assert "passed away" in distiller.to_svg(**names)
    assert "passed away" not in distiller.to_svg()
    display = distiller.plot(**names)
    shown = [text.get_text() for text in display.ax_.texts]
    assert any("passed away" in text for text in shown)
    assert any(f"events {distiller.leaf_table_['n_dead'].max()}" in text for text in shown)
    pyplot.close(display.figure_)


def test_containers_give_one_tree():
    X, y = random_table(0, 200, "binary")
    teacher = FrozenEstimator(RandomForestClassifier(10, random_state=0).fit(X, y))
    names = [f"f{j}" for j in range(5)]
    tables = (X, csr_matrix(X), pd.DataFrame(X, columns=names), pl.DataFrame(X, schema=names))
    trees = []
    for table in tables:
        own = FrozenEstimator(RandomForestClassifier(10, random_state=0).fit(table, y))
        trees.append(make(own, max_leaf_nodes=6).fit(table, y).tree_)
    first = make(teacher, max_leaf_nodes=6).fit(X, y).tree_
    for tree in trees:
        np.testing.assert_array_equal(tree.tree_.threshold, first.tree_.threshold)


def test_numbers_and_several_of_them():
    X, y = random_table(0, 300, "multi_regression")
    distiller = make(RandomForestRegressor(20, random_state=0), max_leaf_nodes=12).fit(X, y)
    assert type(distiller.estimator_) is DecisionTreeRegressor
    assert distiller.predict(X).shape == y.shape
    assert distiller.fidelity_score(X) > 0.5


def test_several_classes_and_their_names():
    X, y = random_table(0, 300, "strings")
    distiller = make(RandomForestClassifier(20, random_state=0), max_leaf_nodes=10).fit(X, y)
    assert list(distiller.classes_) == ["alive", "dead", "lost"]
    np.testing.assert_allclose(distiller.predict_proba(X).sum(axis=1), 1.0)
    report = distiller.fidelity(X)
    assert report.agreement == np.mean(distiller.predict(X) == distiller.teacher_.predict(X))


def test_the_size_is_chosen_by_held_out_fidelity():
    X, y = random_table(1, 400, "regression")

    class Step(LinearRegression):
        def fit(self, X, y, sample_weight=None):
            super().fit(np.asarray(X)[:, :1] > 0, y, sample_weight)
            self.n_features_in_ = 5
            return self

        def predict(self, X):
            return self.intercept_ + (np.asarray(X)[:, :1] > 0) @ self.coef_

    distiller = make(Step(), max_leaf_nodes=None, sampler="none").fit(X, y)
    assert distiller.estimator_.get_n_leaves() == 2
    assert distiller.fidelity_[0] > 0.9
    frame = distiller.rehearsal_.to_frame()
    assert set(frame.columns) == {"sampler", "n_leaves", "fidelity_r2", "standard_error"}


def test_splits_where_the_teacher_splits():
    X, y = random_table(0, 300, "binary")
    for teacher in (RandomForestClassifier(5, max_depth=3, random_state=0), XGBClassifier(n_estimators=5)):
        distiller = make(teacher, thresholds="teacher", max_leaf_nodes=8).fit(X, y)
        tree = distiller.tree_.tree_
        inner = tree.children_left >= 0
        e = distiller.teacher_
        if isinstance(e, RandomForestClassifier):
            own = {
                (f, t)
                for m in e.estimators_
                for f, t in zip(m.tree_.feature, m.tree_.threshold, strict=True)
            }
            assert {*zip(tree.feature[inner], tree.threshold[inner], strict=True)} <= own
        assert inner.sum() > 0
    with pytest.raises(UnsupportedModelError, match="split the columns of X"):
        make(LogisticRegression(), thresholds="teacher").fit(X, y)


def test_features_that_cost():
    X, y = wards(600)
    X = X[["age", "lab"]].assign(copy=X["age"] + 0.0)
    teacher = make_pipeline(SimpleImputer(), RandomForestClassifier(20, min_samples_leaf=5, random_state=0))
    dear = make(teacher, feature_costs={"lab": 100.0, "copy": 1.0}).fit(X, y)
    assert list(dear.get_feature_names_out()) == ["age"]
    kept = make(teacher, feature_costs={"lab": 100.0, "copy": 1.0}, keep=["lab"]).fit(X, y)
    assert "lab" in kept.get_feature_names_out()
    assert kept.tree_.tree_.feature.max() >= 1
    without = make(teacher, exclude=["age"]).fit(X, y)
    assert 0 not in without.tree_.tree_.feature[without.tree_.tree_.children_left >= 0]


def test_every_leaf_has_real_rows():
    X, y = random_table(0, 200, "binary")
    distiller = make(RandomForestClassifier(10, random_state=0), min_real_samples_leaf=25).fit(X, y)
    leaves = distiller.tree_.apply(X)
    assert np.bincount(leaves)[np.unique(leaves)].min() >= 25
    np.testing.assert_array_equal(
        np.bincount(leaves, minlength=distiller.tree_.tree_.node_count)[np.unique(leaves)],
        distiller.tree_.tree_.n_node_samples[np.unique(leaves)],
    )


def test_impossible_rows_are_not_asked_about():
    X, y = wards()
    asked = []

    def possible(table):
        return ((table["ward"] != "icu") | (table["age"] >= 40)).to_numpy()

    class Watched(RandomForestClassifier):
        def predict_proba(self, X):
            asked.append(X)
            return super().predict_proba(X)

    real = possible(X)
    X, y = X[real], y[real]
    prep = make_column_transformer((OneHotEncoder(sparse_output=False), ["ward"]), remainder="passthrough")
    prep.set_output(transform="pandas")
    make(make_pipeline(prep, Watched(5, random_state=0)), sampler="forest", constraints=possible).fit(X, y)
    assert sum(len(rows) for rows in asked) > 3000
    for rows in asked:
        icu = rows["onehotencoder__ward_icu"] == 1
        assert (rows.loc[icu, "remainder__age"] >= 40).all()


def test_a_sampler_of_ones_own():
    X, y = random_table(0, 200, "binary")

    def noise(X, n, rng):
        return X[rng.integers(len(X), size=n)] + 0.01 * rng.normal(size=(n, X.shape[1]))

    distiller = make(RandomForestClassifier(10, random_state=0), sampler=noise).fit(X, y)
    assert distiller.sampler_ == "noise"


def test_weights_are_repeated_rows():
    X, y = random_table(0, 150, "binary")
    w = np.random.default_rng(0).integers(0, 3, 150)
    every = np.repeat(np.arange(150), w)
    teacher = FrozenEstimator(DecisionTreeClassifier(max_depth=4, random_state=0).fit(X, y))
    a = make(teacher, sampler="copula", min_real_samples_leaf=1).fit(X, y, sample_weight=w)
    b = make(teacher, sampler="copula", min_real_samples_leaf=1).fit(X[every], y[every])
    np.testing.assert_allclose(a.predict_proba(X), b.predict_proba(X), atol=1e-12)


def test_seeds_decide():
    X, y = random_table(0, 200, "binary")
    teacher = RandomForestClassifier(10, random_state=0)
    trees = [
        make(teacher, random_state=seed, n_jobs=n).fit(X, y).tree_ for seed, n in ((0, 1), (0, 2), (1, 1))
    ]
    np.testing.assert_array_equal(trees[0].tree_.threshold, trees[1].tree_.threshold)
    assert not np.array_equal(trees[0].tree_.threshold, trees[2].tree_.threshold)


def test_a_frozen_teacher_needs_no_outcome():
    X, y = random_table(0, 200, "binary")
    teacher = LogisticRegression().fit(X, y)
    before = teacher.coef_.copy()
    distiller = make(FrozenEstimator(teacher)).fit(X)
    assert distiller.teacher_ is teacher
    np.testing.assert_array_equal(teacher.coef_, before)
    assert "share" not in distiller.leaf_table_


@pytest.mark.filterwarnings("default:splits at the top of the tree:treeprune.PruningWarning")
def test_splits_that_chance_decides_are_warned_of():
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(300, 1))
    X = signal + 0.05 * rng.normal(size=(300, 6))  # six versions of one thing
    y = (signal[:, 0] + rng.normal(size=300) > 0).astype(int)
    distiller = make(RandomForestClassifier(20, random_state=0), max_leaf_nodes=4, n_redraws=8)
    with pytest.warns(PruningWarning, match="not stable"):
        distiller.fit(X, y)
    assert distiller.stability_["same_feature"].min() < 0.7
    assert (distiller.stability_["rival"] != "").all()


def test_drawing_until_splits_are_stable():
    X, y = random_table(0, 300, "binary")
    teacher = FrozenEstimator(GradientBoostingClassifier(n_estimators=10, random_state=0).fit(X, y))
    distiller = make(teacher, n_synthetic="stable", sampler="copula", max_leaf_nodes=3, n_redraws=2)
    distiller.fit(X[::2], y[::2])
    first = distiller.stability_.iloc[0]
    assert first["stable"] or first["n_rows"] > 200_000
    for change in ({"exclude": [0]}, {"thresholds": "teacher"}, {"sampler": "none"}):
        with pytest.raises(ValueError, match='n_synthetic="stable"'):
            clone(distiller).set_params(**change).fit(X, y)


def test_fidelity_says_where_it_is_worst_and_for_whom():
    X, y = wards(600)
    distiller = make(ward_pipeline(), max_leaf_nodes=4).fit(X[:400], y[:400])
    report = distiller.fidelity(X[400:], subgroups=X[["ward"]][400:])
    known, own = distiller.teacher_.predict_proba(X[400:]), distiller.predict_proba(X[400:])
    change = np.abs(known - own).max(axis=1)
    assert report.max_change == change.max()
    assert report.regions[0].mean_change > change.mean()
    assert sum(region.n for region in report.regions) == 200
    icu = next(group for group in report.subgroups.subgroups if group.label == "icu")
    inside = (X["ward"][400:] == "icu").to_numpy()
    found = {c.name: c.difference.estimate for c in icu.changes}
    np.testing.assert_allclose(found["mean |change|"], change[inside].mean())


def test_behind_a_preprocessor_in_a_pipeline():
    X, y = wards()
    prep = make_column_transformer((OneHotEncoder(), ["ward"]), (SimpleImputer(), ["age", "lab"]))
    distiller = make(RandomForestClassifier(20, min_samples_leaf=5, random_state=0), max_leaf_nodes=6)
    piped = make_pipeline(prep, distiller).fit(X, y)
    assert piped.score(X, y) > 0.6
    assert set(piped[-1].get_feature_names_out()) <= {f"x{j}" for j in range(5)}
    searched = GridSearchCV(distiller, {"max_leaf_nodes": [2, 6]}, cv=2).fit(prep.transform(X), y)
    assert searched.best_estimator_.tree_.get_n_leaves() <= 6
