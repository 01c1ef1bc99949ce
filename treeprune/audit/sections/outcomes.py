"""How well both models meet the outcomes, and whether their probabilities mean what they say."""

from __future__ import annotations

from functools import partial
from typing import Any

from treeprune.agreement.intervals import Interval
from treeprune.audit.context import Context
from treeprune.audit.images import drawn
from treeprune.audit.parts import Figure, Measure, Section, Table
from treeprune.audit.sections.predictions import tells_few
from treeprune.evidence.comparison import Comparison
from treeprune.report.calibration_display import CalibrationPairDisplay
from treeprune.report.decision_curve_display import DecisionCurvePairDisplay

_MOST_CLASSES = 4

METRICS = {
    "AUC": ("none", "area under the ROC curve, over classes against the rest: 0.5 is chance, 1 is best"),
    "log loss": ("nats", "mean negative log-likelihood, lower is better"),
    "Brier": ("none", "mean squared error of the probabilities, lower is better"),
    "RMSE": ("units of the outcome", "root mean squared error, lower is better"),
    "MAE": ("units of the outcome", "mean absolute error, lower is better"),
    "R2": ("none", "share of the variance of the outcome that is explained, 1 is best"),
}


_DIFFERENCES = {
    "mse": ("MSE", "squared units of the outcome"),
    "mae": ("MAE", "units of the outcome"),
    "AUC": ("AUC", "none"),
    "Brier": ("Brier score", "none"),
    "log loss": ("log loss", "nats"),
}
"""Title and unit of each difference of losses that a comparison works out."""


def outcomes(context: Context) -> Section:
    """Metrics of both, the difference with its interval, calibration, net benefit."""
    found = context.comparison.outcomes
    text, measures = [], []
    if found.areas is not None:
        for name, own in (
            (context.before_name, found.areas.before),
            (context.after_name, found.areas.after),
        ):
            measures.append(_measure(context, f"AUC of {name}", own, "none", METRICS["AUC"][1]))
    if found.difference is not None:
        words = f"{found.measure} after minus before; below 0 the smaller model is worse"
        measures.append(
            _measure(context, f"difference in {found.measure}", found.difference, "none", words)
        )
    for name, own in found.errors.items():
        title, unit = _DIFFERENCES[name]
        if found.difference is not None and title == found.measure:
            title += ", by resampling"  # beside the one that is worked out
        worse = "below" if name == "AUC" else "above"
        words = f"{title} after minus before; {worse} 0 the smaller model is worse"
        measures.append(_measure(context, f"difference in {title}", own, unit, words))
    if found.difference is None:
        text.append("A difference with an interval cannot be worked out for these rows or outcomes.")
    if found.non_inferiority is not None:
        text.append(f"Test of non-inferiority: {found.non_inferiority.text}.")
    measures += _reclassification(context)
    return Section(
        key="outcomes",
        part="Impact Assessment",
        heading="Outcomes",
        text=tuple(text),
        measures=tuple(measures + _calibration(context)),
        tables=(_metrics(context),),
        figures=tuple(_figures(context)),
    )


def _measure(context: Context, name: str, own: Interval, unit: str, words: str) -> Measure:
    return Measure(name, own.estimate, unit, f"{words} ({own.method})", context.rows, own.low, own.high,
                   own.confidence)  # fmt: skip


def _metrics(context: Context) -> Table:
    before, after = context.comparison.before, context.comparison.after
    rows = [
        (name, before[name], after[name], after[name] - before[name], unit, words)
        for name, (unit, words) in METRICS.items()
        if name in before and name in after
    ]
    heads = ("metric", context.before_name, context.after_name, "difference", "unit", "what it is")
    return Table.of("Metrics of both models", heads, rows, f"On the {context.rows}.")


def _reclassification(context: Context) -> list[Measure]:
    found = context.comparison.outcomes.reclassification
    flips = context.comparison.predictions.flips
    if found is None or any(tells_few(each, context.least) for each in flips):
        return []  # shares of rows that change sides would tell how many did
    words = {
        "events": "of rows with the event: share that rises less share that falls",
        "others": "of rows without it: share that falls less share that rises",
    }
    return [
        _measure(context, f"net reclassification, {name}", getattr(found, name), "share of rows", text)
        for name, text in words.items()
    ]


def _calibration(context: Context) -> list[Measure]:
    found, pair = context.comparison.calibration, context.comparison.pair
    if found is None:
        return []
    numbers = pair.kind == "regression"
    measures = []
    for name, own in ((context.before_name, found.before), (context.after_name, found.after)):
        for k, line in enumerate(own.line):
            which = f", class {pair.before.classes[k]}" if len(own.line) > 1 else ""
            if line.reason:
                continue
            measures += [
                _measure(context, f"calibration intercept of {name}{which}", line.intercept,
                         "units of the outcome" if numbers else "log odds",
                         "0 is ideal, above 0 answers are too low"),
                _measure(context, f"calibration slope of {name}{which}", line.slope, "none",
                         "1 is ideal, below 1 answers are too extreme"),
            ]  # fmt: skip
    return measures


def _figures(context: Context) -> list[Figure]:
    comparison, pair = context.comparison, context.comparison.pair
    figures = []
    found = comparison.calibration
    if found is not None and found.before.curve:
        several = len(found.before.curve) > 1
        for k in range(min(_MOST_CLASSES, len(found.before.curve))):
            class_index = k if several else -1
            draw = partial(_draw_calibration, comparison, class_index)
            image = drawn(draw)
            label = pair.before.classes[class_index]
            figures.append(
                Figure(
                    f"Calibration of both models, class {label}",
                    "Observed shares of the event against predicted probabilities, with 95% intervals, for "
                    f"both models. Expected calibration error: {found.before.curve[k].ece:.3g} before, "
                    f"{found.after.curve[k].ece:.3g} after.",
                    image,
                )
            )
    if comparison.decision_curve is not None:
        figures.append(_benefit(context))
    return figures


def _draw_calibration(comparison: Comparison, class_index: int, ax: Any) -> None:
    CalibrationPairDisplay.from_comparison(comparison, class_index=class_index, ax=ax)


def _benefit(context: Context) -> Figure:
    display: list[DecisionCurvePairDisplay] = []
    image = drawn(
        lambda ax: display.append(DecisionCurvePairDisplay.from_comparison(context.comparison, ax=ax))
    )
    largest = display[0].frame()["difference"].abs().max()
    return Figure(
        "Net benefit of both models",
        "Net benefit by threshold for both models, for treating everybody and nobody. The largest "
        f"difference between the models is {largest:.3g} events found per patient.",
        image,
    )
