"""Trees of scikit-learn's histogram gradient boosting: records of nodes, bitsets of categories.

The trees see the columns of categories first and the others behind them; `Columns` leads back to the
order that the user knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.backends.sklearn_tree import copied
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import depths

_NODE_FIELDS = {
    "value",
    "count",
    "feature_idx",
    "num_threshold",
    "missing_go_to_left",
    "left",
    "right",
    "gain",
    "depth",
    "is_leaf",
    "bin_threshold",
    "is_categorical",
    "bitset_idx",
}
_SPLIT_FIELDS = (
    "feature_idx",
    "num_threshold",
    "missing_go_to_left",
    "left",
    "right",
    "bin_threshold",
    "is_categorical",
    "bitset_idx",
)
_BITSETS = ("binned_left_cat_bitsets", "raw_left_cat_bitsets")
_N_WORDS = 8


@dataclass(frozen=True)
class Columns:
    """How the columns that the trees see are those of the user.

    Parameters
    ----------
    order : ndarray of int, shape (n_features,)
        The user's column that stands in each place.
    n_codes : ndarray of int64, shape (n_features,)
        Number of known categories in each place; 0 for a column of numbers.
    """

    order: Array
    n_codes: Array


def columns_of(model: Any) -> Columns:
    """Columns of a fitted model.

    Parameters
    ----------
    model : HistGradientBoostingClassifier or HistGradientBoostingRegressor

    Returns
    -------
    Columns

    Raises
    ------
    UnsupportedModelError
        If the categories are laid out in another way than the one known.
    """
    n_codes = np.zeros(model.n_features_in_, np.int64)
    if model.is_categorical_ is None:
        return Columns(np.arange(model.n_features_in_), n_codes)
    chosen = np.asarray(model.is_categorical_, bool)
    order = np.concatenate([np.flatnonzero(chosen), np.flatnonzero(~chosen)])
    known = np.array_equal(model._is_categorical_remapped, chosen[order])
    for place in np.flatnonzero(chosen[order]):
        codes = model._bin_mapper.bin_thresholds_[place]
        n_codes[place] = len(codes)
        known &= np.array_equal(codes, np.arange(len(codes)))
    if not known:
        import sklearn

        raise UnsupportedModelError(
            f"the categories of this {type(model).__name__} are laid out in another way than treeprune "
            f"knows of scikit-learn; train it with the release in use ({sklearn.__version__})"
        )
    return Columns(order, n_codes)


def checked_nodes(predictor: Any) -> Array:
    """Node records of a `TreePredictor`, refused if its layout is not the one known."""
    strange = set(vars(predictor)) ^ {"nodes", *_BITSETS}
    strange |= set(predictor.nodes.dtype.names or ()) ^ _NODE_FIELDS
    if strange:
        import sklearn

        raise UnsupportedModelError(
            f"the histogram trees of scikit-learn {sklearn.__version__} have another layout than treeprune "
            f"knows ({', '.join(sorted(strange))}); use a scikit-learn release that this version of "
            "treeprune supports, or a newer treeprune"
        )
    for name in _BITSETS:
        bitsets = getattr(predictor, name)
        if bitsets.dtype != np.uint32 or bitsets.shape != (len(predictor.raw_left_cat_bitsets), _N_WORDS):
            raise InvalidModelError(f"{name} of a tree must be rows of {_N_WORDS} words of 32 bits")
    nodes: Array = predictor.nodes
    return nodes


def _known_words(n_codes: Array) -> Array:
    """Bits of all known categories; uint32, shape (n_sets, `_N_WORDS`)."""
    bits = np.arange(32 * _N_WORDS) < n_codes[:, None]
    packed = np.packbits(bits, axis=1, bitorder="little").view("<u4")
    return packed.astype(np.uint32)


def category_sets(predictor: Any, columns: Columns) -> tuple[Array, Array]:
    """Category sets of one tree, one for each of its splits on categories.

    Parameters
    ----------
    predictor : TreePredictor
    columns : Columns

    Returns
    -------
    words : ndarray of uint32, shape (n_sets, 8)
        Of the categories that go left.
    n_codes : ndarray of int64, shape (n_sets,)
        Number of known categories.
    """
    nodes = checked_nodes(predictor)
    asks = np.flatnonzero((nodes["is_leaf"] == 0) & (nodes["is_categorical"] != 0))
    bitset, place = nodes["bitset_idx"][asks], nodes["feature_idx"][asks]
    if len(asks) and bitset.max() >= len(predictor.raw_left_cat_bitsets):
        raise InvalidModelError(f"a split names the category set {bitset.max()}, which does not exist")
    if len(asks) and (place.min() < 0 or place.max() >= len(columns.order)):
        raise InvalidModelError(f"a split looks at a feature outside 0..{len(columns.order) - 1}")
    n_codes = columns.n_codes[place]
    if (n_codes == 0).any():
        raise InvalidModelError("a split asks for the category of a column that holds numbers")
    # a column with a single category gets no set of its own, and looks into that of another split
    return predictor.raw_left_cat_bitsets[bitset] & _known_words(n_codes), n_codes


def node_arrays(predictor: Any, columns: Columns, first: int, first_set: int) -> dict[str, Array]:
    """Node fields of a `TreeEnsemble` for one tree, with its values as a single column.

    Parameters
    ----------
    predictor : TreePredictor
    columns : Columns
    first : int
        Position of the tree's first node.
    first_set : int
        Number of the first of its `category_sets`.

    Returns
    -------
    dict of str to ndarray
    """
    nodes = checked_nodes(predictor)
    n, leaf = len(nodes), nodes["is_leaf"] != 0
    asks = ~leaf & (nodes["is_categorical"] != 0)

    def at_splits(name: str, plus: int) -> Array:
        wide = np.where(leaf, LEAF, nodes[name].astype(np.int64) + plus)
        narrow = wide.astype(np.int32)
        if not np.array_equal(wide, narrow):
            raise InvalidModelError(f"{name} of a tree is far out of range")
        return narrow

    feature = at_splits("feature_idx", 0)
    used = feature[~leaf]
    if used.size and (used.min() < 0 or used.max() >= len(columns.order)):
        raise InvalidModelError(f"a split looks at a feature outside 0..{len(columns.order) - 1}")
    feature[~leaf] = columns.order[used]
    category_set = np.full(n, LEAF, np.int32)
    category_set[asks] = first_set + np.arange(asks.sum())
    return {
        "feature": feature,
        "threshold": np.where(leaf | asks, 0.0, nodes["num_threshold"]),
        "left": at_splits("left", first),
        "right": at_splits("right", first),
        "default_left": ~leaf & (nodes["missing_go_to_left"] != 0),
        "missing": np.zeros(n, np.uint8),
        "category_set": category_set,
        "value": nodes["value"].astype(np.float64)[:, None],
        "cover": nodes["count"].astype(np.float64),
        "n_samples": nodes["count"].astype(np.int64),
        "node_id": np.arange(n, dtype=np.int32),
    }


def rebuilt_predictor(predictor: Any, ensemble: TreeEnsemble, position: int, column: int) -> Any:
    """New `TreePredictor` for one tree of an edited ensemble.

    Parameters
    ----------
    predictor : TreePredictor
        The native tree that it came from.
    ensemble : TreeEnsemble
    position : int
        Which tree of the ensemble.
    column : int
        The output column that the tree feeds.

    Returns
    -------
    TreePredictor
    """
    old = checked_nodes(predictor)
    own = ensemble.tree(position)
    nodes = old[ensemble.node_id[own]]
    leaf = ensemble.left[own] == LEAF
    became_leaf = leaf & (nodes["is_leaf"] == 0)
    for name in _SPLIT_FIELDS:
        nodes[name][became_leaf] = 0
    nodes["gain"][became_leaf] = -1.0  # as scikit-learn marks a leaf that was never to be split
    nodes["is_leaf"][became_leaf] = 1
    left, right = (np.where(leaf, LEAF, side[own] - own.start) for side in (ensemble.left, ensemble.right))
    nodes["left"][~leaf], nodes["right"][~leaf] = left[~leaf], right[~leaf]
    nodes["depth"] = depths(left, right)
    nodes["value"][leaf] = ensemble.value[own][leaf, column]
    nodes["count"] = ensemble.cover[own] if ensemble.n_samples is None else ensemble.n_samples[own]
    used = np.arange(len(predictor.raw_left_cat_bitsets))
    if len(nodes) < len(old):
        asks = nodes["is_categorical"] != 0
        used, nodes["bitset_idx"][asks] = np.unique(nodes["bitset_idx"][asks], return_inverse=True)
    return copied(predictor, nodes=nodes, **{name: getattr(predictor, name)[used] for name in _BITSETS})
