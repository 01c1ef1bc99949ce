"""``treeprune demo``: the main job on a table."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from treeprune.commands.printing import print_table


def add(commands: Any) -> None:
    """Enter the command.

    Parameters
    ----------
    commands : argparse subparsers
    """
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
    print_table(result.frame, "Before and after pruning, on rows that no model has seen")
    for path in result.files:
        print(f"saved {path}")
    return 0
