"""Tables and outcomes on which a careless pruner is silently wrong."""

import warnings
from typing import ClassVar

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.pruners.helpers import CountingRegressor, assert_same_trees, no_fit
from tests.strategies import random_table
from treeprune import CostComplexityPruner, ErrorBasedPruner, PruningWarning, ReducedErrorPruner


def questions(n_columns, n_rows=3000):
    """Yes-or-no questions, two of which say something of the outcome."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (n_rows, n_columns)).astype(float)
    return X, (rng.random(n_rows) < 0.1 + 0.2 * X[:, 0] + 0.6 * X[:, 1]).astype(int)


@pytest.mark.parametrize("n_columns", [2, 5, 12])
def test_folds_of_yes_or_no_questions_judge_as_shuffled_folds_do(n_columns):
    X, y = questions(n_columns)
    tree = DecisionTreeClassifier(random_state=0)
    own = CostComplexityPruner(tree).fit(X, y)
    shuffled = CostComplexityPruner(tree, cv=StratifiedKFold(5, shuffle=True, random_state=0)).fit(X, y)
    assert own.path_.loss.min() == pytest.approx(shuffled.path_.loss.min(), abs=0.02)
    assert {own.estimator_.get_n_leaves(), shuffled.estimator_.get_n_leaves()} <= {2, 3, 4}


def test_the_part_split_off_yes_or_no_questions_judges_fairly():
    X, y = questions(5)
    pruner = ReducedErrorPruner(DecisionTreeClassifier(random_state=0), random_state=0).fit(X, y)
    assert pruner.score(X, y) > 0.77


def test_whole_numbers_are_no_classes():
    """Charges and counts: a value that no other row has must be held out as often as any."""
    rng = np.random.default_rng(0)
    X, y = rng.random((400, 3)), rng.permutation(400)
    pruner = ReducedErrorPruner(DecisionTreeRegressor(random_state=0), random_state=0).fit(X, y)
    assert pruner.validation_loss_[1] <= pruner.validation_loss_[0]


def test_groups_stay_together_with_a_whole_number_of_folds():
    X, y = random_table(0, 200)
    groups = np.repeat(np.arange(40), 5)

    class Recording(DecisionTreeClassifier):
        seen: ClassVar[list[set[bytes]]] = []

        def fit(self, X, y, sample_weight=None, check_input=True):
            Recording.seen.append({row.tobytes() for row in np.asarray(X)})
            return super().fit(X, y, sample_weight=sample_weight, check_input=check_input)

    CostComplexityPruner(Recording(random_state=0)).fit(X, y, groups=groups)
    folds = Recording.seen[1:]
    assert len(folds) == 5
    for trained in folds:
        for group in range(40):
            assert len({row.tobytes() in trained for row in X[groups == group]}) == 1
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        CostComplexityPruner(DecisionTreeClassifier()).fit(X, y, groups=groups[:100])


@pytest.mark.parametrize("scale", [1e-150, 1e-6, 1e6, 1e150])
def test_the_unit_of_the_outcome_does_not_matter(scale):
    X, y = random_table(1, 150, "regression")
    tree = DecisionTreeRegressor(max_leaf_nodes=30, random_state=0).fit(X[:100], y[:100])
    pruned = CostComplexityPruner(FrozenEstimator(tree)).fit(X[100:], y[100:])
    scale = float(2 ** np.round(np.log2(scale)))  # a power of two changes no digit
    scaled = DecisionTreeRegressor(max_leaf_nodes=30, random_state=0).fit(X[:100], y[:100])
    if 1e-100 < scale < 1e100:  # beyond, scikit-learn's own impurities are lost
        scaled = scaled.fit(X[:100], scale * y[:100])
        again = CostComplexityPruner(FrozenEstimator(scaled)).fit(X[100:], scale * y[100:])
        np.testing.assert_array_equal(again.estimator_.tree_.threshold, pruned.estimator_.tree_.threshold)


@pytest.mark.parametrize(
    "pruner",
    [
        CostComplexityPruner(DecisionTreeRegressor()),
        CostComplexityPruner(DecisionTreeRegressor(criterion="absolute_error")),
        ReducedErrorPruner(DecisionTreeRegressor()),
    ],
    ids=str,
)
def test_outcomes_too_large_to_be_squared_are_refused_before_any_fit(pruner, monkeypatch):
    X, y = random_table(1, 100, "regression")
    monkeypatch.setattr(DecisionTreeRegressor, "fit", lambda *_: pytest.fail("fitted"))
    with pytest.raises(ValueError, match=r"too large to be squared in float64: divide y by a constant"):
        pruner.fit(X, y * 1e160)


def test_huge_outcomes_need_no_squares_for_absolute_errors():
    X, y = random_table(1, 120, "regression")
    small, huge = (
        CostComplexityPruner(
            DecisionTreeRegressor(criterion="absolute_error", max_depth=4, random_state=0),
            loss="absolute_error",
            rule="min",
        ).fit(X, scale * y)
        for scale in (1.0, 2.0**530)
    )
    assert np.isfinite(huge.path_.loss_se).all()
    np.testing.assert_array_equal(small.estimator_.tree_.threshold, huge.estimator_.tree_.threshold)


@pytest.mark.parametrize("cls", [CostComplexityPruner, ReducedErrorPruner])
def test_poisson_outcomes_below_zero_are_refused_before_any_fit(cls, monkeypatch):
    X, y = random_table(1, 100, "regression")
    monkeypatch.setattr(DecisionTreeRegressor, "fit", lambda *_: pytest.fail("fitted"))
    with pytest.raises(ValueError, match="not negative"):
        cls(DecisionTreeRegressor(), loss="poisson").fit(X, y - y.max())


def test_frozen_twice_is_frozen():
    X, y = random_table(0, 160)
    tree = DecisionTreeClassifier(random_state=0).fit(X[:80], y[:80])
    once = ReducedErrorPruner(FrozenEstimator(tree)).fit(X[80:], y[80:])
    twice = ReducedErrorPruner(FrozenEstimator(FrozenEstimator(tree))).fit(X[80:], y[80:])
    assert_same_trees(once.estimator_, twice.estimator_)


def test_the_path_of_a_frozen_model_warns_of_its_training_rows():
    X, y = random_table(0, 160)
    tree = DecisionTreeClassifier(random_state=0).fit(X, y)
    with pytest.warns(PruningWarning, match="rows the model was trained on") as caught:
        CostComplexityPruner(FrozenEstimator(tree)).fit(X, y)
    assert caught[0].filename == __file__


def test_contradicting_impurities_are_told_once_and_to_the_caller():
    X, y = random_table(0, 160, "regression")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        CostComplexityPruner(DecisionTreeRegressor(max_depth=4, random_state=0)).fit(X, y + 1e7)
    assert [w.category for w in caught] == [PruningWarning]
    assert caught[0].filename == __file__


def test_a_method_that_cannot_serve_the_criterion_is_refused_before_any_fit():
    X, y = random_table(1, 100, "regression")
    pruner = ErrorBasedPruner(CountingRegressor(criterion="poisson"), method="minimum_error")
    with no_fit(), pytest.raises(ValueError, match=r"criterion='poisson' does not store"):
        pruner.fit(X, np.abs(y))


def test_an_exact_size_is_recorded_as_it_was_decided():
    X, y = random_table(0, 200)
    pruner = CostComplexityPruner(DecisionTreeClassifier(random_state=0), max_leaf_nodes=5).fit(X, y)
    assert pruner.path_.chosen_leaves == pruner.estimator_.get_n_leaves() == 5
    frame = pruner.plan_.to_frame()
    np.testing.assert_allclose(frame["risk_increase"], frame["cost_leaf"] - frame["cost_branch"])
    assert "ccp_alpha" not in frame


def test_the_plan_says_how_many_held_out_rows_decided():
    X, y = random_table(0, 300)
    tree = DecisionTreeClassifier(random_state=0).fit(X[:150], y[:150])
    pruner = ReducedErrorPruner(FrozenEstimator(tree)).fit(X[150:], y[150:])
    frame = pruner.plan_.to_frame()
    passed = tree.decision_path(X[150:]).sum(axis=0).A1
    np.testing.assert_array_equal(frame["held_out_rows"], passed[frame["node"]])


def test_held_out_outcomes_too_large_to_be_squared_are_refused_before_any_fit():
    X, y = random_table(1, 100, "regression")
    with no_fit(), pytest.raises(ValueError, match="too large to be squared"):
        ReducedErrorPruner(CountingRegressor()).fit(X, y, X_val=X[:50], y_val=1e160 * y[:50])


@pytest.mark.parametrize(
    "pruner",
    [ReducedErrorPruner, lambda model: ErrorBasedPruner(model, method="pessimistic")],
    ids=["held-out rows", "stored errors"],
)
def test_answers_too_large_to_be_squared_are_refused(pruner):
    X, y = random_table(1, 100, "regression")
    tree = DecisionTreeRegressor(max_depth=3, random_state=0).fit(X, y * 1e160)
    with pytest.raises(ValueError, match="too large to be squared"):
        pruner(FrozenEstimator(tree)).fit(X[:50] + 0.1, y[:50])
