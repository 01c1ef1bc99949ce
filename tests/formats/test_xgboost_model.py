"""Every legal model of XGBoost is accepted, and written back byte for byte in both of its formats."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.formats.xgboost_edits import chain, parameter
from tests.formats.xgboost_models import base, model_of, table, tree
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.formats import ubjson, xgboost_json
from treeprune.formats.xgboost_model import check_document

xgb = pytest.importorskip("xgboost")

RNG = np.random.default_rng(0)
N = 250
X = RNG.normal(size=(N, 4))
X[RNG.random(X.shape) < 0.1] = np.nan
NOISE = RNG.normal(size=N)
TARGET = np.nan_to_num(X[:, 0]) + np.where(np.nan_to_num(X[:, 1]) > 0, 1, -1) + 0.3 * NOISE
POSITIVE = np.exp(TARGET)
THREE = np.digitize(TARGET, [-0.5, 0.5])
TWO_TARGETS = np.column_stack([TARGET, -TARGET + NOISE])
HUGE = X.copy()
HUGE[:, 0] = np.where(RNG.random(N) < 0.3, np.nan, np.where(RNG.random(N) < 0.5, 2.5e38, 3.3e38))


def trained(y: Any = TARGET, rows: Any = X, rounds: int = 4, booster: Any = None, **options: Any) -> Any:
    data = xgb.DMatrix(rows, y, enable_categorical=isinstance(rows, pd.DataFrame))
    return xgb.train({"max_depth": 3, "nthread": 1} | options, data, rounds, xgb_model=booster)


def grouped(**options: Any) -> Any:
    data = xgb.DMatrix(X, THREE)
    data.set_group([50] * 5)
    return xgb.train({"max_depth": 3} | options, data, 3)


def censored() -> Any:
    data = xgb.DMatrix(X)
    data.set_float_info("label_lower_bound", POSITIVE)
    data.set_float_info("label_upper_bound", np.where(NOISE > 0, POSITIVE, np.inf))
    return xgb.train({"objective": "survival:aft", "max_depth": 3}, data, 3)


def early_stopped() -> Any:
    watched = [(xgb.DMatrix(X[:100], NOISE[:100]), "watched")]
    data = xgb.DMatrix(X, TARGET)
    return xgb.train({"eta": 1}, data, 50, evals=watched, early_stopping_rounds=2, verbose_eval=False)


def updated(updater: str, rounds: int = 4, **options: Any) -> Any:
    rows = table()
    y = np.random.default_rng(2).normal(size=len(rows)) + rows["c"].cat.codes % 3
    grown = trained(y, rows, booster=None, tree_method="hist", max_depth=4)
    return trained(y, rows, rounds, grown, process_type="update", updater=updater, verbosity=0, **options)


def categories(values: Any, **options: Any) -> Any:
    return trained(TARGET, pd.DataFrame({"a": X[:, 0], "c": pd.Categorical(values)}), **options)


def random_forest() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # 3.4 would rather be asked otherwise
        return xgb.XGBRFRegressor(n_estimators=7, max_depth=3).fit(X, TARGET).get_booster()


def named() -> Any:
    data = xgb.DMatrix(
        X, TARGET, feature_names=["Größe", 'a "b"', "c\\u00e9", "d\n"], feature_types=["q"] * 4
    )
    model = xgb.train({"max_depth": 2}, data, 2)
    model.set_attr(note='tab\t, "quote", back\\slash, \\u00e9, \x01 and €')
    return model


def custom_objective() -> Any:
    def loss(margin: np.ndarray, data: Any) -> tuple[np.ndarray, np.ndarray]:
        return margin - data.get_label(), np.ones_like(margin)

    return xgb.train({"max_depth": 3}, xgb.DMatrix(X, TARGET), 3, obj=loss)


LETTERS = list("abcdefghij")
LEGAL: dict[str, Callable[[], Any]] = {
    "regression": trained,
    "binary": lambda: trained(TARGET > 0, objective="binary:logistic"),
    "binary, raw": lambda: trained(TARGET > 0, objective="binary:logitraw"),
    "binary, hinge": lambda: trained(TARGET > 0, objective="binary:hinge"),
    "one class only": lambda: trained(np.ones(N), objective="binary:logistic"),
    "three classes": lambda: trained(THREE, objective="multi:softprob", num_class=3),
    "three classes, own base score": lambda: trained(
        THREE, objective="multi:softmax", num_class=3, base_score=0.3
    ),
    "two targets": lambda: trained(TWO_TARGETS),
    "absolute error": lambda: trained(objective="reg:absoluteerror"),
    "quantiles": lambda: trained(objective="reg:quantileerror", quantile_alpha=[0.1, 0.5, 0.9]),
    "poisson": lambda: trained(np.floor(POSITIVE), objective="count:poisson"),
    "gamma": lambda: trained(POSITIVE, objective="reg:gamma"),
    "tweedie": lambda: trained(POSITIVE, objective="reg:tweedie"),
    "huber": lambda: trained(objective="reg:pseudohubererror"),
    "ranking": lambda: grouped(objective="rank:ndcg"),
    "ranking by pairs": lambda: grouped(objective="rank:pairwise"),
    "cox": lambda: trained(POSITIVE * np.sign(NOISE), objective="survival:cox"),
    "censored": censored,
    "boosted forest": lambda: trained(num_parallel_tree=3, subsample=0.5),
    "boosted forest of classes": lambda: trained(
        THREE, objective="multi:softprob", num_class=3, num_parallel_tree=2, subsample=0.5
    ),
    "random forest": random_forest,
    "early stopping": early_stopped,
    "weights": lambda: (
        xgb.XGBRegressor(n_estimators=3).fit(X, TARGET, sample_weight=POSITIVE).get_booster()
    ),
    "by loss": lambda: trained(grow_policy="lossguide", max_leaves=9, max_depth=0),
    "monotone": lambda: trained(monotone_constraints="(1,0,-1,0)"),
    "interactions": lambda: trained(interaction_constraints="[[0,1],[2,3]]"),
    "unlimited depth": lambda: trained(max_depth=0, min_child_weight=0, rounds=2),
    "exact": lambda: trained(tree_method="exact"),
    "approximate": lambda: trained(tree_method="approx"),
    "exact, pruned": lambda: trained(NOISE, tree_method="exact", gamma=6, max_depth=5),
    "no rounds": lambda: trained(rounds=0),
    "single leaves": lambda: trained(gamma=1e9),
    "a constant": lambda: trained(np.zeros(N)),
    "enormous target": lambda: trained(TARGET * 1e15),
    "tiny weights": lambda: trained(TARGET * 1e-30, min_child_weight=0),
    "enormous feature": lambda: trained(np.isnan(HUGE[:, 0]) * 1.0, HUGE),
    "enormous feature, exact": lambda: trained(np.nan_to_num(HUGE[:, 0]) / 1e38, HUGE, tree_method="exact"),
    "sliced": lambda: trained(rounds=9)[2:5],
    "continued": lambda: trained(booster=trained()),
    "custom objective": custom_objective,
    "names": named,
    "refreshed": lambda: updated("refresh"),
    "pruned": lambda: updated("prune", gamma=8),
    "pruned in part": lambda: updated("prune", rounds=2, gamma=8),
    "categories": lambda: categories(RNG.choice(LETTERS, N)),
    "categories one by one": lambda: categories(RNG.choice(LETTERS, N), max_cat_to_onehot=99),
    "categories, one only": lambda: categories(["a"] * N),
    "categories beyond ASCII": lambda: categories(RNG.choice(["", "ü", "ö", "€uro", "x"], N)),
    "categories with gaps": lambda: categories(np.where(NOISE > 1, None, RNG.choice(LETTERS, N))),
    "categories of integers": lambda: categories(RNG.choice([700, -5, 2**40], N)),
    "categories of bytes": lambda: categories(RNG.choice(np.array([200, 5, 100], np.uint8), N)),
    "codes as given": lambda: xgb.train(
        {"max_depth": 4},
        xgb.DMatrix(RNG.integers(0, 9, (N, 2)) * 1.0, TARGET, feature_types=["c", "q"]),
        2,
    ),
}


@pytest.mark.parametrize("name", LEGAL)
def test_legal_models_are_accepted_and_written_back(name):
    model = LEGAL[name]()
    raw = bytes(model.save_raw("ubj"))
    text = bytes(model.save_raw("json"))
    document = ubjson.loads(raw)
    before = copy.deepcopy(document)
    check_document(document)
    assert ubjson.dumps(document) == ubjson.dumps(before) == raw
    from_text = xgboost_json.loads(text)
    check_document(from_text)
    assert xgboost_json.dumps(from_text) == text
    assert xgboost_json.dumps(document) == text
    snapshot = bytes(model.__getstate__()["handle"])
    check_document(ubjson.loads(snapshot)["Model"])
    assert ubjson.dumps(ubjson.loads(snapshot)) == snapshot


@pytest.mark.parametrize("classes", [False, True])
def test_dart_models_are_accepted_and_written_back(classes):
    options: dict[str, Any] = {"objective": "multi:softprob", "num_class": 3} if classes else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # 3.3 and later would rather be asked otherwise
        options |= {"booster": "dart", "rate_drop": 0.5, "one_drop": 1, "max_depth": 3}
        model = xgb.train(options, xgb.DMatrix(X, THREE), 6)
    raw = bytes(model.save_raw("ubj"))
    assert b"weight_drop" in raw
    check_document(ubjson.loads(raw))
    assert ubjson.dumps(ubjson.loads(raw)) == raw
    text = bytes(model.save_raw("json"))
    check_document(xgboost_json.loads(text))
    assert xgboost_json.dumps(xgboost_json.loads(text)) == text


def trees(name: str) -> list[dict[str, Any]]:
    return model_of(ubjson.loads(bytes(LEGAL[name]().save_raw("ubj"))))["trees"]


@pytest.mark.parametrize("name", ["exact, pruned", "pruned"])
def test_nodes_that_xgboosts_pruner_left_behind_are_legal(name):
    """XGBoost's pruner deletes nodes but not their rows; such a model is as sound as any."""
    n_deleted = [int(t["tree_param"]["num_deleted"]) for t in trees(name)]
    assert any(n_deleted)
    for t, n in zip(trees(name), n_deleted, strict=True):
        assert (t["split_indices"] == 2**31 - 1).sum() == n


