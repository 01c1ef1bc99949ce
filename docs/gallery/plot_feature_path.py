"""
Path of a linear model
======================

:class:`~treeprune.FeaturePathDisplay`: coefficients along the path of the penalty, above the loss
of held-out rows.
"""

from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression

from treeprune import FeaturePathDisplay, L1FeaturePruner

X, y = load_diabetes(return_X_y=True, as_frame=True)
pruner = L1FeaturePruner(LinearRegression()).fit(X, y)
FeaturePathDisplay.from_estimator(pruner, X)
