"""Packed trees, and the walk of sixteen rows side by side."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels.checked import in_python
from tests.kernels.helpers import SHAPES, border_rows, shaped_ensemble, slow_leaves
from tests.strategies import random_ensemble
from treeprune.kernels.columns import code_columns, largest_on_the_left
from treeprune.kernels.deep import LANES, walk_deep
from treeprune.kernels.keys import encode_keys, keys
from treeprune.kernels.packed import ALL_LEFT, child_bits, pack
from treeprune.model.ensemble import LEAF
from treeprune.model.structure import depths


class Large:
    """Packed nodes of all trees of a single precision ensemble without categories."""

    def __init__(self, e, has_missing, extra_bits=0):
        self.e, self.columns = e, code_columns(e, has_missing)
        self.bound = keys(largest_on_the_left(e)[0])
        bits = child_bits(len(self.columns), int(np.diff(e.root).max())) + extra_bits
        self.packed = pack(
            e.root, np.arange(e.n_trees), e.left, e.right, self.columns.of_node, self.bound, bits
        )

    def leaves(self, rows, start=0, stop=None, kernel=walk_deep):
        stop, n_tiles = len(rows) if stop is None else stop, -(-len(rows) // LANES)
        codes = np.zeros(n_tiles * LANES * len(self.columns), np.uint32)
        encode_keys(self.columns, rows, codes)
        step = -(-(stop - start) // LANES) * LANES + 3  # a gap that nobody may touch
        out = np.full(step * self.e.n_trees, -7, np.int32)
        p = self.packed
        at_root, entries = np.zeros((self.e.n_trees, 1), np.int32), np.zeros(len(out), np.uint8)
        kernel(
            codes, len(self.columns), start, stop, p.node, p.child_bits, p.root, p.first_steps, p.depth,
            at_root, entries, out, step,
        )  # fmt: skip
        out = out.reshape(self.e.n_trees, step)
        assert (out[:, -3:] == -7).all()
        place = out[:, : stop - start]
        assert (place >= 0).all()
        return p.order[p.root[:-1, None] + place]


def numeric(seed, trees, **fields):
    """Ensemble that can be packed: no categories, and no ``x < -inf``."""
    e = shaped_ensemble(seed, trees, categories=False, input_dtype="float32", **fields)
    e.threshold[np.isneginf(e.threshold)] = -2.0
    return e


def check_packed(large):
    """Every place and column of a packed node lies in its range, and says what the node says."""
    e, p = large.e, large.packed
    np.testing.assert_array_equal(p.root, e.root)
    assert sorted(p.order) == list(range(e.n_nodes))
    depth = depths(e.left, e.right)
    for t in range(e.n_trees):
        own = e.tree(t)
        size = own.stop - own.start
        place_of = {node: k for k, node in enumerate(p.order[own].tolist())}
        assert p.order[own.start] == own.start
        assert (np.diff(depth[p.order[own]]) >= 0).all()  # level by level
        assert p.depth[t] == depth[own].max()
        assert 0 <= p.first_steps[t] <= p.depth[t]
        for node, place in place_of.items():
            bound, way = p.node[own.start + place].tolist()
            child, column = way & ((1 << p.child_bits) - 1), way >> p.child_bits
            if e.left[node] == LEAF:
                assert (child, column, bound) == (place, 0, ALL_LEFT)
            else:
                assert place < child < size - 1
                assert (child, child + 1) == (place_of[e.left[node]], place_of[e.right[node]])
                assert column == large.columns.of_node[node] * LANES
                assert bound == large.bound[node] != ALL_LEFT


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n_leaves", [1, 2, 3, 14, 15, 16, 17, 256, 257])
def test_shapes(shape, n_leaves):
    """Chains about as deep as those that all rows walk to the end, and far deeper ones."""
    e = numeric(n_leaves, [(shape, n_leaves), ("left", 1), (shape, n_leaves)])
    rows = border_rows(0, 150, "float32")
    large = Large(e, np.ones(4, bool))
    check_packed(large)
    np.testing.assert_array_equal(large.leaves(rows), slow_leaves(e, rows))


@pytest.mark.parametrize("shape", SHAPES)
def test_every_leaf_is_reached(shape):
    """Row k ends in leaf k from the left, so that rows arrive at every depth of a deep chain."""
    n = 3001
    e = numeric(0, [(shape, n)], comparison="<=")
    split, stack, order = ~e.is_leaf, [0], []
    while stack:
        node = stack.pop()
        stack += [e.right[node], e.left[node]] if split[node] else []
        order += [] if split[node] else [node]
    last = np.empty(e.n_nodes)
    last[order] = np.arange(n)
    for node in np.flatnonzero(split)[::-1]:
        e.threshold[node], last[node] = last[e.left[node]], last[e.right[node]]
    e.feature[split], e.missing[split] = 0, 0
    rows = np.column_stack([np.arange(n, dtype=np.float32)] * 4)
    np.testing.assert_array_equal(Large(e, np.zeros(4, bool)).leaves(rows), [order])


@given(
    st.integers(0, 10**6),
    st.lists(st.integers(0, 60), min_size=1, max_size=4),
    st.sampled_from(["<", "<="]),
    st.integers(0, 40),
    st.booleans(),
)
def test_random_trees(seed, n_splits, comparison, n_rows, missing):
    n_nodes = 2 * sum(n_splits) + len(n_splits)
    e = random_ensemble(
        seed,
        tuple(n_splits),
        input_dtype="float32",
        comparison=comparison,
        category_set=np.full(n_nodes, LEAF, np.int32),
    )
    rows = border_rows(seed, n_rows, "float32", missing, np.arange(-2, 3) / 2)
    large = Large(e, np.isnan(rows).any(axis=0))
    check_packed(large)
    expected = slow_leaves(e, rows)
    if len(large.columns):
        np.testing.assert_array_equal(large.leaves(rows), expected)
        np.testing.assert_array_equal(large.leaves(rows, kernel=in_python(walk_deep)), expected)


@pytest.mark.parametrize("n_rows", [1, 15, 16, 17, 31, 32, 33, 4095, 4096, 4097])
def test_rows_do_not_depend_on_those_beside_them(n_rows):
    e = numeric(4, [("balanced", 300), ("zigzag", 60), ("left", 1)])
    rows = border_rows(7, n_rows, "float32")
    large = Large(e, np.ones(4, bool))
    whole = large.leaves(rows)
    tail = slice(max(n_rows - 40, 0), None)
    np.testing.assert_array_equal(whole[:, tail], slow_leaves(e, rows[tail]))
    np.testing.assert_array_equal(whole[:, :40], slow_leaves(e, rows[:40]))
    start = n_rows // 3 // LANES * LANES
    for stop in (start + 1, (start + n_rows + 1) // 2, n_rows):
        np.testing.assert_array_equal(large.leaves(rows, start, stop), whole[:, start:stop])


@given(st.integers(1, 1 << 30), st.integers(1, (1 << 31) - 1))
def test_bits_of_a_child(n_columns, size):
    """Just enough for the last place; none if the last column does not fit beside it."""
    bits = child_bits(n_columns, size)
    fewest = next(b for b in range(1, 33) if size - 1 < 1 << b)
    if (n_columns - 1) * LANES < 1 << (32 - fewest) and fewest < 32:
        assert bits == fewest
    else:
        assert bits is None


@pytest.mark.parametrize("bits", range(1, 31))
def test_bits_of_a_child_at_their_limits(bits):
    size, columns = 1 << bits, (1 << (32 - bits)) // LANES
    assert child_bits(max(columns, 1), size) == bits
    assert child_bits(max(columns, 1) + 1, size) is None
    assert child_bits(1, size + 1) == bits + 1


def test_nodes_with_every_bit_in_use():
    """The last columns beside the widest places that still fit."""
    e = numeric(1, [("balanced", 300), ("zigzag", 60)])
    rows, has_missing = border_rows(3, 100, "float32"), np.ones(4, bool)
    plain = Large(e, has_missing)
    last = (len(plain.columns) - 1) * LANES
    spare = 32 - plain.packed.child_bits - last.bit_length()
    assert spare > 0
    wide = Large(e, has_missing, spare)
    assert int(wide.packed.node[:, 1].max()) >> 31 == 1
    check_packed(wide)
    np.testing.assert_array_equal(wide.leaves(rows), slow_leaves(e, rows))


def test_some_of_the_trees():
    e = numeric(1, [("balanced", 30), ("zigzag", 60), ("left", 1), ("right", 20)])
    column, bound = np.zeros(e.n_nodes, np.int32), np.zeros(e.n_nodes, np.uint32)
    p = pack(e.root, np.array([1, 3]), e.left, e.right, column, bound, 9)
    assert p.root.tolist() == [0, 119, 158]
    assert sorted(p.order) == [*range(e.root[1], e.root[2]), *range(e.root[3], e.root[4])]
    assert p.depth.tolist() == [59, 19]
