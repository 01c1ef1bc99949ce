import numpy as np
import pytest

from tests.kernels.helpers import border_rows, goes_left, shaped_ensemble
from treeprune.kernels.columns import missing_features
from treeprune.kernels.shap_conditions import LANES, conditions_of, side_by_side
from treeprune.kernels.shap_paths import paths_of
from treeprune.model.ensemble import LEAF

TREES = (("left", 8), ("zigzag", 12), ("balanced", 1), ("right", 3))


def written(e, rows, trees):
    """Sides and conditions of some trees, in arrays that were full of something else."""
    columns = side_by_side(rows, e.input_dtype)
    side, holds = np.full((2, e.n_nodes, columns.shape[1]), 7, np.uint8)
    conditions_of(e, paths_of(e), missing_features(rows)).write(trees, columns, side, holds)
    return side, holds


def satisfied(e, node, row):
    """Whether a row satisfies all conditions above a node on the feature of its parent, by walking up."""
    parent = {int(child): k for k in np.flatnonzero(~e.is_leaf) for child in (e.left[k], e.right[k])}
    wanted, holds = e.feature[parent[node]], True
    while node in parent:
        above = parent[node]
        if e.feature[above] == wanted:
            holds &= goes_left(e, above, float(row[wanted])) == (e.left[above] == node)
        node = above
    return holds


@pytest.mark.parametrize("comparison", ["<", "<="])
@pytest.mark.parametrize("unknown", ["left", "right", "default"])
@pytest.mark.parametrize(("dtype", "missing"), [("float32", True), ("float64", True), ("float64", False)])
def test_every_node_and_row(comparison, unknown, dtype, missing):
    e = shaped_ensemble(
        1, TREES, comparison=comparison, unknown_category=unknown, input_dtype=dtype, infinite=True
    )
    rows = border_rows(2, 37, dtype, missing)
    for trees in (slice(0, 4), slice(1, 2)):
        first, last = e.root[trees.start], e.root[trees.stop]
        side, holds = written(e, rows, trees)
        for node in range(first, last):
            if e.left[node] != LEAF:
                expected = [goes_left(e, node, float(row[e.feature[node]])) for row in rows]
                np.testing.assert_array_equal(side[node - first, : len(rows)], expected)
            if node not in e.root:
                expected = [satisfied(e, node, row) for row in rows]
                np.testing.assert_array_equal(holds[node - first, : len(rows)], expected)
        assert (side[last - first :] == 7).all()
        assert (holds[last - first :] == 7).all()


@pytest.mark.parametrize("n", [0, 1, LANES, LANES + 1])
def test_rows_side_by_side(n):
    rows = np.arange(3.0 * n).reshape(n, 3) + 1 / 3
    found = side_by_side(rows, "float32")
    assert found.shape[1] % LANES == 0
    np.testing.assert_array_equal(found[:, :n], rows.astype(np.float32).T)
    assert not found[:, n:].any()
