"""The scikit-learn skin of all pruners: a meta-estimator that answers through a pruned native model."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sklearn.base import BaseEstimator, MetaEstimatorMixin
from sklearn.feature_selection import SelectorMixin
from sklearn.frozen import FrozenEstimator
from sklearn.utils import Tags, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from treeprune.model.ensemble import Array
from treeprune.pruners.native import is_scikit_learn, predicted_task


def estimator_has(name: str) -> Callable[[Any], bool]:
    """Check for `available_if`: whether the model, pruned or to be pruned, has a method."""

    def check(self: Any) -> bool:
        model = getattr(self, "estimator_", self._given)
        if name == "predict_proba" and not is_scikit_learn(model):
            return predicted_task(model) == "classification"
        getattr(model, name)
        return True

    return check


class PrunerSkin(SelectorMixin, MetaEstimatorMixin, BaseEstimator):
    """What every pruner is to scikit-learn, whatever it prunes.

    As a transformer it keeps the columns in `support_`.
    """

    estimator: Any
    support_: Array

    # ------------------------------------------------------------------ fitting
    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """A fit that fails, or is interrupted, leaves the pruner as it was."""
        before = dict(self.__dict__)
        try:
            yield
        except BaseException:
            self.__dict__ = before
            raise

    @property
    def _frozen(self) -> bool:
        return isinstance(self.estimator, FrozenEstimator)

    @property
    def _given(self) -> Any:
        model = self.estimator
        while isinstance(model, FrozenEstimator):
            model = model.estimator
        return model

    # ------------------------------------------------------------------ predicting
    @abstractmethod
    def _fitted_on(self, X: Any) -> Any:
        """What predicts as the pruned model does, once X is known to have its columns."""

    @abstractmethod
    def _by_model(self, name: str, X: Any) -> Any:
        """What a method of the pruned model itself says."""

    def predict(self, X: Any) -> Array:
        """Predict by the pruned model.

        Parameters
        ----------
        X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)

        Returns
        -------
        ndarray, shape (n_rows,) or (n_rows, n_targets)
        """
        return self._fitted_on(X).predict(X)

    @available_if(estimator_has("predict_proba"))
    def predict_proba(self, X: Any) -> Any:
        """Class probabilities by the pruned model; a list of arrays for several targets."""
        return self._fitted_on(X).predict_proba(X)

    @available_if(estimator_has("predict_log_proba"))
    def predict_log_proba(self, X: Any) -> Any:
        """Logarithms of the class probabilities by the pruned model."""
        return self._by_model("predict_log_proba", X)

    @available_if(estimator_has("decision_function"))
    def decision_function(self, X: Any) -> Any:
        """Scores before they become probabilities, by the pruned model."""
        return self._by_model("decision_function", X)

    @available_if(estimator_has("score"))
    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Score of the pruned model: accuracy or R squared, as its class has it."""
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        score: float = self._fitted_on(X).score(X, y, **weights)
        return score

    def _of_model(self, name: str) -> Any:
        if "estimator_" not in vars(self):
            raise AttributeError(f"{type(self).__name__} has no {name} before fit")
        return getattr(self.estimator_, name)

    def _get_support_mask(self) -> Array:
        check_is_fitted(self)
        return self.support_

    def __sklearn_is_fitted__(self) -> bool:
        return "estimator_" in vars(self)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        if not is_scikit_learn(self._given):
            return tags
        inner = get_tags(self.estimator)
        tags.estimator_type = inner.estimator_type
        for name in ("classifier_tags", "regressor_tags", "target_tags", "input_tags"):
            setattr(tags, name, copy.deepcopy(getattr(inner, name)))
        return tags
