"""XGBoost: the scikit-learn wrappers and the plain `Booster`.

Everything goes through XGBoost's public functions and the document that `save_raw` gives; what the
document lacks (the parameters of training) goes from `save_config` to `load_config`.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np

from treeprune.backends.registry import Backend, always_boosts, register
from treeprune.backends.sklearn_tree import copied
from treeprune.backends.xgboost_encode import encode_table
from treeprune.backends.xgboost_layout import Layout
from treeprune.backends.xgboost_objective import answer_fields, trained_by
from treeprune.backends.xgboost_read import read_layout
from treeprune.backends.xgboost_write import stub, write_layout
from treeprune.formats.ubjson import dumps, loads
from treeprune.formats.xgboost_model import check_document
from treeprune.model.ensemble import Array, TreeEnsemble


def _booster(model: Any) -> Any:
    return model.get_booster() if hasattr(model, "get_booster") else model


def _layout(booster: Any) -> Layout:
    document = loads(bytes(booster.save_raw("ubj")))
    check_document(document)
    return Layout(document)


def _loaded(document: dict[str, Any], config: str | None = None) -> Any:
    """Booster of a document, with the training parameters of another."""
    import xgboost

    with xgboost.config_context(verbosity=0):  # what XGBoost had to say it said to the original
        booster = xgboost.Booster()
        booster.load_model(bytearray(dumps(document)))
        if config is not None:
            booster.load_config(config)
    return booster


def _n_rounds(model: Any) -> int:
    """Number of rounds that the model predicts with: a wrapper stops at the best one."""
    booster = _booster(model)
    n_rounds = int(booster.num_boosted_rounds())
    best = None if booster is model else booster.attr("best_iteration")
    return n_rounds if best is None else min(int(best) + 1, n_rounds)


def _old_dart(booster: Any) -> bool:
    """Whether XGBoost has code of its own for the model's DART trees, as it did before 3.3."""
    name: str = json.loads(booster.save_config())["learner"]["gradient_booster"]["name"]
    return name == "dart"


def _native_rows(booster: Any, rows: Array) -> Any:
    """Encoded rows in XGBoost's own container."""
    import xgboost

    return xgboost.DMatrix(
        rows, feature_names=booster.feature_names, feature_types=booster.feature_types, nthread=1
    )


def _margin(booster: Any, rows: Array, n_rounds: int) -> Array:
    rows = np.ascontiguousarray(rows, np.float32)
    how: dict[str, Any] = {"iteration_range": (0, n_rounds), "strict_shape": True}
    if _old_dart(booster):
        # in place, it subtracts the base score from each tree's output anew: other last bits than here
        margin = booster.predict(_native_rows(booster, rows), output_margin=True, **how)
    else:
        margin = booster.inplace_predict(rows, predict_type="margin", **how)
    return np.asarray(margin, np.float64)


def _base_margin(layout: Layout, n_columns: int) -> Array:
    """Where the sum of the trees starts: what XGBoost answers when each tree adds 0.

    The document holds the number as a probability or rate. Only XGBoost's own code turns it into a
    margin with the same last bit.
    """
    bare = Layout(layout.document)
    stubs = [stub(bare.trees[0])] * n_columns
    bare.replace_trees(stubs, np.arange(n_columns), np.array([0, n_columns]), np.ones(n_columns))
    booster = _loaded(bare.document)
    booster.set_param({"nthread": 1})  # starting threads costs more than the rest
    return _margin(booster, np.full((1, layout.n_features), np.nan), 1)[0]


def _signs(given: Any, names: list[str] | None, n_features: int) -> Array | None:
    """Signs of constraints, in any of the ways to give them; None if there are none."""
    if isinstance(given, dict):
        listed = [given.get(name, 0) for name in names or []]
    elif isinstance(given, str):
        listed = [int(sign) for sign in given.strip("()[] ").split(",") if sign.strip()]
    else:
        listed = [] if given is None else list(given)
    if not any(listed):
        return None
    signs = np.zeros(n_features, np.int8)
    signs[: len(listed)] = np.sign(listed[:n_features])
    return signs


def _monotone(model: Any, booster: Any, n_features: int) -> Array | None:
    trained = json.loads(booster.save_config())["learner"]["gradient_booster"]
    trained = trained.get("gbtree", trained)
    names = booster.feature_names
    own = _signs(trained.get("tree_train_param", {}).get("monotone_constraints"), names, n_features)
    # a model file lacks the parameters of training; the wrapper may still hold them
    return _signs(getattr(model, "monotone_constraints", None), names, n_features) if own is None else own


