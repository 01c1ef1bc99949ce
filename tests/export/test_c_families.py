"""Compiled C beside the vendors' own output, for every configuration of every family."""

import numpy as np
import pytest

from tests.backends.families import FAMILIES
from tests.export.artefacts import EVERY_CASE, has_compiler, rounding, single, some_rows, strange_rows
from treeprune.backends import read
from treeprune.export.c_compile import CompiledModels
from treeprune.export.c_source import to_c
from treeprune.model.links import answers
from treeprune.model.traverse import raw_output

pytestmark = pytest.mark.skipif(not has_compiler(), reason="no C compiler")


@pytest.fixture(scope="module")
def compiled():
    """All models in one library, with all warnings as errors."""
    cases = [case for family in FAMILIES.values() for case in family.cases]
    sources = {}
    for i, case in enumerate(cases):
        e = read(case.model)  # of an ensemble: the rows hold codes
        for dtype in ("float64", "float32"):
            sources[case.id, dtype] = to_c(e, name=f"m{i}_{dtype}", dtype=dtype)
    with CompiledModels(list(sources.values()), "-O0") as library:
        yield library, sources


def place_by_target(e, answer):
    """Places of the likeliest classes, the first of several."""
    widths = np.cumsum([len(labels) for labels in e.classes])[:-1]
    parts = np.split(answer, widths, axis=1) if e.task == "classification" else []
    return np.array([part.argmax(axis=1) for part in parts]).T.reshape(len(answer), -1)


@EVERY_CASE
def test_in_double_precision_it_adds_up_as_the_vendor_does(family, case, compiled):
    library, sources = compiled
    e = read(case.model)
    rows = some_rows(case, e)
    raw, answer, place = library.run(sources[case.id, "float64"], rows.astype(float))
    np.testing.assert_array_equal(raw, raw_output(e, rows))
    # the vendor's tolerance is for means that it takes in another order
    native = family.native(case.model, family.table(case, rows))
    np.testing.assert_allclose(raw, native, rtol=family.tolerance, atol=family.tolerance)
    np.testing.assert_allclose(answer, answers(e, raw), rtol=1e-13, atol=1e-13)
    np.testing.assert_array_equal(place, place_by_target(e, answer))
    strange = strange_rows(rows, e)
    raw, _, _ = library.run(sources[case.id, "float64"], strange.astype(float))
    np.testing.assert_array_equal(raw, raw_output(e, strange))


@EVERY_CASE
def test_in_single_precision_no_row_changes_sides(family, case, compiled):
    library, sources = compiled
    e = read(case.model)
    rows = single(some_rows(case, e), e)
    rows = np.vstack([rows, single(strange_rows(rows, e), e)])
    raw, answer, place = library.run(sources[case.id, "float32"], rows)
    assert raw.dtype == answer.dtype == np.float32
    np.testing.assert_allclose(raw, raw_output(e, rows), rtol=1e-6, atol=rounding(e, "float32"))
    np.testing.assert_allclose(answer, answers(e, raw.astype(float)), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(place, place_by_target(e, answer))
