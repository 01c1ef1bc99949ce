"""TreeDistiller: what it refuses and warns of, before any long work."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import (
    GradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from tests.pruners.test_tree_distiller import make, ward_pipeline, wards
from tests.strategies import random_table
from treeprune.exceptions import PruningWarning, UnsupportedModelError

# few rows: what they say of the stability of splits is tested in its own place
pytestmark = pytest.mark.filterwarnings("ignore:splits at the top of the tree:treeprune.PruningWarning")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_leaf_nodes": 1}, "max_leaf_nodes"),
        ({"sampler": "magic"}, "sampler='magic' is unknown"),
        ({"n_synthetic": "many"}, "n_synthetic must be"),
        ({"n_synthetic": -1}, "n_synthetic"),
        ({"thresholds": "mine"}, "thresholds must be"),
        ({"cost_penalty": -1.0}, "cost_penalty"),
        ({"cv": None}, "measures nothing on held-out rows"),
        ({"rule": "2se"}, "rule"),
        ({"keep": ["nothing"]}, "no column 'nothing'"),
        ({"keep": [1], "exclude": [1]}, "in keep and in exclude"),
        ({"exclude": range(5)}, "no column to split on"),
        ({"min_real_samples_leaf": 0}, "min_real_samples_leaf"),
    ],
)
def test_bad_parameters(change, message):
    X, y = random_table(0, 60, "binary")
    with pytest.raises(ValueError, match=message):
        make(DecisionTreeClassifier(), **change).fit(X, y)


def test_teachers_that_cannot_be_distilled():
    from sklearn.cluster import KMeans
    from sklearn.exceptions import NotFittedError

    X, y = random_table(0, 60, "multi_output")
    with pytest.raises(UnsupportedModelError, match="neither a classifier nor a regressor"):
        make(KMeans()).fit(X)
    with pytest.raises(UnsupportedModelError, match="several outcomes of classes"):
        make(DecisionTreeClassifier()).fit(X, y)
    with pytest.raises(NotFittedError):
        make(FrozenEstimator(DecisionTreeClassifier())).fit(X)
    with pytest.raises(ValueError, match="requires y to be passed"):
        make(DecisionTreeClassifier()).fit(X)
    fitted = DecisionTreeClassifier().fit(X, y[:, 0])
    with pytest.raises(ValueError, match="classes that the model was not trained on: 7"):
        make(FrozenEstimator(fitted)).fit(X, np.full(60, 7))
    with pytest.raises(ValueError, match="3 features"):
        make(FrozenEstimator(fitted)).fit(X[:, :3])
    frame = pd.DataFrame(X, columns=list("abcde"))
    named = DecisionTreeClassifier().fit(frame, y[:, 0])
    with pytest.raises(ValueError, match="feature names should match"):
        make(FrozenEstimator(named)).fit(frame[list("edcba")])


def test_tables_that_cannot_be_distilled():
    X, y = wards(60)
    teacher = ward_pipeline()
    names = X.assign(name=[f"patient {i}" for i in range(60)])
    with pytest.raises(ValueError, match="as the names of patients would"):
        make(teacher).fit(names, y)
    make(teacher, exclude=["name"], sampler="none").fit(names, y)
    with pytest.raises(ValueError, match="holds times"):
        make(teacher).fit(X.assign(when=pd.Timestamp("2020-01-01")), y)
    with pytest.raises(ValueError, match="refused"):
        make(teacher, sampler="copula", constraints=lambda t: np.zeros(len(t), bool)).fit(X, y)


def test_warnings_in_clear_words():
    X, y = random_table(0, 120, "binary")
    with pytest.warns(PruningWarning, match="no predict_proba"):
        make(make_pipeline(StandardScaler(), SVC()), max_leaf_nodes=4).fit(X, y)
    boosted = GradientBoostingClassifier(n_estimators=3).fit(X, y)
    with pytest.warns(PruningWarning, match="knows them by heart"):
        make(FrozenEstimator(boosted), max_leaf_nodes=4).fit(X, y)
    constant = DecisionTreeClassifier().fit(X, np.zeros(120, int))
    with pytest.warns(PruningWarning, match="the teacher says the same of every row"):
        distiller = make(FrozenEstimator(constant), max_leaf_nodes=4).fit(X[:60])
    assert np.isnan(distiller.fidelity_[0])
    forest = FrozenEstimator(RandomForestClassifier(5, random_state=0).fit(X, y))
    with pytest.warns(PruningWarning, match="the tree has one leaf: no split"):
        make(forest, min_real_samples_leaf=100).fit(X, y)


def test_a_failed_fit_leaves_the_distiller_as_it_was():
    X, y = random_table(0, 100, "binary")
    distiller = make(DecisionTreeClassifier(random_state=0)).fit(X, y)
    before = dict(vars(distiller))
    with pytest.raises(ValueError, match="infinity"):
        distiller.fit(np.full_like(X, np.inf), y)
    assert vars(distiller) == before