def _kind(model: Any) -> str | None:
    if not hasattr(model, "get_booster"):
        return None
    from sklearn.base import is_classifier, is_regressor

    return "classifier" if is_classifier(model) else "regressor" if is_regressor(model) else "ranker"


def _read(model: Any) -> TreeEnsemble:
    booster = _booster(model)
    layout = _layout(booster)
    kind = _kind(model)
    labels = getattr(model, "classes_", None) if kind == "classifier" else None
    about = answer_fields(layout.learner, labels, kind)
    names = booster.feature_names
    about |= {
        "monotone": _monotone(model, booster, layout.n_features),
        "feature_names": None if names is None else tuple(names),
        # wrappers predict in place, where XGBoost takes infinity for a number; its DMatrix does not
        "infinite": kind is not None and not _old_dart(booster),
    }
    base_score = _base_margin(layout, sum(about["columns"]))
    return read_layout(layout, _n_rounds(model), base_score, about)


def _write(model: Any, ensemble: TreeEnsemble) -> Any:
    booster = _booster(model)
    layout = _layout(booster)
    n_used = _n_rounds(model)
    new_booster = _loaded(write_layout(layout, ensemble), booster.save_config())
    new_booster.__class__ = type(booster)
    own = {name: copy.deepcopy(value) for name, value in vars(booster).items() if name != "handle"}
    new_booster.__dict__.update(own)
    if booster is model:
        return new_booster
    new = copied(model, _Booster=new_booster)
    n_kept = len(layout.rounds) - 1
    if n_kept < n_used:
        new.n_estimators = n_kept
        new.__dict__.pop("evals_result_", None)  # its figures are of rounds that are no more
    return new


def _raw_output(model: Any, rows: Array) -> Array:
    booster = _booster(model)
    return _margin(booster, rows, _n_rounds(model))


def _tree_output(model: Any, tree: int, rows: Array) -> Array:
    booster = _booster(model)
    layout = _layout(booster)
    own_round = int(np.searchsorted(layout.rounds, tree, side="right")) - 1
    table = _native_rows(booster, rows)
    leaves = booster.predict(table, pred_leaf=True, iteration_range=(0, own_round + 1))
    leaf = leaves.reshape(len(rows), -1)[:, tree].astype(np.int64)
    out = np.zeros((len(rows), int(layout.columns.max()) + 1))
    value = np.asarray(layout.trees[tree]["split_conditions"], np.float64)[leaf]
    out[:, layout.columns[tree]] = layout.weights[tree] * value
    return out


def _encode(model: Any, X: Any) -> Any:
    if _kind(model) == "ranker" and "qid" in getattr(X, "columns", ()):
        X = X.drop("qid", axis=1) if hasattr(X, "loc") else X.drop("qid")
    missing = getattr(model, "missing", None)
    return encode_table(_booster(model), X, np.nan if missing is None else float(missing))


def _forgets(model: Any) -> str:
    """XGBoost's files hold trees and no parameters; a loaded wrapper has those by default."""
    unset = getattr(model, "n_estimators", 0) is None and model.early_stopping_rounds is None
    if not unset or not model.__sklearn_is_fitted__():
        return ""
    own, new = model.get_booster().num_boosted_rounds(), model.get_num_boosting_rounds()
    return "" if own == new else f"it has {own} rounds of trees, and by its parameters it would have {new}"


register(
    (
        "xgboost:XGBClassifier",
        "xgboost:XGBRegressor",
        "xgboost:XGBRFClassifier",
        "xgboost:XGBRFRegressor",
        "xgboost:XGBRanker",
        "xgboost:Booster",
    ),
    Backend(
        _read,
        _write,
        _raw_output,
        in_bag=lambda model, tree, n_rows: None,  # XGBoost does not say which rows it drew
        encode=_encode,
        tree_output=_tree_output,
        limits={
            "order": "each tree corrects the sum of those before it, and rounds hold one tree a column"
        },
        boosts=always_boosts,
        trained_by=trained_by,
        forgets=_forgets,
        class_trees=True,
        fits_codes=True,
        refused_in_names="[]<",
    ),
)
