"""LightGBM: `LGBMClassifier`, `LGBMRegressor`, `LGBMRanker` and `Booster`.

A model goes through its text, which is what LightGBM itself saves, pickles and copies: handles of
memory, training data and network belong to one process and one object. Everything that Python holds
around the text is copied.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from treeprune.backends.lightgbm_encode import check_order, encoded
from treeprune.backends.lightgbm_output import boosts, output_fields, trained_by
from treeprune.backends.lightgbm_read import ensemble_of
from treeprune.backends.lightgbm_write import document_of
from treeprune.backends.registry import Backend, register
from treeprune.backends.sklearn_tree import copied
from treeprune.exceptions import UnsupportedModelError
from treeprune.formats.lightgbm_fields import integers
from treeprune.formats.lightgbm_model import check_document
from treeprune.formats.lightgbm_text import LightGBMDocument, parse, serialise
from treeprune.model.ensemble import Array, TreeEnsemble

_NUMBER_OF_ROUNDS = (
    "n_estimators",
    "num_iterations",
    "num_iteration",
    "n_iter",
    "num_tree",
    "num_trees",
    "num_round",
    "num_rounds",
    "nrounds",
    "num_boost_round",
    "max_iter",
)
"""LightGBM's names for one parameter."""


def _booster(model: Any) -> Any:
    return getattr(model, "booster_", model)


def _used_document(booster: Any) -> LightGBMDocument:
    """The rounds that `predict` uses: after early stopping, those up to the best."""
    used = booster.best_iteration if booster.best_iteration > 0 else -1
    document = parse(booster.model_to_string(num_iteration=used))
    check_document(document)
    return document


def _output_fields(model: Any, document: LightGBMDocument) -> dict[str, Any]:
    from lightgbm import LGBMClassifier, LGBMRanker

    return output_fields(
        document.header,
        getattr(model, "classes_", None),
        ranks=isinstance(model, LGBMRanker),
        classifies=isinstance(model, LGBMClassifier),
    )


def _read(model: Any) -> TreeEnsemble:
    if getattr(model, "pred_early_stop", False):
        raise UnsupportedModelError(
            "pred_early_stop: this model stops summing its trees where a row seems clear, so it does not "
            "answer what they say; set pred_early_stop=False"
        )
    document = _used_document(_booster(model))
    return ensemble_of(document, _output_fields(model, document))


def _rebuilt_booster(booster: Any, document: LightGBMDocument) -> Any:
    """Booster with the trees of a document and everything else that a pickled copy has."""
    state: dict[str, Any] = copy.deepcopy(booster.__getstate__())
    state["_handle"] = serialise(document)
    state["_network"] = False  # a connection has one owner, who closes it
    if booster.best_iteration > 0:
        n_columns = int(document.header["num_tree_per_iteration"] or 1)
        state["best_iteration"] = len(document.trees) // n_columns
    cls: Any = type(booster)
    new = cls.__new__(cls)
    new.__setstate__(state)
    return new


def _set_rounds(model: Any, n_rounds: int) -> None:
    """Let a wrapper's parameters say how many rounds its booster has."""
    given = [name for name in _NUMBER_OF_ROUNDS if name in model._other_params]
    for name in {"n_estimators", *given}:
        setattr(model, name, n_rounds)
    model._other_params.update(dict.fromkeys(given, n_rounds))


def _write(model: Any, ensemble: TreeEnsemble) -> Any:
    booster = _booster(model)
    old = _used_document(booster)
    document = document_of(old, ensemble)
    new_booster = _rebuilt_booster(booster, document)
    if booster is model:
        return new_booster
    new = copied(model, _Booster=new_booster)
    if len(document.trees) != len(old.trees):
        _set_rounds(new, len(document.trees) // ensemble.n_columns)
    if new._best_iteration > 0:
        new._best_iteration = new_booster.best_iteration
    return new


def _raw(booster: Any, rows: Array, **which: int) -> Array:
    n_columns = booster.num_model_per_iteration()
    if not len(rows):  # LightGBM refuses tables without rows
        return np.zeros((0, n_columns))
    raw: Array = booster.predict(np.ascontiguousarray(rows, np.float64), raw_score=True, **which)
    return raw.reshape(len(rows), n_columns)


def _rounds_averaged(booster: Any) -> int:
    """Number of rounds of a random forest, whose raw output is a sum for all that; else 1."""
    header, _, _ = booster.model_to_string(num_iteration=1).partition("\n\n")
    if "average_output" not in header.splitlines():
        return 1
    rounds = int(booster.num_trees() // booster.num_model_per_iteration())
    return min(rounds, booster.best_iteration) if booster.best_iteration > 0 else rounds


def _raw_output(model: Any, rows: Array) -> Array:
    booster = _booster(model)
    return _raw(booster, rows) / _rounds_averaged(booster)


def _tree_output(model: Any, tree: int, rows: Array) -> Array:
    booster = _booster(model)
    iteration, column = divmod(tree, booster.num_model_per_iteration())
    out = np.zeros((len(rows), booster.num_model_per_iteration()))
    out[:, column] = _raw(booster, rows, start_iteration=iteration, num_iteration=1)[:, column]
    return out


def _in_bag(model: Any, tree: int, n_rows: int) -> Array | None:
    booster = _booster(model)
    iteration, column = divmod(tree, booster.num_model_per_iteration())
    text = booster.model_to_string(start_iteration=iteration, num_iteration=1)
    counts = integers(parse(text).trees[column], "leaf_count")
    # rows are drawn without replacement: a tree that saw so many saw each once, else it does not say which
    return np.ones(n_rows, np.int64) if counts.sum() == n_rows else None


def _encode(model: Any, X: Any) -> Any:
    booster = _booster(model)
    check_order(X, booster.feature_name())
    return encoded(X, booster.pandas_categorical, single="biufO" if booster is model else "biuf")


register(
    (
        "lightgbm:LGBMClassifier",
        "lightgbm:LGBMRegressor",
        "lightgbm:LGBMRanker",
        "lightgbm:Booster",
    ),
    Backend(
        _read,
        _write,
        _raw_output,
        _in_bag,
        encode=_encode,
        tree_output=_tree_output,
        limits={"order": "the sum starts in the first tree, and each tree corrects those before it"},
        boosts=boosts,
        trained_by=trained_by,
        class_trees=True,
        refused_in_names='",:[]{}',
    ),
)
