"""Cross-validation over a whole pruning path: one fit a fold against one fit a fold and strength.

The recipe is the one of scikit-learn's documentation: a clone with `ccp_alpha` set is fitted for each
strength and fold, and scored. It is run for 100 strengths; ours scores every strength of the path.
"""

from __future__ import annotations

import numpy as np
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.model_selection import KFold
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from tables import extra_peak_megabytes, timed, write_table

from treeprune import CostComplexityPruner
from treeprune.criteria.weakest_link import geometric_means

N_ALPHAS = 100


def recipe(model, X, y, splits, alphas) -> np.ndarray:
    losses = np.empty((len(splits), len(alphas)))
    for k, (train, test) in enumerate(splits):
        for j, alpha in enumerate(alphas):
            fitted = clone(model).set_params(ccp_alpha=alpha).fit(X[train], y[train])
            if hasattr(fitted, "predict_proba"):
                p = fitted.predict_proba(X[test])
                losses[k, j] = log_loss(y[test], p, labels=fitted.classes_)
            else:
                losses[k, j] = mean_squared_error(y[test], fitted.predict(X[test]))
    return losses.mean(axis=0)


def one_row(name: str, model, X, y) -> dict[str, object]:
    splits = list(KFold(5, shuffle=True, random_state=0).split(X))
    ours, pruner = timed(lambda: CostComplexityPruner(model, cv=splits).fit(X, y))
    memory = extra_peak_megabytes(lambda: CostComplexityPruner(model, cv=splits).fit(X, y))
    every = geometric_means(pruner.path_.ccp_alpha)
    chosen = np.unique(np.linspace(0, len(every) - 1, N_ALPHAS).astype(int))
    theirs, losses = timed(lambda: recipe(model, X, y, splits, every[chosen]))
    gap = np.abs(losses / pruner.path_.loss[chosen] - 1).max()
    return {
        "data": name,
        "strengths of the recipe": len(chosen),
        "ours": len(every),
        "recipe s": theirs,
        "our fit s": ours,
        "ratio": theirs / ours,
        "largest relative difference of scores": float(gap),
        "our extra peak MB": memory,
    }


if __name__ == "__main__":
    small = make_classification(200, random_state=0)
    CostComplexityPruner(DecisionTreeClassifier(), cv=2).fit(*small)  # compile
    CostComplexityPruner(DecisionTreeRegressor(), cv=2).fit(*small)
    classes = make_classification(10_000, 20, n_informative=8, flip_y=0.1, random_state=0)
    numbers = make_regression(10_000, 20, noise=50.0, random_state=0)
    write_table(
        "path_cv",
        "Cross-validation over a whole pruning path, 5 folds",
        [
            one_row("10,000 x 20, classes", DecisionTreeClassifier(random_state=0), *classes),
            one_row("10,000 x 20, numbers", DecisionTreeRegressor(random_state=0), *numbers),
        ],
    )
