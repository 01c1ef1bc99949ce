"""All exports by their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from treeprune.export.c_source import to_c
from treeprune.export.onnx_model import to_onnx
from treeprune.export.python_source import to_python
from treeprune.export.sql import to_sql
from treeprune.export.treelite_model import to_treelite

WRITERS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "onnx": (to_onnx, ("X", "dtype", "feature_names", "codes")),
    "c": (to_c, ("dtype", "feature_names", "name", "codes")),
    "treelite": (to_treelite, ("codes",)),
    "sql": (to_sql, ("table", "key", "dialect", "feature_names", "categories")),
    "python": (to_python, ("feature_names", "categories")),
}
"""Name -> what writes it, and which options it takes."""


def written(to: str, model: Any, X: Any, options: Mapping[str, Any]) -> Any:
    """Write a model by the name of the export.

    Parameters
    ----------
    to : {"onnx", "c", "treelite", "sql", "python"}
    model : object
    X : table or None
        Some rows, for ONNX of a pipeline.
    options : mapping
        Those that are None, or that the export does not know, are left out.

    Returns
    -------
    object
    """
    write, known = WRITERS[to]
    given = {"X": X, **options}
    return write(model, **{name: given[name] for name in known if given.get(name) is not None})
