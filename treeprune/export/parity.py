"""Whether an export says what the model says, row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any

import numpy as np

from treeprune.backends import encode
from treeprune.backends.registry import find_backend
from treeprune.export.own_words import holds_codes, words_of
from treeprune.export.parity_files import both_sides
from treeprune.export.python_source import PYTHON_MARK
from treeprune.export.questions import as_ensemble
from treeprune.export.sql import SQL_MARK
from treeprune.export.sql_dialects import quoted
from treeprune.export.vocabulary import Categories, Vocabulary
from treeprune.export.writers import WRITERS, written
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.links import answers
from treeprune.model.traverse import raw_output
from treeprune.statistics.rows import dense, model_rows


@dataclass(frozen=True)
class Parity:
    """An export beside its model.

    Parameters
    ----------
    language : str
        "Python", "SQL", "ONNX", "C" or "treelite", and "in single precision" where the export is.
    n_rows : int
    max_difference : float
        Largest difference of the raw outputs.
    max_answer_difference : float
        Largest difference of the answers: probabilities or numbers after the link; NaN of an SQL export
        without them.
    rows : tuple of int
        Positions of the rows whose raw output differs by more than `bound`.
    bound : float
        How far rounding alone may move a raw output: 0 where the export adds up as the model does.
    """

    language: str
    n_rows: int
    max_difference: float
    max_answer_difference: float
    rows: tuple[int, ...]
    bound: float

    @property
    def agrees(self) -> bool:
        """Whether no row differs by more than rounding."""
        return not self.rows

    def __str__(self) -> str:
        verdict = (
            "agrees" if self.agrees else f"differs on {len(self.rows):,} rows, first on row {self.rows[0]}"
        )
        return (
            f"{self.language} {verdict}: {self.n_rows:,} rows, largest difference "
            f"{self.max_difference:.3g} (rounding allows {self.bound:.3g})"
        )


def check_parity(
    export: Any,
    model: Any,
    X: Any,
    *,
    table: str = "patients",
    key: str | None = None,
    feature_names: Sequence[str] | None = None,
    categories: Categories | None = None,
) -> Parity:
    """Run an export and compare it with the model on every row of a table.

    Parameters
    ----------
    export : str, OnnxModel, CSource or treelite.Model
        What `to_python`, `to_sql` for SQLite, `to_onnx`, `to_c` or `to_treelite` made. It is executed:
        check only exports that you trust. C is compiled with the machine's own compiler. Or the name of
        one of them, ``"python"``, ``"sql"``, ``"onnx"``, ``"c"`` or ``"treelite"``: it is then made first.
    model : fitted model of a registered family, or TreeEnsemble; of ONNX and C also what they are made of
        Asked by its vendor's own code; an ensemble by ours. An export in single precision is compared with
        what the model says of rows that are rounded to it.
    X : table, shape (n_rows, n_features)
        As the model takes it; numbers alone for an ensemble.
    table, key, feature_names, categories
        As they were given to `to_sql` or `to_python`.

    Returns
    -------
    Parity

    Raises
    ------
    ValueError
        If the export is none of them, the table has no rows, or a code has no name.
    sqlite3.Error
        If SQLite does not take the statement.
    ImportError
        If onnxruntime or treelite is not installed.
    FileNotFoundError
        If there is no C compiler.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from treeprune.export.parity import check_parity
    >>> from treeprune.export.sql import to_sql
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> forest = RandomForestClassifier(n_estimators=5, random_state=0).fit(X, y)
    >>> check_parity(to_sql(forest), forest, X).agrees
    True
    """
    if isinstance(export, str) and export in WRITERS:
        options = {"table": table, "key": key, "feature_names": feature_names, "categories": categories}
        export = written(export, model, X, options)
    if not isinstance(export, str):
        return _of_file(export, model, X)
    is_python, is_sql = export.startswith(PYTHON_MARK), export.startswith(SQL_MARK)
    if not is_python and not is_sql:
        raise ValueError(
            "export must be a text that to_python or to_sql wrote, or what to_onnx, to_c or to_treelite "
            f"made, or one of {', '.join(WRITERS)}"
        )
    e = as_ensemble(model)
    spoken_for = e if holds_codes(export) else model
    words = words_of(spoken_for, e, feature_names=feature_names, categories=categories)
    given = X if isinstance(model, TreeEnsemble) else encode(model, X)
    rows = dense(model_rows(e, given, None), e.absent)
    if len(rows) == 0:
        raise ValueError("X has no rows to compare on")
    native = (
        raw_output(e, rows)
        if isinstance(model, TreeEnsemble)
        else find_backend(model).raw_output(model, rows)
    )
    table_rows = _table_rows(_unrounded(given, rows), words)
    if is_python:
        raw, said = _run_python(export, e, table_rows)
    else:
        raw, said = _run_sqlite(export, e, table_rows, words.names, table, key)
    difference = np.abs(raw - native)
    bound = _bound(e, by_python=is_python)
    answer = np.abs(said - answers(e, native)).max() if said.size else np.nan
    return Parity(
        language="Python" if is_python else "SQL",
        n_rows=len(rows),
        max_difference=float(difference.max()),
        max_answer_difference=float(answer),
        rows=tuple(np.flatnonzero(~(difference <= bound).all(axis=1)).tolist()),
        bound=bound,
    )


def _of_file(export: Any, model: Any, X: Any) -> Parity:
    both = both_sides(export, model, X)
    difference = np.abs(both.raw - both.native)
    return Parity(
        language=both.language,
        n_rows=len(difference),
        max_difference=float(difference.max()),
        max_answer_difference=float(np.abs(both.answer - both.native_answer).max()),
        rows=tuple(np.flatnonzero(~(difference <= both.bound).all(axis=1)).tolist()),
        bound=both.bound,
    )


def _unrounded(given: Any, rows: Array) -> Array:
    """The table in double precision, so that the export has to round as the model does."""
    is_dense = isinstance(given, np.ndarray) or hasattr(given, "columns")
    return np.asarray(given, np.float64) if is_dense else rows.astype(np.float64)


def _bound(e: TreeEnsemble, *, by_python: bool) -> float:
    """Rounding of another order or precision of summation; the largest terms bound all rows."""
    per_tree = [float(np.abs(e.value[e.tree(t)] * e.weight[t]).max()) for t in range(e.n_trees)]
    size = float(np.abs(e.base_score).max()) + sum(per_tree)
    if e.aggregation == "mean":  # vendors take means in orders of their own
        return 1e-13 * size / max(float(e.weight.sum()) / e.n_columns, np.finfo(float).tiny)
    if e.output_dtype == "float32" and not by_python:
        return (e.n_trees + 1) * 2.0**-24 * size
    # scikit-learn and CatBoost add the start of the sum last
    return 1e-13 * size


def _table_rows(rows: Array, words: Vocabulary) -> list[list[Any]]:
    table = rows.astype(object)
    table[np.isnan(rows)] = None
    for f, names in words.categories.items():
        for i, code in enumerate(table[:, f]):
            if code is not None and code not in names:
                raise ValueError(f"code {code:g} of column {words.names[f]!r} has no name in categories")
            table[i, f] = None if code is None else names[code]
    rows_of_table: list[list[Any]] = table.tolist()
    return rows_of_table


def _run_python(export: str, e: TreeEnsemble, rows: list[list[Any]]) -> tuple[Array, Array]:
    module: dict[str, Any] = {"__name__": "treeprune_export"}
    exec(compile(export, "<export>", "exec"), module)
    answer = module["predict_proba" if e.task == "classification" else "predict"]
    raw = np.array([module["predict_raw"](row) for row in rows])
    said = np.array([_flat(answer(row)) for row in rows])
    return raw, said


def _flat(answer: Any) -> list[float]:
    """One list of the answers of all targets."""
    if not isinstance(answer, list):
        return [answer]
    return [number for own in answer for number in _flat(own)]


def _run_sqlite(
    export: str,
    e: TreeEnsemble,
    rows: list[list[Any]],
    names: tuple[str, ...],
    table: str,
    key: str | None,
) -> tuple[Array, Array]:
    number = "treeprune_row" if key is None else key
    used = e.used_features().tolist()
    connection = sqlite3.connect(":memory:")
    try:
        for name, arguments, function in (("EXP", 1, exp), ("LN", 1, log), ("POWER", 2, pow)):
            _add_function(connection, name, arguments, function)
        columns = ", ".join(quoted(name) for name in (number, *(names[f] for f in used)))
        connection.execute(f"CREATE TABLE {quoted(table)} ({columns})")
        holes = ", ".join("?" * (len(used) + 1))
        shown = ([i, *(row[f] for f in used)] for i, row in enumerate(rows))
        connection.executemany(f"INSERT INTO {quoted(table)} VALUES ({holes})", shown)
        found = np.array(connection.execute(export).fetchall(), np.float64)
    finally:
        connection.close()
    if key is not None:
        found = found[np.argsort(found[:, 0]), 1:]
    return found[:, : e.n_columns], found[:, e.n_columns :]


def _add_function(connection: sqlite3.Connection, name: str, arguments: int, function: Any) -> None:
    """Give SQLite a mathematical function where it was compiled without."""
    try:
        connection.execute(f"SELECT {name}({', '.join('1' * arguments)})")
    except sqlite3.OperationalError:
        connection.create_function(name, arguments, function, deterministic=True)
