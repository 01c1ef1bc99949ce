"""Random problems, and the conditions and the minimum of a path's points in plain numpy."""

import numpy as np
import scipy.sparse as sp
from hypothesis import strategies as st

from treeprune.criteria.linear_path.problem import path_problem

FAMILIES = ["gaussian", "binomial", "poisson", "multinomial"]


def outcome(rng, family, eta):
    n = len(eta)
    if family == "gaussian":
        return eta[:, 0] + rng.normal(size=n)
    if family == "binomial":
        y = (rng.random(n) < 1 / (1 + np.exp(-eta[:, 0]))).astype(float)
        y[:2] = 0.0, 1.0
        return y
    if family == "poisson":
        return rng.poisson(np.exp(np.clip(eta[:, 0], -2, 2))).astype(float) + (np.arange(n) == 0)
    y = (eta + rng.gumbel(size=eta.shape)).argmax(axis=1)
    y[: eta.shape[1]] = np.arange(eta.shape[1])
    return y


def table(seed, family, n=60, p=8, n_classes=3):
    """Correlated columns of different scales, few of which matter."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) + 0.7 * rng.normal(size=(n, 1))
    X = X * rng.choice([0.3, 1.0, 5.0], p) + rng.choice([0.0, 2.0], p)
    B = np.zeros((p, n_classes))
    B[: p // 3] = rng.normal(size=(p // 3, n_classes))
    return X, outcome(rng, family, (X - X.mean(axis=0)) / X.std(axis=0) @ B), rng


@st.composite
def problems(draw, **fixed):
    """Arguments of `path_problem` over all that it takes."""
    seed, family = draw(st.integers(0, 10**6)), fixed.pop("family", None) or draw(st.sampled_from(FAMILIES))
    n, p = draw(st.sampled_from([(60, 8), (25, 30), (40, 5)]))
    X, y, rng = table(seed, family, n, p)
    kwargs = {"X": X, "y": y, "family": family, "fit_intercept": draw(st.booleans())}
    if draw(st.booleans()):
        kwargs["weights"] = rng.integers(1, 4, n).astype(float)
    if draw(st.booleans()):
        kwargs["offset"] = rng.normal(size=(n, 3) if family == "multinomial" else n) * 0.5
    n_groups = p
    if draw(st.booleans()):
        kwargs["groups"] = rng.integers(0, max(p // 3, 2), p) * 7 - 3
        n_groups = len(np.unique(kwargs["groups"]))
    if draw(st.booleans()):
        kwargs["penalty_factors"] = rng.uniform(0.2, 3.0, n_groups)
        # mandatory columns that are zero in many rows separate classes easily, the more so in few rows
        mandatory = 0.0 if n == 60 and kwargs["fit_intercept"] else 0.3
        kwargs["penalty_factors"][: min(1 + (n > p), n_groups - 1)] = mandatory
    kwargs["l1_ratio"] = draw(st.sampled_from([1.0, 0.5, 0.05]))
    kwargs["standardize"] = draw(st.booleans())
    if "groups" not in kwargs and draw(st.booleans()):
        kwargs["lower"] = np.where(rng.random(p) < 0.5, -np.inf, -rng.choice([0.0, 0.1], p))
        kwargs["upper"] = np.where(rng.random(p) < 0.5, np.inf, rng.choice([0.0, 0.1], p))
    if draw(st.booleans()):
        kwargs["X"] = np.where(np.median(X, axis=0) < X, X, 0.0)
        if draw(st.booleans()):
            kwargs["X"] = draw(st.sampled_from([sp.csc_array, sp.csr_matrix]))(kwargs["X"])
    return kwargs | fixed


class Plain:
    """A problem from the definitions, dense and slow."""

    def __init__(self, X, y, *, family, weights=None, offset=None, groups=None, penalty_factors=None,
                 l1_ratio=1.0, lower=None, upper=None, standardize=True, fit_intercept=True):  # fmt: skip
        X = X.toarray() if sp.issparse(X) else np.asarray(X, float)
        n, p = X.shape
        self.family = family
        if family == "multinomial" and np.ndim(y) == 1:
            y = np.eye(int(np.max(y)) + 1)[np.asarray(y, int)]
        self.y = np.asarray(y, float).reshape(n, -1)
        self.k = self.y.shape[1]
        w = np.ones(n) if weights is None else np.asarray(weights, float)
        self.w = w / w.sum()
        self.offset = np.zeros((n, self.k)) if offset is None else np.asarray(offset).reshape(n, self.k)
        self.intercept, self.mean = fit_intercept, self.w @ X
        sd = np.sqrt(self.w @ (X - self.mean) ** 2)
        self.mean = self.mean if fit_intercept else np.zeros(p)
        self.sd = np.where(sd > 1e-12, sd if standardize else 1.0, np.inf)
        self.Z = (X - self.mean) / self.sd
        _, self.group = np.unique(np.arange(p) if groups is None else groups, return_inverse=True)
        self.members = [np.flatnonzero(self.group == g) for g in range(self.group.max() + 1)]
        factor = np.ones(len(self.members)) if penalty_factors is None else penalty_factors
        self.soft = [l1_ratio * f * np.sqrt(len(m)) for f, m in zip(factor, self.members, strict=True)]
        self.ridge = [(1 - l1_ratio) * f for f in factor]
        spread = np.where(np.isfinite(self.sd), self.sd, 1.0)
        self.low = np.broadcast_to(-np.inf if lower is None else lower, p) * spread
        self.high = np.broadcast_to(np.inf if upper is None else upper, p) * spread

    def standard(self, coef, intercept):
        """Coefficients on standardised columns, and the intercept there."""
        coef = np.reshape(coef, (-1, self.k))
        spread = np.where(np.isfinite(self.sd), self.sd, 0.0)
        return coef * spread[:, None], np.reshape(intercept, self.k) + self.mean @ coef

    def eta(self, b, a):
        return self.Z @ b + a + self.offset

    def loss(self, eta):
        y = self.y
        if self.family == "gaussian":
            rows = 0.5 * (y - eta) ** 2
        elif self.family == "binomial":
            rows = np.logaddexp(0, eta) - y * eta
        elif self.family == "poisson":
            rows = np.exp(eta) - y * eta
        else:
            rows = (np.logaddexp.reduce(eta, axis=1) - (y * eta).sum(axis=1))[:, None]
        return float(self.w @ rows.sum(axis=1))

    def residual(self, eta):
        if self.family == "gaussian":
            mean = eta
        elif self.family == "binomial":
            mean = 1 / (1 + np.exp(-eta))
        elif self.family == "poisson":
            mean = np.exp(eta)
        else:
            mean = np.exp(eta - np.logaddexp.reduce(eta, axis=1)[:, None])
        return self.w[:, None] * (mean - self.y)

    def penalty(self, b):
        norms = [np.linalg.norm(b[m]) for m in self.members]
        return sum(s * x + r / 2 * x**2 for s, r, x in zip(self.soft, self.ridge, norms, strict=True))

    def objective(self, coef, intercept, lam):
        b, a = self.standard(coef, intercept)
        return self.loss(self.eta(b, a)) + lam * self.penalty(b)

    def pull(self, slope, g, b=None):
        """Norm of a group's slope, in the directions that its bounds allow."""
        total = 0.0
        for j in self.members[g]:
            for c in range(self.k):
                at = 0.0 if b is None else b[j, c]
                near = 1e-9 * (1 + abs(at))
                blocked = (at <= self.low[j] + near and slope[j, c] > 0) or (
                    at >= self.high[j] - near and slope[j, c] < 0
                )
                total += 0.0 if blocked else slope[j, c] ** 2
        return np.sqrt(total)

    def violation(self, coef, intercept, lam):
        b, a = self.standard(coef, intercept)
        residual = self.residual(self.eta(b, a))
        slope, worst = self.Z.T @ residual, np.abs(residual.sum(axis=0)).max() * self.intercept
        for g, m in enumerate(self.members):
            norm = np.linalg.norm(b[m])
            if norm > 0:
                whole = np.zeros_like(b)
                whole[m] = slope[m] + lam * (self.ridge[g] + self.soft[g] / norm) * b[m]
                worst = max(worst, self.pull(whole, g, b))
            else:
                worst = max(worst, self.pull(slope, g) - lam * self.soft[g])
        return worst

    def minimum(self, lam, steps=20000):
        """Objective at the minimum, by accelerated proximal gradient steps with restarts (no bounds)."""
        b, a = np.zeros((self.Z.shape[1], self.k)), np.zeros(self.k)
        A = np.column_stack([np.full(len(self.Z), float(self.intercept)), self.Z])
        bend = {"gaussian": 1.0, "binomial": 0.25, "multinomial": 0.5}[self.family]
        size = bend * np.linalg.eigvalsh((A * self.w[:, None]).T @ A)[-1]
        at_b, at_a, t, least = b, a, 1.0, np.inf
        for _ in range(steps):
            residual = self.residual(self.eta(at_b, at_a))
            new_a = at_a - self.intercept * residual.sum(axis=0) / size
            new_b = at_b - self.Z.T @ residual / size
            for g, m in enumerate(self.members):
                norm = np.linalg.norm(new_b[m])
                shrink = max(1 - lam * self.soft[g] / size / norm, 0.0) if norm > 0 else 0.0
                new_b[m] *= shrink / (1 + lam * self.ridge[g] / size)
            value = self.loss(self.eta(new_b, new_a)) + lam * self.penalty(new_b)
            new_t = 1.0 if value > least else (1 + np.sqrt(1 + 4 * t * t)) / 2
            push = 0.0 if value > least else (t - 1) / new_t
            at_b, at_a = new_b + push * (new_b - b), new_a + push * (new_a - a)
            settled = np.abs(new_b - b).max() + np.abs(new_a - a).max() < 1e-12
            b, a, t, least = new_b, new_a, new_t, value
            if settled:
                break
        return least


def make(kwargs):
    return path_problem(kwargs["X"], kwargs["y"], **{k: v for k, v in kwargs.items() if k not in "Xy"})


def plain(kwargs):
    return Plain(kwargs["X"], kwargs["y"], **{k: v for k, v in kwargs.items() if k not in "Xy"})


def five_folds(n, seed=0):
    """Each fold has rows of all kinds in its training set: the first rows stay there."""
    rows = 5 + np.random.default_rng(seed).permutation(n - 5)
    return [np.sort(rows[k::5]) for k in range(5)]
