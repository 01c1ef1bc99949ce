"""Joint and feature pruning of every model of the compatibility corpus: smaller, or refused by name."""

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator

from tests.backends.families import FAMILIES
from tests.pruners.test_families import ALL, named, near, noisy
from tests.statistics.boosted import class_loss, plain_loss
from treeprune import FeaturePruner, JointPruner, UnsupportedModelError
from treeprune.backends import read
from treeprune.statistics.losses import LOSSES
from treeprune.statistics.raw_losses import natural_loss

pytestmark = pytest.mark.filterwarnings("ignore:the held-out rows are the rows:treeprune.PruningWarning")

REFUSED = {
    "CatBoostRanker": "cannot be pruned by a loss",
    "LGBMRanker": "cannot be pruned by a loss",
    "XGBRanker": "cannot be pruned by a loss",
    "IsolationForest": "cannot be pruned by a loss",
    "AdaBoostRegressor": "weighted median of its trees",
    "XGBRegressor-quantiles": "y has 1 targets, but the model has 2",  # two answers to one outcome
}
"""Every model that cannot be pruned so: by its class, or its configuration."""

ROOMY = (
    "Booster-dart",  # what it drops differs between releases
    "LGBMClassifier-multiclassova-strings",
    "AdaBoostClassifier-monotone",
    "BaggingRegressor-several",
    "HistGradientBoostingClassifier-monotone",
    "XGBClassifier-dart_classes",
    "XGBClassifier-early_classes",
)
"""Those of which 25 nodes are worse than the whole; it may keep more."""

EACH = pytest.mark.parametrize(("family", "case"), [pytest.param(*pair, id=pair[1].id) for pair in ALL])
ONE_OF_EACH = pytest.mark.parametrize(
    ("family", "case"),
    [
        pytest.param(family, family.cases[0], id=family.cases[0].id)
        for family in FAMILIES.values()
        if type(family.cases[0].model).__name__ not in REFUSED
    ],
)


def refusal(case):
    name = type(case.model).__name__
    return REFUSED.get(case.id, REFUSED.get(name))


def held_out_loss(family, e, model, X, y):
    """By the vendor's public output and the textbook; of shares the Brier score."""
    raw, y = family.native(model, X), np.reshape(y, (len(y), -1))
    if e.task == "regression" or e.link != "identity":
        name = natural_loss(e) if e.trained_by in (None, *LOSSES) else "squared_error"
        return np.array(plain_loss(name, e, y, raw))
    each = [
        [
            class_loss("brier", e, list(p[e.target_columns(k)]), list(labels).index(own[k]))
            for k, labels in enumerate(e.classes)
        ]
        for own, p in zip(y, raw, strict=True)
    ]
    return np.mean(each, axis=1)


def halves(n):
    """Two parts of as many rows, so that the mean of their means is that of all; the rows in them."""
    rows = np.arange(n - n % 2)
    return [(rows[::2], rows[1::2]), (rows[1::2], rows[::2])], rows


def fitted(make, family, case, **asked):
    """A pruner fitted and judged on the rows of a case, and the mean loss before and after."""
    e = read(case.model)
    y = np.arange(case.X.shape[0]) % 3 if case.y is None else noisy(case)
    cv, rows = halves(len(y))
    values = "fixed" if type(case.model).__name__ == "AdaBoostClassifier" else "refit"
    pruner = make(
        FrozenEstimator(case.model), values=values, ridge=5.0, target="y", cv=cv, **asked, **named(e)
    )
    if refusal(case) is not None:
        with pytest.raises((ValueError, UnsupportedModelError), match=refusal(case)):
            pruner.fit(case.X, y, X_val=case.X, y_val=y)
        return None
    state = family.state(case.model)
    pruner.fit(case.X, y, X_val=case.X, y_val=y)
    assert family.state(case.model) == state
    models = case.model, pruner.estimator_
    assert type(models[0]) is type(models[1])
    before, now = (held_out_loss(family, e, model, case.X, y)[rows].mean() for model in models)
    assert pruner.path_.whole_loss == pytest.approx(before, **near(e))
    assert pruner.path_.loss[pruner.path_.chosen] == pytest.approx(now, **near(e))
    return e, read(pruner.estimator_), before, now


@EACH
def test_joint_pruning_makes_it_smaller_and_no_worse(family, case):
    assert ("joint" in family.cannot) == (type(case.model).__name__ in REFUSED)
    roomy = case.id in ROOMY or read(case.model).n_nodes < 50
    found = fitted(JointPruner, family, case, max_loss_increase=0.0, max_nodes=None if roomy else 25)
    if found is not None:
        e, after, before, now = found
        assert after.n_nodes < e.n_nodes
        assert now <= before * (1 + near(e)["rel"])


@EACH
def test_few_features_are_left_where_few_are_asked_for(family, case):
    found = fitted(FeaturePruner, family, case, max_features=2, max_nodes=12)
    if found is not None:
        e, after, *_ = found
        assert after.n_nodes < e.n_nodes
        assert len(after.used_features()) <= 2


@ONE_OF_EACH
def test_features_that_are_worth_nothing_go_and_it_gets_no_worse(family, case):
    e, after, before, now = fitted(FeaturePruner, family, case, rule="min")
    assert after.n_nodes <= e.n_nodes
    assert set(after.used_features()) <= set(e.used_features())
    assert now <= before * (1 + near(e)["rel"])
