"""Columns of a domain as a user describes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from treeprune.domain.column import Column

Spec = Column | tuple[float | None, float | None] | Iterable[float] | Mapping[str, Any] | None


def column_of(name: str, spec: Spec) -> Column:
    """A column as a user describes it.

    Parameters
    ----------
    name : str
    spec : object
        See `treeprune.domain.domain.Domain.from_ranges`.

    Returns
    -------
    Column

    Raises
    ------
    ValueError
        If it is none of these, or allows nothing.
    """
    if isinstance(spec, Column):
        return replace(spec, name=name)
    if spec is None:
        return Column(name=name)
    if isinstance(spec, Mapping):
        strange = set(spec) - {"lower", "upper", "integer", "values", "labels", "missing"}
        if strange:
            raise ValueError(f"column {name!r} has no {', '.join(sorted(map(str, strange)))}")
        return Column.from_dict({**spec, "name": name})
    if isinstance(spec, tuple):
        if len(spec) != 2:
            raise ValueError(f"the range of column {name!r} must be (lower, upper), got {spec!r}")
        return Column.from_dict({"name": name, "lower": spec[0], "upper": spec[1]})
    try:
        return Column(name=name, values=tuple(sorted({float(x) for x in spec})))
    except TypeError as error:
        raise ValueError(
            f"column {name!r} must be a pair, a list of values or a mapping, got {spec!r}"
        ) from error
