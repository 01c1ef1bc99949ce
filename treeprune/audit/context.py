"""What every section of a report is made from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from treeprune.audit.roles import DataRoles
from treeprune.audit.words import few, shown
from treeprune.evidence.comparison import Comparison
from treeprune.evidence.gates import GateReport, gate


@dataclass(frozen=True, eq=False, kw_only=True)
class Context:
    """Everything that is known about one modification.

    Parameters
    ----------
    comparison : Comparison
    pruner : object or None
        The fitted pruner.
    before_name, after_name : str
    policy : dict or None
        Bars of gates.
    roles : DataRoles
    tables : dict of str to table
        Tables of the roles.
    n_candidates : int or None
        Models that were tried.
    certificate : dict or None
        What a certificate says, in plain objects.
    command : str or None
    limits : tuple of str
    intended_use, author : str or None
    exports : bool
    """

    comparison: Comparison
    pruner: Any
    before_name: str
    after_name: str
    policy: dict[str, Any] | None
    roles: DataRoles
    tables: dict[str, Any]
    n_candidates: int | None
    certificate: dict[str, Any] | None
    command: str | None
    limits: tuple[str, ...]
    intended_use: str | None
    author: str | None
    exports: bool

    @cached_property
    def gates(self) -> GateReport:
        """All gates, applied."""
        return gate(self.comparison, self.policy)

    @property
    def least(self) -> int:
        """Cells of fewer rows are not shown."""
        return self.comparison.pair.min_count

    @property
    def rows(self) -> str:
        """Which rows judge."""
        return f"test rows (n = {shown(few(self.comparison.n_rows, self.least))})"

    @property
    def unit(self) -> str:
        """Unit of an answer."""
        kind = self.comparison.pair.kind
        return "probability" if kind in ("binary", "multiclass") else "units of the outcome"
