"""A single tree as a matplotlib picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from treeprune.export.vocabulary import Categories
from treeprune.report.style import BLUE, GREY
from treeprune.report.tree_picture_layout import FONT, LINE, TOP, Box, TreePicture, tree_picture

if TYPE_CHECKING:
    import pandas as pd

_PIXELS_AN_INCH = 96


class TreeDisplay:
    """A single tree: splits from left to right, one leaf a line.

    Parameters
    ----------
    picture : TreePicture

    Attributes
    ----------
    ax_ : matplotlib Axes
        After `plot`.
    figure_ : matplotlib Figure
        After `plot`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import TreeDisplay
    >>> tree = DecisionTreeClassifier(max_depth=2).fit(*load_iris(return_X_y=True))
    >>> display = TreeDisplay.from_estimator(tree)
    >>> display.ax_.get_title(loc="left")
    'DecisionTreeClassifier of 3 leaves'
    """

    def __init__(self, picture: TreePicture) -> None:
        self.picture = picture

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        table: pd.DataFrame | None = None,
        title: str | None = None,
        feature_names: Sequence[str] | None = None,
        units: Mapping[str, str] | None = None,
        categories: Categories | None = None,
        class_names: Sequence[Any] | None = None,
        missing: bool = True,
        ax: Any = None,
    ) -> Self:
        """Draw a fitted model of one tree.

        Parameters
        ----------
        estimator : fitted model of a registered family, or TreeEnsemble
        table : pandas.DataFrame, optional
            From `leaf_table`, made with the same names: rows, events and intervals of the leaves.
        title : str, optional
        feature_names, units, categories, class_names, missing
            As for `to_rules`.
        ax : matplotlib Axes, optional
            A new figure of the right size by default.

        Returns
        -------
        TreeDisplay

        Raises
        ------
        UnsupportedModelError
            If the model has several trees.
        ValueError
            If it has more leaves than can be read, or names or table do not fit.
        """
        picture = tree_picture(
            estimator,
            table=table,
            title=title,
            feature_names=feature_names,
            units=units,
            categories=categories,
            class_names=class_names,
            missing=missing,
        )
        return cls(picture).plot(ax=ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            A new figure of the right size by default.

        Returns
        -------
        TreeDisplay
        """
        picture = self.picture
        if ax is None:
            from matplotlib import pyplot

            size = (picture.width / _PIXELS_AN_INCH, (picture.height - TOP / 2) / _PIXELS_AN_INCH)
            ax = pyplot.subplots(figsize=size, layout="constrained")[1]
        ax.set(xlim=(0, picture.width), ylim=(picture.height, TOP))
        ax.set_axis_off()
        # names come from users: a dollar sign must not start mathematics
        ax.set_title(picture.title, loc="left", fontsize=_points(FONT + 2), parse_math=False)
        for edge in picture.edges:
            ax.plot(*zip(*edge.points, strict=True), color=GREY, linewidth=1, zorder=1)
            _write(ax, *edge.at, edge.text)
        for box in picture.boxes:
            _draw_box(ax, box)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _points(pixels: float) -> float:
    return pixels * 72 / _PIXELS_AN_INCH


def _write(ax: Any, x: float, y: float, text: str, weight: str = "normal") -> None:
    # matplotlib's own font is wider than a browser's
    ax.text(x, y, text, fontsize=_points(0.9 * FONT), fontweight=weight, parse_math=False, zorder=3)


def _draw_box(ax: Any, box: Box) -> None:
    from matplotlib.patches import Rectangle

    corner = (box.x, box.y)
    ax.add_patch(Rectangle(corner, box.width, box.height, facecolor="white", edgecolor=GREY, zorder=2))
    if box.share:
        bar = Rectangle(corner, box.share * box.width, box.height, facecolor=BLUE, alpha=0.25, zorder=2)
        ax.add_patch(bar)
    for i, line in enumerate(box.lines):
        _write(ax, box.x + 8, box.y + 4 + LINE * (i + 0.8), line, "normal" if i else "bold")
