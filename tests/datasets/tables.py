"""Data sets that can be loaded where the tests run."""

import functools

import pytest

from tests.test_demo_tables import TABLES
from treeprune import datasets

BUNDLED = ("breast_cancer", "diabetes", "clinical_cohort")
FILES = {"cleveland": "cleveland.data", "support2": "support2.csv"}
NAMES = (*BUNDLED, *FILES)


@functools.cache
def load(name):
    """The data set, from `TABLES` if it is a file; the test is skipped where the file is not there."""
    loader = getattr(datasets, f"load_{name}")
    if name in BUNDLED:
        return loader()
    if not (TABLES / FILES[name]).exists():
        pytest.skip(f"no {FILES[name]} in {TABLES}; TREEPRUNE_DATA can name its folder")
    return loader(data_home=TABLES, download=False)
