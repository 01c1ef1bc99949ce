"""Gates: what the smaller model had to reach, and whether it did."""

from __future__ import annotations

from treeprune.audit.context import Context
from treeprune.audit.parts import Section, Table
from treeprune.audit.plain_words import explanation

ORIGINS = {
    "policy": "the user's policy",
    "default": "treeprune's default",
    "floor": "noise floor: the model before, trained anew",
}

SAID = {
    "pass": "All gates that could be assessed are passed.",
    "not assessed": "Nothing failed, but at least one gate could not be assessed.",
    "warn": "No gate failed, but at least one needs a closer look.",
    "fail": "At least one gate failed.",
}


def verdict(context: Context) -> Section:
    """The paragraph in plain words, and the gates."""
    report = context.gates
    rows = [
        (g.name, g.verdict, g.value, g.passes, g.warns, ORIGINS[g.origin], g.words) for g in report.results
    ]
    table = Table.of(
        "Gates",
        ("gate", "verdict", "value", "passes at", "warns at", "bar set by", "what it is"),
        rows,
        f"On the {context.rows}; SHAP values on some of them (see Reasons). "
        "A dash: not defined, or no such bar.",
    )
    text = [SAID[report.verdict], explanation(context)]
    if context.roles.judged_are_new is False:
        text.insert(1, "Some test rows are equal to rows that were used before: see Roles of data.")
    return Section("verdict", "Verdict", "Verdict", tuple(text), tables=(table,))
