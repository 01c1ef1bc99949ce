"""A model of trees for treelite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.exceptions import UnsupportedModelError
from treeprune.export.artefact import needed
from treeprune.export.given import Given, check_codes
from treeprune.export.inputs import missing_between
from treeprune.export.questions import Question, leaf_terms, questions
from treeprune.model.ensemble import Array, Link, TreeEnsemble
from treeprune.model.traverse import total_weights

_POSTPROCESSORS: dict[Link, str] = {
    "identity": "identity",
    "logit": "sigmoid",
    "log": "exponential",
    "step": "hinge",
    "log1p_exp": "logarithm_one_plus_exp",
    "signed_square": "signed_square",
    "isolation": "exponential_standard_ratio",
    "softmax": "softmax",
}
_TASKS = {"regression": "kRegressor", "ranking": "kLearningToRank", "anomaly": "kIsolationForest"}
_SCALED_LATER = ("logit", "isolation")


def to_treelite(model: Any, *, codes: bool = False) -> Any:
    """Build a treelite model.

    Parameters
    ----------
    model : fitted model of a registered family, or TreeEnsemble
        Fitted pruners and freezers are looked into.
    codes : bool, default=False
        Say True where the model numbers categories itself and rows will hold its numbers:
        `treeprune.backends.encode` gives them, `treeprune.export.own_words.own_categories` says which
        stands for what.

    Returns
    -------
    treelite.Model
        In double precision. It predicts probabilities or numbers, of two classes behind a logit the
        second's alone.

    Raises
    ------
    ImportError
        If treelite is not installed.
    UnsupportedModelError
        If treelite cannot hold the model: medians, zeros that are missing, numbers that mean missing.
    ValueError
        If the model numbers categories itself and `codes` is not set.

    Notes
    -----
    Rows are in double precision, NaN is missing, and codes of categories are whole numbers. Thresholds
    decide as the model does on rounded inputs. Sums are in double precision; means are sums of terms that
    have been divided. Where treelite's postprocessor knows no factor (AdaBoost's), the terms hold it.

    Examples
    --------
    >>> import treelite
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune.export.treelite_model import to_treelite
    >>> X, y = load_iris(return_X_y=True)
    >>> model = to_treelite(DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y))
    >>> treelite.gtil.predict(model, X[:1])
    array([[[1., 0., 0.]]])
    """
    treelite = needed("treelite", "treelite", "to_treelite")
    given = Given.of(model)
    e = given.trees("a treelite model")
    check_codes(given, "treelite", codes=codes)
    if e.aggregation == "median" and e.n_trees > 1:
        raise UnsupportedModelError(
            "this model answers with the weighted median of its trees, and treelite adds them up; export "
            "it as ONNX, C or Python"
        )
    if missing_between(given.model, e) is not None:
        raise UnsupportedModelError(
            f"the model takes {given.model.missing!r} for missing, which treelite has no place for; export "
            "treeprune.backends.read(model), for rows that hold NaN instead"
        )
    shape = _Shape.of(e)
    builder = treelite.model_builder.ModelBuilder(
        threshold_type="float64",
        leaf_output_type="float64",
        metadata=treelite.model_builder.Metadata(
            num_feature=e.n_features,
            task_type=shape.task,
            average_tree_output=False,
            num_target=len(shape.classes),
            num_class=list(shape.classes),
            leaf_vector_shape=(len(shape.classes), max(shape.classes)) if shape.vectors else (1, 1),
        ),
        tree_annotation=treelite.model_builder.TreeAnnotation(e.n_trees, *shape.annotation(e.output)),
        postprocessor=_postprocessor(treelite, e, shape),
        base_scores=shape.spread(e.base_score * _factor(e)).tolist(),
    )
    _add_trees(builder, e, shape)
    return builder.commit()


def scale_in_terms(e: TreeEnsemble) -> float:
    """Factor of the raw outputs that the terms of a treelite model hold."""
    return 1.0 if e.link in _SCALED_LATER else e.link_scale


def columns_of(e: TreeEnsemble, predicted: Array) -> Array:
    """What treelite predicts, shape (n_rows, n_targets, n_classes), as the ensemble's columns.

    Parameters
    ----------
    e : TreeEnsemble
    predicted : ndarray

    Returns
    -------
    ndarray, shape (n_rows, n_columns)
    """
    classes = _Shape.of(e).classes
    return np.hstack([predicted[:, k, :n] for k, n in enumerate(classes)])


def _factor(e: TreeEnsemble) -> Array:
    """By what terms are multiplied, one a column."""
    total = total_weights(e) if e.aggregation == "mean" else np.ones(e.n_columns)
    return scale_in_terms(e) / total


@dataclass(frozen=True)
class _Shape:
    """What treelite calls the columns of an ensemble.

    Parameters
    ----------
    task : str
    classes : tuple of int
        Columns of each target.
    vectors : bool
        Whether each leaf holds numbers for all columns.
    """

    task: str
    classes: tuple[int, ...]
    vectors: bool

    @classmethod
    def of(cls, e: TreeEnsemble) -> _Shape:
        vectors = e.n_columns > 1 and bool((e.output < 0).any())
        if e.task != "classification":
            return cls(_TASKS[e.task], (1,) * e.n_columns, vectors)
        return cls("kBinaryClf" if e.columns == (1,) else "kMultiClf", e.columns, vectors)

    def place(self, column: int) -> tuple[int, int]:
        """Target of a column, and which class of it."""
        ends = np.cumsum(self.classes)
        target = int(np.searchsorted(ends, column, side="right"))
        return target, column - int(ends[target] - self.classes[target])

    def annotation(self, output: Array) -> tuple[list[int], list[int]]:
        """Target and class that each tree feeds."""
        if self.vectors:
            return [-1] * len(output), [-1] * len(output)
        places = [self.place(max(column, 0)) for column in output.tolist()]
        return [target for target, _ in places], [k for _, k in places]

    def spread(self, values: Array) -> Array:
        """Numbers of all columns, each target's filled up to the longest."""
        full = np.zeros((len(self.classes), max(self.classes)))
        for column, value in enumerate(values):
            full[self.place(column)] = value
        return full.ravel()


