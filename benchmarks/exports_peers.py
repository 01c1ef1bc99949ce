"""ONNX and C by other libraries beside ours: bytes, and rows whose answer changes.

Rows stand on thresholds and one unit in the last place beside them, in the precision that each library
takes; the model is asked about the same.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import onnxmltools
import skl2onnx
import tl2cgen
import xgboost as xgb
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from tables import write_table

from treeprune.backends import read
from treeprune.backends.probe import probe_rows
from treeprune.export.c_compile import CompiledModels, object_bytes
from treeprune.export.c_source import to_c
from treeprune.export.onnx_model import to_onnx
from treeprune.export.onnx_run import session_of
from treeprune.export.treelite_model import to_treelite

X, Y = load_breast_cancer(return_X_y=True)

MODELS = {
    "random forest, 20": RandomForestClassifier(20, random_state=0),
    "extra trees, 20": ExtraTreesClassifier(20, random_state=0),
    "gradient boosting, 50": GradientBoostingClassifier(n_estimators=50, random_state=0),
    "histogram boosting, 50": HistGradientBoostingClassifier(max_iter=50, random_state=0),
    "XGBoost, 50": xgb.XGBClassifier(n_estimators=50, max_depth=3, n_jobs=1),
    "LightGBM, 50": lgb.LGBMClassifier(n_estimators=50, verbose=-1, n_jobs=1),
}


def rows_of(model: Any, dtype: str) -> Any:
    """Rows at and about thresholds, without missing values, which not all models take."""
    rows = probe_rows(read(model)).astype(np.float64)
    return rows[np.isfinite(rows).all(axis=1)].astype(dtype).astype(np.float64)


def shares_of_onnx(content: bytes, rows: Any) -> Any:
    session = session_of(content)
    name = session.get_outputs()[1].name
    kind = np.float32 if session.get_inputs()[0].type == "tensor(float)" else np.float64
    said = session.run([name], {session.get_inputs()[0].name: rows.astype(kind)})[0]
    return np.array([[own[k] for k in sorted(own)] for own in said]) if isinstance(said, list) else said


def by_libraries(model: Any, rows: Any) -> tuple[int, Any]:
    """The ONNX that the model's own converter makes, in single precision as it is documented."""
    kind = [("X", FloatTensorType([None, X.shape[1]]))]
    module = type(model).__module__.partition(".")[0]
    if module == "xgboost":
        made = onnxmltools.convert_xgboost(model, initial_types=kind)
    elif module == "lightgbm":
        made = onnxmltools.convert_lightgbm(model, initial_types=kind, zipmap=False)
    else:
        made = skl2onnx.to_onnx(model, X[:1].astype(np.float32), options={id(model): {"zipmap": False}})
    content = made.SerializeToString()
    return len(content), shares_of_onnx(content, rows)


def by_tl2cgen(model: Any, rows: Any) -> tuple[int, Any]:
    """C by tl2cgen from our treelite model, in double precision; bytes at ``-Os``."""
    forest = to_treelite(model)
    with tempfile.TemporaryDirectory() as folder:
        tl2cgen.generate_c_code(forest, folder, params={})
        subprocess.run(["gcc", "-Os", "-c", "main.c", "-o", "main.o"], cwd=folder, check=True)
        shown = subprocess.run(["size", "main.o"], cwd=folder, capture_output=True, text=True, check=True)
        tl2cgen.export_lib(forest, toolchain="gcc", libpath=Path(folder, "m.so"), params={})
        predictor = tl2cgen.Predictor(Path(folder, "m.so"), nthread=1)
        said = predictor.predict(tl2cgen.DMatrix(rows, dtype="float64")).reshape(len(rows), -1)
    return int(shown.stdout.splitlines()[1].split()[3]), said


def ours(model: Any, rows: Any, dtype: str) -> tuple[int, Any]:
    exported = to_onnx(model, dtype=dtype)
    return exported.n_bytes, exported.run(rows)["probabilities"]


def our_c(model: Any, rows: Any, dtype: str) -> tuple[int, Any]:
    source = to_c(model, dtype=dtype)
    with CompiledModels([source], "-Os") as library:
        return object_bytes(source), library.run(source, rows.astype(dtype))[1]


WAYS: dict[str, tuple[str, Callable[[Any, Any], tuple[int, Any]]]] = {
    "ONNX by skl2onnx, onnxmltools": ("float32", by_libraries),
    "ONNX, float": ("float32", lambda model, rows: ours(model, rows, "float32")),
    "ONNX, double": ("float64", lambda model, rows: ours(model, rows, "float64")),
    "C by tl2cgen, double": ("float64", by_tl2cgen),
    "C, double": ("float64", lambda model, rows: our_c(model, rows, "float64")),
    "C, float": ("float32", lambda model, rows: our_c(model, rows, "float32")),
}


def one_way(name: str, way: str) -> dict[str, Any]:
    model, (dtype, run) = MODELS[name], WAYS[way]
    rows = rows_of(model, dtype)
    native = model.predict_proba(rows)
    start = time.perf_counter()
    found: dict[str, Any] = {"model": name, "way": way, "rows": len(rows)}
    try:
        n_bytes, shares = run(model, rows)
    except Exception as error:
        return found | {"bytes": "", "changed": "fails", "largest": type(error).__name__, "s": ""}
    off = np.abs(shares[:, -1] - native[:, 1])
    seconds = time.perf_counter() - start
    changed = int((off > 1e-5).sum())
    return found | {"bytes": n_bytes, "changed": changed, "largest": float(off.max()), "s": seconds}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for each in MODELS.values():
        each.fit(X, Y)
    write_table(
        "exports_peers",
        "Rows on thresholds whose probability an export changes by more than 1e-5: breast cancer",
        [one_way(name, way) for name in MODELS for way in WAYS],
    )
