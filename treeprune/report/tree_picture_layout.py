"""Where the parts of a drawn tree stand: from the root on the left to the leaves, one below the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

import numpy as np

from treeprune.export.cuts import shortest_decimal
from treeprune.export.describe import Phrases, Region, leaves_of
from treeprune.export.leaves import answer_words, check_single, leaf_answers
from treeprune.export.questions import as_ensemble, questions
from treeprune.export.vocabulary import Categories, Vocabulary, plain, vocabulary
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.report.scorecard_page import percent

if TYPE_CHECKING:
    import pandas as pd

MOST_LEAVES = 64
"""More are no picture that anybody reads."""

FONT, LINE, ROW, TOP = 12, 15, 44, 38
"""Height of the letters, of a line, of a leaf with its gap, and of the title, in pixels."""

_LETTER, _PAD, _GAP, _MARGIN = 7.2, 8, 14, 12
_MOST_LETTERS, _MOST_NAMES = 34, 3


@dataclass(frozen=True)
class Box:
    """A node with its text.

    Parameters
    ----------
    x, y, width, height : float
        Left upper corner and size, in pixels from the left upper corner of the picture.
    lines : tuple of str
    leaf : bool
    share : float or None
        Part of a leaf's width that its bar fills.
    """

    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    leaf: bool
    share: float | None = None


@dataclass(frozen=True)
class Edge:
    """The way from a split to a child: up or down, and across.

    Parameters
    ----------
    points : tuple of (float, float)
    text : str
        What is true of the rows that go there.
    at : tuple of float
        Where the text begins, on its base line.
    """

    points: tuple[tuple[float, float], ...]
    text: str
    at: tuple[float, float]


@dataclass(frozen=True)
class TreePicture:
    """A drawn tree.

    Parameters
    ----------
    title : str
    width, height : float
        In pixels.
    boxes : tuple of Box
    edges : tuple of Edge
    """

    title: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]


def text_width(text: str) -> float:
    """Width of a line of text in pixels, about."""
    return _LETTER * sum(1.8 if east_asian_width(c) in "WF" else 1.0 for c in text)


def _short(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"


def tree_picture(
    model: Any,
    *,
    table: pd.DataFrame | None = None,
    title: str | None = None,
    feature_names: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
    categories: Categories | None = None,
    class_names: Sequence[Any] | None = None,
    missing: bool = True,
) -> TreePicture:
    """Lay out a single tree.

    Parameters
    ----------
    model : fitted model of a registered family, or TreeEnsemble
        Of one tree.
    table : pandas.DataFrame, optional
        From `leaf_table`, made with the same names.
    title : str, optional
    feature_names, units, categories, class_names, missing
        As for `to_rules`.

    Returns
    -------
    TreePicture

    Raises
    ------
    UnsupportedModelError
        If the model has several trees.
    ValueError
        If it has more than `MOST_LEAVES` leaves, or the table is of another tree.
    """
    e = as_ensemble(model)
    check_single(e, "a picture")
    leaves = leaves_of(e, 0)
    if len(leaves) > MOST_LEAVES:
        raise ValueError(
            f"a picture of {len(leaves)} leaves could not be read; prune the tree to {MOST_LEAVES} at most"
        )
    if table is not None and list(table["leaf"]) != e.node_id[leaves].tolist():
        raise ValueError("table must be the leaf_table of this tree")
    words = vocabulary(
        e, feature_names=feature_names, units=units, categories=categories, class_names=class_names
    )
    phrases = Phrases(words, e.comparison == "<", missing, _MOST_NAMES)
    lines = _leaf_lines(e, words, leaves, table)
    for node in np.flatnonzero(~e.is_leaf).tolist():
        lines[node] = (_short(plain(words.names[e.feature[node]])),)
    shares = dict(zip(leaves, _shares(leaf_answers(e, leaves)), strict=True))
    return _layout(e, lines, _edge_texts(e, phrases), shares, plain(title or _title(model, len(leaves))))


def _title(model: Any, n_leaves: int) -> str:
    name = "Tree" if isinstance(model, TreeEnsemble) else type(model).__name__
    return f"{name} of {n_leaves} {'leaf' if n_leaves == 1 else 'leaves'}"


def _shares(said: Array) -> list[float | None]:
    """Length of each leaf's bar: the probability of the second of two classes, or a number's place."""
    if said.shape[1] > 2:
        return [None] * len(said)
    own = said[:, -1]
    if said.shape[1] == 2 and (own >= 0).all() and np.allclose(said.sum(axis=1), 1):
        return list(own.tolist())
    if said.shape[1] == 2 or np.ptp(own) == 0:
        return [None] * len(said)
    return list(((own - own.min()) / np.ptp(own)).tolist())


def _edge_texts(e: TreeEnsemble, phrases: Phrases) -> dict[int, str]:
    """What is true of the rows that come to each child from above; of names only those that can come."""
    texts: dict[int, str] = {}
    named: dict[int, dict[int, Region]] = {0: {}}
    for node, question in enumerate(questions(e)):
        if question is None:
            continue
        feature, by_number = question.feature, question.codes is None
        text = shortest_decimal(float(e.threshold[node]), e.comparison, e.input_dtype) if by_number else ""
        names = not by_number or feature in phrases.words.categories
        above = named[node].get(feature, Region()) if names else Region()
        for child, left in ((int(e.left[node]), True), (int(e.right[node]), False)):
            region = above.below(question, text, left=left)
            named[child] = {**named[node], feature: region} if names else named[node]
            texts[child] = phrases.condition(feature, region, named=False) or "any"
    return texts


def _leaf_lines(
    e: TreeEnsemble, words: Vocabulary, leaves: list[int], table: pd.DataFrame | None
) -> dict[int, tuple[str, ...]]:
    lines: dict[int, tuple[str, ...]] = {}
    for leaf, said in zip(leaves, leaf_answers(e, leaves), strict=True):
        lines[leaf] = (_short(answer_words(e, words, said)),)
    if table is not None:
        for leaf, row in zip(leaves, table.to_dict("records"), strict=True):
            lines[leaf] += (_evidence({str(name): value for name, value in row.items()}),)
    return lines


def _evidence(row: dict[str, Any]) -> str:
    """Rows and outcomes of a leaf; what is hidden in the table is not spoken of."""
    n = row["n"]
    text = f"n = {n}" if isinstance(n, str) else f"n = {n:,}"
    of_class = [number for name, number in row.items() if name.startswith("n_")]
    events = of_class[1] if len(of_class) == 2 else None
    if isinstance(events, str) or (events is not None and np.isfinite(events)):
        text += f", events {events}"
    low, high = row.get("low"), row.get("high")
    if low is None or high is None or not np.isfinite([low, high]).all():
        return text
    if "share" in row:
        return f"{text} ({percent(low)} to {percent(high)})"
    return f"{text}, mean {row['mean']:.4g} ({low:.4g} to {high:.4g})"


def _layout(
    e: TreeEnsemble,
    lines: dict[int, tuple[str, ...]],
    texts: dict[int, str],
    shares: dict[int, float | None],
    title: str,
) -> TreePicture:
    """A subtree has rows of its own, so nothing in it meets what stands to the right of its root."""
    width = {node: max(map(text_width, own)) + 2 * _PAD for node, own in lines.items()}
    x = {0: float(_MARGIN)}
    for node in np.flatnonzero(~e.is_leaf).tolist():  # parents come first
        children = (int(e.left[node]), int(e.right[node]))
        room = max(width[node], *(_PAD + text_width(texts[child]) for child in children))
        x |= dict.fromkeys(children, x[node] + room + _GAP)
    at_leaves, leaf_width = max(x[leaf] for leaf in shares), max(width[leaf] for leaf in shares)
    middle = {leaf: TOP + ROW * (i + 0.5) for i, leaf in enumerate(shares)}
    for node in np.flatnonzero(~e.is_leaf)[::-1].tolist():
        middle[node] = (middle[int(e.left[node])] + middle[int(e.right[node])]) / 2
    boxes, edges = [], []
    for node, own in lines.items():
        leaf, height = node in shares, LINE * len(own) + _PAD
        here, wide = (at_leaves, leaf_width) if leaf else (x[node], width[node])
        boxes.append(Box(here, middle[node] - height / 2, wide, height, own, leaf, shares.get(node)))
        for child, drop in ((int(e.left[node]), -4), (int(e.right[node]), LINE - 2)) if not leaf else ():
            trunk, end = x[node] + _PAD, at_leaves if child in shares else x[child]
            points = ((trunk, middle[node]), (trunk, middle[child]), (end, middle[child]))
            # above the upper line and below the lower one: between them stands the split
            edges.append(Edge(points, texts[child], (trunk + 4, middle[child] + drop)))
    right = max(at_leaves + leaf_width, text_width(title)) + _MARGIN
    return TreePicture(title, right, TOP + ROW * len(shares) + _MARGIN, tuple(boxes), tuple(edges))
