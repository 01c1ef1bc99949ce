"""What `import treeprune` brings into a process: little more than scikit-learn, and numba."""

import json
import subprocess
import sys

import pytest

LISTING = """
import json, sys
print(json.dumps([name for name in sys.modules if name.partition(".")[0] not in sys.stdlib_module_names]))
"""


def modules_after(*imports):
    """Names of all modules but the standard library's, in a new process."""
    code = "\n".join([*(f"import {name}" for name in imports), LISTING])
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout.splitlines()[-1]))


def packages(modules):
    return {name.partition(".")[0] for name in modules}


@pytest.fixture(scope="module")
def before():
    """scikit-learn's trees, and what numba takes along if it is there (a YAML reader, coverage)."""
    return modules_after("sklearn.tree", "sklearn.ensemble", "numba")


@pytest.fixture(scope="module")
def after():
    return modules_after("treeprune")


def test_the_packages_are_scikit_learns_and_numbas(before, after):
    assert packages(after) - packages(before) == {"treeprune"}


def test_the_heavy_packages_that_it_works_with_are_left_to_whoever_needs_them(after):
    # pandas and what pandas takes along are imported by scikit-learn itself
    heavy = {"catboost", "dask", "distributed", "IPython", "lightgbm", "matplotlib", "numba", "onnxruntime"}
    heavy |= {"polars", "seaborn", "shap", "skl2onnx", "skops", "tqdm", "xgboost"}
    assert packages(after) & heavy == {"numba"}


def test_few_more_modules_than_its_own(before, after):
    """A parent class of scikit-learn's selectors and `FrozenEstimator` are about ten small modules.

    A module costs a millisecond or so: the bound leaves no place for another package, which the list
    above might not know.
    """
    others = {name for name in after - before if packages([name]) != {"treeprune"}}
    assert len(others) <= 15, sorted(others)


def test_the_backends_of_other_vendors_are_not_loaded_either(after):
    vendors = ("xgboost", "lightgbm", "catboost")
    assert [
        name for name in after if name.startswith("treeprune.") and any(v in name for v in vendors)
    ] == []