def _postprocessor(treelite: Any, e: TreeEnsemble, shape: _Shape) -> Any:
    name = _POSTPROCESSORS[e.link]
    if shape.task == "kMultiClf":
        name = {"identity": "identity_multiclass", "sigmoid": "multiclass_ova"}.get(name, name)
    options = {}
    if e.link == "logit":
        options["sigmoid_alpha"] = e.link_scale
    if e.link == "isolation":
        options["ratio_c"] = 1.0 / e.link_scale
    return treelite.model_builder.PostProcessorFunc(name, **options)


def _add_trees(builder: Any, e: TreeEnsemble, shape: _Shape) -> None:
    terms = leaf_terms(e) * _factor(e)
    asked = questions(e)
    for t in range(e.n_trees):
        own, fed = e.tree(t), int(e.output[t])
        builder.start_tree()
        for node in range(own.start, own.stop):
            builder.start_node(node - own.start)
            question = asked[node]
            if question is not None:
                _add_test(builder, question, int(e.left[node]) - own.start, int(e.right[node]) - own.start)
            elif shape.vectors:
                mine = terms[node] if fed < 0 else terms[node] * (np.arange(e.n_columns) == fed)
                builder.leaf(shape.spread(mine).tolist())
            else:
                builder.leaf(float(terms[node, max(fed, 0)]))
            builder.end_node()
        builder.end_tree()


def _add_test(builder: Any, question: Question, left: int, right: int) -> None:
    children = {"left_child_key": left, "right_child_key": right, "default_left": question.missing_left}
    if question.codes is not None:
        codes = set(question.codes)
        if question.others_left:
            codes = set(range(question.n_codes)) - codes
        builder.categorical_test(
            question.feature,
            category_list=sorted(codes),
            category_list_right_child=question.others_left,
            **children,
        )
        return
    cut, zero = question.cut, question.zero
    if zero is not None and not (cut >= zero if question.missing_left else not cut >= -zero):
        raise UnsupportedModelError(
            f"a split on column {question.feature} sends 0 where missing values go, which treelite has no "
            "test for; export the model as ONNX, C, SQL or Python"
        )
    never = bool(np.isnan(cut))
    builder.numerical_test(
        question.feature, -np.inf if never else cut, opname="<" if never else "<=", **children
    )
