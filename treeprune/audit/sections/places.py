"""For whom, and where, the models differ."""

from __future__ import annotations

import numpy as np

from treeprune.audit.context import Context
from treeprune.audit.images import drawn
from treeprune.audit.parts import Figure, Section, Table
from treeprune.report.subgroup_display import SubgroupForestDisplay

_ROW_INCHES = 0.3


def subgroups(context: Context) -> Section:
    """Both models in subgroups; whether the change is the same for all."""
    comparison = context.comparison
    found, change = comparison.subgroups, comparison.subgroup_fidelity
    key, heading = "subgroups", "Subgroups"
    if found is None or change is None:
        why = "No subgroups were given to the comparison, or the outcome is one that they are not made for."
        return Section(key, "Impact Assessment", heading, (f"Not assessed. {why}",))
    tables = (
        Table.of(
            "Outcomes by subgroup",
            ("subgroup", "rows", "events", "metric", "before", "after", "difference", "low", "high"),
            [
                (_who(column, label), _count(n, hidden), _count(events, hidden), *numbers)
                for column, label, n, events, hidden, *numbers in found.to_frame().to_numpy(object)
            ],
            f"{found.note} Low and high are the ends of the interval of the difference, after minus "
            "before. MSE: mean squared error; AUC and Brier score as under Outcomes.",
        ),
        Table.of(
            "Change of answers by subgroup",
            ("subgroup", "rows", "measure", "value"),
            [
                (_who(column, label), _count(n, hidden), measure, value)
                for column, label, n, _, hidden, measure, _, value, *_ in change.to_frame().to_numpy(object)
            ],
            f"{change.note} fidelity R2: share of the variance of the answers before that the answers "
            f"after give again; mean |change|: mean absolute change of an answer ({context.unit}).",
        ),
    )
    display: list[SubgroupForestDisplay] = []
    height = 1.6 + _ROW_INCHES * len(found.subgroups)
    image = drawn(lambda ax: display.append(SubgroupForestDisplay.from_comparison(comparison, ax=ax)),
                  (6.8, height))  # fmt: skip
    own = display[0].frame()
    change_of = own["difference"].to_numpy(np.float64)
    alt = f"Change of {display[0].metric} with its interval for {len(own)} subgroups."
    if np.isfinite(change_of).any():
        column, label = own[["column", "subgroup"]].to_numpy(object)[np.nanargmin(change_of)]
        alt += f" The least is {np.nanmin(change_of):.3g}, in {_who(column, label)}."
    figure = Figure(f"Change of {display[0].metric} in each subgroup", alt, image)
    return Section(key, "Impact Assessment", heading, tables=tables, figures=(figure,))


def _who(column: str, label: str) -> str:
    return f"{column}: {label}" if column else label


def _count(n: object, hidden: str) -> object:
    absent = n is None or type(n).__name__ == "NAType"
    return (hidden or None) if absent else n


def regions(context: Context) -> Section:
    """Regions of the columns where answers change most."""
    rows = [
        (str(region), region.n, region.mean_change, region.mean_shift)
        for region in context.comparison.regions
    ]
    text = (
        "Regions were searched for on the rows that they are shown for, so that the worst one looks worse "
        "than it is. What models do on inputs unlike any of these rows is not assessed here."
    )
    if not rows:
        text = "Not assessed: too few rows to show a region without showing patients."
    table = Table.of(
        "Regions by mean absolute change",
        ("region", "rows", "mean |change|", "mean change"),
        rows,
        f"In {context.unit}, on the {context.rows}; leaves of a regression tree of depth 2.",
    )
    return Section("regions", "Impact Assessment", "Where answers change most", (text,),
                   tables=(table,) if rows else ())  # fmt: skip
