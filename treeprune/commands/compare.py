"""``treeprune compare``: two model files on a table, with a verdict for pipelines."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from treeprune.commands.printing import print_table
from treeprune.commands.tables import read_table, rows_for
from treeprune.evidence.gates import gate
from treeprune.faithfulness.compare import compare
from treeprune.files import replacing
from treeprune.loading import load_model


def add(commands: Any) -> None:
    """Enter the command.

    Parameters
    ----------
    commands : argparse subparsers
    """
    parser = commands.add_parser(
        "compare",
        help="hold a pruned model against the one it was made of",
        description="Compare two models on rows that neither was trained on, and judge by gates. The exit "
        "code is 0 if no gate fails, 1 if one does, and 2 if the comparison could not be made.",
    )
    parser.add_argument("before", type=Path, help="model file: XGBoost, LightGBM or skops")
    parser.add_argument("after", type=Path, help="model file")
    parser.add_argument("--data", type=Path, required=True, help="CSV or parquet table of held-out rows")
    parser.add_argument("--target", required=True, help="column of the outcome")
    parser.add_argument("--background", type=Path, help="table of rows that both were trained on")
    parser.add_argument("--policy", type=Path, help="JSON file: gate -> bar, or null to leave it out")
    parser.add_argument("--margin", type=float, default=0.02, help="by which AUC or R2 may fall (0.02)")
    parser.add_argument("--report", type=Path, help="JSON file for metrics and gates")
    parser.add_argument("--seed", type=int, default=0)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run it.

    Parameters
    ----------
    arguments : argparse.Namespace

    Returns
    -------
    int
        0 if no gate fails, else 1.
    """
    policy = _policy(arguments.policy)
    before, after = load_model(arguments.before), load_model(arguments.after)
    table = read_table(arguments.data)
    X, y = rows_for(before, table, arguments.target)
    background = None
    if arguments.background is not None:
        background, _ = rows_for(before, read_table(arguments.background), arguments.target)
    comparison = compare(
        before, after, X, y, background=background, margin=arguments.margin, random_state=arguments.seed
    )
    report = gate(comparison, policy)
    print_table(comparison.to_frame(), f"{arguments.before.name} and {arguments.after.name}, {len(y)} rows")
    print(report)
    if arguments.report is not None:
        document = {
            "before": comparison.before,
            "after": comparison.after,
            "between": comparison.between,
            "n_rows": comparison.n_rows,
            **report.to_dict(),
        }
        with replacing(arguments.report) as temporary:
            Path(temporary).write_text(json.dumps(_plain(document), indent=2), encoding="utf-8")
        print(f"saved {arguments.report}")
    return report.exit_code


def _policy(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        policy = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name} is no JSON: {error}") from error
    if not isinstance(policy, dict):
        raise ValueError(f"{path.name} must hold an object of gates and bars")
    return policy


def _plain(value: Any) -> Any:
    """What JSON can hold: numbers that are not finite become null."""
    if isinstance(value, dict):
        return {str(name): _plain(x) for name, x in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(x) for x in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
