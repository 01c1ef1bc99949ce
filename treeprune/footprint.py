"""What a model takes: nodes, bytes, steps of a row, and time."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from treeprune.backends.linear import is_linear, read_linear
from treeprune.exceptions import PruningWarning, UnsupportedModelError
from treeprune.faithfulness.size import pickled_bytes
from treeprune.latency import Latency, batch_times
from treeprune.loading import save_model
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.structure import depths
from treeprune.model.traverse import leaf_index
from treeprune.pruners.linear_base import last_step
from treeprune.pruners.native import Native, check_columns, is_scikit_learn
from treeprune.pruners.parameters import check_whole_number
from treeprune.pruners.unwrap import native_of
from treeprune.statistics.rows import model_rows, row_blocks, take_rows

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Footprint:
    """What a fitted model takes.

    Parameters
    ----------
    name : str
        Class of the model.
    trees, nodes, leaves, depth : int
        Sizes of trees; 0 for linear models.
    features : int
        Columns that a split or a coefficient looks at.
    coefficients : int
        Coefficients that are not 0; 0 for models of trees.
    bytes_in_memory : int or None
        Length of the pickled model; None if it cannot be pickled.
    bytes_on_disk : int or None
        In the vendor's own format (skops for scikit-learn); None if there is none, or skops is not there.
    expected_visits : float
        Nodes that a training row meets on its way to the leaves of all trees, by the weights stored at the
        nodes; NaN for linear models, or where none are stored.
    measured_visits : float
        The same for the rows given.
    one_row, batch : Latency
        Time to predict one row, and all rows given.
    n_rows : int
        Rows of the batch.
    """

    name: str
    trees: int
    nodes: int
    leaves: int
    depth: int
    features: int
    coefficients: int
    bytes_in_memory: int | None
    bytes_on_disk: int | None
    expected_visits: float
    measured_visits: float
    one_row: Latency
    batch: Latency
    n_rows: int

    def _lines(self) -> list[tuple[str, str]]:
        size = f"{self.trees:,} trees, {self.nodes:,} nodes, {self.leaves:,} leaves, depth {self.depth}"
        visits = f"{self.measured_visits:,.1f} a row ({self.expected_visits:,.1f} in training)"
        linear = self.trees == 0
        return [
            ("model", self.name),
            ("size", f"{self.coefficients:,} coefficients" if linear else size),
            ("features", f"{self.features:,}"),
            ("in memory", _bytes_in_words(self.bytes_in_memory)),
            ("on disk", _bytes_in_words(self.bytes_on_disk)),
            *([] if linear else [("nodes met", visits)]),
            ("one row", str(self.one_row)),
            (f"{self.n_rows:,} rows", str(self.batch)),
        ]

    def __str__(self) -> str:
        return "\n".join(f"{name:<12}{text}" for name, text in self._lines())

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python objects."""
        return asdict(self)


def _bytes_in_words(n: int | None) -> str:
    return "unknown" if n is None else f"{n:,} bytes"


def footprint(model: Any, X: Any, *, n_repeats: int = 20) -> Footprint:
    """Measure what a fitted model takes.

    Parameters
    ----------
    model : object
        A fitted model of trees or a linear one, alone, at the end of a pipeline, in a `FrozenEstimator`, or
        in a fitted pruner. It is only read.
    X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
        Rows to predict.
    n_repeats : int, default=20
        Runs that are timed, after two that are not.

    Returns
    -------
    Footprint

    Raises
    ------
    UnsupportedModelError
        If the model is of no supported family.
    ValueError
        If there are no rows, they have other columns than the model, or `n_repeats` is not legal.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import footprint
    >>> X, y = load_iris(return_X_y=True)
    >>> found = footprint(DecisionTreeClassifier(max_depth=1).fit(X, y), X)
    >>> found.nodes, found.leaves, found.measured_visits
    (3, 2, 2.0)
    """
    check_whole_number("n_repeats", n_repeats, 1)
    native = native_of(model)
    if is_scikit_learn(native.model):
        check_is_fitted(native.model)
    X = X if hasattr(X, "shape") else np.asarray(X)
    if len(X.shape) != 2 or X.shape[0] == 0:
        raise ValueError(f"X must be a table with at least one row, got shape {tuple(X.shape)}")
    last = last_step(native.model)
    # the structure first: it refuses what treeprune cannot read
    size = _of_linear(last) if is_linear(last) else _of_trees(native, X)
    first = take_rows(X, np.zeros(1, np.int64))
    return Footprint(
        name=type(last).__name__,
        **size,
        bytes_in_memory=pickled_bytes(native.model),
        bytes_on_disk=_on_disk(native.model),
        one_row=Latency.of(batch_times(native, first, n_repeats)),
        batch=Latency.of(batch_times(native, X, n_repeats)),
        n_rows=int(X.shape[0]),
    )


