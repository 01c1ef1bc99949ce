"""How the smaller model was chosen, and from how many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from treeprune.audit.context import Context
from treeprune.audit.images import drawn
from treeprune.audit.parts import Figure, Section, Table
from treeprune.audit.sections.glossary import legend
from treeprune.audit.sections.search import candidates, rule_in_words
from treeprune.joint_plan import JointPath
from treeprune.plan import PruningPath
from treeprune.report.displays import PruningPathDisplay
from treeprune.report.front_displays import SizeLossDisplay
from treeprune.report.tree_displays import TreePathDisplay
from treeprune.search.search_cv import PruningSearchCV
from treeprune.tree_plan import TreePath

_ROWS = 15

_DISPLAYS: tuple[tuple[type, Any], ...] = (
    (PruningPath, PruningPathDisplay),
    (JointPath, SizeLossDisplay),
    (TreePath, TreePathDisplay),
)


def choice(context: Context) -> Section:
    """Candidates, the path of sizes, and what was laid down before."""
    path = getattr(context.pruner, "path_", None)
    path = path if hasattr(path, "to_frame") else None
    text, tables, figures = [_candidates(context, path)], [_settings(context)], []
    if isinstance(context.pruner, PruningSearchCV):
        text.append(rule_in_words(context.pruner))
        tables.append(candidates(context.pruner))
    if path is not None:
        tables.append(_path(path))
        for kind, display in _DISPLAYS:
            # an order of trees without losses has no curve
            if isinstance(path, kind) and not (kind is TreePath and getattr(path, "loss", None) is None):
                figures.append(_figure(context.pruner, path, display))
    return Section(
        key="choice",
        part="Modification Protocol",
        heading="How the model was chosen",
        text=tuple(text),
        tables=tuple(tables),
        figures=tuple(figures),
    )


def _candidates(context: Context, path: Any) -> str:
    by_search = getattr(context.pruner, "n_candidates_", None)
    stated = by_search if context.n_candidates is None else context.n_candidates
    if stated is None:
        text = (
            "How many candidates were tried in all was not stated; the more there were, the better the "
            "best of them looks by chance on the rows that chose it."
        )
    else:
        source = "as counted by the search" if stated == by_search else "as stated by the user"
        text = f"{stated:,} candidate{'' if stated == 1 else 's were'} tried in all, {source}."
        text = text.replace("candidate tried", "candidate was tried")
    if path is not None:
        text += f" The pruner's own path has {len(path):,} step{'s' * (len(path) != 1)}."
    return text


def _settings(context: Context) -> Table:
    pair = context.comparison.pair
    rows = [
        ("margin", pair.margin, "loss of AUC (of R2, for numbers) that would be accepted"),
        (
            "thresholds",
            ", ".join(f"{cut:g}" for cut in pair.thresholds),
            "risks at which something is done",
        ),
        ("smallest cell", pair.min_count, "counts from 1 to below this are not shown"),
        ("resamples", pair.n_resamples, "bootstrap samples of intervals in subgroups and decision curves"),
        (
            "models trained anew",
            0 if pair.retrain is None else pair.n_retrains,
            "for the noise floor that gates are held against",
        ),
        ("random_state", pair.random_state, "seed of all resampling"),
    ]
    note = "Whether they were laid down before the rows were seen, only people can say."
    return Table.of("Settings of the comparison", ("setting", "value", "what it is"), rows, note)


def _path(path: Any) -> Table:
    frame: pd.DataFrame = path.to_frame()
    chosen = np.flatnonzero(frame["chosen"]) if "chosen" in frame else np.zeros(0, np.int64)
    spread = np.linspace(0, len(frame) - 1, min(len(frame), _ROWS)).astype(np.int64)
    some = frame.iloc[np.unique(np.concatenate([spread, chosen]))]
    loss = getattr(path, "loss_name", None)
    note = legend(frame) + (f" The loss: {loss.replace('_', ' ')}." if loss else "")
    if len(some) < len(frame):
        note = f"{len(some)} of {len(frame):,} steps, evenly spread, with the one that was chosen. {note}"
    return Table.of("Sizes that were looked at", [str(c) for c in frame], some.to_numpy(object), note)


def _figure(pruner: Any, path: Any, display: Any) -> Figure:
    image = drawn(lambda ax: display.from_estimator(pruner, ax=ax))
    return Figure(
        "Loss against size, with the model that was chosen",
        f"A curve of the loss of {len(path):,} sizes of the model; the chosen one is marked. The table "
        "of sizes says the same in numbers.",
        image,
    )
