"""Input, threads, memory, choice: whatever does not change the numbers, or is refused."""

from unittest import mock

import numpy as np
import pytest

from tests.attribution.helpers import BACKGROUND_WAYS, COVER_WAYS, against, by_covers, chain, close
from tests.kernels.checked import in_python
from tests.strategies import hostile_rows, random_ensemble
from treeprune.attribution import blocks, by_background, by_cover, crowds, edges, tables
from treeprune.attribution.by_background import interventional
from treeprune.attribution.by_cover import path_dependent
from treeprune.attribution.choice import MOST_FEATURES, ways_by_background, ways_by_cover
from treeprune.attribution.tables import Layout
from treeprune.attribution.terms import terms_of
from treeprune.kernels import shap_conditions, shap_groups, shap_paths
from treeprune.kernels.shap_paths import paths_of

ENSEMBLE = random_ensemble(3, (9, 0, 14, 3, 3, 8))
ROWS, BACKGROUND = hostile_rows(0, 300), hostile_rows(1, 90)


def both(way, other, **options):
    """All arrays of both kinds of values."""
    return [
        *by_covers(ENSEMBLE, ROWS, way, **options),
        *against(ENSEMBLE, ROWS, BACKGROUND, other, **options),
    ]


WAYS = list(zip(COVER_WAYS, BACKGROUND_WAYS, strict=True))


@pytest.mark.parametrize(("way", "other"), WAYS)
def test_threads_change_no_bit(way, other):
    one = both(way, other)
    for n_jobs in (2, 3):
        for ours, theirs in zip(both(way, other, n_jobs=n_jobs), one, strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(("way", "other"), WAYS)
def test_a_row_alone_is_what_it_is_among_others(way, other):
    """Whatever stands beside it in its block."""
    phi = by_covers(ENSEMBLE, ROWS, way)[0], against(ENSEMBLE, ROWS, BACKGROUND, other)[0]
    for i in (0, 15, 131, 299):
        row = ROWS[i : i + 1]
        np.testing.assert_allclose(by_covers(ENSEMBLE, row, way)[0][0], phi[0][i], rtol=0, atol=1e-14)
        np.testing.assert_allclose(
            against(ENSEMBLE, row, BACKGROUND, other)[0][0], phi[1][i], rtol=0, atol=1e-14
        )


@pytest.mark.parametrize(("way", "other"), WAYS)
def test_little_memory(way, other):
    """A tree at a time, few rows at a time, parts of the background."""
    plenty = both(way, other)
    with (
        mock.patch.object(blocks, "_BYTES", 1000),
        mock.patch.object(by_cover, "MOST_ENTRIES", 100),
        mock.patch.object(by_background, "MOST_ENTRIES", 100),
        mock.patch.object(crowds, "_PART", 17),
    ):
        little = both(way, other)
    close(little[:2], plenty[:2])
    close(little[2:], plenty[2:])


@pytest.mark.parametrize(("way", "other"), WAYS)
def test_every_index_is_inside_its_array(way, other, monkeypatch):
    """The kernels as plain Python, with each index checked; the numbers are theirs."""
    expected = both(way, other)
    for module in (crowds, edges, shap_conditions, shap_groups, shap_paths, tables):
        for name, thing in list(vars(module).items()):
            if hasattr(thing, "py_func"):
                monkeypatch.setattr(module, name, in_python(thing))
    phi, base = by_covers(ENSEMBLE, ROWS[:17], way)
    close((phi, base), (expected[0][:17], expected[1]))
    phi, base = against(ENSEMBLE, ROWS[:17], BACKGROUND, other)
    close((phi, base), (expected[2][:17], expected[3]))


def test_weights_of_the_background_are_repetitions():
    weight = np.random.default_rng(0).integers(0, 4, len(BACKGROUND))
    repeated = np.repeat(BACKGROUND, weight, axis=0)
    for way in BACKGROUND_WAYS:
        expected = against(ENSEMBLE, ROWS, repeated, way)
        for factor in (1, 1e300, 1e-300):
            found = against(ENSEMBLE, ROWS, BACKGROUND, way, background_weight=weight * factor)
            close(found, expected)


def test_no_rows():
    empty = ROWS[:0]
    for phi, base in (path_dependent(ENSEMBLE, empty), interventional(ENSEMBLE, empty, BACKGROUND)):
        assert phi.shape == (0, 4, 3)
        assert np.isfinite(base).all()


def test_nothing_is_written_to():
    rows, background, weight = ROWS.copy(), BACKGROUND.copy(), np.ones(len(BACKGROUND))
    for array in (rows, background, weight):
        array.flags.writeable = False
    both("tables", "crowd")
    interventional(ENSEMBLE, rows, background, background_weight=weight)
    path_dependent(ENSEMBLE, rows[::-1])  # not contiguous


@pytest.mark.parametrize("rows", [ROWS[0], ROWS[:, :3], ROWS[None], 3.0])
def test_tables_of_another_shape_are_refused(rows):
    with pytest.raises(ValueError, match="rows must have 4 columns, got shape"):
        path_dependent(ENSEMBLE, rows)
    with pytest.raises(ValueError, match="rows must have 4 columns, got shape"):
        interventional(ENSEMBLE, rows, BACKGROUND)
    with pytest.raises(ValueError, match="background must have 4 columns, got shape"):
        interventional(ENSEMBLE, ROWS, rows)


@pytest.mark.parametrize(
    ("background", "weight", "message"),
    [
        (BACKGROUND[:0], None, "background has no rows"),
        (BACKGROUND, -np.ones(90), "negative weights"),
        (BACKGROUND, np.ones(89), r"background_weight has shape \(89,\), but there are 90 rows"),
        (BACKGROUND, np.zeros(90), "all entries of background_weight are zero"),
        (BACKGROUND, np.full(90, np.inf), "infinity"),
    ],
)
def test_bad_backgrounds_are_refused(background, weight, message):
    with pytest.raises(ValueError, match=message):
        interventional(ENSEMBLE, ROWS, background, background_weight=weight)


def test_the_way_follows_the_shape():
    """Tables where rows are many and paths short."""
    small = Layout(ENSEMBLE, paths_of(ENSEMBLE), terms_of(ENSEMBLE))
    assert set(ways_by_cover(small, 0)) == {"edges"}
    assert set(ways_by_background(small, 0, 10)) == {"crowd"}
    many = np.array(ways_by_cover(small, 1_000_000))
    assert (many[np.diff(ENSEMBLE.root) > 1] == "tables").all()
    assert ways_by_background(small, 1_000_000, 1000) == ["tables"] * 6
    long = chain(0, MOST_FEATURES + 1, MOST_FEATURES + 1)
    layout = Layout(long, paths_of(long), terms_of(long))
    assert ways_by_cover(layout, 1_000_000) == ["edges"]
    assert ways_by_background(layout, 1_000_000, 1000) == ["crowd"]
