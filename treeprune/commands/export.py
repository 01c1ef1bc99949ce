"""``treeprune export``: a model file as ONNX, C, SQL, Python, treelite or rules."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklearn.pipeline import Pipeline

from treeprune.backends import read
from treeprune.commands.columns import columns_for
from treeprune.commands.model_files import ModelFile, open_model
from treeprune.commands.options import MODEL_FILE, add_command
from treeprune.commands.tables import check_columns_there, read_table
from treeprune.export.inputs import UNPLACED, numbers_categories
from treeprune.export.own_words import holds_words_of_unknown_columns, own_categories, table_of_codes
from treeprune.export.parity import check_parity
from treeprune.export.rules import to_rules
from treeprune.export.vocabulary import used_columns
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
    parser.add_argument(
        "--last-step", action="store_true", help="of a pipeline: the model alone, for rows prepared before"
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
    if arguments.last_step and file.prepare is None:
        raise ValueError(f"--last-step is for pipelines, and {arguments.model.name} is none")
    table = None
    if arguments.data is not None:
        table = _inputs(file, arguments.data, arguments.target)
    model = file.model
    if arguments.last_step:
        model = file.named(table).last
        table = None if table is None else file.prepared(table)
    codes = _codes(model) if "codes" in known else []
    options |= {"codes": True} if codes else {}
    export = to_rules(model) if arguments.to == "rules" else written(arguments.to, model, table, options)
    size = _save(export, arguments.output)
    print(f"saved {arguments.output}: {size:,} bytes ({arguments.model.name}: {_size(arguments.model):,})")
    if codes:
        print("categories go in as numbers:", *codes, sep="\n  ")
    if arguments.to == "sql" and arguments.key is None:
        print("rows come without a key, and databases promise no order: --key COLUMN hands one through")
    if table is None:
        return 0
    words = {name: options[name] for name in ("table", "key") if name in options}
    parity = check_parity(export, model, table, **words)
    print(parity)
    return 0 if parity.agrees else 1


def _codes(model: Any) -> list[str]:
    """Which word is which number, of a model that numbers categories itself."""
    if isinstance(model, Pipeline) or not numbers_categories(model):
        return []
    e, words = read(model), own_categories(model)
    if holds_words_of_unknown_columns(model):
        raise ValueError(UNPLACED)
    if unknown := [e.name_of(f) for f in used_columns(e, by_category=True) if f not in words]:
        raise ValueError(
            f"the file does not say which word of {unknown} is which number: XGBoost's does where pyarrow "
            "is installed and all words are plain ASCII; in Python give codes=True"
        )
    return table_of_codes(map(e.name_of, range(e.n_features)), words, e.used_features().tolist())


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
