"""A forest of scikit-learn that becomes a gradient boosting model of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.backends import check_answers
from treeprune.backends.sklearn_tree import copied, rebuilt_tree
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array, TreeEnsemble

_MADE_OF = (
    "RandomForestClassifier",
    "RandomForestRegressor",
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
    "DecisionTreeClassifier",
    "DecisionTreeRegressor",
    "ExtraTreeClassifier",
    "ExtraTreeRegressor",
)


def check_can_be_boosted(model: Any) -> None:
    """Refuse what no gradient boosting model can be made of.

    Parameters
    ----------
    model : object
        Fitted.

    Raises
    ------
    UnsupportedModelError
    """
    name = type(model).__name__
    if name not in _MADE_OF or not type(model).__module__.startswith("sklearn."):
        raise UnsupportedModelError(
            f'family="boosting" makes a gradient boosting model out of a tree or forest of scikit-learn, '
            f'not of a {name}; use family="same"'
        )


def as_gradient_boosting(model: Any, ensemble: TreeEnsemble, rows: Array | None = None) -> Any:
    """Gradient boosting model that holds the trees of a forest as steps of a sum.

    Parameters
    ----------
    model : object
        The forest, or tree, that the trees came from; it is left untouched.
    ensemble : TreeEnsemble
        Edited, of what `treeprune.criteria.joint.family.as_boosted` gave: trees are numbered by round, one
        for each column; those that are missing from a round add 0.
    rows : ndarray, shape (n_rows, n_features), optional
        Rows of the user's data to check on; those with missing values are left out.

    Returns
    -------
    GradientBoostingClassifier or GradientBoostingRegressor
        With `init="zero"` and a learning rate of 1. It takes no missing values, as its class does not.

    Raises
    ------
    ModelMismatchError
        If its output is not that of the ensemble, see `treeprune.backends.write`.
    """
    from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

    e = ensemble
    native = [member.tree_ for member in getattr(model, "estimators_", [model])]
    rounds = np.unique(e.tree_id // e.n_columns)
    make = GradientBoostingClassifier if e.task == "classification" else GradientBoostingRegressor
    new = make(n_estimators=len(rounds), learning_rate=1.0, init="zero")
    _fit_to_nothing(new, model, e)
    member = new.estimators_[0, 0]
    members = np.empty((len(rounds), e.n_columns), object)
    position = {int(tree): t for t, tree in enumerate(e.tree_id)}
    for row, number in enumerate(rounds):
        for column in range(e.n_columns):
            t = position.get(int(number) * e.n_columns + column)
            tree = (
                _one_leaf(member.tree_) if t is None else _steps(member.tree_, native[number], e, t, column)
            )
            members[row, column] = copied(member, tree_=tree)
    new.estimators_, new.n_estimators_ = members, len(rounds)
    new.max_depth = max(1, *(m.tree_.max_depth for m in members.ravel()))
    new.train_score_ = np.full(len(rounds), np.nan)  # nobody has scored its rounds
    check_answers(new, e, rows, "written")
    return new


def _fit_to_nothing(new: Any, model: Any, e: TreeEnsemble) -> None:
    """Give a model all that a fitted one has, by rows of zeros; its one tree is a template."""
    n_rounds, n = new.n_estimators, 2 * max(len(e.classes[0]) if e.classes else 1, 1)
    y = np.tile(e.classes[0], 2) if e.classes else np.zeros(n)
    new.set_params(n_estimators=1).fit(np.zeros((n, e.n_features)), y)
    new.n_estimators = n_rounds
    if e.feature_names is not None:
        new.feature_names_in_ = model.feature_names_in_.copy()


def _steps(template: Any, native: Any, e: TreeEnsemble, t: int, column: int) -> Any:
    """A regression tree with the structure of a forest's tree and the steps of the ensemble."""
    values = e.value[e.tree(t), column].reshape(-1, 1, 1)
    return _with_state(template, rebuilt_tree(native, e, t, _padded(native, values)), values)


def _padded(native: Any, values: Array) -> Array:
    """Values in the shape of the native tree's, as it checks them."""
    shape = native.value.shape[1:]
    return np.broadcast_to(values, (len(values), *shape)).copy()


def _with_state(template: Any, tree: Any, values: Array) -> Any:
    make, arguments = template.__reduce__()[:2]
    new = make(*arguments)
    new.__setstate__(tree.__getstate__() | {"values": np.ascontiguousarray(values)})
    return new


def _one_leaf(template: Any) -> Any:
    """A tree that adds 0."""
    return _with_state(template, template, np.zeros_like(template.value[:1]))
