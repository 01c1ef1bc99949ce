from dataclasses import replace

import numpy as np
import pytest

from tests.strategies import model_cases, random_ensemble
from treeprune.backends import read
from treeprune.exceptions import InvalidModelError
from treeprune.model.ensemble import LEAF, NODE_FIELDS, TREE_FIELDS
from treeprune.model.validate import validate

GOOD = random_ensemble(4, (6, 0, 9), monotone=np.zeros(4, np.int8), feature_names=tuple("abcd"))
SPLIT = int(np.flatnonzero(~GOOD.is_leaf)[2])
NUMERIC = int(np.flatnonzero(~GOOD.is_leaf & (GOOD.category_set == LEAF))[0])
CATEGORY = int(np.flatnonzero(GOOD.category_set != LEAF)[0])
A_LEAF = int(np.flatnonzero(GOOD.is_leaf)[1])
STUMP = int(GOOD.root[1])


def with_entry(name, at, entry):
    array = getattr(GOOD, name).copy()
    array[at] = entry
    return {name: array}


def links(*triples):
    """Children of some nodes replaced: (node, left, right)."""
    left, right = GOOD.left.copy(), GOOD.right.copy()
    for node, a, b in triples:
        left[node], right[node] = a, b
    return {"left": left, "right": right}


def grandchild_of_root():
    return next(c for c in (GOOD.left[0], GOOD.right[0]) if GOOD.left[c] != LEAF)


def unreachable():
    """A branch whose parent becomes a leaf."""
    node = grandchild_of_root()
    return links((node, LEAF, LEAF)) | with_entry("feature", node, LEAF)


