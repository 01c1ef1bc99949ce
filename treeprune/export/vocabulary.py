"""The words of an export: names of columns, units, names of categories and classes, all from users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.model.ensemble import LEAF, TreeEnsemble

Name = str | float

Categories = Mapping[str, Sequence[Name] | Mapping[Any, Name]]
"""Column -> names of its codes 0, 1, 2, ..., or code -> name; a name may be a number."""


def plain(text: object) -> str:
    """Text on one line: what cannot be printed (line breaks, control characters) is escaped.

    Parameters
    ----------
    text : object

    Returns
    -------
    str
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(text))


@dataclass(frozen=True)
class Vocabulary:
    """Words for the numbers of a model.

    Parameters
    ----------
    names : tuple of str
        One a column, as given.
    units : dict of int to str
    categories : dict of int to dict of float to str or float
        Column -> code -> name.
    classes : tuple of tuple of str
        Names of the classes of each target.
    """

    names: tuple[str, ...]
    units: dict[int, str]
    categories: dict[int, dict[float, Name]]
    classes: tuple[tuple[str, ...], ...]


def vocabulary(
    ensemble: TreeEnsemble,
    *,
    feature_names: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
    categories: Categories | None = None,
    class_names: Sequence[Any] | None = None,
) -> Vocabulary:
    """Check and complete the words that a user gives.

    Parameters
    ----------
    ensemble : TreeEnsemble
    feature_names : sequence of str, optional
        By default the model's own, or ``x[0]``, ``x[1]``, ...
    units : mapping of str to str, optional
        Column -> unit.
    categories : mapping, optional
        Column -> names of its codes from 0 on, or code -> name.
    class_names : sequence of str, optional
        In the order of the model's classes; of several targets a sequence of such.

    Returns
    -------
    Vocabulary

    Raises
    ------
    ValueError
        If there are more or fewer names than columns or classes, names repeat, or a column is unknown.
    TypeError
        If a name is not text.
    """
    e = ensemble
    names = (
        tuple(feature_names) if feature_names is not None else tuple(map(e.name_of, range(e.n_features)))
    )
    if len(names) != e.n_features:
        raise ValueError(f"{len(names)} feature_names for a model of {e.n_features} columns")
    _check_words("feature_names", names)
    place = {name: f for f, name in enumerate(names)}
    for what, given in (("units", units), ("categories", categories)):
        if unknown := [name for name in given or {} if name not in place]:
            raise ValueError(f"{what} names columns that the model does not have: {unknown}")
    _check_words("units", tuple((units or {}).values()), repeated=True)
    return Vocabulary(
        names,
        {place[name]: unit for name, unit in (units or {}).items()},
        {place[name]: _names_of_codes(name, own) for name, own in (categories or {}).items()},
        _class_names(e, class_names),
    )


def _check_words(what: str, words: tuple[object, ...], *, repeated: bool = False) -> None:
    if strange := [word for word in words if not isinstance(word, str)]:
        raise TypeError(f"{what} must be text, got {strange[0]!r}")
    twice = [word for word in words if words.count(word) > 1] if not repeated else []
    if twice:
        raise ValueError(f"{what} holds {twice[0]!r} twice, so nobody could tell which is meant")


def _names_of_codes(column: str, given: Sequence[Name] | Mapping[Any, Name]) -> dict[float, Name]:
    if isinstance(given, str):
        raise TypeError(f"categories of {column!r} must be a list of names or a mapping of code to name")
    pairs = given.items() if isinstance(given, Mapping) else enumerate(given)
    codes = {float(code): _plain_name(name) for code, name in pairs}
    _check_words(f"categories of {column!r}", tuple(map(str, codes.values())))
    if not codes or not all(np.isfinite(code) for code in codes):
        raise ValueError(f"categories of {column!r} must name at least one code, all of them finite")
    return dict(sorted(codes.items()))


def _plain_name(name: Any) -> Name:
    """A name as Python's own text or number, whatever array it came from."""
    own = name.item() if hasattr(name, "item") else name
    if not isinstance(own, str | int | float) or (isinstance(own, float) and not np.isfinite(own)):
        raise TypeError(f"a category must be text or a number, got {name!r}")
    return own


def _class_names(e: TreeEnsemble, given: Sequence[Any] | None) -> tuple[tuple[str, ...], ...]:
    own = tuple(tuple(map(str, labels)) for labels in e.classes)
    if given is None:
        return own
    if e.task != "classification":
        raise ValueError("class_names are for classifiers, this model predicts numbers")
    several = len(own) > 1
    names = tuple(tuple(each) for each in given) if several else (tuple(given),)
    if [len(each) for each in names] != [len(each) for each in own]:
        raise ValueError(f"class_names must name {[len(each) for each in own]} classes, got {given!r}")
    for each in names:
        _check_words("class_names", each)
    return names


def used_columns(ensemble: TreeEnsemble, *, by_category: bool) -> list[int]:
    """Columns that splits on numbers, or on categories, look at; ascending."""
    e = ensemble
    asked = (e.feature != LEAF) & ((e.category_set != LEAF) == by_category)
    columns: list[int] = np.unique(e.feature[asked]).tolist()
    return columns
