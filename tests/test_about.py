"""What `info` says of models."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from tests.backends.families import FAMILIES
from tests.strategies import random_table
from treeprune import ModelInfo, info
from treeprune.backends import read
from treeprune.model.structure import depths

CASES = [pytest.param(case, id=case.id) for family in FAMILIES.values() for case in family.cases]


@pytest.mark.parametrize("case", CASES)
def test_every_family(case):
    about, e = info(case.model), read(case.model)
    assert about.problem == ""
    assert (about.trees, about.nodes, about.leaves) == (e.n_trees, e.n_nodes, e.n_leaves)
    assert about.depth == depths(e.left, e.right).max()
    assert about.features == e.n_features == len(about.used) + len(about.unused)
    assert not set(about.used) & set(about.unused)
    assert set(about.categorical) <= set(about.used)
    assert about.bytes > 0
    text = str(about)
    for word in (type(case.model).__name__, f"{e.n_nodes:,} nodes", "missing values", "not used"):
        assert word in text
    assert about.to_dict()["family"].endswith(f".{type(case.model).__name__}")
    # whatever the backend cannot do is said
    cannot = {
        "values": "other leaf values",
        "reorder": "other order of trees",
        "weights": "factors of trees",
        "joint": "pruning",
    }
    family = next(f for f in FAMILIES.values() if case in f.cases)
    for what, words in cannot.items():
        if what in family.cannot and e.n_trees > 1:
            assert any(words in limit for limit in about.limits), what


def test_names_are_the_columns():
    X, y = random_table(0)
    table = pd.DataFrame(X, columns=["age", "sex", "a<b", "ward", "dose"])
    tree = DecisionTreeClassifier(max_depth=1).fit(table, np.where(y == 1, "ill", "well"))
    about = info(tree)
    assert len(about.used) == 1
    assert set(about.used) | set(about.unused) == set(table.columns)
    assert "classes ill, well" in str(about)
    page = about._repr_html_()
    assert "a&lt;b" in page
    assert "a<b" not in page
    assert page.count("<tr>") == len(str(about).splitlines())


def test_a_model_that_cannot_be_pickled():
    lightgbm = pytest.importorskip("lightgbm")

    def squared(y, raw):
        return raw - y, np.ones_like(raw)

    model = lightgbm.LGBMRegressor(objective=squared, n_estimators=2, n_jobs=1, verbose=-1)
    model.fit(*random_table(0, kind="regression"))
    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(model)
    about = info(model)
    assert (about.trees, about.bytes) == (2, 0)
    assert "unknown: the model cannot be pickled" in str(about)


def test_what_cannot_be_pruned_says_why():
    about = info(SVC().fit(*random_table(0)))
    assert isinstance(about, ModelInfo)
    assert re.search(r"^cannot be pruned +SVC is not a model", str(about), re.MULTILINE)
    with pytest.raises(NotFittedError):
        info(DecisionTreeClassifier())
