"""The smaller model, as far as it can be shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from treeprune.agreement.suppression import hidden_counts
from treeprune.audit.context import Context
from treeprune.audit.parts import Figure, Section, Table
from treeprune.audit.sections.columns import column_names
from treeprune.audit.sections.predictions import WITHHELD
from treeprune.exceptions import UnsupportedModelError
from treeprune.export.leaf_table import leaf_table
from treeprune.export.rules import to_rules
from treeprune.report.tree_picture_layout import MOST_LEAVES
from treeprune.report.tree_picture_svg import tree_svg
from treeprune.scorecard import Scorecard

_MOST_COEFFICIENTS = 100

_KEY, _HEADING = "model", "The model itself"


def model_itself(context: Context) -> Section:
    """A single tree as picture, rules and leaves; a linear model as coefficients and scorecard."""
    after = context.comparison.pair.after
    if after.structure == "linear":
        return _linear(context)
    if after.structure == "trees" and after.ensemble.n_trees == 1 and len(after.ensemble.columns) == 1:
        if after.ensemble.n_leaves <= MOST_LEAVES:
            return _tree(context)
        why = f"The tree has {after.ensemble.n_leaves:,} leaves, more than anybody can read on a page."
    else:
        why = "The model is no single tree and not linear: it can be exported, but not read."
    return Section(_KEY, "Description of Modification", _HEADING, (why,))


def _tree(context: Context) -> Section:
    pair = context.comparison.pair
    model = pair.after.model
    y = pair.y if pair.kind in ("binary", "multiclass", "regression") else None
    table = hide_leaves(leaf_table(model, pair.X, y, pair.unit_weights), context.least)
    rules = to_rules(model, order="tree")
    svg = tree_svg(model, table=table, title=context.after_name)
    alt = (
        f"Drawing of {context.after_name}, a tree of {len(table)} leaves; the rules say the same in words."
    )
    shown = table.drop(columns=["weight"])
    leaves = Table.of(
        "Leaves on the test rows",
        [str(name) for name in shown],
        shown.to_numpy(object),
        f"n are test rows; counts from 1 to {context.least - 1}, and others that would give them away, are "
        "withheld, with all that could be worked out from them. share (or mean) is what was observed, low "
        "and high the ends of its 95% interval, model is what the model says.",
    )
    return Section(
        _KEY,
        "Description of Modification",
        _HEADING,
        tables=(leaves,),
        figures=(Figure(f"{context.after_name} as a tree", alt, svg),),
        listings=(("Rules", str(rules)),),
    )


def hide_leaves(table: pd.DataFrame, least: int) -> pd.DataFrame:
    """A table of leaves without small counts, and without those that would give them away.

    Parameters
    ----------
    table : pandas.DataFrame
        From `leaf_table`, with nothing hidden.
    least : int

    Returns
    -------
    pandas.DataFrame
    """
    counts = [name for name in table if name == "n" or str(name).startswith("n_")]
    numbers = np.array([table[name].to_numpy(np.int64) for name in counts])
    hidden = hidden_counts(numbers, [np.arange(len(table))], least)
    told = {"leaf", "condition", *(name for name in table if str(name).startswith("model"))}
    shown = table.copy()
    for name in [name for name in table if name not in told]:
        column = table[name].to_numpy(object).copy()
        column[hidden] = WITHHELD if name in counts else np.nan
        shown[name] = pd.Series(column, index=table.index, dtype=object)
    return shown


def _linear(context: Context) -> Section:
    pair = context.comparison.pair
    linear = pair.after.linear
    assert linear is not None
    names = column_names(pair.after)
    used = linear.used_features()[:_MOST_COEFFICIENTS]
    outputs = ["coefficient"]
    if linear.n_outputs > 1:
        labels = range(linear.n_outputs) if linear.classes is None else linear.classes
        outputs = [f"coefficient of {label}" for label in labels]
    rows: list[tuple[Any, ...]] = [("intercept", *linear.intercept.tolist())]
    rows += [(names[j], *linear.coef[j].tolist()) for j in used.tolist()]
    note = (
        f"Columns with a coefficient that is not 0, {_MOST_COEFFICIENTS} at most; family {linear.family}."
    )
    if hasattr(pair.after.model, "steps"):
        note += " They go with the columns as the pipeline's last step sees them, scaled for instance."
    text, fragments = [], []
    if pair.kind == "binary":
        try:
            table = context.tables.get("train", pair.X)
            card = Scorecard(pair.models[1]).fit(table)
            fragments.append(card._repr_html_())
            text.append(
                "The scorecard is a model of its own, made from the linear one for use without a computer: "
                "its points are rounded, and what that costs stands below it."
            )
        except (UnsupportedModelError, TypeError, ValueError):
            # what went wrong is not repeated: messages about tables can hold values of rows
            text.append("No scorecard could be made of this model and these rows.")
    return Section(
        _KEY,
        "Description of Modification",
        _HEADING,
        tuple(text),
        tables=(Table.of("Coefficients", ("column", *outputs), rows, note),),
        fragments=tuple(fragments),
    )
