"""
Path of jointly pruned models
=============================

:class:`~treeprune.SizeLossDisplay`: the loss of the best model of each size, of the first trees,
and of the model as it was.
"""

from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split

from treeprune import JointPruner, SizeLossDisplay

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.5, stratify=y, random_state=0)
forest = RandomForestClassifier(50, random_state=0).fit(X_train, y_train)
pruner = JointPruner(FrozenEstimator(forest), values="anchored", target="y")
pruner.fit(X_train, y_train, X_val=X_val, y_val=y_val)
SizeLossDisplay.from_estimator(pruner)
