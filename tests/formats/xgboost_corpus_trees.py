"""Damaged trees of XGBoost models, a named edit each, with the words that must name the damage."""

from __future__ import annotations

import numpy as np

from tests.formats.xgboost_edits import (
    Edit,
    chain,
    cycle_apart,
    memory_bomb,
    put,
    put_leaf,
    put_numeric_split,
    relabel,
    replace,
    shorten,
    swap_children,
    tree_parameter,
)
from tests.formats.xgboost_models import tree

TREES: dict[str, tuple[Edit, str]] = {
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
    # Found by damaging bytes at random: one flipped bit in the key, and XGBoost takes all splits for
    # numeric, as those of versions before 1.3 were, and answers by meaningless thresholds.
    "133 kinds of splits under another name": (
        lambda d: tree(d).update(split_typd=tree(d).pop("split_type")),
        "'split_type' is missing",
    ),
}
