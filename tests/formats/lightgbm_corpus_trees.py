"""Damaged trees of LightGBM models, a named edit each.

What LightGBM 4.7 does with them is said where it is worth a story: "ends the process" was seen.
"""

from __future__ import annotations

import re

from tests.formats.lightgbm_edits import Edit, both, drop, entry, first_categorical, put, swap

# (base, what is done to it, a part of our message); the trees of "numeric" have 7 leaves
TREES: dict[str, tuple[str, Edit, str]] = {
    # how many there are
    "040 no leaf": ("numeric", put("num_leaves", "0"), "num_leaves is 0"),
    # ends the process
    "041 two billion leaves": ("numeric", put("num_leaves", "2147483647"), "out of 1..131072"),
    "042 leaves beyond 32 bits": ("numeric", put("num_leaves", "4294967303"), "out of 1..131072"),
    "043 a leaf more": ("numeric", put("num_leaves", "8"), "leaf_value has 7 entries where 8"),
    "044 a leaf less": ("numeric", put("num_leaves", "6"), "leaf_value has 7 entries where 6"),
    "045 one leaf only": ("numeric", put("num_leaves", "1", 2), "tree 2: leaf_value has 7 entries"),
    "046 leaves in words": ("numeric", put("num_leaves", "seven"), "num_leaves: entry 0 is 'seven'"),
    "047 two numbers of leaves": ("numeric", put("num_leaves", "7 7"), "must be one integer, got 2"),
    "048 unknown line in a tree": (
        "numeric",
        swap("num_cat=0\n", "num_cat=0\nleaf_value_dim=2\n"),
        "'leaf_value_dim' is not known",
    ),
    "049 a line twice in a tree": (
        "numeric",
        swap("num_cat=0\n", "num_cat=0\nnum_cat=0\n"),
        "twice in a tree",
    ),
    **{
        f"05{i} no {key}": ("numeric", drop(key, number), f"tree {number}: {key} is missing")
        for i, (key, number) in enumerate(
            [
                ("num_leaves", 0),
                ("num_cat", 1),
                ("split_feature", 2),
                ("threshold", 3),
                ("decision_type", 0),  # each split turns numeric, missing values to the right
                ("left_child", 1),
                ("right_child", 2),
                ("leaf_value", 3),
                ("leaf_count", 0),
                ("shrinkage", 1),
            ]
        )
    },
    **{
        f"06{i} {key} cut short": ("numeric", entry(key, -1, ""), f"{key} has {n} entries where {n + 1}")
        for i, (key, n) in enumerate(
            [
                ("split_feature", 5),
                ("split_gain", 5),
                ("threshold", 5),
                ("decision_type", 5),
                ("left_child", 5),  # ends the process
                ("right_child", 5),  # hangs: the missing child is the root
                ("leaf_weight", 6),
                ("leaf_count", 6),
                ("internal_value", 5),
                ("internal_count", 5),
            ]
        )
    },
    "070 empty thresholds": ("numeric", put("threshold", ""), "threshold has 0 entries where 6"),
    "071 an entry too many": ("numeric", entry("threshold", 0, "1 2"), "threshold has 7 entries where 6"),
    "072 leaves for one leaf": ("one leaf", put("leaf_value", "1 2"), "leaf_value has 2 entries where 1"),
    "073 splits for one leaf": ("one leaf", put("left_child", "-1"), "left_child has 1 entries where 0"),
    "074 counts for one leaf": (
        "one leaf",
        put("leaf_count", "5 5"),
        "leaf_count has 2 entries where 1 or 0",
    ),
    # what stands for a number
    # changes numbers in silence: LightGBM reads up to the comma
    "080 decimal commas": (
        "numeric",
        lambda text: re.sub(
            r"^(leaf_value=.*)$", lambda m: m[0].replace(".", ","), text, flags=re.MULTILINE
        ),
        "which is not a number",
    ),
    "081 comma in a threshold": ("numeric", entry("threshold", 3, "0,5"), "threshold: entry 3 is '0,5'"),
    "082 junk behind a number": ("numeric", entry("leaf_value", 2, "0.5abc"), "entry 2 is '0.5abc'"),
    "083 hexadecimal": ("numeric", entry("leaf_value", 2, "0x1p3"), "entry 2 is '0x1p3'"),
    "084 underscore": ("numeric", entry("leaf_count", 2, "1_0"), "entry 2 is '1_0'"),
    "085 other digits": ("numeric", entry("leaf_count", 2, "\u0661"), "which is not an integer"),
    "086 plus sign": ("numeric", entry("left_child", 0, "+1"), "entry 0 is '+1'"),
    "087 fraction of a child": ("numeric", entry("left_child", 0, "1.0"), "entry 0 is '1.0'"),
    "088 tab": ("numeric", swap("leaf_count=", "leaf_count=\t"), "which is not an integer"),
    "089 two spaces": ("numeric", entry("threshold", 1, " 0.5"), "entry 1 is '', which is not a number"),
    "090 space at the end": ("numeric", entry("left_child", 5, "-5 "), "entry 6 is '', which is not"),
    "091 a number of a million digits": ("numeric", entry("leaf_value", 0, "9" * 10**6), "not a number"),
    "092 a child of a million digits": ("numeric", entry("left_child", 0, "9" * 10**6), "not an integer"),
    "093 NaN leaf": ("numeric", entry("leaf_value", 3, "nan"), "leaf_value of leaf 3 is nan"),
    "094 infinite leaf": ("numeric", entry("leaf_value", 3, "-inf"), "leaf_value of leaf 3 is -inf"),
    "095 leaf beyond double": ("numeric", entry("leaf_value", 3, "1e999"), "leaf_value of leaf 3 is inf"),
    # sends each row right: no comparison with NaN is true
    "096 NaN threshold": ("numeric", entry("threshold", 4, "nan"), "threshold of node 4 is NaN"),
    "097 NaN weight": ("numeric", entry("leaf_weight", 1, "nan"), "leaf_weight of leaf 1 is nan"),
    "098 infinite weight": ("numeric", entry("internal_weight", 1, "inf"), "internal_weight of node 1"),
    "099 negative count": ("numeric", entry("leaf_count", 1, "-5"), "leaf_count of leaf 1 is -5"),
    "100 count beyond 32 bits": (
        "numeric",
        entry("internal_count", 0, "4294967296"),
        "out of 0..2147483647",
    ),
    "101 NaN shrinkage": ("numeric", put("shrinkage", "nan"), "shrinkage of tree 0 is nan"),
    "102 no shrinkage behind its name": ("numeric", put("shrinkage", ""), "shrinkage has 0 entries"),
    # splits and links
    # reads behind the row
    "110 feature out of range": (
        "numeric",
        entry("split_feature", 2, "4"),
        "split_feature of node 2 is 4, out of 0..3",
    ),
    "111 negative feature": ("numeric", entry("split_feature", 2, "-1"), "split_feature of node 2 is -1"),
    "112 feature far out": ("numeric", entry("split_feature", 0, "2000000000"), "of node 0 is 2000000000"),
    "113 fourth missing type": (
        "numeric",
        entry("decision_type", 1, "12"),
        "decision_type of node 1 is 12",
    ),
    "114 unknown decision bit": (
        "numeric",
        entry("decision_type", 1, "18"),
        "decision_type of node 1 is 18",
    ),
    "115 negative decision": ("numeric", entry("decision_type", 1, "-2"), "decision_type of node 1 is -2"),
    # ends the process
    "116 child out of range": (
        "numeric",
        entry("left_child", 0, "6"),
        "left_child of node 0 is 6, out of -7..5",
    ),
    "117 leaf out of range": (
        "numeric",
        entry("right_child", 3, "-8"),
        "right_child of node 3 is -8, out of -7..5",
    ),
    "118 child far out": ("numeric", entry("left_child", 0, "999999999"), "is 999999999, out of"),
    # hangs
    "119 own child": ("numeric", entry("left_child", 1, "1"), "node 1 has one parent too many"),
    "120 root as a child": ("numeric", entry("left_child", 1, "0"), "node 0 has one parent too many"),
    "121 a leaf twice": ("numeric", entry("right_child", 5, "-1"), "leaf 0 has one parent too many"),
    "122 a cycle beside the tree": (
        "numeric",
        both(put("left_child", "-1 -3 1 -5 -6 -7"), put("right_child", "-2 2 -4 4 5 3")),
        "is part of a cycle",
    ),
    "123 a cycle of two": (
        "numeric",
        both(put("left_child", "1 -1 -3 5 -5 -6"), put("right_child", "2 -2 -4 4 -7 3")),
        "is part of a cycle",
    ),
    # sets of categories
    "130 no set for a categorical split": ("numeric", entry("decision_type", 0, "1"), "num_cat is 0"),
    "131 sets that are not counted": ("named categories", put("num_cat", "0"), "num_cat is 0"),
    "132 a set more": ("named categories", put("num_cat", "99"), "where 100 are expected"),
    "133 two billion sets": ("named categories", put("num_cat", "2147483647"), "where 2147483648"),
    "134 negative number of sets": ("named categories", put("num_cat", "-1"), "num_cat is -1"),
    "135 no boundaries": ("named categories", drop("cat_boundaries"), "cat_boundaries is missing"),
    "136 no words": ("named categories", drop("cat_threshold"), "cat_threshold is missing"),
    "137 boundaries from 1": ("named categories", entry("cat_boundaries", 0, "1"), "must rise from 0"),
    "138 boundaries that fall": ("named categories", entry("cat_boundaries", 1, "-4"), "must rise from 0"),
    # reads behind the words
    "139 boundaries behind the words": (
        "named categories",
        entry("cat_boundaries", -1, "99999"),
        "must rise from 0 to",
    ),
    "140 a word less": ("named categories", entry("cat_threshold", 0, ""), "cat_boundaries must rise"),
    "141 a word of 33 bits": (
        "named categories",
        entry("cat_threshold", 0, "4294967296"),
        "out of 0..4294967295",
    ),
    "142 a negative word": ("named categories", entry("cat_threshold", 0, "-1"), "is -1, out of"),
    "143 empty sets": (
        "named categories",
        lambda text: re.sub(
            r"^cat_threshold=.*$", lambda m: re.sub(r"\d+", "0", m[0]), text, flags=re.MULTILINE
        ),
        "category set 0 is empty",
    ),
    "144 the set does not exist": (
        "named categories",
        lambda text: entry("threshold", first_categorical(text), "77")(text),
        "is 77.0, no category set of",
    ),
    "145 the set is negative": (
        "named categories",
        lambda text: entry("threshold", first_categorical(text), "-1")(text),
        "is -1.0, no category set of",
    ),
    "146 half a set": (
        "named categories",
        lambda text: entry("threshold", first_categorical(text), "0.5")(text),
        "is 0.5, no category set of",
    ),
    "147 the set is infinite": (
        "named categories",
        lambda text: entry("threshold", first_categorical(text), "inf")(text),
        "is inf, no category set of",
    ),
    # linear leaves
    "150 linear or not": ("linear", put("is_linear", "2"), "is_linear is 2"),
    "151 linear leaves in a constant tree": ("linear", put("is_linear", "0"), "is_linear is not 1"),
    "152 constants missing": ("linear", drop("leaf_const"), "leaf_const is missing"),
    "153 a constant less": ("linear", entry("leaf_const", 0, ""), "leaf_const has 6 entries"),
    "154 NaN constant": ("linear", entry("leaf_const", 0, "nan"), "leaf_const of leaf 0 is nan"),
    "155 features of a leaf": ("linear", entry("num_features", 0, "5", 1), "num_features of leaf 0 is 5"),
    "156 negative number of features": ("linear", entry("num_features", 0, "-1", 1), "leaf 0 is -1"),
    "157 more features than listed": ("linear", put("num_features", "4 4 4 4 4 4 4", 1), "where 28 are"),
    "158 feature of a leaf out of range": (
        "linear",
        lambda text: re.sub(r"^leaf_features=\d", "leaf_features=9", text, flags=re.MULTILINE),
        "leaf_features of entry 0 is 9, out of 0..3",
    ),
    "159 NaN factor": (
        "linear",
        lambda text: re.sub(r"^leaf_coeff=-?\d\S*", "leaf_coeff=nan", text, flags=re.MULTILINE),
        "leaf_coeff of entry 0 is nan",
    ),
    # ends the process: the weight of a linear leaf is looked for
    "160 one linear leaf without a weight": (
        "one leaf",
        swap("is_linear=0\n", "is_linear=1\nleaf_const=1\nnum_features=0\nleaf_features= \nleaf_coeff= \n"),
        "leaf_weight has 0 entries where 1 are",
    ),
}
