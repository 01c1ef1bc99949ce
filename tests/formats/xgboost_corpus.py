"""XGBoost models that somebody damaged, each with the words that must name the damage.

Every file is a sound model with one edit, so that nothing else is wrong with it. `native_margins` asks
XGBoost itself what it makes of files, in a process of its own, since that may not come back.
"""

from __future__ import annotations

import functools
import io
import pickle
import struct
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from treeprune.formats import ubjson

Edit = Callable[[dict[str, Any]], Any]


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


def put(name: str, node: int, value: Any, number: int = 1) -> Edit:
    """Edit one entry of one array of one tree."""

    def edit(document: dict[str, Any]) -> None:
        tree(document, number)[name][node] = value

    return edit


def put_leaf(name: str, value: Any) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        tree(document)[name][np.flatnonzero(tree(document)["left_children"] == -1)[0]] = value

    return edit


def put_numeric_split(name: str, value: Any) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        t = tree(document)
        tree(document)[name][np.flatnonzero((t["left_children"] != -1) & (t["split_type"] == 0))[0]] = value

    return edit


def shorten(name: str) -> Edit:
    return lambda document: tree(document).update({name: tree(document)[name][:-1]})


def replace(name: str, change: Callable[[Any], Any]) -> Edit:
    return lambda document: tree(document).update({name: change(tree(document)[name])})


def parameter(key: str, value: Any) -> Edit:
    return lambda document: document["learner"]["learner_model_param"].update({key: value})


def tree_parameter(key: str, value: Any) -> Edit:
    return lambda document: tree(document)["tree_param"].update({key: value})


def model(key: str, value: Any) -> Edit:
    return lambda document: model_of(document).update({key: value})


def learner(key: str, value: Any) -> Edit:
    return lambda document: document["learner"].update({key: value})


def cats(change: Callable[[dict[str, Any]], Any]) -> Edit:
    return lambda document: change(model_of(document)["cats"])


def swap_children(document: dict[str, Any]) -> None:
    """Left and right change places, so that right = left - 1: loads, and predicts something else."""
    t = tree(document)
    t["left_children"][0], t["right_children"][0] = t["right_children"][0], t["left_children"][0]


def relabel(document: dict[str, Any]) -> None:
    """Nodes 2 and 3 change places in every array: the same tree, whose siblings are apart."""
    t = tree(document)
    order = np.arange(len(t["parents"]))
    order[[2, 3]] = 3, 2
    for name in (
        "base_weights",
        "default_left",
        "left_children",
        "loss_changes",
        "parents",
        "right_children",
    ):
        t[name] = t[name][order]
    for name in ("split_conditions", "split_indices", "split_type", "sum_hessian"):
        t[name] = t[name][order]
    for name in ("left_children", "right_children", "parents"):
        inner = (t[name] >= 0) & (t[name] < len(order))
        t[name][inner] = order[t[name][inner]].astype(np.int32)


def cycle_apart(document: dict[str, Any]) -> None:
    """The root becomes a leaf and nodes 1 to 2 each other's family: one parent each, all consistent."""
    t = tree(document)
    grown = {
        "left_children": [-1, 3, -1, 1, -1],
        "right_children": [-1, 4, -1, 2, -1],
        "parents": [2**31 - 1, 3, 3, 1, 1],
        "split_indices": [0] * 5,
    }
    t.update({name: np.array(column, np.int32) for name, column in grown.items()})
    t.update({name: np.ones(5, np.float32) for name in ("base_weights", "loss_changes")})
    t.update({name: np.ones(5, np.float32) for name in ("split_conditions", "sum_hessian")})
    t.update({name: np.zeros(5, np.uint8) for name in ("default_left", "split_type")})
    no_categories(t)
    t["tree_param"]["num_nodes"] = "5"


def no_categories(t: dict[str, Any]) -> None:
    t.update({name: np.zeros(0, np.int32) for name in ("categories", "categories_nodes")})
    t.update({name: np.zeros(0, np.int64) for name in ("categories_segments", "categories_sizes")})


