"""Cards: what a table is, where it comes from, and what is easy to get wrong about it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from importlib.resources import files
from textwrap import wrap
from typing import Any

import pandas as pd


@dataclass(frozen=True, eq=False)
class Card:
    """What anybody should know before a table is used.

    Parameters
    ----------
    name : str
        Short, as in the loader's name.
    title : str
    origin : str
        Who collected it, where, when, and what a row is.
    citation : str
    licence : str
        As the source states it, and how sure that is.
    url : str
        Where a person finds it.
    target : str
        The outcome, and what 1 means.
    traps : tuple of str
        What has misled people.
    excluded : mapping of str to str
        Columns that the loader leaves out, and why.
    subgroups : mapping of str to str
        Columns of `Dataset.subgroups`, and what they are.
    feature_costs : mapping of str to float
        What a column costs to collect; empty if nobody knows.
    cost_unit : str
    cost_note : str
        Where these costs are from.
    reported : str
        Counts that the literature reports, where the table itself is not at hand.
    n_rows, n_columns : int or None
        Of the table that was loaded, as what follows; None for a card without a table.
    outcome : str
        How the outcome is spread.
    missing : mapping of str to int
        Missing values of the columns that have any.

    Examples
    --------
    >>> from treeprune.datasets import load_breast_cancer
    >>> card = load_breast_cancer().card
    >>> card.outcome
    '212 of 569 (37.3%)'
    >>> print(card)  # doctest: +ELLIPSIS
    Breast cancer, Wisconsin (diagnostic)
    ...
    """

    name: str
    title: str
    origin: str
    citation: str
    licence: str
    url: str
    target: str
    traps: tuple[str, ...]
    excluded: Mapping[str, str] = field(default_factory=dict)
    subgroups: Mapping[str, str] = field(default_factory=dict)
    feature_costs: Mapping[str, float] = field(default_factory=dict)
    cost_unit: str = ""
    cost_note: str = ""
    reported: str = ""
    n_rows: int | None = None
    n_columns: int | None = None
    outcome: str = ""
    missing: Mapping[str, int] = field(default_factory=dict)

    def of(self, X: pd.DataFrame, y: pd.Series[Any]) -> Card:
        """Card with the counts of a table.

        Parameters
        ----------
        X : pandas.DataFrame
        y : pandas.Series
            0 and 1, or numbers.

        Returns
        -------
        Card
        """
        counts = X.isna().sum()
        return replace(
            self,
            n_rows=len(X),
            n_columns=X.shape[1],
            outcome=_spread(y),
            missing={str(name): int(n) for name, n in counts.items() if n},
        )

    def sections(self) -> list[tuple[str, list[str]]]:
        """Headings and what stands below each, in plain text; empty ones are left out.

        Returns
        -------
        list of (str, list of str)
        """
        counted = self.n_rows is not None
        size = [f"{self.n_rows} rows, {self.n_columns} columns"] if counted else [self.reported]
        missing = [f"{name}: {n} of {self.n_rows}" for name, n in self.missing.items()]
        costs = [f"{name}: {cost:g}" for name, cost in self.feature_costs.items()]
        costs = [f"in {self.cost_unit}. {self.cost_note}", *costs] if costs else []
        parts = [
            ("Origin", [self.origin]),
            ("Cite", [self.citation]),
            ("Licence", [self.licence]),
            ("Source", [self.url]),
            ("Size", [line for line in size if line]),
            ("Outcome", [self.target, *([self.outcome] if self.outcome else [])]),
            ("Missing values", missing or (["none"] if counted else [])),
            ("Traps", list(self.traps)),
            ("Left out", [f"{name}: {why}" for name, why in self.excluded.items()]),
            ("Subgroups", [f"{name}: {what}" for name, what in self.subgroups.items()]),
            ("Costs", costs),
        ]
        return [(heading, lines) for heading, lines in parts if lines]

    def to_markdown(self) -> str:
        """The card as a Markdown page.

        Returns
        -------
        str
        """
        parts = [f"# {self.title}\n"]
        for heading, lines in self.sections():
            body = lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
            parts.append(f"## {heading}\n\n{body}\n")
        return "\n".join(parts)

    def __str__(self) -> str:
        lines = [self.title, "=" * len(self.title)]
        for heading, body in self.sections():
            lines += ["", heading]
            for line in body:
                lines += wrap(
                    line, 88, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
                )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left;vertical-align:top'>{escape(heading)}</th>"
            f"<td style='text-align:left'>{'<br>'.join(map(escape, lines))}</td></tr>"
            for heading, lines in self.sections()
        )
        return f"<table><caption><b>{escape(self.title)}</b></caption>{rows}</table>"


def read_card(name: str) -> Card:
    """The card that lies beside the loaders, without counts.

    Parameters
    ----------
    name : str

    Returns
    -------
    Card
    """
    text = files("treeprune.datasets").joinpath("cards", f"{name}.toml").read_text(encoding="utf-8")
    facts = tomllib.loads(text)
    facts = {
        key: " ".join(value.split()) if isinstance(value, str) else value for key, value in facts.items()
    }
    return Card(name=name, **facts | {"traps": tuple(facts["traps"])})


def _spread(y: pd.Series[Any]) -> str:
    """How an outcome is spread, in words."""
    if y.isin((0, 1)).all():
        events = int(y.sum())
        return f"{events} of {len(y)} ({events / len(y):.1%})" if len(y) else "no rows"
    return f"from {y.min():g} to {y.max():g}, mean {y.mean():.1f}, standard deviation {y.std():.1f}"
