"""Linear models in C."""

from __future__ import annotations

import numpy as np

from treeprune.export.c_text import Words, numbers, table
from treeprune.model.linear import LinearModel


def linear_parts(words: Words, linear: LinearModel) -> list[str]:
    """Tables and functions up to the linear predictors; columns without coefficients are not looked at.

    Parameters
    ----------
    words : Words
    linear : LinearModel

    Returns
    -------
    list of str
    """
    used, n = linear.used_features(), linear.n_outputs
    lines = [f"    T sum[{n}] = {numbers(linear.intercept, words.kind)};", "    int i, c;", ""]
    parts = []
    if len(used):
        parts = [
            table(f"{words.name}_column", used.astype(np.int64), "whole"),
            table(f"{words.name}_coef", linear.coef[used], words.kind),
        ]
        lines += [
            f"    for (i = 0; i < {len(used)}; i++)\n        for (c = 0; c < {n}; c++)",
            f"            sum[c] += M_coef[{n} * i + c] * x[M_column[i]];",
        ]
    else:
        lines[1] = "    int c;"
        lines.append("    (void)x;")
    lines.append(f"    for (c = 0; c < {n}; c++)\n        raw[c] = sum[c];")
    return [*parts, words.fill("\n".join(["void M_predict_raw(const T *x, T *raw)", "{", *lines, "}"]))]
