"""What all pictures share: colours, words and ticks."""

from __future__ import annotations

from typing import Any

from treeprune.model.ensemble import Array

# Okabe and Ito's palette: told apart by all kinds of colour vision
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#666666"


def loss_in_words(name: str | None) -> str:
    """What the axis shows: a loss falls as a model gets better, so the AUC is drawn as its complement."""
    return "1 - AUC" if name == "auc" else str(name).replace("_", " ")


def bar_width(rule: str | float | None) -> tuple[float, str]:
    """Standard errors by which the taken model may be worse than the best one, as number and words."""
    width = {"min": 0.0, "1se": 1.0}.get(str(rule), rule)
    width = 0.0 if width is None else float(width)
    return width, "one standard error" if width == 1 else f"{width:g} standard errors"


STEEP = 4.0
"""A curve whose ends are so far apart is drawn on a logarithmic axis."""


def plain_ticks(axis: Any, drawn: Array, words: str) -> None:
    """Ticks of a logarithmic axis as plain numbers, more of them where it spans little."""
    from matplotlib.ticker import LogLocator

    few = drawn.max() < 200 * drawn.min()
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if few else (1,)))
    axis.set_major_formatter(words)
    axis.set_minor_formatter("")
