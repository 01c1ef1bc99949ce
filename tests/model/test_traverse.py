import numpy as np
import pytest

from tests.strategies import hostile_rows, random_ensemble, random_mask
from treeprune.model.edit import collapse
from treeprune.model.ensemble import LEAF
from treeprune.model.traverse import leaf_index, raw_output


def members(e, chosen):
    """Categories of a set, by plain Python integers."""
    words = e.category_word[e.category_offset[chosen] : e.category_offset[chosen + 1]]
    return {32 * k + bit for k, word in enumerate(words) for bit in range(32) if int(word) >> bit & 1}


def goes_left(e, node, x):
    if np.isnan(x) and e.missing != "zero":
        return e.missing == "default" and e.default_left[node]
    x = 0.0 if np.isnan(x) else x
    if e.category_set[node] != LEAF:
        return np.isfinite(x) and int(x) in members(e, e.category_set[node])
    return x < e.threshold[node] if e.comparison == "<" else x <= e.threshold[node]


def slow_leaf(e, t, row, stop=()):
    node = e.root[t]
    while e.left[node] != LEAF and node not in stop:
        node = (e.left if goes_left(e, node, float(row[e.feature[node]])) else e.right)[node]
    return node


def slow_output(e, rows, stop=()):
    raw = np.array([e.base_score] * len(rows))
    for i, row in enumerate(rows):
        for t in range(e.n_trees):
            value = e.weight[t] * e.value[slow_leaf(e, t, row, stop)]
            fed = slice(None) if e.output[t] == LEAF else e.output[t]
            raw[i, fed] += value[fed]
    return raw / e.n_trees if e.aggregation == "mean" else raw


RULES = [(c, m) for c in ("<", "<=") for m in ("default", "right", "zero")]


@pytest.mark.parametrize(("comparison", "missing"), RULES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_leaf_index(comparison, missing, dtype):
    rows = hostile_rows(0, 150, dtype)
    for seed in range(3):
        e = random_ensemble(seed, (12, 0, 20), comparison=comparison, missing=missing)
        expected = [[slow_leaf(e, t, row) for row in rows] for t in range(e.n_trees)]
        np.testing.assert_array_equal(leaf_index(e, rows), expected)
        np.testing.assert_array_equal(leaf_index(e, rows, 1, 2), expected[1:2])


def test_rules_tell_rows_apart():
    """The rows and ensembles above can show every rule at work."""
    rows = hostile_rows(0, 150)
    seen = [
        leaf_index(random_ensemble(0, (12, 0, 20), comparison=c, missing=m), rows).tobytes()
        for c, m in RULES
    ]
    assert len(set(seen)) == len(RULES)


@pytest.mark.parametrize(
    ("code", "left"),
    [(0, True), (31, True), (1, False), (32, False), (33, True), (63, True), (64, False), (33.9, True),
     (-1, False), (-33, False), (2.0**31, False), (2.0**32 + 33, False), (2.0**63, False), (1e300, False),
     (np.inf, False), (-np.inf, False)],
)  # fmt: skip
def test_category_codes(code, left):
    """Codes past the end of a set, negative or too large for an integer go right."""
    words = np.array([1 | 1 << 31, 1 << 1 | 1 << 31, 2**32 - 1], np.uint32)  # {0, 31, 33, 63} and another
    offset, use = np.array([0, 2, 3]), np.array([0, LEAF, LEAF], np.int32)
    feature = np.array([3, LEAF, LEAF], np.int32)
    e = random_ensemble(
        0, (1,), feature=feature, category_word=words, category_offset=offset, category_set=use
    )
    row = np.array([[0.0, 0.0, 0.0, code]])
    assert leaf_index(e, row)[0, 0] == (e.left[0] if left else e.right[0])


@pytest.mark.parametrize("aggregation", ["sum", "mean"])
@pytest.mark.parametrize("missing", ["default", "right", "zero"])
def test_raw_output(aggregation, missing):
    """Tree factors, trees of one column and of all, base score."""
    rows = hostile_rows(1, 100)
    fed = set()
    for seed in range(6):
        e = random_ensemble(seed, aggregation=aggregation, missing=missing)
        fed |= set(e.output.tolist())
        np.testing.assert_array_equal(raw_output(e, rows), slow_output(e, rows))
    assert fed == {-1, 0, 1, 2}


@pytest.mark.parametrize("seed", range(6))
def test_output_after_collapse(seed):
    """A collapsed ensemble answers as the old one whose walks stop at the chosen nodes."""
    rows, e = hostile_rows(2, 100), random_ensemble(seed, (12, 3, 20))
    mask = random_mask(seed, e.n_nodes)
    expected = slow_output(e, rows, stop=set(np.flatnonzero(mask)))
    np.testing.assert_array_equal(raw_output(collapse(e, mask), rows), expected)


def test_no_rows():
    e = random_ensemble(0)
    assert raw_output(e, np.empty((0, 4))).shape == (0, 3)
    assert leaf_index(e, np.empty((0, 4))).shape == (3, 0)


def test_rows_of_another_width_are_refused():
    """The walk looks up columns without a check of its own."""
    ensemble = random_ensemble(0)
    narrow = np.zeros((3, ensemble.n_features - 1), np.float32)
    for walk in (leaf_index, raw_output):
        with pytest.raises(ValueError, match="columns"):
            walk(ensemble, narrow)