def chain(depth: int) -> Edit:
    """A sound tree that is one long path."""

    def edit(document: dict[str, Any]) -> None:
        t = tree(document)
        n = 2 * depth + 1
        left, parent = np.full(n, -1, np.int32), np.empty(n, np.int32)
        inner = np.concatenate([[0], np.arange(2, n - 1, 2)])
        left[inner] = np.arange(1, n, 2)
        parent[0], parent[1::2], parent[2::2] = 2**31 - 1, inner, inner
        t.update(left_children=left, right_children=np.where(left > 0, left + 1, -1).astype(np.int32))
        t.update(parents=parent, split_indices=np.zeros(n, np.int32))
        t.update({name: np.ones(n, np.float32) for name in ("base_weights", "loss_changes")})
        t.update({name: np.ones(n, np.float32) for name in ("split_conditions", "sum_hessian")})
        t.update({name: np.zeros(n, np.uint8) for name in ("default_left", "split_type")})
        no_categories(t)
        t["tree_param"]["num_nodes"] = str(n)

    return edit


def memory_bomb(document: dict[str, Any]) -> None:
    """A few bytes for which XGBoost keeps two megabytes in each of 4500 nodes."""
    chain(1500)(document)
    t = tree(document)
    inner = np.flatnonzero(t["left_children"] >= 0)
    t["split_type"][inner] = 1
    t["categories"] = np.full(len(inner), 2**24 - 1, np.int32)
    t["categories_nodes"] = inner.astype(np.int32)
    t["categories_segments"], t["categories_sizes"] = np.arange(len(inner)), np.ones(len(inner), np.int64)
    for number in (0, 2):
        model_of(document)["trees"][number] = t | {"id": number}


