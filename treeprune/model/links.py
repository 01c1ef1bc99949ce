"""Links: what turns the raw output of an ensemble into probabilities or numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit, softmax

from treeprune.model.ensemble import Array, Link, TreeEnsemble

_LINKS: dict[Link, Callable[[Array], Array]] = {
    "identity": lambda x: x,
    "logit": expit,
    "log": np.exp,
    "step": lambda x: (x > 0).astype(np.float64),
    "log1p_exp": lambda x: np.logaddexp(0.0, x),
    "signed_square": lambda x: np.sign(x) * x**2,
    "isolation": lambda x: np.exp2(-x),
}


def _two_classes(ensemble: TreeEnsemble, probability: Array) -> Array:
    """Both columns of each target that has one column for two classes."""
    if ensemble.task != "classification":
        return probability
    parts = []
    for k, labels in enumerate(ensemble.classes):
        own = probability[:, ensemble.target_columns(k)]
        parts.append(np.hstack([1 - own, own]) if len(labels) > own.shape[1] else own)
    return np.hstack(parts)


def answers(ensemble: TreeEnsemble, raw: Array) -> Array:
    """What the model answers, given its raw output.

    Parameters
    ----------
    ensemble : TreeEnsemble
        Its `link` says how, after `link_scale` was multiplied in:

        - ``identity``: as it is;
        - ``logit``: 1 / (1 + exp(-raw)), each column for itself;
        - ``softmax``: exp(raw) / sum of exp(raw) over the columns of a target;
        - ``log``: exp(raw);
        - ``step``: 1 where raw is positive, else 0 (a hinge loss knows no probabilities);
        - ``log1p_exp``: log(1 + exp(raw));
        - ``signed_square``: sign(raw) raw ** 2;
        - ``isolation``: 2 ** -raw, the anomaly score of Liu, Ting and Zhou (2008).
    raw : ndarray of float64, shape (n_rows, n_columns)

    Returns
    -------
    ndarray of float64, shape (n_rows, n_answers)
        Numbers, or the probabilities of the classes; those of several targets stand side by side.
    """
    x = raw * ensemble.link_scale
    if ensemble.link == "softmax":
        parts = [softmax(x[:, ensemble.target_columns(k)], axis=1) for k in range(len(ensemble.columns))]
        return np.hstack(parts)
    with np.errstate(over="ignore", under="ignore"):  # infinite and zero rates are what the vendors say
        return _two_classes(ensemble, _LINKS[ensemble.link](x))
