"""Tables of scikit-learn, with the outcome and the numbers that people mean."""

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets as sklearn_datasets

from treeprune.datasets import load_breast_cancer, load_diabetes
from treeprune.datasets.dataset import age_band, categories


def test_one_means_malignant():
    data = load_breast_cancer()
    theirs = sklearn_datasets.load_breast_cancer()
    malignant = np.array([theirs.target_names[k] == "malignant" for k in theirs.target])
    np.testing.assert_array_equal(data.y == 1, malignant)
    np.testing.assert_array_equal(data.X.to_numpy(), theirs.data)
    assert data.y.name == "malignant"
    assert data.subgroups.shape == (569, 0)
    assert repr(data) == "Dataset('breast_cancer': 569 rows, 30 columns, outcome 'malignant')"


@pytest.mark.parametrize("scaled", [True, False])
def test_diabetes_as_measured_or_scaled(scaled):
    data = load_diabetes(scaled=scaled)
    theirs = sklearn_datasets.load_diabetes(scaled=scaled)
    np.testing.assert_array_equal(data.X.to_numpy(), theirs.data)
    np.testing.assert_array_equal(data.y, theirs.target)
    measured = sklearn_datasets.load_diabetes(scaled=False, as_frame=True).data
    young = (data.subgroups["age_band"] == "under 50").to_numpy()
    np.testing.assert_array_equal(young, measured["age"] < 50)
    assert set(data.subgroups["sex"]) == {"1", "2"}


def test_years_are_the_default():
    assert load_diabetes().X["age"].between(18, 80).all()


def test_age_bands():
    bands = age_band(pd.Series([0.0, 49.9, 50.0, 64.9, 65.0, 101.8, np.nan]))
    assert bands.tolist()[:6] == ["under 50"] * 2 + ["50 to 64"] * 2 + ["65 and over"] * 2
    assert bands.isna().tolist() == [False] * 6 + [True]


def test_codes_that_nobody_knows_are_refused():
    with pytest.raises(ValueError, match=r"column 'sex' holds 2\.0, which nobody knows"):
        categories(pd.Series([0.0, np.nan, 2.0], name="sex"), {0.0: "female", 1.0: "male"})


@pytest.mark.parametrize("loader", [load_breast_cancer, load_diabetes])
def test_a_flag_is_true_or_false(loader):
    with pytest.raises(ValueError, match="return_X_y must be True or False"):
        loader(return_X_y="no")