EDITS: dict[str, tuple[Edit, str]] = {
    "001 no learner": (lambda d: d.pop("learner"), "'learner' is missing"),
    "002 learner a list": (lambda d: d.update(learner=[]), "'learner' must be dict"),
    "003 no version": (lambda d: d.pop("version"), "'version' is missing"),
    "004 version a word": (
        lambda d: d.update(version=["three", 2, 0]),
        "'version' must be a list of integers",
    ),
    "005 version of two numbers": (lambda d: d.update(version=[3, 2]), "'version' must be three numbers"),
    "006 no booster": (lambda d: d["learner"].pop("gradient_booster"), "'gradient_booster' is missing"),
    "007 unknown booster": (
        lambda d: d["learner"]["gradient_booster"].update(name="gbforest"),
        "the booster 'gbforest' is not known",
    ),
    "008 linear booster": (
        lambda d: d["learner"]["gradient_booster"].update(name="gblinear"),
        "booster 'gblinear' is a linear model",
    ),
    "009 no features": (parameter("num_feature", "0"), "'num_feature' must be an integer of 1 or more"),
    "010 fewer features than the trees": (parameter("num_feature", "3"), "3 features"),
    "011 features a number, not text": (parameter("num_feature", 4), "'num_feature' must be str"),
    "012 features in hexadecimal": (parameter("num_feature", "0x4"), "'num_feature' must be an integer"),
    "013 features beyond 32 bits": (
        parameter("num_feature", "4294967300"),
        "'num_feature' must be an integer",
    ),
    "014 classes negative": (parameter("num_class", "-3"), "'num_class' must be an integer of 0 or more"),
    "015 classes fewer than tree_info says": (parameter("num_class", "2"), "numbers for 2 outputs"),
    "016 a billion classes": (parameter("num_class", "1000000000"), "1000000000 outputs"),
    "017 classes and targets": (parameter("num_target", "3"), "exclude each other"),
    "018 base score empty": (parameter("base_score", ""), "base_score: '' is no finite number"),
    "019 base score a word": (parameter("base_score", "half"), "'half' is no finite number"),
    "020 base score NaN": (parameter("base_score", "nan"), "'nan' is no finite number"),
    "021 base score infinite": (parameter("base_score", "[0E0,inf,0E0]"), "'inf' is no finite number"),
    "022 base score beyond single precision": (
        parameter("base_score", "1E39"),
        "'1E39' is no finite number",
    ),
    "023 base score in the comma of other countries": (
        parameter("base_score", "0,5"),
        "'0,5' is no finite",
    ),
    "024 base score of wrong length": (parameter("base_score", "[0E0,0E0]"), "2 numbers for 3 outputs"),
    "025 base score with an underscore": (parameter("base_score", "1_0"), "'1_0' is no finite number"),
    "026 no objective": (lambda d: d["learner"].pop("objective"), "'objective' is missing"),
    "027 attributes not text": (
        learner("attributes", {"best_iteration": 2}),
        "'best_iteration' must be text",
    ),
    "028 a feature name too few": (
        learner("feature_names", ["a", "b", "c"]),
        "'feature_names' has 3 entries",
    ),
    "029 feature names not text": (
        learner("feature_names", [1, 2, 3, 4]),
        "'feature_names' must hold texts",
    ),
    "030 a feature type too many": (learner("feature_types", ["q"] * 5), "'feature_types' has 5 entries"),
    "031 unknown feature type": (
        learner("feature_types", ["q", "q", "c", "?"]),
        "'feature_types' must be of",
    ),
    "032 no trees": (lambda d: model_of(d).pop("trees"), "'trees' is missing"),
    "033 a tree lost": (lambda d: model_of(d)["trees"].pop(), "'num_trees' is 9, but there are 8"),
    "034 a tree is no object": (
        lambda d: model_of(d)["trees"].__setitem__(1, 7),
        "tree 1: a tree must be dict",
    ),
    "035 the same id twice": (lambda d: tree(d).update(id=0), "tree 1: its id is 0"),
    "036 id far out": (lambda d: tree(d).update(id=10**6), "tree 1: its id is 1000000"),
    "037 number of trees negative": (
        lambda d: model_of(d)["gbtree_model_param"].update(num_trees="-1"),
        "'num_trees' must be an integer of 0 or more",
    ),
    "038 no parallel tree": (
        lambda d: model_of(d)["gbtree_model_param"].update(num_parallel_tree="0"),
        "'num_parallel_tree' must be an integer of 1 or more",
    ),
    "039 tree for a class that is not": (
        lambda d: model_of(d)["tree_info"].__setitem__(4, 3),
        "tree 4: its output 3",
    ),
    "040 tree for a negative class": (
        lambda d: model_of(d)["tree_info"].__setitem__(4, -1),
        "tree 4: its output -1",
    ),
    "041 tree_info too short": (lambda d: model_of(d)["tree_info"].pop(), "'tree_info' has 8 entries"),
    "042 tree_info of floats": (model("tree_info", [0.0] * 9), "'tree_info' must be a list of integers"),
    "043 rounds beyond the trees": (
        model("iteration_indptr", [0, 3, 6, 12]),
        "must rise from 0 to the 9 trees",
    ),
    "044 rounds that fall": (model("iteration_indptr", [0, 6, 3, 9]), "must rise from 0"),
    "045 rounds that begin late": (model("iteration_indptr", [1, 3, 6, 9]), "must rise from 0"),
    "046 no rounds": (model("iteration_indptr", []), "must rise from 0"),
    "047 root has no children but the tree goes on": (
        lambda d: (put("left_children", 0, -1)(d), put("right_children", 0, -1)(d)),
        "tree 1, node 1: no path leads to it",
    ),
    "048 left child out of range": (
        put("left_children", 0, 99),
        "tree 1, node 0: left child 99 is out of range 1..{last}",
    ),
    "049 left child far out": (put("left_children", 0, 2**31 - 1), "left child 2147483647 is out of range"),
    "050 right child out of range": (put("right_children", 0, 99), "right child 99 is out of range"),
    "051 left child negative": (put("left_children", 0, -7), "left child -7 is out of range"),
    "052 one child only": (put("right_children", 0, -1), "only one of its two children exists"),
    "053 a child is the root": (put("left_children", 1, 0), "tree 1, node 1: left child 0 is out of range"),
    "054 children swapped": (
        swap_children,
        "tree 1, node 0: its children 2 and 1 do not stand side by side",
    ),
    "055 siblings apart": (relabel, "tree 1, node 0: its children 1 and 3 do not stand side by side"),
    "056 one node, two parents": (
        lambda d: (put("left_children", 1, 1)(d), put("right_children", 1, 2)(d)),
        "tree 1, node 1: left child 1 says its parent is 0",
    ),
    "057 a cycle beside the root": (cycle_apart, "tree 1, node 1: no path leads to it"),
    "058 a wrong parent": (put("parents", 2, 5), "tree 1, node 0: right child 2 says its parent is 5"),
    "059 a root with a parent": (put("parents", 0, 3), "tree 1, node 0: the root says its parent is 3"),
    "060 deeper than anyone grows": (chain(5000), "lies deeper than 2048"),
    "061 node count too small": (tree_parameter("num_nodes", "5"), "has {n} entries where 5 are expected"),
    "062 node count zero": (
        tree_parameter("num_nodes", "0"),
        "'num_nodes' must be an integer of 1 or more",
    ),
    "063 node count huge": (tree_parameter("num_nodes", "2000000000"), "where 2000000000 are expected"),
    "064 deleted nodes that are not": (tree_parameter("num_deleted", "2"), "'num_deleted' is 2, but 0"),
    "065 deleted node in use": (put_leaf("split_indices", 2**31 - 1), "1 nodes are marked as deleted"),
    "066 deleted node in use, counted": (
        lambda d: (put_leaf("split_indices", 2**31 - 1)(d), tree_parameter("num_deleted", "1")(d)),
        "it is deleted and still a child",
    ),
    "067 deleted node with children": (
        lambda d: (put("split_indices", 1, 2**31 - 1)(d), tree_parameter("num_deleted", "1")(d)),
        "it is deleted and still has children",
    ),
    "068 vector leaves": (tree_parameter("size_leaf_vector", "3"), "multi_strategy"),
    "069 features of the tree": (
        tree_parameter("num_feature", "5"),
        "tree 1: 'num_feature' is 5, the model's is 4",
    ),
    "070 feature out of range": (
        put("split_indices", 0, 4),
        "tree 1, node 0: 'split_indices' 4 is out of range 0..3",
    ),
    "071 feature negative": (put("split_indices", 0, -1), "'split_indices' -1 is out of range 0..3"),
    "072 leaf infinite": (
        put_leaf("split_conditions", np.inf),
        "'split_conditions' inf is no finite leaf value",
    ),
    "073 leaf NaN": (
        put_leaf("split_conditions", np.nan),
        "'split_conditions' nan is no finite leaf value",
    ),
    "074 threshold NaN": (
        put_numeric_split("split_conditions", np.nan),
        "'split_conditions' nan is no threshold",
    ),
    "075 default neither way": (put("default_left", 0, 2), "'default_left' 2 is neither 0 nor 1"),
    "076 split of a third kind": (put("split_type", 0, 2), "'split_type' 2 is neither 0 nor 1"),
    "077 negative cover": (put("sum_hessian", 2, -1), "tree 1, node 2: 'sum_hessian' -1.0 must be"),
    "078 cover NaN": (put("sum_hessian", 2, np.nan), "'sum_hessian' nan must be"),
    "079 cover infinite": (put("sum_hessian", 2, np.inf), "'sum_hessian' inf is not finite"),
    "080 gain NaN": (put("loss_changes", 0, np.nan), "'loss_changes' nan is not finite"),
    "081 weight infinite": (put("base_weights", 0, -np.inf), "'base_weights' -inf is not finite"),
    **{
        f"{82 + i:03} {name} too short": (
            shorten(name),
            f"'{name}' has {{short}} entries where {{n}} are expected",
        )
        for i, name in enumerate(
            ("left_children", "right_children", "parents", "split_indices", "default_left", "split_type")
        )
    },
    **{
        f"{88 + i:03} {name} too short": (
            shorten(name),
            f"'{name}' has {{short}} entries where {{n}} are expected",
        )
        for i, name in enumerate(("split_conditions", "base_weights", "loss_changes", "sum_hessian"))
    },
    **{
        f"{92 + i:03} no {name}": (lambda d, name=name: tree(d).pop(name), f"'{name}' is missing")
        for i, name in enumerate(
            ("left_children", "parents", "split_conditions", "categories", "tree_param", "id")
        )
    },
    "098 children as 64-bit integers": (
        replace("left_children", lambda a: a.astype(np.int64)),
        "'left_children' must be a row of int32, got int64",
    ),
    "099 thresholds as doubles": (
        replace("split_conditions", lambda a: a.astype(np.float64)),
        "'split_conditions' must be a row of float32, got float64",
    ),
    "100 children as a list among arrays": (
        replace("left_children", lambda a: a.tolist()),
        "'left_children' must be ndarray, got list",
    ),
    "101 categorical node not listed": (
        put_numeric_split("split_type", 1),
        "'categories_nodes' must list the nodes whose 'split_type' is 1",
    ),
    "102 categorical node not marked": (put("split_type", 0, 0), "'categories_nodes' must list the nodes"),
    "103 no categories in a set": (put("categories_sizes", 0, 0), "node 0: a categorical split needs one"),
    "104 set of negative size": (put("categories_sizes", 0, -1), "a categorical split needs one"),
    "105 set larger than the list": (put("categories_sizes", 0, 10**6), "'categories_sizes' add up to"),
    "106 sizes that wrap around": (put("categories_sizes", 0, 2**63 - 1), "'categories_sizes' add up to"),
    "107 set that starts elsewhere": (
        put("categories_segments", 1, 0),
        "its categories start at 0, expected",
    ),
    "108 set that starts far out": (
        put("categories_segments", 0, 10**9),
        "its categories start at 1000000000",
    ),
    "109 category negative": (put("categories", 0, -1), "node 0: category -1 is out of range"),
    "110 category not exact in single precision": (
        put("categories", 0, 2**24),
        "category 16777216 is out of range",
    ),
    "111 category far out": (put("categories", 0, 2**31 - 1), "category 2147483647 is out of range"),
    "112 category twice": (
        lambda d: tree(d)["categories"].__setitem__(1, tree(d)["categories"][0]),
        "node 0: its categories do not rise",
    ),
    "113 a list of sizes too short": (
        shorten("categories_sizes"),
        "need one entry for each categorical node",
    ),
    "114 categories nobody asked for": (
        replace("categories", lambda a: np.append(a, a[-1:] + 1)),
        "'categories_sizes' add up to",
    ),
    "115 sets that fill the memory": (memory_bomb, "the sets of categories take"),
    "116 no encodings": (cats(lambda c: c.pop("enc")), "cats: 'enc' is missing"),
    "117 an encoding too few": (cats(lambda c: c["enc"].pop()), "4 features need as many encodings"),
    "118 an encoding is no object": (
        cats(lambda c: c["enc"].__setitem__(2, 1)),
        "cats, feature 2: an encoding",
    ),
    "119 segments beyond the categories": (
        cats(lambda c: c["feature_segments"].__setitem__(4, 99)),
        "'feature_segments' must rise from 0 to the 9",
    ),
    "120 segments that fall": (cats(lambda c: c["feature_segments"].__setitem__(2, 7)), "must rise from 0"),
    "121 segments of other lengths": (
        cats(lambda c: c["feature_segments"].__setitem__(3, 5)),
        "its segment has 5",
    ),
    "122 sorted index out of range": (
        cats(lambda c: c["sorted_idx"].__setitem__(0, 99)),
        "does not name each",
    ),
    "123 sorted index twice": (
        cats(lambda c: c["sorted_idx"].__setitem__(0, 1)),
        "does not name each category",
    ),
    "124 sorted index not sorted": (
        cats(lambda c: c["sorted_idx"].__setitem__(slice(0, 2), [1, 0])),
        "'sorted_idx' does not sort",
    ),
    "125 offsets beyond the characters": (
        cats(lambda c: c["enc"][2]["offsets"].__setitem__(6, 99)),
        "'offsets' must rise from 0 to the 6",
    ),
    "126 offsets that fall": (
        cats(lambda c: c["enc"][2]["offsets"].__setitem__(2, 5)),
        "'offsets' must rise",
    ),
    "127 characters lost": (
        cats(lambda c: c["enc"][2].update(values=c["enc"][2]["values"][:-1])),
        "'offsets' must rise from 0 to the 5",
    ),
    "128 unknown type of values": (cats(lambda c: c["enc"][3].update(type=99)), "its type 99 is not known"),
    "129 values of another type": (
        cats(lambda c: c["enc"][3].update(type=13)),
        "'values' must be int32, got int64",
    ),
    "130 no type of values": (cats(lambda c: c["enc"][3].pop("type")), "'type' is missing"),
    "131 a value lost": (
        cats(lambda c: c["enc"][3].update(values=c["enc"][3]["values"][:-1])),
        "2 categories, but its segment has 3",
    ),
    # Found by damaging bytes at random: one flipped bit in the key, and XGBoost takes all splits for
    # numeric, as those of versions before 1.3 were, and answers by meaningless thresholds.
    "133 kinds of splits under another name": (
        lambda d: tree(d).update(split_typd=tree(d).pop("split_type")),
        "'split_type' is missing",
    ),
    "132 values a text": (cats(lambda c: c["enc"][3].update(values="abc")), "'values' must be int64"),
}

