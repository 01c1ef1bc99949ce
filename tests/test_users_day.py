"""A day of a user with real patients: train, prune, save, and serve where treeprune is not installed."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split

from tests.test_demo import LEAKS
from tests.test_demo_tables import SUPPORT2
from treeprune import CostComplexityPruner, ReducedErrorPruner, compare, load_model, save_model

pytestmark = pytest.mark.skipif(not SUPPORT2.exists(), reason=f"{SUPPORT2} is not there")


@pytest.fixture(scope="module")
def patients():
    """Rows to train on, to prune by and to judge by; text columns are categories, much is missing."""
    table = pd.read_csv(SUPPORT2).drop(columns=LEAKS.split(","))
    table = table[[name for name in table if not name.startswith("Unnamed")]].iloc[:4000]
    y = table.pop("hospdead").to_numpy()
    for name in table.select_dtypes(exclude="number"):
        table[name] = table[name].astype("category")
    assert table.isna().any().sum() > 10
    assert (table.dtypes == "category").sum() >= 5
    train, rest, y_train, y_rest = train_test_split(table, y, test_size=0.5, random_state=0, stratify=y)
    prune, test, y_prune, y_test = train_test_split(rest, y_rest, test_size=0.5, random_state=0)
    return train, y_train, prune, y_prune, test, y_test


def lightgbm_model(X, y):
    lightgbm = pytest.importorskip("lightgbm")
    return lightgbm.LGBMClassifier(n_estimators=60, num_leaves=31, n_jobs=1, verbose=-1).fit(X, y)


def xgboost_model(X, y):
    xgboost = pytest.importorskip("xgboost")
    return xgboost.XGBClassifier(n_estimators=60, max_depth=6, n_jobs=1, enable_categorical=True).fit(X, y)


SERVERS = {
    "lightgbm": """
import lightgbm, numpy
model = lightgbm.Booster(model_file=path)
answer = model.predict(table)
""",
    "xgboost": """
import xgboost, numpy
model = xgboost.XGBClassifier(enable_categorical=True)
model.load_model(path)
answer = model.predict_proba(table)[:, 1]
""",
}

SERVE = """
import sys, pandas
path, rows, out = sys.argv[1:]
table = pandas.read_pickle(rows)
{server}
assert "treeprune" not in sys.modules
numpy.save(out, answer)
"""


@pytest.mark.parametrize("vendor", ["lightgbm", "xgboost"])
@pytest.mark.parametrize("method", ["cost-complexity", "reduced error"])
def test_train_prune_save_serve(vendor, method, patients, tmp_path):
    X, y, X_prune, y_prune, X_test, y_test = patients
    model = {"lightgbm": lightgbm_model, "xgboost": xgboost_model}[vendor](X, y)
    before = model.predict_proba(X_test)
    frozen = FrozenEstimator(model)
    if method == "reduced error":
        pruner = ReducedErrorPruner(frozen).fit(X_prune, y_prune)
    else:
        pruner = CostComplexityPruner(frozen).fit(X_prune, y_prune)
    small = pruner.estimator_
    assert type(small) is type(model)
    np.testing.assert_array_equal(model.predict_proba(X_test), before)

    numbers = compare(model, small, X_test, y_test)
    assert numbers.after["nodes"] < 0.7 * numbers.before["nodes"]
    assert numbers.after["AUC"] > numbers.before["AUC"] - 0.02
    assert numbers.after["log loss"] < numbers.before["log loss"] + 0.03

    path, rows, out = tmp_path / "model.json", tmp_path / "rows.pkl", tmp_path / "answer.npy"
    save_model(small, path)
    X_test.to_pickle(rows)
    program = SERVE.format(server=SERVERS[vendor])
    subprocess.run([sys.executable, "-c", program, path, rows, out], check=True, cwd=tmp_path)
    expected = small.predict_proba(X_test)[:, 1]
    np.testing.assert_array_equal(np.load(out), expected)
    np.testing.assert_array_equal(pruner.predict_proba(X_test)[:, 1], expected)

    loaded = load_model(path)  # and back again, checked
    again = loaded.predict(X_test) if vendor == "lightgbm" else loaded.predict_proba(X_test)[:, 1]
    np.testing.assert_array_equal(again, expected)
