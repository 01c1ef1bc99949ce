"""
Path of a pruned tree
=====================

:class:`~treeprune.PruningPathDisplay`: the loss of held-out rows at every size, its standard error,
and the size that was taken.
"""

from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

from treeprune import CostComplexityPruner, PruningPathDisplay

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
pruner = CostComplexityPruner(DecisionTreeClassifier(random_state=0), loss="brier").fit(X, y)
PruningPathDisplay.from_estimator(pruner)
