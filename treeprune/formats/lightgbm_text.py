"""LightGBM's model text, taken apart and put together again without touching a number.

The file has three parts: a header of ``key=value`` lines that ends in ``tree_sizes``, one block of
``key=value`` lines a tree, and from "end of trees" on a tail for people and for the Python package.
LightGBM jumps from tree to tree by ``tree_sizes``, counted in bytes, and ends the process where a jump
lands beside a tree. So the sizes are checked when a text comes in and counted anew when one goes out.

Values stay the text they were: LightGBM prints some numbers with 17 digits and others with 6, and only
the text itself comes back byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from treeprune.exceptions import InvalidModelError

END_OF_TREES = "end of trees"
OTHER_RELEASE = "use a LightGBM release that this version of treeprune supports, or a newer treeprune"
"""What to do about a model that says things unknown."""

_TREE = "Tree="
_SIZES = "tree_sizes"


@dataclass(frozen=True)
class LightGBMDocument:
    """A LightGBM model text in its three parts.

    Attributes
    ----------
    header : mapping of str to str or None
        The lines before the first tree, in order; None marks a line that is a mere word
        ("tree", "average_output"). ``tree_sizes`` is not among them: it follows from the trees.
    trees : tuple of mappings of str to str
        The lines of each tree in order, without its number, which follows from its place.
    tail : str
        Everything from "end of trees" on, as it was.
    """

    header: Mapping[str, str | None]
    trees: tuple[Mapping[str, str], ...]
    tail: str


def excerpt(text: str) -> str:
    """The text quoted for an error message, cut where it gets long."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _error(line: int, what: str) -> InvalidModelError:
    """`line` counts from 0, the message from 1."""
    return InvalidModelError(f"LightGBM model text, line {line + 1}: {what}")


def _decoded(raw: str | bytes) -> str:
    try:
        text = raw.decode() if isinstance(raw, bytes) else raw
        text.encode()
    except UnicodeDecodeError as error:
        raise _error(error.object.count(b"\n", 0, error.start), "bytes that are not UTF-8") from None
    except UnicodeEncodeError as error:
        line = error.object.count("\n", 0, error.start)
        raise _error(line, "half a surrogate pair, which is no character") from None
    for character, name in (
        ("\0", "a NUL, where C code stops reading"),
        ("\r", "a carriage return: make the line ends plain newlines again"),
    ):
        if (at := text.find(character)) >= 0:
            raise _error(text.count("\n", 0, at), f"{name}; LightGBM writes none")
    return text


def _end_of_trees(lines: list[str]) -> int:
    try:
        return lines.index(END_OF_TREES)
    except ValueError:
        raise _error(len(lines) - 1, f"the text ends before {END_OF_TREES!r}") from None


def _header(lines: list[str], end: int) -> dict[str, str | None]:
    header: dict[str, str | None] = {}
    for i in range(end):
        key, equals, value = lines[i].partition("=")
        if not key:
            raise _error(i, f"expected a header line with a name, got {excerpt(lines[i])}")
        if key in header:
            raise _error(i, f"{excerpt(key)} appears twice in the header")
        header[key] = value if equals else None
    return header


def _tree(lines: list[str], first: int, end: int) -> dict[str, str]:
    """The tree whose ``Tree=`` line is `first` and whose block ends before line `end`."""
    if end - first < 3 or lines[end - 1] or lines[end - 2]:
        raise _error(end - 1, "a tree ends with two empty lines")
    tree: dict[str, str] = {}
    for i in range(first + 1, end - 2):
        key, equals, value = lines[i].partition("=")
        if not key or not equals:
            raise _error(i, f"expected key=value, got {excerpt(lines[i])}")
        if key in tree:
            raise _error(i, f"{excerpt(key)} appears twice in a tree")
        tree[key] = value
    return tree


def _check_sizes(line: int, text: str, sizes: list[int]) -> None:
    tokens = text.split(" ") if text else []
    if len(tokens) != len(sizes):
        raise _error(line, f"{_SIZES} counts {len(tokens)} trees, the text holds {len(sizes)}")
    for i, (token, size) in enumerate(zip(tokens, sizes, strict=True)):
        if token != str(size):
            raise _error(line, f"{_SIZES} says {excerpt(token)} for tree {i}, which has {size} bytes")


def parse(text: str | bytes) -> LightGBMDocument:
    """Take a model text apart.

    Parameters
    ----------
    text : str or bytes
        What ``Booster.model_to_string`` returns, or the content of a file by ``save_model``.

    Returns
    -------
    LightGBMDocument
        ``serialise`` makes the same text of it, byte for byte. Keys and values are not yet checked;
        ``lightgbm_model.check_document`` does that.

    Raises
    ------
    InvalidModelError
        If the text does not have the shape that LightGBM writes; the message names the line.
    """
    lines = _decoded(text).split("\n")
    end = _end_of_trees(lines)
    first = [i for i in range(end) if lines[i].startswith(_TREE)]
    head = first[0] if first else end
    if head < 2 or lines[head - 1] or not lines[head - 2].startswith(_SIZES + "="):
        raise _error(max(head - 1, 0), f"expected {_SIZES} and an empty line before this place")
    header = _header(lines, head - 1)
    sizes_text = header.pop(_SIZES) or ""

    trees, sizes = [], []
    for number, (start, stop) in enumerate(pairwise([*first, end])):
        if lines[start] != f"{_TREE}{number}":
            raise _error(start, f"expected {_TREE}{number}, got {excerpt(lines[start])}")
        trees.append(_tree(lines, start, stop))
        sizes.append(sum(len(line.encode()) + 1 for line in lines[start:stop]))
    _check_sizes(head - 2, sizes_text, sizes)
    return LightGBMDocument(header, tuple(trees), "\n".join(lines[end:]))


def serialise(document: LightGBMDocument) -> str:
    """Put a document together again.

    Parameters
    ----------
    document : LightGBMDocument

    Returns
    -------
    str
        The model text, its trees numbered and their sizes counted anew.
    """
    blocks = [
        f"{_TREE}{number}\n" + "".join([f"{key}={value}\n" for key, value in tree.items()]) + "\n\n"
        for number, tree in enumerate(document.trees)
    ]
    header = [key if value is None else f"{key}={value}" for key, value in document.header.items()]
    sizes = " ".join([str(len(block.encode())) for block in blocks])
    return "\n".join([*header, f"{_SIZES}={sizes}", "", "".join(blocks) + document.tail])
