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
    width = {"min": 0.0, "truest": 0.0, "1se": 1.0}.get(str(rule), rule)
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


def axes(ax: Any) -> Any:
    """Axes to draw on: those given, or those of a new figure."""
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(figsize=(6.4, 4.0), layout="constrained")[1]


def draw_band(ax: Any, size: Array, loss: Array, spread: Array, label: str | None = None) -> None:
    """One standard error around a curve."""
    low, high = loss - spread, loss + spread
    ax.fill_between(size, low, high, color=BLUE, alpha=0.15, linewidth=0, label=label)


def draw_bar(ax: Any, rule: str | float | None, least: float, spread: float) -> None:
    """The loss up to which smaller models are taken."""
    width, words = bar_width(rule)
    if width > 0:
        bar = least + width * spread
        ax.axhline(bar, color=GREY, linestyle="--", linewidth=1, label=f"least + {words}")


def draw_choice(ax: Any, size: float, loss: float, words: str) -> None:
    """The step that was taken."""
    style: dict[str, Any] = {"color": ORANGE, "marker": "o", "markersize": 9, "linestyle": "none"}
    ax.plot([size], [loss], label=f"chosen: {words}", **style)


def finish(ax: Any, size: Array, drawn: Array | None, title: str) -> None:
    """Scales, title and legend; `drawn` losses decide on the scale of the other axis."""
    if drawn is not None and drawn.min() > 0 and drawn.max() > STEEP * drawn.min():
        # a full tree's log loss dwarfs all that there is to choose between
        ax.set_yscale("log")
        plain_ticks(ax.yaxis, drawn, "{x:g}")
    ax.set_xscale("log")
    plain_ticks(ax.xaxis, size, "{x:,.0f}")
    # names come from users: a dollar sign must not start mathematics
    ax.set_title(title, parse_math=False)
    ax.legend(frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
