import json
import math
from fractions import Fraction

import numpy as np
import pytest

from tests.formats.lightgbm_edits import entry, put, swap, with_sizes
from tests.formats.lightgbm_models import MODELS, train
from treeprune.exceptions import InvalidModelError
from treeprune.formats.lightgbm_fields import integer, integers, numbers, text
from treeprune.formats.lightgbm_model import check_document
from treeprune.formats.lightgbm_text import LightGBMDocument, parse


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_accepted(name: str) -> None:
    check_document(parse(MODELS[name]().model_to_string(num_iteration=-1)))


@pytest.mark.parametrize("name", MODELS)
def test_numbers_are_those_that_lightgbm_holds(name: str) -> None:
    booster = MODELS[name]()
    document = parse(booster.model_to_string(num_iteration=-1))
    assert len(document.trees) == booster.num_trees()
    for t, tree in enumerate(document.trees):
        n_leaves = integer(tree, "num_leaves", 1, 1000)
        held = [booster.get_leaf_output(t, leaf) for leaf in range(n_leaves)]
        assert numbers(tree, "leaf_value").tolist() == held


def test_links_and_thresholds_are_those_of_the_dump() -> None:
    booster = MODELS["named categories"]()
    document = parse(booster.model_to_string(num_iteration=-1))
    dump = booster.dump_model()["tree_info"]
    for tree, dumped in zip(document.trees, dump, strict=True):
        left, right = integers(tree, "left_child"), integers(tree, "right_child")
        stack, seen = [dumped["tree_structure"]], 0
        while stack:
            node = stack.pop()
            if "leaf_index" in node:
                continue
            seen += 1
            i = node["split_index"]
            for child, link in ((node["left_child"], left[i]), (node["right_child"], right[i])):
                assert (
                    link == child["split_index"] if "split_index" in child else ~link == child["leaf_index"]
                )
                stack.append(child)
            assert integers(tree, "split_feature")[i] == node["split_feature"]
            if node["decision_type"] == "<=":
                assert numbers(tree, "threshold")[i] == node["threshold"]
        assert seen == len(left)


def test_an_older_file_is_accepted() -> None:
    """Version 3 is LightGBM 2.2 to 3; its single leaves may have no count and its trees no is_linear."""
    text = train().model_to_string().replace("version=v4\n", "version=v3\n").replace("is_linear=0\n", "")
    check_document(parse(with_sizes(text)))
    text = MODELS["one leaf"]().model_to_string()
    check_document(parse(with_sizes(put("leaf_count", "")(text))))


def test_what_lightgbm_does_not_need_may_be_infinite() -> None:
    for key in ("split_gain", "internal_value"):
        changed = entry(key, 0, "inf")(entry(key, 1, "nan")(train().model_to_string()))
        check_document(parse(with_sizes(changed)))


def test_a_file_by_the_command_line_has_no_categories() -> None:
    text = train().model_to_string()
    check_document(parse(text[: text.index("\npandas_categorical")]))
    check_document(parse(text.removesuffix("\n")))


@pytest.mark.parametrize("labels", [["a", "b"], [1, 2], [1.5, "inf"], [True, False], []])
def test_categories_may_be_of_any_kind(labels: list[object]) -> None:
    changed = swap(":null", ":" + json.dumps([labels, ["é"]]))(train().model_to_string())
    check_document(parse(changed))
    check_document(parse(swap(":null", ":[[Infinity, -Infinity]]")(train().model_to_string())))


def test_a_parser_block_is_accepted() -> None:
    changed = swap("end of parameters\n", "end of parameters\n\nparser:\n{}\nend of parser\n")
    check_document(parse(changed(train().model_to_string())))


def _chain(order: np.ndarray) -> dict[str, str]:
    """A tree that is one long path through its nodes in that order."""
    n = len(order)
    left, right = np.empty(n, int), ~np.arange(n)
    left[order[:-1]], left[order[-1]] = order[1:], ~n
    whole = {"split_feature", "decision_type", "internal_count"}
    tree = {key: " ".join(["1"] * n) for key in whole}
    tree |= dict.fromkeys(
        ("threshold", "split_gain", "internal_value", "internal_weight"), " ".join(["1"] * n)
    )
    tree |= dict.fromkeys(("leaf_value", "leaf_weight", "leaf_count"), " ".join(["1"] * (n + 1)))
    tree["decision_type"] = " ".join(["2"] * n)
    tree["left_child"], tree["right_child"] = " ".join(map(str, left)), " ".join(map(str, right))
    return tree | {"num_leaves": str(n + 1), "num_cat": "0", "is_linear": "0", "shrinkage": "1"}


def test_the_deepest_tree_is_walked_without_recursion() -> None:
    document = parse(train().model_to_string())
    rng = np.random.default_rng(0)
    order = np.concatenate([[0], 1 + rng.permutation(131070)])
    deep = _chain(order)
    check_document(LightGBMDocument(document.header, (deep,), document.tail))
    # the last node leads back to the second: the first cannot reach its own leaf then
    links = deep["left_child"].split(" ")
    links[order[-1]] = str(order[1])
    links[0] = str(~131071)
    looped = {**deep, "left_child": " ".join(links)}
    with pytest.raises(InvalidModelError, match="is part of a cycle"):
        check_document(LightGBMDocument(document.header, (looped,), document.tail))


@pytest.mark.parametrize(
    "token", ["0.1", "-1.7976931348623157e+308", "5e-324", "123456.789e-7", "1e22", "9" * 40]
)
def test_numbers_are_rounded_once(token: str) -> None:
    value = float(numbers({"x": token}, "x")[0])
    error = abs(Fraction(value) - Fraction(token))
    for other in (math.nextafter(value, -math.inf), math.nextafter(value, math.inf)):
        assert math.isinf(other) or error <= abs(Fraction(other) - Fraction(token))


def test_types_of_the_accessors() -> None:
    fields = {"whole": "1 -2 4294967295", "real": "1 -2.5 inf -inf nan", "none": "", "word": None}
    assert integers(fields, "whole").dtype == np.int64
    assert integers(fields, "whole").tolist() == [1, -2, 4294967295]
    assert numbers(fields, "real").dtype == np.float64
    np.testing.assert_array_equal(numbers(fields, "real"), [1, -2.5, np.inf, -np.inf, np.nan])
    assert integers(fields, "none").tolist() == []
    assert numbers({"leaf_coeff": "1  2 -3   "}, "leaf_coeff").tolist() == [1, 2, -3]
    with pytest.raises(InvalidModelError, match=r"real: entry 1 is '-2\.5', which is not an integer"):
        integers(fields, "real")
    with pytest.raises(InvalidModelError, match="other is missing"):
        numbers(fields, "other")
    with pytest.raises(InvalidModelError, match="word has no value"):
        text(fields, "word")
    with pytest.raises(InvalidModelError, match="whole must be one integer, got 3"):
        integer(fields, "whole", 0, 1)
    with pytest.raises(InvalidModelError, match=r"n is 7, out of 0\.\.6"):
        integer({"n": "7"}, "n", 0, 6)
