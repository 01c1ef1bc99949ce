"""What the columns of plans and paths mean."""

from __future__ import annotations

from collections.abc import Iterable

WORDS = {
    "tree": "its number in the native model",
    "node": "its number in the native tree",
    "depth": "questions above it",
    "split": "the question that goes",
    "support_rows": "training rows that reached it",
    "held_out_rows": "rows that decided and reached it",
    "leaves_removed": "leaves that go with it",
    "nodes_removed": "nodes that go with it",
    "risk_increase": "what the training risk rises by",
    "loss_increase": "what the loss on the rows that decided rises by",
    "cost_increase": "what the cost by the pruner's criterion rises by",
    "kept": "whether something of it stays",
    "factor": "what its leaf values were multiplied by; 0: gone, or fitted anew",
    "enters_at": "size of the model at which it comes in",
    "n_nodes": "nodes",
    "n_leaves": "leaves",
    "n_trees": "trees",
    "value_change": "root mean square change of its leaf values",
    "splits_collapsed": "splits that became leaves",
    "feature": "group of columns",
    "why": "mandatory, kept, or the method by which it went",
    "step": "step of the path at which it went or came for good",
    "saliency": "what it was worth there, in the unit of the method",
    "loss": "mean loss over held-out rows",
    "loss_se": "standard error of that mean",
    "max_change": "largest change of a row's answer",
    "mean_change": "mean change of a row's answer",
    "high_change": "99th percentile of the change of a row's answer",
    "ccp_alpha": "strength of pruning from which on the step holds",
    "risk": "training risk",
    "first_loss": "loss of as many of the first trees",
    "max_nodes": "nodes of a model at the most",
    "max_features": "columns of a model at the most",
    "n_features": "groups of columns with a coefficient that is not 0",
    "strength": "of the penalty",
    "kkt": "violation of the conditions of an optimum",
    "way": "how subtrees and values were chosen",
    "chosen": "whether the step was taken",
}


def legend(columns: Iterable[object]) -> str:
    """Meanings of those columns that do not say themselves what they are."""
    known = [f"{name}: {WORDS[str(name)]}" for name in columns if str(name) in WORDS]
    return "; ".join(known) + "." if known else ""
