"""What the trees of a model are to its answer, and which loss is fitted behind its link."""

from __future__ import annotations

from typing import Literal

from treeprune.criteria.joint.losses import LossKind
from treeprune.model.ensemble import TreeEnsemble

FormKind = Literal["sum", "mean", "shares", "votes"]

_BY_LOSS: dict[tuple[str, str], LossKind] = {
    ("identity", "squared_error"): "squared_error",
    ("identity", "absolute_error"): "absolute_error",
    ("log", "poisson"): "poisson",
    ("log", "gamma"): "gamma",
    ("log", "tweedie"): "tweedie",
}
"""What is fitted behind a link for a loss."""

_BY_LINK: dict[str, LossKind] = {
    "identity": "squared_error",
    "log": "poisson",
    "softmax": "log_loss",
    "logit": "one_against_all",
    # a side of 0 is all that a hinge loss asks for, and the log loss is least on the right one
    "step": "one_against_all",
    # exp(-log(1 + exp(raw))) is a chance whose log odds are -raw: LightGBM trains it by the log loss
    "log1p_exp": "one_against_all",
    # roots with a sign are what such a model is trained on
    "signed_square": "squared_error",
}
"""What is fitted where the loss says nothing behind the link."""


def kind_of(ensemble: TreeEnsemble) -> FormKind:
    """What joint pruning makes of the trees of a model.

    Parameters
    ----------
    ensemble : TreeEnsemble
        Whose trees are summed or averaged.

    Returns
    -------
    {"sum", "mean", "shares", "votes"}
        Trees are steps of a sum; numbers, or what stands before a link, are averaged; shares of classes
        are; or votes are, which count by factors beside the trees and follow from what these hold.
    """
    e = ensemble
    if e.aggregation == "sum":
        return "sum"
    if e.task == "regression":
        return "mean"
    if e.link == "identity":
        return "shares"
    return "votes" if e.reweight == "weight" else "mean"


def loss_kind(ensemble: TreeEnsemble, judged: str | None) -> LossKind:
    """Loss that leaf values are fitted by.

    Parameters
    ----------
    ensemble : TreeEnsemble
    judged : str or None
        Name of the loss by which models will be judged. It is fitted itself where it can be, else the loss
        of the training, else one that goes with the link.

    Returns
    -------
    str
        See `treeprune.criteria.joint.losses.RowLoss`.
    """
    e = ensemble
    for name in (judged, e.trained_by):
        found = _BY_LOSS.get((e.link, name or ""))
        if found is not None:
            return found
    usual = _BY_LINK[e.link]
    return "log_loss" if usual == "one_against_all" and e.n_columns == 1 else usual
