"""What the leaves of a single tree answer, in numbers and in words."""

from __future__ import annotations

import numpy as np

from treeprune.exceptions import UnsupportedModelError
from treeprune.export.questions import leaf_terms
from treeprune.export.vocabulary import Vocabulary, plain
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.links import answers
from treeprune.model.traverse import total_weights
from treeprune.report.scorecard_page import percent
from treeprune.statistics.target import answer_columns


def check_single(ensemble: TreeEnsemble, what: str) -> None:
    """Refuse an ensemble of several trees.

    Parameters
    ----------
    ensemble : TreeEnsemble
    what : str
        What cannot be made of it.

    Raises
    ------
    UnsupportedModelError
    """
    if ensemble.n_trees != 1:
        raise UnsupportedModelError(
            f"this model adds up {ensemble.n_trees} trees, and {what} of them would not be what it does; "
            "distil it into one tree, or export it as SQL or Python"
        )


def leaf_answers(ensemble: TreeEnsemble, leaves: list[int]) -> Array:
    """What a model of one tree answers in its leaves.

    Parameters
    ----------
    ensemble : TreeEnsemble
    leaves : list of int

    Returns
    -------
    ndarray of float64, shape (n_leaves, n_answers)
    """
    e, dtype = ensemble, np.dtype(ensemble.output_dtype)
    terms = leaf_terms(e)[leaves].astype(dtype)
    if e.output[0] >= 0:
        fed = np.arange(e.n_columns) == e.output[0]
        terms = terms * fed.astype(dtype)
    raw = terms if e.aggregation == "median" else terms + e.base_score.astype(dtype)
    if e.aggregation == "mean":
        raw = raw / np.maximum(total_weights(e), np.finfo(float).tiny).astype(dtype)
    return answers(e, raw.astype(np.float64))


def answer_words(ensemble: TreeEnsemble, words: Vocabulary, row: Array) -> str:
    """An answer in words.

    Parameters
    ----------
    ensemble : TreeEnsemble
    words : Vocabulary
    row : ndarray of float64, shape (n_answers,)

    Returns
    -------
    str
        Of two classes the share of the second; numbers to four digits.
    """
    if ensemble.task != "classification":
        return ", ".join(f"{x:.4g}" for x in row)
    texts = []
    for k, own in enumerate(words.classes):
        shares = dict(zip(own, row[answer_columns(ensemble, k)], strict=True))
        if len(own) == 2:
            shares.pop(own[0])
        texts.append(", ".join(f"{plain(name)} {percent(share)}" for name, share in shares.items()))
    return "; ".join(texts)
