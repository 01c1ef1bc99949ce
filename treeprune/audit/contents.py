"""Which sections a report has, in which order."""

from __future__ import annotations

from collections.abc import Callable

from treeprune.audit.context import Context
from treeprune.audit.parts import Section
from treeprune.audit.sections.attributions import attributions
from treeprune.audit.sections.change import change
from treeprune.audit.sections.choice import choice
from treeprune.audit.sections.data import data
from treeprune.audit.sections.identity import identity
from treeprune.audit.sections.limits import checklist, limits, sign_off
from treeprune.audit.sections.model_itself import model_itself
from treeprune.audit.sections.outcomes import outcomes
from treeprune.audit.sections.places import regions, subgroups
from treeprune.audit.sections.predictions import predictions
from treeprune.audit.sections.proofs import certificate, exports
from treeprune.audit.sections.verdict import verdict

SECTIONS: tuple[Callable[[Context], Section], ...] = (
    verdict,
    identity,
    change,
    model_itself,
    choice,
    data,
    predictions,
    outcomes,
    attributions,
    subgroups,
    regions,
    certificate,
    exports,
    limits,
    checklist,
    sign_off,
)


def sections_of(context: Context) -> tuple[Section, ...]:
    """All sections, worked out."""
    return tuple(make(context) for make in SECTIONS)
