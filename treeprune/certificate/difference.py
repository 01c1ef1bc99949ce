"""Two models over one domain: cells, functions on boxes, values at their leaves, rows at points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.certificate.cells import Cells, bounds_of_splits, column_cells
from treeprune.certificate.factors import Factor, tree_factor
from treeprune.certificate.merging import Piece, merge_alike, simplified
from treeprune.certificate.messages import Messages
from treeprune.certificate.problem import pack
from treeprune.certificate.search import Alternatives
from treeprune.certificate.sums import sums
from treeprune.domain.domain import Domain
from treeprune.domain.groups import alternatives
from treeprune.kernels.plain import walk_plain
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble

_MOST_MESSAGES = 4_000_000
"""Cells of all pairs of trees and columns together; beyond, neighbouring cells are thrown together."""

_FEWEST_CELLS = 16

_MOST_BOXES = (48, 96, 192)
"""Boxes that functions may have which are made of two, of up to four, and of up to eight."""


@dataclass(frozen=True, eq=False)
class Leaves:
    """One output column of both models as a sum over functions on boxes.

    Parameters
    ----------
    messages : Messages
    before, after : ndarray of float64, shape (n_leaves,)
        What each leaf adds to each model.
    start : tuple of float
        Where the sums of both models start, with all that is the same everywhere.
    """

    messages: Messages
    before: Array
    after: Array
    start: tuple[float, float]


class Difference:
    """Two models over one domain.

    Parameters
    ----------
    before, after : TreeEnsemble
        With the same columns and output columns.
    domain : Domain
        Its columns are those of the models, in their order.

    Raises
    ------
    ValueError
        If a column of categories allows codes that are no whole numbers.
    """

    def __init__(self, before: TreeEnsemble, after: TreeEnsemble, domain: Domain) -> None:
        self.before, self.after, self.domain = before, after, domain
        self.sums = sums(before), sums(after)
        self._bounds = bounds_of_splits(before), bounds_of_splits(after)
        self._check_codes()
        models = [(before, self._bounds[0]), (after, self._bounds[1])]
        n_pairs = sum(_pairs_of_trees(e) for e in (before, after))
        most = max(_FEWEST_CELLS, _MOST_MESSAGES // max(1, n_pairs))
        self.cells: dict[int, Cells] = {
            j: column_cells(column, models, j, most) for j, column in enumerate(domain.columns)
        }
        self.coarse = any((c.low != c.high).any() for c in self.cells.values())
        self._group_rows = [
            alternatives([domain[name] for name in g.columns], g.exactly) for g in domain.groups
        ]
        self._group_columns = [
            np.array([domain.names.index(name) for name in g.columns]) for g in domain.groups
        ]
        self.groups = [self._group_cells(k) for k in range(len(domain.groups))]
        self._trees = [np.arange(e.n_trees, dtype=np.int64) for e in (before, after)]
        self._made: dict[tuple[bytes, bytes], list[Factor]] = {}

    def _check_codes(self) -> None:
        for e in (self.before, self.after):
            for j in np.unique(e.feature[e.category_set != LEAF]):
                column = self.domain.columns[j]
                if column.values is not None and not column.integer:
                    raise ValueError(
                        f"column {column.name!r} holds categories: its values must be their codes, got "
                        f"{list(column.values)}"
                    )

    def _group_cells(self, k: int) -> Alternatives:
        columns, rows = self._group_columns[k], self._group_rows[k]
        cells = [np.searchsorted(self.cells[j].edges, rows[:, i]) for i, j in enumerate(columns)]
        places = [np.searchsorted(self.cells[j].low, c) for j, c in zip(columns, cells, strict=True)]
        return Alternatives(columns, np.unique(np.column_stack(places), axis=0))

    def row(self, point: Array) -> Array:
        """A row of the domain in given cells.

        Parameters
        ----------
        point : ndarray of int64, shape (n_columns,)

        Returns
        -------
        ndarray of float64, shape (n_columns,)
        """
        row = np.array([self.cells[j].value[c] for j, c in enumerate(point)])
        for k, columns in enumerate(self._group_columns):
            # cells say less than values: take the first alternative that lies in them
            for values in self._group_rows[k]:
                cells = [
                    np.searchsorted(self.cells[j].low, np.searchsorted(self.cells[j].edges, x))
                    for j, x in zip(columns, values, strict=True)
                ]
                if (np.array(cells) == point[columns]).all():
                    row[columns] = values
                    break
        return row

    def values_at(self, point: Array, column: int) -> tuple[float, float]:
        """Real numbers that both models add up to at a point."""
        row = self.row(point)[None]
        found = []
        for k, e in enumerate((self.before, self.after)):
            place = np.empty(e.n_trees, np.int32)  # of this call: others may run beside it
            with np.errstate(over="ignore"):
                walk_plain(e, row.astype(e.input_dtype), self._trees[k], place, 1)
            own = self.sums[k]
            found.append(float(own.base[column] + own.value[e.root[:-1] + place, column].sum()))
        return found[0], found[1]

    def leaves(self, column: int, *, apart: bool) -> Leaves:
        """One output column as a sum over functions on boxes.

        Parameters
        ----------
        column : int
        apart : bool
            Whether both models are asked for; else trees that cancel are left out.

        Returns
        -------
        Leaves
        """
        start = np.array([s.base[column] for s in self.sums])
        pieces = []
        for factor in self._factors(column):
            both = np.column_stack(
                [_leaf_values(s.value[:, column], factor.leaf[:, k]) for k, s in enumerate(self.sums)]
            )
            piece = Piece(tuple(map(int, factor.columns)), tuple(factor.classes), tuple(factor.box), both)
            piece = simplified(piece, apart=apart)
            if piece.columns:
                pieces.append(piece)
            else:
                start += piece.value[0]
        for most in _MOST_BOXES:
            pieces = [
                simplified(piece, apart=apart) for piece in merge_alike(pieces, len(self.cells), most)
            ]
        kept = [piece for piece in pieces if piece.columns]
        start += sum(piece.value[0] for piece in pieces if not piece.columns)
        kept += self._group_pieces()
        n_cells = np.array([len(self.cells[j]) for j in range(len(self.cells))])
        value = np.vstack([np.zeros((0, 2)), *(piece.value for piece in kept)])
        messages = Messages(pack(kept, n_cells))
        return Leaves(messages, value[:, 0].copy(), value[:, 1].copy(), (float(start[0]), float(start[1])))

    def _factors(self, column: int) -> list[Factor]:
        trees = self.before.trees_of(column), self.after.trees_of(column)
        key = trees[0].tobytes(), trees[1].tobytes()
        made = self._made.get(key)
        if made is None:
            made = self._tree_factors(*trees)
            self._made = {key: made}  # the columns of a forest share it, those of classes come in turn
        return made

    def _tree_factors(self, first: Array, second: Array) -> list[Factor]:
        partner = {int(self.after.tree_id[t]): int(t) for t in second}
        found: list[Factor] = []
        for t in map(int, first):
            other = partner.pop(int(self.before.tree_id[t]), None)
            found += self._pair(t, other)
        for t in sorted(partner.values()):
            found += self._pair(None, t)
        return found

    def _pair(self, first: int | None, second: int | None) -> list[Factor]:
        one = None if first is None else (self.before, self._bounds[0], first)
        two = None if second is None else (self.after, self._bounds[1], second)
        together = tree_factor(one, two, self.cells)
        if together is not None:
            return [together]
        alone = [tree_factor(one, None, self.cells), tree_factor(None, two, self.cells)]
        return [factor for factor in alone if factor is not None]

    def _group_pieces(self) -> list[Piece]:
        """Nothing where a group of columns keeps to its rule; there is no box elsewhere."""
        found = []
        for group in self.groups:
            told = [k for k in range(len(group.columns)) if len(np.unique(group.cells[:, k])) > 1]
            if len(told) < 2:
                continue
            told = [told[k] for k in np.argsort(group.columns[told])]
            cells = np.unique(group.cells[:, told], axis=0)
            columns = tuple(map(int, group.columns[told]))
            classes = [np.arange(len(self.cells[j]), dtype=np.int32) for j in columns]
            box = [cells[:, [k]] == classes[k] for k in range(len(columns))]
            found.append(Piece(columns, tuple(classes), tuple(box), np.zeros((len(cells), 2))))
        return found


def _pairs_of_trees(e: TreeEnsemble) -> int:
    """How many pairs of a tree and a column there are."""
    tree = np.repeat(np.arange(e.n_trees), np.diff(e.root))
    return len(np.unique(tree * (e.n_features + 1) + e.feature))


def _leaf_values(value: Array, leaf: Array) -> Array:
    found: Array = np.where(leaf == LEAF, 0.0, value[leaf])
    return found
