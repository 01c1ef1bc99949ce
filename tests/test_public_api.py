"""The public names, their documentation, and what importing them costs."""

import inspect
import json
import subprocess
import sys
from importlib.resources import files

import pytest

import treeprune

VENDORS = ("xgboost", "lightgbm", "catboost", "dask", "shap", "matplotlib", "onnxruntime", "polars")


def imported_by(code: str) -> set[str]:
    listing = "import json, sys; print(json.dumps(sorted(m.partition('.')[0] for m in sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\n{listing}"], capture_output=True, text=True, check=True
    )
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_importing_it_imports_no_vendor_and_no_plotting():
    found = imported_by("import treeprune")
    assert "treeprune" in found
    assert not found & set(VENDORS)


def test_pruning_imports_no_vendor_and_no_plotting():
    code = """
from sklearn.tree import DecisionTreeClassifier
from treeprune import CostComplexityPruner, compare
X, y = [[float(i % 7), float(i % 3)] for i in range(60)], [i % 7 > 3 for i in range(60)]
pruner = CostComplexityPruner(DecisionTreeClassifier(), max_leaf_nodes=2).fit(X, y)
compare(DecisionTreeClassifier().fit(X, y), pruner.estimator_, X, y)
"""
    assert not imported_by(code) & set(VENDORS)


def test_importing_it_warns_and_prints_nothing():
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import treeprune"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (run.stdout, run.stderr) == ("", "")


def test_public_names_exist_in_order():
    assert treeprune.__all__ == sorted(treeprune.__all__)
    for name in treeprune.__all__:
        assert getattr(treeprune, name).__module__.startswith("treeprune")


OBJECTS = [(name, getattr(treeprune, name)) for name in treeprune.__all__]
CALLABLE = [(name, o) for name, o in OBJECTS if not (isinstance(o, type) and issubclass(o, BaseException))]


@pytest.mark.parametrize(("name", "thing"), OBJECTS, ids=treeprune.__all__)
def test_every_public_name_is_documented(name, thing):
    assert len(inspect.getdoc(thing).splitlines()[0]) > 10


@pytest.mark.parametrize(("name", "thing"), CALLABLE, ids=[name for name, _ in CALLABLE])
def test_every_parameter_is_documented(name, thing):
    doc = inspect.getdoc(thing)
    assert "Parameters\n----------" in doc
    listed = doc.partition("Parameters\n----------\n")[2]
    heads = [line.partition(" : ")[0] for line in listed.splitlines() if line and not line.startswith(" ")]
    known = {head.lstrip("*") for line in heads for head in line.split(", ")}
    assert set(inspect.signature(thing).parameters) <= known


METHODS = [
    (f"{name}.{attribute}", getattr(thing, attribute))
    for name, thing in OBJECTS
    if isinstance(thing, type) and not issubclass(thing, BaseException)
    for attribute in vars(thing)
    if not attribute.startswith("_") and callable(getattr(thing, attribute))
]


@pytest.mark.parametrize(("name", "method"), METHODS, ids=[name for name, _ in METHODS])
def test_every_public_method_is_documented(name, method):
    assert inspect.getdoc(method)


def test_type_hints_are_shipped():
    assert files("treeprune").joinpath("py.typed").is_file()
