"""The distilled tree as something that takes the user's table: alone, or behind an encoder of words."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder

from treeprune.distillation.table_codes import TableCodes


def wrapped(tree: Any, codes: TableCodes, X: Any) -> Any:
    """Put what makes numbers of words before a tree, where there are words.

    Parameters
    ----------
    tree : DecisionTreeClassifier or DecisionTreeRegressor
        Fitted on numbers.
    codes : TableCodes
    X : table
        Real rows.

    Returns
    -------
    object
        The tree itself for a table of numbers; else a pipeline of `OrdinalEncoder`, with the categories in
        the order of the teacher's answers, and the tree. Categories that were never seen count as missing.
    """
    if not codes.nominal.any():
        return tree
    named = hasattr(X, "columns")
    steps: list[tuple[str, Any, list[Any]]] = []
    for j, categories in enumerate(codes.categories):
        column = X.columns[j] if named else j
        if categories is None and steps and steps[-1][1] == "passthrough":
            steps[-1][2].append(column)
        elif categories is None:
            steps.append((f"numbers_{j}", "passthrough", [column]))
        else:
            encoder = OrdinalEncoder(
                categories=[categories], handle_unknown="use_encoded_value", unknown_value=np.nan
            )
            steps.append((f"words_{j}", encoder, [column]))
    encode = ColumnTransformer(steps, verbose_feature_names_out=False)
    if named:
        encode.set_output(transform="pandas" if hasattr(X, "iloc") else "polars")
    return Pipeline([("categories", encode.fit(X)), ("tree", tree)])
