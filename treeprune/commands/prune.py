"""``treeprune prune``: a model file in, a smaller one of the same format out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from treeprune.commands.evidence import (
    add_evidence,
    check_evidence,
    command_line,
    compared,
    read_training_rows,
    save_report,
    view_of,
)
from treeprune.commands.methods import METHODS, Recipe, recipe_for
from treeprune.commands.model_files import ModelFile, open_model
from treeprune.commands.options import (
    MODEL_FILE,
    add_command,
    add_rows,
    add_voice,
    check_to_write,
    names,
    read_policy,
    value_of,
    voice_of,
)
from treeprune.commands.printing import Voice
from treeprune.commands.rows import Asked, Rows, n_shared, part, read_rows
from treeprune.evidence.comparison import Comparison
from treeprune.exceptions import ModelMismatchError
from treeprune.files import ENDINGS, replacing
from treeprune.loading import save_model

_TEXT = """\
Prune a trained model by rows that it was not trained on, and save it in its
own format. Some of the rows choose, the others (--test-size, or --held-out)
judge the result: the table shows both models on these.

The exit code is 0 if the pruned model was saved; 1 if gates were asked for
(--gate, --policy) and one fails: then nothing is saved but the report; 2 if
it could not be done: then files stay as they were."""

_EXAMPLE = """\
  treeprune prune model.ubj --data held_out.csv --target died \\
      --budget max_nodes=500 --report audit.html -o small.ubj"""


def add(commands: Any) -> None:
    """Enter the command.

    Parameters
    ----------
    commands : argparse subparsers
    """
    parser = add_command(
        commands, "prune", summary="make a model file smaller", text=_TEXT, example=_EXAMPLE
    )
    parser.add_argument("model", type=Path, help=MODEL_FILE)
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="file of the pruned model"
    )
    parser.add_argument(
        "--data", type=Path, required=True, metavar="TABLE",
        help="rows that the model was not trained on: .csv, .parquet, .arrow, .feather",
    )  # fmt: skip
    add_rows(parser)
    apart = parser.add_mutually_exclusive_group()
    apart.add_argument(
        "--held-out", type=Path, metavar="TABLE", help="rows that judge; all of --data choose"
    )
    apart.add_argument(
        "--test-size", type=float, default=0.25, metavar="SHARE", help="of --data that judges (.25)"
    )
    parser.add_argument(
        "--groups", metavar="COLUMN", help="rows of one group stay together (one patient's)"
    )
    _add_pruning(parser)
    add_evidence(parser, "--gate-margin")
    parser.add_argument("--gate", action="store_true", help="judge by the gates of --policy, or the usual")
    add_voice(parser)
    parser.set_defaults(run=run)


def _add_pruning(parser: argparse.ArgumentParser) -> None:
    pruning = parser.add_argument_group("pruning")
    pruning.add_argument(
        "--method", type=names, default=["auto"], metavar="M,...",
        help=f"one or more of {', '.join(METHODS)}; auto (default) tries all that fit",
    )  # fmt: skip
    pruning.add_argument(
        "--budget", nargs="+", metavar="LIMIT",
        help="most nodes (features of a linear model) as a number; or NAME=VALUE of max_nodes, max_trees, "
        "max_features, max_bytes, max_ms; a limit of nodes lets joint pruning go further",
    )  # fmt: skip
    pruning.add_argument(
        "--rule", type=value_of, metavar="R",
        help="1se (default): the smallest model within one standard error of the best; min: the best; "
        "non_inferior: the smallest shown to be worse by less than --margin",
    )  # fmt: skip
    pruning.add_argument("--margin", type=float, metavar="M", help="of non_inferior, in units of the loss")
    pruning.add_argument("--loss", metavar="L", help="loss of held-out rows, as log_loss or brier (auto)")
    pruning.add_argument("--cv", type=int, metavar="K", help="folds that choose (5)")
    pruning.add_argument(
        "--param", nargs="+", metavar="NAME=VALUE",
        help="parameters of the pruner of one --method, by their names in Python: n_trees=20",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Run it.

    Parameters
    ----------
    arguments : argparse.Namespace

    Returns
    -------
    int
        0, or 1 if a gate that was asked for fails.
    """
    voice = voice_of(arguments)
    check_to_write(arguments.output, (), arguments.model, arguments.data)
    check_evidence(arguments, arguments.model, arguments.data, arguments.output)
    policy = read_policy(arguments.policy)
    before = open_model(arguments.model).with_params(arguments.params)
    recipe = recipe_for(arguments, before, verbose=voice.shows_progress)
    check_to_write(arguments.output, recipe.endings(before.vendor))
    choosing, judging, train = _all_rows(arguments, before, recipe, voice)
    before = before.named(judging.X)
    counted = train if recipe.counts_training_rows else choosing
    assert counted is not None
    fitted = recipe.fit(before, counted)
    after = before.with_pruned(fitted.estimator_).named(judging.X)
    check_to_write(arguments.output, ENDINGS[after.vendor])
    view = view_of(before, after, judging.X)
    comparison = compared(arguments, before, view, judging, train, voice)
    voice.table(comparison.to_frame(), f"On {comparison.n_rows:,} rows that judge")
    for line in recipe.in_words(fitted):
        voice.say(line)
    if voice.verbose and recipe.searches:
        voice.say(fitted.results_.to_string())
    roles = recipe.roles(view.prepared(choosing.X))
    if train is not None:
        roles["train"] = view.prepared(train.X)
    if _fails(arguments, comparison, policy, voice, pruner=fitted, data_roles=roles or None):
        voice.note(f"a gate fails: {arguments.output} is not written")
        return 1
    _save(before, after, arguments.output, judging, voice)
    return 0


