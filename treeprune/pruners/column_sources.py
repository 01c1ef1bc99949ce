"""Which columns of a table each column that a fitted preprocessor makes comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, PolynomialFeatures, SplineTransformer

from treeprune.exceptions import UnsupportedModelError

Sources = list[frozenset[int]]
"""For each column that comes out, the columns that it comes from."""


def column_sources(transformer: Any, n_columns: int) -> Sources:
    """Follow columns through a fitted preprocessor.

    Parameters
    ----------
    transformer : object
        `Pipeline`, `ColumnTransformer`, `FeatureUnion`, encoders, splines, polynomials, imputers,
        selectors, and whatever makes one column out of each.
    n_columns : int
        Columns that go in.

    Returns
    -------
    list of frozenset of int

    Raises
    ------
    UnsupportedModelError
        If a transformer mixes columns, or nobody knows how.
    """
    if transformer is None or (isinstance(transformer, str) and transformer == "passthrough"):
        return _each(n_columns)
    if isinstance(transformer, Pipeline):
        sources = _each(n_columns)
        for _, step in transformer.steps:
            inner = column_sources(step, len(sources))
            sources = [_union(sources, column) for column in inner]
        return sources
    if isinstance(transformer, ColumnTransformer):
        return _of_parts(transformer, n_columns)
    if isinstance(transformer, FeatureUnion):
        parts = [column_sources(part, n_columns) for _, part in transformer.transformer_list]
        return [source for part in parts for source in part]
    return _of_one(transformer, n_columns)


def _each(n_columns: int) -> Sources:
    return [frozenset([k]) for k in range(n_columns)]


def _union(sources: Sources, columns: frozenset[int]) -> frozenset[int]:
    return frozenset().union(*(sources[k] for k in columns))


def _of_parts(transformer: ColumnTransformer, n_columns: int) -> Sources:
    names = list(getattr(transformer, "feature_names_in_", range(n_columns)))
    found: dict[int, frozenset[int]] = {}
    for name, part, chosen in transformer.transformers_:
        place = transformer.output_indices_.get(name)
        if (isinstance(part, str) and part == "drop") or place is None:
            continue
        columns = _positions(chosen, names)
        given = [frozenset([k]) for k in columns]
        for k, column in enumerate(column_sources(part, len(columns))):
            found[place.start + k] = _union(given, column)
    return [found[k] for k in sorted(found)]


def _positions(chosen: Any, names: list[Any]) -> list[int]:
    if isinstance(chosen, slice):
        if isinstance(chosen.start, str) or isinstance(chosen.stop, str):
            first = 0 if chosen.start is None else names.index(chosen.start)
            last = len(names) if chosen.stop is None else names.index(chosen.stop) + 1
            return list(range(first, last))
        return list(range(len(names)))[chosen]
    values = np.atleast_1d(np.asarray(chosen, dtype=object))
    if len(values) and all(isinstance(v, bool | np.bool_) for v in values):
        return list(np.flatnonzero(values.astype(bool)))
    return [names.index(v) if isinstance(v, str) else range(len(names))[int(v)] for v in values]


def _of_one(transformer: Any, n_columns: int) -> Sources:
    for kind, sources in _KNOWN.items():
        if isinstance(transformer, kind):
            return sources(transformer, n_columns)
    if hasattr(transformer, "get_support"):
        return [frozenset([int(k)]) for k in transformer.get_support(indices=True)]
    names: Any = getattr(transformer, "get_feature_names_out", list)()
    if hasattr(transformer, "components_") or len(names) != n_columns:
        made = f"{len(names)} columns" if len(names) else "columns"
        raise UnsupportedModelError(
            f"{type(transformer).__name__} makes {made} out of {n_columns}, and treeprune does not know "
            "which out of which; give groups=, one label for each column of the model"
        )
    return _each(n_columns)


def _one_hot(encoder: OneHotEncoder, n_columns: int) -> Sources:
    widths = []
    for k, levels in enumerate(encoder.categories_):
        rare = encoder.infrequent_categories_[k] if _has_rare(encoder) else None
        width = len(levels) - (0 if rare is None else len(rare) - 1)
        dropped = None if encoder.drop_idx_ is None else encoder.drop_idx_[k]
        widths.append(width - (dropped is not None))
    return _repeated(widths)


def _has_rare(encoder: OneHotEncoder) -> bool:
    return encoder.min_frequency is not None or encoder.max_categories is not None


def _splines(transformer: SplineTransformer, n_columns: int) -> Sources:
    return _repeated([transformer.n_features_out_ // n_columns] * n_columns)


def _bins(transformer: KBinsDiscretizer, n_columns: int) -> Sources:
    ordinal = transformer.encode == "ordinal"
    return _each(n_columns) if ordinal else _repeated([int(n) for n in transformer.n_bins_])


def _powers(transformer: PolynomialFeatures, n_columns: int) -> Sources:
    return [frozenset(np.flatnonzero(powers).tolist()) for powers in transformer.powers_]


def _missing(transformer: MissingIndicator, n_columns: int) -> Sources:
    return [frozenset([int(k)]) for k in transformer.features_]


def _repeated(widths: list[int]) -> Sources:
    return [frozenset([k]) for k, width in enumerate(widths) for _ in range(width)]


def _imputed(imputer: SimpleImputer, n_columns: int) -> Sources:
    if imputer.keep_empty_features:
        full = list(range(n_columns))
    else:
        full = np.flatnonzero(~pd.isna(np.asarray(imputer.statistics_, dtype=object))).tolist()
    out = [frozenset([k]) for k in full]
    if imputer.indicator_ is not None:
        out += [frozenset([int(k)]) for k in imputer.indicator_.features_]
    return out


_KNOWN: dict[type, Callable[[Any, int], Sources]] = {
    OneHotEncoder: _one_hot,
    SplineTransformer: _splines,
    KBinsDiscretizer: _bins,
    PolynomialFeatures: _powers,
    MissingIndicator: _missing,
    SimpleImputer: _imputed,
}
