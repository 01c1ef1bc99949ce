"""Python and SQL beside the vendors' own output, for every configuration of every registered family."""

import numpy as np
import pytest

from tests.backends.families import FAMILIES, case_rows
from tests.export.helpers import run_python, run_sqlite
from treeprune.backends import read
from treeprune.exceptions import UnsupportedModelError
from treeprune.export.parity import check_parity
from treeprune.export.python_source import to_python
from treeprune.export.sql import to_sql
from treeprune.model.links import answers
from treeprune.model.traverse import raw_output

EVERY_CASE = pytest.mark.parametrize(
    ("family", "case"),
    [pytest.param(family, case, id=case.id) for family in FAMILIES.values() for case in family.cases],
)


def flat(said):
    return [x for own in said for x in flat(own)] if isinstance(said, list) else [said]


def some_rows(case, e):
    """Rows on thresholds, one unit beside them, missing and of other categories, and some of the table."""
    return case_rows(case, e, 15)[-90:]


@EVERY_CASE
def test_python_says_what_the_vendor_says(family, case):
    e = read(case.model)
    rows = some_rows(case, e)
    # an ensemble takes the codes of categories, which these rows hold
    module = run_python(to_python(e))
    table = rows.astype(float).tolist()
    raw = np.array([module["predict_raw"](row) for row in table])
    # the vendor's tolerance is for means that it takes in another order
    native = family.native(case.model, family.table(case, rows))
    np.testing.assert_allclose(raw, native, rtol=family.tolerance, atol=family.tolerance)
    np.testing.assert_array_equal(raw, raw_output(e, rows))
    answer = module["predict_proba" if e.task == "classification" else "predict"]
    said = np.array([flat(answer(row)) for row in table])
    np.testing.assert_allclose(said, answers(e, raw), rtol=1e-13, atol=1e-13)


@EVERY_CASE
def test_sqlite_says_what_the_vendor_says(family, case):
    e = read(case.model)
    if e.aggregation == "median" and e.n_trees > 1:
        with pytest.raises(UnsupportedModelError, match="median"):
            to_sql(case.model)
        return
    rows = some_rows(case, e)
    names = [e.name_of(f) for f in range(e.n_features)]
    # NaN becomes NULL on the way
    got = run_sqlite(to_sql(e), names, rows.astype(float).tolist())
    raw, said = got[:, : e.n_columns], got[:, e.n_columns :]
    native = family.native(case.model, family.table(case, rows))
    single = e.output_dtype == "float32"
    size = np.abs(e.base_score).max() + sum(np.abs(e.value[e.tree(t)]).max() for t in range(e.n_trees))
    # a sum in double precision of what the vendor adds up in single
    bound = (e.n_trees + 1) * 2.0**-24 * size if single else family.tolerance
    np.testing.assert_allclose(raw, native, rtol=0 if single else bound, atol=bound)
    if not single:
        np.testing.assert_array_equal(raw, raw_output(e, rows))
    np.testing.assert_allclose(said, answers(e, raw), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("family", [pytest.param(f, id=name) for name, f in FAMILIES.items()])
def test_parity_is_checked_on_users_tables(family):
    for case in family.cases[:3]:
        e = read(case.model)
        for write in (to_python, to_sql):
            if write is to_sql and e.aggregation == "median":
                continue
            parity = check_parity(write(e), case.model, case.X)
            assert parity.agrees, str(parity)
            assert parity.n_rows == case.X.shape[0]
            assert parity.max_difference <= parity.bound
            assert parity.max_answer_difference < 1e-5
