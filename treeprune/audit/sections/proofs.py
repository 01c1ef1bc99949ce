"""What is proven for all inputs, and what runs elsewhere."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from treeprune.audit.context import Context
from treeprune.audit.parts import Measure, Section, Table
from treeprune.evidence.attributions import spread_rows
from treeprune.exceptions import UnsupportedModelError
from treeprune.export.parity import Parity, check_parity
from treeprune.export.python_source import to_python
from treeprune.export.sql import to_sql
from treeprune.statistics.rows import take_rows

_ROWS = 500

_MOST_NODES = 5000
"""A larger model is no text that anybody would carry elsewhere."""

_SAID = ("exact", "trivial", "coarse")


def certificate(context: Context) -> Section:
    """Bounds over all inputs of a domain."""
    key, heading, found = "certificate", "Certificate", context.certificate
    if found is None:
        return Section(key, "Impact Assessment", heading,
                       ("Not assessed: no certificate was handed in. Nothing is known of inputs that are "
                        "unlike the test rows.",))  # fmt: skip
    unit = {"probability": "probability", "raw": "units of the raw output"}.get(
        str(found.get("on")), "answer"
    )
    domain = "all inputs of the certificate's domain, not rows of a table"
    words = {
        "bound": "no input of the domain changes the output by more",
        "reached": "largest change that an input of the domain was found to reach",
    }
    measures = [
        Measure(name, float(found[name]), unit, text, domain)
        for name, text in words.items()
        if isinstance(found.get(name), int | float)
    ]
    said = [(name, found[name]) for name in _SAID if isinstance(found.get(name), bool)]
    text = "The input that changes most stands in the certificate itself; no input is printed here."
    tables = (Table.of("How far the search went", ("what", "answer"), said),) if said else ()
    return Section(key, "Impact Assessment", heading, (text,), tuple(measures), tables)


def exports(context: Context) -> Section:
    """Whether the model says the same as a Python function and as an SQL statement."""
    key, heading = "exports", "Exports"
    pair = context.comparison.pair
    if not context.exports or pair.after.structure != "trees":
        why = (
            "exports were not asked for" if not context.exports else "the model after is not made of trees"
        )
        return Section(key, "Impact Assessment", heading, (f"Not assessed: {why}.",))
    model, n = pair.after.model, pair.after.ensemble.n_nodes
    if n > _MOST_NODES:
        why = f"the model has {n:,} nodes, more than {_MOST_NODES:,}"
        return Section(key, "Impact Assessment", heading, (f"Not assessed: {why}.",))
    X = take_rows(pair.X, spread_rows(len(pair.y), _ROWS))
    rows, text = [], []
    for language, write in (("Python", to_python), ("SQL", to_sql)):
        try:
            export = write(model)
            rows.append(_line(language, export, check_parity(export, model, X)))
        except UnsupportedModelError as error:
            text.append(f"No {language} export: {error}")
        except ValueError:  # messages about tables can hold values of rows
            text.append(f"No {language} export could be checked on the test rows.")
    table = Table.of(
        "Exports beside the model",
        ("language", "agrees", "rows", "largest difference", "rounding allows", "bytes", "SHA-256"),
        rows,
        "The text was run on test rows, evenly spread, and its raw output compared with that of the "
        "model's own library; SQL in SQLite.",
    )
    return Section(key, "Impact Assessment", heading, tuple(text), tables=(table,) if rows else ())


def _line(language: str, export: str, found: Parity) -> tuple[Any, ...]:
    digest = sha256(export.encode()).hexdigest()
    return (
        language,
        found.agrees,
        found.n_rows,
        found.max_difference,
        found.bound,
        len(export.encode()),
        digest,
    )
