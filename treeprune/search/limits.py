"""The budget: what a model may have at the most."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any, Self

import numpy as np

from treeprune.pruners.parameters import check_whole_number
from treeprune.search.candidates import Sizes


@dataclass(frozen=True)
class Limits:
    """What a model may have at the most; infinite where there is no limit.

    Parameters
    ----------
    nodes, trees, features, bytes : float
    ms : float
        Milliseconds to predict 1000 rows.
    """

    nodes: float = np.inf
    trees: float = np.inf
    features: float = np.inf
    bytes: float = np.inf
    ms: float = np.inf

    @classmethod
    def of(cls, max_nodes: Any, max_trees: Any, max_features: Any, max_bytes: Any, max_ms: Any) -> Self:
        """The limits that are given; None for no limit.

        Raises
        ------
        ValueError
            If one is not legal.
        """
        whole = {
            "max_nodes": max_nodes,
            "max_trees": max_trees,
            "max_features": max_features,
            "max_bytes": max_bytes,
        }
        for name, value in whole.items():
            if value is not None:
                check_whole_number(name, value, 1)
        numeric = isinstance(max_ms, Real) and not isinstance(max_ms, bool | np.bool_)
        if max_ms is not None and not (numeric and 0 < float(max_ms) < np.inf):
            raise ValueError(f"max_ms must be a number > 0, got {max_ms!r}")
        given = [np.inf if value is None else float(value) for value in (*whole.values(), max_ms)]
        return cls(*given)

    def admit(self, sizes: Sizes) -> bool:
        """Whether a model is small enough, as far as its trees say."""
        return sizes.nodes <= self.nodes and sizes.trees <= self.trees and sizes.features <= self.features

    @property
    def limited(self) -> bool:
        """Whether there is any limit."""
        return self != Limits()

    @property
    def measured(self) -> bool:
        """Whether something is limited that has to be measured on the written model."""
        return bool(np.isfinite(self.bytes) or np.isfinite(self.ms))

    def in_words(self) -> str:
        """The limits that there are, as parameters."""
        names = ("nodes", "trees", "features", "bytes", "ms")
        return ", ".join(f"max_{n}={getattr(self, n):g}" for n in names if np.isfinite(getattr(self, n)))
