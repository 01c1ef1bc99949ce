"""What was removed, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from treeprune.audit.context import Context
from treeprune.audit.parts import Cell, Section, Table, cell
from treeprune.audit.sections.columns import column_names
from treeprune.audit.sections.glossary import legend
from treeprune.audit.words import few
from treeprune.joint_plan import JointPlan
from treeprune.plan import PruningPlan
from treeprune.tree_plan import TreePlan

SIZES = {
    "trees": "decision trees that are added up or averaged",
    "nodes": "splits and leaves of all trees",
    "leaves": "end points of all trees",
    "depth": "questions on the longest way to an answer",
    "coefficients": "numbers of a linear model that are not 0",
    "features used": "columns that the model looks at",
    "bytes": "length of the pickled model",
}

_ROWS = 30

_TELLS_COUNTS = ("_weight", "cost_branch", "cost_leaf")
"""Ends of names of columns that count patients, or errors among them, in parts of all."""

_ABOUT_THE_MODEL = ("tree", "node", "depth", "split", "leaves_removed", "nodes_removed")
"""Columns of a plan that count no patients."""


def change(context: Context) -> Section:
    """Sizes, columns that went, the plan."""
    pruner = context.pruner
    text = []
    if pruner is None:
        text.append("No pruner was handed in, so that this report cannot say how the change was decided.")
    tables = [_sizes(context)]
    if pruner is not None:
        tables.append(_parameters(pruner))
        plan = getattr(pruner, "plan_", None)
        if plan is not None and hasattr(plan, "to_frame"):
            text.append(f"{type(pruner).__name__} decided. {plan!r}.")
            tables.append(_plan(plan, context.least))
    gone = removed_columns(context)
    if gone is not None:
        text.append(f"Columns that only {context.before_name} looks at: {', '.join(gone) or 'none'}.")
    return Section(
        key="change",
        part="Description of Modification",
        heading="What was removed, and why",
        text=tuple(text),
        tables=tuple(tables),
    )


def removed_columns(context: Context) -> list[str] | None:
    """Names of columns that went; None if nobody can look into the models."""
    pair = context.comparison.pair
    used = [judged.used_features() for judged in (pair.before, pair.after)]
    if used[0] is None or used[1] is None or pair.before.structure != pair.after.structure:
        return None
    names = column_names(pair.before)
    return [names[j] for j in np.setdiff1d(used[0], used[1]).tolist()]


def _sizes(context: Context) -> Table:
    before, after = context.comparison.before, context.comparison.after
    rows = [
        (name, before.get(name), after.get(name), _ratio(before.get(name), after.get(name)), words)
        for name, words in SIZES.items()
        if name in before or name in after
    ]
    return Table.of(
        "Size", ("size", context.before_name, context.after_name, "part that is left", "what it is"), rows
    )


def _ratio(before: float | None, after: float | None) -> float | None:
    return after / before if before and after is not None else None


def _parameters(pruner: Any) -> Table:
    """Parameters that are numbers and words; of others, which may hold rows, the kind alone."""
    own = pruner.get_params(deep=False) if hasattr(pruner, "get_params") else {}
    rows = [(name, _parameter(value)) for name, value in sorted(own.items())]
    return Table.of(f"Parameters of {type(pruner).__name__}", ("parameter", "value"), rows)


def _parameter(value: Any) -> str:
    if value is None or isinstance(value, str | bool | int | float | np.number | np.bool_):
        return str(value)
    return f"a {type(value).__name__}"


def _plan(plan: Any, least: int) -> Table:
    frame, order = _ordered(plan)
    some = frame[:_ROWS]
    if isinstance(plan, PruningPlan):
        told = [told_line(line, least) for line in some.to_dict("records")]
    else:  # counts of trees and columns alone
        told = some.to_numpy(object).tolist()
    note = legend(frame)
    if len(frame) > _ROWS:
        note = f"{_ROWS} of {len(frame):,} lines, {order}. {note}"
    return Table.of("The plan", [str(name) for name in frame], told, note)


def _ordered(plan: Any) -> tuple[pd.DataFrame, str]:
    """Lines of a plan, those that matter most first, and what these are."""
    frame: pd.DataFrame = plan.to_frame()
    if isinstance(plan, PruningPlan):
        frame = frame.drop(columns=[name for name in frame if str(name).endswith(_TELLS_COUNTS)])
        return frame.sort_values(
            "nodes_removed", ascending=False, kind="stable"
        ), "the largest branches first"
    if isinstance(plan, JointPlan):
        lost = frame["nodes_before"] - frame["nodes_after"]
        order = lost.sort_values(ascending=False, kind="stable").index
        return frame.loc[order], "trees that lose most nodes first"
    if isinstance(plan, TreePlan):
        return frame.sort_values("kept", ascending=False, kind="stable"), "kept trees first"
    return frame, "in the order of the columns"


def told_line(line: Mapping[Any, Any], least: int) -> list[Cell]:
    """A line of a plan without small counts of rows; where these are small, without what they led to.

    Parameters
    ----------
    line : mapping
        Column -> value.
    least : int

    Returns
    -------
    list
    """
    rows = [float(x) for name, x in line.items() if str(name).endswith("_rows")]
    small = any(0 < n < least for n in rows)
    told: list[Cell] = []
    for name, x in line.items():
        own = cell(x)
        if name in _ABOUT_THE_MODEL or own is None or isinstance(own, str | bool):
            told.append(own)
        elif str(name).endswith("_rows"):
            told.append(few(int(own), least))
        else:
            told.append(None if small else own)
    return told
