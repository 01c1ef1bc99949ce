"""Path-dependent SHAP values: what a feature's value is unknown for follows the covers of the trees."""

from __future__ import annotations

import numpy as np

from treeprune.attribution.blocks import (
    Batch,
    Ready,
    batches_of,
    block_size,
    check_rows,
    sum_over_batches,
    with_missing,
)
from treeprune.attribution.choice import MOST_ENTRIES, MOST_FEATURES, ways_by_cover
from treeprune.attribution.edges import EdgeBatch
from treeprune.attribution.tables import Layout, TableBatch, rules_up_to
from treeprune.attribution.terms import terms_of
from treeprune.kernels.shap_conditions import conditions_of
from treeprune.kernels.shap_paths import paths_of
from treeprune.kernels.threads import run
from treeprune.model.ensemble import Array, TreeEnsemble


def path_dependent(
    ensemble: TreeEnsemble, rows: Array, *, n_jobs: int | None = None
) -> tuple[Array, Array]:
    """Exact SHAP values of the raw output, by the training rows that the trees have counted.

    A feature whose value is unknown leaves the choice of the branch to the covers: each split on it answers
    with the mean of its branches, weighted by their covers [1]_.

    Parameters
    ----------
    ensemble : TreeEnsemble
        Of any kind but a median of trees.
    rows : ndarray, shape (n_rows, n_features)
        Already of the model's `input_dtype`; NaN is missing.
    n_jobs : int, optional
        Threads, after joblib's convention. Changes nothing in the result.

    Returns
    -------
    phi : ndarray of float64, shape (n_rows, n_features, n_columns)
        What each feature adds to each column of the raw output (before the link).
    base : ndarray of float64, shape (n_columns,)
        The mean of the leaves by their covers. ``base + phi.sum(axis=1)`` is the raw output.

    Raises
    ------
    ValueError
        If the rows have another number of columns than the model.
    UnsupportedModelError
        If the ensemble answers with a median.

    Notes
    -----
    The shares of two branches are their covers over the sum of these. A branch that no training row has
    reached has the share 0; where none has reached either, both have the share 1/2.

    Sums are made in double precision, whatever the model's `output_dtype`. Memory besides the result: some
    100 bytes a node, 32 MB of tables (or those of one tree), and a few MB for each thread.

    References
    ----------
    .. [1] S. Lundberg et al., From local explanations to global understanding with explainable AI for
       trees, Nature Machine Intelligence 2, 2020, algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from treeprune.attribution.by_cover import path_dependent
    >>> from treeprune.backends import read
    >>> X, y = np.array([[0.0], [0.0], [0.0], [1.0]], np.float32), [1.0, 1.0, 1.0, 5.0]
    >>> phi, base = path_dependent(read(DecisionTreeRegressor().fit(X, y)), X[2:])
    >>> phi[:, :, 0].tolist(), base.tolist()
    ([[-1.0], [3.0]], [2.0])
    """
    check_rows(ensemble, rows, "rows")
    terms, paths = terms_of(ensemble), paths_of(ensemble)
    layout = Layout(ensemble, paths, terms)
    block = block_size(ensemble)
    ways = ways_by_cover(layout, len(rows))
    size = layout.entries_of(np.array(ways) == "tables")
    rules = rules_up_to(MOST_FEATURES)

    def prepare(chunk: list[Batch]) -> list[Ready]:
        tables = [TableBatch(layout, one, rules) for one in chunk if one.way == "tables"]
        run(TableBatch.build, tables, n_jobs)
        made = iter(tables)
        return [
            next(made) if one.way == "tables" else EdgeBatch(ensemble, paths, terms, one) for one in chunk
        ]

    phi = sum_over_batches(
        conditions_of(ensemble, paths, with_missing(ensemble, rows)),
        rows,
        terms.kept.shape[1],
        batches_of(ensemble, ways, block, size, MOST_ENTRIES),
        prepare,
        block,
        n_jobs,
    )
    at_leaves = np.where(ensemble.is_leaf, paths.reach, 0.0)[:, None] * terms.value
    return terms.complete(phi), terms.base + at_leaves.sum(axis=0)
