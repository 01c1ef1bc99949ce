"""treelite models in treelite's own inference beside the vendors' output, and what treelite cannot hold."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import AdaBoostRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor
from xgboost import XGBRegressor

from tests.export.artefacts import EVERY_CASE, rounding, some_rows, strange_rows
from treeprune.backends import read
from treeprune.exceptions import UnsupportedModelError
from treeprune.export.parity import check_parity
from treeprune.export.treelite_model import columns_of, scale_in_terms, to_treelite
from treeprune.model.links import answers
from treeprune.model.traverse import raw_output

treelite = pytest.importorskip("treelite")


def run(model, rows, **options):
    return treelite.gtil.predict(model, np.ascontiguousarray(rows, float), nthread=1, **options)


@EVERY_CASE
def test_treelite_says_what_the_vendor_says(family, case):
    e = read(case.model)
    rows = some_rows(case, e)
    if e.aggregation == "median" or (e.missing == 2).any():
        with pytest.raises(UnsupportedModelError, match=r"median|sends 0 where missing"):
            to_treelite(e)
        return
    model = to_treelite(e)
    # probability for probability, number for number
    native = family.native(case.model, family.table(case, rows))
    said = columns_of(e, run(model, rows))
    expected = answers(e, native)
    if said.shape != expected.shape:  # of two classes the second's share alone
        expected = expected[:, 1::2]
    np.testing.assert_allclose(said, expected, rtol=1e-5, atol=1e-6)
    strange = strange_rows(rows, e)
    coded = np.unique(e.feature[e.category_set >= 0])
    whole = np.nan_to_num(strange[:, coded]) % 1 == 0  # codes of categories are whole numbers
    strange = strange[whole.all(axis=1)]
    for own in (rows, strange):
        raw = columns_of(e, run(model, own, pred_margin=True)) / scale_in_terms(e)
        # it counts the trees in single precision behind a link of its own, and adds up in double
        np.testing.assert_allclose(raw, raw_output(e, own), rtol=1e-6, atol=rounding(e, e.output_dtype))


def test_what_treelite_has_no_place_for():
    rng = np.random.default_rng(0)
    X = np.where(rng.random((200, 2)) < 0.3, -999.0, rng.normal(size=(200, 2)))
    y = X[:, 1] + (X[:, 0] < -900)
    coded = XGBRegressor(n_estimators=2, missing=-999, n_jobs=1).fit(X, y)
    with pytest.raises(UnsupportedModelError, match=r"takes -999 for missing.*hold NaN instead"):
        to_treelite(coded)
    to_treelite(read(coded))
    with pytest.raises(UnsupportedModelError, match="Ridge has no trees"):
        to_treelite(Ridge().fit(X, y))
    with pytest.raises(UnsupportedModelError, match="StandardScaler would be lost"):
        to_treelite(make_pipeline(StandardScaler(), DecisionTreeRegressor()).fit(X, y))
    median = AdaBoostRegressor(n_estimators=3, random_state=0).fit(X, y)
    with pytest.raises(UnsupportedModelError, match="weighted median"):
        to_treelite(median)


@pytest.mark.parametrize(
    ("threshold", "default_left", "held"),
    [(1.5, True, True), (1.5, False, False), (-1.5, False, True), (-1.5, True, False), (0.0, True, False)],
)
def test_zeros_that_are_missing(threshold, default_left, held):
    """Where 0 goes to the side of its number anyway, no test of its own is needed."""
    e = read(DecisionTreeRegressor().fit([[0.0], [1.0]], [0.0, 1.0]))
    e = replace(
        e,
        threshold=np.where(e.is_leaf, 0.0, threshold),
        missing=np.where(e.is_leaf, 0, 2).astype(np.uint8),
        default_left=~e.is_leaf & default_left,
        input_dtype="float64",
    )
    rows = np.array([[0.0], [1e-36], [-1e-36], [np.nan], [1e-30], [-1e-30], [1.2], [1.7], [-3.0]])
    if not held:
        with pytest.raises(UnsupportedModelError, match="sends 0 where missing"):
            to_treelite(e)
        return
    np.testing.assert_array_equal(run(to_treelite(e), rows)[:, 0], raw_output(e, rows))


def test_parity_runs_it():
    X = np.random.default_rng(0).normal(size=(80, 2))
    model = DecisionTreeRegressor(max_depth=4).fit(X, X[:, 0])
    assert str(check_parity("treelite", model, X)).startswith("treelite agrees: 80 rows")
    other = to_treelite(DecisionTreeRegressor(max_depth=4).fit(X, X[:, 1]))
    assert not check_parity(other, model, X).agrees
