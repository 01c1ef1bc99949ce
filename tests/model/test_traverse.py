import numpy as np
import pytest

from tests.kernels.helpers import slow_leaf, slow_leaves, slow_output
from tests.strategies import hostile_rows, random_ensemble, random_mask
from treeprune.model.edit import collapse
from treeprune.model.ensemble import LEAF, ZERO_IS_MISSING
from treeprune.model.traverse import leaf_index, raw_output

RULES = [(c, u) for c in ("<", "<=") for u in ("left", "right", "default")]


@pytest.mark.parametrize(("comparison", "unknown"), RULES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_leaf_index(comparison, unknown, dtype):
    rows = hostile_rows(0, 150, dtype)
    for seed in range(3):
        e = random_ensemble(
            seed,
            (12, 0, 20),
            comparison=comparison,
            unknown_category=unknown,
            input_dtype=np.dtype(dtype).name,
        )
        expected = slow_leaves(e, rows)
        np.testing.assert_array_equal(leaf_index(e, rows), expected)
        np.testing.assert_array_equal(leaf_index(e, rows, n_jobs=2), expected)


def test_rules_tell_rows_apart():
    """The rows and ensembles above can show every rule at work."""
    rows = hostile_rows(0, 150)
    plain = random_ensemble(0, (12, 0, 20))
    others = [
        random_ensemble(
            0, (12, 0, 20), comparison=c, unknown_category=u, missing=np.full_like(plain.missing, m)
        )
        for c, u in RULES
        for m in range(3)
    ]
    assert len({leaf_index(e, rows).tobytes() for e in others}) == len(others)


@pytest.mark.parametrize(
    ("x", "left"),
    [(1e-35, True), (-1e-35, True), (1.0000000180025095e-35, True), (1.0000000180025097e-35, False),
     (0.0, True), (np.nan, True), (1.0, False), (-1.0, False)],
)  # fmt: skip
def test_zero_is_missing(x, left):
    """LightGBM's zero is a single precision constant."""
    one = np.array([0, LEAF, LEAF], np.int32)
    none = np.full(3, LEAF, np.int32)
    e = random_ensemble(
        0,
        (1,),
        feature=one,
        category_set=none,
        missing=np.array([ZERO_IS_MISSING, 0, 0], np.uint8),
        default_left=np.array([True, False, False]),
        threshold=np.array([-5.0, 0, 0]),
    )
    assert leaf_index(e, np.array([[x, 0, 0, 0]]))[0, 0] == (e.left[0] if left else e.right[0])


@pytest.mark.parametrize(
    ("code", "left"),
    [(0, True), (31, True), (1, False), (32, False), (33, True), (63, True), (64, False),
     (33.9, True), (-0.5, True), (-1, False), (-33, False), (2.0**31, False), (2.0**32 + 33, False),
     (2.0**63, False), (1e300, False), (np.inf, False), (-np.inf, False)],
)  # fmt: skip
def test_category_codes(code, left):
    """Codes past the end of a set, negative or too large for an integer go right."""
    words = np.array([1 | 1 << 31, 1 << 1 | 1 << 31, 2**32 - 1], np.uint32)  # {0, 31, 33, 63} and another
    offset, use = np.array([0, 2, 3]), np.array([0, LEAF, LEAF], np.int32)
    feature = np.array([3, LEAF, LEAF], np.int32)
    e = random_ensemble(
        0,
        (1,),
        feature=feature,
        category_word=words,
        category_offset=offset,
        category_set=use,
        category_count=np.array([64, 32]),
    )
    row = np.array([[0.0, 0.0, 0.0, code]])
    assert leaf_index(e, row)[0, 0] == (e.left[0] if left else e.right[0])


@pytest.mark.parametrize("aggregation", ["sum", "mean"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_raw_output(aggregation, dtype):
    """Tree factors, trees of one column and of all, base score."""
    rows = hostile_rows(1, 100)
    fed = set()
    for seed in range(6):
        weight = np.random.default_rng(seed).uniform(0.5, 2, 3)  # a mean has no negative factors
        output = np.array([seed % 3, LEAF, 2], np.int32)
        e = random_ensemble(seed, aggregation=aggregation, output_dtype=dtype, weight=weight, output=output)
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


def test_weighted_median_is_that_of_adaboost():
    """Drucker (1997): the least answer at which half of the weight is reached."""
    rows, weights = hostile_rows(3, 50), np.array([0.5, 3.0, 1.0])
    e = random_ensemble(
        5, (12, 3, 20), aggregation="median", output=np.full(3, LEAF, np.int32), weight=weights
    )
    got = raw_output(e, rows)
    for i, row in enumerate(rows):
        leaves = [slow_leaf(e, t, row) for t in range(3)]
        for c in range(3):
            ranked = sorted((e.value[leaf, c], w) for leaf, w in zip(leaves, weights, strict=True))
            reached = np.cumsum([w for _, w in ranked])
            assert got[i, c] == ranked[int((reached >= 2.25).argmax())][0]
