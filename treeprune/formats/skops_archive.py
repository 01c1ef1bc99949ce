"""The skops archive: looked at before scikit-learn's unchecked trees are made from it.

skops checks of which types the objects are, not what the arrays in them say; it leaves scikit-learn's
`Tree` untrusted for that reason. Here the zip file, its schema and every array header are read first,
and the arguments from which a `Tree` is made are checked against each other. What the nodes say
(children, features, thresholds) is checked when the model is read, before it is ever asked to predict.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np

from treeprune.exceptions import InvalidModelError

TRUSTED = (
    "sklearn.tree._tree.Tree",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    # how histogram gradient boosting encodes categories; what else is called would be listed by skops too
    "functools.partial",
    "sklearn.utils.validation.check_array",
    # how pipelines choose columns: names of types, and a pattern for names
    "sklearn.compose._column_transformer.make_column_selector",
    "builtins.object",
    "numpy.number",
    "numpy.dtype",
)
"""Types that skops does not trust by itself: arrays that are checked here, or when the model is read, and
what does nothing when it is made."""

_MOST_UNPACKED = 4 * 2**30
_MOST_INFLATION = 1000
"""Deflate cannot shrink below about 1/1032: what claims more is a bomb or damaged."""


def _open(data: bytes) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, UnicodeError) as error:
        raise InvalidModelError(f"the file is not a whole zip archive: {error}") from error
    names = [info.filename for info in infos]
    if len(set(names)) != len(names):
        raise InvalidModelError("the archive holds a file twice")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > min(_MOST_UNPACKED, _MOST_INFLATION * (len(data) + 1)):
        raise InvalidModelError(f"the archive claims to unpack to {unpacked:,} bytes")
    return archive


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    # what zipfile and zlib raise on damaged members is not one family of errors
    except Exception as error:
        raise InvalidModelError(f"{name} of the archive cannot be unpacked: {error}") from error


def _schema(archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        schema = json.loads(_member(archive, "schema.json"))
    except (ValueError, RecursionError) as error:
        raise InvalidModelError(f"schema.json of the archive cannot be read: {error}") from error
    if not isinstance(schema, dict) or "__loader__" not in schema:
        raise InvalidModelError("schema.json of the archive describes no object")
    return schema


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    """All dictionaries of a schema, without recursion."""
    waiting = [schema]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _check_array_file(name: str, data: bytes) -> np.ndarray[Any, np.dtype[Any]]:
    """Read an array; its header must describe just the bytes that follow it."""
    try:
        return np.lib.format.read_array(io.BytesIO(data), allow_pickle=False, max_header_size=20_000)
    except Exception as error:  # numpy raises many kinds on damaged headers
        raise InvalidModelError(f"array {name} of the archive cannot be read: {error}") from error


class _Archive:
    """Values of a schema, looked up in the archive."""

    def __init__(self, data: bytes) -> None:
        self.zip = _open(data)
        self.schema = _schema(self.zip)
        self.by_id = {
            item["__id__"]: item
            for item in _objects(self.schema)
            if isinstance(item.get("__id__"), int) and item.get("__loader__") != "CachedNode"
        }

    def value(self, item: Any, where: str) -> Any:
        """A number or an array that a schema entry stands for."""
        if isinstance(item, dict) and item.get("__loader__") == "CachedNode":
            item = self.by_id.get(item.get("__id__"))
        loader = item.get("__loader__") if isinstance(item, dict) else None
        if loader == "JsonNode":
            try:
                return json.loads(item["content"])
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise InvalidModelError(f"{where} cannot be read: {error}") from error
        if loader == "NdArrayNode" and item.get("type") == "numpy" and isinstance(item.get("file"), str):
            return _check_array_file(item["file"], _member(self.zip, item["file"]))
        raise InvalidModelError(f"{where} is neither a number nor an array")

    def check_tree(self, item: dict[str, Any], where: str) -> None:
        """Check the arguments of a `Tree` against each other."""
        try:
            arguments = item["__reduce__"]["args"]["content"]
            state = item["content"]["content"]
            fields = {key: state[key] for key in ("max_depth", "node_count", "nodes", "values")}
            n_features, n_classes, n_outputs = (
                self.value(argument, f"{where}: argument {i}") for i, argument in enumerate(arguments)
            )
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, InvalidModelError):
                raise
            raise InvalidModelError(f"{where} has another layout than skops gives it") from error
        made = {key: self.value(field, f"{where}: {key}") for key, field in fields.items()}
        whole = [n_features, n_outputs, made["max_depth"], made["node_count"]]
        if not all(type(x) is int and 0 <= x < 2**31 for x in whole) or n_outputs < 1:
            raise InvalidModelError(f"{where}: its sizes {whole} are no sizes of a tree")
        if not isinstance(n_classes, np.ndarray) or n_classes.dtype.kind != "i":
            raise InvalidModelError(f"{where}: n_classes is no array of whole numbers")
        if n_classes.shape != (n_outputs,) or n_classes.min() < 1:
            raise InvalidModelError(f"{where}: n_classes does not fit {n_outputs} outputs")
        nodes, values, n = made["nodes"], made["values"], made["node_count"]
        if not isinstance(nodes, np.ndarray) or nodes.dtype.names is None or nodes.shape != (n,) or n < 1:
            raise InvalidModelError(f"{where}: nodes is no table of {n} nodes")
        shape = (n, n_outputs, int(n_classes.max()))
        if not isinstance(values, np.ndarray) or values.dtype != np.float64 or values.shape != shape:
            raise InvalidModelError(f"{where}: values is no array of numbers of shape {shape}")


def check_archive(data: bytes) -> None:
    """Check a skops archive as far as it can hurt whoever loads it.

    Parameters
    ----------
    data : bytes
        The whole file.

    Raises
    ------
    InvalidModelError
        If the zip file is damaged or unpacks to absurd sizes, the schema or an array cannot be read, or
        a tree's arguments contradict each other.
    """
    archive = _Archive(data)
    for info in archive.zip.infolist():
        if info.filename.endswith(".npy"):
            _check_array_file(info.filename, _member(archive.zip, info.filename))
    n_trees, names = 0, set(archive.zip.namelist())
    for item in _objects(archive.schema):
        if "file" in item and not (isinstance(item["file"], str) and item["file"] in names):
            raise InvalidModelError(f"the archive has no file {item['file']!r}")
        if item.get("__loader__") == "TreeNode":
            archive.check_tree(item, f"tree {n_trees} of the archive")
            n_trees += 1
