"""Running exports, and names that mean harm."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import numpy as np

HOSTILE = (
    "</script><img onerror=1>",
    '"; DROP TABLE x; --',
    "$x^_{",
    '\'); import os; \'"""',
    "line\nbreak\r\u2028",
    "=HYPERLINK(1)",
    "Größe 體重 😀\u202e",
)
"""Column names for tables of seven columns."""


def run_python(source: str) -> dict[str, Any]:
    """Names of an export after it ran."""
    module: dict[str, Any] = {}
    exec(compile(source, "<export>", "exec"), module)
    return module


def run_sqlite(sql: str, names: Any, rows: Any, table: str = "patients") -> np.ndarray:
    """What SQLite selects from a table of these rows."""
    with closing(sqlite3.connect(":memory:")) as connection:
        quoted = ['"' + name.replace('"', '""') + '"' for name in names]
        connection.execute(f'CREATE TABLE "{table}" ({", ".join(quoted)})')
        holes = ", ".join("?" * len(names))
        connection.executemany(f'INSERT INTO "{table}" VALUES ({holes})', rows)
        return np.array(connection.execute(sql).fetchall(), dtype=float)
