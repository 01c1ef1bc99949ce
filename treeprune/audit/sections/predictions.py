"""How far the answers differ, whatever the outcomes."""

from __future__ import annotations

from treeprune.agreement.reclassification import Flips
from treeprune.audit.context import Context
from treeprune.audit.images import drawn
from treeprune.audit.parts import Cell, Figure, Measure, Section, Table
from treeprune.audit.words import few
from treeprune.report.change_display import ChangeHistogramDisplay

WITHHELD = "withheld"


def predictions(context: Context) -> Section:
    """Fidelity, the distribution of changes, flips at thresholds."""
    found, rows, unit = context.comparison.predictions, context.rows, context.unit
    measures = [
        Measure("fidelity R2", found.fidelity_r2, "none",
                "share of the variance of the answers before that the answers after give again; 1 is best",
                rows),
        Measure("mean |change|", found.change.mean, unit, "mean absolute change of a row's answer", rows),
        Measure("mean change", found.change.shift, unit, "after minus before: whether answers rose or fell",
                rows),
        *(
            Measure(f"{level:.0%} of rows change by at most", size, unit,
                    "quantile of the absolute change", rows)
            for level, size in found.change.quantiles
        ),
        Measure("largest |change|", found.change.maximum, unit,
                "largest absolute change of any row's answer", rows),
        Measure("Kullback-Leibler divergence", found.kl, "nats",
                "mean divergence of the probabilities after from those before; 0 is best", rows),
    ]  # fmt: skip
    image = drawn(lambda ax: ChangeHistogramDisplay.from_comparison(context.comparison, ax=ax))
    half, high = found.change.quantiles[0][1], found.change.quantiles[2][1]
    figure = Figure(
        "How much answers change",
        f"Histogram of the absolute change: half of the rows change by {half:.2g} at most, 95% by "
        f"{high:.2g} at most ({unit}). Bars of few rows are put together.",
        image,
    )
    return Section(
        key="predictions",
        part="Impact Assessment",
        heading="Predictions",
        measures=tuple(m for m in measures if m.value == m.value),
        tables=(_flips(context),) if found.flips else (),
        figures=(figure,),
    )


def tells_few(flips: Flips, least: int) -> bool:
    """Whether a count of rows that change sides is too small to be told."""
    return any(0 < n < least for n in (flips.n_up, flips.n_down))


def _flips(context: Context) -> Table:
    least = context.least
    rows: list[tuple[Cell, ...]] = []
    for flips in context.comparison.predictions.flips:
        up, down = few(flips.n_up, least), few(flips.n_down, least)
        shares = (
            WITHHELD if isinstance(up, str) else flips.up,
            WITHHELD if isinstance(down, str) else flips.down,
        )
        rows.append((flips.threshold, up, shares[0], down, shares[1]))
    return Table.of(
        "Rows that change sides of a threshold",
        ("threshold", "up (rows)", "up (share)", "down (rows)", "down (share)"),
        rows,
        f"Up: below the threshold before, at or above it after. Shares of all {context.rows}.",
    )
