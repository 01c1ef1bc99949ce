"""Steps before a model in C: gaps filled, columns moved and scaled, as scikit-learn does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from treeprune.exceptions import UnsupportedModelError
from treeprune.export.c_text import Words, table
from treeprune.export.last_step import LAST_STEP
from treeprune.model.ensemble import Array

Step = tuple[str, Array]
"""What is done to a value ``v`` of column ``i``, with ``#`` for a table; and the table."""


def _standard(step: Any) -> Iterator[Step]:
    if step.with_mean:
        yield "v -= #[i];", step.mean_
    if step.with_std:
        yield "v /= #[i];", step.scale_


def _robust(step: Any) -> Iterator[Step]:
    if step.with_centering:
        yield "v -= #[i];", step.center_
    if step.with_scaling:
        yield "v /= #[i];", step.scale_


def _min_max(step: Any) -> Iterator[Step]:
    if step.clip:
        raise UnsupportedModelError("C source holds no MinMaxScaler(clip=True)")
    yield "v *= #[i];", step.scale_
    yield "v += #[i];", step.min_


def _max_abs(step: Any) -> Iterator[Step]:
    if getattr(step, "clip", False):
        raise UnsupportedModelError("C source holds no MaxAbsScaler(clip=True)")
    yield "v /= #[i];", step.scale_


def _imputer(step: Any) -> Iterator[Step]:
    filling = np.asarray(step.statistics_)
    plain = isinstance(step.missing_values, float) and np.isnan(step.missing_values)
    if not plain or step.add_indicator or filling.dtype.kind not in "fiu" or np.isnan(filling).any():
        raise UnsupportedModelError(
            "of a SimpleImputer C source holds numbers for NaN alone: no other missing_values, no "
            "indicator, no column without a value"
        )
    yield "if (isnan(v))\n            v = #[i];", filling


_STEPS: dict[str, Callable[[Any], Iterator[Step]]] = {
    "StandardScaler": _standard,
    "RobustScaler": _robust,
    "MinMaxScaler": _min_max,
    "MaxAbsScaler": _max_abs,
    "SimpleImputer": _imputer,
}


def step_parts(words: Words, before: Pipeline) -> list[str]:
    """Tables and functions of the steps, and the raw output of the whole.

    The model's own raw output is ``M_raw_of``.

    Parameters
    ----------
    words : Words
    before : Pipeline
        Fitted.

    Returns
    -------
    list of str

    Raises
    ------
    UnsupportedModelError
        If a step is none of those that work on each column for itself.
    """
    parts: list[str] = []
    lines: list[str] = []
    n = int(before.n_features_in_)
    for name, step in _flat(before):
        made = _STEPS.get(type(step).__name__)
        if made is None or not type(step).__module__.startswith("sklearn."):
            raise UnsupportedModelError(
                f"C source holds {', '.join(_STEPS)} before a model, and no {type(step).__name__} "
                f"({name}); {LAST_STEP}, or try the whole pipeline as ONNX"
            )
        for what, values in made(step):
            own = f"{words.name}_step_{len(parts)}"
            parts.append(table(own, np.asarray(values, np.float64), words.kind))
            lines.append(f"        {what.replace('#', own)}")
    body = "\n".join(["        T v = x[i];", "", *lines, "        y[i] = v;"])
    return [
        *parts,
        words.fill(
            f"void M_predict_raw(const T *x, T *raw)\n{{\n    T y[{n}];\n    int i;\n\n"
            f"    for (i = 0; i < {n}; i++) {{\n{body}\n    }}\n    M_raw_of(y, raw);\n}}"
        ),
    ]


def _flat(before: Pipeline) -> Iterator[tuple[str, Any]]:
    """Steps of pipelines within pipelines, one after the other."""
    for name, step in before.steps:
        if isinstance(step, Pipeline):
            yield from _flat(step)
        elif step is not None and step != "passthrough":
            yield name, step