BROKEN = {
    # links
    "left past the end": links((SPLIT, GOOD.n_nodes, GOOD.right[SPLIT])),
    "right far past the end": links((SPLIT, GOOD.left[SPLIT], 2**31 - 1)),
    "left below -1": links((SPLIT, -2, GOOD.right[SPLIT])),
    "only one child": links((SPLIT, GOOD.left[SPLIT], LEAF)),
    "child of another tree": links((int(GOOD.root[1]) - 1, STUMP, STUMP + 1)),
    "points at itself": links((SPLIT, SPLIT, GOOD.right[SPLIT])),
    "cycle": links((grandchild_of_root(), 0, GOOD.right[grandchild_of_root()])),
    "same child twice": links((SPLIT, GOOD.left[SPLIT], GOOD.left[SPLIT])),
    "shared child": links((0, GOOD.left[0], GOOD.right[grandchild_of_root()])),
    "unreachable": unreachable(),
    "child before its parent": links((0, 3, 4), (3, 1, 2), (1, LEAF, LEAF)),
    # roots
    "no trees": {"root": np.zeros(1, np.int64), **{n: getattr(GOOD, n)[:0] for n in TREE_FIELDS}},
    "root starts late": with_entry("root", 0, 1),
    "root ends early": with_entry("root", -1, GOOD.n_nodes - 1),
    "root falls": with_entry("root", 1, GOOD.n_nodes + 5),
    "empty tree": with_entry("root", 1, int(GOOD.root[2])),
    # features
    "feature past the end": with_entry("feature", SPLIT, 4),
    "feature below 0": with_entry("feature", SPLIT, -2),
    "split without feature": with_entry("feature", SPLIT, LEAF),
    "leaf with feature": with_entry("feature", A_LEAF, 0),
    # numbers
    **{
        f"{name} {number}": with_entry(name, 0, number)
        for name in ("value", "cover", "weight", "base_score")
        for number in (np.nan, np.inf, -np.inf)
    },
    "threshold nan": with_entry("threshold", NUMERIC, np.nan),
    "NaN in a late value": with_entry("value", (-1, -1), np.nan),
    "negative cover": with_entry("cover", A_LEAF, -1e-9),
    "negative count": with_entry("n_samples", A_LEAF, -1),
    # category sets
    "set past the end": with_entry("category_set", CATEGORY, 3),
    "set below -1": with_entry("category_set", CATEGORY, -2),
    "offset starts late": with_entry("category_offset", 0, 1),
    "offset ends late": with_entry("category_offset", -1, len(GOOD.category_word) + 1),
    "offset falls": with_entry("category_offset", 1, 5),
    "empty set": with_entry("category_offset", 1, 0),
    "no offset": {"category_offset": np.zeros(0, np.int64)},
    # outputs
    "columns too few": {"columns": (2,)},
    "columns too many": {"columns": (3, 1)},
    "columns negative": {"columns": (4, -1)},
    "base score of another length": {"base_score": np.zeros(2)},
    "output past the end": with_entry("output", 0, 3),
    "output below -1": with_entry("output", 0, -2),
    "no classes": {"classes": ()},
    "too few labels": {"classes": (np.array(["a", "b"]),)},
    "names of another length": {"feature_names": ("a", "b")},
    "monotone of another length": {"monotone": np.zeros(3, np.int8)},
    # identity
    "tree twice": with_entry("tree_id", 0, int(GOOD.tree_id[1])),
    "negative tree": with_entry("tree_id", 0, -1),
    "negative node": with_entry("node_id", 0, -1),
    # words
    "unknown comparison": {"comparison": ">"},
    "unknown missing rule": with_entry("missing", SPLIT, 3),
    "unknown aggregation": {"aggregation": "maximum"},
    "mean with a negative factor": {"aggregation": "mean", "weight": -np.ones(GOOD.n_trees)},
    "mean of nothing": {"aggregation": "mean", "weight": np.zeros(GOOD.n_trees)},
    "unknown category rule": {"unknown_category": "error"},
    "value beyond single precision": {"output_dtype": "float32"},
    "count past the words": with_entry("category_count", 0, 33),
    "count of nothing": with_entry("category_count", 0, 0),
    "count short": {"category_count": GOOD.category_count[:-1]},
    "prior short": {"prior": np.zeros(2)},
    "prior NaN": {"prior": np.full(3, np.nan)},
    "link scale": {"link_scale": np.inf},
    "one column for three classes": {"columns": (1, 1, 1)},
    "unknown dtype": {"input_dtype": "float16"},
    "unknown link": {"link": "probit"},
    "unknown task": {"task": "clustering"},
    # types and lengths
    **{f"{name} as float16": {name: getattr(GOOD, name).astype(np.float16)} for name in NODE_FIELDS},
    **{f"{name} as list": {name: list(getattr(GOOD, name))} for name in ("left", "root", "base_score")},
    **{f"{name} short": {name: getattr(GOOD, name)[:-1]} for name in (*NODE_FIELDS, *TREE_FIELDS)},
    **{f"{name} deep": {name: getattr(GOOD, name)[:, None]} for name in ("feature", "value", "root")},
    "flat value": {"value": GOOD.value[:, 0].copy()},
    "no cover": {"cover": None},
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN.keys())
def test_broken(change):
    with pytest.raises(InvalidModelError):
        validate(replace(GOOD, **change))


def test_threshold_message_says_what():
    with pytest.raises(InvalidModelError, match="threshold holds NaN"):
        validate(replace(GOOD, **with_entry("threshold", NUMERIC, np.nan)))
    with pytest.raises(InvalidModelError, match=rf"node {SPLIT} \(left -2"):
        validate(replace(GOOD, **links((SPLIT, -2, GOOD.right[SPLIT]))))


@pytest.mark.parametrize("seed", range(5))
def test_good_ensembles_pass(seed):
    good = random_ensemble(seed)
    assert validate(good) is good
    for options in ({"n_samples": None, "impurity": None}, {"comparison": "<", "absent": "missing"}):
        validate(replace(good, **options))


def test_infinite_thresholds_pass():
    """scikit-learn writes them where only missing values go right."""
    validate(replace(GOOD, **with_entry("threshold", NUMERIC, np.inf)))


def test_models_pass():
    for case in model_cases():
        validate(read(case.model))


def test_monotone_holds_signs() -> None:
    ensemble = random_ensemble(0)
    signs = np.full(ensemble.n_features, 2, np.int8)
    with pytest.raises(InvalidModelError, match="signs"):
        validate(replace(ensemble, monotone=signs))
