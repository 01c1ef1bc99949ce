"""One column of a domain: which values it may hold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from treeprune.model.ensemble import Array


def short(x: float) -> str:
    """A number with as few digits as say it exactly."""
    return f"{x:.0f}" if float(x).is_integer() and abs(x) < 1e15 else repr(float(x))


@dataclass(frozen=True, kw_only=True)
class Column:
    """Values that one column may hold.

    Parameters
    ----------
    name : str
    lower, upper : float
        Least and greatest value, both allowed; infinite where there is no bound, so that infinity is a
        value too, for models that take it.
    integer : bool
        Whether only whole numbers are values.
    values : tuple of float, or None
        All values there are, ascending; codes where the column holds categories.
    labels : tuple of str, or None
        What each of `values` stands for.
    missing : bool
        Whether a missing value is allowed.

    Raises
    ------
    ValueError
        If nothing is allowed at all, or the parts contradict each other.
    """

    name: str
    lower: float = -math.inf
    upper: float = math.inf
    integer: bool = False
    values: tuple[float, ...] | None = None
    labels: tuple[str, ...] | None = None
    missing: bool = False

    def __post_init__(self) -> None:
        if math.isnan(self.lower) or math.isnan(self.upper):
            raise ValueError(f"a bound of column {self.name!r} is NaN; missing=True allows missing values")
        if self.labels is not None and (self.values is None or len(self.labels) != len(self.values)):
            raise ValueError(f"column {self.name!r} must have one label for each of its values")
        if self.values is not None:
            self._check_values(self.values)
        if self.values is None and (self.lower == math.inf or self.upper == -math.inf):
            raise ValueError(f"the bounds of column {self.name!r} are beyond all numbers")
        if self.missing:
            return
        if self.values is not None and not self.values:
            raise ValueError(f"column {self.name!r} allows no value at all: {self.text()}")
        if self.lower > self.upper:
            raise ValueError(
                f"column {self.name!r} allows no value: its least value {short(self.lower)} is above its "
                f"greatest {short(self.upper)}"
            )
        if self.integer and self.values is None and self._no_integer:
            raise ValueError(f"column {self.name!r} allows no value: no whole number lies in {self.text()}")

    def _check_values(self, values: tuple[float, ...]) -> None:
        if not all(map(math.isfinite, values)):
            raise ValueError(f"values of column {self.name!r} must be finite; missing=True allows NaN")
        if any(a >= b for a, b in pairwise(values)):
            raise ValueError(f"values of column {self.name!r} must ascend, got {list(values)}")
        ends = (values[0], values[-1]) if values else (math.inf, -math.inf)
        object.__setattr__(self, "lower", float(ends[0]))
        object.__setattr__(self, "upper", float(ends[1]))
        object.__setattr__(self, "integer", all(float(v).is_integer() for v in values))

    @property
    def _no_integer(self) -> bool:
        low, high = self.lower, self.upper
        return math.isfinite(low) and math.isfinite(high) and math.ceil(low) > math.floor(high)

    @property
    def bounded(self) -> bool:
        """Whether the numbers have both a least and a greatest one."""
        return math.isfinite(self.lower) and math.isfinite(self.upper)

    def contains(self, x: Array) -> Array:
        """Which numbers the column allows.

        Parameters
        ----------
        x : ndarray of float64

        Returns
        -------
        ndarray of bool
        """
        gone = np.isnan(x)
        if self.values is not None:
            inside = np.isin(x, np.array(self.values))
        else:
            inside = (x >= self.lower) & (x <= self.upper)
            if self.integer:
                inside &= np.floor(x) == x
        allowed: Array = np.where(gone, self.missing, inside)
        return allowed

    def why_not(self, x: float) -> str:
        """Why a number is not allowed, in words; empty if it is."""
        if bool(self.contains(np.array([x]))[0]):
            return ""
        if math.isnan(x):
            return f"{self.name} is missing, and must not be"
        return f"{self.name} is {short(x)}, and must be {self.text()}"

    def show(self, x: float) -> str:
        """A value in the user's terms: its label where it has one."""
        if math.isnan(x):
            return "missing"
        if self.labels is not None and self.values is not None and x in self.values:
            return self.labels[self.values.index(x)]
        return short(x)

    def text(self) -> str:
        """What is allowed, in words."""
        shown = [self.show(v) for v in self.values] if self.values is not None else []
        if self.values is not None:
            words = (
                "one of " + ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if shown[12:] else "")
            )
            words = words if shown else "nothing"
        else:
            kind = "a whole number" if self.integer else "a number"
            low, high = short(self.lower), short(self.upper)
            if self.lower > self.upper:
                words = "nothing"
            elif self.bounded:
                words = f"{kind} from {low} to {high}"
            elif math.isfinite(self.lower):
                words = f"{kind} from {low} on"
            else:
                words = f"{kind} up to {high}" if math.isfinite(self.upper) else f"any {kind[2:]}"
        if not self.missing:
            return words
        return "missing" if words == "nothing" else f"{words}, or missing"

    def intersect(self, other: Column) -> Column:
        """What both columns allow.

        Parameters
        ----------
        other : Column
            Of the same column of a table.

        Returns
        -------
        Column

        Raises
        ------
        ValueError
            If nothing is allowed by both.
        """
        missing, labels = self.missing and other.missing, None
        given = self if self.values is not None else other
        try:
            if given.values is None:
                return Column(
                    name=self.name,
                    lower=max(self.lower, other.lower),
                    upper=min(self.upper, other.upper),
                    integer=self.integer or other.integer,
                    missing=missing,
                )
            against = other if given is self else self
            kept = [i for i, inside in enumerate(against.contains(np.array(given.values))) if inside]
            if given.labels is not None:
                labels = tuple(given.labels[i] for i in kept)
            values = tuple(given.values[i] for i in kept)
            return Column(name=self.name, values=values, labels=labels, missing=missing)
        except ValueError as error:
            raise ValueError(
                f"the domains contradict each other in column {self.name!r}: {self.text()} in one, "
                f"{other.text()} in the other"
            ) from error

    def to_dict(self) -> dict[str, Any]:
        """The column as plain Python objects; infinite bounds are None."""
        out: dict[str, Any] = {"name": self.name, "missing": self.missing}
        if self.values is not None:
            out["values"] = list(self.values)
            if self.labels is not None:
                out["labels"] = list(self.labels)
            return out
        ends = {"lower": self.lower, "upper": self.upper}
        out |= {end: x if math.isfinite(x) else None for end, x in ends.items()}
        return out | {"integer": self.integer}

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> Column:
        """The column that `to_dict` wrote."""
        fields = dict(given)
        if fields.get("lower") is None:
            fields["lower"] = -math.inf
        if fields.get("upper") is None:
            fields["upper"] = math.inf
        for name in ("values", "labels"):
            if fields.get(name) is not None:
                fields[name] = tuple(fields[name])
        return cls(**fields)
