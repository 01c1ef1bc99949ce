"""Classes that no held-out row has: splits that lead to them cannot be judged, and stay."""

from __future__ import annotations

import warnings

import numpy as np

from treeprune.exceptions import PruningWarning
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.structure import branch_sums
from treeprune.statistics.additive import is_additive
from treeprune.statistics.target import Target, answer_columns, n_answers


def class_weights(ensemble: TreeEnsemble, target: Target, weights: Array) -> Array:
    """Weight of the rows of each class, of all targets side by side."""
    assert target.codes is not None
    each = [np.bincount(codes, weights, n_answers(ensemble)) for codes in target.codes.T]
    return np.sum(each, axis=0)


def lead_to_absent_classes(ensemble: TreeEnsemble, weight_of_class: Array, *, stacklevel: int) -> Array:
    """Splits whose collapse would erase the leaves of a class without held-out rows.

    A branch with leaves that answer such a class may only become a leaf that answers it as well. Of
    a sum of trees, each tree that feeds the column of such a class stays as it is: without the class
    any less of its column would look better.

    Parameters
    ----------
    ensemble : TreeEnsemble
        A classifier.
    weight_of_class : ndarray of float64, shape (n_answers,)
        Held-out weight of each class.
    stacklevel : int
        Of the warning, seen from here.

    Returns
    -------
    ndarray of bool, shape (n_nodes,)

    Warns
    -----
    PruningWarning
        Names the classes.
    """
    e = ensemble
    kept = np.zeros(e.n_nodes, bool)
    for k in range(len(e.columns)):
        absent = np.flatnonzero(weight_of_class[answer_columns(e, k)] == 0)
        if len(absent) == 0:
            continue
        names = ", ".join(str(e.classes[k][c]) for c in absent)
        warnings.warn(
            f"no held-out row is of class {names}: splits that lead to its leaves cannot be judged and "
            'are kept; absent_class="prune" judges them by the other classes',
            PruningWarning,
            stacklevel=stacklevel,
        )
        kept |= _kept_for(e, k, absent) if is_additive(e) else _answering(e, k, absent)
    return kept


def _answering(e: TreeEnsemble, k: int, absent: Array) -> Array:
    """Splits above leaves whose largest value is that of an absent class, but that answer another."""
    kept, zeros = np.zeros(e.n_nodes, bool), np.zeros(e.n_nodes)
    answer = e.value[:, e.target_columns(k)].argmax(axis=1)
    for c in absent:
        leads_to = branch_sums(e.left, e.right, (answer == c).astype(float), zeros) > 0
        kept |= ~e.is_leaf & leads_to & (answer != c)
    return kept


def _kept_for(e: TreeEnsemble, k: int, absent: Array) -> Array:
    """Splits of the trees that feed the column of an absent class; of votes, those `_answering`."""
    own = e.target_columns(k)
    # one column speaks for both of two classes
    columns = own.start + absent if own.stop - own.start == len(e.classes[k]) else np.array([own.start])
    of_column = np.isin(e.output, columns) | (e.output < 0) & (e.n_columns == 1)
    whole = np.repeat(of_column, np.diff(e.root)) & ~e.is_leaf
    votes = np.repeat((e.output < 0) & (e.n_columns > 1), np.diff(e.root))
    return whole | votes & _answering(e, k, absent) if votes.any() else whole
