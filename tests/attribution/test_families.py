"""What holds for every native model: values add up to its raw output, and do not depend on the way."""

from dataclasses import replace

import numpy as np
import pytest

from tests.attribution.helpers import against, by_covers
from tests.backends.families import FAMILIES, case_rows
from treeprune.attribution.by_background import interventional
from treeprune.attribution.by_cover import path_dependent
from treeprune.attribution.terms import fed_columns
from treeprune.backends import read
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import LEAF
from treeprune.model.traverse import raw_output

CASES = [case for family in FAMILIES.values() for case in family.cases]


def leaf_means(e):
    """Raw output where every split answers with the mean of its branches by covers; plain numpy."""
    mean = e.value.copy()
    for node in range(e.n_nodes - 1, -1, -1):
        a, b = e.left[node], e.right[node]
        if a != LEAF:
            whole = e.cover[a] + e.cover[b]
            share = e.cover[a] / whole if whole > 0 else 0.5
            mean[node] = share * mean[a] + (1 - share) * mean[b]
    factor = fed_columns(e) * e.weight[:, None]
    total = e.base_score + (mean[e.root[:-1]] * factor).sum(axis=0)
    return total / (factor.sum(axis=0) if e.aggregation == "mean" else 1)


def output(e, rows):
    """Raw output in double precision, whatever the model sums in."""
    return raw_output(replace(e, output_dtype="float64"), rows)


def rows_and_background(case, e):
    rows = case_rows(case, e, 6)
    return rows[-30:], rows[:20]


def check(e, rows, found, same, base):
    size = 1 + np.abs(e.base_score).max() + np.abs(e.value).max() * np.abs(e.weight).sum()
    phi = found[0]
    for value, expected in (
        (phi.sum(axis=1) + found[1], output(e, rows)),
        (found[1], base),
        (same[0], phi),
        (same[1], base),
    ):
        np.testing.assert_allclose(value, expected, rtol=0, atol=1e-12 * size)
    assert not phi[:, np.setdiff1d(np.arange(e.n_features), e.used_features())].any()


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_values_add_up(case):
    e = read(case.model)
    rows, background = rows_and_background(case, e)
    if e.aggregation == "median":
        with pytest.raises(UnsupportedModelError, match="median"):
            path_dependent(e, rows)
        with pytest.raises(UnsupportedModelError, match="median"):
            interventional(e, rows, background)
        return
    check(e, rows, *(by_covers(e, rows, way) for way in ("edges", "tables")), leaf_means(e))
    found, same = (against(e, rows, background, way) for way in ("crowd", "tables"))
    check(e, rows, found, same, output(e, background).mean(axis=0))
