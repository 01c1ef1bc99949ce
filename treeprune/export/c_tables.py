"""Trees as tables of numbers, small enough for devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from treeprune.export.cuts import model_cuts
from treeprune.export.narrow import narrow_cuts
from treeprune.export.questions import Question, leaf_terms, questions
from treeprune.export.slots import Slots
from treeprune.model.ensemble import Array, TreeEnsemble

Dtype = Literal["float32", "float64"]


@dataclass(frozen=True, eq=False)
class Tables:
    """Splits and leaves of all trees.

    Only splits have rows. A reference below their number is a split, above it a row of `leaf`; leaves of
    the same numbers share a row.

    Parameters
    ----------
    slots : Slots
        What a row is turned into first.
    zero : float
        Numbers from minus this to this are missing in "nonzero" slots.
    sided : bool
        Whether some splits send missing values left; `place` then holds twice the place, plus 1 if so.
    place : ndarray of int64, shape (n_splits,)
        Where a split finds its number.
    cut : ndarray of float32 or float64, shape (n_splits,)
        A number goes left where it is at or below this; of a split on categories the number of its set.
    left, right : ndarray of int64, shape (n_splits,)
    root : ndarray of int64, shape (n_trees,)
    leaf : ndarray of float32 or float64, shape (n_distinct, width)
    column : ndarray of int64, shape (n_trees,), or None
        Output column that each tree feeds; None where leaves hold numbers for all.
    set_first, set_count : ndarray of int64, shape (n_sets,)
        First byte of each set, and how many codes it knows.
    set_byte : ndarray of uint8
        Bit ``k % 8`` of byte ``k // 8`` of a set says that code ``k`` goes left.
    """

    slots: Slots
    zero: float
    sided: bool
    place: Array
    cut: Array
    left: Array
    right: Array
    root: Array
    leaf: Array
    column: Array | None
    set_first: Array
    set_count: Array
    set_byte: Array

    @property
    def n_splits(self) -> int:
        """Number of splits in all trees."""
        return len(self.place)

    @classmethod
    def of(cls, e: TreeEnsemble, missing: tuple[float, float] | None, dtype: Dtype) -> Tables:
        """Lay out an ensemble.

        Parameters
        ----------
        e : TreeEnsemble
        missing : (float, float) or None
            Numbers that mean missing.
        dtype : {"float32", "float64"}
            Of inputs and outputs.

        Returns
        -------
        Tables
        """
        asked = questions(e)
        slots = Slots.of(asked, missing, e.n_features)
        single = "float32" in (dtype, e.input_dtype)  # inputs are rounded before they are compared
        cut = narrow_cuts(model_cuts(e), "float32" if single else "float64")
        inner = np.flatnonzero(~e.is_leaf)
        splits = [question for question in asked if question is not None]
        sets = sorted({_set_of(q) for q in splits if q.codes is not None})
        number = {own: i for i, own in enumerate(sets)}
        for node, question in zip(inner, splits, strict=True):
            if question.codes is not None:
                cut[node] = number[_set_of(question)]
        bits = [_bytes_of(*own) for own in sets]
        sided = any(question.missing_left for question in splits)
        places = np.array([slots.place(question) for question in splits], np.int64)
        left_too = np.array([question.missing_left for question in splits], np.int64)
        leaf, row, column = _leaves(e, "float32" if "float32" in (dtype, e.output_dtype) else "float64")
        reference = np.empty(e.n_nodes, np.int64)
        reference[inner] = np.arange(len(inner))
        reference[e.is_leaf] = len(inner) + row
        sizes = np.array([len(own) for own in bits], np.int64)
        return cls(
            slots=slots,
            zero=next((q.zero for q in splits if q.zero is not None), 0.0),
            sided=sided,
            place=2 * places + left_too if sided else places,
            cut=cut[inner],
            left=reference[e.left[inner]],
            right=reference[e.right[inner]],
            root=reference[e.root[:-1]],
            leaf=leaf,
            column=column,
            set_first=np.cumsum(sizes) - sizes,
            set_count=np.array([n for _, n in sets], np.int64),
            set_byte=np.concatenate([np.empty(0, np.uint8), *bits]),
        )


def _set_of(question: Question) -> tuple[tuple[int, ...], int]:
    assert question.codes is not None
    return question.codes, question.n_codes


def _bytes_of(codes: tuple[int, ...], n_codes: int) -> Array:
    flags = np.zeros(n_codes, np.uint8)
    flags[list(codes)] = 1
    return np.packbits(flags, bitorder="little")


def _leaves(e: TreeEnsemble, dtype: Dtype) -> tuple[Array, Array, Array | None]:
    """Distinct rows of leaves, which of them each leaf has, and the column of each tree."""
    terms = leaf_terms(e)[e.is_leaf]
    fed = np.repeat(e.output, np.diff(e.root))[e.is_leaf]
    column = None
    if e.n_columns > 1 and (e.output >= 0).all():
        column = e.output.astype(np.int64)
        terms = np.take_along_axis(terms, fed[:, None].astype(np.int64), 1)
    elif e.n_columns > 1:
        others = (fed[:, None] >= 0) & (fed[:, None] != np.arange(e.n_columns))
        terms = np.where(others, 0.0, terms)
    leaf, row = np.unique(terms.astype(dtype), axis=0, return_inverse=True)
    return leaf, row.ravel(), column
