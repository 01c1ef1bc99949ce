"""What all pruners of trees share."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.utils.metaestimators import available_if

from treeprune.backends.registry import check_supported
from treeprune.joint_plan import JointPlan
from treeprune.lossless_plan import LosslessPlan
from treeprune.model.ensemble import Array, Task, TreeEnsemble
from treeprune.plan import PruningPlan
from treeprune.pruners.native import Native, grow, predicted_task
from treeprune.pruners.native_skin import NativeSkin
from treeprune.pruners.parameters import check_n_jobs
from treeprune.pruners.skin import estimator_has
from treeprune.tree_plan import TreePlan

Plan = PruningPlan | TreePlan | JointPlan | LosslessPlan

DEPRECATED = "deprecated"
"""What scikit-learn gives a parameter that is out of use: such a criterion says nothing."""


class BasePruner(NativeSkin):
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
    """

    # ------------------------------------------------------------------ fitting
    def _check_model(self) -> Task:
        """Refuse what cannot be pruned, before anything is fitted; returns what the model predicts."""
        check_supported(self._given)
        self._check_can_be_fitted()
        check_n_jobs(getattr(self, "n_jobs", None))
        return predicted_task(self._given)

    def _n_classes(self, y: Any) -> int | None:
        """Number of classes of the model given or to be fitted; None for several targets."""
        known = self._frozen and self._classifies
        classes = Native(self._given).classes if known else None
        if classes is None:
            return len(np.unique(y)) if y is not None and y.ndim == 1 else None
        return None if isinstance(classes, list) else len(classes)

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
    def feature_importances_(self) -> Array:
        """Importances by the pruned model's own definition."""
        importances: Array = self._of_model("feature_importances_")
        return importances
