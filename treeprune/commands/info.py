"""``treeprune info``: what a model file holds."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from treeprune.about import info
from treeprune.commands.columns import columns_for
from treeprune.commands.model_files import open_model
from treeprune.commands.options import MODEL_FILE, add_command, names
from treeprune.commands.tables import check_columns_there, read_table
from treeprune.footprint import footprint

_TEXT = """\
Say what a model file holds, how large it is, and what cannot be done with it;
with rows also how many nodes a row meets, and how long prediction takes."""

_EXAMPLE = "  treeprune info model.ubj --data held_out.csv"


def add(commands: Any) -> None:
    """Enter the command.

    Parameters
    ----------
    commands : argparse subparsers
    """
    parser = add_command(
        commands, "info", summary="say what a model file holds", text=_TEXT, example=_EXAMPLE
    )
    parser.add_argument("model", type=Path, help=MODEL_FILE)
    parser.add_argument("--data", type=Path, metavar="TABLE", help="rows to predict")
    parser.add_argument(
        "--exclude", type=names, default=[], metavar="COLUMNS",
        help="columns of --data that are no features, separated by commas; needed only for models that "
        "know no names",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run it.

    Parameters
    ----------
    arguments : argparse.Namespace

    Returns
    -------
    int
        0.
    """
    file = open_model(arguments.model).named()
    X = None
    if arguments.data is not None:
        table = read_table(arguments.data)
        check_columns_there(table, arguments.exclude, arguments.data)
        rows = columns_for(file, table, arguments.data, arguments.exclude)
        file = file.named(rows)
        X = file.prepared(rows)
    if file.prepare is not None:
        print(f"the last step of a pipeline: {' -> '.join(name for name, _ in file.model.steps)}")
    print(_of_linear(file.last) if file.linear else info(file.last))
    print(f"{'on disk':<15} {arguments.model.stat().st_size:,} bytes")
    if X is not None:
        print(f"\n{footprint(file.last, X)}")
    return 0


def _of_linear(model: Any) -> str:
    from treeprune.backends.linear import read_linear

    linear = read_linear(model)
    used = len(linear.used_features())
    return (
        f"model           sklearn.{type(model).__name__}\n"
        f"coefficients    {linear.coef.size:,}, {int((linear.coef != 0).sum()):,} of them not 0\n"
        f"columns         {linear.n_features:,}, {used:,} of them used"
    )
