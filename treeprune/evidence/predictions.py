"""How the answers changed, and what that means for the outcomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from treeprune.agreement.bootstrap import difference_of, paired_bootstrap
from treeprune.agreement.delong import AreaComparison, delong
from treeprune.agreement.intervals import Interval
from treeprune.agreement.multiclass import multiclass_areas
from treeprune.agreement.noninferiority import NonInferiority, non_inferiority
from treeprune.agreement.prediction import (
    ChangeDistribution,
    change_distribution,
    fidelity_r2,
    mean_kl,
)
from treeprune.agreement.reclassification import (
    Flips,
    Reclassification,
    label_flips,
    net_reclassification,
)
from treeprune.agreement.regression import error_difference
from treeprune.agreement.scores import auc, brier, log_loss
from treeprune.evidence.pair import Pair
from treeprune.model.ensemble import Array


@dataclass(frozen=True)
class PredictionEvidence:
    """How far the answers of two models differ, whatever the outcomes.

    Parameters
    ----------
    fidelity_r2 : float
        One less the squared distance over the variance of the answers before; NaN if they are all the same.
    kl : float
        Mean Kullback-Leibler divergence of the shares after from those before, in nats; NaN for numbers.
    change : ChangeDistribution
        Of the absolute difference: of a probability, or in units of the outcome.
    flips : tuple of Flips
        At each threshold, for two classes.
    """

    fidelity_r2: float
    kl: float
    change: ChangeDistribution
    flips: tuple[Flips, ...]


@dataclass(frozen=True)
class OutcomeEvidence:
    """How well both meet the outcomes, and whether the difference matters.

    Parameters
    ----------
    measure : str
        What `difference` is a difference of: ``"AUC"`` (one against the rest, for more than two classes) or
        ``"R2"``.
    areas : AreaComparison or None
        Of classes; None where rows hold too few of a class.
    difference : Interval or None
        After less before.
    non_inferiority : NonInferiority or None
        Against the margin.
    errors : dict of str to Interval
        Differences of losses: for numbers of the mean squared and the mean absolute error, by formula; for
        classes of the Brier score and the log loss, by bootstraps that keep the outcomes; for two classes
        of the AUC likewise, beside DeLong's.
    reclassification : Reclassification or None
        Net reclassification at the thresholds, for two classes.
    """

    measure: str
    areas: AreaComparison | None
    difference: Interval | None
    non_inferiority: NonInferiority | None
    errors: dict[str, Interval]
    reclassification: Reclassification | None


def prediction_evidence(pair: Pair) -> PredictionEvidence:
    """Compare answers.

    Parameters
    ----------
    pair : Pair

    Returns
    -------
    PredictionEvidence
    """
    a, b = pair.answers()
    weights = pair.unit_weights
    classes = pair.kind in ("binary", "multiclass")
    shares = (pair.before.answer, pair.after.answer)
    sums = all(np.allclose(s.sum(axis=1), 1.0, atol=1e-4) for s in shares) if classes else False
    return PredictionEvidence(
        fidelity_r2=fidelity_r2(a, b, weights),
        kl=mean_kl(*shares, weights) if sums else float("nan"),
        change=change_distribution(a, b, weights),
        flips=label_flips(a, b, pair.thresholds, weights) if pair.kind == "binary" else (),
    )


def outcome_evidence(pair: Pair) -> OutcomeEvidence:
    """Compare how well outcomes are met.

    Parameters
    ----------
    pair : Pair

    Returns
    -------
    OutcomeEvidence
        Without a difference for several outcomes, scores, and weights that are no whole numbers.
    """
    a, b = pair.answers()
    weights, kind = pair.unit_weights, pair.kind
    areas, difference, errors, reclassified = None, None, {}, None
    try:
        if kind in ("binary", "multiclass"):
            errors = _by_bootstrap(pair)
        if kind == "binary":
            areas = delong(pair.event, a, b, weights)
            reclassified = net_reclassification(pair.event, a, b, pair.thresholds, weights)
        elif kind == "multiclass":
            areas = multiclass_areas(pair.codes, a, b, weights=weights)
        elif kind == "regression":
            difference = error_difference(pair.y, a, b, "r2", weights=weights)
            errors = {m: error_difference(pair.y, a, b, m, weights=weights) for m in ("mse", "mae")}
    except ValueError:  # too few rows of a class, weights that are no numbers of rows, one outcome only
        areas = difference = reclassified = None
    if areas is not None:
        difference = areas.difference
    return OutcomeEvidence(
        measure="R2" if kind == "regression" else "AUC",
        areas=areas,
        difference=difference,
        non_inferiority=None if difference is None else non_inferiority(difference, pair.margin),
        errors=errors,
        reclassification=reclassified,
    )


def shares_brier(y: Array, p: Array, weights: Array) -> float:
    """Brier score of several classes: weighted mean of the squared distance, summed over classes."""
    hit = (y[:, None] == np.arange(p.shape[1])).astype(np.float64)
    return float(np.average(((p - hit) ** 2).sum(axis=1), weights=weights))


def shares_log_loss(y: Array, p: Array, weights: Array) -> float:
    """Log loss of several classes in nats, shares clipped at 1e-6."""
    own = np.take_along_axis(p, y[:, None].astype(np.int64), axis=1)[:, 0]
    return float(-np.average(np.log(np.clip(own, 1e-6, 1.0)), weights=weights))


def loss_metrics(kind: str) -> dict[str, Callable[[Array, Array, Array], float]]:
    """Losses of classes by name, as functions of outcomes, answers and weights."""
    if kind == "binary":
        return {"Brier": brier, "log loss": log_loss}
    return {"Brier": shares_brier, "log loss": shares_log_loss}


def _by_bootstrap(pair: Pair) -> dict[str, Interval]:
    a, b = pair.answers()
    y = pair.event if pair.kind == "binary" else pair.codes
    metrics = loss_metrics(pair.kind) | ({"AUC": auc} if pair.kind == "binary" else {})
    found = {}
    for name, metric in metrics.items():
        found[name] = paired_bootstrap(
            difference_of(metric), y, a, b, weights=pair.unit_weights, stratify=y,
            n_resamples=pair.n_resamples, method="percentile", random_state=pair.random_state,
        ).interval  # fmt: skip
    return found
