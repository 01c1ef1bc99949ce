"""A single tree as rules in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from treeprune.export.describe import Phrases, leaves_of, node_regions
from treeprune.export.leaves import answer_words, check_single, leaf_answers
from treeprune.export.questions import as_ensemble
from treeprune.export.vocabulary import Categories, vocabulary
from treeprune.model.ensemble import TreeEnsemble

if TYPE_CHECKING:
    import pandas as pd

SMALL_CELL = 11
"""Counts below it are not shown."""


@dataclass(frozen=True)
class Rule:
    """One leaf.

    Parameters
    ----------
    leaf : int
        The leaf's number in the native tree.
    conditions : tuple of str
        One a column; none where every row comes here.
    answer : str
    n : str
        Number of rows, empty where it is not known.
    """

    leaf: int
    conditions: tuple[str, ...]
    answer: str
    n: str = ""

    def __str__(self) -> str:
        # conditions hold commas of their own
        way = "; ".join(self.conditions)
        return f"{f'if {way}: ' if way else 'always: '}{self.answer}{f' (n = {self.n})' if self.n else ''}"


@dataclass(frozen=True)
class Rules:
    """A tree as rules of which exactly one holds for each row.

    Parameters
    ----------
    rules : tuple of Rule
    note : str
        How numbers are read.
    """

    rules: tuple[Rule, ...]
    note: str

    def __str__(self) -> str:
        return "\n".join([*(f"{i}. {rule}" for i, rule in enumerate(self.rules, 1)), "", self.note])

    def __len__(self) -> int:
        return len(self.rules)

    def to_frame(self) -> pd.DataFrame:
        """One row a rule: ``leaf``, ``condition``, ``answer`` and, where known, ``n``."""
        import pandas as pd

        columns: dict[str, list[Any]] = {
            "leaf": [rule.leaf for rule in self.rules],
            "condition": ["; ".join(rule.conditions) for rule in self.rules],
            "answer": [rule.answer for rule in self.rules],
        }
        if any(rule.n for rule in self.rules):
            columns["n"] = [rule.n for rule in self.rules]
        return pd.DataFrame(columns)

    def _repr_html_(self) -> str:
        frame = self.to_frame().drop(columns="leaf")
        head = "".join(f'<th scope="col">{name}</th>' for name in frame)
        rows = "".join(
            "<tr>" + "".join(f'<td style="text-align:left">{escape(cell)}</td>' for cell in row) + "</tr>"
            for row in frame.itertuples(index=False)
        )
        return (
            f"<table><caption>Exactly one rule holds for each row</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{rows}</tbody></table><p>{escape(self.note)}</p>"
        )


_NOTES = {
    "float32": "The model compares in single precision: inputs and numbers here are rounded to it first.",
    "float64": "The model compares in double precision.",
}


def to_rules(
    model: Any,
    *,
    feature_names: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
    categories: Categories | None = None,
    class_names: Sequence[Any] | None = None,
    counts: Sequence[int] | None = None,
    min_count: int = SMALL_CELL,
    order: Literal["frequent", "tree"] = "frequent",
    missing: bool = True,
) -> Rules:
    """Write a single tree as rules in plain words.

    Parameters
    ----------
    model : fitted model of a registered family, or TreeEnsemble
        Of one tree.
    feature_names : sequence of str, optional
        By default the model's own names.
    units : mapping of str to str, optional
        Column -> unit, as ``{"age": "years"}``.
    categories : mapping, optional
        Column -> names of its codes 0, 1, 2, ..., or code -> name. A split on the number of a code becomes
        a list of names.
    class_names : sequence of str, optional
        In the order of the model's classes.
    counts : sequence of int, optional
        Rows in each leaf, the leaves from left to right as in `leaf_table`.
    min_count : int, default=11
        Smaller counts are shown as less than this.
    order : {"frequent", "tree"}, default="frequent"
        Most frequent leaf first (by `counts`, else by the training weight), or from left to right.
    missing : bool, default=True
        Whether missing values are spoken of; False for a table without them.

    Returns
    -------
    Rules

    Raises
    ------
    UnsupportedModelError
        If the model has several trees.
    ValueError
        If names or counts do not fit the model.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune.export.rules import to_rules
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> tree = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X[["petal width (cm)"]], y > 0)
    >>> words = {"units": {"petal width (cm)": "cm"}, "class_names": ["setosa", "other"]}
    >>> rules = to_rules(tree, missing=False, **words)
    >>> print(rules.rules[0])
    if petal width (cm) is above 0.8 cm: other 100.0%
    """
    e = as_ensemble(model)
    check_single(e, "rules")
    words = vocabulary(
        e, feature_names=feature_names, units=units, categories=categories, class_names=class_names
    )
    leaves, phrases = leaves_of(e, 0), Phrases(words, e.comparison == "<", missing)
    shown = _counts(counts, leaves)
    found, said = node_regions(e, 0), leaf_answers(e, leaves)
    rules = [
        Rule(
            int(e.node_id[leaf]),
            tuple(phrases.conditions(found[leaf])),
            answer_words(e, words, said[i]),
            "" if shown is None else small_cell(shown[i], min_count),
        )
        for i, leaf in enumerate(leaves)
    ]
    if order == "frequent":
        size = e.cover[leaves] if shown is None else np.asarray(shown)
        rules = [rules[i] for i in np.argsort(-size, kind="stable")]
    elif order != "tree":
        raise ValueError(f"order must be 'frequent' or 'tree', got {order!r}")
    return Rules(tuple(rules), _note(e))


def _note(e: TreeEnsemble) -> str:
    return f"Exactly one rule holds for each row. {_NOTES[e.input_dtype]}"


def _counts(counts: Sequence[int] | None, leaves: list[int]) -> list[int] | None:
    if counts is None:
        return None
    shown = [int(n) for n in counts]
    if len(shown) != len(leaves) or min(shown) < 0:
        raise ValueError(f"counts must hold a number of rows for each of the {len(leaves)} leaves")
    return shown


def small_cell(n: int, least: int | None) -> str:
    """A count as it may be shown: those from 1 to below `least` only as less than it."""
    return f"<{least}" if least is not None and 0 < n < least else f"{n:,}"
