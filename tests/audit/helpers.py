"""Models to report on, and ways to look into a page."""

import re
from base64 import b64decode
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from treeprune import CostComplexityPruner, LinearModelPruner, TreeCountPruner, compare
from treeprune.audit.report import PruningReport

CREATED = "2026-01-02T03:04:05+00:00"


class Certificate:
    def to_dict(self):
        row = {"age": 61.25}
        rise = {"bound": 0.2, "reached": 0.1, "row": row, "shown": {"age": "61.25"}}
        return {
            "on": "probability",
            "bound": 0.2,
            "reached": 0.1,
            "exact": False,
            "outputs": [{"rise": rise}],
        }


def patients(n=403, seed=0):
    """A table whose values and row labels can be found again wherever they turn up."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        rng.normal(size=(n, 5)) * 137.31, columns=["lactate", "urea", "albumin", "sodium", "bilirubin"]
    )
    X.index = [f"PATIENT-{k:04d}" for k in range(n)]
    risk = 1 / (1 + np.exp(-(X["lactate"] + X["urea"]) / 90 + 1))
    return X, (rng.random(n) < risk).astype(int).to_numpy()


@cache
def tree_report():
    """A tree pruned on a table of patients, judged where small cells occur."""
    X, y = patients()
    a, b, ya, yb = X[:240], X[240:], y[:240], y[240:]
    before = DecisionTreeClassifier(max_depth=7, random_state=0).fit(a, ya)
    pruner = CostComplexityPruner(FrozenEstimator(before), max_leaf_nodes=9).fit(a, ya)
    group = np.where(np.arange(len(b)) < 5, "rare", np.where(np.arange(len(b)) % 2, "odd", "even"))
    comparison = compare(
        before, pruner, b, yb, background=a, subgroups={"ward": group}, thresholds=[0.3, 0.5]
    )
    return PruningReport(
        comparison, pruner=pruner, before_name="Large tree", after_name="Small tree",
        data_roles={"train": a, "test": X[240:]}, n_candidates=3, certificate=Certificate(),
        command="python audit.py", limits=["Adults only."], intended_use="A test.", author="A. Author",
        created=CREATED,
    )  # fmt: skip


def forest_of(load, cls, small):
    X, y = load(return_X_y=True, as_frame=True)
    X, y = X.iloc[:, :6], y.to_numpy()
    forest = cls(8, max_depth=4, random_state=0).fit(X[::2], y[::2])
    after = small(max_depth=2, random_state=0).fit(X[::2], y[::2])
    return compare(forest, after, X[1::2], y[1::2], background=X[::2][:40], subgroups=X[1::2].iloc[:, :1])


@cache
def kind_report(kind):
    if kind == "numbers":
        comparison = forest_of(load_diabetes, RandomForestRegressor, DecisionTreeRegressor)
        return PruningReport(comparison, created=CREATED)
    if kind == "classes":
        comparison = forest_of(load_wine, RandomForestClassifier, DecisionTreeClassifier)
        return PruningReport(comparison, created=CREATED)
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    X, y = X.iloc[:, :8], y.to_numpy()
    if kind == "trees":
        forest = RandomForestClassifier(12, max_depth=4, random_state=0).fit(X[::2], y[::2])
        pruner = TreeCountPruner(FrozenEstimator(forest), n_trees=4).fit(X[1::4], y[1::4])
        options = {"retrain": (X[::2], y[::2]), "n_retrains": 2}
    else:
        forest = make_pipeline(StandardScaler(), LogisticRegression()).fit(X[::2], y[::2])
        pruner = LinearModelPruner(FrozenEstimator(forest)).fit(X[::2], y[::2])
        options = {}
    comparison = compare(forest, pruner, X[3::4], y[3::4], background=X[::2][:40], **options)
    return PruningReport(comparison, pruner=pruner, data_roles={"train": X[::2]}, created=CREATED)


def images(page):
    """Pictures of a page as SVG text."""
    return [b64decode(x).decode() for x in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", page)]


def artefacts(report):
    """Everything that a report can be turned into, as text."""
    page = report.to_html()
    texts = {
        "html": page,
        "json": report.to_json(),
        "csv": report.to_frame().to_csv(),
        "card": report.to_model_card().render(),
        "chai": report.to_chai_xml(),
        "provenance": repr(report.to_provenance()),
        "notebook": report._repr_html_(),
        "words": str(report),
    }
    return texts | {f"image {k}": image for k, image in enumerate(images(page))}


class Page(HTMLParser):
    """Elements of a page, in order, with their attributes and what stands in them."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)

    def all(self, *tags):
        return [attrs for tag, attrs in self.elements if tag in tags]
