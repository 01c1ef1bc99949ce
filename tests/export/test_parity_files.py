"""Parity of exports that are files: who is asked, about which rows, and what a wrong export looks like."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from tests.export.artefacts import has_compiler
from treeprune.backends import read
from treeprune.export.c_source import to_c
from treeprune.export.onnx_model import to_onnx
from treeprune.export.parity import check_parity

pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.skipif(not has_compiler(), reason="no C compiler")

X, Y = load_breast_cancer(return_X_y=True, as_frame=True)
TREES = GradientBoostingClassifier(n_estimators=8, random_state=0).fit(X, Y)


@pytest.mark.parametrize("to", ["onnx", "c", "sql", "python"])
def test_by_name(to):
    parity = check_parity(to, TREES, X)
    assert parity.agrees
    assert parity.n_rows == len(X)
    assert parity.max_answer_difference < 1e-12
    assert str(parity).startswith({"onnx": "ONNX", "c": "C", "sql": "SQL", "python": "Python"}[to])
    assert check_parity(to, read(TREES), X.to_numpy()).agrees


@pytest.mark.parametrize("write", [to_onnx, to_c])
def test_single_precision_is_compared_on_rows_of_single_precision(write):
    """Its thresholds are between doubles that one single stands for."""
    table = np.repeat([1.0 + 2.0**-30, 1.0 + 2.0**-28], 20)[:, None]
    model = HistGradientBoostingClassifier(max_iter=1, min_samples_leaf=2).fit(
        table, table[:, 0] > 1 + 2e-9
    )
    assert len(np.unique(model.predict_proba(table)[:, 1])) == 2
    assert check_parity(write(model), model, table).agrees
    parity = check_parity(write(model, dtype="float32"), model, table)
    assert parity.agrees
    assert "in single precision agrees" in str(parity)


@pytest.mark.parametrize("write", [to_onnx, to_c])
def test_an_export_of_another_model_differs(write):
    other = GradientBoostingClassifier(n_estimators=7, random_state=0).fit(X, Y)
    parity = check_parity(write(other), TREES, X)
    assert len(parity.rows) == len(X)
    assert parity.max_difference > 0.01


def test_a_split_that_is_off_by_little_is_found():
    model = DecisionTreeClassifier(max_depth=1).fit(X[["mean radius"]], Y)
    source = to_c(model)
    at = model.tree_.threshold[0]
    rows = pd.DataFrame({"mean radius": [np.nextafter(np.float32(at), np.float32(100)), 5.0, 20.0]})
    assert check_parity(source, model, rows).agrees
    text = repr(float(str(source).split("model_cut[] = {")[1].split(",")[0].strip().rstrip("f")))
    moved = source.content.replace(text.encode(), repr(float(text) + 1e-5).encode())
    object.__setattr__(source, "content", moved)
    assert check_parity(source, model, rows).rows == (0,)


def test_sparse_and_pipelines():
    sparse = csr_matrix(np.where(X.mean() < X, X, 0.0))
    model = XGBClassifier(n_estimators=3, n_jobs=1).fit(sparse, Y)
    for to in ("onnx", "c"):
        assert check_parity(to, model, sparse).agrees
    whole = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    assert check_parity("onnx", whole, X).agrees
    assert check_parity(to_onnx(whole, X, dtype="float32"), whole, X).agrees


def test_what_it_cannot_compare():
    with pytest.raises(ValueError, match="no rows"):
        check_parity("c", TREES, X[:0])
    with pytest.raises(ValueError, match="or one of onnx, c, treelite, sql, python"):
        check_parity("pmml", TREES, X)
