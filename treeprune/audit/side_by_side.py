"""Several candidates beside each other."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from treeprune.audit.context import Context
from treeprune.audit.fingerprints import model_fingerprint, row_hashes, table_fingerprint
from treeprune.audit.page import render
from treeprune.audit.parts import Table
from treeprune.audit.saving import saved
from treeprune.audit.words import safe_for_spreadsheets

if TYPE_CHECKING:
    import pandas as pd

_TITLE = "Candidates side by side"

_SIZES = ("trees", "nodes", "coefficients", "features used")


@dataclass(frozen=True)
class SideBySide:
    """Candidates of one model, compared on the same rows.

    Parameters
    ----------
    table : Table
        One row a candidate.
    """

    table: Table

    def to_frame(self) -> pd.DataFrame:
        """One row for each candidate.

        Returns
        -------
        pandas.DataFrame
            Text that a spreadsheet would take for a formula has an apostrophe before it.
        """
        import pandas as pd

        frame = pd.DataFrame(list(self.table.rows), columns=list(self.table.columns))
        return frame.map(safe_for_spreadsheets).set_index("candidate")

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """One page that needs no other file.

        Parameters
        ----------
        path : str or path-like, optional
            File to write, whole or not at all.

        Returns
        -------
        str
        """
        return saved(render("side_by_side.html", {"title": _TITLE, "table": self.table}), path)

    def _repr_html_(self) -> str:
        return render("table.html", {"table": self.table})


def side_by_side(contexts: list[Context]) -> SideBySide:
    """Compare candidates.

    Parameters
    ----------
    contexts : list of Context

    Returns
    -------
    SideBySide

    Raises
    ------
    ValueError
        If there are no two, or they are not about one model before and the same rows and outcomes.
    """
    if len(contexts) < 2:
        raise ValueError(f"there must be two reports at least, got {len(contexts)}")
    first = contexts[0]
    for other in contexts[1:]:
        if _judge(other) != _judge(first) or not np.array_equal(
            first.comparison.pair.y, other.comparison.pair.y
        ):
            raise ValueError(
                f"the reports of {first.after_name} and {other.after_name} are not about one model before "
                "and the same test rows: their numbers cannot be compared"
            )
    rows = [_row(context) for context in contexts]
    names = list(dict.fromkeys(name for row in rows for name in row))
    measure = first.comparison.outcomes.measure
    note = (
        f"Difference: {measure} after minus before, with the ends of its interval. |change|: absolute "
        f"change of an answer ({first.unit}). Cosine and overlap: agreement of SHAP values over groups of "
        f"correlated columns. On the {first.rows}."
    )
    return SideBySide(Table.of(_TITLE, names, [[row.get(name) for name in names] for row in rows], note))


def _judge(context: Context) -> tuple[str, str]:
    pair = context.comparison.pair
    return model_fingerprint(pair.before).digest, table_fingerprint(row_hashes(pair.X)).digest


def _row(context: Context) -> dict[str, Any]:
    comparison = context.comparison
    found, grouped = comparison.outcomes, comparison.attributions.grouped
    d, change = found.difference, comparison.predictions.change
    sizes = {name: comparison.after[name] for name in _SIZES if name in comparison.after}
    return {
        "candidate": context.after_name,
        "verdict": context.gates.verdict,
        **sizes,
        f"difference in {found.measure}": None if d is None else d.estimate,
        "low": None if d is None else d.low,
        "high": None if d is None else d.high,
        "fidelity R2": comparison.predictions.fidelity_r2,
        "mean |change|": change.mean,
        "95% change by at most": dict(change.quantiles)[0.95],
        "attribution cosine": grouped.cosine,
        "signed overlap": grouped.overlap,
    }
