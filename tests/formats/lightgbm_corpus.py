"""LightGBM files that must never reach LightGBM, made from real models by one edit each.

What LightGBM 4.7 does with them is said where it is worth a story: "ends the process" was seen.
"""

from __future__ import annotations

import re

from tests.formats.lightgbm_corpus_trees import TREES
from tests.formats.lightgbm_edits import Edit, base_texts, both, cut, drop, entry, put, swap, with_sizes

# (base, what is done to it, a part of our message)
_OTHERS: dict[str, tuple[str, Edit, str]] = {
    # header
    "001 another first line": ("numeric", swap("tree\n", "trees\n"), "first line must be 'tree'"),
    "002 no version": ("numeric", drop("version"), "version is missing"),
    "003 version of tomorrow": ("numeric", put("version", "v5"), "version 'v5'"),
    "004 unknown line": (
        "numeric",
        swap("num_class=", "leaf_dim=2\nnum_class="),
        "'leaf_dim' is not known",
    ),
    "005 no classes": ("numeric", drop("num_class"), "num_class is missing"),
    "006 zero classes": ("numeric", put("num_class", "0"), "num_class is 0"),
    # takes all memory
    "007 a billion classes": ("numeric", put("num_class", "1000000000"), "must be num_class 1000000000"),
    "008 half a class": ("numeric", put("num_class", "1.5"), "'1.5', which is not an integer"),
    # ends the process: division by zero
    "009 no trees a round": ("numeric", put("num_tree_per_iteration", "0"), "is 0, out of"),
    "010 negative trees a round": ("numeric", put("num_tree_per_iteration", "-3"), "is -3, out of"),
    "011 a round cut short": (
        "multiclass",
        lambda text: re.sub(r"^Tree=11\n(.+\n)+\n\n", "", text, flags=re.MULTILINE),
        "11 trees do not make whole rounds of 3",
    ),
    "012 many classes, no tree": (
        "no tree",
        both(
            put("num_class", "1" + "0" * 9), put("num_tree_per_iteration", "1" + "0" * 9), drop("objective")
        ),
        "0 trees do not make whole rounds",
    ),
    "013 no label index": ("numeric", drop("label_index"), "label_index is missing"),
    "014 more features than names": ("numeric", put("max_feature_idx", "4"), "4 entries for 5 features"),
    "015 fewer features than names": ("numeric", put("max_feature_idx", "2"), "4 entries for 3 features"),
    "016 no feature": ("numeric", put("max_feature_idx", "-1"), "max_feature_idx is -1"),
    "017 features beyond 32 bits": ("numeric", put("max_feature_idx", "4294967299"), "out of 0.."),
    "018 no names": ("numeric", drop("feature_names"), "feature_names is missing"),
    "019 an empty name": ("numeric", entry("feature_names", 1, " "), "feature_names has 5 entries"),
    "020 two spaces": ("numeric", put("feature_names", "a  b c"), "feature_names: entry 1 is empty"),
    # ends the process when the model is dumped: the end of the range is looked for
    "021 half a range": ("numeric", entry("feature_infos", 0, "[1"), "entry 0 is '[1'"),
    "022 a range of words": ("numeric", entry("feature_infos", 2, "[a:b]"), "entry 2 is '[a:b]'"),
    "023 ranges missing": ("numeric", put("feature_infos", "none"), "feature_infos has 1 entries"),
    "024 unknown objective": ("numeric", put("objective", "nonsense"), "'nonsense' is not one of"),
    # ends the process: probabilities are written past the end of the row
    "025 classes of the objective": (
        "multiclass",
        put("objective", "multiclass num_class:300000"),
        "does not fit num_class 3",
    ),
    "026 classes and a binary objective": (
        "multiclass",
        put("objective", "binary sigmoid:1"),
        "does not fit",
    ),
    "027 objective without its classes": ("multiclass", put("objective", "multiclass"), "must state"),
    "028 objective with two numbers of classes": (
        "multiclass",
        put("objective", "multiclass num_class:3 num_class:3"),
        "must state",
    ),
    "029 flat sigmoid": ("binary", put("objective", "binary sigmoid:0"), "one positive sigmoid"),
    "030 sigmoid with a comma": ("binary", put("objective", "binary sigmoid:0,7"), "'0,7'"),
    "031 endless sigmoid": ("binary", put("objective", "binary sigmoid:inf"), "one positive sigmoid"),
    "032 empty objective": ("numeric", put("objective", ""), "objective '' is not one"),
    # averages all the same: LightGBM asks only whether the word is there
    "033 an average that is switched off": (
        "forest",
        swap("average_output\n", "average_output=0\n"),
        "average_output must have no value",
    ),
    "034 constraints missing": ("monotone", put("monotone_constraints", "1 0"), "-1, 0 or 1 for 4"),
    "035 a constraint of 2": ("monotone", put("monotone_constraints", "1 0 2 0"), "-1, 0 or 1 for 4"),
    "036 two equals signs": ("numeric", put("objective", "regression=x"), "a second '='"),
    "037 a line twice": ("numeric", swap("num_class=1\n", "num_class=1\nnum_class=2\n"), "appears twice"),
    "038 class count without a sign": ("numeric", swap("num_class=1", "num_class"), "must have a value"),
    # tail
    "170 no importances": ("numeric", swap("feature_importances:\n", ""), "must be followed by"),
    "171 no parameters": ("numeric", swap("\nparameters:\n", "\nparameter:\n"), "'parameters:' is missing"),
    "172 parameters not closed": ("numeric", swap("end of parameters", "end"), "is not closed"),
    # ends the process: the text behind the colon is looked for
    "173 a parameter without a colon": (
        "numeric",
        swap("[linear_tree: 0]", "[linear_tree]"),
        "no parameter",
    ),
    "174 a parameter without a bracket": (
        "numeric",
        swap("[linear_tree: 0]", "linear_tree: 0"),
        "no parameter",
    ),
    "175 junk behind the parameters": ("numeric", swap("\npandas_cat", "\njunk\npandas_cat"), "'junk'"),
    "176 categories that are no JSON": ("named categories", lambda text: text[:-5], "holds no categories"),
    "177 categories cut off": ("numeric", lambda text: text[:-4], "holds no categories"),
    "178 categories that are a number": ("numeric", swap(":null", ":7"), "must be null or a list"),
    "179 a category that is a list": ("numeric", swap(":null", ":[[[1]]]"), "holds what is no label"),
    "180 categories for one column, bare": ("numeric", swap(":null", ':["a"]'), "which is no list"),
    "181 more lists than features": (
        "numeric",
        swap(":null", ":[[],[],[],[],[]]"),
        "must be null or a list",
    ),
    "182 a category twice": ("numeric", swap(":null", ':[["a", "a"]]'), "names a category twice"),
    "183 a missing category": ("numeric", swap(":null", ":[[1.0, NaN]]"), "holds no categories"),
    # the Python package would raise RecursionError
    "184 categories too deep": ("numeric", swap(":null", ":" + "[" * 10**5), "holds no categories"),
    "185 a category of ten thousand digits": (
        "numeric",
        swap(":null", f":[[{'7' * 10**4}]]"),
        "no categories",
    ),
    # the names of the categories are lost in silence: LightGBM's Python package looks at the last lines
    "186 categories not at the end": (
        "named categories",
        lambda text: text + "\n" * 30,
        "must be the last line",
    ),
    "187 a parser that is not closed": (
        "numeric",
        swap("end of parameters\n", "end of parameters\n\nparser:\n"),
        "'parser:' is not closed",
    ),
    # the shape
    "190 no end of the trees": ("numeric", swap("\nend of trees\n", "\n"), "ends before 'end of trees'"),
    "191 a number skipped": ("numeric", swap("Tree=1\n", "Tree=7\n"), "expected Tree=1"),
    "192 cut inside the header": ("numeric", cut("feature_infos"), "ends before"),
    "193 cut before the trees": ("numeric", cut("Tree=0"), "ends before"),
    "194 cut inside a tree": ("numeric", cut("right_child"), "ends before"),
    "195 cut between trees": ("numeric", cut("Tree=2\n"), "ends before"),
    "196 cut behind the trees": ("numeric", cut("\nfeature_importances"), "must be followed by"),
    "197 cut inside the importances": ("numeric", cut("\nparameters:"), "'parameters:' is missing"),
    "198 cut inside the parameters": ("numeric", cut("[linear_tree"), "is not closed"),
    "199 cut inside the last line": ("named categories", cut('al:[["k'), "unexpected line"),
    # the fuzz found it: the dump of such a model is no JSON, or JSON that says something else
    "210 a quote in a name": ("numeric", entry("feature_names", 1, 'a","b'), "which LightGBM forbids"),
    "211 a bracket in a name": ("numeric", entry("feature_names", 1, "a[0]"), "which LightGBM forbids"),
    # the fuzz found it: LightGBM splits the line at '=' and reads three names, or another name
    "212 a name that is =": ("numeric", entry("feature_names", 0, "="), "begins or ends with '='"),
    "213 a last name with =": ("numeric", entry("feature_names", 3, "a="), "begins or ends with '='"),
    "200 Windows' line ends": ("numeric", lambda text: text.replace("\n", "\r\n"), "carriage return"),
}

