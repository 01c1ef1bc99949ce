"""
Stability of a selection of columns
===================================

:class:`~treeprune.StabilityDisplay`: in which share of fits on halves of the rows each column was
selected.
"""

from sklearn.datasets import load_diabetes
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import Lasso

from treeprune import StabilityDisplay, selection_stability

X, y = load_diabetes(return_X_y=True, as_frame=True)
found = selection_stability(SelectFromModel(Lasso(0.5)), X, y, n_resamples=50)
StabilityDisplay.from_stability(found)
