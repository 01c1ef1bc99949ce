"""What is compared: smaller models, how large they are, and the families of them that strategies make."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.structure import depths
from treeprune.pruners.native import Native
from treeprune.search.fitted import Fitted, Jury


class Sizes(NamedTuple):
    """How large a model is; of a linear model `features` alone says so."""

    nodes: float = 0
    trees: float = 0
    leaves: float = 0
    depth: float = 0
    features: float = 0


class Smaller(ABC):
    """A smaller model."""

    @abstractmethod
    def losses(self, jury: Jury) -> Array:
        """Loss of each row of a jury; shape (n_rows,)."""

    @abstractmethod
    def sizes(self) -> Sizes:
        """How large it is."""

    @abstractmethod
    def written(self, X: Any) -> Native:
        """The native model; `X` are rows to check it on."""

    @abstractmethod
    def support(self, n_columns: int) -> Array:
        """Columns that it looks at; ndarray of bool, shape (n_columns,)."""

    @abstractmethod
    def plan(self) -> Any:
        """The record of what went, and why."""


@dataclass(frozen=True, eq=False)
class SmallerTrees(Smaller):
    """Some of the trees of a model, or of parts of them.

    Parameters
    ----------
    native : Native
        The model before pruning.
    ensemble : TreeEnsemble
    record : callable
        ``record()`` gives the plan.
    n_jobs : int or None
    write : callable, optional
        ``write(X)`` gives the native model; by default it is of the class of `native`.
    """

    native: Native
    ensemble: TreeEnsemble
    record: Callable[[], Any]
    n_jobs: int | None
    write: Callable[[Any], Native] | None = None

    def losses(self, jury: Jury) -> Array:
        """See `Smaller.losses`."""
        return jury.of_trees(self.ensemble, self.n_jobs)

    def sizes(self) -> Sizes:
        """See `Smaller.sizes`."""
        return tree_sizes(self.ensemble)

    def written(self, X: Any) -> Native:
        """See `Smaller.written`."""
        return self.native.written(self.ensemble, X) if self.write is None else self.write(X)

    def support(self, n_columns: int) -> Array:
        """See `Smaller.support`."""
        return np.isin(np.arange(n_columns), self.ensemble.used_features())

    def plan(self) -> Any:
        """See `Smaller.plan`."""
        return self.record()


def tree_sizes(e: TreeEnsemble) -> Sizes:
    """How large an ensemble is."""
    depth = int(depths(e.left, e.right).max())
    return Sizes(e.n_nodes, e.n_trees, e.n_leaves, depth, len(e.used_features()))


class Variant(ABC):
    """A strategy with all of its parameters but the strength: one family of models from large to small.

    Parameters
    ----------
    grid : sequence of dict
        Parameters of each member of the family, alike in every fold.
    """

    strategy: ClassVar[str]
    needs_apart: bool = False
    """Whether rows have to be held out from the model for it to choose by."""

    def __init__(self, grid: Sequence[Mapping[str, Any]]) -> None:
        self.grid = tuple(grid)

    @property
    def name(self) -> str:
        """Name of the strategy."""
        return self.strategy

    @abstractmethod
    def models(self, fitted: Fitted, wanted: Array) -> Sequence[Smaller | None]:
        """Some of the family of a fitted model.

        Parameters
        ----------
        fitted : Fitted
        wanted : ndarray of bool, shape (len(grid),)
            Which members are asked for.

        Returns
        -------
        sequence of Smaller or None, as long as `grid`
            None where there is no such model, or it is not asked for.
        """


class Whole(Variant):
    """The model as it was, to compare with."""

    strategy = "none"

    def __init__(self, of: Callable[[Fitted], Smaller]) -> None:
        super().__init__([{}])
        self._of = of

    def models(self, fitted: Fitted, wanted: Array) -> Sequence[Smaller | None]:
        """See `Variant.models`."""
        return [self._of(fitted)]
