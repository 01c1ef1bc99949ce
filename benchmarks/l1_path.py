"""Whole L1 paths with 10-fold cross-validation: ours, R's cv.glmnet on the same folds, scikit-learn.

CPU seconds of one thread. Columns are correlated (autoregressive, 0.5), few matter.
"""

from __future__ import annotations

import time

import numpy as np
from l1_path_peers import cv_glmnet, scikit_learn, why_no_glmnet
from tables import extra_peak_megabytes, write_table
from threadpoolctl import threadpool_limits

from treeprune.criteria.linear_path.choose import choose_lambda
from treeprune.criteria.linear_path.path import solve_path
from treeprune.criteria.linear_path.problem import path_problem

SIZES = [(10_000, 200, 15), (50_000, 100, 12), (500, 2000, 15)]


def table(family: str, n: int, p: int, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, p))
    for j in range(1, p):
        X[:, j] = 0.5 * X[:, j - 1] + np.sqrt(0.75) * X[:, j]
    b = np.zeros(p)
    b[rng.choice(p, k, replace=False)] = 0.5 * rng.normal(size=k)
    eta, fold = X @ b, rng.permutation(n) % 10
    if family == "gaussian":
        return X, eta + 2 * rng.normal(size=n), fold
    return X, (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float), fold


def objective(family: str, X, y, lambdas, coef, intercept) -> np.ndarray:
    """Of each point, from the definition."""
    eta = coef @ X.T + intercept[:, None]
    loss = 0.5 * (y - eta) ** 2 if family == "gaussian" else np.logaddexp(0.0, eta) - y * eta
    return loss.mean(axis=1) + lambdas * np.abs(coef * X.std(axis=0)).sum(axis=1)


def rows_of(family: str, n: int, p: int, k: int, reason: str | None) -> list[dict[str, object]]:
    X, y, fold = table(family, n, p, k)
    folds = [np.flatnonzero(fold == i) for i in range(10)]
    ways, values, name = [], {}, f"{family}, {n:,} x {p:,}"

    def fit(early: bool):
        return solve_path(path_problem(X, y, family=family), folds=folds, early_stop=early)

    for early, way in ((True, "treeprune, early stop"), (False, "treeprune")):
        start = time.process_time()
        path = fit(early)
        seconds = time.process_time() - start
        best = [str(choose_lambda(path, rule)) for rule in ("min", "1se")]
        ways.append((way, seconds, len(path.lambdas), best, f"{path.kkt.max():.1e}"))
        values[way] = objective(family, X, y, path.lambdas, path.coef, path.intercept)
    lambdas = path.lambdas  # of the last path, the whole one
    peak = {"treeprune, early stop": extra_peak_megabytes(lambda: fit(True))}
    if reason is None:
        theirs = cv_glmnet(X, y, family, fold)
        np.testing.assert_allclose(theirs["lambda"], lambdas, rtol=1e-5)  # the same strengths
        best = [str(int(i)) for i in theirs["index"]]
        ways.append(("cv.glmnet", float(theirs["seconds"][0]), len(theirs["lambda"]), best, "-"))
        values["cv.glmnet"] = objective(family, X, y, lambdas, theirs["coef"], theirs["intercept"])
        exact = cv_glmnet(X, y, family, fold, 1e-12)
        best = [str(int(i)) for i in exact["index"]]
        ways.append(("cv.glmnet, thresh=1e-12", float(exact["seconds"][0]), len(lambdas), best, "-"))
    ways.append((*scikit_learn(X, y, family, folds, lambdas), ["-", "-"], "-"))
    least = np.min([np.append(v, np.full(len(lambdas) - len(v), np.inf)) for v in values.values()], axis=0)
    glmnet = next((s for way, s, *_ in ways if way == "cv.glmnet"), None)
    return [
        {
            "data": name,
            "way": way,
            "CPU s": seconds,
            "cv.glmnet's CPU s / these": "-" if glmnet is None else glmnet / seconds,
            "strengths": strengths,
            "objective above the best, at most": (
                f"{(values[way] - least[: len(values[way])]).max():.1e}" if way in values else "-"
            ),
            "min, 1-SE": ", ".join(best),
            "KKT residual, at most": kkt,
            "extra peak MB": peak.get(way, "-"),
        }
        for way, seconds, strengths, best, kkt in ways
    ]


if __name__ == "__main__":
    missing = why_no_glmnet()
    if missing is not None:
        print(f"rows of cv.glmnet are left out: {missing}")
    with threadpool_limits(1):
        for family in ("binomial", "gaussian"):  # compile
            X, y, fold = table(family, 300, 20, 5)
            solve_path(
                path_problem(X, y, family=family), folds=[np.flatnonzero(fold == i) for i in range(10)]
            )
        rows = [
            row
            for family in ("binomial", "gaussian")
            for s in SIZES
            for row in rows_of(family, *s, missing)
        ]
    write_table("l1_path", "L1 paths with 10-fold cross-validation, one thread", rows)
