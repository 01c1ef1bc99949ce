"""A model as ONNX."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from treeprune.export.artefact import Artefact, needed
from treeprune.export.given import Given, check_codes
from treeprune.export.inputs import missing_between
from treeprune.export.onnx_graph import Dtype, Graph
from treeprune.export.onnx_links import add_link
from treeprune.export.onnx_pipeline import with_steps
from treeprune.export.onnx_run import feed, session_of
from treeprune.export.onnx_trees import add_raw
from treeprune.model.ensemble import Array
from treeprune.model.linear import LinearModel


@dataclass(frozen=True, eq=False)
class OnnxModel(Artefact):
    """A model in ONNX.

    Parameters
    ----------
    content : bytes
        The serialised model, as onnxruntime takes it.
    dtype : {"float32", "float64"}
        Of its numbers.
    """

    dtype: Dtype

    def feed(self, X: Any) -> dict[str, Array]:
        """A table as onnxruntime takes it.

        Parameters
        ----------
        X : table, shape (n_rows, n_features)

        Returns
        -------
        dict of str to ndarray
        """
        return feed(needed("onnx", "onnx", "an ONNX model").load_model_from_string(self.content), X)

    def run(self, X: Any) -> dict[str, Array]:
        """Run it in onnxruntime, on one thread.

        Parameters
        ----------
        X : table, shape (n_rows, n_features)

        Returns
        -------
        dict of str to ndarray
            ``label`` and ``probabilities`` of a classifier (``label_0``, ... of several targets), else
            ``prediction``; ``raw``, the output before the link.
        """
        session = session_of(self.content)
        names = [each.name for each in session.get_outputs()]
        return dict(zip(names, session.run(names, self.feed(X)), strict=True))


def to_onnx(
    model: Any,
    X: Any = None,
    *,
    dtype: Dtype = "float64",
    feature_names: Sequence[str] | None = None,
    codes: bool = False,
) -> OnnxModel:
    """Write a model as ONNX.

    Parameters
    ----------
    model : fitted model of a registered family, linear model, pipeline, or TreeEnsemble
        Fitted pruners and freezers are looked into. A pipeline has one of the others as its last step.
    X : table, optional
        Some rows, for a pipeline: its inputs are the columns of a frame by name (``_`` for what is no
        letter or digit), text where the frame holds text, and the steps before the model are compared on
        them.
    dtype : {"float64", "float32"}, default="float64"
        Numbers of inputs, thresholds and outputs. Thresholds are rounded so that every input of this
        precision goes where the model sends it.
    feature_names : sequence of str, optional
        Written into the model's metadata. By default the model's own.
    codes : bool, default=False
        Say True where the model numbers categories itself and rows will hold its numbers:
        `treeprune.backends.encode` gives them, `treeprune.export.own_words.own_categories` says which
        stands for what.

    Returns
    -------
    OnnxModel
        With the input ``X`` of shape (n_rows, n_features), and the outputs ``raw``, and of a classifier
        ``label`` and ``probabilities`` (``label_0``, ``probabilities_0``, ... of several targets), else
        ``prediction``.

    Raises
    ------
    ImportError
        If onnx is not installed; of a pipeline, skl2onnx.
    UnsupportedModelError
        If the model, or a step before it, cannot be held.
    ValueError
        If the model numbers categories itself and `codes` is not set.

    Notes
    -----
    Trees are one TreeEnsemble node (ai.onnx.ml 5, the first that compares in double precision and knows
    sets of categories; onnxruntime takes it since 1.21). NaN is missing, and so is what XGBoost's
    ``missing`` names; it goes where the trees send it, also where the native model refuses missing values.
    Sums are in `dtype`, in an order of the runtime's own. Ties of ``label`` go to the first class.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune.export.onnx_model import to_onnx
    >>> X, y = load_iris(return_X_y=True)
    >>> exported = to_onnx(DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y))
    >>> exported.run(X[:1])["label"].tolist()
    [0]
    """
    if dtype not in ("float64", "float32"):
        raise ValueError(f"dtype must be 'float64' or 'float32', got {dtype!r}")
    needed("onnx", "onnx", "to_onnx")
    given = Given.of(model)
    core = _core(given, dtype, feature_names, codes=codes)
    if given.before is not None:
        if X is None:
            raise ValueError(
                "of a pipeline to_onnx needs some rows as X: they name the columns, and the steps before "
                "the model are compared on them"
            )
        core = with_steps(given.before, core, X, dtype)
    return OnnxModel(core.SerializeToString(), dtype)


def _core(given: Given, dtype: Dtype, feature_names: Sequence[str] | None, *, codes: bool) -> Any:
    """The model alone."""
    read, graph, names = given.read, Graph(dtype), given.names(feature_names)
    if isinstance(read, LinearModel):
        raw = _linear_raw(graph, read)
    else:
        check_codes(given, "ONNX", codes=codes)
        raw = add_raw(graph, read, "X", missing_between(given.model, read))
    add_link(graph, raw, given.answer)
    return graph.model({"X": read.n_features}, {"feature_names": json.dumps(names)} if names else {})


def _linear_raw(graph: Graph, linear: LinearModel) -> str:
    used = linear.used_features()
    rows = graph.columns("X", used.tolist())  # missing values of the others do not matter
    raw = graph.add("MatMul", rows, graph.constant(linear.coef[used]))
    return str(graph.add("Add", raw, graph.constant(linear.intercept)))
