"""``treeprune compare``: two model files on a table, with a verdict for pipelines."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from treeprune.commands.columns import check_takes
from treeprune.commands.evidence import (
    add_evidence,
    check_evidence,
    command_line,
    compared,
    read_training_rows,
    save_report,
    view_of,
)
from treeprune.commands.model_files import open_model
from treeprune.commands.options import (
    MODEL_FILE,
    add_command,
    add_rows,
    add_voice,
    read_policy,
    voice_of,
)
from treeprune.commands.rows import Asked, read_rows
from treeprune.evidence.gates import gate

_TEXT = """\
Hold two models against each other on rows that neither was trained on, and
judge the second by gates: how close its answers and its reasons (SHAP values)
are, and whether it is worse in AUC or R2 by more than --margin.

The exit code is 0 if no gate fails, 1 if one does, and 2 if the comparison
could not be made."""

_EXAMPLE = """\
  treeprune compare model.ubj small.ubj --data held_out.csv --target died \\
      --subgroups sex,race --report audit.html"""


def add(commands: Any) -> None:
    """Enter the command.

    Parameters
    ----------
    commands : argparse subparsers
    """
    parser = add_command(
        commands,
        "compare",
        summary="hold a pruned model against the one it was made of",
        text=_TEXT,
        example=_EXAMPLE,
    )
    parser.add_argument("before", type=Path, help=MODEL_FILE)
    parser.add_argument("after", type=Path, help="model file")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="TABLE",
        help="held-out rows: .csv, .parquet, .arrow, .feather",
    )  # fmt: skip
    add_rows(parser)
    add_evidence(parser, "--margin", "--gate-margin")
    add_voice(parser)
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
    voice = voice_of(arguments)
    check_evidence(arguments, arguments.before, arguments.after, arguments.data)
    policy = read_policy(arguments.policy)
    before = open_model(arguments.before).with_params(arguments.params)
    after = open_model(arguments.after)
    asked = Asked.of(arguments)
    judging = read_rows(before, arguments.data, asked, voice)
    check_takes(after, before, judging.X, arguments.data)
    before, after = before.named(judging.X), after.named(judging.X)
    train = read_training_rows(arguments, before, asked, judging, voice)
    view = view_of(before, after, judging.X)
    comparison = compared(arguments, before, view, judging, train, voice)
    voice.table(comparison.to_frame(), f"On {comparison.n_rows:,} rows")
    gates = gate(comparison, policy)
    voice.say(gates)
    if arguments.report is not None:
        save_report(
            comparison,
            arguments.report,
            voice,
            before_name=before.path.name,
            after_name=after.path.name,
            policy=policy,
            data_roles=None if train is None else {"train": view.prepared(train.X)},
            command=command_line(arguments),
        )
    return gates.exit_code