# the same, but the sizes of the trees stay what they were: stale ones end the process
_STALE: dict[str, tuple[str, Edit, str]] = {
    "300 a digit more": ("numeric", swap("leaf_count=", "leaf_count=1"), "tree_sizes says"),
    "301 a size too large": ("numeric", entry("tree_sizes", 0, "999999"), "tree_sizes says '999999'"),
    "302 a size too small": ("numeric", entry("tree_sizes", 2, "1"), "says '1' for tree 2"),
    "303 a size less": ("numeric", entry("tree_sizes", -1, ""), "counts 3 trees, the text holds 4"),
    "304 a size more": ("numeric", entry("tree_sizes", 0, "1 2"), "counts 5 trees, the text holds 4"),
    "305 no sizes": ("numeric", drop("tree_sizes"), "expected tree_sizes"),
    "306 negative size": ("numeric", entry("tree_sizes", 0, "-5"), "says '-5'"),
    "307 a tree taken out": (
        "numeric",
        lambda text: re.sub(r"^Tree=3\n(.+\n)+\n\n", "", text, flags=re.MULTILINE),
        "counts 4 trees, the text holds 3",
    ),
    "308 sizes of words": ("numeric", put("tree_sizes", "a b c d"), "says 'a'"),
}


def _sized(text: str) -> str:
    return with_sizes(text) if "\nend of trees\n" in text and "\r" not in text else text


def hostile_files() -> dict[str, tuple[str, str]]:
    """Each file by its name: its text and a part of the message that must be raised."""
    bases = base_texts()
    files = {
        name: (_sized(edit(bases[base])), why) for name, (base, edit, why) in (_OTHERS | TREES).items()
    }
    return files | {name: (edit(bases[base]), why) for name, (base, edit, why) in _STALE.items()}
