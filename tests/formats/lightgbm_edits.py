"""Edits of a LightGBM model text, line by line, for tests that damage models."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.formats.lightgbm_models import MODELS, train

Edit = Callable[[str], str]

BASES = {
    "numeric": train,
    **{name: MODELS[name] for name in ("named categories", "multiclass", "linear", "forest", "one leaf")},
    "monotone": MODELS["monotone"],
    "binary": MODELS["binary"],
    "no tree": MODELS["no tree"],
}


def base_texts() -> dict[str, str]:
    return {name: make().model_to_string(num_iteration=-1) for name, make in BASES.items()}


def with_sizes(text: str) -> str:
    """The text with `tree_sizes` counted anew, so that an edit is not found by its length alone."""
    head, *blocks = re.split(r"^(?=Tree=|end of trees\n)", text, flags=re.MULTILINE)
    trees = [block for block in blocks if block.startswith("Tree=")]
    sizes = " ".join(str(len(block.encode())) for block in trees[: len(blocks) - 1])
    return re.sub(r"^tree_sizes=.*$", f"tree_sizes={sizes}", head, flags=re.MULTILINE) + "".join(blocks)


def put(key: str, value: str, number: int = 0) -> Edit:
    """Give the `number`-th line of that key another value; keys of trees stand once in each tree."""

    def edit(text: str) -> str:
        line = list(re.finditer(rf"^{key}=.*$", text, re.MULTILINE))[number]
        return text[: line.start()] + f"{key}={value}" + text[line.end() :]

    return edit


def entry(key: str, place: int, value: str, number: int = 0) -> Edit:
    """Give one entry of such a line another value; an empty one takes it away."""

    def edit(text: str) -> str:
        line = list(re.finditer(rf"^{key}=(.*)$", text, re.MULTILINE))[number]
        tokens = line.group(1).split(" ")
        at = place % len(tokens)
        tokens[at : at + 1] = [value] if value else []
        return put(key, " ".join(tokens), number)(text)

    return edit


def drop(key: str, number: int = 0) -> Edit:
    """Take such a line away."""

    def edit(text: str) -> str:
        line = list(re.finditer(rf"^{key}(=.*)?\n", text, re.MULTILINE))[number]
        return text[: line.start()] + text[line.end() :]

    return edit


def swap(old: str, new: str) -> Edit:
    """Replace the first `old`."""

    def edit(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return edit


def cut(before: str) -> Edit:
    """End the file before the first `before`."""
    return lambda text: text[: text.index(before)]


def both(*edits: Edit) -> Edit:
    def edit(text: str) -> str:
        for one in edits:
            text = one(text)
        return text

    return edit


def first_categorical(text: str) -> int:
    found = re.search(r"^decision_type=(.*)$", text, re.MULTILINE)
    assert found
    return next(i for i, token in enumerate(found.group(1).split()) if int(token) & 1)
