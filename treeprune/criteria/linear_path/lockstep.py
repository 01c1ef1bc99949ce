"""All folds and the full fit, step by step together along the path.

Newton steps with exact slopes: each product with the columns serves all problems at once. Second
derivatives are those of an earlier point, see `treeprune.criteria.linear_path.bank`.
"""

from __future__ import annotations

import numpy as np

from treeprune.criteria.linear_path.bank import Bank
from treeprune.criteria.linear_path.design import make_design
from treeprune.criteria.linear_path.engine import DIVERGED, head_tolerance
from treeprune.criteria.linear_path.folds import Folds
from treeprune.criteria.linear_path.layout import Layout, columns_of, head_columns, is_head, times
from treeprune.criteria.linear_path.measure import falls, violations
from treeprune.criteria.linear_path.problem import PathProblem
from treeprune.criteria.linear_path.ratios import ratios_of
from treeprune.criteria.linear_path.screening import entering, largest_strength, pull_of_groups, violating
from treeprune.model.ensemble import Array

_PATIENCE, _MOST_PATIENCE = 4, 20
"""Steps after which second derivatives are made anew, at least and at most."""

_MOST_STEPS = 100
_MOST_CUTS = 40

_OF_FOLDS = 10.0
"""Folds may be that many times as far from their optimum as the full fit: they are not handed out."""

_OVERSHOT = 0.5
"""A step may end where the objective rises this much as steeply as it fell at the start."""

_SWEEP = 0.03
"""Of a problem's violation: slopes of the quadratic model need not be nearer to balance than that."""

_WITHIN = 0.5
"""Of the tolerance, if the quadratic model is exact: one step is enough then."""