@pytest.mark.parametrize("name", ["enormous feature", "enormous feature, exact"])
def test_thresholds_at_infinity_are_legal(name):
    """XGBoost's last cut lies a little beyond the largest value, which may be more than a float holds."""
    assert any(np.isinf(t["split_conditions"]).any() for t in trees(name))


def test_categorical_splits_at_nan_are_legal():
    """Versions before 3.0 write NaN where a categorical split has no threshold."""
    document = ubjson.loads(base())
    for t in model_of(document)["trees"]:
        t["split_conditions"][(t["split_type"] == 1) & (t["left_children"] != -1)] = np.nan
    check_document(document)
    check_document(xgboost_json.loads(xgboost_json.dumps(document)))


def test_values_of_unsigned_categories_are_compared_as_such():
    """UBJSON has no unsigned integers beyond a byte: XGBoost 3.4 stores 40000 as -25536."""
    document = ubjson.loads(base())
    cats = model_of(document)["cats"]
    cats["enc"][3] = {"type": 12, "values": np.array([40000, 10, 20], np.uint16).view(np.int16)}
    cats["sorted_idx"][-3:] = 1, 2, 0
    check_document(document)
    cats["enc"][3]["type"] = 11
    with pytest.raises(InvalidModelError, match="'sorted_idx' does not sort"):
        check_document(document)


