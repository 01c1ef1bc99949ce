"""Tables with all kinds of columns for the samplers, all from a seed."""

import numpy as np
from hypothesis import strategies as st

from treeprune.sampling.columns import Columns, infer_columns

NOMINAL = np.array([False, False, False, False, True, True, False])


def mixed_table(seed: int, n: int) -> tuple[np.ndarray, Columns]:
    """Continuous, integer, spiked, binary, two nominal and one continuous column, all related.

    The third is 0 in about half of the rows; the first is missing mostly where the fourth is 1, the
    second nominal one now and then; two categories of the nominal ones never meet.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    a, b, c = (0.7 * x + 0.7 * rng.normal(size=n) for _ in range(3))
    first = np.digitize(a + 0.3 * rng.normal(size=n), [-0.5, 0.8]).astype(float)
    second = np.where(first == 2, rng.integers(0, 2, n), rng.integers(0, 4, n)).astype(float)
    rows = np.column_stack([x, np.round(2 * a), np.maximum(b, 0), c > 1, first, second, x * a])
    rows[rng.random(n) < np.where(rows[:, 3] == 1, 0.6, 0.1), 0] = np.nan
    rows[rng.random(n) < 0.1, 5] = np.nan
    return rows, infer_columns(rows, NOMINAL)


def block(rows: np.ndarray, columns: Columns) -> set[tuple[float, ...]]:
    """Distinct rows of nominal codes and missing values, -1 and -2 for what is missing and present."""
    shown = np.where(np.isnan(rows), -1.0, np.where(columns.nominal, rows, -2.0))
    return set(map(tuple, shown.tolist()))


_WILD = [-1e308, 1e308, 5e-324, -1e-310, 0.0, -0.0, 1.0, 1.0000000000000002, 2.5, 1e16, 3.0]
_KINDS = ["constant", "missing", "wild", "normal", "codes", "gaps", "copy"]


@st.composite
def wild_tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Few rows of constant, all missing, tied, huge, tiny and collinear columns, nominal mask, weights."""
    n = draw(st.integers(1, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kinds = draw(
        st.lists(
            st.sampled_from(["constant", "missing", "wild", "normal", "codes", "gaps", "copy"]),
            min_size=1,
            max_size=7,
        )
    )
    found = []
    for kind in kinds:
        column = {
            "constant": np.full(n, rng.choice(_WILD)),
            "missing": np.full(n, np.nan),
            "wild": rng.choice(_WILD, n),
            "normal": rng.normal(size=n),
            "codes": rng.integers(0, 5, n).astype(float),
            "gaps": np.where(rng.random(n) < 0.5, np.nan, rng.normal(size=n)),
            "copy": -found[0] if found else np.arange(n) / 3.0,
        }[kind]
        if draw(st.booleans()):
            column = np.where(rng.random(n) < 0.2, np.nan, column)
        found.append(column)
    weight = rng.choice([0.0, 1e-200, 0.5, 1.0, 3.0, 1e200], n)
    weight[rng.integers(n)] = 1.0
    return np.column_stack(found), np.array([kind == "codes" for kind in kinds]), weight
