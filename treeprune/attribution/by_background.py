"""Interventional SHAP values: a feature whose value is unknown takes it from rows of a background."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from treeprune.attribution.blocks import (
    Batch,
    Ready,
    Scratch,
    batches_of,
    block_size,
    check_rows,
    largest_batch,
    sum_over_batches,
    with_missing,
)
from treeprune.attribution.choice import MOST_ENTRIES, MOST_FEATURES, ways_by_background
from treeprune.attribution.crowds import CrowdBatch
from treeprune.attribution.tables import Layout, TableBatch, rules_up_to
from treeprune.attribution.terms import terms_of
from treeprune.kernels.shap_conditions import Conditions, conditions_of
from treeprune.kernels.shap_paths import paths_of
from treeprune.kernels.threads import run
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.traverse import raw_output
from treeprune.statistics.weights import below_one, check_weights


def interventional(
    ensemble: TreeEnsemble,
    rows: Array,
    background: Array,
    *,
    background_weight: Any = None,
    n_jobs: int | None = None,
) -> tuple[Array, Array]:
    """Exact SHAP values of the raw output against a background.

    A feature whose value is unknown takes that of a row of the background, whatever the other features are:
    the values are the mean, over the background, of those against its single rows [1]_.

    Parameters
    ----------
    ensemble : TreeEnsemble
        Of any kind but a median of trees.
    rows : ndarray, shape (n_rows, n_features)
        Already of the model's `input_dtype`; NaN is missing.
    background : ndarray, shape (n_background, n_features)
        Likewise; not empty.
    background_weight : array-like of shape (n_background,), optional
        Weight of each row of the background.
    n_jobs : int, optional
        Threads, after joblib's convention. Changes nothing in the result.

    Returns
    -------
    phi : ndarray of float64, shape (n_rows, n_features, n_columns)
        What each feature adds to each column of the raw output (before the link).
    base : ndarray of float64, shape (n_columns,)
        Mean raw output over the background. ``base + phi.sum(axis=1)`` is the raw output.

    Raises
    ------
    ValueError
        If a table has another number of columns than the model, the background is empty, or a weight is
        negative, not finite, or all are zero.
    UnsupportedModelError
        If the ensemble answers with a median.

    Notes
    -----
    Trees whose paths ask for few features cost the same a row whatever the size of the background, see
    `treeprune.kernels.shap_tables`. Others are walked by each row with the whole background, see
    `treeprune.kernels.shap_crowd`.

    Sums are made in double precision, whatever the model's `output_dtype`. Memory besides the result: some
    100 bytes a node, 32 MB of tables and of conditions of the background (a byte a node and row), or those
    of one tree, and a few MB for each thread.

    References
    ----------
    .. [1] S. Lundberg et al., From local explanations to global understanding with explainable AI for
       trees, Nature Machine Intelligence 2, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from treeprune.attribution.by_background import interventional
    >>> from treeprune.backends import read
    >>> X, y = np.array([[0.0], [0.0], [0.0], [1.0]], np.float32), [1.0, 1.0, 1.0, 5.0]
    >>> phi, base = interventional(read(DecisionTreeRegressor().fit(X, y)), X[2:], X[2:])
    >>> phi[:, :, 0].tolist(), base.tolist()
    ([[-2.0], [2.0]], [3.0])
    """
    check_rows(ensemble, rows, "rows")
    check_rows(ensemble, background, "background")
    if not len(background):
        raise ValueError("background has no rows")
    weight = below_one(check_weights(background_weight, len(background), "background_weight"))
    weight = weight / weight.sum()
    terms, paths = terms_of(ensemble), paths_of(ensemble)
    layout = Layout(ensemble, paths, terms)
    conditions = conditions_of(ensemble, paths, with_missing(ensemble, rows, background))
    block = block_size(ensemble)
    ways = ways_by_background(layout, len(rows), len(background))
    rules = rules_up_to(MOST_FEATURES)
    by_table = np.array(ways) == "tables"
    conditions_kept = np.diff(ensemble.root) * len(background) / 8  # bytes, but entries have eight
    size = np.where(by_table, layout.entries_of(by_table), conditions_kept)

    def make(batch: Batch) -> Ready:
        if batch.way == "crowd":
            crowd = CrowdBatch(ensemble, paths, terms, batch, weight)
            _count(conditions, background, block, crowd)
            return crowd
        tables = TableBatch(layout, batch, rules, weight)
        _count(conditions, background, block, tables)
        tables.build()
        return tables

    def prepare(chunk: list[Batch]) -> list[Ready]:
        return run(make, chunk, n_jobs)

    chunks = batches_of(ensemble, ways, block, size, MOST_ENTRIES)
    phi = sum_over_batches(conditions, rows, terms.kept.shape[1], chunks, prepare, block, n_jobs)
    # in double precision, as the values are
    raw = raw_output(replace(ensemble, output_dtype="float64"), background, n_jobs=n_jobs)
    return terms.complete(phi), (weight[:, None] * raw).sum(axis=0)


def _count(conditions: Conditions, background: Array, block: int, batch: CrowdBatch | TableBatch) -> None:
    """Show the background to a batch, block after block."""
    largest = largest_batch(conditions.ensemble, [batch.batch])
    for start in range(0, len(background), block):
        own = background[start : start + block]
        scratch = Scratch(conditions, own, largest)
        scratch.write(batch.batch.trees)
        batch.count(scratch.side, scratch.holds, slice(start, start + len(own)))
