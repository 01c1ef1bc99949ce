"""A single tree as a self-contained, accessible SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Any

from treeprune.export.rules import to_rules
from treeprune.export.vocabulary import Categories
from treeprune.report.style import BLUE, GREY
from treeprune.report.tree_picture_layout import FONT, LINE, Box, Edge, TreePicture, tree_picture

if TYPE_CHECKING:
    import pandas as pd


def tree_svg(
    model: Any,
    *,
    table: pd.DataFrame | None = None,
    title: str | None = None,
    feature_names: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
    categories: Categories | None = None,
    class_names: Sequence[Any] | None = None,
    missing: bool = True,
) -> str:
    """Draw a single tree as SVG.

    Parameters
    ----------
    model : fitted model of a registered family, or TreeEnsemble
        Of one tree.
    table : pandas.DataFrame, optional
        From `leaf_table`, made with the same names: rows, events and intervals of the leaves.
    title : str, optional
    feature_names, units, categories, class_names, missing
        As for `to_rules`.

    Returns
    -------
    str
        One ``svg`` element without scripts, links or fonts of its own, to stand in a page or in a file.
        Readers that do not see it get the title, and the rules as its description.

    Raises
    ------
    UnsupportedModelError
        If the model has several trees.
    ValueError
        If it has more leaves than can be read, or names or table do not fit.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import tree_svg
    >>> tree_svg(DecisionTreeClassifier(max_depth=2).fit(*load_iris(return_X_y=True)))[:4]
    '<svg'
    """
    names: dict[str, Any] = {
        "feature_names": feature_names,
        "units": units,
        "categories": categories,
        "class_names": class_names,
        "missing": missing,
    }
    picture = tree_picture(model, table=table, title=title, **names)
    return _svg(picture, str(to_rules(model, order="tree", **names)))


def _svg(picture: TreePicture, rules: str) -> str:
    # several pictures may stand in one page
    name = "tree-" + sha256(f"{picture.title}\n{rules}".encode()).hexdigest()[:12]
    width, height = f"{picture.width:.0f}", f"{picture.height:.0f}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" lang="en" aria-labelledby="{name}-t {name}-d" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="system-ui, sans-serif" font-size="{FONT}" fill="#111111">',
        f'<title id="{name}-t">{escape(picture.title)}</title>',
        f'<desc id="{name}-d">{escape(rules)}</desc>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="24" font-weight="600">{escape(picture.title)}</text>',
        *map(_edge, picture.edges),
        *map(_box, picture.boxes),
        "</svg>",
    ]
    return "\n".join(parts)


def _edge(edge: Edge) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in edge.points)
    return (
        f'<polyline points="{points}" fill="none" stroke="{GREY}"/>'
        f'<text x="{edge.at[0]:.1f}" y="{edge.at[1]:.1f}">{escape(edge.text)}</text>'
    )


def _box(box: Box) -> str:
    place = f'x="{box.x:.1f}" y="{box.y:.1f}" height="{box.height:.1f}"'
    parts = [f'<rect {place} width="{box.width:.1f}" rx="3" fill="#ffffff" stroke="{GREY}"/>']
    if box.share:
        parts.append(
            f'<rect {place} width="{box.share * box.width:.1f}" rx="3" fill="{BLUE}" opacity="0.25"/>'
        )
    for i, line in enumerate(box.lines):
        weight = "" if i else ' font-weight="600"'
        at = f'x="{box.x + 8:.1f}" y="{box.y + 4 + LINE * (i + 0.8):.1f}"'
        parts.append(f"<text {at}{weight}>{escape(line)}</text>")
    return "".join(parts)
