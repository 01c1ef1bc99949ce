"""XGBoost's and LightGBM's estimators for Dask: the same documents in another wrapper.

Each is read and written as the local estimator that it stands for. Its client belongs to the process:
the written model gets the same one, not a copy.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from treeprune.backends.registry import Backend, check_supported, find_backend, register
from treeprune.model.ensemble import Array, TreeEnsemble

_NAMES = (
    "lightgbm:DaskLGBMClassifier",
    "lightgbm:DaskLGBMRanker",
    "lightgbm:DaskLGBMRegressor",
    "xgboost:DaskXGBClassifier",
    "xgboost:DaskXGBRanker",
    "xgboost:DaskXGBRegressor",
)
_OF_THE_CLIENT = ("client", "_client", "_asynchronous")


def _local_class(model: Any) -> Any:
    for cls in type(model).__mro__:
        package = cls.__module__.partition(".")[0]
        if f"{package}:{cls.__qualname__}" in _NAMES:
            return getattr(import_module(package), cls.__qualname__.removeprefix("Dask"))
    raise TypeError(f"{type(model).__name__} is no estimator for Dask")


def _local(model: Any) -> Any:
    """The local estimator that holds what a Dask estimator holds, but for the client."""
    cls = _local_class(model)
    local = cls.__new__(cls)
    local.__dict__.update({k: v for k, v in vars(model).items() if k not in _OF_THE_CLIENT})
    if "client" in vars(local).get("_other_params", {}):
        local._other_params = {k: v for k, v in local._other_params.items() if k != "client"}
    return local


def _of_local(model: Any) -> Backend:
    """Backend of the local estimator, for what parameters say before anything is fitted."""
    return check_supported(_local(model))


def _read(model: Any) -> TreeEnsemble:
    local = _local(model)
    return find_backend(local).read(local)


def _write(model: Any, ensemble: TreeEnsemble) -> Any:
    local = _local(model)
    written = find_backend(local).write(local, ensemble)
    cls: Any = type(model)
    new = cls.__new__(cls)
    new.__dict__.update({k: vars(model)[k] if k in _OF_THE_CLIENT else None for k in vars(model)})
    new.__dict__.update(vars(written))
    return new


def _raw_output(model: Any, rows: Array) -> Array:
    local = _local(model)
    return find_backend(local).raw_output(local, rows)


def _tree_output(model: Any, tree: int, rows: Array) -> Array:
    local = _local(model)
    own = find_backend(local).tree_output
    assert own is not None  # both vendors have one
    return own(local, tree, rows)


def _in_bag(model: Any, tree: int, n_rows: int) -> Array | None:
    return None  # rows lie on the workers, in an order of their own


def _encode(model: Any, X: Any) -> Any:
    """A table as its trees see it; of a Dask collection, all of it in this process."""
    local = _local(model)
    return find_backend(local).encode(local, X.compute() if hasattr(X, "__dask_graph__") else X)


register(
    _NAMES,
    Backend(
        _read,
        _write,
        _raw_output,
        _in_bag,
        _encode,
        _tree_output,
        limits={"order": "each tree corrects the sum of those before it"},
        boosts=lambda model: _of_local(model).boosts(model),
        trained_by=lambda model: _of_local(model).trained_by(model),
        class_trees=True,
    ),
)
