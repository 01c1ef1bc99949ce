"""
Reasons row by row, before and after
====================================

:class:`~treeprune.AttributionScatterDisplay`: SHAP values of the model after against those before.
Points stand together in cells, and no cell of fewer than eleven values is drawn.
"""

from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

from treeprune import AttributionScatterDisplay, compare, keep_trees

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, stratify=y, random_state=0)
forest = RandomForestClassifier(50, random_state=0).fit(X_train, y_train)
small = keep_trees(forest, range(5))

comparison = compare(forest, small, X_test, y_test, background=X_train)
AttributionScatterDisplay.from_comparison(comparison)
