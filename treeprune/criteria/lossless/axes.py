"""A domain as a product of axes, and the splits of a model as questions to one axis each.

Columns do not depend on each other but within their groups. So a column, or a whole group, is an axis; its
cells are values (of a group: alternatives) that no split tells apart; every region of inputs that a node of
a tree sees is a product of sets of cells, one set for each axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from treeprune.certificate.cells import LEFT, Cells, bounds_of_splits, column_cells, sides_of_cells
from treeprune.domain.column import Column
from treeprune.domain.domain import Domain
from treeprune.domain.groups import alternatives
from treeprune.model.ensemble import LEAF, ZERO_IS_MISSING, Array, TreeEnsemble

_ALL = np.iinfo(np.int64).max


def all_inputs(ensemble: TreeEnsemble) -> Domain:
    """The domain of every input there is, missing values included."""
    names = ensemble.feature_names or tuple(f"x[{j}]" for j in range(ensemble.n_features))
    return Domain(tuple(Column(name=name, missing=True) for name in names))


def split_bounds(ensemble: TreeEnsemble) -> Array:
    """Largest double precision number that goes left at each numeric split; NaN where none does."""
    with np.errstate(invalid="ignore"):  # beside an infinite threshold there is no next number
        return bounds_of_splits(ensemble)


@dataclass(frozen=True, eq=False)
class Axes:
    """What the splits of an ensemble ask over a domain.

    Parameters
    ----------
    columns : list of ndarray of int
        Columns of each axis.
    cells : list of ndarray of float64, shape (n_cells, n_columns of the axis)
        A value in each cell; a cell of missing values is the last one of its axis.
    n_numbers : ndarray of int64, shape (n_axes,)
        Cells of each axis that are no missing values.
    has_missing : ndarray of bool, shape (n_axes,)
    by_set : ndarray of bool, shape (n_axes,)
        Whether splits on the axis send any set of cells to the left; else the first `cut` ones.
    first_word : ndarray of int64, shape (n_axes + 1,)
        Where the axis stands in `full`.
    full : ndarray of uint64
        All cells of axes that are asked by sets, as bits.
    axis : ndarray of int32, shape (n_nodes,)
        Which axis a split asks; -1 at leaves, and at splits of which nothing can be said.
    cut : ndarray of int64, shape (n_nodes,)
        How many cells go left; by sets: where the words of the cells that go left stand in `word`.
    missing_left : ndarray of bool, shape (n_nodes,)
    word : ndarray of uint64
    question : ndarray of int64, shape (n_nodes,)
        Splits that send the same cells to the left have the same number; -1 at leaves.
    """

    columns: list[Array]
    cells: list[Array]
    n_numbers: Array
    has_missing: Array
    by_set: Array
    first_word: Array
    full: Array
    axis: Array
    cut: Array
    missing_left: Array
    word: Array
    question: Array

    def __len__(self) -> int:
        return len(self.columns)


def axes_of(ensemble: TreeEnsemble, domain: Domain) -> Axes:
    """Axes of a domain, cut where a model cuts them.

    Parameters
    ----------
    ensemble : TreeEnsemble
    domain : Domain
        With the columns of the ensemble, in its order.

    Returns
    -------
    Axes
    """
    e, bound = ensemble, split_bounds(ensemble)
    by_column = [column_cells(c, [(e, bound)], j, _ALL) for j, c in enumerate(domain.columns)]
    grouped = [np.array([domain.names.index(name) for name in g.columns]) for g in domain.groups]
    alone = np.setdiff1d(np.arange(e.n_features), np.concatenate([np.zeros(0, int), *grouped]))
    made = _Made(e)
    order = np.argsort(e.feature, kind="stable")
    edges = np.searchsorted(e.feature[order], np.arange(e.n_features + 1))
    splits = [order[a:b] for a, b in pairwise(edges)]
    for j in map(int, alone):
        made.add_column(j, by_column[j], bound, splits[j])
    for columns, group in zip(grouped, domain.groups, strict=True):
        rows = alternatives([domain[name] for name in group.columns], group.exactly)
        made.add_group(columns, rows, [by_column[j] for j in columns], bound, [splits[j] for j in columns])
    return made.axes()


class _Made:
    """Axes as they are made."""

    def __init__(self, e: TreeEnsemble) -> None:
        self._e, n = e, e.n_nodes
        self._columns: list[Array] = []
        self._cells: list[Array] = []
        self._n_numbers: list[int] = []
        self._missing: list[bool] = []
        self._by_set: list[bool] = []
        self._full: list[Array] = []
        self._axis, self._cut = np.full(n, LEAF, np.int32), np.zeros(n, np.int64)
        self._left = np.zeros(n, np.bool_)
        self._words: list[Array] = []
        self._n_words = 0
        self._question, self._n_questions = np.full(n, LEAF, np.int64), 0

    def add_column(self, j: int, cells: Cells, bound: Array, nodes: Array) -> None:
        """An axis of one column."""
        e, gone = self._e, cells.low < 0
        by_code = e.category_set[nodes] != LEAF
        simple = not by_code.any() and not (e.missing[nodes] == ZERO_IS_MISSING).any()
        self._add(np.array([j]), cells.value[:, None], int((~gone).sum()), not simple)
        if by_code.any() and not by_code.all():
            # a code is cut to a whole number, a number is not: no cells tell both apart
            self._ask_nothing(nodes)
        elif simple:
            self._ask_numbers(nodes, cells, bound)
        else:
            self._ask_sets(nodes, sides_of_cells(e, bound, nodes, cells) == LEFT)

    def add_group(
        self, columns: Array, rows: Array, cells: list[Cells], bound: Array, splits: list[Array]
    ) -> None:
        """An axis of several columns, whose cells are the alternatives that they allow."""
        self._add(columns, rows, len(rows), by_set=True)
        for k, nodes in enumerate(splits):
            rank = np.searchsorted(cells[k].edges, rows[:, k])
            at = np.searchsorted(cells[k].low[cells[k].low >= 0], rank)
            sides = sides_of_cells(self._e, bound, nodes, cells[k])
            self._ask_sets(nodes, sides[:, at] == LEFT)

    def _add(self, columns: Array, cells: Array, n_numbers: int, by_set: bool) -> None:
        self._columns.append(columns)
        self._cells.append(cells)
        self._n_numbers.append(n_numbers)
        self._missing.append(len(cells) > n_numbers)
        self._by_set.append(by_set)
        self._full.append(_packed(np.ones((1, len(cells)), bool))[0] if by_set else np.zeros(0, np.uint64))

    def _ask_nothing(self, nodes: Array) -> None:
        self._question[nodes] = self._n_questions + np.arange(len(nodes))
        self._n_questions += len(nodes)

    def _ask_numbers(self, nodes: Array, cells: Cells, bound: Array) -> None:
        e = self._e
        rank = np.searchsorted(cells.edges, bound[nodes])
        rank = np.where(np.isnan(bound[nodes]), -1, rank)
        cut = np.searchsorted(cells.low[cells.low >= 0], rank, side="right")
        zero = e.missing[nodes] == 1
        left = np.where(zero, bound[nodes] >= 0.0, e.default_left[nodes])
        self._axis[nodes], self._cut[nodes], self._left[nodes] = len(self._columns) - 1, cut, left
        self._number(nodes, 2 * cut + (left & self._missing[-1]))

    def _ask_sets(self, nodes: Array, left: Array) -> None:
        if len(nodes) == 0:
            return
        asked, which = np.unique(left, axis=0, return_inverse=True)
        words = _packed(asked)
        self._axis[nodes] = len(self._columns) - 1
        self._cut[nodes] = self._n_words + which.ravel() * words.shape[1]
        self._words.append(words.ravel())
        self._n_words += words.size
        self._number(nodes, which.ravel())

    def _number(self, nodes: Array, key: Array) -> None:
        found, which = np.unique(key, return_inverse=True)
        self._question[nodes] = self._n_questions + which.ravel()
        self._n_questions += len(found)

    def axes(self) -> Axes:
        nothing = np.zeros(0, np.uint64)
        return Axes(
            columns=self._columns,
            cells=self._cells,
            n_numbers=np.array(self._n_numbers, np.int64),
            has_missing=np.array(self._missing, np.bool_),
            by_set=np.array(self._by_set, np.bool_),
            first_word=np.concatenate([[0], np.cumsum([len(w) for w in self._full])]).astype(np.int64),
            full=np.concatenate([nothing, *self._full]),
            axis=self._axis,
            cut=self._cut,
            missing_left=self._left,
            word=np.concatenate([nothing, *self._words]),
            question=self._question,
        )


def _packed(bits: Array) -> Array:
    """Rows of booleans as rows of words of 64 bits."""
    wide = np.zeros((len(bits), -(-bits.shape[1] // 64) * 64), bool)
    wide[:, : bits.shape[1]] = bits
    packed: Array = np.packbits(wide, axis=1, bitorder="little").view("<u8").astype(np.uint64)
    return packed
