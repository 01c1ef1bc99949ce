"""The audit report of a pruned model."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from treeprune.audit.arguments import checked_context, time_stamp
from treeprune.audit.contents import sections_of
from treeprune.audit.document import document, page
from treeprune.audit.hand_over.chai import chai_fields, chai_xml
from treeprune.audit.hand_over.model_card import model_card
from treeprune.audit.hand_over.provenance import provenance
from treeprune.audit.parts import Cell, Section
from treeprune.audit.plain_words import explanation
from treeprune.audit.saving import saved
from treeprune.audit.side_by_side import SideBySide, side_by_side
from treeprune.audit.words import safe_for_spreadsheets, sentence_start
from treeprune.evidence.comparison import Comparison
from treeprune.evidence.gates import GateReport

if TYPE_CHECKING:
    import pandas as pd


class PruningReport:
    """Evidence that one model may, or may not, stand for another: a page for people, JSON for machines.

    Sections follow the frame of a predetermined change control plan: description of modification,
    modification protocol, impact assessment. No artefact holds a row of data, a label of a row, or a count
    of fewer rows than ``min_count`` of the comparison; all names are escaped.

    Parameters
    ----------
    comparison : Comparison
        From `treeprune.compare`, on rows that neither model was trained on.
    pruner : object, optional
        The fitted pruner: its ``plan_`` says what went, its ``path_`` what it was chosen from.
    before_name, after_name : str
        What the models are called.
    policy : mapping, optional
        Bars of gates, as for `treeprune.gate`.
    data_roles : mapping of str to table, optional
        ``"train"``, ``"prune"``, ``"select"`` and ``"test"``: rows with the columns of the comparison. They
        are compared by hashes of their values. Without ``"test"`` the rows of the comparison are it.
    n_candidates : int, optional
        Models that were tried in all, by whatever means.
    certificate : object, optional
        With ``to_dict()``: bounds on the change over all inputs of a domain.
    command : str, optional
        What makes this report again.
    limits : sequence of str, default=()
        What the models must not be used for, and what is known to go wrong.
    intended_use, author : str, optional
    exports : bool, default=True
        Write the model after as Python and SQL, and compare both with it.
    created : str or datetime, optional
        Time stamp; now by default.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, or the roles of data do not fit the comparison.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import PruningReport, compare
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> large = DecisionTreeClassifier(random_state=0).fit(X[::2], y[::2])
    >>> small = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X[::2], y[::2])
    >>> report = PruningReport(compare(large, small, X[1::2], y[1::2]), data_roles={"train": X[::2]})
    >>> report.verdict in ("pass", "warn", "fail")
    True
    >>> report.to_html()[:15]
    '<!DOCTYPE html>'
    """

    def __init__(
        self,
        comparison: Comparison,
        *,
        pruner: Any = None,
        before_name: str = "the model before",
        after_name: str = "the model after",
        policy: Mapping[str, Any] | None = None,
        data_roles: Mapping[str, Any] | None = None,
        n_candidates: int | None = None,
        certificate: Any = None,
        command: str | None = None,
        limits: Sequence[str] = (),
        intended_use: str | None = None,
        author: str | None = None,
        exports: bool = True,
        created: str | datetime | None = None,
    ) -> None:
        self.created = time_stamp(created)
        self._context = checked_context(
            comparison,
            data_roles,
            pruner=pruner,
            before_name=before_name,
            after_name=after_name,
            policy=policy,
            n_candidates=n_candidates,
            certificate=certificate,
            command=command,
            limits=limits,
            intended_use=intended_use,
            author=author,
            exports=exports,
        )

    @property
    def comparison(self) -> Comparison:
        """What the report is made from."""
        return self._context.comparison

    @property
    def gates(self) -> GateReport:
        """All gates, applied."""
        return self._context.gates

    @property
    def verdict(self) -> str:
        """The worst verdict of all gates."""
        return self.gates.verdict

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """All sections; worked out when first asked for."""
        return sections_of(self._context)

    @property
    def title(self) -> str:
        """Names of both models."""
        text = f"{self._context.before_name} was pruned into {self._context.after_name}"
        return sentence_start(text)

    def explain(self) -> str:
        """One paragraph in plain words, made from the numbers.

        Returns
        -------
        str
        """
        return explanation(self._context)

    def to_dict(self) -> dict[str, Any]:
        """Everything but images, in plain objects; what is not defined is None.

        Returns
        -------
        dict
            As ``treeprune/audit/schema/report-1.json`` has it. What differs from run to run stands under
            ``"run"``.
        """
        return document(self._context, self.sections, self.created, self.title)

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """The report as JSON.

        Parameters
        ----------
        path : str or path-like, optional
            File to write, whole or not at all.

        Returns
        -------
        str
        """
        text = json.dumps(self.to_dict(), indent=1, allow_nan=False, ensure_ascii=False) + "\n"
        return saved(text, path)

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """The report as one page that needs no other file, no script and no network.

        Parameters
        ----------
        path : str or path-like, optional
            File to write, whole or not at all.

        Returns
        -------
        str
        """
        return saved(page(self._context, self.sections, self.to_dict()), path)

    def to_frame(self) -> pd.DataFrame:
        """All numbers that stand in no table: one row each, with interval, unit, meaning and rows.

        Returns
        -------
        pandas.DataFrame
            Text that a spreadsheet would take for a formula has an apostrophe before it.
        """
        import pandas as pd

        rows: list[dict[str, Cell]] = [
            {"section": section.heading, **measure.to_dict()}
            for section in self.sections
            for measure in section.measures
        ]
        return pd.DataFrame(rows).map(safe_for_spreadsheets)

    def to_model_card(self) -> Any:
        """A model card of skops, to be completed by people.

        Returns
        -------
        skops.card.Card

        Raises
        ------
        ImportError
            If skops is not installed.
        """
        return model_card(self._context, self.sections)

    def to_chai(self) -> dict[str, Any]:
        """Fields of the CHAI Applied Model Card (v0.2); those that people have to fill say so.

        Returns
        -------
        dict
        """
        return chai_fields(self._context, self.created)

    def to_chai_xml(self) -> str:
        """The same as an XML document.

        Returns
        -------
        str
        """
        return chai_xml(self.to_chai())

    def to_provenance(self) -> dict[str, Any]:
        """Where the model after comes from: digests, data, software, command.

        Returns
        -------
        dict
            Plain objects.
        """
        return provenance(self._context, self.created, self.title)

    @staticmethod
    def compare(reports: Sequence[PruningReport]) -> SideBySide:
        """Put several candidates side by side.

        Parameters
        ----------
        reports : sequence of PruningReport
            Of one model before, on the same test rows.

        Returns
        -------
        SideBySide
            With ``to_frame()`` and ``to_html(path=None)``.

        Raises
        ------
        TypeError, ValueError
            If there are no two reports, or they are not about one model and the same rows.
        """
        if not all(isinstance(report, PruningReport) for report in reports):
            raise TypeError("compare takes reports only")
        return side_by_side([report._context for report in reports])

    def __str__(self) -> str:
        return f"{self.title}: {self.verdict}\n\n{self.explain()}"

    def __repr__(self) -> str:
        return f"PruningReport({self.title!r}, verdict={self.verdict!r})"

    def _repr_html_(self) -> str:
        # a page of its own, without rights: nothing in it can reach the notebook
        return (
            f'<iframe sandbox="" title="{escape(self.title)}" style="width:100%;height:40rem;border:1px '
            f'solid #999" srcdoc="{escape(self.to_html())}"></iframe>'
        )
