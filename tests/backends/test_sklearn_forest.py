"""Forests: what belongs to the whole and not to a tree."""

import copy

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier, RandomForestRegressor

from tests.backends.families import pruned
from tests.backends.families.sklearn_trees import sklearn_output, sklearn_state
from tests.strategies import FORESTS, cases, fitted, random_table, random_weights
from treeprune.backends import read, registry, write
from treeprune.exceptions import InvalidModelError
from treeprune.model.edit import collapse, keep_trees, with_values

X, Y = random_table(0)


@pytest.mark.parametrize("case", cases(classes=FORESTS))
def test_kept_trees_vote_as_before(case):
    """The kept trees' mean, by scikit-learn's own single trees."""
    for chosen in ([1], [3, 0], [0, 1, 2, 3]):
        model = write(case.model, keep_trees(read(case.model), np.array(chosen)))
        assert model.n_estimators == len(model) == len(chosen)
        assert model.get_params() == case.model.get_params() | {"n_estimators": len(chosen)}
        members = [case.model.estimators_[t] for t in chosen]
        rows = case.X.astype(np.float32).astype(float)
        expected = np.mean([sklearn_output(member, rows) for member in members], axis=0)
        np.testing.assert_allclose(sklearn_output(model, rows), expected, rtol=1e-12, atol=1e-12)
        assert model.apply(case.X).shape == (len(case.X), len(chosen))
        assert model.decision_path(case.X)[1][-1] == sum(m.tree_.node_count for m in members)


@pytest.mark.parametrize("case", cases(classes=FORESTS))
def test_importances(case):
    for share in (0.0, 0.3, 1.0):
        importances = pruned(case.model, share=share)[0].feature_importances_
        assert np.isfinite(importances).all()
        assert importances.sum() == pytest.approx(1) or not importances.any()


def test_n_estimators_as_given_survives():
    """A forest whose number of trees was set anew after fitting, without dropping any."""
    model = fitted(RandomForestClassifier).set_params(n_estimators=9)
    assert pruned(model)[0].n_estimators == 9
    assert write(model, keep_trees(read(model), np.arange(3))).n_estimators == 3


@pytest.mark.parametrize("cls", FORESTS)
def test_out_of_bag_figures_are_dropped(cls):
    model = fitted(cls, n_estimators=60, oob_score=True, bootstrap=True)
    had = {name for name in vars(model) if name.startswith("oob_") and name.endswith("_")}
    assert "oob_score_" in had
    assert len(had) == 2
    small, _ = pruned(model)
    assert vars(model).keys() - vars(small).keys() == had
    assert small.oob_score is True


@pytest.mark.parametrize("cls", FORESTS)
def test_warm_start_grows_on(cls):
    model = fitted(cls, warm_start=True)
    small, _ = pruned(model)
    few = write(small, keep_trees(read(small), np.array([2, 1])))
    before = sklearn_state(few)
    few.set_params(n_estimators=5).fit(X, Y)
    assert len(few.estimators_) == 5
    assert sklearn_state(few)[:2] == before
    assert read(few).n_trees == 5
    assert sklearn_state(write(few, read(few))) == sklearn_state(few)
    whole = copy.deepcopy(small).set_params(n_estimators=6).fit(X, Y)
    longer = fitted(cls, n_estimators=6)
    assert sklearn_state(whole)[4:] == sklearn_state(longer)[4:]  # the trees that the old would have grown


def test_stumps_and_a_single_tree():
    model = fitted(ExtraTreesClassifier)
    e = read(model)
    stumps = write(model, collapse(e, np.ones(e.n_nodes, bool)))
    expected = np.mean([member.tree_.value[0, 0] for member in model.estimators_], axis=0)
    np.testing.assert_allclose(stumps.predict_proba(X), np.tile(expected, (len(X), 1)), rtol=1e-15)
    assert len(write(model, keep_trees(e, np.array([3]))).estimators_) == 1


def test_threads_do_not_matter():
    model = fitted(RandomForestRegressor, kind="regression", n_jobs=2)
    small, e = pruned(model)
    assert small.n_jobs == 2
    np.testing.assert_allclose(
        small.predict(X), pruned(fitted(RandomForestRegressor, kind="regression"))[0].predict(X)
    )
    assert read(small).n_trees == e.n_trees


def test_values_of_one_tree():
    model = fitted(RandomForestRegressor, kind="regression")
    e = read(model)
    value = e.value.copy()
    value[e.tree(1)] += 4
    np.testing.assert_allclose(write(model, with_values(e, value)).predict(X), model.predict(X) + 1)


@pytest.mark.parametrize(
    "options", [{}, {"max_samples": 0.4}, {"bootstrap": False}], ids=["bootstrap", "subsample", "all rows"]
)
def test_in_bag_rows_are_those_the_tree_saw(options):
    """Trees regrown from nothing but the rows named are the forest's trees."""
    model = fitted(RandomForestRegressor, kind="regression", max_features=1.0, **options)
    X, y = random_table(0, kind="regression")
    in_bag = registry.find_backend(model).in_bag
    for t, member in enumerate(model.estimators_):
        counts = in_bag(model, t, len(X))
        own = copy.deepcopy(member).fit(X, y, sample_weight=counts.astype(float))
        np.testing.assert_array_equal(own.tree_.value, member.tree_.value)
    assert in_bag(model, 0, len(X) - 1) is None


def test_damage_names_the_forest_not_a_crash():
    model = copy.deepcopy(fitted(RandomForestClassifier))
    state = model.estimators_[2].tree_.__getstate__()
    state["nodes"]["left_child"][0] = -3
    model.estimators_[2].tree_.__setstate__(state)
    with pytest.raises(InvalidModelError, match="not part of a proper tree"):
        read(model)


def test_weights_reach_the_covers():
    weight = random_weights(0, len(X))
    model = RandomForestClassifier(n_estimators=2, bootstrap=False, random_state=0).fit(X, Y, weight)
    e = read(model)
    np.testing.assert_allclose(e.cover[e.root[:-1]], weight.sum())
    for member, part in zip(model.estimators_, (e.tree(0), e.tree(1)), strict=True):
        leaves = member.apply(X)
        for node in np.unique(leaves):
            assert e.cover[part][node] == pytest.approx(weight[leaves == node].sum())
