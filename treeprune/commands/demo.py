"""``treeprune demo``: the main job on a table."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treeprune import datasets
from treeprune.commands.evidence import REPORTS, command_line, save_report
from treeprune.commands.options import add_command, check_to_write, names
from treeprune.commands.printing import Voice

if TYPE_CHECKING:
    import pandas as pd

_LOADERS: dict[str, Callable[[], datasets.Dataset]] = {
    "breast_cancer": datasets.load_breast_cancer,
    "diabetes": datasets.load_diabetes,
    "cohort": datasets.load_clinical_cohort,
    "cleveland": datasets.load_cleveland,
    "support2": datasets.load_support2,
    "diabetes_130": datasets.load_diabetes_130,
}
"""Data sets by name; the last three are downloaded, or found where TREEPRUNE_DATA says."""

_TEXT = """\
Grow a decision tree and a random forest, prune both by cost-complexity with
the one-standard-error rule, and compare them on rows that no model has seen."""

_EXAMPLE = "  treeprune demo --data cohort --report audit.html"


def add(commands: Any) -> None:
    """Enter the command.

    Parameters
    ----------
    commands : argparse subparsers
    """
    demo = add_command(
        commands,
        "demo",
        summary="grow and prune a tree and a forest on a clinical table",
        text=_TEXT,
        example=_EXAMPLE,
    )
    demo.add_argument(
        "--data", metavar="TABLE",
        help=f"CSV file, or one of {', '.join(_LOADERS)} (breast cancer, which is built in)",
    )  # fmt: skip
    demo.add_argument("--target", metavar="COLUMN", help="column of the file to predict")
    demo.add_argument(
        "--exclude", type=names, default=[], metavar="COLUMNS",
        help="columns to leave out, separated by commas",
    )  # fmt: skip
    demo.add_argument(
        "--output", type=Path, default=Path("treeprune-demo"), metavar="FOLDER",
        help="for models and picture (treeprune-demo)",
    )  # fmt: skip
    demo.add_argument(
        "--report", type=Path, metavar="FILE", help="audit report on the pruned forest: .html or .json"
    )
    demo.add_argument("--trees", type=int, default=200, metavar="N", help="trees of the forest (200)")
    demo.add_argument("--seed", type=int, default=0, help="of all that is drawn (0)")
    demo.add_argument("--n-jobs", type=int, default=-1, metavar="N", help="threads (all)")
    demo.set_defaults(run=run)


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
    from treeprune import demo

    voice = Voice()
    if arguments.report is not None:
        check_to_write(arguments.report, REPORTS)
    X, y = _table(arguments)
    result = demo.run(
        X,
        y,
        arguments.output,
        n_trees=arguments.trees,
        seed=arguments.seed,
        n_jobs=arguments.n_jobs,
        verbose=voice.shows_progress,
    )
    voice.table(result.frame, "Before and after pruning, on rows that no model has seen")
    for path in result.files:
        voice.say(f"saved {path}")
    if arguments.report is not None:
        save_report(
            result.comparisons["forest"],
            arguments.report,
            voice,
            before_name="the forest",
            after_name="the pruned forest",
            command=command_line(arguments),
        )
    return 0


def _table(arguments: argparse.Namespace) -> tuple[pd.DataFrame, pd.Series[Any]]:
    """Columns and outcome, of a file or of a data set by its name."""
    from treeprune import demo

    given = arguments.data
    if given is not None and given not in _LOADERS and not Path(given).exists():
        raise FileNotFoundError(f"there is no file {given}, nor a data set of that name")
    if given not in _LOADERS or Path(given).exists():
        return demo.load_table(None if given is None else Path(given), arguments.target, arguments.exclude)
    data = _LOADERS[given]()
    if arguments.target is not None:
        raise ValueError(f"--target is for a file of your own; {given} predicts {data.y.name}")
    missing = [name for name in arguments.exclude if name not in data.X.columns]
    if missing:
        raise ValueError(f"{given} has no column {', '.join(missing)}")
    return data.X.drop(columns=arguments.exclude), data.y
