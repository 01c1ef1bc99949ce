"""Sound XGBoost models to damage, and what XGBoost itself and a plain twin make of a file.

`native_margins` asks XGBoost in a process of its own, since that may not come back.
"""

from __future__ import annotations

import functools
import io
import pickle
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd

from treeprune.formats import ubjson


def table(n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    number = rng.normal(size=(n, 2)).round(2)
    number[rng.random((n, 2)) < 0.1] = np.nan
    return pd.DataFrame(
        {
            "a": number[:, 0],
            "b": number[:, 1],
            "c": pd.Categorical(rng.choice(list("uvwxyz"), n)),
            "d": pd.Categorical(rng.choice([40, 10, 20], n)),
        }
    )


@functools.cache
def base(booster: str = "gbtree") -> bytes:
    """A small model with everything in it: three classes, missing values, both kinds of categories."""
    import xgboost as xgb

    X = table()
    y = (X["c"].cat.codes.to_numpy() + (X["a"] > 0) + (X["b"].fillna(1) > 0.5)) % 3
    options: dict[str, Any] = {"objective": "multi:softprob", "num_class": 3, "max_depth": 4, "eta": 0.7}
    options |= {"max_cat_to_onehot": 4, "booster": booster, "seed": 3}
    if booster == "dart":
        options |= {"rate_drop": 0.5, "one_drop": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # 3.3 and later would rather be asked otherwise
        model = xgb.train(options, xgb.DMatrix(X, y, enable_categorical=True), 3)
    model.set_attr(best_iteration="2")
    document = ubjson.loads(bytes(model.save_raw("ubj")))
    if "cats" not in model_of(document):  # before 3.1
        model_of(document)["cats"] = {
            "enc": [
                {"offsets": np.zeros(0, np.int32), "values": np.zeros(0, np.int8)},
                {"offsets": np.zeros(0, np.int32), "values": np.zeros(0, np.int8)},
                {"offsets": np.arange(7, dtype=np.int32), "values": np.arange(117, 123, dtype=np.int8)},
                {"type": 15, "values": np.array([10, 20, 40])},
            ],
            "feature_segments": np.array([0, 0, 0, 6, 9], np.int32),
            "sorted_idx": np.array([0, 1, 2, 3, 4, 5, 0, 1, 2], np.int32),
        }
    return ubjson.dumps(document)


def model_of(document: dict[str, Any]) -> dict[str, Any]:
    booster = document["learner"]["gradient_booster"]
    return booster.get("gbtree", booster)["model"]


def weights_holder(document: dict[str, Any]) -> dict[str, Any]:
    booster = document["learner"]["gradient_booster"]
    return booster if "weight_drop" in booster else booster["model"]


def tree(document: dict[str, Any], number: int = 1) -> dict[str, Any]:
    return model_of(document)["trees"][number]


def plain_margins(document: dict[str, Any], rows: np.ndarray) -> np.ndarray:
    """What a model of identity link says, as slowly and plainly as its format is described."""
    text = document["learner"]["learner_model_param"]["base_score"]
    start = [np.float32(number) for number in text.strip("[]").split(",")]
    n_outputs = max(int(document["learner"]["learner_model_param"]["num_class"]), 1)
    margins = np.empty((len(rows), n_outputs), np.float32)
    margins[:] = start
    for t, output in zip(model_of(document)["trees"], model_of(document)["tree_info"], strict=True):
        ends = t["categories_segments"] + t["categories_sizes"]
        sets = {
            node: set(t["categories"][a:b])
            for node, a, b in zip(t["categories_nodes"], t["categories_segments"], ends, strict=True)
        }
        for i, row in enumerate(rows):
            node = 0
            while t["left_children"][node] != -1:
                value = row[t["split_indices"][node]]
                if np.isnan(value):
                    left = t["default_left"][node]
                elif t["split_type"][node]:
                    left = value < 0 or int(value) not in sets[node]  # -0.5 is no category 0
                else:
                    left = value < t["split_conditions"][node]
                node = (t["left_children"] if left else t["right_children"])[node]
            margins[i, output] += t["split_conditions"][node]
    return margins


_ASK = """
import pickle, sys
import numpy as np
import xgboost as xgb
files, rows = pickle.load(sys.stdin.buffer)
for file in files:
    try:
        booster = xgb.Booster(params={"nthread": 1}, model_file=bytearray(file))
        types = ["q", "q", "c", "c"]
        table = xgb.DMatrix(rows, feature_types=types)
        answer = booster.predict(table, output_margin=True, validate_features=False)
    except (xgb.core.XGBoostError, ValueError) as error:
        answer = str(error).splitlines()[0]
    pickle.dump(answer, sys.stdout.buffer)
    sys.stdout.flush()
"""


def native_margins(files: list[bytes], rows: np.ndarray) -> list[np.ndarray | str | None]:
    """What XGBoost answers for each file: margins, its complaint, or None where the process died."""
    answers: list[np.ndarray | str | None] = []
    command = [sys.executable, "-W", "ignore", "-c", _ASK]
    while len(answers) < len(files):
        message = pickle.dumps((files[len(answers) :], rows))
        done = subprocess.run(command, input=message, capture_output=True, timeout=300, check=False)
        if done.returncode > 0:
            raise RuntimeError(done.stderr.decode())
        spoken = io.BytesIO(done.stdout)
        while spoken.tell() < len(done.stdout):
            answers.append(pickle.load(spoken))
        if len(answers) < len(files):
            answers.append(None)
    return answers
