"""What every pruner promises: all or nothing, hands off the input, no dependence on order or threads."""

import copy

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone, is_classifier
from sklearn.frozen import FrozenEstimator
from sklearn.tree import DecisionTreeClassifier

from tests.pruners.helpers import MODELS, assert_same_trees, each_pruner, make, names, pruner_classes
from tests.strategies import random_table, random_weights
from treeprune import (
    CostComplexityPruner,
    FeaturePruner,
    JointPruner,
    ReducedErrorPruner,
    TreeCountPruner,
)
from treeprune.pruners import native, native_skin

TREE = DecisionTreeClassifier(random_state=0)
ALL = [pruner for model in MODELS for pruner in each_pruner(model)]
EACH = pytest.mark.parametrize("pruner", ALL, ids=names(ALL))
BY_NO_LOSS = ("ErrorBasedPruner", "LosslessPruner", "SmallCellPruner")
FROZEN = [p for p in ALL if type(p).__name__ not in BY_NO_LOSS]
EACH_ON_ROWS = pytest.mark.parametrize("pruner", FROZEN, ids=names(FROZEN))


def table_for(pruner, seed=0, n=160):
    return random_table(seed, n, "binary" if is_classifier(pruner) else "regression")


def frozen(pruner, seed=0):
    """The pruner around a model that was fitted on other rows."""
    model = clone(pruner.estimator).fit(*table_for(pruner, seed))
    return clone(pruner).set_params(estimator=FrozenEstimator(model))


# ---------------------------------------------------------------------- all or nothing
@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError, ValueError])
@pytest.mark.parametrize("place", ["validate_data", "clone", "write"])
@EACH
def test_a_fit_that_ends_early_leaves_the_pruner_as_it_was(pruner, place, stop, monkeypatch):
    fitted = clone(pruner).fit(*table_for(pruner))
    X, y = table_for(pruner, 1)
    before, prediction = dict(fitted.__dict__), fitted.predict(X)

    def fail(*args, **kwargs):
        raise stop("interrupted")

    with monkeypatch.context() as patch:
        patch.setattr(native_skin if place == "validate_data" else native, place, fail)
        with pytest.raises(stop, match="interrupted"):
            fitted.fit(X[:, :4], y)
    assert fitted.__dict__ == before
    assert all(fitted.__dict__[name] is value for name, value in before.items())
    np.testing.assert_array_equal(fitted.predict(X), prediction)
    fresh = clone(pruner)
    untouched = dict(fresh.__dict__)
    with monkeypatch.context() as patch:
        patch.setattr(native_skin if place == "validate_data" else native, place, fail)
        with pytest.raises(stop, match="interrupted"):
            fresh.fit(X, y)
    assert fresh.__dict__ == untouched


@EACH
def test_a_second_fit_forgets_the_first(pruner):
    X, y = table_for(pruner)
    twice = clone(pruner).fit(pd.DataFrame(X, columns=list("abcde")), y).fit(X[:, :4], y)
    assert not hasattr(twice, "feature_names_in_")
    assert twice.n_features_in_ == 4
    assert_same_trees(twice.estimator_, clone(pruner).fit(X[:, :4], y).estimator_)


# ---------------------------------------------------------------------- hands off
CONTAINERS = {
    "array": lambda X: X,
    "fortran": np.asfortranarray,
    "float32": lambda X: X.astype(np.float32),
    "frame": lambda X: pd.DataFrame(X, columns=list("abcde")),
    "csr": sparse.csr_matrix,
    "csc": sparse.csc_matrix,
}


def content(table) -> list[bytes]:
    if sparse.issparse(table):
        return [table.data.tobytes(), table.indices.tobytes(), table.indptr.tobytes()]
    return [np.asarray(table).tobytes(), str(getattr(table, "columns", "")).encode()]


@pytest.mark.parametrize("container", CONTAINERS)
@EACH
def test_rows_outcomes_and_weights_are_untouched(pruner, container):
    X, y = table_for(pruner)
    table, weight = CONTAINERS[container](X), random_weights(0, len(y))
    before = [*content(table), *content(y), *content(weight)]
    given = copy.deepcopy(pruner.estimator.get_params())
    mine = clone(pruner)
    mine.fit(table, y, sample_weight=weight).predict(table)
    mine.transform(table)
    assert [*content(table), *content(y), *content(weight)] == before
    assert mine.estimator.get_params() == given
    assert not hasattr(mine.estimator, "tree_")
    assert not hasattr(mine.estimator, "estimators_")


@EACH
def test_read_only_arrays_are_enough(pruner):
    X, y = table_for(pruner)
    weight = random_weights(0, len(y))
    for array in (X, y, weight):
        array.flags.writeable = False
    free = clone(pruner).fit(X.copy(), y.copy(), sample_weight=weight.copy())
    assert_same_trees(clone(pruner).fit(X, y, sample_weight=weight).estimator_, free.estimator_)


# ---------------------------------------------------------------------- threads
THREADED = [p for p in ALL if "n_jobs" in p.get_params(deep=False)]


