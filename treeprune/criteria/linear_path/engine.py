"""What a path asks of that which fits all problems at one strength."""

from __future__ import annotations

from typing import Protocol

from treeprune.criteria.linear_path.problem import PathProblem
from treeprune.model.ensemble import Array


class Engine(Protocol):
    """All problems of a path, the full fit first, then one for each fold; each knows its coefficients."""

    def fit_head(self) -> float:
        """Fit what is not penalised; return the largest strength of the full fit.

        Raises
        ------
        ValueError
            If that alone does not converge.
        """

    def advance(self, strength: float, previous: float, tolerance: float) -> bool:
        """Fit all problems at a strength, from their present coefficients.

        Returns
        -------
        bool
            Whether every slope that its penalty and bounds do not balance is within the tolerance.
        """

    def solution(self) -> tuple[Array, Array]:
        """Full fit on standardised columns, shapes (n_features, n_outputs) and (n_outputs,)."""

    def deviance(self) -> float:
        """Mean deviance of the full fit on its own rows."""

    def held_out(self) -> Array:
        """Mean deviance of the rows that each fold holds out, shape (n_folds,)."""


_HEAD, _ROUNDING = 1e-10, 1e-13


def head_tolerance(problem: PathProblem, largest: float) -> float:
    """How exactly that which is not penalised is fitted, given the largest slope before."""
    return max(_HEAD * largest, _ROUNDING * problem.magnitude * max(problem.scale.spread.max(), 1.0))


DIVERGED = (
    "the intercept and the groups of penalty factor 0 do not converge by themselves: they separate the "
    "outcome, or grow without end; give them a penalty"
)
