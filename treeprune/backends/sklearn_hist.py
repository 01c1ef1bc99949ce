"""scikit-learn's histogram gradient boosting: HistGradientBoosting*."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.backends.registry import Backend, always_boosts, register
from treeprune.backends.sklearn_hist_trees import (
    category_sets,
    columns_of,
    node_arrays,
    rebuilt_predictor,
)
from treeprune.backends.sklearn_rounds import (
    ORDER,
    boosted_ensemble,
    rounds_as_grown,
    trained_by,
    whole_rounds,
)
from treeprune.backends.sklearn_tree import copied
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.model.ensemble import Array, TreeEnsemble

_ROWS_OF_A_THREAD = 20_000
"""Up to so many rows one thread is faster: threads are woken for each tree anew."""


def _monotone(model: Any) -> Array | None:
    constraints = model.monotonic_cst
    if isinstance(constraints, dict):
        constraints = [constraints.get(name, 0) for name in model.feature_names_in_]
    return None if constraints is None else np.asarray(constraints, np.int8)


def _trees(model: Any) -> list[Any]:
    """All trees, round after round."""
    n_columns = model._baseline_prediction.size
    if any(len(members) != n_columns for members in model._predictors):
        raise InvalidModelError(f"a round of this model does not hold {n_columns} trees")
    return [predictor for members in model._predictors for predictor in members]


def _read(model: Any) -> TreeEnsemble:
    if len(getattr(model, "classes_", (0, 1))) < 2:
        raise UnsupportedModelError(
            f"this {type(model).__name__} has seen the class {model.classes_.tolist()[0]!r} alone and "
            "answers nothing else: there is nothing to prune; train it on rows of two classes at least"
        )
    trees, columns = _trees(model), columns_of(model)
    sets = [category_sets(tree, columns) for tree in trees]
    words = np.concatenate([each for each, _ in sets])
    root = np.concatenate([[0], np.cumsum([len(tree.nodes) for tree in trees])]).astype(np.int64)
    first_set = np.concatenate([[0], np.cumsum([len(each) for each, _ in sets])])
    return boosted_ensemble(
        model,
        [
            node_arrays(tree, columns, int(first), int(first_one))
            for tree, first, first_one in zip(trees, root, first_set, strict=False)
        ],
        root,
        np.array(model._baseline_prediction, np.float64).ravel(),
        category_offset=words.shape[1] * np.arange(len(words) + 1, dtype=np.int64),
        category_word=words.ravel(),
        category_count=np.concatenate([n_codes for _, n_codes in sets]),
        unknown_category="default",
        monotone=_monotone(model),
        input_dtype="float64",
        infinite=True,
    )


def _scores(scores: Array, rounds: list[int], n_native: int, n_true: int) -> Array:
    """Scores of a model that keeps some of its rounds; the first score is that of no round."""
    if len(rounds) == n_true == n_native:
        return scores.copy()
    if len(scores) != n_native + 1:  # they were not kept all along, so nobody knows whose they are
        return scores[:0].copy()
    cut: Array = scores[[0, *(number + 1 for number in rounds)]]
    # an unknown score counts as the worst: NaN would end early stopping after one more round
    cut[n_true + 1 :] = -np.inf
    return cut


def _write(model: Any, ensemble: TreeEnsemble) -> Any:
    whole = _read(model)
    rounds = whole_rounds(whole, ensemble)
    predictors = [
        [
            rebuilt_predictor(model._predictors[number][column], source, t, column)
            for column, (source, t) in enumerate(sources)
        ]
        for number, sources in rounds.items()
    ]
    new = copied(model, _predictors=predictors)
    n_native = len(model._predictors)
    if len(rounds) != n_native:
        new.max_iter = len(rounds)
    n_true = rounds_as_grown(whole, ensemble)
    for name in ("train_score_", "validation_score_"):
        setattr(new, name, _scores(getattr(model, name), list(rounds), n_native, n_true))
    return new


def _tree_output(model: Any, tree: int, rows: Array) -> Array:
    """What one tree adds, by scikit-learn's own code on the columns as the trees see them."""
    n_columns = model._baseline_prediction.size
    number, column = divmod(tree, n_columns)
    out = np.zeros((len(rows), n_columns))
    seen = np.ascontiguousarray(rows[:, columns_of(model).order], np.float64)
    known, place = model._bin_mapper.make_known_categories_bitsets()
    out[:, column] = model._predictors[number][column].predict(seen, known, place, n_threads=1)
    return out


def _raw_output(model: Any, rows: Array) -> Array:
    from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

    threads = _openmp_effective_n_threads(None if len(rows) > _ROWS_OF_A_THREAD else 1)
    seen = np.ascontiguousarray(rows[:, columns_of(model).order], np.float64)
    raw = np.tile(np.ravel(model._baseline_prediction), (len(rows), 1))
    model._predict_iterations(seen, model._predictors, raw, is_binned=False, n_threads=threads)
    return raw


def _encode(model: Any, X: Any) -> Array:
    seen: Array = model._preprocess_X(X, reset=False)
    table = np.empty_like(seen)
    table[:, columns_of(model).order] = seen
    return table


def _in_bag(model: Any, tree: int, n_rows: int) -> Array | None:
    held_out = model.do_early_stopping_ and model._use_validation_data
    if held_out or n_rows != model._predictors[0][0].nodes["count"][0]:
        return None
    return np.ones(n_rows, np.int64)


register(
    ("sklearn:HistGradientBoostingClassifier", "sklearn:HistGradientBoostingRegressor"),
    Backend(
        _read,
        _write,
        _raw_output,
        _in_bag,
        _encode,
        _tree_output,
        limits={"order": ORDER},
        boosts=always_boosts,
        trained_by=trained_by,
        class_trees=True,
    ),
)
