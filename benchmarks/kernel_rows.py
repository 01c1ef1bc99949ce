"""Rows of the table of kernels: what is compared, what was asked for, and who is faster."""

from __future__ import annotations

from typing import Any

from kernel_models import Case

Row = dict[str, Any]


def rated(
    operation: str,
    case: Case,
    theirs: dict[str, float],
    ours: float | None,
    all_in: float,
    bar: float | None,
    note: str = "",
) -> Row:
    """A row of rates in M row-trees a second; `ours` is None where preparation is not told apart."""
    peer = max(theirs, key=lambda name: theirs[name])
    judged = (all_in if ours is None else ours) / theirs[peer]
    return {
        "operation": operation,
        "model": case.title,
        "peer": peer,
        "unit": "M row-trees/s",
        "peer's": theirs[peer],
        "ours": "" if ours is None else ours,
        "ratio": "" if ours is None else ours / theirs[peer],
        "all in": all_in,
        "ratio all in": all_in / theirs[peer],
        "bar": "" if bar is None else f">= {bar}",
        "bar met": "" if bar is None else "yes" if judged >= bar else "**no**",
        "faster": "ours" if all_in > theirs[peer] else "**peer**" if judged <= 1 else "ours once prepared",
        "note": note,
    }


def absolute(operation: str, case: Case, unit: str, ours: float, bar: float | None, note: str = "") -> Row:
    """A row of one number of ours, which is to be small."""
    row = dict.fromkeys(("operation", "model", "peer", "unit", "peer's", "ours", "ratio"), "")
    return row | {
        "operation": operation,
        "model": case.title,
        "unit": unit,
        "ours": ours,
        "all in": "",
        "ratio all in": "",
        "bar": "" if bar is None else f"< {bar:,}",
        "bar met": "" if bar is None else "yes" if ours < bar else "**no**",
        "faster": "",
        "note": note,
    }


def rates(case: Case, seconds: dict[str, float], row_trees: int | None = None) -> dict[str, float]:
    """Millions of row-trees a second."""
    return {name: (row_trees or case.row_trees) / s / 1e6 for name, s in seconds.items()}
