"""skops archives: real ones pass, damaged and hostile ones are refused before anything is made."""

import copy
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import (
    AdaBoostRegressor,
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.strategies import random_table
from treeprune import load_model
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.formats.skops_archive import check_archive

skops_io = pytest.importorskip("skops.io")

X, Y = random_table(0, missing=False)
TREE = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, Y)
GOOD = skops_io.dumps(TREE)


def rebuilt(change: Callable[[dict[str, bytes]], None], data: bytes = GOOD) -> bytes:
    """The archive with its members changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def schema(change: Callable[[dict[str, Any]], None]) -> bytes:
    """The archive with the tree's entry in its schema changed."""

    def edit(members: dict[str, bytes]) -> None:
        described = json.loads(members["schema.json"])
        change(described["content"]["content"]["tree_"])
        members["schema.json"] = json.dumps(described).encode()

    return rebuilt(edit)


def array(key: str, change: Callable[[np.ndarray], np.ndarray]) -> bytes:
    """The archive with one of the tree's arrays changed."""

    def edit(members: dict[str, bytes]) -> None:
        tree = json.loads(members["schema.json"])["content"]["content"]["tree_"]
        arguments = tree["__reduce__"]["args"]["content"]
        entry = arguments[1] if key == "n_classes" else tree["content"]["content"][key]
        old = np.load(io.BytesIO(members[entry["file"]]))
        buffer = io.BytesIO()
        np.save(buffer, change(old), allow_pickle=True)
        members[entry["file"]] = buffer.getvalue()

    return rebuilt(edit)


def nodes(field: str, at: int, number: float) -> bytes:
    def change(old: np.ndarray) -> np.ndarray:
        old[field][at] = number
        return old

    return array("nodes", change)


def argument(i: int, content: str) -> bytes:
    return schema(lambda tree: tree["__reduce__"]["args"]["content"][i].update(content=content))


def state(key: str, content: str) -> bytes:
    return schema(lambda tree: tree["content"]["content"][key].update(content=content))


def first_array(members: dict[str, bytes]) -> str:
    return next(name for name in members if name.endswith(".npy"))


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", b"{}")
        archive.writestr("zeros.npy", b"\0" * 2_000_000)
    data = bytearray(buffer.getvalue())
    at = data.rindex((2_000_000).to_bytes(4, "little"))
    data[at : at + 4] = (2**32 - 2).to_bytes(4, "little")
    return bytes(data)


ARCHIVES = {
    "cut in the middle": GOOD[: len(GOOD) // 2],
    "cut at the end": GOOD[:-10],
    "empty archive": rebuilt(lambda members: members.clear()),
    "no schema": rebuilt(lambda members: members.pop("schema.json")),
    "schema is no JSON": rebuilt(lambda members: members.update({"schema.json": b"{"})),
    "schema is a list": rebuilt(lambda members: members.update({"schema.json": b"[]"})),
    "schema is deep": rebuilt(
        lambda members: members.update({"schema.json": b"[" * 100_000 + b"]" * 100_000})
    ),
    "schema is no UTF-8": rebuilt(lambda members: members.update({"schema.json": b'"\xff"'})),
    "claims to unpack to 4 GB": bomb(),
    "an array is missing": rebuilt(lambda members: members.pop(first_array(members))),
    "an array is cut": rebuilt(lambda m: m.update({first_array(m): m[first_array(m)][:-3]})),
    "an array has no header": rebuilt(lambda m: m.update({first_array(m): b"\x93NUMPY"})),
    "an array holds objects": array("values", lambda old: np.array([print], dtype=object)),
    "more outputs than class counts": argument(2, "5"),
    "no outputs": argument(2, "0"),
    "negative outputs": argument(2, "-1"),
    "outputs are text": argument(2, '"1"'),
    "outputs are no JSON": argument(2, "{"),
    "absurd number of features": argument(0, str(2**40)),
    "negative number of features": argument(0, "-3"),
    "class counts are zero": array("n_classes", lambda old: old * 0),
    "class counts are huge": array("n_classes", lambda old: old * 10**12),
    "class counts are fractions": array("n_classes", lambda old: old.astype(float)),
    "class counts are two": array("n_classes", lambda old: np.repeat(old, 2)),
    "fewer nodes than said": array("nodes", lambda old: old[:-1].copy()),
    "no nodes": array("nodes", lambda old: old[:0].copy()),
    "nodes are no table": array("nodes", lambda old: old["threshold"].copy()),
    "fewer values than nodes": array("values", lambda old: old[:-1].copy()),
    "values are flat": array("values", lambda old: old[:, 0].copy()),
    "values of another type": array("values", lambda old: old.astype(np.float32)),
    "node count is wrong": state("node_count", "4"),
    "node count is a fraction": state("node_count", "15.0"),
    "depth is negative": state("max_depth", "-2"),
    "no arguments": schema(lambda tree: tree.pop("__reduce__")),
    "an argument too few": schema(lambda tree: tree["__reduce__"]["args"]["content"].pop()),
    "no state": schema(lambda tree: tree.pop("content")),
    "argument refers to nothing": schema(
        lambda tree: tree["__reduce__"]["args"]["content"].__setitem__(
            1, {"__loader__": "CachedNode", "__id__": 5}
        )
    ),
}
"""What `check_archive` refuses: it could crash the interpreter when the tree is made."""

MODELS = {
    "left child past the end": nodes("left_child", 0, 99),
    "left child far past the end": nodes("left_child", 0, 2**62),
    "negative child": nodes("right_child", 0, -7),
    "a cycle": nodes("left_child", 1, 0),
    "shared child": nodes("left_child", 0, 3),
    "feature past the end": nodes("feature", 0, 5),
    "feature far past the end": nodes("feature", 0, 2**40),
    "negative feature": nodes("feature", 0, -3),
    "NaN threshold": nodes("threshold", 0, np.nan),
    "negative count": nodes("n_node_samples", 1, -4),
    "NaN weight": nodes("weighted_n_node_samples", 1, np.nan),
    "NaN value": array("values", lambda old: old * np.nan),
    "nodes of another layout": array("nodes", lambda old: old[["left_child", "right_child"]].copy()),
}
"""What passes `check_archive` and is refused when the model is read, before it predicts."""


BOOSTED = GradientBoostingClassifier(n_estimators=2, random_state=0).fit(X, Y)
HISTOGRAMS = HistGradientBoostingClassifier(max_iter=2).fit(X, Y)
VOTING = AdaBoostRegressor(DecisionTreeRegressor(max_depth=2), n_estimators=2, random_state=0).fit(
    X, X[:, 0]
)
BAGGED = BaggingClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=2, random_state=0).fit(X, Y)

