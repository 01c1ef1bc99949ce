"""AdaBoost: votes and medians, boosting that stopped early, and what is refused."""

import copy

import numpy as np
import pytest
from scipy import sparse
from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.backends.families import FAMILIES, pruned
from tests.backends.families.sklearn_adaboost import boosted_state, votes
from tests.backends.families.sklearn_trees import tree_state
from tests.strategies import random_mask, random_table
from treeprune import info
from treeprune.backends import read, registry, write
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.model.edit import collapse, keep_trees, scale_trees, with_values
from treeprune.model.links import answers
from treeprune.model.traverse import raw_output

CLASSIFIERS = FAMILIES["sklearn:AdaBoostClassifier"].cases
REGRESSORS = FAMILIES["sklearn:AdaBoostRegressor"].cases

EACH_CLASSIFIER = pytest.mark.parametrize("case", CLASSIFIERS, ids=lambda case: case.id)
EACH_REGRESSOR = pytest.mark.parametrize("case", REGRESSORS, ids=lambda case: case.id)


def stopped_early(cls):
    """Boosting that ended before its last round."""
    if cls is AdaBoostClassifier:
        X, y = random_table(1, 60, "binary")
        tree, rounds = DecisionTreeClassifier(max_depth=6, min_samples_leaf=2), 12
    else:
        X, y = random_table(0, 60, "regression")
        tree, rounds = DecisionTreeRegressor(max_depth=1), 50
    model = cls(tree, n_estimators=rounds, random_state=0).fit(X, y)
    assert 2 < len(model.estimators_) < len(model.estimator_weights_) == rounds
    return model, X


def brute_probability(trees, weights, n_classes, X):
    """Softmax of the weighted mean vote, tree by tree, class by class."""
    total = np.zeros((len(X), n_classes))
    for tree, weight in zip(trees, weights, strict=True):
        for i, winner in enumerate(tree.tree_.predict(np.float32(X)).argmax(axis=1)):
            for k in range(n_classes):
                total[i, k] += weight if k == winner else -weight / (n_classes - 1)
    score = np.exp(total / np.sum(weights) / (n_classes - 1))
    return score / score.sum(axis=1, keepdims=True)


@EACH_CLASSIFIER
def test_the_link_gives_the_probabilities(case):
    e = read(case.model)
    probability = answers(e, raw_output(e, case.X.astype(np.float32)))
    np.testing.assert_allclose(probability, case.model.predict_proba(case.X), rtol=1e-14)
    np.testing.assert_array_equal(e.classes[0], case.model.classes_)


@EACH_CLASSIFIER
def test_kept_trees_vote_as_before(case):
    old = case.model
    for chosen in ([2], [4, 1], list(range(len(old.estimators_)))):
        new = write(old, keep_trees(read(old), np.array(chosen)))
        assert len(new.estimators_) == len(chosen)
        np.testing.assert_array_equal(new.estimator_weights_[: len(chosen)], old.estimator_weights_[chosen])
        np.testing.assert_array_equal(new.estimator_errors_[: len(chosen)], old.estimator_errors_[chosen])
        expected = brute_probability(
            [old.estimators_[t] for t in chosen],
            old.estimator_weights_[chosen],
            len(old.classes_),
            case.X,
        )
        np.testing.assert_allclose(new.predict_proba(case.X), expected, rtol=1e-12)
        *_, last = new.staged_predict_proba(case.X)
        np.testing.assert_allclose(last, expected, rtol=1e-12)
        importances = np.average(
            [old.estimators_[t].feature_importances_ for t in chosen],
            axis=0,
            weights=old.estimator_weights_[chosen],
        )
        np.testing.assert_allclose(new.feature_importances_, importances, atol=1e-15)


@EACH_CLASSIFIER
def test_a_collapsed_branch_votes_by_its_own_majority(case):
    """By scikit-learn's own way through the old tree, stopped at the collapsed nodes."""
    e = read(case.model)
    mask = random_mask(5, e.n_nodes, 0.4)
    new = write(case.model, collapse(e, mask))
    rows = case.X.astype(np.float32)
    for t, (old, small) in enumerate(zip(case.model.estimators_, new.estimators_, strict=True)):
        stops = mask[e.tree(t)] | (old.tree_.children_left == -1)
        for i, row in enumerate(rows[:40]):
            node = 0
            while not stops[node]:
                goes_left = row[old.tree_.feature[node]] <= old.tree_.threshold[node]
                node = (old.tree_.children_left if goes_left else old.tree_.children_right)[node]
            fractions = old.tree_.value[node, 0]
            np.testing.assert_array_equal(small.predict_proba(rows[[i]])[0], fractions)
            assert small.predict(rows[[i]])[0] == old.classes_[fractions.argmax()]


@EACH_CLASSIFIER
def test_scaled_trees_have_scaled_weights(case):
    factors = np.random.default_rng(0).uniform(0, 2, len(case.model.estimators_))
    new = write(case.model, scale_trees(read(case.model), factors))
    np.testing.assert_array_equal(new.estimator_weights_, case.model.estimator_weights_ * factors)
    for old, tree in zip(case.model.estimators_, new.estimators_, strict=True):
        assert tree_state(old.tree_) == tree_state(tree.tree_)


