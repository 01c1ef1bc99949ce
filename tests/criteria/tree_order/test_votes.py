"""Orders by votes against slow twins from the papers, and what every one of them has to hold to."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from tests.criteria.tree_order import papers
from treeprune.criteria.tree_order import disagreement
from treeprune.criteria.tree_order.ballot import Ballot, whole_numbers
from treeprune.criteria.tree_order.disagreement import disagreements
from treeprune.criteria.tree_order.kappa import pair_kappa
from treeprune.criteria.tree_order.registry import tree_orders
from treeprune.criteria.tree_order.steps import TreeSteps
from treeprune.statistics.votes import TreeVotes

BY_VOTES = {name: order for name, order in tree_orders().items() if order.needs == "votes"}
TWINS = {
    "complementarity": (papers.complementarity, {}),
    "drep": (papers.drep, {"rho": 0.25}),
    "individual_contribution": (papers.individual_contribution, {}),
    "kappa": (papers.kappa, {}),
    "margin_distance": (papers.margin_distance, {"p": 0.125}),
    "orientation": (papers.orientation, {}),
    "reduced_error": (papers.reduced_error, {}),
}
WEIGHTS, FACTORS = [0.0, 0.25, 1.0, 1.5, 6.0], [0.0, 0.5, 1.0, 1.0, 2.25]


def random_votes(seed, n_trees=None, n_rows=None, n_classes=None, *, weighted=True, factors=False):
    """Votes of trees that are right more often than not; now and then two trees are the same."""
    rng = np.random.default_rng(seed)
    n_trees = rng.integers(1, 9) if n_trees is None else n_trees
    n_rows = rng.integers(1, 14) if n_rows is None else n_rows
    n_classes = rng.choice([2, 4]) if n_classes is None else n_classes
    truth = rng.integers(0, n_classes, n_rows)
    codes = np.where(
        rng.random((n_trees, n_rows)) < rng.choice([0.3, 0.6]),
        truth,
        rng.integers(0, n_classes, (n_trees, n_rows)),
    )
    codes[rng.integers(n_trees)] = codes[rng.integers(n_trees)]
    weight = rng.choice(WEIGHTS, n_rows) if weighted else np.ones(n_rows)
    factor = rng.choice(FACTORS, n_trees) if factors else np.ones(n_trees)
    weight[rng.integers(n_rows)] = factor[rng.integers(n_trees)] = 1.0
    return TreeVotes(codes.astype(np.uint8), truth, weight, factor, int(n_classes))


def order_of(steps):
    """Trees in the order in which they join."""
    return np.argsort(-(steps.factors > 0).sum(axis=0), kind="stable").tolist()


def assert_order(steps, order):
    assert np.array_equal(steps.factors, TreeSteps.of_order(order).factors), (order_of(steps), order)


# --------------------------------------------------------------------------- twins from the papers
def test_every_order_by_votes_has_a_twin():
    assert set(BY_VOTES) == set(TWINS)


@pytest.mark.parametrize("name", TWINS)
@given(st.integers(0, 100_000), st.booleans(), st.booleans())
def test_orders_are_those_of_the_papers(name, seed, weighted, factors):
    votes = random_votes(seed, weighted=weighted, factors=factors)
    twin, parameters = TWINS[name]
    assert_order(BY_VOTES[name].steps(votes, **parameters), twin(votes, **parameters))


@given(st.integers(0, 100_000), st.sampled_from([0.01, 0.1, 0.3, 0.5, 0.7, 1.0]))
def test_drep_for_other_shares(seed, rho):
    votes = random_votes(seed, n_trees=10)
    assert_order(BY_VOTES["drep"].steps(votes, rho=rho), papers.drep(votes, rho))


@given(st.integers(0, 100_000))
def test_drep_that_asks_for_no_diversity_is_reduced_error(seed):
    votes = random_votes(seed, factors=True)
    assert_order(BY_VOTES["drep"].steps(votes, rho=1), order_of(BY_VOTES["reduced_error"].steps(votes)))


@given(st.integers(0, 100_000), st.sampled_from([0.0078125, 0.5, 0.984375]))
def test_margin_distance_for_other_points(seed, p):
    votes = random_votes(seed, n_rows=20)
    assert_order(BY_VOTES["margin_distance"].steps(votes, p=p), papers.margin_distance(votes, p))


@given(st.integers(0, 100_000), st.booleans())
def test_backfitting_is_that_of_the_paper(seed, factors):
    votes = random_votes(seed, factors=factors)
    found = BY_VOTES["reduced_error"].steps(votes, backfit=True)
    assert [found.kept(k).tolist() for k in range(len(found))] == papers.reduced_error_backfitted(votes)
    assert set(np.unique(found.factors)) <= {0.0, 1.0}


def test_backfitting_finds_what_the_greedy_search_misses():
    rng = np.random.default_rng(0)
    better = 0
    for _ in range(50):
        flips = rng.random((6, 30)) < 0.4
        votes = TreeVotes(flips.astype(np.uint8), np.zeros(30, np.int64), np.ones(30), np.ones(6), 2)
        greedy = BY_VOTES["reduced_error"].steps(votes)
        other = BY_VOTES["reduced_error"].steps(votes, backfit=True)
        v = papers.Plain(votes)
        a, b = v.error(greedy.kept(2).tolist()), v.error(other.kept(2).tolist())
        assert b <= a
        better += b < a
    assert better > 0


# --------------------------------------------------------------------------- what all hold to
def parameters_of(name):
    return TWINS[name][1]


@pytest.mark.parametrize("name", TWINS)
@given(st.integers(0, 100_000), st.booleans())
def test_whole_weights_are_repeated_rows(name, seed, factors):
    votes = random_votes(seed, factors=factors)
    times = np.random.default_rng(seed).integers(0, 4, len(votes.truth))
    times[0] = 3
    weighted = replace(votes, weight=times.astype(float))
    repeated = replace(
        votes,
        codes=np.repeat(votes.codes, times, axis=1),
        truth=np.repeat(votes.truth, times),
        weight=np.ones(times.sum()),
    )
    a, b = (BY_VOTES[name].steps(v, **parameters_of(name)).factors for v in (weighted, repeated))
    assert np.array_equal(a, b)


@pytest.mark.parametrize("name", TWINS)
@given(st.integers(0, 100_000), st.sampled_from([1e-300, 0.1, 3.0, 1e300]))
def test_rows_of_no_weight_are_absent_and_the_scale_of_weights_is_nothing(name, seed, scale):
    votes = random_votes(seed, factors=True)
    rng = np.random.default_rng(seed)
    more = rng.integers(0, votes.n_classes, (votes.n_trees, 5)).astype(np.uint8)
    shuffled = rng.permutation(len(votes.truth) + 5)
    padded = replace(
        votes,
        codes=np.hstack([votes.codes, more])[:, shuffled],
        truth=np.append(votes.truth, rng.integers(0, votes.n_classes, 5))[shuffled],
        weight=(np.append(votes.weight, np.zeros(5)) * 4.0)[shuffled],
        factors=votes.factors * 2.0,
    )
    a, b = (BY_VOTES[name].steps(v, **parameters_of(name)).factors for v in (votes, padded))
    assert np.array_equal(a, b)
    equal = replace(votes, weight=np.full(len(votes.truth), scale), factors=np.full(votes.n_trees, scale))
    ones = replace(votes, weight=np.ones(len(votes.truth)), factors=np.ones(votes.n_trees))
    a, b = (BY_VOTES[name].steps(v, **parameters_of(name)).factors for v in (equal, ones))
    assert np.array_equal(a, b)


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize("n_classes", [1, 2, 3])
def test_of_equal_trees_the_first_stands_first(name, n_classes):
    code = (np.arange(11) % n_classes).astype(np.uint8)
    votes = TreeVotes(
        np.tile(code, (5, 1)), np.arange(11) % max(n_classes - 1, 1), np.ones(11), np.ones(5), n_classes
    )
    assert_order(BY_VOTES[name].steps(votes), range(5))


@pytest.mark.parametrize("name", TWINS)
def test_one_tree_is_an_order(name):
    assert_order(BY_VOTES[name].steps(random_votes(0, n_trees=1)), [0])


@pytest.mark.parametrize("name", TWINS)
def test_more_classes_than_a_byte_holds(name):
    votes = random_votes(3, n_trees=5, n_rows=12, n_classes=300)
    codes = np.random.default_rng(3).integers(0, 300, votes.codes.shape)
    wide = replace(votes, codes=np.where(votes.codes % 2, votes.truth, codes).astype(np.uint16))
    assert wide.codes.max() > 255
    twin, parameters = TWINS[name]
    assert_order(BY_VOTES[name].steps(wide, **parameters), twin(wide, **parameters))


@pytest.mark.parametrize(("name", "bad"), [("drep", 0), ("drep", 1.5), ("drep", "half"), ("drep", np.nan)])
def test_bad_shares(name, bad):
    with pytest.raises(ValueError, match="rho must be"):
        BY_VOTES[name].steps(random_votes(0), rho=bad)


@pytest.mark.parametrize("bad", [0, 1, -0.1, np.nan, None])
def test_bad_points(bad):
    with pytest.raises(ValueError, match="p must be"):
        BY_VOTES["margin_distance"].steps(random_votes(0), p=bad)


# --------------------------------------------------------------------------- pairs of trees
@pytest.mark.parametrize("n_classes", [2, 4, 5, 300])
@pytest.mark.parametrize("weights", ["ones", "some zero", "any"])
@pytest.mark.parametrize("block", [64, 192, 16384])
def test_disagreement_of_pairs(n_classes, weights, block, monkeypatch):
    monkeypatch.setattr(disagreement, "_BLOCK_ROWS", block)
    rng = np.random.default_rng(n_classes)
    truth = rng.integers(0, n_classes, 333)
    codes = np.where(rng.random((21, 333)) < 0.4, truth, rng.integers(0, n_classes, (21, 333))).astype(
        np.uint16
    )
    weight = {
        "ones": np.ones(333),
        "some zero": rng.choice([0.0, 3.0], 333),
        "any": rng.choice([0.0, 2.0, 5.0, 7.0], 333),
    }
    b = Ballot.of(TreeVotes(codes, truth, weight[weights], np.ones(21), n_classes))
    classes, right = disagreements(b, signatures=False), disagreements(b, signatures=True)
    for found, x in ((classes, codes), (right, codes == truth)):
        expected = [[b.weight[x[t] != x[u]].sum() for u in range(21)] for t in range(21)]
        assert found.dtype == np.int64
        assert np.array_equal(found, expected)


@given(st.integers(0, 100_000))
def test_kappa_is_that_of_scikit_learn(seed):
    votes = random_votes(seed, n_trees=6, n_rows=60)
    found = pair_kappa(Ballot.of(votes))
    expected = np.array(
        [
            [
                cohen_kappa_score(a, b, sample_weight=votes.weight, labels=np.arange(votes.n_classes))
                for a in votes.codes
            ]
            for b in votes.codes
        ]
    )
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert np.array_equal(found, found.T)


# --------------------------------------------------------------------------- whole numbers
@given(st.lists(st.integers(0, 2**20), min_size=1, max_size=30), st.integers(-900, 900))
def test_whole_weights_stay_as_they_are(numbers, exponent):
    numbers = np.array([*numbers, 1])
    found = whole_numbers(np.ldexp(numbers.astype(float), exponent), 40)
    assert np.array_equal(found, numbers)


@given(st.lists(st.floats(0, 1e300), min_size=1, max_size=30), st.sampled_from([28, 40, 58]))
def test_other_weights_keep_their_proportions(numbers, bits):
    numbers = np.array([*numbers, 1e-300])
    found = whole_numbers(numbers, bits)
    assert (found >= 0).all()
    assert 0 < sum(found.tolist()) < 2**bits
    share, exact = found / found.sum(), numbers / numbers.max() / (numbers / numbers.max()).sum()
    np.testing.assert_allclose(share, exact, atol=len(numbers) * 2.0 ** (4 - bits) + 1e-15)
