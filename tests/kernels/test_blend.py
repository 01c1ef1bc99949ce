"""Programs of small trees, and the kernel that runs them over blocks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels.checked import in_python
from tests.kernels.helpers import SHAPES, border_rows, shaped_ensemble, slow_leaves
from tests.strategies import random_ensemble
from treeprune.kernels.blend import BLOCK, blend
from treeprune.kernels.columns import code_columns, largest_on_the_left
from treeprune.kernels.programs import A_BRANCH, A_LEAF, A_PAIR, MOST_LEAVES, write_programs
from treeprune.kernels.ranks import rank_bounds
from treeprune.kernels.sides import category_sides
from treeprune.model.ensemble import LEAF

UNKNOWN = {"left": 0, "right": 1, "default": 2}


class Small:
    """Programs of all trees of an ensemble and all that they need."""

    def __init__(self, e, has_missing):
        self.e, self.columns = e, code_columns(e, has_missing)
        bound, _ = largest_on_the_left(e)
        n, place, self.side = category_sides(e)
        numeric = ~e.is_leaf & (e.category_set == LEAF)
        self.ranks = rank_bounds(self.columns, bound, numeric, n, UNKNOWN[e.unknown_category])
        self.rank = np.where(place >= 0, -1 - place, self.ranks.of_node).astype(np.int32)
        self.n_leaves = np.add.reduceat(e.is_leaf.astype(np.int64), e.root[:-1])
        self.trees = np.arange(e.n_trees)
        self.programs = write_programs(
            e.root, self.trees, e.left, e.right, self.columns.of_node, self.rank, self.n_leaves
        )

    def leaves(self, rows, dtype=np.int16, start=0, stop=None, kernel=blend):
        stop = len(rows) if stop is None else stop
        codes = np.empty((len(self.columns), len(rows)), dtype)
        self.ranks.encode(rows, codes)
        step = stop - start + 3  # a gap that nobody may touch
        out = np.full(step * self.e.n_trees, 211, np.uint8)
        p = self.programs
        kernel(
            codes.reshape(-1), len(rows), start, stop, p.split, p.branch, p.first, p.n_buffers, self.side,
            out, step,
        )  # fmt: skip
        out = out.reshape(self.e.n_trees, step)
        assert (out[:, -3:] == 211).all()
        first = np.cumsum(self.n_leaves) - self.n_leaves
        return p.leaf[first[:, None] + out[:, :-3]]


def check_program(small):
    """Every index of a program lies in its range, and no buffer is overwritten before it is read."""
    e, p = small.e, small.programs
    assert p.first[0] == 0
    assert (np.diff(p.first) >= 0).all()
    assert p.first[-1] == len(p.split) == len(p.branch)
    assert sorted(p.leaf) == np.flatnonzero(e.is_leaf).tolist()
    for t in range(e.n_trees):
        held = {}  # buffer: number of leaves of the branch whose result it holds
        for op in range(p.first[t], p.first[t + 1]):
            column, rank, n_left, target = p.split[op].tolist()
            sizes = []
            for kind, a, b in p.branch[op].reshape(2, 3).tolist():
                if kind == A_LEAF:
                    sizes.append(1)
                elif kind == A_PAIR:
                    check_split(small, a, b)
                    sizes.append(2)
                else:
                    assert kind == A_BRANCH
                    assert 0 <= a < p.n_buffers
                    assert target != a
                    sizes.append(held.pop(a))
            check_split(small, column, rank)
            assert 0 <= target < p.n_buffers
            assert target not in held
            assert n_left == sizes[0]
            held[target] = sum(sizes)
        assert list(held.values()) == ([small.n_leaves[t]] if small.n_leaves[t] > 1 else [])
        own = p.leaf[small.n_leaves[:t].sum() :][: small.n_leaves[t]]
        assert own.tolist() == from_left_to_right(e, t)


def check_split(small, column, rank):
    assert 0 <= column < len(small.columns)
    if rank < 0:
        assert 0 <= -1 - rank <= len(small.side) - (small.ranks.count[column] + 2)
    else:
        assert rank < small.ranks.count[column]


def from_left_to_right(e, t):
    found, stack = [], [e.root[t]]
    while stack:
        node = stack.pop()
        if e.left[node] == LEAF:
            found.append(node)
        else:
            stack += [e.right[node], e.left[node]]
    return found


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n_leaves", [1, 2, 3, 4, 5, 8, 9, 255, 256])
def test_shapes(shape, n_leaves):
    """Chains, heaps and lone leaves; leaf numbers up to the last that a byte holds."""
    assert MOST_LEAVES == 256
    e = shaped_ensemble(n_leaves, [(shape, n_leaves), ("left", 1), (shape, n_leaves)])
    rows = border_rows(0, 150)
    small = Small(e, np.ones(4, bool))
    check_program(small)
    for dtype in (np.int8, np.int16):
        np.testing.assert_array_equal(small.leaves(rows, dtype), slow_leaves(e, rows))


@pytest.mark.parametrize("shape", SHAPES)
def test_every_leaf_of_the_largest_tree_is_reached(shape):
    """One split a feature value: row k ends in leaf k, from the left."""
    n = MOST_LEAVES
    e = shaped_ensemble(0, [(shape, n)], categories=False, comparison="<=")
    order = {node: k for k, node in enumerate(from_left_to_right(e, 0))}
    last = [order.get(i, -1) for i in range(e.n_nodes)]  # last leaf of each branch
    split = ~e.is_leaf
    for node in range(e.n_nodes - 1, -1, -1):
        if split[node]:
            e.threshold[node], last[node] = last[e.left[node]], last[e.right[node]]
    e.feature[split], e.missing[split] = 0, 0
    rows = np.column_stack([np.arange(n, dtype=float)] * 4)
    small = Small(e, np.zeros(4, bool))
    assert small.ranks.largest == n - 1
    np.testing.assert_array_equal(small.leaves(rows, np.int8), [list(order)])


def test_few_buffers():
    """A chain needs two buffers, a full tree of 2**k leaves k: results wait in them, one at each level."""
    for shape in ("left", "right", "zigzag"):
        e = shaped_ensemble(0, [(shape, 256)])
        assert Small(e, np.ones(4, bool)).programs.n_buffers == 2
    assert Small(shaped_ensemble(0, [("balanced", 256)]), np.ones(4, bool)).programs.n_buffers == 8


@given(
    st.integers(0, 10**6),
    st.lists(st.integers(0, 40), min_size=1, max_size=5),
    st.sampled_from(sorted(UNKNOWN)),
    st.sampled_from(["float32", "float64"]),
    st.booleans(),
)
def test_random_trees(seed, n_splits, unknown, dtype, missing):
    e = random_ensemble(seed, tuple(n_splits), unknown_category=unknown, input_dtype=dtype)
    rows = border_rows(seed, 60, dtype, missing, np.arange(-2, 3) / 2)
    small = Small(e, np.isnan(rows).any(axis=0))
    check_program(small)
    expected = slow_leaves(e, rows)
    np.testing.assert_array_equal(small.leaves(rows), expected)
    few = small.leaves(rows[:5], np.int8, kernel=in_python(blend))
    np.testing.assert_array_equal(few, expected[:, :5])


@pytest.mark.parametrize("n_rows", [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 17])
def test_blocks(n_rows):
    """Rows do not depend on those beside them."""
    e = shaped_ensemble(4, [("balanced", 70), ("zigzag", 30), ("left", 1)])
    rows = border_rows(7, n_rows)
    small = Small(e, np.ones(4, bool))
    whole = small.leaves(rows)
    tail = slice(max(n_rows - 40, 0), None)
    np.testing.assert_array_equal(whole[:, tail], slow_leaves(e, rows[tail]))
    np.testing.assert_array_equal(whole[:, :40], slow_leaves(e, rows[:40]))
    start, stop = n_rows // 3, n_rows - n_rows // 5
    np.testing.assert_array_equal(small.leaves(rows, start=start, stop=stop), whole[:, start:stop])


def test_trees_of_one_leaf_alone():
    e = shaped_ensemble(0, [("left", 1)] * 3)
    small = Small(e, np.ones(4, bool))
    check_program(small)
    np.testing.assert_array_equal(small.leaves(border_rows(0, 7)), [[0] * 7, [1] * 7, [2] * 7])


def test_programs_of_some_trees():
    e = shaped_ensemble(4, [("balanced", 300), ("zigzag", 30), ("left", 600), ("left", 1), ("right", 12)])
    column, rank = np.zeros((2, e.n_nodes), np.int32)
    n_leaves = np.add.reduceat(e.is_leaf.astype(np.int64), e.root[:-1])
    p = write_programs(e.root, np.array([1, 3, 4]), e.left, e.right, column, rank, n_leaves)
    assert p.leaf.tolist() == [*from_left_to_right(e, 1), e.root[3], *from_left_to_right(e, 4)]
    assert np.diff(p.first)[1] == 0
