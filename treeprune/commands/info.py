"""``treeprune info``: what a model file holds."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from treeprune.about import info
from treeprune.loading import load_model


def add(commands: Any) -> None:
    """Enter the command.

    Parameters
    ----------
    commands : argparse subparsers
    """
    parser = commands.add_parser(
        "info", help="say what a model file holds, and what cannot be done with it"
    )
    parser.add_argument("model", type=Path, help="model file: XGBoost, LightGBM or skops")
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
    print(info(load_model(arguments.model)))
    return 0
