"""XGBoost models that somebody damaged, each with the words that must name the damage.

Every file is a sound model with one edit, so that nothing else is wrong with it.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from tests.formats.xgboost_corpus_trees import TREES
from tests.formats.xgboost_edits import Edit, cats, learner, model, parameter
from tests.formats.xgboost_models import base, model_of, tree, weights_holder
from treeprune.formats import ubjson

_MODEL: dict[str, tuple[Edit, str]] = {
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
}

_CATEGORIES: dict[str, tuple[Edit, str]] = {
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
    "132 values a text": (cats(lambda c: c["enc"][3].update(values="abc")), "'values' must be int64"),
}

EDITS = {**_MODEL, **TREES, **_CATEGORIES}

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
