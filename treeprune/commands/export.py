"""``treeprune export``: a model file as ONNX, C, SQL, Python, treelite or rules."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treeprune.commands.tables import read_table, rows_for
from treeprune.export.given import Given
from treeprune.export.parity import check_parity
from treeprune.export.rules import to_rules
from treeprune.export.writers import WRITERS, written
from treeprune.files import replacing
from treeprune.loading import load_model

if TYPE_CHECKING:
    import pandas as pd


def add(commands: Any) -> None:
    """Enter the command.

    Parameters
    ----------
    commands : argparse subparsers
    """
    parser = commands.add_parser(
        "export",
        help="write a model for devices, services, databases or readers",
        description="Write a model as something that needs no treeprune. With --data the export is run on "
        "a table and compared with the model row by row. The exit code is 0, 1 if a row differs by more "
        "than rounding, and 2 if it could not be done.",
    )
    parser.add_argument("model", type=Path, help="model file: XGBoost, LightGBM or skops")
    parser.add_argument("--to", required=True, choices=[*WRITERS, "rules"])
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help="file to write; of C the header goes beside it"
    )
    parser.add_argument("--data", type=Path, help="table to compare on: CSV, parquet or arrow")
    parser.add_argument("--target", help="column of the table that is the outcome, and no input")
    parser.add_argument(
        "--dtype", choices=["float64", "float32"], help="precision of ONNX and C (default: float64)"
    )
    parser.add_argument("--name", help="of C: what the names of functions start with (default: model)")
    parser.add_argument("--table", help="of SQL: where the columns stand (default: patients)")
    parser.add_argument("--key", help="of SQL: column that tells rows apart")
    parser.add_argument("--dialect", help="of SQL: sqlite, postgres or duckdb (default: sqlite)")
    parser.set_defaults(run=run)


_OPTIONS = ("dtype", "name", "table", "key", "dialect")


def run(arguments: argparse.Namespace) -> int:
    """Run it.

    Parameters
    ----------
    arguments : argparse.Namespace

    Returns
    -------
    int
        0, or 1 if a row of the table differs by more than rounding.

    Raises
    ------
    ValueError
        If an option is for another export, or there is nothing to compare.
    """
    options = {name: getattr(arguments, name) for name in _OPTIONS if getattr(arguments, name) is not None}
    known = WRITERS[arguments.to][1] if arguments.to in WRITERS else ()
    if foreign := [name for name in options if name not in known]:
        raise ValueError(f"--{foreign[0]} is not for --to {arguments.to}")
    if arguments.data is not None and (
        arguments.to == "rules" or options.get("dialect", "sqlite") != "sqlite"
    ):
        raise ValueError("--data compares what can be run here: leave it out for rules and other dialects")
    model = load_model(arguments.model)
    table = None if arguments.data is None else _inputs(model, read_table(arguments.data), arguments.target)
    export = to_rules(model) if arguments.to == "rules" else written(arguments.to, model, table, options)
    size = _save(export, arguments.output)
    print(f"saved {arguments.output}: {size:,} bytes ({arguments.model.name}: {_size(arguments.model):,})")
    if table is None:
        return 0
    words = {name: options[name] for name in ("table", "key") if name in options}
    parity = check_parity(export, model, table, **words)
    print(parity)
    return 0 if parity.agrees else 1


def _inputs(model: Any, table: pd.DataFrame, target: str | None) -> pd.DataFrame:
    """Columns that a model takes; without names of its own, all that are not the outcome."""
    if target is not None:
        return rows_for(model, table, target)[0]
    names = Given.of(model).read.feature_names
    if names is None:
        return table
    if missing := [name for name in names if name not in table.columns]:
        raise ValueError(f"the table has no column {missing[0]!r}, which the model needs")
    return table[list(names)]


def _save(export: Any, path: Path) -> int:
    """Write any export, and say how large it is."""
    if hasattr(export, "save"):
        export.save(path)
    else:
        with replacing(path) as temporary:
            if hasattr(export, "serialize"):  # treelite's own format
                export.serialize(temporary)
            else:
                Path(temporary).write_text(str(export), encoding="utf-8")
    return _size(path)


def _size(path: Path) -> int:
    return path.stat().st_size
