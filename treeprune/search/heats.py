"""The models that strategies are tried on: of each fold, or the one that was given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from treeprune.backends.linear import is_linear
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.pruners.folds import Fold, make_folds
from treeprune.pruners.linear_base import last_step
from treeprune.pruners.native import Native, grow
from treeprune.search.fitted import Fitted, Jury, ReadOnce, Rows
from treeprune.search.race import Heat
from treeprune.statistics.loss_base import Loss


@dataclass(frozen=True, eq=False)
class Heats:
    """How a search goes over its rows.

    Parameters
    ----------
    estimator : object
        Fitted in each fold, unless `frozen`.
    frozen : bool
        Whether the model is fitted already.
    full : Fitted
        The model of all rows.
    judging : Rows
        That judge: those of `full`, or rows apart.
    folds : list of (train, test)
        Of `judging`.
    groups : ndarray or None
        Of `judging`.
    apart : bool
        Whether `judging` are not the rows of `full`.
    known : TreeEnsemble
        In whose classes outcomes are encoded.
    classify : bool
    """

    estimator: Any
    frozen: bool
    full: Fitted
    judging: Rows
    folds: list[Fold]
    groups: Array | None
    apart: bool
    known: TreeEnsemble
    classify: bool

    def parts(self) -> list[Array]:
        """Rows whose mean loss is one number."""
        return [np.asarray(test) for _, test in self.folds]

    def halves(self, rows: Array) -> list[Array]:
        """Two halves of some rows, each of which may choose for the other; positions among them.

        Raises
        ------
        ValueError
            If there are too few.
        """
        some = self.judging.take(rows)
        groups = None if self.groups is None else self.groups[rows]
        pairs = make_folds(2, some.X, some.y, some.weights, groups, classify=self.classify)
        return [test for _, test in pairs]

    def have_halves(self) -> bool:
        """Whether rows can be held out everywhere for strategies that need some."""
        if self.frozen and not self.apart:
            return True
        try:
            for rows in [np.concatenate(self.parts())] if self.apart else self.parts():
                self.halves(rows)
        except ValueError:
            return False
        return True

    def __iter__(self) -> Iterator[Heat]:
        halved = self.have_halves()
        if self.apart:
            rows = np.sort(np.concatenate(self.parts()))
            yield self._heat(self.full, rows, self.halves(rows) if halved else [])
            return
        for train, test in self.folds:
            seen = self.judging.take(train)
            if self.frozen:
                # a fitted model has seen none of the rows: those of the other folds may choose
                own = Fitted(self.full.native, seen, seen, self.full.loss, self.full.n_jobs, True)
                yield self._heat(own, test, [])
            else:
                own = fit(self.estimator, seen, self.full.loss, self.full.n_jobs, fold=True)
                yield self._heat(own, test, self.halves(test) if halved else [])

    def _heat(self, fitted: Fitted, rows: Array, halves: list[Array]) -> Heat:
        jury = Jury(fitted.native, self.judging.take(rows), fitted.loss, self.known)
        return Heat(fitted, jury, np.asarray(rows), halves)

    def final(self, *, needs_apart: bool) -> Fitted:
        """The model whose smaller models are taken in the end.

        Parameters
        ----------
        needs_apart : bool
            Whether rows have to be held out from it: then it is fitted on all but half a fold.
        """
        if not needs_apart:
            return self.full
        if self.apart or self.frozen:
            return self.full.beside(self.judging)
        rows = np.asarray(self.folds[0][1])
        chooses = rows[self.halves(rows)[0]]
        others = np.setdiff1d(np.concatenate(self.parts()), chooses)
        own = fit(self.estimator, self.judging.take(others), self.full.loss, self.full.n_jobs, fold=False)
        return own.beside(self.judging.take(chooses))


def fit(estimator: Any, rows: Rows, loss: Loss, n_jobs: int | None, *, fold: bool) -> Fitted:
    """Fit a fresh copy of an estimator."""
    return Fitted(fresh(estimator, rows), rows, None, loss, n_jobs, fold)


def fresh(estimator: Any, rows: Rows) -> Native:
    """A fresh copy of an estimator, fitted.

    Raises
    ------
    TypeError
        If there are weights and the estimator takes none.
    """
    last = last_step(estimator)
    if last is estimator and not is_linear(estimator):
        return ReadOnce.of(grow(estimator, rows.X, rows.y, rows.own_weights))
    given: dict[str, Any] = {}
    if rows.own_weights is not None:
        if not has_fit_parameter(last, "sample_weight"):
            raise TypeError(f"{type(last).__name__}.fit takes no sample_weight")
        name = "sample_weight" if last is estimator else f"{estimator.steps[-1][0]}__sample_weight"
        given[name] = rows.weights
    return Native(clone(estimator).fit(rows.X, rows.y, **given))
