"""Exports on all held-out rows of SUPPORT2: gaps, categories, and numbers as hospitals write them."""

import os
from pathlib import Path

import lightgbm
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from xgboost import XGBClassifier

from tests.export.artefacts import has_compiler
from treeprune.export.onnx_model import to_onnx
from treeprune.export.parity import check_parity

pytest.importorskip("onnxruntime")

DATA = (
    Path(os.environ.get("TREEPRUNE_DATA", Path(__file__).parents[3] / "shared" / "data")) / "support2.csv"
)
pytestmark = [
    pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is not there"),
    pytest.mark.skipif(not has_compiler(), reason="no C compiler"),
]

NUMBERS = ["age", "num.co", "meanbp", "wblc", "hrt", "resp", "temp", "crea", "sod", "ph", "bili", "alb"]
WORDS = ["sex", "dzgroup", "ca"]


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(DATA)[[*NUMBERS, *WORDS, "hospdead"]]


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(10, min_samples_leaf=5, random_state=0, n_jobs=1),
        HistGradientBoostingClassifier(max_iter=15),
        XGBClassifier(n_estimators=15, max_depth=4, n_jobs=1),
        lightgbm.LGBMClassifier(n_estimators=15, verbose=-1, n_jobs=1),
    ],
    ids=lambda model: type(model).__name__,
)
def test_every_row_of_the_test_set(model, table):
    train, test = table[::2], table[1::2]
    names = {name: name.replace(".", "_") for name in NUMBERS}
    X = test[NUMBERS].rename(columns=names)
    model.fit(train[NUMBERS].rename(columns=names), train["hospdead"])
    for to in ("onnx", "c", "sql"):
        parity = check_parity(to, model, X)
        assert parity.agrees, str(parity)
        assert parity.n_rows == len(test)
    pytest.importorskip("treelite")
    assert check_parity("treelite", model, X).agrees


def test_a_pipeline_on_every_row(table):
    known = table.dropna(subset=WORDS)
    train, test = known[::2], known[1::2]
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
            ("words", OneHotEncoder(handle_unknown="ignore"), WORDS),
        ]
    )
    inputs = [*NUMBERS, *WORDS]
    for last in (LogisticRegression(max_iter=500), HistGradientBoostingClassifier(max_iter=10)):
        model = make_pipeline(columns, last).fit(train[inputs], train["hospdead"])
        parity = check_parity(to_onnx(model, test[inputs]), model, test[inputs])
        assert parity.agrees, str(parity)
        assert parity.n_rows == len(test) > 4000
