"""Trees as CASE expressions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from treeprune.export.questions import Question, branches, leaf_terms, questions
from treeprune.export.sql_dialects import Dialect
from treeprune.model.ensemble import Array, TreeEnsemble

DEPTH = 10
"""CASEs within each other; the parser of SQLite before 3.46 takes 17."""


@dataclass(frozen=True, eq=False)
class SqlTrees:
    """Expressions for the trees of an ensemble.

    A tree deeper than `DEPTH` is cut into branches. Walks say in which branch a row goes on: their columns
    ``b<tree>_<level>`` hold its place, NULL where the row has ended above.

    Parameters
    ----------
    ensemble : TreeEnsemble
    dialect : Dialect
    asked : list of Question or None
    terms : ndarray of float64, shape (n_nodes, n_columns)
    """

    ensemble: TreeEnsemble
    dialect: Dialect
    asked: list[Question | None]
    terms: Array

    @classmethod
    def of(cls, ensemble: TreeEnsemble, dialect: Dialect) -> SqlTrees:
        """Prepare an ensemble."""
        return cls(ensemble, dialect, questions(ensemble), leaf_terms(ensemble))

    def levels(self, tree: int) -> list[list[int]]:
        """Roots of the branches of a tree by their level."""
        found: list[list[int]] = []
        for level, node in branches(self.ensemble, tree, DEPTH):
            while len(found) <= level:
                found.append([])
            found[level].append(node)
        return found

    def walk(self, tree: int, tops: list[int], level: int) -> str:
        """Place of the branch on a level that a row goes on in; `tops` are those of the level above."""
        first = int(self.ensemble.root[tree])

        def nested(top: int) -> str:
            return self._nested(top, 0, lambda _: "NULL", lambda node: str(node - first))

        if level == 1:
            return f"{nested(tops[0])} AS b{tree}_1"
        cases = " ".join(f"WHEN {top - first} THEN {nested(top)}" for top in tops)
        return f"CASE b{tree}_{level - 1} {cases} END AS b{tree}_{level}"

    def term(self, tree: int, levels: list[list[int]], column: int) -> str:
        """What a tree adds to an output column."""
        first, zero = int(self.ensemble.root[tree]), self.dialect.digits(0.0)

        def nested(top: int) -> str:
            return self._nested(
                top, 0, lambda leaf: self.dialect.digits(float(self.terms[leaf, column])), lambda _: zero
            )

        parts = [self.dialect.double(nested(levels[0][0]))]
        for level, tops in enumerate(levels[1:], 1):
            cases = " ".join(f"WHEN {top - first} THEN {nested(top)}" for top in tops)
            parts.append(self.dialect.double(f"CASE b{tree}_{level} {cases} ELSE {zero} END"))
        # all but one are 0, so that no order of additions changes a bit
        return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})"

    def _nested(
        self, node: int, deep: int, at_leaf: Callable[[int], str], at_branch: Callable[[int], str]
    ) -> str:
        question = self.asked[node]
        if question is None:
            return at_leaf(node)
        if deep == DEPTH:
            return at_branch(node)
        e = self.ensemble
        left = self._nested(int(e.left[node]), deep + 1, at_leaf, at_branch)
        right = self._nested(int(e.right[node]), deep + 1, at_leaf, at_branch)
        if left == right:
            return left
        pad = "\n" + "  " * (deep + 1)
        return f"CASE WHEN {self._left(question)}{pad}THEN {left}{pad}ELSE {right} END"

    def _left(self, asked: Question) -> str:
        """What is true where a row goes left; NULL counts as not true."""
        x = f"{'x' if asked.codes is None else 'c'}{asked.feature}"
        missing = f" OR {x} IS NULL" if asked.missing_left else ""
        if asked.codes is not None:
            parts = [f"{x} IN ({', '.join(map(str, asked.codes))})"] if asked.codes else []
            if asked.others_left:
                parts.append(f"{x} < 0 OR {x} >= {asked.n_codes}")
            return (" OR ".join(parts) or "1 = 0") + missing
        cut = asked.cut
        if np.isnan(cut):
            known = "1 = 0"
        elif np.isinf(cut) and cut > 0:
            known = f"{x} IS NOT NULL"
        else:
            # an infinite input lies at or below the least finite number too, and no other does
            known = f"{x} < {self.dialect.digits(-_LARGEST)}" if np.isinf(cut) else self._at_most(x, cut)
        if asked.zero is None:
            return known + missing
        near = f"{x} BETWEEN {self.dialect.digits(-asked.zero)} AND {self.dialect.digits(asked.zero)}"
        return f"{known} OR {near}{missing}" if asked.missing_left else f"{known} AND NOT {near}"

    def _at_most(self, x: str, cut: float) -> str:
        return f"{x} <= {self.dialect.digits(cut)}"


_LARGEST = float(np.finfo(np.float64).max)
