"""Explicit trees: rows of outputs, and the quadratic they make."""

from dataclasses import dataclass

import numpy as np

from treeprune.criteria.tree_order.quadratic import Quadratic


@dataclass
class Rows:
    """Outputs of trees on some rows, and the outcome.

    `outputs` has shape (n_trees, n_rows), `weight` is that of each tree.
    """

    outputs: np.ndarray
    outcome: np.ndarray
    weight: np.ndarray
    normalised: bool

    @property
    def quadratic(self) -> Quadratic:
        n = len(self.outcome)
        own = self.outputs * self.weight[:, None]
        summed = Quadratic(own @ own.T / n, own @ self.outcome / n, (self.outcome**2).mean(), False)
        if not self.normalised:
            return summed
        errors = (self.outputs - self.outcome) * self.weight[:, None]
        return Quadratic(errors @ errors.T / n, self.weight, 0.0, True, as_sum=summed)

    def error(self, factors: np.ndarray) -> float:
        """Mean squared error from the rows."""
        f = factors * self.weight
        answer = f @ self.outputs / (f.sum() if self.normalised else 1.0)
        return float(((answer - self.outcome) ** 2).mean())


def random_rows(seed, n_trees, normalised, n_rows=40, equal=True) -> Rows:
    """Noisy copies of an outcome (averages), or small steps towards it (sums)."""
    rng = np.random.default_rng(seed)
    outcome = rng.normal(size=n_rows)
    noise = rng.normal(size=(n_trees, n_rows)) * rng.uniform(0.3, 1.5, n_trees)[:, None]
    outputs = outcome + noise + 0.5 * rng.normal(size=n_rows)
    if not normalised:
        outputs *= 3 * rng.random((n_trees, 1)) / n_trees
    weight = np.ones(n_trees) if equal else rng.choice([0.5, 1.0, 3.0], n_trees)
    return Rows(outputs, outcome, weight, normalised)
