"""Whether probabilities mean what they say, and what they are worth where something is done."""

from __future__ import annotations

from dataclasses import dataclass

from treeprune.agreement.by_class import by_class
from treeprune.agreement.decision_curve import DecisionCurve, decision_curve
from treeprune.agreement.recalibration import Recalibration, number_recalibration, recalibration
from treeprune.agreement.reliability import ReliabilityCurve, reliability_curve
from treeprune.evidence.pair import Pair
from treeprune.model.ensemble import Array


@dataclass(frozen=True, eq=False)
class Calibration:
    """Calibration of one model.

    Parameters
    ----------
    line : tuple of Recalibration
        Intercept and slope; one for two classes and for numbers, one a class for more.
    curve : tuple of ReliabilityCurve
        Likewise; none for numbers.
    """

    line: tuple[Recalibration, ...]
    curve: tuple[ReliabilityCurve, ...]


@dataclass(frozen=True, eq=False)
class CalibrationEvidence:
    """Calibration of both models.

    Parameters
    ----------
    before, after : Calibration
    """

    before: Calibration
    after: Calibration


def calibration_evidence(pair: Pair) -> CalibrationEvidence | None:
    """Compare calibration; None for several outcomes, scores, or rows that hold one class only.

    Parameters
    ----------
    pair : Pair

    Returns
    -------
    CalibrationEvidence or None
    """
    if pair.kind not in ("binary", "multiclass", "regression"):
        return None
    try:
        before, after = (_one(pair, answer) for answer in pair.answers())
    except ValueError:
        return None
    return CalibrationEvidence(before, after)


def _one(pair: Pair, answer: Array) -> Calibration:
    weights, few = pair.unit_weights, pair.min_count
    if pair.kind == "regression":
        return Calibration((number_recalibration(pair.y, answer, weights),), ())
    if pair.kind == "binary":
        line = (recalibration(pair.event, answer, weights),)
        return Calibration(line, (reliability_curve(pair.event, answer, weights, min_count=few),))
    return Calibration(
        by_class(recalibration, pair.codes, answer, weights=weights),
        by_class(reliability_curve, pair.codes, answer, weights=weights, min_count=few),
    )


def decision_evidence(pair: Pair) -> DecisionCurve | None:
    """Net benefit of both models; None but for two classes that both occur.

    Parameters
    ----------
    pair : Pair

    Returns
    -------
    DecisionCurve or None
    """
    if pair.kind != "binary" or pair.event.all() or not pair.event.any():
        return None
    a, b = pair.answers()
    return decision_curve(
        pair.event, a, b, weights=pair.unit_weights, n_resamples=pair.n_resamples,
        random_state=pair.random_state,
    )  # fmt: skip