def _of_linear(model: Any) -> dict[str, Any]:
    linear = read_linear(model)
    return {
        **dict.fromkeys(("trees", "nodes", "leaves", "depth"), 0),
        "features": len(linear.used_features()),
        "coefficients": int(np.count_nonzero(linear.coef)),
        "expected_visits": np.nan,
        "measured_visits": np.nan,
    }


def _of_trees(native: Native, X: Any) -> dict[str, Any]:
    e = native.trees()
    check_columns(native.model, native.table(X))
    level = depths(e.left, e.right)
    return {
        "trees": e.n_trees,
        "nodes": e.n_nodes,
        "leaves": e.n_leaves,
        "depth": int(level.max()),
        "features": len(e.used_features()),
        "coefficients": 0,
        "expected_visits": _expected(e),
        "measured_visits": _visits(e, level, native.rows(X)),
    }


def _expected(e: TreeEnsemble) -> float:
    """Nodes that a training row meets: what arrives at a node is its share of what arrives at the root."""
    at_root = np.repeat(e.cover[e.root[:-1]], np.diff(e.root))
    return float((e.cover / at_root).sum()) if (at_root > 0).all() else float("nan")


def _visits(e: TreeEnsemble, level: Array, table: Any) -> float:
    matrix = model_rows(e, table, table.shape[0])
    met = sum(int((level[leaf_index(e, block)] + 1).sum()) for _, block in row_blocks(matrix, e.absent))
    return met / table.shape[0]


def _on_disk(model: Any) -> int | None:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", PruningWarning)  # of what the file does not hold
        path = Path(folder) / "model.ubj"  # XGBoost goes by the ending, the others do not look
        try:
            save_model(model, path)
        except (UnsupportedModelError, ImportError):
            return None
        return path.stat().st_size


def footprint_table(footprints: Sequence[Footprint], names: Sequence[str] | None = None) -> pd.DataFrame:
    """Footprints side by side.

    Parameters
    ----------
    footprints : sequence of Footprint
    names : sequence of str, optional
        What the models are called; by default their classes.

    Returns
    -------
    pandas.DataFrame
        A row for each figure, a column for each model; the last column is the last model's share of the
        first one's, where there are two or more.

    Raises
    ------
    ValueError
        If there are none, or another number of names.
    """
    import pandas as pd

    if not footprints:
        raise ValueError("there are no footprints to put side by side")
    if names is not None and len(names) != len(footprints):
        raise ValueError(f"there are {len(footprints)} footprints and {len(names)} names")
    columns = [f.name for f in footprints] if names is None else list(names)
    table = pd.DataFrame([_figures(f) for f in footprints]).T
    table.columns = pd.Index(columns)
    if len(footprints) > 1:
        with np.errstate(divide="ignore", invalid="ignore"):
            table["last / first"] = table.iloc[:, -1].to_numpy(float) / table.iloc[:, 0].to_numpy(float)
    return table


def _figures(f: Footprint) -> dict[str, float]:
    return {
        "trees": f.trees,
        "nodes": f.nodes,
        "leaves": f.leaves,
        "depth": f.depth,
        "features": f.features,
        "coefficients": f.coefficients,
        "bytes in memory": np.nan if f.bytes_in_memory is None else f.bytes_in_memory,
        "bytes on disk": np.nan if f.bytes_on_disk is None else f.bytes_on_disk,
        "expected visits": f.expected_visits,
        "measured visits": f.measured_visits,
        "ms one row": f.one_row.median,
        "ms batch": f.batch.median,
    }
