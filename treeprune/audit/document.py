"""The report as plain objects, and as a page."""

from __future__ import annotations

from typing import Any

from treeprune.audit.context import Context
from treeprune.audit.page import by_part, render
from treeprune.audit.parts import Section, cell
from treeprune.audit.plain_words import explanation

SCHEMA = "treeprune-report-1"
"""Name and version of the JSON document; its schema is ``treeprune/audit/schema/report-1.json``."""

_MOODS = {"pass": "pass", "warn": "warn", "fail": "fail", "not assessed": "unknown"}


def document(context: Context, sections: tuple[Section, ...], created: str, title: str) -> dict[str, Any]:
    """Everything but images; what differs from run to run stands under ``"run"``.

    Parameters
    ----------
    context : Context
    sections : tuple of Section
    created, title : str

    Returns
    -------
    dict
    """
    both = {"before": context.comparison.before, "after": context.comparison.after}
    milliseconds = {name: cell(own.get("prediction ms")) for name, own in both.items()}
    return {
        "schema": SCHEMA,
        "title": title,
        "run": {"created": created, "prediction_ms": milliseconds},
        "before_name": context.before_name,
        "after_name": context.after_name,
        "author": context.author,
        "intended_use": context.intended_use,
        "verdict": context.gates.to_dict(),
        "explanation": explanation(context),
        "sections": [section.to_dict() for section in sections],
    }


def page(context: Context, sections: tuple[Section, ...], known: dict[str, Any]) -> str:
    """The whole page.

    Parameters
    ----------
    context : Context
    sections : tuple of Section
    known : dict
        From `document`.

    Returns
    -------
    str
    """
    import treeprune

    verdict = context.gates.verdict
    values = {
        "title": known["title"],
        "schema": SCHEMA,
        "run": known["run"],
        "author": context.author,
        "version": treeprune.__version__,
        "contents": by_part(sections),
        "verdict": f"Gates: {verdict}",
        "mood": _MOODS[verdict],
        "least": context.least,
    }
    return render("report.html", values)
