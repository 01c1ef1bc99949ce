"""What pruners of linear models share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from treeprune.backends.linear import find_linear
from treeprune.feature_plan import FeaturePath, FeaturePlan
from treeprune.model.ensemble import Array
from treeprune.model.linear import LinearFamily, LinearModel
from treeprune.pruners.column_groups import ColumnGroups
from treeprune.pruners.outcomes import one_outcome
from treeprune.pruners.parameters import check_numbers
from treeprune.pruners.skin import PrunerSkin
from treeprune.statistics.weights import check_weights

_NUMBERS: dict[str, Any] = {"accept_sparse": ["csr", "csc"], "dtype": np.float64}

_ANYTHING: dict[str, Any] = {"accept_sparse": ["csr", "csc"], "dtype": None, "ensure_all_finite": False}


class LinearPruner(PrunerSkin):
    """Base of the pruners of linear models: they answer through a scikit-learn model with fewer columns.

    Attributes
    ----------
    estimator_ : object
        The pruned model, of the class of the estimator given. It takes the same columns as before; those
        that went have coefficients of 0.
    plan_ : FeaturePlan
        What became of each column or group of columns, and why.
    path_ : FeaturePath
        Every size, its loss and how far it is from the model of all columns.
    groups_ : ndarray of int64, shape (n_features_in_,)
        Group of each column.
    support_ : ndarray of bool, shape (n_features_in_,)
        Columns that the pruned model looks at.
    """

    plan_: FeaturePlan
    path_: FeaturePath
    groups_: Array
    _linear: LinearModel

    @property
    def coef_(self) -> Array:
        """Coefficients of the pruned model, 0 for columns that went."""
        coef: Array = self._of_last("coef_")
        return coef

    @property
    def intercept_(self) -> Any:
        """Intercept of the pruned model."""
        return self._of_last("intercept_")

    @property
    def n_iter_(self) -> Any:
        """Points of the path that were fitted, as the estimator's class has it."""
        return self._of_last("n_iter_")

    @property
    def classes_(self) -> Array:
        """Class labels that the pruned model predicts."""
        classes: Array = self._of_model("classes_")
        return classes

    def _of_last(self, name: str) -> Any:
        self._of_model("fit")  # says so if there is no model yet
        return getattr(last_step(self.estimator_), name)

    def compact(self) -> Any:
        """The pruned linear model for the columns alone that it looks at.

        Without a pipeline around it they are what `transform` gives.

        Returns
        -------
        object
            Of the class of `estimator_`, with as many coefficients as there are kept columns.
        """
        check_is_fitted(self)
        linear, model = self._linear, last_step(self.estimator_)
        used = np.isin(np.arange(linear.n_features), linear.used_features())
        names = None if linear.feature_names is None else np.array(linear.feature_names, object)[used]
        n_iter = getattr(model, "n_iter_", None)
        return find_linear(model).make(
            model, linear.on(used, names), int(np.max(1 if n_iter is None else n_iter))
        )

    # ------------------------------------------------------------------ fitting
    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """As for all pruners; and with one thread for products of matrices.

        More add up in another order, so that results would depend on the machine, and are seldom worth it
        for so few columns.
        """
        with super()._all_or_nothing(), threadpool_limits(1, "blas"):
            yield

    def _check_table(self, X: Any, y: Any, sample_weight: Any, *, needs_y: bool = True) -> Any:
        """Check the rows given to fit; returns numbers, y and the weights."""
        if y is None and not needs_y:
            values = validate_data(self, X, **_NUMBERS)
        else:
            values, y = validate_data(self, X, y, multi_output=True, **_NUMBERS)
            y = one_outcome(y, stacklevel=3)
        return values, y, check_weights(sample_weight, values.shape[0])

    def _check_raw(self, X: Any, y: Any, sample_weight: Any, *, needs_y: bool) -> Any:
        """The same for rows that a pipeline will make numbers of: only their shape is looked at."""
        if y is None and not needs_y:
            checked = validate_data(self, X, **_ANYTHING)
        else:
            checked, y = validate_data(self, X, y, multi_output=True, **_ANYTHING)
        return (X if hasattr(X, "columns") else checked), y, check_weights(sample_weight, checked.shape[0])

    def _check_y(self, y: Array, weights: Array, *, classifies: bool) -> tuple[Array, Array | None]:
        """Outcome as codes of classes or as numbers, and the classes."""
        name = type(self).__name__
        if y.ndim > 1:
            raise ValueError(f"{name} is for one outcome, y has {y.shape[1]}; prune a model for each")
        if not classifies:
            check_numbers(y, squares=True)
            return np.asarray(y, np.float64), None
        check_classification_targets(y)
        if type_of_target(y) not in ("binary", "multiclass"):
            raise ValueError(f"{name} needs class labels, y is {type_of_target(y)}")
        classes, codes = np.unique(y, return_inverse=True)
        present = np.unique(codes[weights > 0])
        if len(present) < 2:
            raise ValueError(f"{name} needs two classes at least, y has one class: {classes[present[0]]!r}")
        return codes.astype(np.int64), classes

    def _take_linear(self, model: Any, linear: LinearModel, groups: ColumnGroups) -> None:
        self.estimator_, self._linear = model, linear
        self.support_ = np.isin(np.arange(linear.n_features), linear.used_features())
        self.groups_ = groups.number

    # ------------------------------------------------------------------ predicting
    def _fitted_on(self, X: Any) -> Any:
        check_is_fitted(self)
        if hasattr(X, "columns"):
            validate_data(self, X, reset=False, skip_check_array=True)
        else:
            piped = isinstance(self.estimator_, Pipeline)
            validate_data(self, X, reset=False, **(_ANYTHING if piped else _NUMBERS))
        return self.estimator_

    def _by_model(self, name: str, X: Any) -> Any:
        return getattr(self._fitted_on(X), name)(X)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = tags.target_tags.two_d_labels = False
        if tags.classifier_tags is not None:
            tags.classifier_tags.multi_label = False
        tags.input_tags.allow_nan, tags.input_tags.sparse = False, True
        return tags


def last_step(model: Any) -> Any:
    """The linear model itself, fitted or not."""
    return model.steps[-1][1] if isinstance(model, Pipeline) else model


def family_of(model: Any, n_classes: int) -> LinearFamily:
    """Family of a linear model that need not be fitted; `n_classes` is 0 where numbers are predicted."""
    return find_linear(model).family(model, n_classes)
