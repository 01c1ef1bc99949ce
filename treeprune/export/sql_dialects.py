"""What engines call the same thing: types, literals, refusals, functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

_LEAST, _MOST = 1e-10, 1e24
"""Between these, 17 digits times a power of ten are exact in extended precision, as SQLite reads them."""


def quoted(name: str) -> str:
    """A name as a quoted identifier.

    Parameters
    ----------
    name : str

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If no engine can hold the name.
    """
    if not name or "\0" in name:
        raise ValueError(f"{name!r} cannot be a name in SQL")
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """Text as a literal; a backslash is one where the standard holds."""
    if "\0" in text:
        raise ValueError(f"{text!r} cannot stand in SQL")
    return "'" + text.replace("'", "''") + "'"


def _digits(x: float) -> str:
    """A literal of binary floating type, by the standard one with an exponent, that reads back as `x`."""
    return f"{x:.16e}" if Decimal(repr(x)) != Decimal(f"{x:.15g}") else _short(x)


def _short(x: float) -> str:
    text = f"{Decimal(f'{x:.15g}').normalize():e}"
    return text if "e" in text.lower() else text + "e0"


def _sqlite_digits(x: float) -> str:
    """As `_digits`; what SQLite might misread is a product of whole numbers, which is exact."""
    if x == 0 or _LEAST <= abs(x) <= _MOST:
        return _digits(x)
    fraction, exponent = np.frexp(x)
    whole, shift = int(fraction * 2.0**53), int(exponent) - 53
    while shift < 0 and whole % 2 == 0:
        whole, shift = whole // 2, shift + 1
    sign, steps = "*" if shift > 0 else "/", abs(shift)
    factors = "".join(f" {sign} {1 << min(60, steps - i)}.0" for i in range(0, steps, 60))
    return f"({whole}.0{factors})"


def _checked_sqlite(column: str) -> str:
    # SQLite takes any text for a number, mostly 0; the sum of the least number and 1 row by row is an error
    kinds = f"typeof({column}) IN ('integer', 'real', 'null')"
    return f"CASE WHEN {kinds} THEN CAST({column} AS REAL) ELSE {_refuse_sqlite(column)} END"


def _refuse_sqlite(column: str) -> str:
    return f"abs(-9223372036854775807 - ({column} IS NOT NULL))"


def _double(column: str) -> str:
    return f"CAST({column} AS DOUBLE PRECISION)"


def _double_without_nan(column: str) -> str:
    return f"NULLIF({_double(column)}, CAST('NaN' AS DOUBLE PRECISION))"


@dataclass(frozen=True)
class Dialect:
    """How one engine says it.

    Parameters
    ----------
    number : callable
        Column -> its value in double precision, NULL where missing; an error where it is no number.
    refuse : callable
        Column -> an expression that fails where the column is not NULL.
    digits : callable
        Finite number -> literal that the engine reads as that number.
    double : callable
        Expression -> the same in double precision.
    rounded_down : callable
        Expression, not negative -> the largest whole number that is no larger.
    larger : str
        Name of the function that gives the largest of its arguments.
    folds_case : bool
        Whether names that differ in case alone are one name, in quotes too.
    """

    number: Callable[[str], str]
    refuse: Callable[[str], str]
    digits: Callable[[float], str]
    double: Callable[[str], str]
    rounded_down: Callable[[str], str]
    larger: str
    folds_case: bool

    def without(self, column: str, coded: tuple[float, float] | None) -> str:
        """A column's number; NULL also above the first and up to the second number that mean missing."""
        number = self.number(column)
        if coded is None:
            return number
        low, high = coded
        bounds = [f"{number} > {self.digits(low)}"] if np.isfinite(low) else []
        bounds += [f"{number} <= {self.digits(high)}"] if np.isfinite(high) else []
        return f"CASE WHEN {' AND '.join(bounds)} THEN NULL ELSE {number} END"


_POSTGRES = Dialect(
    number=_double_without_nan,
    refuse=_double,  # text that is no number is an error
    digits=_digits,
    double=_double,  # a literal is a decimal number, and so would sums of them be
    rounded_down=lambda text: f"FLOOR({text})",
    larger="GREATEST",
    folds_case=False,
)

DIALECTS = {
    "sqlite": Dialect(
        number=_checked_sqlite,
        refuse=_refuse_sqlite,
        digits=_sqlite_digits,
        double=lambda text: text,
        rounded_down=lambda text: f"CAST({text} AS INTEGER)",
        larger="MAX",
        folds_case=True,
    ),
    "postgres": _POSTGRES,
    "duckdb": replace(_POSTGRES, folds_case=True),
}
