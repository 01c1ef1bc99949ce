"""Tops of large trees: each row enters the walk at the node where the top leaves it."""

import numpy as np
import pytest

from tests.kernels.helpers import SHAPES, border_rows, goes_left, shaped_ensemble
from treeprune.kernels.columns import code_columns, largest_on_the_left
from treeprune.kernels.deep import LANES, walk_deep
from treeprune.kernels.entrances import entrances, find_tops
from treeprune.kernels.keys import encode_keys, keys
from treeprune.kernels.packed import child_bits, pack
from treeprune.model.structure import depths


def entered(trees, levels):
    """Ensemble without categories and never a row to the left of nothing, packed, with its entrances."""
    e = shaped_ensemble(3, [("left", 1), *trees], categories=False, input_dtype="float32", comparison="<=")
    columns, chosen = code_columns(e, np.ones(4, bool)), np.arange(1, e.n_trees)
    bits = child_bits(len(columns), int(np.diff(e.root).max()))
    bound = keys(largest_on_the_left(e)[0])
    packed = pack(e.root, chosen, e.left, e.right, columns.of_node, bound, bits)
    level, rank = depths(e.left, e.right), np.arange(e.n_nodes, dtype=np.int32)
    found = entrances(find_tops(e, chosen, levels), len(chosen), columns.of_node, rank)
    return e, columns, packed, found, level


@pytest.mark.parametrize("levels", [0, 1, 2, 4])
@pytest.mark.parametrize("shape", SHAPES)
def test_entrances_are_the_ends_of_the_top(shape, levels):
    """From the left to the right: leaves of the top, and all nodes where it is cut."""
    e, _, packed, found, level = entered([(shape, 40), ("balanced", 300), ("left", 1), (shape, 2)], levels)
    assert found.levels == levels
    for k in range(len(packed.root) - 1):
        ends, stack = [], [int(e.root[k + 1])]
        while stack:
            node = stack.pop()
            if e.left[node] < 0 or level[node] == levels:
                ends.append(node)
            else:
                stack += [int(e.right[node]), int(e.left[node])]
        assert len(ends) <= found.place.shape[1]
        assert packed.order[packed.root[k] + found.place[k, : len(ends)]].tolist() == ends
        if levels:
            assert found.programs.first[k + 1] - found.programs.first[k] < max(len(ends), 1)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_walk_from_any_entrance(shape):
    """Rows that enter at random nodes go on as the rules say; those at a leaf stay."""
    e, columns, p, _, _ = entered([(shape, 40), ("balanced", 300)], 0)
    rng, rows = np.random.default_rng(0), border_rows(0, 100, "float32")
    n_tiles = -(-len(rows) // LANES)
    codes = np.zeros(n_tiles * LANES * len(columns), np.uint32)
    encode_keys(columns, rows, codes)
    step = n_tiles * LANES
    place = np.array([rng.integers(0, n, 20) for n in np.diff(p.root)], np.int32)
    entries, out = rng.integers(0, 20, 2 * step).astype(np.uint8), np.full(2 * step, -7, np.int32)
    walk_deep(
        codes, len(columns), 0, len(rows), p.node, p.child_bits, p.root, p.first_steps, p.depth,
        place, entries, out, step,
    )  # fmt: skip
    for k in range(2):
        for i, row in enumerate(rows):
            node = p.order[p.root[k] + place[k, entries[k * step + i]]]
            while e.left[node] >= 0:
                left = goes_left(e, node, float(row[e.feature[node]]))
                node = (e.left if left else e.right)[node]
            assert p.order[p.root[k] + out[k * step + i]] == node
