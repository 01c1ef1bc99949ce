"""Which ways inputs go at each split, against all inputs of small domains."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.certificate.helpers import goes_left
from treeprune.criteria.lossless.axes import all_inputs, axes_of
from treeprune.criteria.lossless.decided import BOTH, NEVER, ways_of_splits
from treeprune.criteria.lossless.rows import Generator, every_cell, n_cells
from treeprune.domain.domain import Domain
from treeprune.model.ensemble import LEAF, MISSING_DEFAULT, MISSING_IS_ZERO, ZERO_IS_MISSING, TreeEnsemble
from treeprune.model.traverse import leaf_index

VALUES = [
    -2,
    -1,
    -0.75,
    -0.5,
    -0.2,
    -2e-35,
    -1e-36,
    0,
    1e-36,
    2e-35,
    0.2,
    0.25,
    0.3,
    0.5,
    0.7,
    1,
    2,
    2.5,
    3,
    np.nan,
]
"""Thresholds of the trees here, numbers between them, and what LightGBM takes for zero."""


def random_tree(seed: int, depth: int = 4) -> TreeEnsemble:
    """A full tree on three columns of numbers and one of categories, by every rule for missing values."""
    rng = np.random.default_rng(seed)
    n = (2 << depth) - 1
    split = np.arange(n) < n // 2
    feature = np.where(split, rng.integers(0, 4, n), LEAF).astype(np.int32)
    coded = feature == 3
    number = np.where(split & ~coded, rng.choice([-1.0, -0.5, 0.0, 0.25, 0.5, 1.0, 2.5], n), 0.0)
    category_set = np.where(coded, rng.integers(0, 3, n), LEAF).astype(np.int32)
    rule = rng.choice([MISSING_DEFAULT, MISSING_IS_ZERO, ZERO_IS_MISSING], 4)
    child = np.where(split, 2 * np.arange(n) + 1, LEAF).astype(np.int32)
    return TreeEnsemble(
        feature=feature,
        threshold=number,
        left=child,
        right=np.where(split, child + 1, LEAF).astype(np.int32),
        default_left=split & (rng.random(n) < 0.5),
        missing=np.where(split & ~coded, rule[feature], 0).astype(np.uint8),
        category_set=category_set,
        category_offset=np.arange(4, dtype=np.int64),
        category_word=rng.integers(1, 15, 3).astype(np.uint32),
        category_count=np.full(3, 4, np.int64),
        value=rng.choice([0.0, 1.0], (n, 1)),
        cover=np.ones(n),
        node_id=np.arange(n, dtype=np.int32),
        root=np.array([0, n], np.int64),
        tree_id=np.zeros(1, np.int32),
        weight=np.ones(1),
        output=np.zeros(1, np.int32),
        base_score=np.zeros(1),
        columns=(1,),
        n_features=4,
        task="regression",
        comparison=str(rng.choice(["<=", "<"])),
        input_dtype=str(rng.choice(["float32", "float64"])),
        unknown_category=str(rng.choice(["left", "right", "default"])),
    )


def domains() -> dict[str, Domain]:
    anything = {"missing": True}
    codes = [0.0, 1.0, 2.0, 3.0, 4.0]
    return {
        "all": all_inputs(random_tree(0)),
        "ranges": Domain.from_ranges({"a": (-1, 1), "b": (0.25, 2), "c": anything, "d": codes}),
        "integers": Domain.from_ranges(
            {
                "a": {"lower": 0, "upper": 2, "integer": True, "missing": True},
                "b": {"lower": -1, "upper": 1, "integer": True},
                "c": None,
                "d": {"values": [1.0, 2.0], "missing": True},
            }
        ),
        "one-hot": Domain.from_ranges(
            {"a": None, "b": None, "c": None, "d": codes}, one_hot=[["a", "b", "c"]]
        ),
        "at most one": Domain.from_ranges(
            {"a": None, "b": anything, "c": None, "d": codes}, at_most_one=[["a", "c"]]
        ),
    }


def inputs_of(domain: Domain) -> np.ndarray:
    """Every row of a grid that is fine enough for the trees here, where the domain has it."""
    codes = [-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, np.nan]
    rows = np.array(list(product(VALUES, VALUES, VALUES, codes)))
    return rows[domain.contains(rows)]


def ways_taken(e: TreeEnsemble, rows: np.ndarray) -> np.ndarray:
    """Bits of the sides that rows take at each split, walked one by one through each distinct question."""
    seen = rows.astype(e.input_dtype).astype(float)
    left = np.zeros((e.n_nodes, len(rows)), bool)
    for node in np.flatnonzero(~e.is_leaf):
        column = seen[:, e.feature[node]]
        values, which = np.unique(column, return_inverse=True)
        left[node] = np.array([goes_left(e, node, float(x)) for x in values])[which.ravel()]
    way, here = np.zeros(e.n_nodes, np.uint8), np.zeros((e.n_nodes, len(rows)), bool)
    here[0] = True
    for node in np.flatnonzero(~e.is_leaf):
        here[e.left[node]], here[e.right[node]] = here[node] & left[node], here[node] & ~left[node]
        way[node] = here[e.left[node]].any() + 2 * here[e.right[node]].any()
    way[e.is_leaf] = BOTH
    return way


def assert_ways(e: TreeEnsemble, domain: Domain) -> bool:
    """Compare where inputs come at all; returns whether some split is decided."""
    taken = ways_taken(e, inputs_of(domain))
    seen = taken != NEVER
    np.testing.assert_array_equal(ways_of_splits(e, axes_of(e, domain))[seen], taken[seen])
    return bool((taken[~e.is_leaf] != BOTH).any())


@pytest.mark.parametrize("name", domains())
@pytest.mark.parametrize("seed", range(3))
def test_ways_are_those_that_inputs_take(name, seed):
    e, domain = random_tree(seed), domains()[name]
    assert assert_ways(e, domain), "nothing is decided in this tree"


@settings(max_examples=15)
@given(seed=st.integers(0, 10**6), name=st.sampled_from(sorted(domains())))
def test_ways_are_those_that_inputs_take_in_any_tree(seed, name):
    e, domain = random_tree(seed), domains()[name]
    assert_ways(e, domain)


@pytest.mark.parametrize("name", domains())
def test_cells_are_all_that_a_model_tells_apart(name):
    e, domain = random_tree(1), domains()[name]
    axes = axes_of(e, domain)
    rows = every_cell(axes, 4)
    assert len(rows) == n_cells(axes)
    assert domain.contains(rows).all()
    reached = set(leaf_index(e, rows.astype(e.input_dtype))[0])
    assert reached == set(leaf_index(e, inputs_of(domain).astype(e.input_dtype))[0])


@pytest.mark.parametrize("name", domains())
def test_generated_rows_belong_to_the_domain_and_lie_on_both_sides(name):
    e, domain = random_tree(2), domains()[name]
    own = inputs_of(domain)
    rows = Generator(e, domain).rows(3000, own)
    assert domain.contains(rows).all()
    np.testing.assert_array_equal(rows, Generator(e, domain).rows(3000, own))
    reached = set(leaf_index(e, rows.astype(e.input_dtype))[0])
    assert reached == set(leaf_index(e, own.astype(e.input_dtype))[0])


def test_columns_split_on_as_numbers_and_as_categories_are_left_alone():
    e = random_tree(3)
    coded = np.flatnonzero(e.feature == 3)
    assert len(coded) > 1
    sets = e.category_set.copy()
    sets[coded[0]] = LEAF
    mixed = replace(e, category_set=sets)
    axes = axes_of(mixed, all_inputs(mixed))
    assert (axes.axis[coded] == LEAF).all()
    assert (ways_of_splits(mixed, axes)[coded] == BOTH).all()
    assert len(set(axes.question[coded])) == len(coded)
