"""A model as one SQL statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from treeprune.exceptions import UnsupportedModelError
from treeprune.export.inputs import check_categories, missing_between
from treeprune.export.own_words import code_lines, words_of
from treeprune.export.questions import as_ensemble
from treeprune.export.sql_dialects import DIALECTS, Dialect, quoted, text_literal
from treeprune.export.sql_links import link_steps
from treeprune.export.sql_trees import SqlTrees
from treeprune.export.vocabulary import Categories, Name, Vocabulary, used_columns
from treeprune.model.ensemble import TreeEnsemble
from treeprune.model.traverse import total_weights

SQL_MARK = "-- A model of trees, written by treeprune"

_PREFIX = "treeprune_"
_TREES_A_STEP, _PLACES_A_STEP = 40, 400
_MOST_NUMBERS, _MOST_COLUMNS = 1_000_000, 1_500


def to_sql(
    model: Any,
    *,
    table: str | tuple[str, ...] = "patients",
    key: str | None = None,
    dialect: Literal["sqlite", "postgres", "duckdb"] = "sqlite",
    feature_names: Sequence[str] | None = None,
    categories: Categories | None = None,
    answer: bool = True,
) -> str:
    """Write a model as one SELECT.

    Parameters
    ----------
    model : fitted model of a registered family, or TreeEnsemble
    table : str or tuple of str, default="patients"
        Where the columns stand; a tuple is a qualified name (schema, table).
    key : str, optional
        Column that tells rows apart, handed through. Engines promise no order of rows.
    dialect : {"sqlite", "postgres", "duckdb"}, default="sqlite"
    feature_names : sequence of str, optional
        Names of the columns in the table. By default the model's own.
    categories : mapping, optional
        Column -> names of its codes 0, 1, 2, ..., or code -> name, where the table holds names. By default
        those that the model itself knows (LightGBM, XGBoost since 3.1, histogram boosting). A name that
        is not there is missing where the model itself splits by category, as its vendor has it, and an
        error where it splits on numbers.
    answer : bool, default=True
        Whether the link is written too: probabilities or numbers beside the raw output. It may need EXP, LN
        or POWER, which SQLite has only if it was compiled with its mathematical functions.

    Returns
    -------
    str
        Selects the key, ``raw_0``, ... (an output column of the model each) and ``probability_0``, ... in
        the order of the classes (``probability_<target>_<class>`` of several targets), or ``answer_0``, ...

    Raises
    ------
    UnsupportedModelError
        If the model is the median of several trees, or larger than engines take.
    ValueError
        If a name cannot be one in SQL, or is that of another column; if the model numbers categories itself
        and neither it nor `categories` says what they are called.

    Notes
    -----
    NULL is missing, and so are NaN and what XGBoost's ``missing`` names. A missing value goes where the
    trees send it, also where the native model refuses missing values. Inputs are compared in double
    precision with thresholds that decide as the model does on rounded ones. Sums are in double precision,
    tree after tree: those of a model that sums in single precision differ from it by rounding, at most
    (trees + 1) * 2 ** -24 * the sum of all absolute terms. Codes of categories are whole numbers. A
    probability beyond 1e-304 is not told from it. Literals have up to 17 digits, which SQLite reads exactly
    where the C compiler's long double is wider than double; elsewhere let `check_parity` tell.

    Examples
    --------
    >>> import sqlite3
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune.export.sql import to_sql
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> sql = to_sql(DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y), table="iris")
    >>> connection = sqlite3.connect(":memory:")
    >>> X.to_sql("iris", connection, index=False)
    150
    >>> connection.execute(sql).fetchone()
    (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    >>> connection.close()
    """
    if dialect not in DIALECTS:
        raise ValueError(f"dialect must be one of {', '.join(DIALECTS)}, got {dialect!r}")
    e, engine = as_ensemble(model), DIALECTS[dialect]
    words = words_of(model, e, feature_names=feature_names, categories=categories)
    check_categories(model, e, words)
    _check_names(e, words, key, engine)
    _check_size(e)
    where = _table(table)
    coded = missing_between(model, e)
    steps = [("rows", _rows(e, words, engine, key, where, coded)), *_sums(e, engine)]
    kept = ["k", *(f"raw_{c}" for c in range(e.n_columns))]
    steps.append(("raw", _select(["k", *_raw(e, engine)], steps[-1][0])))
    answers: list[tuple[str, str]] = []
    if answer:
        added, answers = link_steps(e, engine)
        for name, columns in added:
            steps.append((name, _select([*kept, *columns], steps[-1][0])))
            kept += [text.rpartition(" AS ")[2] for text in columns]
    shown = [f"k AS {quoted(key)}"] if key is not None else []
    shown += [f"raw_{c}" for c in range(e.n_columns)]
    shown += [f"{text} AS {name}" for text, name in answers]
    parts = ",\n".join(f"{_PREFIX}{name} AS MATERIALIZED (\n{body}\n)" for name, body in steps)
    return f"{_head(e, words)}\nWITH {parts}\n{_select(shown, steps[-1][0])}\n"


def _select(columns: list[str], step: str) -> str:
    return f"SELECT {', '.join(columns)}\nFROM {_PREFIX}{step}"


def _head(e: TreeEnsemble, words: Vocabulary) -> str:
    trees = "1 tree" if e.n_trees == 1 else f"{e.n_trees} trees"
    lines = [f"{SQL_MARK}: {trees}, {e.n_leaves} leaves.", *(f"-- {line}" for line in code_lines(e, words))]
    if e.task == "classification":
        # escaped to one line of plain characters, since a line break would end the comment
        lines += [f"-- probabilities are of {[str(label) for label in own]!a}" for own in e.classes]
    return "\n".join(lines)


def _table(table: str | tuple[str, ...]) -> str:
    parts = (table,) if isinstance(table, str) else tuple(table)
    if not parts or not all(isinstance(part, str) for part in parts):
        raise TypeError(f"table must be a name or a tuple of names, got {table!r}")
    if len(parts) == 1 and parts[0].lower().startswith(_PREFIX):
        raise ValueError(f"a table must not be called {parts[0]!r}: steps of the statement are")
    return ".".join(map(quoted, parts))


def _check_names(e: TreeEnsemble, words: Vocabulary, key: str | None, engine: Dialect) -> None:
    seen: dict[str, str] = {}
    for f in e.used_features().tolist():
        name = words.names[f]
        same = name.lower() if engine.folds_case else name
        if same in seen:
            raise ValueError(f"columns {seen[same]!r} and {name!r} are one to this engine; rename one")
        seen[same] = name
    if key is not None and key.lower().startswith(("raw_", "probability_", "answer_")):
        raise ValueError(f"the key must not be called {key!r}: columns of the result are")


def _check_size(e: TreeEnsemble) -> None:
    if e.aggregation == "median" and e.n_trees > 1:
        raise UnsupportedModelError(
            "this model answers with the weighted median of its trees, which SQL has no expression for; "
            "export it as Python, or distil it into one tree"
        )
    fed = (e.output < 0) * (e.n_columns - 1) + 1
    n = int((fed * (e.root[1:] - e.root[:-1])).sum())
    if n > _MOST_NUMBERS:
        raise UnsupportedModelError(
            f"this model would be {n:,} branches and numbers in SQL, and engines take about "
            f"{_MOST_NUMBERS:,}; prune it first, or export it as Python"
        )
    columns = 2 * len(e.used_features()) + 3 * e.n_columns + _PLACES_A_STEP
    if columns > _MOST_COLUMNS:
        raise UnsupportedModelError(
            f"this model looks at {len(e.used_features()):,} columns, more than engines carry through a "
            "statement; prune it to fewer, or export it as Python"
        )


def _inputs(e: TreeEnsemble) -> list[str]:
    numbers = [f"x{f}" for f in used_columns(e, by_category=False)]
    return numbers + [f"c{f}" for f in used_columns(e, by_category=True)]


def _rows(
    e: TreeEnsemble,
    words: Vocabulary,
    engine: Dialect,
    key: str | None,
    table: str,
    coded: tuple[float, float] | None,
) -> str:
    """First step: the columns as numbers and codes, NULL where missing."""
    # with the table before it, a name that is not there is an error; alone, SQLite takes it for text
    shown = [f"p.{quoted(key)} AS k" if key is not None else "0 AS k"]
    by_category = used_columns(e, by_category=True)
    for f in used_columns(e, by_category=False):
        column = f"p.{quoted(words.names[f])}"
        number = engine.without(column, coded)
        if f in words.categories:
            unknown = "NULL" if f in by_category else engine.refuse(column)
            number = _named(words.categories[f], column, unknown, engine)
        shown.append(f"{engine.double(number)} AS x{f}")
    for f in by_category:
        column = f"p.{quoted(words.names[f])}"
        number = engine.without(column, coded)
        if f in words.categories:
            number = _named(words.categories[f], column, "NULL", engine)
        shown.append(f"{_code(e, number, engine)} AS c{f}")
    return f"SELECT {f',{chr(10)}  '.join(shown)}\nFROM {table} AS p"


def _named(names: dict[float, Name], column: str, unknown: str, engine: Dialect) -> str:
    held = {code: text_literal(x) if isinstance(x, str) else engine.digits(x) for code, x in names.items()}
    cases = " ".join(f"WHEN {name} THEN {engine.digits(code)}" for code, name in held.items())
    return f"CASE {column} {cases} ELSE {unknown} END"


def _code(e: TreeEnsemble, number: str, engine: Dialect) -> str:
    """Cut towards 0; -1 for negative codes."""
    between = 0 if e.unknown_category == "right" else -1
    return (
        f"CASE WHEN {number} <= -1 THEN -1 WHEN {number} < 0 THEN {between} "
        f"ELSE {engine.rounded_down(number)} END"
    )


def _sums(e: TreeEnsemble, engine: Dialect) -> Iterator[tuple[str, str]]:
    """Steps that add the trees up, some at a time: no engine takes all in one expression."""
    trees, inputs, before = SqlTrees.of(e, engine), _inputs(e), "rows"
    sums = [engine.double(engine.digits(float(base))) for base in e.base_score]
    t = 0
    while t < e.n_trees:
        levels, first = {}, t
        places: list[str] = []
        while t < e.n_trees and t - first < _TREES_A_STEP:
            own = trees.levels(t)
            if places and len(places) + len(own) - 1 > _PLACES_A_STEP:
                break
            levels[t] = own
            places += [f"b{t}_{level}" for level in range(1, len(own))]
            t += 1
        kept = ["k", *inputs, *([] if first == 0 else [f"r{c}" for c in range(e.n_columns)])]
        for level in range(1, max(map(len, levels.values()))):
            walks = [trees.walk(u, own[level - 1], level) for u, own in levels.items() if len(own) > level]
            yield f"walk_{first}_{level}", _select([*kept, *walks], before)
            kept += [text.rpartition(" AS ")[2] for text in walks]
            before = f"walk_{first}_{level}"
        for c in range(e.n_columns):
            terms = [trees.term(u, own, c) for u, own in levels.items() if e.output[u] in (-1, c)]
            sums[c] = f"{' + '.join([sums[c], *terms])} AS r{c}"
        yield f"sum_{first}", _select(["k", *inputs, *sums], before)
        before, sums = f"sum_{first}", [f"r{c}" for c in range(e.n_columns)]


def _raw(e: TreeEnsemble, engine: Dialect) -> list[str]:
    if e.aggregation != "mean":
        return [f"r{c} AS raw_{c}" for c in range(e.n_columns)]
    totals = total_weights(e)
    return [
        f"r{c} / {engine.double(engine.digits(float(totals[c])))} AS raw_{c}" for c in range(e.n_columns)
    ]
