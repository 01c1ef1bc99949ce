"""Whether both models give the same reasons."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.audit.context import Context
from treeprune.audit.images import drawn
from treeprune.audit.parts import Figure, Section, Table
from treeprune.audit.words import few, shown
from treeprune.evidence.attributions import AttributionEvidence
from treeprune.evidence.floor import Floor
from treeprune.report.attribution_displays import AttributionDriftDisplay, AttributionScatterDisplay

_AGREEMENT = {
    "cosine": "mean cosine between the SHAP values of a row; 1 is best",
    "cosine_low": "5th percentile of that cosine over rows",
    "overlap": "share of all SHAP values that both have in common, sign and size; 1 is best",
    "r2": "one less the squared distance over the squared length before; 1 is best",
    "removed_mass": "share of the SHAP values before on columns that are gone; 0 is best",
    "rank_correlation": "mean correlation of the ranks of the sizes of a row's SHAP values",
    "pairwise_rank": "mean share of pairs of columns in the same order",
}

_IN_FLOOR = ("cosine", "cosine_low", "overlap", "r2", "rank_correlation", "pairwise_rank")

_TOP = {
    "feature": "share of the columns named first that both name",
    "sign": "of these only those with the same sign",
}

_DRIFT = 20


def attributions(context: Context) -> Section:
    """Agreement of SHAP values beside the noise floor, and which columns drift."""
    comparison = context.comparison
    section, floor = comparison.attributions, comparison.floor
    rows = f"{shown(few(len(section.rows), context.least))} of the test rows, evenly spread"
    display: list[AttributionDriftDisplay] = []
    images = [
        drawn(lambda ax: AttributionScatterDisplay.from_comparison(comparison, ax=ax), (6.4, 4.6)),
        drawn(
            lambda ax: display.append(AttributionDriftDisplay.from_comparison(comparison, ax=ax)),
            (6.4, 4.8),
        ),
    ]
    drift = display[0]
    first = ", ".join(map(str, drift.frame().index[:3]))
    table = Table.of(
        "How much columns matter",
        ("column", "before", "after", "change"),
        drift.frame().head(_DRIFT).reset_index().to_numpy(object),
        f"Mean absolute SHAP value in {drift.unit}; the {_DRIFT} largest at most. On {rows}.",
    )
    alts = (
        f"SHAP values after against those before, gathered in cells. The mean cosine of a row is "
        f"{section.plain.cosine:.3g}.",
        f"Mean absolute SHAP value by column for both models. The columns that matter most are {first}.",
    )
    titles = ("Reasons of both models", "How much each column matters")
    return Section(
        key="attributions",
        part="Impact Assessment",
        heading="Reasons (SHAP values)",
        text=(_settings(section, rows), _floor_words(floor)),
        tables=(_agreement(section, floor, rows), table),
        figures=tuple(map(Figure, titles, alts, images)),
    )


def _settings(section: AttributionEvidence, rows: str) -> str:
    a, b = section.before, section.after
    route = a.route if a.route == b.route else f"{a.route} before, {b.route} after"
    scale = "the raw output" if a.output == "raw" else "the probability"
    exact = "exact" if a.exact and b.exact else "an estimate for one model at least"
    return (
        f"SHAP values explain {scale} of both models on {rows}, against the same {section.n_background:,} "
        f"background rows; route: {route} ({exact}). They add up to what the models say with an "
        f"error of {max(a.residual, b.residual):.2g} at most. Other settings would give other values."
    )


def _floor_words(floor: Floor) -> str:
    if floor.kind == "retrained":
        return (
            f"Noise floor: the model before was trained anew {len(floor.plain)} times on bootstrap samples "
            "of its training rows; the least agreement of these with the model before is the floor."
        )
    return (
        "Noise floor: the model before was not trained anew. The floor is how far its own SHAP values "
        "agree when only half of the background is used; a model trained anew would agree less."
    )


def _agreement(section: AttributionEvidence, floor: Floor, rows: str) -> Table:
    lines: list[tuple[Any, ...]] = []
    for name, words in _AGREEMENT.items():
        known = name in _IN_FLOOR and len(floor.plain) > 0
        least = [floor.least(name, grouped=grouped) if known else np.nan for grouped in (False, True)]
        own = getattr(section.plain, name), getattr(section.grouped, name)
        lines.append((_word(name), own[0], least[0], own[1], least[1], words))
    for name, words in _TOP.items():
        both = [getattr(each.top, name) for each in (section.plain, section.grouped)]
        lines.append((f"top {section.plain.top.k}, same {name}", both[0], None, both[1], None, words))
    return Table.of(
        "Agreement of reasons",
        ("measure", "by column", "floor", "by group", "floor of groups", "what it is"),
        lines,
        f"On {rows}. Groups are columns that are correlated; what one of them says, another may say as "
        f"well ({int(section.groups.max()) + 1} groups of {len(section.groups)} columns).",
    )


def _word(name: str) -> str:
    return {"cosine_low": "cosine, worst 5%", "overlap": "signed overlap", "r2": "attribution R2",
            "removed_mass": "mass on removed columns"}.get(name, name.replace("_", " "))  # fmt: skip