@EACH_CLASSIFIER
def test_votes_cannot_be_replaced(case):
    e = read(case.model)
    value = e.value.copy()
    value[e.root[2]] *= 0.5
    with pytest.raises(UnsupportedModelError, match="collapse branches, and drop or weigh trees instead"):
        write(case.model, with_values(e, value))
    assert "class fractions" in info(case.model).limits["other leaf values"]


@EACH_REGRESSOR
def test_regressor_of_kept_trees(case):
    """Weighted median by its definition: least answer at which half of the weight is reached."""
    chosen = [4, 0, 3]
    new = write(case.model, keep_trees(read(case.model), np.array(chosen)))
    members = [case.model.estimators_[t] for t in chosen]
    weights = case.model.estimator_weights_[chosen]
    np.testing.assert_array_equal(new.estimator_weights_, weights)
    for i, row in enumerate(case.X):
        own = np.array([member.predict(row[None])[0] for member in members])
        reached = [a for a in sorted(own) if weights[own <= a].sum() >= weights.sum() / 2 * (1 - 1e-12)]
        assert new.predict(row[None])[0] == reached[0], i
    assert [len(stage) for stage in new.staged_predict(case.X)] == [len(case.X)] * 3


@pytest.mark.parametrize("weights", ["boosted", "equal", "few"])
@pytest.mark.parametrize("n_trees", [2, 8, 60])
def test_median_of_tied_answers(weights, n_trees):
    """Whole numbers, of which many trees give the same, and weights that meet at one half."""
    X, y = random_table(0, 200, "regression")
    model = AdaBoostRegressor(
        DecisionTreeRegressor(max_depth=3, criterion="absolute_error"), n_estimators=n_trees, random_state=0
    ).fit(X, np.round(y))
    rng = np.random.default_rng(0)
    if weights != "boosted":
        model.estimator_weights_ = rng.integers(1, 2 if weights == "equal" else 4, n_trees).astype(float)
    rows = rng.normal(size=(400, 5)).astype(np.float32)
    e = read(model)
    np.testing.assert_array_equal(raw_output(e, rows)[:, 0], model.predict(rows))
    few = keep_trees(e, rng.permutation(n_trees)[: n_trees // 2 + 1])
    np.testing.assert_array_equal(raw_output(few, rows)[:, 0], write(model, few).predict(rows))


@pytest.mark.parametrize("cls", [AdaBoostClassifier, AdaBoostRegressor])
def test_boosting_that_stopped_early(cls):
    model, X = stopped_early(cls)
    n, rounds = len(model.estimators_), model.n_estimators
    e = read(model)
    assert e.n_trees == n
    np.testing.assert_array_equal(e.weight, model.estimator_weights_[:n])
    small, _ = pruned(model)
    for name in ("estimator_weights_", "estimator_errors_"):
        np.testing.assert_array_equal(getattr(small, name), getattr(model, name))
    assert small.n_estimators == rounds
    few = write(model, keep_trees(e, np.array([0, 2])))
    assert few.n_estimators == len(few.estimator_weights_) == len(few.estimator_errors_) == 2
    members = [model.estimators_[t] for t in (0, 2)]
    if cls is AdaBoostClassifier:
        expected = brute_probability(members, model.estimator_weights_[[0, 2]], 2, X)
        np.testing.assert_allclose(few.predict_proba(X), expected, rtol=1e-12)
    else:
        heavier = members[int(np.diff(model.estimator_weights_[[0, 2]])[0] > 0)]
        np.testing.assert_array_equal(few.predict(X), heavier.predict(X))


def test_one_tree_that_is_no_better_than_chance():
    """scikit-learn keeps such a first tree, with a weight of 0."""
    X = np.zeros((40, 2))
    y = np.tile([0.0, 1.0], 20)
    model = AdaBoostRegressor(n_estimators=3, random_state=0).fit(X, y)
    assert model.estimator_weights_.tolist() == [0, 0, 0]
    assert len(model.estimators_) == 1
    same = write(model, read(model))
    assert boosted_state(same) == boosted_state(model)
    np.testing.assert_array_equal(same.predict(X), model.predict(X))


def test_one_class_alone():
    X, _ = random_table(0)
    model = AdaBoostClassifier(random_state=0).fit(X, np.zeros(len(X)))
    small = write(model, read(model))
    np.testing.assert_array_equal(small.predict_proba(X), np.ones((len(X), 1)))
    assert boosted_state(small) == boosted_state(model)


def test_labels_of_trees_are_matched_by_name():
    """A tree that knows two of three classes votes for those."""
    model = copy.deepcopy(CLASSIFIERS[3].model)
    X, y = random_table(1, 150, "strings")
    some = y != "dead"
    model.estimators_[1] = DecisionTreeClassifier(max_depth=3).fit(X[some], y[some])
    e = read(model)
    np.testing.assert_allclose(raw_output(e, X.astype(np.float32)), votes(model, X), atol=1e-14)
    assert (e.value[e.tree(1), 1] < 0).all()
    small, planned = pruned(model)
    np.testing.assert_allclose(raw_output(planned, X.astype(np.float32)), votes(small, X), atol=1e-14)
    model.estimators_[1].classes_ = np.array(["alive", "unheard of"])
    with pytest.raises(InvalidModelError, match="knows a class that the whole does not"):
        read(model)


def test_sparse_tables():
    for case in (CLASSIFIERS[2], REGRESSORS[0]):
        small, _ = pruned(case.model)
        np.testing.assert_array_equal(small.predict(sparse.csr_matrix(case.X)), small.predict(case.X))


def test_which_rows_a_tree_saw():
    """All for the classifier; the regressor draws, and does not say."""
    in_bag = registry.find_backend(CLASSIFIERS[0].model).in_bag
    np.testing.assert_array_equal(in_bag(CLASSIFIERS[0].model, 1, 150), np.ones(150))
    assert registry.find_backend(REGRESSORS[0].model).in_bag(REGRESSORS[0].model, 1, 150) is None


@EACH_CLASSIFIER
def test_monotone_constraints_are_those_of_the_trees(case):
    constraints = case.model.estimators_[0].monotonic_cst
    signs = read(case.model).monotone
    assert signs is None if constraints is None else signs.tolist() == constraints


def test_members_that_are_no_trees_are_refused():
    X, y = random_table(0)
    for member in (LogisticRegression(max_iter=5000), RandomForestClassifier(n_estimators=2)):
        model = AdaBoostClassifier(member, n_estimators=2, random_state=0).fit(X / X.max(axis=0), y)
        with pytest.raises(UnsupportedModelError, match=rf"{type(member).__name__}.*single trees"):
            read(model)
    labels = AdaBoostRegressor(DecisionTreeClassifier(max_depth=1), n_estimators=3, random_state=0)
    with pytest.raises(UnsupportedModelError, match="regression trees to a regressor"):
        read(labels.fit(X, y.astype(float)))


def test_a_member_with_answers_of_its_own_is_refused():
    class Contrary(DecisionTreeClassifier):
        def predict(self, X, check_input=True):
            return 1 - super().predict(X, check_input)

    model = copy.deepcopy(CLASSIFIERS[0].model)
    model.estimators_[3].__class__ = Contrary
    with pytest.raises(UnsupportedModelError, match="Contrary has a predict of its own"):
        read(model)


def test_trees_cut_off_by_hand_are_refused_with_the_way_out():
    case = CLASSIFIERS[0]
    model = copy.deepcopy(case.model)
    model.estimators_ = model.estimators_[:3]
    with pytest.raises(UnsupportedModelError, match=r"estimator_weights_\[:3\]"):
        read(model)
    model.estimator_weights_ = model.estimator_weights_[:3]
    expected = brute_probability(model.estimators_, model.estimator_weights_, 2, case.X)
    np.testing.assert_allclose(write(model, read(model)).predict_proba(case.X), expected, rtol=1e-12)
    model.estimator_weights_ = model.estimator_weights_[:2]
    with pytest.raises(InvalidModelError, match="2 entries for 3 trees"):
        read(model)


def test_a_model_of_the_old_algorithm_is_refused():
    model = copy.deepcopy(CLASSIFIERS[0].model)
    model.algorithm = "SAMME.R"
    with pytest.raises(UnsupportedModelError, match="train it anew"):
        read(model)


@pytest.mark.parametrize("case", [CLASSIFIERS[0], REGRESSORS[0]], ids=lambda case: case.id)
@pytest.mark.parametrize(
    ("where", "entry", "complaint"),
    [
        ("left_child", -3, "not part of a proper tree"),
        ("right_child", 10**6, "not part of a proper tree"),
        ("feature", 5, "outside 0..4"),
        ("threshold", np.nan, "threshold holds NaN"),
        (None, np.nan, "finite|NaN"),
    ],
)
def test_damaged_trees(case, where, entry, complaint):
    model = copy.deepcopy(case.model)
    state = model.estimators_[1].tree_.__getstate__()
    if where is None:
        state["values"][...] = entry
    else:
        state["nodes"][where][0] = entry
    model.estimators_[1].tree_.__setstate__(state)
    with pytest.raises(InvalidModelError, match=complaint):
        read(model)


@pytest.mark.parametrize("weight", [-1.0, np.inf, np.nan])
@pytest.mark.parametrize("case", [CLASSIFIERS[0], REGRESSORS[0]], ids=lambda case: case.id)
def test_damaged_weights(case, weight):
    model = copy.deepcopy(case.model)
    model.estimator_weights_[1] = weight
    with pytest.raises(InvalidModelError, match=r"weight holds|factors >= 0"):
        read(model)


def test_no_trees_at_all():
    model = copy.deepcopy(REGRESSORS[0].model)
    model.estimators_ = []
    with pytest.raises(InvalidModelError, match="holds no trees"):
        read(model)
