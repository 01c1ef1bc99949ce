"""``treeprune export``: a model file as ONNX, C, SQL, Python, treelite or rules."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treeprune.commands.columns import columns_for
from treeprune.commands.model_files import ModelFile, open_model
from treeprune.commands.options import MODEL_FILE, add_command
from treeprune.commands.tables import check_columns_there, read_table
from treeprune.export.parity import check_parity
from treeprune.export.rules import to_rules
from treeprune.export.writers import WRITERS, written
from treeprune.files import replacing

if TYPE_CHECKING:
    import pandas as pd

_TEXT = """\
Write a model as something that needs no treeprune. With --data the export is
run on a table and compared with the model row by row.

The exit code is 0, 1 if a row differs by more than rounding, and 2 if it could
not be done."""

_EXAMPLE = """\
  treeprune export small.ubj --to onnx --data held_out.csv -o small.onnx"""


def add(commands: Any) -> None:
    """Enter the command.

    Parameters
    ----------
    commands : argparse subparsers
    """
    parser = add_command(
        commands,
        "export",
        summary="write a model for devices, services, databases or readers",
        text=_TEXT,
        example=_EXAMPLE,
    )
    parser.add_argument("model", type=Path, help=MODEL_FILE)
    parser.add_argument("--to", required=True, choices=[*WRITERS, "rules"])
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help="file to write; of C the header goes beside it"
    )
    parser.add_argument(
        "--data", type=Path, metavar="TABLE", help="rows to compare on: .csv, .parquet, .arrow, .feather"
    )
    parser.add_argument(
        "--target", metavar="COLUMN", help="column of the table that is the outcome, and no input"
    )
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
    file = open_model(arguments.model)
    model, table = file.model, None
    if arguments.data is not None:
        table = _inputs(file, arguments.data, arguments.target)
    export = to_rules(model) if arguments.to == "rules" else written(arguments.to, model, table, options)
    size = _save(export, arguments.output)
    print(f"saved {arguments.output}: {size:,} bytes ({arguments.model.name}: {_size(arguments.model):,})")
    if table is None:
        return 0
    words = {name: options[name] for name in ("table", "key") if name in options}
    parity = check_parity(export, model, table, **words)
    print(parity)
    return 0 if parity.agrees else 1


def _inputs(file: ModelFile, path: Path, target: str | None) -> pd.DataFrame:
    """Columns that a model takes; without names of its own, all that are not the outcome."""
    table = read_table(path)
    others = [] if target is None else [target]
    check_columns_there(table, others, path)
    return columns_for(file, table, path, others)


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
