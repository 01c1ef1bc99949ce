"""One paragraph that a clinician understands, made from the numbers."""

from __future__ import annotations

import numpy as np

from treeprune.agreement.noninferiority import Verdict
from treeprune.audit.context import Context
from treeprune.audit.words import few, points, sentence_start, shown
from treeprune.export.vocabulary import plain

_AGAINST: dict[Verdict, str] = {
    "superior": "so it is better by more than chance",
    "non-inferior": "so it is not worse by more than the margin of {margin:g}",
    "inferior": "so it is worse by more than the margin of {margin:g}",
    "inconclusive": "which does not settle whether it is worse by more than the margin of {margin:g}",
}


def explanation(context: Context) -> str:
    """Say what was done, what it costs, and what is not known."""
    sentences = [_size(context), _outcome(context), _answers(context), _flips(context), _reasons(context),
                 _groups(context), _unknown(context)]  # fmt: skip
    return plain(" ".join(sentence for sentence in sentences if sentence))


def _size(context: Context) -> str:
    before, after = context.comparison.before, context.comparison.after
    parts = []
    for unit, words in (("trees", "decision trees"), ("nodes", "nodes"), ("coefficients", "coefficients"),
                        ("features used", "columns in use")):  # fmt: skip
        a, b = before.get(unit, np.nan), after.get(unit, np.nan)
        if np.isfinite([a, b]).all() and a != b:
            parts.append(f"{shown(a)} to {shown(b)} {words}")
    first = f"{sentence_start(context.after_name)} is to stand for {context.before_name}."
    return f"{first} It went from {', '.join(parts)}." if parts else first


def _outcome(context: Context) -> str:
    found = context.comparison.outcomes
    d, verdict = found.difference, found.non_inferiority
    if d is None or verdict is None or not np.isfinite([d.estimate, d.low, d.high]).all():
        return f"How well both meet the outcomes could not be compared on the {context.rows}."
    what = {"AUC": "how well it ranks patients (AUC)", "R2": "how much of the outcome it explains (R2)"}
    return (
        f"On the {context.rows}, {what[found.measure]} changed by {d.estimate:+.3f} "
        f"({d.confidence:.0%} interval {d.low:+.3f} to {d.high:+.3f}), "
        f"{_AGAINST[verdict.verdict].format(margin=verdict.margin)}."
    )


def _answers(context: Context) -> str:
    change = context.comparison.predictions.change
    sizes = dict(change.quantiles)
    if context.unit == "probability":
        half, most, top = points(sizes[0.5]), points(sizes[0.95]), points(change.maximum)
        subject = (
            "predicted risk" if context.comparison.pair.kind == "binary" else "predicted probabilities"
        )
    else:
        half, most, top = (f"{x:.3g} units" for x in (sizes[0.5], sizes[0.95], change.maximum))
        subject = "prediction"
    return (
        f"For half of the patients the {subject} changed by {half} at most, for 95 of 100 by {most} at "
        f"most; the largest change of any patient was {top}."
    )


def _flips(context: Context) -> str:
    sentences = []
    for flips in context.comparison.predictions.flips:
        n = flips.n_up + flips.n_down
        told = [few(k, context.least) for k in (flips.n_up, flips.n_down)]
        if n == 0:
            sentences.append(f"No patient changed sides of a risk of {flips.threshold:.0%}.")
        elif any(isinstance(k, str) for k in told):
            sentences.append(
                f"At a risk of {flips.threshold:.0%}, few patients changed sides "
                f"({told[0]} up, {told[1]} down)."
            )
        else:
            sentences.append(
                f"At a risk of {flips.threshold:.0%}, {100 * (flips.up + flips.down):.1f} of 100 patients "
                "would be treated differently."
            )
    return " ".join(sentences)


def _reasons(context: Context) -> str:
    top = context.comparison.attributions.grouped.top
    return (
        f"Of the {top.k} reasons that weigh most for a patient, the two models share "
        f"{100 * top.feature:.0f}% on average (columns that say the same counted as one)."
    )


def _groups(context: Context) -> str:
    found = context.comparison.subgroups
    if found is None:
        return "Whether the change is the same for all groups of patients was not assessed."
    changes = [(g, g.changes[0]) for g in found.subgroups[1:] if g.changes]
    known = [(g, c) for g, c in changes if np.isfinite(c.difference.estimate)]
    if not known:
        return "Groups of patients were too small to be compared."
    lower = known[0][1].name == "AUC"  # of an error the largest change is the worst
    group, change = (min if lower else max)(known, key=lambda each: each[1].difference.estimate)
    return (
        f"Of {len(known)} groups of patients, {change.name} changed least favourably in {group.column}: "
        f"{group.label} (by {change.difference.estimate:+.3g})."
    )


def _unknown(context: Context) -> str:
    return (
        f"This says how close the two models are; it does not say whether {context.before_name} itself is "
        "right for your patients."
    )
