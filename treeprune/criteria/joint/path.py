"""Models of all sizes: the strength falls step by step, each problem starting where the last one ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from treeprune.criteria.joint.descent import Limits, descend, refine_all
from treeprune.criteria.joint.problem import JointProblem
from treeprune.criteria.joint.scan import all_gains
from treeprune.criteria.joint.state import JointState
from treeprune.criteria.joint.step import JointStep, step_of
from treeprune.model.ensemble import Array

_RATIO, _MOST_STEPS = 0.8, 60
_BISECTIONS = 4
_REFINEMENTS = 10

_Finish = Callable[[JointState, float], JointState]
_Enough = Callable[[JointStep], bool]


def largest_alpha(problem: JointProblem, *, n_jobs: int | None = None) -> float:
    """Strength above which no tree is worth its price to begin with.

    The largest ratio of gain to price over all tops of all trees, by Dinkelbach's method (W. Dinkelbach,
    On nonlinear fractional programming, Management Science 13, 1967).

    Parameters
    ----------
    problem : JointProblem
    n_jobs : int, optional
        Threads over trees, after joblib's convention.

    Returns
    -------
    float
        0 if no tree gains anything. Under the quadratic around the model without trees, and with features
        paid at each first use on a path.
    """
    state, strength = JointState(problem), 0.0
    for _ in range(50):
        gains, prices = all_gains(state, strength, n_jobs=n_jobs)
        found = gains > 0
        if not found.any():
            break
        higher = strength + float((gains[found] / prices[found]).max())
        if higher <= strength * (1 + 1e-6):
            break
        strength = higher
    return strength / problem.total_weight


def default_alphas(largest: float) -> Array:
    """Falling strengths in equal ratios.

    Parameters
    ----------
    largest : float

    Returns
    -------
    ndarray of float64
    """
    return largest * _RATIO ** np.arange(1, _MOST_STEPS + 1)


def solve_path(
    problem: JointProblem,
    alphas: Sequence[float] | Array | None = None,
    limits: Limits | None = None,
    *,
    n_jobs: int | None = None,
    finish: _Finish | None = None,
    enough: _Enough | None = None,
) -> list[JointStep]:
    """Solve a joint problem at falling strengths.

    Parameters
    ----------
    problem : JointProblem
    alphas : sequence of float, optional
        Positive; taken in falling order. By default they begin where the first tree enters, and end at
        the limits or where nothing changes any more.
    limits : Limits, optional
    n_jobs : int, optional
        Threads of the looks at all trees, after joblib's convention. Changes nothing in the result.
    finish : callable, optional
        ``finish(state, tolerance)`` gives the state that a step is made of; the path goes on from the one
        it was given.
    enough : callable, optional
        ``enough(step)`` is asked after each step whether the path may end there.

    Returns
    -------
    list of JointStep
        In order of rising price; none costs more than a later one, and each has the lower loss (with
        ridge) the later it comes. May be empty if no tree is worth its price.

    Notes
    -----
    Block-coordinate descent finds no global minimum: the problem is one of best subsets. Each step has a
    lower (or the same) objective at its strength than the step before it. A step that a later one equals
    or beats in price is left out: since the objective never rises on the way, it is beaten at its own
    strength too.
    """
    limits = limits or Limits()
    given = alphas is not None
    if alphas is None:
        largest = largest_alpha(problem, n_jobs=n_jobs)
        alphas = default_alphas(largest) if largest > 0 else []
    wanted = np.sort(np.asarray(alphas, np.float64))[::-1]
    if len(wanted) and (not np.isfinite(wanted).all() or wanted[-1] <= 0):
        raise ValueError("alphas must be positive and finite")
    solver = _Solver(problem, limits, n_jobs, finish)
    last = np.inf
    for alpha in map(float, wanted):
        state = solver.solve(alpha)
        if state.n_nodes > limits.max_nodes:
            if not given and np.isfinite(last):
                solver.bisect(alpha, last)
            break
        solver.accept(state, alpha)
        last = alpha
        if enough is not None and solver.steps and enough(solver.steps[-1]):
            break
        if not given and state.loss <= 1e-9 * solver.null_loss:
            break
    return ascending(solver.steps)


class _Solver:
    def __init__(
        self, problem: JointProblem, limits: Limits, n_jobs: int | None, finish: _Finish | None
    ) -> None:
        self.finish = finish
        self.problem, self.limits, self.n_jobs = problem, limits, n_jobs
        self.state = JointState(problem)
        self.null_loss = max(self.state.loss, np.finfo(np.float64).tiny)
        self.steps: list[JointStep] = []

    def solve(self, alpha: float) -> JointState:
        state = self.state.copy()
        state.settle()
        strength = alpha * self.problem.total_weight
        descend(state, strength, self.limits, self.null_loss, n_jobs=self.n_jobs)
        refine_all(state, self.limits.tolerance * self.null_loss, _REFINEMENTS)
        return state

    def accept(self, state: JointState, alpha: float) -> None:
        self.state = state
        if state.tops:
            tolerance = self.limits.tolerance * self.null_loss
            self.steps.append(step_of(self.finish(state, tolerance) if self.finish else state, alpha))

    def bisect(self, low: float, high: float) -> None:
        """Come as near to the largest model that is allowed as a few strengths can."""
        for _ in range(_BISECTIONS):
            alpha = float(np.sqrt(low * high))
            state = self.solve(alpha)
            if state.n_nodes > self.limits.max_nodes:
                low = alpha
            else:
                high = alpha
                self.accept(state, alpha)


def ascending(steps: list[JointStep]) -> list[JointStep]:
    """Steps in order of rising price, without those that a later one makes needless.

    Parameters
    ----------
    steps : list of JointStep
        By falling strength, each descended to from the one before it.

    Returns
    -------
    list of JointStep
    """
    kept: list[JointStep] = []
    for step in reversed(steps):
        if not kept or step.price < kept[-1].price:
            kept.append(step)
    return kept[::-1]