CONTRADICTIONS = {
    "no loss": (BOOSTED, "_loss", None),
    "a rate in words": (BOOSTED, "learning_rate", "fast"),
    "fewer columns than the trees": (BOOSTED, "n_features_in_", 3),
    "no start": (HISTOGRAMS, "_baseline_prediction", None),
    "no rounds": (HISTOGRAMS, "_predictors", []),
    "columns in words": (VOTING, "n_features_in_", "five"),
    "columns beyond memory": (VOTING, "n_features_in_", 2**70),
    "trees are a number": (VOTING, "estimators_", 7),
    "subsets of columns are a number": (BAGGED, "estimators_features_", 3),
    "no classes": (BAGGED, "classes_", None),
}
"""Attributes that no format checks, each of which makes another error in Python or scikit-learn."""


@pytest.mark.parametrize(("model", "name", "value"), CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_contradicting_attributes(model, name, value, tmp_path):
    broken = copy.deepcopy(model)
    setattr(broken, name, value)
    skops_io.dump(model, tmp_path / "whole.skops")
    load_model(tmp_path / "whole.skops")
    skops_io.dump(broken, tmp_path / "model.skops")
    with pytest.raises(
        InvalidModelError, match=rf"model\.skops: the {type(model).__name__} in it contradicts"
    ):
        load_model(tmp_path / "model.skops")


@pytest.mark.parametrize("data", ARCHIVES.values(), ids=ARCHIVES.keys())
def test_hostile_archives(data, tmp_path):
    with pytest.raises(InvalidModelError):
        check_archive(data)
    (tmp_path / "model.skops").write_bytes(data)
    with pytest.raises(InvalidModelError):
        load_model(tmp_path / "model.skops")


@pytest.mark.parametrize("data", MODELS.values(), ids=MODELS.keys())
def test_hostile_models(data, tmp_path):
    (tmp_path / "model.skops").write_bytes(data)
    with pytest.raises(InvalidModelError, match=r"model\.skops"):
        load_model(tmp_path / "model.skops")


def test_other_types_are_not_loaded(tmp_path):
    """A type that skops does not trust, be it this innocent."""
    xgboost = pytest.importorskip("xgboost")
    model = xgboost.XGBClassifier(n_estimators=1, n_jobs=1).fit(X, Y)
    skops_io.dump(model, tmp_path / "model.skops")
    with pytest.raises(UnsupportedModelError, match=r"XGBClassifier.*own format"):
        load_model(tmp_path / "model.skops")


def test_a_forest_passes(tmp_path):
    forest = RandomForestClassifier(4, random_state=0).fit(X, Y)
    skops_io.dump(forest, tmp_path / "model.skops", compression=zipfile.ZIP_DEFLATED)
    loaded = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.predict_proba(X), forest.predict_proba(X))


@given(at=st.integers(0, len(GOOD) - 1), bit=st.integers(0, 7))
def test_flipped_bits(at, bit, tmp_path_factory):
    """A model that answers as before, or an error of ours."""
    data = bytearray(GOOD)
    data[at] ^= 1 << bit
    path = tmp_path_factory.mktemp("flip") / "model.skops"
    path.write_bytes(data)
    try:
        loaded = load_model(path)
    except (InvalidModelError, UnsupportedModelError):
        return
    assert np.isfinite(loaded.predict_proba(X)).all()
