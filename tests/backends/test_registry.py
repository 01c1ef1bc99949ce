import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomTreesEmbedding
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier

from tests.backends.families import pruned
from tests.strategies import FORESTS, SINGLE, fitted, random_table
from treeprune import ReducedErrorPruner
from treeprune.backends import read, registry, write
from treeprune.exceptions import UnsupportedModelError

X, Y = random_table(0)


class OurForest(RandomForestClassifier):
    """A subclass with a method and an attribute of its own."""

    def fit(self, X, y):
        self.trained_at_ = "bedside"
        return super().fit(X, y)


class Lookalike:
    """Of another package, whatever its name."""


Lookalike.__qualname__ = "DecisionTreeClassifier"


def test_scikit_learn_is_registered():
    assert {f"sklearn:{cls.__name__}" for cls in SINGLE + FORESTS} <= set(registry.backends())


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression().fit(X[:, :3], Y),
        KNeighborsClassifier().fit(X, Y),
        RandomTreesEmbedding(n_estimators=2).fit(X),
        DecisionTreeClassifier,
        Lookalike(),
        None,
        "model.json",
    ],
    ids=lambda model: type(model).__name__,
)
def test_unsupported(model):
    with pytest.raises(UnsupportedModelError, match=f"{type(model).__name__} is not a model treeprune"):
        read(model)
    with pytest.raises(UnsupportedModelError, match=r"it prunes .*DecisionTreeClassifier") as caught:
        write(model, read(fitted(DecisionTreeClassifier)))
    families = str(caught.value).partition("it prunes ")[2].split(", ")
    assert len(set(families)) == len(families)


def test_pipelines_are_told_the_way_out():
    pipeline = make_pipeline(StandardScaler(), DecisionTreeClassifier()).fit(X, Y)
    with pytest.raises(UnsupportedModelError, match=r"Pipeline .*last step"):
        read(pipeline)


def test_wrappers_are_told_where_the_trees_are():
    tree = DecisionTreeClassifier(random_state=0)
    pruner = ReducedErrorPruner(tree, random_state=0).fit(X, Y)
    search = GridSearchCV(tree, {"max_depth": [1, 2]}, cv=2).fit(X, Y)
    frozen = [FrozenEstimator(model) for model in (pruner.estimator_, pruner, search)]
    for model in frozen:
        with pytest.raises(UnsupportedModelError, match=r"FrozenEstimator .* \(give its \.estimator\); it"):
            read(model)
    with pytest.raises(UnsupportedModelError, match=r"ReducedErrorPruner .* \(give its estimator_\); it"):
        read(pruner)
    with pytest.raises(UnsupportedModelError, match=r"GridSearchCV .* \(give its best_estimator_\); it"):
        read(search)
    for model in (pruner.estimator_, search.best_estimator_):
        assert read(model).n_trees == 1
    with pytest.raises(
        UnsupportedModelError, match="RandomTreesEmbedding is not a model treeprune can prune; it"
    ):
        read(RandomTreesEmbedding(n_estimators=2).fit(X))


@pytest.mark.parametrize("cls", SINGLE + FORESTS)
def test_unfitted_is_supported_but_not_read(cls):
    assert registry.check_supported(cls()) is registry.backends()[f"sklearn:{cls.__name__}"]
    with pytest.raises(NotFittedError):
        registry.find_backend(cls())


def test_subclass_is_served_and_comes_back():
    model = OurForest(n_estimators=3, random_state=0).fit(X, Y)
    small, _ = pruned(model)
    assert type(small) is OurForest
    assert small.trained_at_ == "bedside"
    plain = fitted(RandomForestClassifier, n_estimators=3)
    np.testing.assert_array_equal(small.predict_proba(X), pruned(plain)[0].predict_proba(X))


class LogTree(DecisionTreeRegressor):
    """Grown on logarithms, and says so only in its own `predict`."""

    def fit(self, X, y):
        return super().fit(X, np.log1p(y))

    def predict(self, X):
        return np.expm1(super().predict(X))


class Sure:
    def predict_proba(self, X):
        return np.round(super().predict_proba(X))


class SureForest(Sure, RandomForestClassifier):
    """Overrides by a class beside the family."""


class Renumbered(ExtraTreeClassifier):
    def apply(self, X, check_input=True):
        return super().apply(X, check_input) + 1


class Harmless(DecisionTreeRegressor):
    """A parameter's default, a method and a score of its own."""

    def __init__(self, *, max_depth=2, random_state=0):
        super().__init__(max_depth=max_depth, random_state=random_state)

    def fit(self, X, y, sample_weight=None, check_input=True):
        return super().fit(X, y, sample_weight, check_input)

    def score(self, X, y, sample_weight=None):
        return -1.0

    def bedside(self):
        return "bedside"


@pytest.mark.parametrize(
    ("model", "method", "parent"),
    [
        (LogTree(), "predict", "DecisionTreeRegressor"),
        (SureForest(n_estimators=2), "predict_proba", "RandomForestClassifier"),
        (Renumbered(), "apply", "ExtraTreeClassifier"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_subclass_that_answers_otherwise_is_refused(model, method, parent):
    message = rf"{type(model).__name__} has a {method} of its own.*prune a {parent} and put"
    for check in (registry.check_supported, read, lambda m: ReducedErrorPruner(m).fit(X, Y)):
        with pytest.raises(UnsupportedModelError, match=message):
            check(model)
    with pytest.raises(UnsupportedModelError, match=message):
        write(model.fit(X, Y), read(fitted(DecisionTreeClassifier)))


def test_a_subclass_that_only_grows_otherwise_is_served():
    model = Harmless().fit(X, Y)
    small, _ = pruned(model)
    assert type(small) is Harmless
    assert small.bedside() == "bedside"
    plain, _ = pruned(DecisionTreeRegressor(max_depth=2, random_state=0).fit(X, Y))
    np.testing.assert_array_equal(small.predict(X), plain.predict(X))


def test_a_family_of_its_own_goes_before_that_of_its_parent(monkeypatch):
    parent = registry.check_supported(RandomForestClassifier())
    own = replace(parent)
    monkeypatch.setattr(registry, "_BACKENDS", registry.backends())
    registry.register((f"{OurForest.__module__.partition('.')[0]}:OurForest",), own)
    assert registry.check_supported(OurForest()) is own
    assert registry.check_supported(RandomForestClassifier()) is parent


def test_vendors_are_imported_only_when_needed():
    code = (
        "import sys\n"
        "from sklearn.tree import DecisionTreeRegressor\n"
        "from treeprune.backends import read\n"
        "read(DecisionTreeRegressor().fit([[0.0], [1.0]], [0, 1]))\n"
        "print(sorted({'xgboost', 'lightgbm', 'catboost', 'dask', 'shap', 'polars'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
