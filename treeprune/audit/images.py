"""Pictures of matplotlib as part of a page: the same bytes for the same numbers."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from io import StringIO
from typing import Any

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: small, and sharp in print
    "svg.hashsalt": "treeprune",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.titlesize": 11,
}


def drawn(draw: Callable[[Any], Any], size: tuple[float, float] = (6.4, 4.2)) -> str:
    """Draw on axes of a figure of its own.

    Parameters
    ----------
    draw : callable
        ``draw(ax)``.
    size : (float, float)
        Width and height in inches.

    Returns
    -------
    str
        A data URI. As an image it runs no script and shares no names with the page.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.subplots())
        target = StringIO()
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    return "data:image/svg+xml;base64," + b64encode(target.getvalue().encode()).decode()
