"""
Stability of the splits of a distilled tree
===========================================

:class:`~treeprune.SplitStabilityDisplay`: how often each split wins again on other patients and
other synthetic rows.
"""

from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor

from treeprune import SplitStabilityDisplay, TreeDistiller

X, y = load_diabetes(return_X_y=True, as_frame=True)
forest = RandomForestRegressor(50, random_state=0)
distiller = TreeDistiller(forest, max_leaf_nodes=6, n_synthetic=5000, random_state=0).fit(X, y)
SplitStabilityDisplay.from_distiller(distiller)
