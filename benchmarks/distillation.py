"""One shallow tree in place of a forest or a booster: how true it stays.

Each table is split 70 : 30 at random; teachers and all ways see the 70 %, the 30 % report. Fidelity is R
squared of a tree's answers (shares of classes, or numbers) against the teacher's. The ways:

- ``y``: a scikit-learn tree on the outcomes, its leaf size (1, 5, 20, 40) cross-validated by its loss on y;
- ``labels``: on the teacher's labels, likewise;
- ``soft``: on the teacher's answers for the training rows, five rows a leaf at least; with one row it is
  the recipe of imodels' DistilledRegressor;
- ``soft tuned``: the same, its leaf size cross-validated by fidelity;
- ``treeprune``: `TreeDistiller` as it comes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from ensemble_tables import TABLES as BINARY
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_wine
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import brier_score_loss, r2_score, roc_auc_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from tables import write_table
from xgboost import XGBClassifier, XGBRegressor

from treeprune import TreeDistiller

LEAVES = (8, 16, 32)
LEAF_SIZES = {"min_samples_leaf": [1, 5, 20, 40]}


def _waves() -> tuple[Any, Any]:
    """Twelve columns, three of them discrete; a sine, a product and a step behind a logit."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4000, 12))
    X[:, 9:] = np.round(X[:, 9:])
    logit = 2 * np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] + 1.5 * (X[:, 3] > 0.5) + 0.5 * X[:, 9] - 0.5
    return X.astype(np.float32), (rng.random(4000) < 1 / (1 + np.exp(-logit))).astype(int)


TABLES: dict[str, tuple[Callable[[], tuple[Any, Any]], int]] = {
    "breast cancer": (BINARY["breast cancer"][0], 5),
    "Cleveland": (BINARY["Cleveland"][0], 5),
    "SUPPORT2": (BINARY["SUPPORT2"][0], 2),
    "waves": (_waves, 2),
    "wine (3 classes)": (lambda: load_wine(return_X_y=True), 5),
    "diabetes (numbers)": (lambda: load_diabetes(return_X_y=True), 5),
}


def teachers(y: Any) -> dict[str, Any]:
    """The large models, for classes or for numbers."""
    booster = {"n_estimators": 300, "max_depth": 4, "learning_rate": 0.1, "random_state": 0}
    if y.dtype.kind == "f":
        return {"RF-500": RandomForestRegressor(500, random_state=0), "XGB-300": XGBRegressor(**booster)}
    return {"RF-500": RandomForestClassifier(500, random_state=0), "XGB-300": XGBClassifier(**booster)}


def said(model: Any, X: Any) -> Any:
    """Shares of classes, or numbers in one column."""
    return (
        model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X).reshape(len(X), -1)
    )


def ways(
    teacher: Any, fresh: Any, X: Any, y: Any, leaves: int
) -> dict[str, Callable[[], Callable[[Any], Any]]]:
    """What makes a tree, by name; each gives a function of rows."""
    classify = hasattr(teacher, "predict_proba")
    on_outcomes = DecisionTreeClassifier if classify else DecisionTreeRegressor
    scoring = "neg_log_loss" if classify else "r2"

    def tuned(kind: Any, target: Any, how: str) -> Callable[[Any], Any]:
        search = GridSearchCV(kind(max_leaf_nodes=leaves, random_state=0), LEAF_SIZES, scoring=how, cv=5)
        model = search.fit(X, target).best_estimator_
        return lambda rows: said(model, rows)

    def soft(least: int) -> Callable[[Any], Any]:
        model = DecisionTreeRegressor(max_leaf_nodes=leaves, min_samples_leaf=least, random_state=0)
        model.fit(X, said(teacher, X))
        return lambda rows: said(model, rows)

    def own() -> Callable[[Any], Any]:
        model = TreeDistiller(fresh, max_leaf_nodes=leaves, n_redraws=0, random_state=0).fit(X, y)
        return lambda rows: said(model, rows)

    found = {
        "y": lambda: tuned(on_outcomes, y, scoring),
        "soft": lambda: soft(5),
        "soft, 1 row a leaf": lambda: soft(1),
        "soft tuned": lambda: tuned(DecisionTreeRegressor, said(teacher, X), "r2"),
        "treeprune": own,
    }
    if classify:
        found["labels"] = lambda: tuned(DecisionTreeClassifier, teacher.predict(X), scoring)
    return found


def scores(answers: Any, known: Any, y: Any) -> dict[str, float]:
    """Fidelity, agreement of labels, and how good the answers are."""
    spread = ((known - known.mean(axis=0)) ** 2).sum()
    own = {"R2": 1 - ((answers - known) ** 2).sum() / spread}
    if known.shape[1] == 1:
        return own | {"score": r2_score(y, answers)}
    own["agreement"] = float((answers.argmax(axis=1) == known.argmax(axis=1)).mean())
    share = answers[:, 1] if known.shape[1] == 2 else answers / answers.sum(axis=1, keepdims=True)
    return own | {
        "score": roc_auc_score(y, share, multi_class="ovr"),
        "Brier": brier_score_loss(y, share, scale_by_half=True),
    }


def _error(values: Any) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def fidelity_table(names: list[str]) -> list[dict[str, Any]]:
    """One row for each table, teacher, number of leaves and way."""
    rows = []
    for name in names:
        load, n_seeds = TABLES[name]
        X, y = load()
        for kind in ("RF-500", "XGB-300"):
            found: dict[tuple[int, str], list[dict[str, float]]] = {}
            for seed in range(n_seeds):
                stratify = None if y.dtype.kind == "f" else y
                a, b, ya, yb = train_test_split(X, y, test_size=0.3, stratify=stratify, random_state=seed)
                fresh = teachers(y)[kind]
                teacher = clone(fresh).fit(a, ya)
                known = said(teacher, b)
                for leaves in LEAVES:
                    for way, make in ways(teacher, fresh, a, ya, leaves).items():
                        start = time.process_time()
                        answer = make()
                        seconds = time.process_time() - start
                        own = scores(answer(b), known, yb) | {"CPU s": seconds}
                        found.setdefault((leaves, way), []).append(own)
            for (leaves, way), results in found.items():
                r2 = np.array([r["R2"] for r in results])
                mean = {k: float(np.mean([r[k] for r in results])) for k in results[0] if k != "R2"}
                best = np.array([r["R2"] for r in found[leaves, "soft tuned"]])
                gain = r2 - best
                rows.append(
                    {
                        "table": name, "teacher": kind, "leaves": leaves, "way": way,
                        "fidelity R2": f"{r2.mean():.3f} ± {_error(r2):.3f}",
                        "above soft tuned": f"{gain.mean():+.3f} ± {_error(gain):.3f}",
                        "agreement": mean.get("agreement", ""), "AUC or R2 of y": mean["score"],
                        "Brier": mean.get("Brier", ""), "CPU s": mean["CPU s"],
                    }
                )  # fmt: skip
                print(rows[-1], flush=True)
    return rows


def main() -> None:
    """Write a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", nargs="*", default=list(TABLES), choices=list(TABLES))
    args = parser.parse_args()
    write_table("distillation", "Distilled trees on held-out rows", fidelity_table(args.tables))


if __name__ == "__main__":
    main()
