"""What pruners that answer through a native model share: which rows they take, and how they predict."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from treeprune.model.ensemble import Array
from treeprune.pruners.native import Native, check_columns, is_scikit_learn, predicted_task
from treeprune.pruners.skin import PrunerSkin
from treeprune.statistics.weights import check_weights


class NativeSkin(PrunerSkin):
    """A pruner whose pruned model is kept as a `Native`.

    Attributes
    ----------
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Only where X has column names that are all strings.
    classes_ : ndarray
        Only for classifiers.
    """

    _native: Native

    # ------------------------------------------------------------------ rows
    @property
    def _classifies(self) -> bool:
        return predicted_task(self._given) == "classification"

    @property
    def _lenient(self) -> dict[str, Any]:
        """Shape and column names alone are looked at: values are the native model's business."""
        return {"accept_sparse": ["csr", "csc"], "dtype": None, "ensure_all_finite": False}

    def _check_can_be_fitted(self) -> None:
        if not (self._frozen or hasattr(self._given, "get_params")):
            name = type(self._given).__name__
            raise TypeError(
                f"a {name} cannot be fitted anew, it is a trained model; prune it as it is: "
                f"{type(self).__name__}(FrozenEstimator(model)), with sklearn.frozen.FrozenEstimator"
            )

    def _check_rows(
        self, X: Any, y: Any, sample_weight: Any, *, needs_y: bool = True
    ) -> tuple[Any, Any, Array]:
        """Check the rows given to fit; returns X, y and the weights.

        A frame stays a frame, since its column names and types are the native model's business; all
        else becomes an array or a CSR matrix.
        """
        if self._frozen:
            if is_scikit_learn(self._given):
                check_is_fitted(self._given)
            # against the model that was trained: a reordered frame is an error
            check_columns(self._given, X)
        if y is None and not needs_y:
            checked = validate_data(self, X, **self._lenient)
        else:
            checked, y = validate_data(self, X, y, multi_output=True, **self._lenient)
            y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
        weights = check_weights(sample_weight, checked.shape[0])
        if needs_y and self._classifies:
            self._check_classes(y, weights)
        return (X if hasattr(X, "columns") else checked), y, weights

    def _check_classes(self, y: Array, weights: Array) -> None:
        check_classification_targets(y)
        if y.ndim == 1 and not self._frozen and len(np.unique(y[weights > 0])) < 2:
            only = np.asarray(y[weights > 0][0]).item()
            raise ValueError(f"{type(self).__name__} needs two classes at least, y has one class: {only!r}")

    def _check_held_out(self, X: Any, y: Any, sample_weight: Any, y_train: Any) -> tuple[Any, Array, Array]:
        """Check held-out rows against the columns and classes of fit; returns X, y and the weights."""
        if X is None or y is None:
            raise ValueError("X_val and y_val must be given together")
        checked = validate_data(self, X, reset=False, **self._lenient)
        if len(np.asarray(y)) != checked.shape[0]:
            raise ValueError(f"X_val has {checked.shape[0]} rows and y_val {len(np.asarray(y))}")
        _, y = validate_data(self, X, y, reset=False, multi_output=True, **self._lenient)
        y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
        weights = check_weights(sample_weight, checked.shape[0], "sample_weight_val")
        self._check_same_outcomes(y_train, y)
        return (X if hasattr(X, "columns") else checked), y, weights

    def _check_same_outcomes(self, y_train: Array, y_val: Array) -> None:
        trained, held_out = (y.reshape(len(y), -1) for y in (y_train, y_val))
        if trained.shape[1] != held_out.shape[1]:
            raise ValueError(f"y_val has {held_out.shape[1]} targets, but y has {trained.shape[1]}")
        if self._frozen or not self._classifies:  # a frozen model knows its classes itself
            return
        for known, labels in zip(trained.T, held_out.T, strict=True):
            strangers = np.unique(labels[~np.isin(labels, known)].astype(str))[:5]
            if len(strangers):
                raise ValueError(f"y_val holds classes that y does not have: {', '.join(strangers)}")

    # ------------------------------------------------------------------ predicting
    def _fitted_on(self, X: Any) -> Native:
        """The pruned model, once X is known to have its columns."""
        check_is_fitted(self)
        if hasattr(X, "columns"):  # frames go to the native model untouched
            validate_data(self, X, reset=False, skip_check_array=True)
        else:
            validate_data(self, X, reset=False, **self._lenient)
        return self._native

    def _by_model(self, name: str, X: Any) -> Any:
        native = self._fitted_on(X)
        return getattr(native.model, name)(native.table(X))

    @property
    def native_(self) -> Native:
        """The pruned model with the user's labels and column names, for the rest of treeprune."""
        check_is_fitted(self)
        return self._native

    @property
    def classes_(self) -> Any:
        """Class labels that the pruned model predicts."""
        if "estimator_" not in vars(self) or is_scikit_learn(self.estimator_) or not self._classifies:
            self._of_model("classes_")
        return self._native.classes
