"""What says that a model, or a table, is the same as before."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Any

import numpy as np

from treeprune.faithfulness.registry import Judged
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.linear import LinearModel
from treeprune.statistics.words import hash_rows


@dataclass(frozen=True)
class Fingerprint:
    """A digest, and what it is a digest of.

    Parameters
    ----------
    digest : str
        SHA-256 in hexadecimal; empty where there is none.
    of : str
    """

    digest: str
    of: str


def _feed(digest: Any, name: str, value: Any) -> None:
    """One field: its name, its type and shape, its bytes, the same on every machine."""
    if isinstance(value, tuple) and any(isinstance(x, np.ndarray) for x in value):
        for k, each in enumerate(value):
            _feed(digest, f"{name}[{k}]", each)
        return
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        own = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
        digest.update(f"{name} {own.dtype.str} {own.shape}\n".encode())
        digest.update(own.tobytes())
        return
    words = value.astype(str).tolist() if isinstance(value, np.ndarray) else value
    digest.update(f"{name} {json.dumps(words, default=str)}\n".encode(errors="surrogatepass"))


def _digest(head: str, model: TreeEnsemble | LinearModel) -> str:
    digest = sha256(head.encode())
    for each in fields(model):
        _feed(digest, each.name, getattr(model, each.name))
    return digest.hexdigest()


def model_fingerprint(judged: Judged) -> Fingerprint:
    """Fingerprint of what a model computes with, not of a file: pickles of equal models differ.

    Parameters
    ----------
    judged : Judged

    Returns
    -------
    Fingerprint
        Without a digest for a model that nobody can look into.
    """
    if judged.structure == "trees":
        words = "all splits, thresholds, leaf values, covers, links and names of the trees"
        return Fingerprint(_digest("treeprune trees 1\n", judged.ensemble), words)
    if judged.linear is not None:
        words = "coefficients, intercepts, classes and names of the linear model"
        if hasattr(judged.model, "steps"):
            words += "; steps of the pipeline before it are not covered"
        return Fingerprint(_digest("treeprune linear 1\n", judged.linear), words)
    return Fingerprint("", "nothing: this kind of model has no canonical form here")


def table_fingerprint(hashes: Array) -> Fingerprint:
    """Fingerprint of a table, whatever the order of its rows.

    Parameters
    ----------
    hashes : ndarray of uint64, shape (n_rows,)
        From `row_hashes`.

    Returns
    -------
    Fingerprint
    """
    ordered = np.sort(hashes).astype("<u8")
    return Fingerprint(
        sha256(ordered.tobytes()).hexdigest(), "the values of all rows, column by column, in any order"
    )


def row_hashes(table: Any) -> Array:
    """One word for each row; ndarray of uint64, shape (n_rows,)."""
    return hash_rows(table)