@pytest.mark.parametrize("pruner", THREADED, ids=names(THREADED))
@pytest.mark.parametrize("freeze", [False, True], ids=["unfitted", "frozen"])
def test_threads_change_no_bit(pruner, freeze):
    one, two = (frozen(p) if freeze else clone(p) for p in (pruner, pruner))
    X, y = table_for(pruner, 1)
    one.set_params(n_jobs=1).fit(X, y)
    two.set_params(n_jobs=2).fit(X, y)
    assert_same_trees(one.estimator_, two.estimator_)
    if type(pruner).__name__ not in BY_NO_LOSS:
        assert losses_of(one) == losses_of(two)
    pd.testing.assert_frame_equal(one.plan_.to_frame(), two.plan_.to_frame(), check_exact=True)


# ---------------------------------------------------------------------- weights, order
@EACH_ON_ROWS
def test_an_integer_weight_is_a_repeated_row_and_zero_an_absent_one(pruner):
    X, y = table_for(pruner, 1)
    weight = np.random.default_rng(0).integers(0, 4, len(y))
    weighted = frozen(pruner).fit(X, y, sample_weight=weight)
    repeated = frozen(pruner).fit(np.repeat(X, weight, axis=0), np.repeat(y, weight, axis=0))
    assert_same_trees(weighted.estimator_, repeated.estimator_)
    assert_same_losses(weighted, repeated)
    if isinstance(pruner, TreeCountPruner):  # trees may be chosen alike with weights and without
        return
    unweighted = frozen(pruner).fit(X, y)
    assert losses_of(unweighted) != pytest.approx(losses_of(weighted), rel=1e-6)


@EACH_ON_ROWS
def test_a_zero_weight_is_an_absent_row(pruner):
    X, y = table_for(pruner, 1)
    weight = random_weights(1, len(y))
    kept = weight > 0
    absurd = np.where(kept[:, None], X, 1e9)
    weighted = frozen(pruner).fit(absurd, y, sample_weight=weight)
    without = frozen(pruner).fit(X[kept], y[kept], sample_weight=weight[kept])
    assert_same_trees(weighted.estimator_, without.estimator_)
    assert_same_losses(weighted, without)


@EACH_ON_ROWS
def test_the_order_of_held_out_rows_changes_nothing(pruner):
    X, y = table_for(pruner, 1)
    weight = random_weights(1, len(y))
    order = np.random.default_rng(1).permutation(len(y))
    straight = frozen(pruner).fit(X, y, sample_weight=weight)
    shuffled = frozen(pruner).fit(X[order], y[order], sample_weight=weight[order])
    assert_same_trees(straight.estimator_, shuffled.estimator_)
    assert_same_losses(straight, shuffled)


def losses_of(pruner) -> list[float]:
    if isinstance(pruner, CostComplexityPruner):
        return [*pruner.path_.loss, *pruner.path_.loss_se]
    if isinstance(pruner, FeaturePruner | JointPruner):
        return [*pruner.path_.loss, *pruner.path_.loss_se, pruner.path_.whole_loss]
    if isinstance(pruner, TreeCountPruner):
        return [*pruner.plan_.factor, *pruner.plan_.enters_at]
    return list(pruner.validation_loss_)


def assert_same_losses(a, b):
    np.testing.assert_allclose(losses_of(a), losses_of(b), rtol=1e-12, atol=1e-14)


UNITLESS = [p for p in FROZEN if not isinstance(p, FeaturePruner | JointPruner)]
"""Not those whose ridge counts in rows of weight one."""


@pytest.mark.parametrize("scale", [0.25, 3.0, 1e6])
@pytest.mark.parametrize("pruner", UNITLESS, ids=names(UNITLESS))
def test_the_unit_of_the_weights_does_not_matter(pruner, scale):
    X, y = table_for(pruner, 1)
    weight = random_weights(1, len(y))
    one, scaled = (frozen(pruner).fit(X, y, sample_weight=w) for w in (weight, scale * weight))
    assert_same_trees(one.estimator_, scaled.estimator_)
    assert_same_losses(one, scaled)


@pytest.mark.parametrize("cls", pruner_classes(), ids=lambda cls: cls.__name__)
def test_column_order_renames_splits_and_nothing_else(cls):
    X, y = random_table(0, 160)
    frame, other = pd.DataFrame(X, columns=list("abcde")), pd.DataFrame(*random_table(1, 160)[:1])
    other.columns = frame.columns
    model = FrozenEstimator(clone(TREE).fit(frame, y))
    fitted = make(cls, model).fit(other, random_table(1, 160)[1])
    with pytest.raises(ValueError, match="in the same order"):
        fitted.predict(frame[list("edcba")])
    np.testing.assert_array_equal(fitted.predict(frame), fitted.estimator_.predict(frame))


def test_same_seed_same_split():
    X, y = random_table(0, 160)
    one, two = (ReducedErrorPruner(TREE, random_state=5).fit(X, y) for _ in range(2))
    assert_same_trees(one.estimator_, two.estimator_)
    generators = [np.random.RandomState(5), np.random.RandomState(5)]
    three, four = (ReducedErrorPruner(TREE, random_state=g).fit(X, y) for g in generators)
    assert_same_trees(three.estimator_, four.estimator_)
