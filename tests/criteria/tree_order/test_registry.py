"""Orders by name, and slicing."""

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.datasets import load_breast_cancer, load_iris, make_regression
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor

from treeprune.backends import read
from treeprune.criteria.tree_order.registry import tree_order, tree_orders
from treeprune.model.edit import keep_trees


def forest():
    return read(
        RandomForestClassifier(3, max_depth=2, random_state=0).fit(*load_breast_cancer(return_X_y=True))
    )


def test_every_order_has_a_paper_a_task_and_defaults():
    for name, order in tree_orders().items():
        assert order.name == name
        assert order.needs in {"gram", "votes", "nothing"}
        assert order.tasks
        assert order.paper
        assert all(
            isinstance(default, (bool, int, float, str, type(None)))
            for default in order.parameters.values()
        )


def test_orders_by_votes_are_for_classifiers():
    votes = {name for name, order in tree_orders().items() if order.needs == "votes"}
    assert votes == {
        "complementarity", "drep", "individual_contribution", "kappa", "margin_distance", "orientation",
        "reduced_error",
    }  # fmt: skip
    assert {tree_orders()[name].tasks for name in votes} == {("classification",)}


def test_an_order_is_found_by_name():
    assert tree_order("drep", forest(), rho=0.5) is tree_orders()["drep"]
    assert tree_orders()["drep"].parameters == {"rho": 0.25}
    assert tree_orders()["first"].parameters == {}


def test_what_is_no_order_is_refused_before_any_work():
    with pytest.raises(ValueError, match=r"method='last' is unknown; use one of .*drep"):
        tree_order("last", forest())
    with pytest.raises(ValueError, match="takes no p, rhoo; it takes rho"):
        tree_order("drep", forest(), rhoo=1, p=1)
    with pytest.raises(ValueError, match="takes no p; it takes no parameters"):
        tree_order("first", forest(), p=1)
    regressor = read(RandomForestRegressor(2, max_depth=2).fit(*make_regression(50, 3, random_state=0)))
    with pytest.raises(ValueError, match=r"classification only; for regression use one of .*first"):
        tree_order("kappa", regressor)


def test_slicing_keeps_the_first_trees():
    steps = tree_orders()["first"].steps(forest())
    assert np.array_equal(steps.factors, np.tril(np.ones((3, 3))))


@pytest.mark.parametrize("model", [GradientBoostingClassifier, LGBMClassifier])
def test_slices_of_a_booster_of_several_classes_are_whole_rounds(model):
    about = {"verbose": -1} if model is LGBMClassifier else {}
    e = read(model(n_estimators=4, max_depth=2, **about).fit(*load_iris(return_X_y=True)))
    steps = tree_orders()["first"].steps(e)
    assert steps.sizes.tolist() == [3, 6, 9, 12]
    for k in range(4):
        assert np.bincount(e.output[steps.kept(k)]).tolist() == [k + 1] * 3
    # of a booster that lost trees before, no round may be whole
    cut = keep_trees(e, np.delete(np.arange(e.n_trees), 4))
    assert tree_orders()["first"].steps(cut).sizes.tolist() == list(range(1, 12))
