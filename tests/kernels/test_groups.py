"""How trees and rows are shared out to threads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treeprune.kernels.deep import LANES
from treeprune.kernels.groups import PART, cut_into_groups, finer, parts_of_rows, runs_of_trees

kinds = st.lists(st.tuples(st.sampled_from(["blend", "deep", "plain"]), st.integers(1, 150)), max_size=5)


def trees_of(groups):
    """Each tree with its kind and its number among the trees of its kind."""
    return [(t, g.kind, g.own + t - g.first) for g in groups for t in range(g.first, g.last)]


@given(kinds, st.integers(1, 9))
def test_finer_groups_hold_the_same_trees(kinds, n_jobs):
    groups = cut_into_groups(np.array([kind for kind, n in kinds for _ in range(n)], object))
    cut = finer(groups, n_jobs)
    assert trees_of(cut) == trees_of(groups)
    assert all(cut)
    assert n_jobs > 1 or cut == groups


@pytest.mark.parametrize("kind", ["blend", "deep", "plain"])
@pytest.mark.parametrize("n_jobs", [2, 4, 16])
def test_threads_that_take_one_group_after_the_other_end_together(kind, n_jobs):
    """If each tree takes the same time."""
    cut = finer(cut_into_groups(np.full(1000, kind, object)), n_jobs)
    busy = np.zeros(n_jobs)
    for group in cut:
        busy[busy.argmin()] += len(group)
    assert busy.max() - busy.min() <= 4
    assert len(cut) < 300 if kind != "plain" else len(cut) < 600


@given(st.integers(0, 300_000), st.integers(1, 9))
def test_parts_cover_the_rows(n_rows, n_jobs):
    parts = parts_of_rows(n_rows, n_jobs)
    assert [part.start for part in parts] + [n_rows] == [0, *(part.stop for part in parts)]
    assert all(part.start % LANES == 0 and 0 < part.stop - part.start <= PART for part in parts)


@pytest.mark.parametrize("n_jobs", [2, 4])
def test_threads_that_take_one_part_after_the_other_end_together(n_jobs):
    busy = np.zeros(n_jobs)
    for part in parts_of_rows(200_000, n_jobs):
        busy[busy.argmin()] += part.stop - part.start
    assert busy.max() - busy.min() <= LANES * 8 * n_jobs


@given(st.lists(st.integers(1, 30), min_size=1, max_size=30), st.integers(1, 60))
def test_runs_of_trees_are_as_long_as_they_may_be(sizes, most):
    edges = np.cumsum([0, *sizes])
    runs = list(runs_of_trees(edges, most, slice(0, len(sizes))))
    assert [t for run in runs for t in range(run.start, run.stop)] == list(range(len(sizes)))
    for run in runs:
        assert sum(sizes[run]) <= most or run.stop - run.start == 1
        assert run.stop == len(sizes) or sum(sizes[run.start : run.stop + 1]) > most
