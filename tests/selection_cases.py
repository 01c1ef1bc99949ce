"""Rows, selectors, and one that remembers what it was fitted on."""

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectFromModel, SelectorMixin
from sklearn.linear_model import Lasso, LogisticRegression

from treeprune.selection_stability import SelectionStability


def table(seed=0, n=160, p=8, classes=True):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, p)), columns=[f"c{j}" for j in range(p)])
    eta = 1.5 * X["c0"] - 1.2 * X["c1"] + 0.4 * X["c2"]
    noise = rng.normal(size=n)
    return X, (eta + noise > 0.3).astype(int) if classes else eta + noise


LASSO = SelectFromModel(Lasso(0.25))
L1 = SelectFromModel(LogisticRegression(C=0.1, l1_ratio=1, solver="saga", max_iter=5000, random_state=0))


class Recorder(SelectorMixin, BaseEstimator):
    """Selects all, and remembers what it was fitted on."""

    seen = []  # noqa: RUF012 - clones share it on purpose

    def __init__(self, classify=True):
        self.classify = classify

    def fit(self, X, y, sample_weight=None):
        self.n_features_in_ = X.shape[1]
        self.seen.append((X, y, sample_weight))
        return self

    def _get_support_mask(self):
        return np.ones(self.n_features_in_, bool)


def recorder():
    """One that remembers nothing yet."""
    Recorder.seen.clear()
    return Recorder()


def known(selected, columns=None):
    columns = columns or tuple(f"c{j}" for j in range(selected.shape[1]))
    return SelectionStability(columns, selected, None, "Lasso$_{")
