"""
One tree
========

:class:`~treeprune.TreeDisplay`: splits from left to right, a leaf a line, with the rows and events
of each leaf.
"""

from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

from treeprune import CostComplexityPruner, TreeDisplay, leaf_table

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
words = {"class_names": ["malignant", "benign"], "missing": False}
pruner = CostComplexityPruner(DecisionTreeClassifier(random_state=0), max_leaf_nodes=5).fit(X, y)
TreeDisplay.from_estimator(pruner.estimator_, table=leaf_table(pruner.estimator_, X, y, **words), **words)
