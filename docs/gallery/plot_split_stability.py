"""
Stability of the splits of a distilled tree
===========================================

:class:`~treeprune.SplitStabilityDisplay`: how often each split wins again on other patients and
other synthetic rows.
"""

from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier

from treeprune import SplitStabilityDisplay, TreeDistiller

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
forest = RandomForestClassifier(50, random_state=0)
distiller = TreeDistiller(forest, max_leaf_nodes=6, n_synthetic=3000, n_redraws=10, random_state=0)
SplitStabilityDisplay.from_distiller(distiller.fit(X, y))
