"""Command line: ``python -m treeprune demo``."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

_WHOLE_NUMBERS = {"trees", "nodes", "leaves", "depth", "features used", "bytes"}


def _in_words(name: str, value: float) -> str:
    if math.isnan(value):
        return ""
    if name in _WHOLE_NUMBERS:
        return f"{value:,.0f}"
    return f"{value:.1f}" if name == "prediction ms" else f"{value:.4f}"


def table_in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """Figures as the demo prints them.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a metric, one column a model.

    Returns
    -------
    pandas.DataFrame of str
    """
    rows = {str(name): [_in_words(str(name), value) for value in row] for name, row in frame.iterrows()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=frame.columns)


def _print_table(frame: pd.DataFrame) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Before and after pruning, on rows that no model has seen")
    table.add_column("")
    for column in frame.columns:
        table.add_column(column, justify="right")
    for name, row in table_in_words(frame).iterrows():
        table.add_row(*(Text(str(cell)) for cell in (name, *row)))
    Console().print(table)


def _demo(arguments: argparse.Namespace) -> None:
    from treeprune import demo

    exclude = [name.strip() for name in arguments.exclude.split(",") if name.strip()]
    X, y = demo.load_table(arguments.data, arguments.target, exclude)
    result = demo.run(
        X,
        y,
        arguments.output,
        n_trees=arguments.trees,
        seed=arguments.seed,
        n_jobs=arguments.n_jobs,
    )
    _print_table(result.frame)
    for path in result.files:
        print(f"saved {path}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="treeprune", description="Prune trained models.")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser(
        "demo",
        help="grow and prune a tree and a forest on a clinical table",
        description="Grow a decision tree and a random forest, prune both by cost-complexity with the "
        "one-standard-error rule, and compare them on rows that no model has seen.",
    )
    demo.add_argument("--data", type=Path, help="CSV table (default: breast cancer, built in)")
    demo.add_argument("--target", help="column to predict")
    demo.add_argument("--exclude", default="", help="columns to leave out, separated by commas")
    demo.add_argument(
        "--output", type=Path, default=Path("treeprune-demo"), help="folder for models and picture"
    )
    demo.add_argument("--trees", type=int, default=200, help="trees of the forest (default 200)")
    demo.add_argument("--seed", type=int, default=0)
    demo.add_argument("--n-jobs", type=int, default=-1, help="threads (default: all)")
    demo.set_defaults(run=_demo)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; those of the process by default.

    Returns
    -------
    int
        0, or 2 if the command could not be done; the reason is then one line on the error stream.
    """
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except (OSError, ValueError, TypeError) as error:
        print(f"treeprune: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
