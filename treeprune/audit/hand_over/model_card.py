"""The report as a model card of skops."""

from __future__ import annotations

from typing import Any

from treeprune.audit.checklist import HUMAN
from treeprune.audit.context import Context
from treeprune.audit.parts import Section
from treeprune.audit.plain_words import explanation
from treeprune.audit.words import safe_for_markdown, shown, spread_words

_HUMAN_SECTIONS = ("How to use", "Training data and procedure", "Ethical considerations", "Contact")


def model_card(context: Context, sections: tuple[Section, ...]) -> Any:
    """Fill a card; skops itself would let markup through, so all text is escaped first.

    Parameters
    ----------
    context : Context
    sections : tuple of Section

    Returns
    -------
    skops.card.Card

    Raises
    ------
    ImportError
        If skops is not installed.
    """
    try:
        from skops.card import Card
    except ImportError as error:
        raise ImportError("a model card needs skops: pip install treeprune[skops]") from error
    card = Card(context.comparison.pair.after.model, model_diagram=False, template=None)
    say = safe_for_markdown
    card.add(
        **{
            "Model description": say(explanation(context)),
            "Intended use": say(context.intended_use or HUMAN),
            "Limitations": "\n".join(f"- {say(limit)}" for limit in context.limits) or say(HUMAN),
        }
    )
    for section in sections:
        if section.measures:
            text = f"{say(f'On the {context.rows}.')}\n\n{_numbers(section)}"
            card.add(**{f"Evaluation/{section.heading}": text})
    for name in _HUMAN_SECTIONS:
        card.add(**{name: say(HUMAN)})
    card.add(**{"Author": say(context.author or HUMAN)})
    return card


def _numbers(section: Section) -> str:
    """Numbers of a section as a Markdown table."""
    lines = ["| number | value | interval | unit | what it is |", "| :-- | --: | :-- | :-- | :-- |"]
    for measure in section.measures:
        own = measure.to_dict()
        interval = spread_words(own["low"], own["high"], own["confidence"])
        cells = (own["name"], shown(own["value"]), interval, own["unit"], own["meaning"])
        lines.append(f"| {' | '.join(map(safe_for_markdown, cells))} |")
    return "\n".join(lines)
