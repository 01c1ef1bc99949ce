"""What is wrong with an input is said before any work."""

import numpy as np
import pytest

from tests.criteria.linear_projection.helpers import problem
from treeprune.criteria.linear_projection.path import projection_path
from treeprune.criteria.linear_projection.problem import projection_problem

X = np.random.default_rng(0).normal(size=(20, 3))
COEF, Y = np.ones(3), (X[:, 0] > 0).astype(float)
HOLE = np.where(np.arange(60).reshape(20, 3) == 7, np.nan, X)

CASES = [
    ({"family": "gamma"}, "family='gamma' is unknown; use one of gaussian"),
    ({"X": HOLE}, "X holds NaN or infinity; fill or drop"),
    ({"X": X[:0]}, "X must have rows and columns"),
    ({"X": X[:, 0]}, "X must have rows and columns"),
    ({"X": [["a", "b"]]}, "X must hold numbers"),
    ({"coef": np.ones(4)}, "coef must have a row for each of the 3 columns"),
    ({"coef": np.ones((3, 2))}, "the binomial family has one output, coef has 2"),
    ({"coef": np.array([1, np.inf, 1])}, "coef holds NaN or infinity"),
    ({"family": "multinomial"}, "a column of coef for each class"),
    ({"intercept": [1.0, 2.0]}, "intercept must hold one number"),
    ({"sample_weight": -np.ones(20)}, "sample_weight must not be negative"),
    ({"sample_weight": np.zeros(20)}, "not 0 everywhere"),
    ({"sample_weight": np.ones(19)}, r"sample_weight must have shape \(20,\)"),
    ({"groups": [0, 1]}, "groups must hold a whole number for each of the 3"),
    ({"groups": [0.5, 1, 2]}, "groups must hold a whole number"),
    ({"keep": [5, 1]}, r"keep names groups that do not exist: \[5\]"),
    ({"costs": [1, 2]}, "costs must hold a positive number for each of the 3 groups"),
    ({"costs": [1, 0, 2]}, "costs must hold a positive number"),
    ({"y": Y[:5]}, r"y must have shape \(20, 1\)"),
    ({"y": 2 * Y}, "y must hold probabilities"),
    ({"y": np.ones(20)}, "y holds one class only"),
    ({"y": np.where(np.arange(20) == 3, np.nan, Y)}, "y holds NaN"),
    ({"family": "poisson", "y": Y - 1}, "y must not be negative"),
    ({"family": "multinomial", "coef": np.ones((3, 2)), "y": Y}, "y must have a column for each"),
    ({"family": "multinomial", "coef": np.ones((3, 2)), "y": np.ones((20, 2))}, "must sum to 1"),
    ({"offset": np.ones(3)}, r"offset must have shape \(20, 1\)"),
    ({"ridge": -1.0}, "ridge must be a number that is not negative"),
    ({"ridge": [1, 2]}, "one for each of 3 columns"),
    ({"family": "poisson", "coef": np.full(3, 1e4)}, "means overflow on these rows"),
]


@pytest.mark.parametrize(("change", "words"), CASES, ids=[words[:40] for _, words in CASES])
def test_bad_input_is_named(change, words):
    given = {"X": X, "coef": COEF, "intercept": 0.5, "family": "binomial", **change}
    with pytest.raises(ValueError, match=words):
        projection_problem(**given)


def test_what_a_path_cannot_do_is_named():
    p = projection_problem(X, COEF, 0.5, "binomial")
    for options in ({"refit": "y"}, {"target": "y"}):
        with pytest.raises(ValueError, match="needs y"):
            projection_path(p, **options)
    with pytest.raises(ValueError, match="refit='best' is unknown; use project, y or none"):
        projection_path(p, refit="best")
    with pytest.raises(ValueError, match="target='x' is unknown; use model or y"):
        projection_path(p, target="x")
    with pytest.raises(ValueError, match="takes no target; it takes no parameters"):
        projection_path(p, "magnitude", target="y")
    with pytest.raises(ValueError, match="X has 2 columns, the model has 3"):
        projection_path(p).losses(X[:, :2], Y)


def test_nothing_is_removed_if_all_is_kept():
    _, p = problem(0, "binomial", p=3, keep=[0, 1, 2])
    for method in ("obs", "forward", "magnitude", "l1"):
        path = projection_path(p, method)
        assert len(path) == 1
        assert path.kept.all()
        np.testing.assert_array_equal(path.coef[0], p.coef)
