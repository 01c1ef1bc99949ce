"""What rounding a sparse logistic model to whole points costs: naive rounding against the search.

Each table is split 70 : 30 at random, 8 times. On the 70 % a logistic regression with an L1 penalty is
fitted to standardised columns, the weakest penalty that keeps 8 columns at the most, and almost without a
penalty again on those; missing numbers are medians. The scorecard's units are its defaults, and its points
meet the model's probabilities. All numbers are means over splits, on the 30 %: log loss and AUC against
outcomes, mean and largest absolute change of the model's probability. Naive rounding scales the largest
coefficient to the most points and rounds; its line from total to risk is the model's own, or is fitted anew
as the scorecard's is.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from ensemble_tables import CLEVELAND, DATA, LEAKS
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.datasets import load_breast_cancer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import l1_min_c
from tables import write_table

from treeprune.criteria.scorecard.measure import rounding_loss
from treeprune.criteria.scorecard.search import naive_rounding, search_points
from treeprune.demo import load_table
from treeprune.scorecard import Scorecard
from treeprune.scorecard_model import WeighedColumns
from treeprune.scorecard_parts import levels_of, make_items, make_problem

MOST_COLUMNS = 8
MAX_POINTS = (3, 5, 10)


def _support2() -> tuple[Any, Any]:
    X, y = load_table(DATA / "support2.csv", "hospdead", LEAKS.split(","))
    return X, y.to_numpy()


def _cleveland() -> tuple[Any, Any]:
    table = pd.read_csv(DATA / "cleveland.data", names=CLEVELAND, na_values="?")
    X = table.drop(columns="num")
    for name in ("cp", "restecg", "slope"):
        X[name] = "kind " + table[name].astype(int).astype(str)
    return X, (table["num"] > 0).to_numpy(int)


def _breast_cancer() -> tuple[Any, Any]:
    return load_breast_cancer(return_X_y=True, as_frame=True)


TABLES: dict[str, Callable[[], tuple[Any, Any]]] = {
    "breast cancer": _breast_cancer,
    "Cleveland": _cleveland,
    "SUPPORT2": _support2,
}


def sparse_model(X: Any, y: Any) -> Any:
    """A fitted pipeline whose logistic regression weighs few columns."""
    numbers = make_column_selector(dtype_include=np.number)
    text = make_column_selector(dtype_exclude=np.number)
    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=20, sparse_output=False)
    prepare = ColumnTransformer(
        [
            ("num", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            ("cat", one_hot, text),
        ]
    )
    Z = prepare.fit_transform(X)
    best = None
    for C in l1_min_c(Z, y, loss="log") * np.geomspace(1.1, 1000, 60):
        model = LogisticRegression(C=C, l1_ratio=1, solver="liblinear", random_state=0, max_iter=1000)
        coef = model.fit(Z, y).coef_[0]
        if np.count_nonzero(coef) > MOST_COLUMNS:
            break
        best = np.flatnonzero(coef)
    refitted = LogisticRegression(C=1e4, max_iter=10_000).fit(Z[:, best], y)
    whole = LogisticRegression().fit(Z, y)
    whole.coef_ = np.zeros_like(whole.coef_)
    whole.coef_[0, best], whole.intercept_ = refitted.coef_[0], refitted.intercept_
    return make_pipeline(prepare, whole)


def one_split(name: str, seed: int) -> list[dict[str, Any]]:
    """Naive rounding and the scorecard on one split."""
    X, y = TABLES[name]()
    A, B, a, b = train_test_split(X, y, test_size=0.3, stratify=y, random_state=seed)
    model = sparse_model(A, np.asarray(a))
    columns, ones, b = WeighedColumns(model, A), np.ones(len(b)), np.asarray(b, float)
    values, test = columns.values(A), columns.values(B)
    own, own_test = columns.log_odds(values), columns.log_odds(test)
    target = 1 / (1 + np.exp(-own))
    rows = []
    for points in MAX_POINTS:
        items = make_items(columns, values, np.ones(len(A)), points, None, None, non_negative=False)
        levels = levels_of(items, test)
        problem, start = make_problem(
            items, columns, values, target, np.ones(len(A)), points, non_negative=False
        )
        naive, scale = naive_rounding(problem)
        line = problem.line(naive)
        clock = time.process_time()
        found = search_points(problem)
        seconds = time.process_time() - clock
        card = Scorecard(model, max_points=points).fit(A)
        risk = card.predict_proba(B)[:, 1]
        mine = found.line.intercept + found.line.slope * (levels @ found.points)
        assert np.allclose(risk, 1 / (1 + np.exp(-mine)))
        ways = {
            "the model": own_test,
            "naive rounding": start + levels @ naive / scale,
            "naive rounding, line refitted": line.intercept + line.slope * (levels @ naive),
            "the search": mine,
        }
        for way, eta in ways.items():
            lost = rounding_loss(eta, own_test, b, ones)
            assert np.isclose(lost["log_loss"], log_loss(b, 1 / (1 + np.exp(-eta))), atol=1e-6)
            assert np.isclose(lost["auc"], roc_auc_score(b, eta))
            rows.append(
                {"table": name, "seed": seed, "points": points, "way": way, "columns": len(items)}
                | lost
                | {"seconds": seconds if way == "the search" else np.nan}
            )
    return rows


def summary(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Means over splits, and on how many the search stays truer to the model than naive rounding."""
    rows = []
    for (table, points, way), part in found.groupby(["table", "points", "way"], sort=False):
        if way == "the model" and points != MAX_POINTS[0]:
            continue
        means = part[["log_loss", "auc", "mean_change", "max_change"]].mean()
        same = found[(found["table"] == table) & (found["points"] == points)]
        other = same[same["way"] == "naive rounding, line refitted"].set_index("seed")["mean_change"]
        better = (part.set_index("seed")["mean_change"] < other).sum()
        rows.append(
            {
                "table": table,
                "most points": "" if way == "the model" else str(points),
                "way": way,
                "columns": f"{part['columns'].mean():.1f}",
                "log loss": f"{means['log_loss']:.4f}",
                "AUC": f"{means['auc']:.4f}",
                "mean change": f"{means['mean_change']:.4f}",
                "largest change": f"{means['max_change']:.3f}",
                "truer than naive, refitted": f"{better} of {len(part)}" if way == "the search" else "",
                "CPU s": f"{part['seconds'].mean():.2f}" if way == "the search" else "",
            }
        )
    return rows


def main(options: argparse.Namespace) -> None:
    """Measure; the table on disk holds all that is done."""
    found: list[dict[str, Any]] = []
    for name in options.tables or TABLES:
        for seed in range(options.seeds):
            found += one_split(name, seed)
        print(name, flush=True)
    write_table(
        "scorecard",
        "Sparse logistic models as whole points: naive rounding and the search",
        summary(pd.DataFrame(found)),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", nargs="+", choices=TABLES)
    parser.add_argument("--seeds", type=int, default=8)
    main(parser.parse_args())
