"""Evidence about two model files: the comparison, its gates, its report."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from treeprune.audit.report import PruningReport
from treeprune.commands.columns import columns_for
from treeprune.commands.model_files import ModelFile
from treeprune.commands.options import check_to_write, names, numbers
from treeprune.commands.printing import Voice
from treeprune.commands.rows import Asked, Rows, n_shared, read_rows
from treeprune.commands.tables import read_table
from treeprune.evidence.comparison import Comparison
from treeprune.faithfulness.compare import compare

REPORTS = (".html", ".json")
"""What names of reports end in."""


def add_evidence(parser: argparse.ArgumentParser, *margin: str) -> None:
    """Options of the evidence.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    *margin : str
        What the option for the margin of non-inferiority is called.
    """
    group = parser.add_argument_group("evidence")
    group.add_argument(
        "--report", type=Path, metavar="FILE",
        help="audit report: a page if it ends in .html, the same as JSON if in .json",
    )  # fmt: skip
    group.add_argument(
        "--policy", type=Path, metavar="FILE",
        help='JSON: {"fidelity R2": 0.95, "signed overlap": null} sets a bar and leaves a gate out',
    )  # fmt: skip
    group.add_argument(
        "--train", type=Path, metavar="TABLE",
        help="rows that the model was trained on: background of SHAP values, and where the file says how "
        "the model was trained (skops) it is trained anew on them: gates then ask for no more than a "
        "retrained model reaches",
    )  # fmt: skip
    group.add_argument(
        "--params", type=Path, metavar="FILE",
        help="JSON: parameters that an XGBoost model was trained with, n_estimators among them; its file "
        "does not hold them, and with --train it can then be trained anew",
    )  # fmt: skip
    group.add_argument("--n-retrains", type=int, metavar="N", help="how often it is trained anew (5)")
    group.add_argument(
        "--background", type=Path, metavar="TABLE", help="background of SHAP values, if not --train"
    )
    group.add_argument("--subgroups", type=names, default=[], metavar="COLUMNS", help="compare in them too")
    group.add_argument(
        "--thresholds", type=numbers, default=[0.5], metavar="P,...",
        help="probabilities at which something is done (.5)",
    )  # fmt: skip
    group.add_argument(
        *margin, type=float, default=0.02, dest="evidence_margin", metavar="M",
        help="by which AUC or R2 may fall (.02)",
    )  # fmt: skip
    group.add_argument(
        "--min-count", type=int, default=11, metavar="N", help="cells of fewer rows are hidden (11)"
    )


def check_evidence(arguments: argparse.Namespace, *read: Path) -> None:
    """Refuse, before any work, options that cannot be met.

    Parameters
    ----------
    arguments : argparse.Namespace
    *read : pathlib.Path
        Files that must not be written over.

    Raises
    ------
    ValueError, OSError
    """
    if arguments.report is not None:
        check_to_write(arguments.report, REPORTS, *read)
    if not all(0 < cut < 1 for cut in arguments.thresholds) or not arguments.thresholds:
        raise ValueError("--thresholds must be probabilities between 0 and 1, separated by commas")
    if not 0 <= arguments.evidence_margin < np.inf:
        raise ValueError(f"the margin must be a number >= 0, got {arguments.evidence_margin:g}")
    if arguments.min_count < 1:
        raise ValueError(f"--min-count must be 1 at least, got {arguments.min_count}")
    if arguments.params is not None and arguments.train is None:
        raise ValueError("--params are to train anew: give rows to train on by --train")
    if arguments.n_retrains is not None and arguments.train is None:
        raise ValueError("--n-retrains needs rows to train on: give them by --train")


@dataclass(frozen=True, eq=False)
class View:
    """Two models that can be compared, and rows as both take them.

    Parameters
    ----------
    before, after : object
    prepared : callable
        ``prepared(X)``: features as both models take them.
    """

    before: Any
    after: Any
    prepared: Callable[[pd.DataFrame], Any]


def view_of(before: ModelFile, after: ModelFile, X: pd.DataFrame) -> View:
    """How two model files are compared.

    Pipelines that prepare their columns alike are compared behind the preparation: there are sizes, and
    exact SHAP values of what the models see.

    Parameters
    ----------
    before, after : ModelFile
    X : pandas.DataFrame
        Rows that show whether the preparations are alike.

    Returns
    -------
    View
    """
    if before.prepare is not None and after.prepare is not None:
        a, b = before.prepared(X), after.prepared(X)
        if type(a) is type(b) and a.shape == b.shape and _equal(a, b):
            return View(before.last, after.last, before.prepared)
    a, b = (file.last if file.prepare is None else file.model for file in (before, after))
    return View(a, b, before.raw)


def _equal(a: Any, b: Any) -> bool:
    return bool(a.equals(b)) if hasattr(a, "equals") else (a != b).nnz == 0


def read_training_rows(
    arguments: argparse.Namespace, before: ModelFile, asked: Asked, judging: Rows, voice: Voice
) -> Rows | None:
    """Rows that the model before was trained on, if they are given.

    Parameters
    ----------
    arguments : argparse.Namespace
    before : ModelFile
    asked : Asked
    judging : Rows
        Those that are none of them.
    voice : Voice
        Told of such that are.

    Raises
    ------
    ValueError
        If it was asked to be trained anew so many times, and its file does not say how.
    """
    if arguments.train is None:
        return None
    if not before.refits:
        why = f"{before.path.name} does not say how the model was trained, so it cannot be trained anew"
        if arguments.n_retrains is not None:
            raise ValueError(f"{why}: leave out --n-retrains")
        voice.note(f"{why}; gates keep the bars that need no retraining")
    train = read_rows(before, arguments.train, asked.in_training(), voice)
    shared = n_shared(train, judging)
    if shared:
        voice.note(
            f"{shared:,} rows that judge are equal to rows of {arguments.train.name}: they flatter a model "
            "that was trained on them"
        )
    return train


def compared(
    arguments: argparse.Namespace,
    before: ModelFile,
    view: View,
    judging: Rows,
    train: Rows | None,
    voice: Voice,
) -> Comparison:
    """Compare two model files on rows.

    Parameters
    ----------
    arguments : argparse.Namespace
        With the options of `add_evidence`.
    before : ModelFile
    view : View
    judging : Rows
    train : Rows or None
    voice : Voice

    Returns
    -------
    Comparison
    """
    background = None if train is None else train.X
    if arguments.background is not None:
        path = arguments.background
        background = columns_for(before, read_table(path), path, [arguments.target, *arguments.exclude])
    retrain = None
    if train is not None and before.refits:
        retrain = (view.prepared(train.X), train.y)
    return compare(
        view.before,
        view.after,
        view.prepared(judging.X),
        judging.y,
        judging.weights,
        background=None if background is None else view.prepared(background),
        subgroups=judging.subgroups,
        thresholds=arguments.thresholds,
        margin=arguments.evidence_margin,
        retrain=retrain,
        n_retrains=5 if arguments.n_retrains is None else arguments.n_retrains,
        min_count=arguments.min_count,
        random_state=arguments.seed,
        n_jobs=arguments.n_jobs,
        verbose=voice.shows_progress,
    )


def save_report(comparison: Comparison, path: Path | None, voice: Voice, **given: Any) -> PruningReport:
    """Make a report, and write it as its name says.

    Parameters
    ----------
    comparison : Comparison
    path : pathlib.Path or None
        Ends in ``.html`` or ``.json``; without one nothing is written.
    voice : Voice
    **given : object
        The other arguments of `PruningReport`.

    Returns
    -------
    PruningReport
    """
    report = PruningReport(comparison, **given)
    if path is not None:
        (report.to_html if path.suffix == ".html" else report.to_json)(path)
        voice.say(f"saved {path}")
    return report


def command_line(arguments: argparse.Namespace) -> str:
    """What was typed."""
    return shlex.join(["treeprune", *arguments.words])
