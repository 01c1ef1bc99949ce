"""Pruning by hand: plain functions on fitted models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np

from treeprune.backends import read, write
from treeprune.kernels.compiled import kernel
from treeprune.model import edit
from treeprune.model.edit import collapse, with_values
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.statistics.additive import is_additive


def _positions(ensemble: TreeEnsemble, tree: int, nodes: Iterable[int]) -> Array:
    at = np.flatnonzero(ensemble.tree_id == tree)
    if len(at) == 0:
        raise ValueError(f"the model has no tree {tree}; it has {ensemble.n_trees}")
    own = ensemble.tree(int(at[0]))
    try:
        wanted = np.asarray(list(nodes))
    except TypeError as error:
        raise ValueError(
            f"nodes must be a list of node numbers (a single one goes in brackets too), got {nodes!r}"
        ) from error
    if wanted.size and (wanted.dtype.kind not in "iu" or wanted.min() < 0):
        raise ValueError(f"nodes must be node numbers >= 0, got {wanted.tolist()}")
    strangers = np.setdiff1d(wanted, ensemble.node_id[own])
    if len(strangers):
        raise ValueError(
            f"tree {tree} has no node {', '.join(map(str, strangers))}; it has {own.stop - own.start}"
        )
    positions = own.start + np.flatnonzero(np.isin(ensemble.node_id[own], wanted))
    leaves = ensemble.node_id[positions[ensemble.is_leaf[positions]]]
    if len(leaves):
        raise ValueError(f"node {', '.join(map(str, leaves))} of tree {tree} is a leaf already")
    return positions


def snip(model: Any, nodes: Iterable[int] | Mapping[int, Iterable[int]]) -> Any:
    """Turn chosen splits of a fitted model into leaves.

    Parameters
    ----------
    model : object
        A fitted model of any family that treeprune knows; it is left untouched.
    nodes : iterable of int, or mapping of int to iterable of int
        Native node numbers of a lone tree, or for each tree number of an ensemble. They are those that
        `sklearn.tree.plot_tree` shows with ``node_ids=True``, XGBoost's ``trees_to_dataframe`` in the
        column ``Node``, LightGBM's behind the ``S`` of ``node_index``, and the row numbers of
        ``nodes`` in `HistGradientBoostingClassifier`. Trees are counted as the vendor counts them: in
        the order of growth, those of one round side by side.

    Returns
    -------
    object
        Of the class of `model`.

    Raises
    ------
    UnsupportedModelError
        If the model is of no supported family.
    ValueError
        If a tree or node does not exist, or a node is a leaf already.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import snip
    >>> tree = DecisionTreeClassifier(random_state=0).fit(*load_iris(return_X_y=True))
    >>> snip(tree, [2]).get_n_leaves()
    np.int64(2)
    """
    ensemble = read(model)
    if not isinstance(nodes, Mapping):
        if ensemble.n_trees > 1:
            raise ValueError("the model has several trees: give {tree: [nodes]}")
        nodes = {0: nodes}
    mask = np.zeros(ensemble.n_nodes, bool)
    for tree, own in nodes.items():
        mask[_positions(ensemble, tree, own)] = True
    return write(model, collapse(ensemble, mask))


def keep_trees(model: Any, trees: Iterable[int]) -> Any:
    """Keep chosen trees of a fitted ensemble and drop the others.

    Parameters
    ----------
    model : object
        A fitted ensemble of any family that treeprune knows; it is left untouched.
    trees : iterable of int
        Numbers of the trees to keep, as the vendor counts them: in the order of growth, those of one
        round side by side. None twice. Boosted trees keep their order; forests may change it.

    Returns
    -------
    object
        Of the class of `model`. Where the format has whole rounds of trees, one for each class or
        target, a tree that is dropped from a round that stays becomes a single leaf of value 0.

    Raises
    ------
    UnsupportedModelError
        If the model is of no supported family.
    ValueError
        If no tree is named, one twice, or one that the model does not have, or boosted trees in another
        order.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from treeprune import keep_trees
    >>> forest = RandomForestClassifier(10, random_state=0).fit(*load_iris(return_X_y=True))
    >>> len(keep_trees(forest, [0, 3, 7]))
    3
    """
    ensemble, wanted = read(model), list(trees)
    position = {int(native): t for t, native in enumerate(ensemble.tree_id)}
    strangers = [tree for tree in wanted if tree not in position]
    if strangers:
        raise ValueError(f"the model has no tree {strangers[0]}; it has {ensemble.n_trees}")
    return write(model, edit.keep_trees(ensemble, np.array([position[tree] for tree in wanted], np.int64)))


@kernel
def _mergeable(left: Array, right: Array, answer: Array, lift: bool) -> Array:
    """Splits whose branches give one answer, from the bottom up.

    With `lift` such a split takes over the answer of its branch, whose bits its own mean may miss;
    otherwise its own answer has to be the same too.
    """
    n = left.shape[0]
    mask = np.zeros(n, np.bool_)
    for node in range(n - 1, -1, -1):
        a, b = left[node], right[node]
        if a == LEAF or not (left[a] == LEAF or mask[a]) or not (left[b] == LEAF or mask[b]):
            continue
        same = True
        for k in range(answer.shape[1]):
            same &= answer[a, k] == answer[b, k] and (lift or answer[a, k] == answer[node, k])
        mask[node] = same
        if same and lift:
            answer[node] = answer[a]
    return mask


def merge_equal_leaves(model: Any, by: Literal["value", "class"] = "value") -> Any:
    """Merge branches whose leaves all give the same answer.

    Parameters
    ----------
    model : object
        A fitted model of any family that treeprune knows; it is left untouched.
    by : {"value", "class"}, default="value"
        What must be the same: the whole value (predictions and probabilities then do not change), or
        the most probable class (of a single tree: predictions do not change, probabilities do).

    Returns
    -------
    object
        Of the class of `model`.

    Raises
    ------
    UnsupportedModelError
        If the model is of no supported family.
    ValueError
        If `by` is unknown, or ``"class"`` for a regressor, a forest (whose trees vote by probability,
        so that its predictions would change) or a boosted model (whose leaves are steps of a sum and
        speak for no class, even those of its only tree).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import merge_equal_leaves
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(max_leaf_nodes=5, random_state=0).fit(X, y)
    >>> merged = merge_equal_leaves(tree, by="class")
    >>> bool((merged.predict(X) == tree.predict(X)).all())
    True
    """
    e = read(model)
    if by == "class":
        if e.task != "classification" or e.n_trees > 1 or is_additive(e):
            raise ValueError(
                'by="class" is for single classification trees whose leaves hold shares of classes; '
                'by="value" is for all models'
            )
        answers = np.column_stack(
            [e.value[:, e.target_columns(k)].argmax(axis=1) for k in range(len(e.columns))]
        )
    elif by != "value":
        raise ValueError(f"by must be 'value' or 'class', got {by!r}")
    if by == "class":
        return write(model, collapse(e, _mergeable(e.left, e.right, answers, False)))
    value = e.value.copy()
    mask = _mergeable(e.left, e.right, value, True)
    return write(model, collapse(with_values(e, value), mask))
