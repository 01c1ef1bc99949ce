"""
Calibration before and after
============================

:class:`~treeprune.CalibrationPairDisplay`: observed shares of the event against predicted ones, for
both models.
"""

from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

from treeprune import CalibrationPairDisplay, compare, keep_trees

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, stratify=y, random_state=0)
forest = RandomForestClassifier(50, random_state=0).fit(X_train, y_train)
small = keep_trees(forest, range(5))

CalibrationPairDisplay.from_comparison(compare(forest, small, X_test, y_test))
