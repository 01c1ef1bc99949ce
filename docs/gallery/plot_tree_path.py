"""
Path over numbers of trees
==========================

:class:`~treeprune.TreePathDisplay`: the loss of chosen trees at every number of them, beside as
many of the first trees.
"""

from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split

from treeprune import TreeCountPruner, TreePathDisplay

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.5, stratify=y, random_state=0)
forest = RandomForestClassifier(100, random_state=0).fit(X_train, y_train)
pruner = TreeCountPruner(FrozenEstimator(forest)).fit(X_val, y_val)
TreePathDisplay.from_estimator(pruner)