@pytest.mark.parametrize("text", ["5E-1", "0.5", "-1", "[1E0]", "[1E0,-2.5E-3,0E0]", "0", "1E-45"])
def test_base_scores_as_versions_have_written_them(text):
    document = ubjson.loads(base())
    parameter("base_score", text)(document)
    check_document(document)


def test_a_deep_but_possible_tree_is_accepted():
    document = ubjson.loads(base())
    chain(2000)(document)
    check_document(document)


def test_files_from_before_the_rounds_were_written_are_accepted():
    document = ubjson.loads(base())
    del model_of(document)["iteration_indptr"], model_of(document)["cats"]
    del document["learner"]["learner_model_param"]["num_target"]
    check_document(document)


def test_models_without_our_kind_of_trees_are_refused_by_name():
    data = xgb.DMatrix(np.nan_to_num(X), TWO_TARGETS)
    vector = xgb.train({"multi_strategy": "multi_output_tree", "max_depth": 2}, data, 2)
    with pytest.raises(UnsupportedModelError, match="multi_strategy='multi_output_tree'"):
        check_document(ubjson.loads(bytes(vector.save_raw("ubj"))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        linear = xgb.train({"booster": "gblinear"}, xgb.DMatrix(np.nan_to_num(X), TARGET), 2)
    for raw, loads in (("ubj", ubjson.loads), ("json", xgboost_json.loads)):
        with pytest.raises(UnsupportedModelError, match="'gblinear' is a linear model"):
            check_document(loads(bytes(linear.save_raw(raw))))


def test_a_place_is_named_as_tree_and_node():
    document = ubjson.loads(base())
    last = len(tree(document, 3)["parents"]) - 1
    tree(document, 3)["left_children"][0] = 99
    with pytest.raises(
        InvalidModelError, match=rf"tree 3, node 0: left child 99 is out of range 1\.\.{last}$"
    ):
        check_document(document)


@pytest.mark.parametrize("thing", [None, [], b"{}", 3])
def test_what_is_no_document_is_refused(thing):
    with pytest.raises(InvalidModelError, match="a document is a dict"):
        check_document(thing)


def test_an_objective_with_negative_second_derivatives_is_no_damage():
    """The Cauchy loss is not convex: XGBoost writes what it gave, and the message says what to do."""

    def cauchy(answer, data):
        d = answer - data.get_label()
        return 2 * d / (1 + d**2), 2 * (1 - d**2) / (1 + d**2) ** 2

    data = xgb.DMatrix(X, 50 + TARGET)  # far from the start, where the loss bends downwards
    model = xgb.train({"max_depth": 2, "lambda": 50, "base_score": 0.5}, data, 2, obj=cauchy)
    with pytest.raises(UnsupportedModelError, match="negative second derivatives"):
        check_document(ubjson.loads(bytes(model.save_raw("ubj"))))
