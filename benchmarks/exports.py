"""What exports of models weigh before and after pruning, and how far they are from the model."""

from __future__ import annotations

import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import lightgbm as lgb
import xgboost as xgb
from ensemble_tables import Rows
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.tree import DecisionTreeClassifier
from tables import write_table

from treeprune.backends import read
from treeprune.export.c_compile import object_bytes
from treeprune.export.c_source import to_c
from treeprune.export.onnx_model import to_onnx
from treeprune.export.parity import check_parity
from treeprune.export.treelite_model import to_treelite
from treeprune.faithfulness.size import pickled_bytes
from treeprune.loading import save_model
from treeprune.pruners.reduced_error import ReducedErrorPruner
from treeprune.pruners.tree_count import TreeCountPruner

MODELS = {
    "one tree": lambda: DecisionTreeClassifier(min_samples_leaf=5, random_state=0),
    "forest of 100": lambda: RandomForestClassifier(100, min_samples_leaf=5, random_state=0, n_jobs=1),
    "histogram boosting": lambda: HistGradientBoostingClassifier(max_iter=100, random_state=0),
    "XGBoost": lambda: xgb.XGBClassifier(n_estimators=100, max_depth=4, learning_rate=0.1, n_jobs=1),
    "LightGBM": lambda: lgb.LGBMClassifier(n_estimators=100, learning_rate=0.1, n_jobs=1, verbose=-1),
}
FEW = 10


def file_bytes(model: Any) -> int:
    """Size in the vendor's own format."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            save_model(model, path)
        return path.stat().st_size


def one_model(data: str, name: str, state: str, model: Any, rows: Rows) -> dict[str, Any]:
    e = read(model)
    exports = {
        "ONNX": to_onnx(model),
        "ONNX float": to_onnx(model, dtype="float32"),
        "C": to_c(model),
        "C float": to_c(model, dtype="float32"),
    }
    parities = {what: check_parity(export, model, rows.test) for what, export in exports.items()}
    assert all(parity.agrees for parity in parities.values()), parities
    forest = to_treelite(model)
    parities["treelite"] = check_parity(forest, model, rows.test)
    return {
        "data": data,
        "model": name,
        "state": state,
        "trees": e.n_trees,
        "leaves": e.n_leaves,
        "own file": file_bytes(model),
        "pickle": pickled_bytes(model),
        "ONNX": exports["ONNX"].n_bytes,
        "ONNX float": exports["ONNX float"].n_bytes,
        "treelite": len(forest.serialize_bytes()),
        "C source": exports["C"].n_bytes,
        "C object": object_bytes(exports["C"]),
        "C object float": object_bytes(exports["C float"]),
        **{f"off: {what}": parity.max_difference for what, parity in parities.items()},
    }


def one_data(data: str) -> list[dict[str, Any]]:
    rows, found = Rows.of(data, 0), []
    for name, make in MODELS.items():
        start = time.perf_counter()
        model = make().fit(rows.train, rows.y_train)
        found.append(one_model(data, name, "as trained", model, rows))
        pruner = ReducedErrorPruner(FrozenEstimator(model), n_jobs=1).fit(rows.val, rows.y_val)
        found.append(one_model(data, name, "pruned", pruner.estimator_, rows))
        if read(model).n_trees > FEW:
            few = TreeCountPruner(FrozenEstimator(model), n_trees=FEW).fit(rows.val, rows.y_val)
            pruner = ReducedErrorPruner(FrozenEstimator(few.estimator_), n_jobs=1)
            pruner.fit(rows.val, rows.y_val)
            found.append(one_model(data, name, f"{FEW} trees, pruned", pruner.estimator_, rows))
        print(f"{data}, {name}: {time.perf_counter() - start:.1f} s")
    return found


if __name__ == "__main__":
    write_table(
        "exports",
        "Bytes of exports before and after pruning, and how far their raw output is from the model's",
        [row for data in ("breast cancer", "SUPPORT2") for row in one_data(data)],
    )
