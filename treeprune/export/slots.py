"""Columns as the splits of a model look at them, for exports whose walk compares plain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from treeprune.export.questions import Question

Kind = Literal["number", "nonzero", "category"]


@dataclass(frozen=True)
class Slot:
    """A column in one of the ways that splits see it.

    Parameters
    ----------
    feature : int
    kind : {"number", "nonzero", "category"}
        As it stands; missing where it is 0; cut to a whole code.
    """

    feature: int
    kind: Kind


@dataclass(frozen=True)
class Slots:
    """What a row has to be turned into before it meets the trees.

    Parameters
    ----------
    slots : tuple of Slot
        Numbers first; codes of categories last.
    missing : (float, float) or None
        A number above the first and up to the second is missing.
    n_features : int
    """

    slots: tuple[Slot, ...]
    missing: tuple[float, float] | None
    n_features: int

    @classmethod
    def of(
        cls, asked: list[Question | None], missing: tuple[float, float] | None, n_features: int
    ) -> Slots:
        """Prepare the questions of all nodes."""
        order = {"number": 0, "nonzero": 1, "category": 2}
        found = {slot_of(question) for question in asked if question is not None}
        slots = sorted(found, key=lambda slot: (order[slot.kind], slot.feature))
        return cls(tuple(slots), missing, n_features)

    @property
    def plain(self) -> bool:
        """Whether rows go to the trees as they are."""
        return self.missing is None and all(slot.kind == "number" for slot in self.slots)

    @property
    def width(self) -> int:
        """Numbers in a row that the trees see."""
        return self.n_features if self.plain else len(self.slots)

    def place(self, question: Question) -> int:
        """Where a split finds its number in the row that the trees see."""
        return question.feature if self.plain else self.slots.index(slot_of(question))


def slot_of(question: Question) -> Slot:
    """The column of a split, as it looks at it."""
    if question.codes is not None:
        return Slot(question.feature, "category")
    return Slot(question.feature, "number" if question.zero is None else "nonzero")
