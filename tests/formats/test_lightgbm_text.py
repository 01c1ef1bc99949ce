from pathlib import Path

import lightgbm as lgb
import pytest

from tests.formats.lightgbm_models import MODELS, numbers, train
from treeprune.exceptions import InvalidModelError
from treeprune.formats.lightgbm_text import END_OF_TREES, LightGBMDocument, parse, serialise


@pytest.fixture(scope="module")
def text() -> str:
    return train().model_to_string(num_iteration=-1)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_comes_back_byte_for_byte(name: str, tmp_path: Path) -> None:
    booster = MODELS[name]()
    text = booster.model_to_string(num_iteration=-1)
    assert serialise(parse(text)) == text

    booster.save_model(tmp_path / "model.txt", num_iteration=-1)
    saved = (tmp_path / "model.txt").read_bytes()
    assert serialise(parse(saved)).encode() == saved


def test_the_parts_are_those_of_the_text(text: str) -> None:
    document = parse(text)
    assert list(document.header)[:3] == ["tree", "version", "num_class"]
    assert document.header["tree"] is None
    assert document.header["objective"] == "regression"
    assert "tree_sizes" not in document.header
    assert len(document.trees) == 4
    assert all(f"\nleaf_value={tree['leaf_value']}\n" in text for tree in document.trees)
    assert text.endswith(document.tail)
    assert document.tail.startswith("end of trees\n\nfeature_importances:\n")


def test_a_word_alone_is_no_empty_value() -> None:
    forest = parse(MODELS["forest"]().model_to_string())
    assert forest.header["average_output"] is None
    one_leaf = parse(MODELS["one leaf"]().model_to_string())
    assert one_leaf.trees[0]["split_feature"] == ""


def test_sizes_and_numbers_follow_the_trees(text: str) -> None:
    document = parse(text)
    kept = (document.trees[3], {**document.trees[0], "shrinkage": "0.25"})
    smaller = serialise(LightGBMDocument(document.header, kept, document.tail))
    # LightGBM is the judge: a size that is off by one byte ends the process
    booster = lgb.Booster(model_str=smaller)
    assert booster.num_trees() == 2
    full = lgb.Booster(model_str=text)
    first, last = (full.predict(numbers(), start_iteration=i, num_iteration=1) for i in (0, 3))
    assert booster.predict(numbers()).tolist() == (last + first).tolist()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\nTree=1\n", "\nTree=2\n", "expected Tree=1, got 'Tree=2'"),
        ("\nTree=1\n", "\nTree=one\n", "expected Tree=1"),
        ("\nnum_leaves=7\n", "\nnum_leaves 7\n", "expected key=value, got 'num_leaves 7'"),
        ("\nnum_cat=0\n", "\nnum_leaves=7\n", "'num_leaves' appears twice"),
        ("\nnum_cat=0\n", "\n=0\n", "expected key=value"),
        ("\nshrinkage=1\n\n\n", "\nshrinkage=1\n\n", "two empty lines"),
        ("\nshrinkage=1\n\n\n", "\nshrinkage=1\n\n\n\n", "expected key=value"),
        ("\nnum_class=1\n", "\nversion=v4\n", "'version' appears twice in the header"),
        ("\nnum_class=1\n", "\n\n", "expected a header line with a name"),
        ("tree_sizes=", "tree_sizes", "expected tree_sizes and an empty line"),
        ("tree_sizes=", "tree_sizes= ", "tree_sizes counts 5 trees"),
        ("tree_sizes=", "tree_sizes=0", "tree_sizes says '0"),
        ("tree_sizes=", "average_output=", "expected tree_sizes"),
        ("\nend of trees\n", "\nend of  trees\n", "the text ends before 'end of trees'"),
        ("\nnum_leaves=7\n", "\nnum_leaves=7\r\n", "a carriage return"),
        ("\nnum_leaves=7\n", "\nnum_leaves=7\0\n", "a NUL"),
        ("[linear_tree: 0]", "[linear_tree: \0]", "a NUL"),
        ("\nnum_leaves=7\n", "\nnum_leaves=\ud8007\n", "half a surrogate pair"),
    ],
)
def test_what_is_no_model_text_is_refused_with_its_line(
    text: str, old: str, new: str, message: str
) -> None:
    assert old in text
    with pytest.raises(InvalidModelError, match=message) as caught:
        parse(text.replace(old, new, 1))
    assert "line " in str(caught.value)


def test_the_line_is_the_right_one(text: str) -> None:
    lines = text.split("\n")
    at = lines.index("Tree=2") + 4
    lines[at] = "no equals sign"
    with pytest.raises(InvalidModelError, match=rf"line {at + 1}: expected key=value"):
        parse("\n".join(lines))
    lines[at] = "a \ud800"
    with pytest.raises(InvalidModelError, match=rf"line {at + 1}: half a surrogate"):
        parse("\n".join(lines))
    with pytest.raises(InvalidModelError, match=rf"line {at + 1}: bytes that are not UTF-8"):
        parse("\n".join(lines).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    "text", ["", "\n", "tree", END_OF_TREES, "\nend of trees", "tree_sizes=\nend of trees", "x\n" * 99]
)
def test_tiny_texts_are_refused(text: str) -> None:
    with pytest.raises(InvalidModelError):
        parse(text)
    with pytest.raises(InvalidModelError):
        parse(text.encode())


def test_a_text_cut_anywhere_before_the_tail_is_refused(text: str) -> None:
    for size in range(0, text.index("\nend of trees\n") + 1 + len(END_OF_TREES), 7):
        with pytest.raises(InvalidModelError):
            parse(text[:size])


def test_long_lines_are_quoted_in_part(text: str) -> None:
    with pytest.raises(InvalidModelError) as caught:
        parse(text.replace("\nnum_cat=0\n", "\n" + "z" * 10**6 + "\n", 1))
    assert len(str(caught.value)) < 200
