"""
Front of a search
=================

:class:`~treeprune.PruningFrontDisplay`: every candidate that a search tried, by size and loss.
Those that fell behind in the first folds are small.
"""

from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier

from treeprune import PruningFrontDisplay, PruningSearchCV

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
forest = RandomForestClassifier(50, random_state=0)
strategies = ["cost_complexity", "error_based", "reduced_error", "tree_count"]
search = PruningSearchCV(forest, strategies).fit(X, y)
PruningFrontDisplay.from_estimator(search)