DART_EDITS: dict[str, tuple[Edit, str]] = {
    "201 weight of a dropped tree lost": (
        lambda d: weights_holder(d)["weight_drop"].pop(),
        "'weight_drop' has 8 entries for 9 trees",
    ),
    "202 weight NaN": (
        lambda d: weights_holder(d)["weight_drop"].__setitem__(3, ubjson.Float32(np.nan)),
        "tree 3: its entry of 'weight_drop' is not finite",
    ),
    "203 weight infinite": (
        lambda d: weights_holder(d)["weight_drop"].__setitem__(3, ubjson.Float32(np.inf)),
        "tree 3: its entry of 'weight_drop' is not finite",
    ),
    "204 weights are texts": (
        lambda d: weights_holder(d).update(weight_drop=["1"] * 9),
        "'weight_drop' must be a list of floating point numbers",
    ),
}


def edited(name: str) -> dict[str, Any]:
    """The document of one malformed model."""
    edits, booster = (EDITS, "gbtree") if name in EDITS else (DART_EDITS, "dart")
    document = ubjson.loads(base(booster))
    edits[name][0](document)
    return document


def malformed() -> dict[str, bytes]:
    """All malformed files: edits of each field, then the file cut and its bytes damaged."""
    files = {name: ubjson.dumps(edited(name)) for name in (*EDITS, *DART_EDITS)}
    whole = base()
    files |= {f"3{i:02} cut at {k}/20": whole[: k * len(whole) // 20] for i, k in enumerate(range(20))}
    files["320 one byte lost"] = whole[:-1]
    files["321 one byte more"] = whole + b"\x00"
    files["322 twice"] = whole + whole
    files["323 a hole"] = whole[:2000] + whole[2001:]
    at = whole.index(b"split_conditions") + len(b"split_conditions") + 4
    for i, n in enumerate((-1, 2**63 - 1, 2**31, 20, 18)):
        files[f"33{i} array said to have {n} elements"] = (
            whole[:at] + struct.pack(">q", n) + whole[at + 8 :]
        )
    files["340 nested without end"] = whole[:1] + whole[1:].replace(
        b"{", b"{" + b"L" + bytes(8) + b"[" * 99999, 1
    )
    files["341 an array of another type"] = whole[: at - 3] + b"D" + whole[at - 2 :]
    files["342 empty"] = b""
    return files


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
