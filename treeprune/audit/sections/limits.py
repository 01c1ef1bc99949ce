"""What this report does not say, and who signs for it."""

from __future__ import annotations

from treeprune.audit.checklist import CHECKLIST, HUMAN, place_of
from treeprune.audit.context import Context
from treeprune.audit.parts import Part, Section, Table

_PART: Part = "What people have to supply"


def limits(context: Context) -> Section:
    """Limits of the evidence, intended use, the way back."""
    pair = context.comparison.pair
    text = [
        f"Intended use, as stated by the user: {context.intended_use}"
        if context.intended_use
        else f"Intended use: {HUMAN}.",
        *(f"Limit stated by the user: {limit}" for limit in context.limits),
        f"All numbers are about the {context.rows} and the change from one model to the other. Whether the "
        "model before was fit for its purpose, and whether other hospitals or later years are like these "
        "rows, is not assessed.",
        "Intervals speak of chance in the test rows alone: not of the choice among candidates, not of how "
        "many subgroups and gates were looked at.",
        "A model holds traces of its training rows (leaf values, thresholds, counts), so sharing it is "
        "a decision of its own. This report leaves out rows, row labels and small counts, but not what the "
        "model itself says.",
    ]
    if pair.retrain is None:
        text.append(
            "The model before was not trained anew: bars of gates are fixed ones, and how far it differs "
            "from itself by chance is not known."
        )
    text.append(
        f"The way back: {context.before_name} is unchanged and can be used again; keep its file and the "
        "digest under Identity."
    )
    return Section("limits", _PART, "Limits", tuple(text))


def checklist(context: Context) -> Section:
    """Items of reporting guidelines, and where this report speaks of them."""
    rows = [(own.source, own.item, place_of(own, _absent(context))) for own in CHECKLIST]
    note = (
        "Items in short words of our own; the guidelines themselves count. A section that speaks of an "
        "item need not answer it in full: people judge that. "
        "TRIPOD+AI: BMJ 2024;385:e078378. PROBAST+AI: BMJ 2025;388:e082505. "
        "PCCP: section 515C of the US Federal Food, Drug, and Cosmetic Act. "
        "CHAI: Applied Model Card v0.2."
    )
    table = Table.of("Where items are spoken of", ("guideline", "item", "section"), rows, note)
    return Section("checklist", _PART, "Checklist map", tables=(table,))


def _absent(context: Context) -> frozenset[str]:
    """Sections that cannot say anything of this modification."""
    without = {
        "subgroups": context.comparison.subgroups is None,
        "certificate": context.certificate is None,
        "exports": not context.exports or context.comparison.pair.after.structure != "trees",
    }
    return frozenset(key for key, absent in without.items() if absent)


def sign_off(context: Context) -> Section:
    """Lines to sign on."""
    roles = ("prepared by", "clinical review", "statistical review", "approved by")
    rows = [(role, context.author if k == 0 else None, None, None) for k, role in enumerate(roles)]
    table = Table.of("Sign-off", ("role", "name", "date", "signature"), rows)
    text = "Gates are evidence, not a decision: people decide whether the smaller model is used."
    return Section("sign-off", _PART, "Sign-off", (text,), tables=(table,))
