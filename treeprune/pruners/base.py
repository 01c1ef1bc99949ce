"""What all pruners of trees share."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from treeprune.backends.registry import check_supported
from treeprune.joint_plan import JointPlan
from treeprune.lossless_plan import LosslessPlan
from treeprune.model.ensemble import Array, Task, TreeEnsemble
from treeprune.plan import PruningPlan
from treeprune.pruners.native import Native, check_columns, grow, is_scikit_learn, predicted_task
from treeprune.pruners.parameters import check_n_jobs
from treeprune.pruners.skin import PrunerSkin, estimator_has
from treeprune.statistics.weights import check_weights
from treeprune.tree_plan import TreePlan

Plan = PruningPlan | TreePlan | JointPlan | LosslessPlan

DEPRECATED = "deprecated"
"""What scikit-learn gives a parameter that is out of use: such a criterion says nothing."""

# shape and column names only: values are the native model's business
_LENIENT: dict[str, Any] = {
    "accept_sparse": ["csr", "csc"],
    "dtype": None,
    "ensure_all_finite": False,
}


class BasePruner(PrunerSkin):
    """Base of all pruners of trees: a meta-estimator that predicts through the pruned native model.

    As a transformer it keeps the columns that the pruned model still looks at.

    Attributes
    ----------
    estimator_ : object
        The pruned model, of the class of the estimator given. A library that takes codes alone for
        classes, or refuses characters in column names, has been fitted on codes and on safe names;
        the pruner itself takes and gives the user's own.
    plan_ : PruningPlan, TreePlan or JointPlan
        Every split that became a leaf, or what became of each tree, and why.
    support_ : ndarray of bool, shape (n_features_in_,)
        Columns that the pruned model uses.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Only where X has column names that are all strings.
    classes_ : ndarray
        Only for classifiers.
    """

    # ------------------------------------------------------------------ fitting
    def _check_model(self) -> Task:
        """Refuse what cannot be pruned, before anything is fitted; returns what the model predicts."""
        check_supported(self._given)
        if not (self._frozen or hasattr(self._given, "get_params")):
            name = type(self._given).__name__
            raise TypeError(
                f"a {name} cannot be fitted anew, it is a trained model; prune it as it is: "
                f"{type(self).__name__}(FrozenEstimator(model)), with sklearn.frozen.FrozenEstimator"
            )
        check_n_jobs(getattr(self, "n_jobs", None))
        return predicted_task(self._given)

    @property
    def _classifies(self) -> bool:
        return predicted_task(self._given) == "classification"

    def _n_classes(self, y: Any) -> int | None:
        """Number of classes of the model given or to be fitted; None for several targets."""
        known = self._frozen and self._classifies
        classes = Native(self._given).classes if known else None
        if classes is None:
            return len(np.unique(y)) if y is not None and y.ndim == 1 else None
        return None if isinstance(classes, list) else len(classes)

    def _check_rows(self, X: Any, y: Any, sample_weight: Any, *, needs_y: bool = True) -> Any:
        """Check the rows given to fit; returns X, y and the weights.

        A frame stays a frame, since its column names and types are the native model's business; all
        else becomes an array or a CSR matrix.
        """
        inner = self._given
        if self._frozen:
            if is_scikit_learn(inner):
                check_is_fitted(inner)
            # against the model that was trained: a reordered frame is an error
            check_columns(inner, X)
        if y is None and not needs_y:
            checked = validate_data(self, X, **_LENIENT)
        else:
            checked, y = validate_data(self, X, y, multi_output=True, **_LENIENT)
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

    def _check_held_out(self, X: Any, y: Any, sample_weight: Any, y_train: Any) -> Any:
        """Check held-out rows against the columns and classes of fit; returns X, y and the weights."""
        if X is None or y is None:
            raise ValueError("X_val and y_val must be given together")
        checked = validate_data(self, X, reset=False, **_LENIENT)
        if len(np.asarray(y)) != checked.shape[0]:
            raise ValueError(f"X_val has {checked.shape[0]} rows and y_val {len(np.asarray(y))}")
        _, y = validate_data(self, X, y, reset=False, multi_output=True, **_LENIENT)
        weights = check_weights(sample_weight, checked.shape[0], "sample_weight_val")
        if not self._frozen:  # a frozen model knows its classes itself
            self._check_same_outcomes(y_train, y)
        return (X if hasattr(X, "columns") else checked), y, weights

    def _check_same_outcomes(self, y_train: Array, y_val: Array) -> None:
        trained, held_out = (y.reshape(len(y), -1) for y in (y_train, y_val))
        if trained.shape[1] != held_out.shape[1]:
            raise ValueError(f"y_val has {held_out.shape[1]} targets, but y has {trained.shape[1]}")
        if not self._classifies:
            return
        for known, labels in zip(trained.T, held_out.T, strict=True):
            strangers = np.unique(labels[~np.isin(labels, known)].astype(str))[:5]
            if len(strangers):
                raise ValueError(f"y_val holds classes that y does not have: {', '.join(strangers)}")

    def _grow(self, X: Any, y: Any, sample_weight: Any) -> Native:
        """The model to prune: the one given, or a fresh copy fitted on the rows."""
        return Native(self._given) if self._frozen else grow(self.estimator, X, y, sample_weight)

    def _finish(self, native: Native, edited: TreeEnsemble, plan: Plan, X: Any) -> Self:
        """Write the pruned model and keep it, with its record."""
        return self._take(native.written(edited, X), edited, plan)

    def _take(self, written: Native, edited: TreeEnsemble, plan: Plan) -> Self:
        """Keep a pruned model, with its record."""
        self._native = written
        self.estimator_ = written.model
        self.plan_ = plan
        self.support_ = np.isin(np.arange(edited.n_features), edited.used_features())
        return self

    # ------------------------------------------------------------------ predicting
    def _fitted_on(self, X: Any) -> Native:
        """The pruned model, once X is known to have its columns."""
        check_is_fitted(self)
        if hasattr(X, "columns"):  # frames go to the native model untouched
            validate_data(self, X, reset=False, skip_check_array=True)
        else:
            validate_data(self, X, reset=False, **_LENIENT)
        return self._native

    def _by_model(self, name: str, X: Any) -> Any:
        native = self._fitted_on(X)
        return getattr(native.model, name)(native.table(X))

    @available_if(estimator_has("apply"))
    def apply(self, X: Any) -> Array:
        """Leaf of the pruned model that each row reaches."""
        leaves: Array = self._by_model("apply", X)
        return leaves

    @available_if(estimator_has("decision_path"))
    def decision_path(self, X: Any) -> Any:
        """Nodes of the pruned model that each row passes."""
        return self._by_model("decision_path", X)

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

    @property
    def feature_importances_(self) -> Array:
        """Importances by the pruned model's own definition."""
        importances: Array = self._of_model("feature_importances_")
        return importances
