"""Fitted linear models with fewer groups of columns: what is lost, and how true they stay to the whole.

Each table is split 70 : 30 at random; the whole model (a ridge penalty, its strength cross-validated) and
every way see the 70 %, the 30 % report. Missing numbers are the median of the table, with an indicator in
the same group. scikit-learn's ways know no groups: a model of theirs counts as many groups as its columns
touch. A cell holds loss; mean and 99th percentile of the absolute change of a row's mean (a probability;
for diabetes in standard deviations of the outcome). Where a way has no model of a size, its next smaller
one stands in.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from ensemble_tables import CLEVELAND, DATA, LEAKS
from scipy.special import expit
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.feature_selection import RFE, SequentialFeatureSelector
from sklearn.linear_model import Lasso, LogisticRegression, Ridge, RidgeCV
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.preprocessing import PolynomialFeatures
from sklearn.svm import l1_min_c
from tables import write_table

from treeprune.criteria.linear_projection.path import projection_path
from treeprune.criteria.linear_projection.problem import ProjectionProblem, projection_problem
from treeprune.demo import load_table

SIZES = (2, 3, 5, 8, 12)
_N_STRENGTHS = 60
_SFS_SIZES = (3, 5)
_SFS_TABLES = ("breast cancer", "diabetes", "Cleveland")

Model = tuple[Any, float]


def _encoded(frame: pd.DataFrame, classes: tuple[str, ...] = ()) -> tuple[Any, Any]:
    """Numbers, one column a class but the first, and indicators of what is missing; and their groups."""
    columns, group = [], []
    for g, (name, column) in enumerate(frame.items()):
        if name in classes or not pd.api.types.is_numeric_dtype(column):
            parts = pd.get_dummies(column.astype(str), drop_first=True).to_numpy(float)
        else:
            missing = column.isna()
            parts = column.fillna(column.median()).to_numpy(float)[:, None]
            if missing.any():
                parts = np.column_stack([parts, missing])
        columns.append(parts)
        group += [g] * parts.shape[1]
    return np.hstack(columns), np.array(group)


def _support2() -> tuple[Any, Any, Any]:
    X, y = load_table(DATA / "support2.csv", "hospdead", LEAKS.split(","))
    return *_encoded(X), y.to_numpy(float)


def _cleveland() -> tuple[Any, Any, Any]:
    table = pd.read_csv(DATA / "cleveland.data", names=CLEVELAND, na_values="?")
    X = _encoded(table.drop(columns="num"), ("cp", "restecg", "slope", "thal"))
    return *X, (table["num"] > 0).to_numpy(float)


def _breast_cancer() -> tuple[Any, Any, Any]:
    X, y = load_breast_cancer(return_X_y=True)
    return X, np.arange(X.shape[1]), y.astype(float)


def _diabetes(degree: int) -> tuple[Any, Any, Any]:
    X, y = load_diabetes(return_X_y=True)
    X = PolynomialFeatures(degree, include_bias=False).fit_transform(X)
    return X, np.arange(X.shape[1]), (y - y.mean()) / y.std()


TABLES: dict[str, Callable[[], tuple[Any, Any, Any]]] = {
    "breast cancer": _breast_cancer,
    "diabetes": lambda: _diabetes(1),
    "diabetes, quadratic": lambda: _diabetes(2),
    "Cleveland": _cleveland,
    "SUPPORT2": _support2,
}


@dataclass(frozen=True)
class Split:
    """Standardised rows to fit and to report, the groups of columns, and the whole model."""

    name: str
    group: Any
    X: Any
    y: Any
    X_test: Any
    y_test: Any
    classes: bool
    estimator: Any
    problem: ProjectionProblem

    @property
    def whole(self) -> Model:
        """Coefficients and intercept."""
        return self.problem.coef[:, 0], float(self.problem.intercept[0])


def _estimator(classes: bool, X: Any, y: Any) -> tuple[Any, float]:
    """The whole model, not fitted, and its ridge by the mean loss."""
    if not classes:
        alpha = RidgeCV(alphas=np.logspace(-3, 4, 30)).fit(X, y).alpha_
        return Ridge(alpha), alpha / len(y)
    grid = {"C": np.logspace(-3, 2, 11)}
    search = GridSearchCV(LogisticRegression(max_iter=5000), grid, scoring="neg_log_loss").fit(X, y)
    return search.best_estimator_, 1 / (search.best_params_["C"] * len(y))


def split(name: str, seed: int) -> Split:
    """Part a table at random and fit the whole model."""
    X, group, y = TABLES[name]()
    classes = len(np.unique(y)) == 2
    A, B, a, b = train_test_split(X, y, test_size=0.3, stratify=y if classes else None, random_state=seed)
    seen = A.std(axis=0) > 1e-12
    A, B, group = A[:, seen], B[:, seen], group[seen]
    mean, scale = A.mean(axis=0), A.std(axis=0)
    A, B = (A - mean) / scale, (B - mean) / scale
    estimator, ridge = _estimator(classes, A, a)
    model = estimator.fit(A, a)
    family = "binomial" if classes else "gaussian"
    problem = projection_problem(
        A, np.ravel(model.coef_), model.intercept_, family, groups=group, y=a, ridge=ridge
    )
    return Split(name, group, A, a, B, b, classes, estimator, problem)


def _ours(method: str, **options: Any) -> Callable[[Split], Iterator[Model]]:
    def models(s: Split) -> Iterator[Model]:
        path = projection_path(s.problem, method, **options)
        yield from zip(path.coef[..., 0], path.intercept[:, 0], strict=True)

    return models


def _fitted(s: Split, columns: Any) -> Model:
    model = s.estimator.fit(s.X[:, columns], s.y)
    coef = np.zeros(s.X.shape[1])
    coef[columns] = np.ravel(model.coef_)
    return coef, float(np.ravel(model.intercept_)[0])


def _l1(s: Split) -> Iterator[Model]:
    if not s.classes:
        largest = np.abs(s.X.T @ (s.y - s.y.mean())).max() / len(s.y)
        for alpha in largest * np.geomspace(0.95, 0.01, _N_STRENGTHS):
            model = Lasso(alpha, max_iter=100_000).fit(s.X, s.y)
            yield model.coef_, float(model.intercept_)
        return
    least = l1_min_c(s.X, s.y, loss="log")
    for C in least * np.geomspace(1.05, 300, _N_STRENGTHS):
        model = LogisticRegression(
            C=C, l1_ratio=1, solver="liblinear", intercept_scaling=10, max_iter=1000, random_state=0
        ).fit(s.X, s.y)
        yield model.coef_[0], float(model.intercept_[0])


def _l1_relaxed(s: Split) -> Iterator[Model]:
    supports = {tuple(np.flatnonzero(coef)): None for coef, _ in _l1(s)}
    yield from (_fitted(s, list(columns)) for columns in supports if columns)


def _rfe(s: Split) -> Iterator[Model]:
    ranking = RFE(s.estimator, n_features_to_select=1).fit(s.X, s.y).ranking_
    yield from (_fitted(s, np.flatnonzero(ranking <= k)) for k in range(1, s.X.shape[1] + 1))


def _sfs(s: Split) -> Iterator[Model]:
    scoring = "neg_log_loss" if s.classes else "neg_mean_squared_error"
    for k in _SFS_SIZES:
        chosen = SequentialFeatureSelector(s.estimator, n_features_to_select=k, scoring=scoring, cv=5)
        yield _fitted(s, np.flatnonzero(chosen.fit(s.X, s.y).get_support()))


WAYS: dict[str, Callable[[Split], Iterator[Model]]] = {
    "obs, projected (default)": _ours("obs"),
    "forward, projected": _ours("forward"),
    "L1 of the means, projected": _ours("l1"),
    "magnitude, projected": _ours("magnitude"),
    "magnitude, refitted": _ours("magnitude", refit="y"),
    "obs on y, refitted": _ours("obs", target="y", refit="y"),
    "L1, relaxed": _l1_relaxed,
    "L1": _l1,
    "RFE": _rfe,
    "SequentialFeatureSelector": _sfs,
}


def _measured(s: Split, model: Model) -> dict[str, float]:
    eta, own = (s.X_test @ coef + intercept for coef, intercept in (model, s.whole))
    loss = np.logaddexp(0, eta) - s.y_test * eta if s.classes else (s.y_test - eta) ** 2
    change = np.abs(expit(eta) - expit(own) if s.classes else eta - own)
    return {"loss": loss.mean(), "mean": change.mean(), "high": np.quantile(change, 0.99)}


def one_split(name: str, seed: int) -> list[dict[str, Any]]:
    """All ways on one split."""
    s = split(name, seed)
    rows = [{"way": "the model itself", "size": k, "CPU s": np.nan} | _measured(s, s.whole) for k in SIZES]
    for way, models in WAYS.items():
        if way == "SequentialFeatureSelector" and name not in _SFS_TABLES:
            continue
        start, by_size = time.process_time(), {}
        for model in models(s):  # in rising or falling order: the last of a size has the least penalty
            by_size[len(np.unique(s.group[model[0] != 0]))] = model
        seconds = time.process_time() - start
        for k in SIZES if way != "SequentialFeatureSelector" else _SFS_SIZES:
            smaller = [size for size in by_size if 0 < size <= k]
            if smaller and k < s.problem.n_groups:
                row = {"way": way, "size": k, "CPU s": seconds}
                rows.append(row | _measured(s, by_size[max(smaller)]))
    return [{"table": name, "seed": seed} | row for row in rows]


def summary(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Means over splits; then ranks over all cells, of the ways that every table has."""
    rows = []
    for (table, way), part in found.groupby(["table", "way"], sort=False):
        line: dict[str, Any] = {"table": table, "way": way}
        for k in SIZES:
            m = part[part["size"] == k][["loss", "mean", "high"]].mean()
            some = bool(np.isfinite(m["loss"]))
            line[f"{k} groups"] = f"{m['loss']:.3f}; {m['mean']:.3f}, {m['high']:.2f}" if some else ""
        line |= {"rank, faithful": "", "rank, loss": "", "CPU s": _seconds(part)}
        rows.append(line)
    ranked = found[~found["way"].isin(["the model itself", "SequentialFeatureSelector"])].copy()
    cells = ranked.groupby(["table", "seed", "size"])
    for measure in ("mean", "loss"):
        ranked[f"rank {measure}"] = cells[measure].rank()
    for way, part in ranked.groupby("way", sort=False):
        line = {"table": "all", "way": way} | {f"{k} groups": "" for k in SIZES}
        for measure, header in (("mean", "rank, faithful"), ("loss", "rank, loss")):
            by_split = part.groupby(["table", "seed"])[f"rank {measure}"].mean()
            error = by_split.std(ddof=1) / np.sqrt(len(by_split)) if len(by_split) > 1 else np.nan
            line[header] = f"{part[f'rank {measure}'].mean():.2f} ± {error:.2f}"
        rows.append(line | {"CPU s": _seconds(part)})
    return rows


def _seconds(part: pd.DataFrame) -> str:
    seconds = part.groupby(["table", "seed"])["CPU s"].first().mean()
    return f"{seconds:.3f}" if np.isfinite(seconds) else ""


def main(options: argparse.Namespace) -> None:
    """Measure; the table on disk holds all that is done."""
    found: list[dict[str, Any]] = []
    for name in options.tables or TABLES:
        for seed in range(options.seeds):
            found += one_split(name, seed)
            print(name, seed, flush=True)
        write_table(
            "linear_frontier",
            "Fewer groups of columns in a fitted linear model: loss; mean, 99th percentile of the change",
            summary(pd.DataFrame(found)),
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", nargs="+", choices=TABLES)
    parser.add_argument("--seeds", type=int, default=8)
    main(parser.parse_args())
