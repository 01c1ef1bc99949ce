"""Every registered model configuration: values add up to what the vendor's own code says."""

import numpy as np
import pytest

from tests.backends.families import FAMILIES
from treeprune.backends import read
from treeprune.explaining.explain import explain
from treeprune.explaining.tree_route import MOST_RESIDUAL
from treeprune.statistics.rows import take_rows

# a median goes the way of models that are no trees
ALL = [
    (family, case)
    for family in FAMILIES.values()
    for case in family.cases
    if read(case.model).aggregation != "median"
]


@pytest.mark.parametrize(("family", "case"), [pytest.param(*pair, id=pair[1].id) for pair in ALL])
def test_values_add_up_to_the_native_output(family, case):
    rows = take_rows(case.X, np.arange(min(40, case.X.shape[0])))
    few = take_rows(case.X, np.arange(min(10, case.X.shape[0])))
    for background in (None, few):
        found = explain(case.model, rows, background)
        assert found.exact
        assert found.residual <= MOST_RESIDUAL * found.output_range + 1e-12