class Lockstep:
    """Engine that works on rows, for every family.

    Parameters
    ----------
    problem : PathProblem
    folds : Folds, optional
    """

    def __init__(self, problem: PathProblem, folds: Folds | None) -> None:
        self._problem, self._folds = problem, folds
        training = [] if folds is None else list(folds.training)
        self._weights = np.array([problem.weights, *training])
        self._design = make_design(problem.X, problem.scale)
        self._ratios = ratios_of(problem, folds, self._design)
        self._design.bring(head_columns(problem))
        start = np.zeros((len(self._weights), problem.n_outputs))
        if problem.fit_intercept:
            start[:] = [problem.losses.start(problem.outcome, w) for w in self._weights]
        self._eta = problem.offset + start[:, :, None]
        self._residual = self._residual_at(self._eta, np.arange(len(start)))
        self._rest = np.zeros((*start.shape, problem.n_features))
        self._layout = Layout(problem, [], self._ratios)
        self._coef = np.zeros((len(start), self._layout.head))
        self._coef[:, : problem.n_outputs] = start
        self._slope = self._slopes(self._residual, np.arange(len(start)))
        self._bank = Bank(problem, folds, self._design, self._weights, self._layout)
        self._renew_all()
        self._before: tuple[float, Array, Array] | None = None

    def fit_head(self) -> float:
        """See `Engine`."""
        problem = self._problem
        bounded = np.flatnonzero((problem.factor <= 0.0) & problem.is_bounded)
        self._look_at_rest()
        self._bring(bounded)
        self._enlist(np.arange(len(self._coef)), np.inf, 0.0)
        largest = max(float(np.abs(self._slope).max()), float(np.abs(self._rest).max(initial=0.0)))
        if not self._settle(np.inf, np.full(len(self._coef), head_tolerance(problem, largest))):
            raise ValueError(DIVERGED)
        self._look_at_rest()
        slope = self._rest[0].copy()
        slope[:, self._design.working] = 0.0  # mandatory
        return largest_strength(problem, slope)

    def advance(self, strength: float, previous: float, tolerance: float) -> bool:
        """See `Engine`."""
        if self._late > self._price_of_derivatives():
            self._renew_all()
        problem, tolerances = self._problem, np.full(len(self._coef), _OF_FOLDS * tolerance)
        tolerances[0] = tolerance
        self._bring(self._outside(entering(problem, self._pull, strength, previous)))
        self._enlist(np.arange(len(self._coef)), 2.0 * strength - previous, 0.0)
        shift = self._expected_shift(strength, previous)
        while self._settle(strength, tolerances, shift):
            self._look_at_rest()
            shift, missing = None, self._outside(violating(problem, self._pull, strength, tolerance))
            if not len(missing):
                return True
            self._bring(missing)
        return False

    def solution(self) -> tuple[Array, Array]:
        """See `Engine`."""
        k = self._problem.n_outputs
        own = self._coef[0].reshape(-1, k)
        coef = np.zeros((self._problem.n_features, k))
        coef[self._design.working] = own[1:]
        return coef, own[0].copy()

    def deviance(self) -> float:
        """See `Engine`."""
        problem = self._problem
        return float(problem.losses.deviance(self._eta[0], problem.outcome) @ problem.weights)

    def held_out(self) -> Array:
        """See `Engine`."""
        if self._folds is None:
            return np.empty(0)
        problem, means = self._problem, np.empty(len(self._folds.held))
        with np.errstate(over="ignore"):  # a fold may predict an infinite mean
            for k, rows in enumerate(self._folds.held):
                deviance = problem.losses.deviance(self._eta[k + 1][:, rows], problem.outcome[:, rows])
                means[k] = deviance @ problem.weights[rows] / self._folds.weights[k]
        return means

    def _outside(self, groups: Array) -> Array:
        known = is_head(self._problem)
        known[self._layout.groups] = True
        return groups[~known[groups]]

    def _bring(self, groups: Array) -> None:
        """Add groups to the working set, their coefficients zero."""
        if not len(groups):
            return
        columns = columns_of(self._problem, groups)
        self._design.bring(columns)
        self._layout = Layout(self._problem, np.append(self._layout.groups, groups), self._ratios)
        late = self._rest[:, :, columns].transpose(0, 2, 1).reshape(len(self._coef), -1)
        self._slope = np.concatenate([self._slope, late], axis=1)
        self._coef = np.concatenate([self._coef, np.zeros_like(late)], axis=1)
        self._bank.extend(self._layout)

    def _enlist(self, members: Array, strength: float, tolerance: float | Array) -> None:
        """Let problems work with the groups that may not be zero at a strength.

        With many rows, products of columns cost more than large matrices: then they work with all groups.
        """
        layout, everything = self._layout, self._problem.n_rows > self._problem.n_features
        if not len(layout.groups):
            return
        slopes = self._slope[members, layout.head :]
        if layout.singles:
            pull = np.abs(slopes)
        else:
            pull = np.sqrt(np.add.reduceat(slopes**2, layout.start[:-1] - layout.head, axis=1))
        least = times(strength, layout.soft) + np.reshape(tolerance, (-1, 1))
        wanted = (everything | (pull >= least)) & ~self._bank.enlisted[members]
        for i in np.flatnonzero(wanted.any(axis=1)):
            self._bank.enlist(int(members[i]), np.flatnonzero(wanted[i]))

    def _look_at_rest(self) -> None:
        """Slopes of the columns outside the working set, and what pulls their groups from zero."""
        n_problems, k, n = self._residual.shape
        rest = self._design.rest
        self._rest.fill(0.0)
        if len(rest):
            slopes = self._design.gradient_of_rest(self._residual.reshape(-1, n))
            slopes = slopes.reshape(n_problems, k, -1)
            slopes *= self._ratios[:, None, rest]
            self._rest[:, :, rest] = slopes
        self._pull = pull_of_groups(self._problem, self._rest)

    def _slopes(self, residual: Array, members: Array) -> Array:
        n_problems, k, n = residual.shape
        slopes = self._design.gradient(residual.reshape(-1, n)).reshape(n_problems, k, -1)
        return slopes.transpose(0, 2, 1).reshape(n_problems, -1) * self._layout.ratios[members]

    def _predict(self, coefs: Array, members: Array) -> Array:
        n_problems, k = len(coefs), self._problem.n_outputs
        coefs = coefs * self._layout.ratios[members]
        by_output = coefs.reshape(n_problems, -1, k).transpose(0, 2, 1).reshape(n_problems * k, -1)
        eta = self._design.predict(by_output).reshape(n_problems, k, -1)
        eta += self._problem.offset
        return eta

    def _residual_at(self, eta: Array, members: Array) -> Array:
        everyone = len(members) == len(self._weights)  # a choice of rows copies them
        weights = self._weights if everyone else self._weights[members]
        return self._problem.losses.residual(eta.copy(), self._problem.outcome, weights)

    def _price_of_derivatives(self) -> float:
        """Steps of all problems that cost as much as second derivatives, as products of columns go."""
        return self._coef.shape[1] / (2 * len(self._coef))

    def _renew_all(self) -> None:
        self._bank.renew(self._eta[0])
        self._late = 0

    def _renew(self, live: Array) -> None:
        """Second derivatives of the present point, for problems that have gone many steps."""
        if not self._bank.is_fresh:
            self._renew_all()
            return
        if 0 in live:
            self._renew_all()
        for m in live[live > 0]:
            self._bank.renew_own(int(m), self._eta[m])

    def _settle(self, strength: float, tolerance: Array, shift: Array | None = None) -> bool:
        """Step until all problems are at their optimum on the working set.

        `shift` is what the first step expects the quadratic models to be wrong by.
        """
        live, self._bank.is_fresh = np.arange(len(self._coef)), False
        penalties = self._layout.penalties(strength)
        patience = max(_PATIENCE, min(self._price_of_derivatives(), _MOST_PATIENCE))
        for step in range(_MOST_STEPS):
            off = self._violations(live, penalties)
            keep = off > tolerance[live]
            live, off = live[keep], off[keep]
            if not len(live):
                self._late += max(step - 2, 0)
                return True
            if step and step % int(patience) == 0:
                self._renew(live)
            self._enlist(live, strength, _WITHIN * tolerance[live])
            ends, slopes = self._coef[live], self._slope[live]
            if step == 0 and shift is not None:
                slopes += shift[live]
            within = _WITHIN * tolerance[live] if self._bank.are_exact else _SWEEP * off
            self._bank.descend(live, slopes, ends, penalties, within)
            self._move(live, ends, penalties)
        return False

    def _expected_shift(self, strength: float, previous: float) -> Array | None:
        """By how much the slopes of the quadratic models will be wrong at the next strength.

        As wrong as they were between the last two strengths, in proportion.
        """
        before, self._before = self._before, (previous, self._coef.copy(), self._slope.copy())
        if self._bank.are_exact or before is None or not before[0] > previous:
            return None
        ratio = (previous - strength) / (before[0] - previous)
        n = before[1].shape[1]  # the working set was smaller
        shift = np.zeros_like(self._slope)
        shift[:, :n] = self._slope[:, :n] - before[2]
        went = self._coef.copy()
        went[:, :n] -= before[1]
        for m, move in enumerate(went):
            shift[m, :n] -= self._bank.product(m, move)[:n]
        return ratio * shift

    def _violations(self, live: Array, penalties: tuple[Array, Array]) -> Array:
        layout, out = self._layout, np.empty(len(live))
        at = slice(None) if len(live) == len(self._coef) else live  # a choice of rows copies them
        low, high = layout.low[at], layout.high[at]
        violations(self._slope[at], self._coef[at], layout.start, *penalties, low, high, out)
        return out

    def _move(self, live: Array, ends: Array, penalties: tuple[Array, Array]) -> None:
        """Go there, or less far where the objective would rise again too steeply."""
        start, starts = self._layout.start, self._coef[live]
        steps, before, after = ends - starts, np.empty(len(live)), np.empty(len(live))
        falls(self._slope[live], starts, steps, start, *penalties, True, before)
        left, part = np.flatnonzero(before < 0.0), np.ones(len(live))  # others go no step
        with np.errstate(over="ignore", invalid="ignore"):  # a step that is too long is cut
            for _ in range(_MOST_CUTS if len(left) else 0):
                m = live[left]
                eta = self._predict(ends[left], m)
                residual = self._residual_at(eta, m)
                slope, rise = self._slopes(residual, m), after[: len(m)]
                falls(slope, ends[left], steps[left], start, *penalties, False, rise)
                fall = -before[left]
                fine = rise <= _OVERSHOT * fall
                if fine.all() and len(m) == len(self._coef):  # nothing needs copying
                    self._coef, self._slope, self._eta, self._residual = ends, slope, eta, residual
                    return
                done = m[fine]
                self._coef[done], self._slope[done] = ends[left[fine]], slope[fine]
                self._eta[done], self._residual[done] = eta[fine], residual[fine]
                if fine.all():
                    return
                left, fall, rise = left[~fine], fall[~fine], rise[~fine]
                cut = np.nan_to_num(fall / (fall + rise), nan=0.1, posinf=0.1, neginf=0.1)
                part[left] *= np.clip(cut, 0.1, 0.5)
                ends[left] = starts[left] + part[left, None] * steps[left]