def _all_rows(
    arguments: argparse.Namespace, before: ModelFile, recipe: Recipe, voice: Voice
) -> tuple[Rows, Rows, Rows | None]:
    """Rows that choose, that judge, and that the model was trained on."""
    asked = Asked.of(arguments)
    rows = read_rows(before, arguments.data, asked, voice)
    if arguments.held_out is None:
        choosing, judging = part(rows, arguments.test_size, arguments.seed, stratify=before.classifies)
    else:
        choosing, judging = rows, read_rows(before, arguments.held_out, asked, voice)
        shared = n_shared(choosing, judging)
        if shared:
            voice.note(
                f"{shared:,} rows of {arguments.held_out.name} are equal to rows of {arguments.data.name}, "
                "so that they judge what they have chosen"
            )
    if arguments.report is not None and len(judging) < arguments.min_count:
        raise ValueError(
            f"a report needs {arguments.min_count} rows that judge (--min-count), there are {len(judging)}"
        )
    train = read_training_rows(arguments, before, asked, judging, voice)
    if recipe.counts_training_rows and train is None:
        raise ValueError(
            "method small_cell counts the rows that the model was trained on: give them by --train"
        )
    voice.say(
        f"{len(choosing):,} rows choose, {len(judging):,} others judge"
        + ("" if train is None else f"; {len(train):,} trained the model")
    )
    return choosing, judging, train


def _fails(
    arguments: argparse.Namespace,
    comparison: Comparison,
    policy: dict[str, Any] | None,
    voice: Voice,
    **given: Any,
) -> bool:
    """Report and judge, as far as asked; whether a gate fails that was asked for."""
    judged = arguments.gate or policy is not None
    if not judged and arguments.report is None:
        return False
    report = save_report(
        comparison,
        arguments.report,
        voice,
        before_name=arguments.model.name,
        after_name=arguments.output.name,
        policy=policy,
        n_candidates=getattr(given["pruner"], "n_candidates_", None),
        command=command_line(arguments),
        **given,
    )
    if judged:
        voice.say(report.gates)
    return judged and not report.gates.passed


def _save(before: ModelFile, after: ModelFile, path: Path, rows: Rows, voice: Voice) -> None:
    """Save, read back, and only then put the file in its place."""
    size = before.path.stat().st_size
    with replacing(path) as temporary:
        save_model(after.model, temporary)
        again = open_model(temporary).named(rows.X)
        if not np.array_equal(again.answers(rows.X), after.answers(rows.X)):
            raise ModelMismatchError(f"{path.name}, read back, answers otherwise than the pruned model")
    own = path.stat().st_size
    voice.say(f"saved {path} ({own:,} bytes), read back with the same answers")
    voice.say(f"{before.path.name} has {size:,} bytes")
