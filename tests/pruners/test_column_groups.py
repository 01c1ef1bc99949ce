"""Which columns belong together: by name, by what the user says, by what a transformer did."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    PolynomialFeatures,
    SplineTransformer,
    StandardScaler,
)

from treeprune import UnsupportedModelError
from treeprune.pruners.column_groups import column_groups, groups_by_name
from treeprune.pruners.column_sources import column_sources

RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=(60, 3))
WORDS = pd.DataFrame({"a": RNG.choice([*"xyz"], 60), "b": RNG.choice([*"uv"], 60)})


def influence(transformer, table, change):
    """Which columns move if an input column is changed: what sources mean, by experiment."""
    out = np.asarray(transformer.transform(table), float)
    moved = []
    for k in range(table.shape[1]):
        other = np.asarray(transformer.transform(change(table, k)), float)
        moved.append((out != other).any(axis=0))
    return [frozenset(np.flatnonzero(column).tolist()) for column in np.array(moved).T]


def shuffled(table, k):
    other = table.copy()
    order = np.random.default_rng(1).permutation(len(table))
    if hasattr(other, "iloc"):
        other.iloc[:, k] = other.iloc[order, k].to_numpy()
    else:
        other[:, k] = other[order, k]
    return other


with_gaps = NUMBERS.copy()
with_gaps[::7, 1] = np.nan


@pytest.mark.parametrize(
    ("transformer", "table"),
    [
        (StandardScaler(), NUMBERS),
        (SplineTransformer(n_knots=4), NUMBERS),
        (PolynomialFeatures(2, include_bias=False), NUMBERS),
        (PolynomialFeatures(3, interaction_only=True, include_bias=False), NUMBERS),
        (KBinsDiscretizer(3, encode="onehot-dense", quantile_method="averaged_inverted_cdf"), NUMBERS),
        (KBinsDiscretizer(3, encode="ordinal", quantile_method="averaged_inverted_cdf"), NUMBERS),
        (OneHotEncoder(sparse_output=False), WORDS),
        (OneHotEncoder(sparse_output=False, drop="first"), WORDS),
        (OneHotEncoder(sparse_output=False, drop="if_binary"), WORDS),
        (OneHotEncoder(sparse_output=False, max_categories=2), WORDS),
        (OneHotEncoder(sparse_output=False, min_frequency=0.34), WORDS),
        (SimpleImputer(add_indicator=True), with_gaps),
        (MissingIndicator(), with_gaps),
        (VarianceThreshold(), NUMBERS),
        (make_pipeline(StandardScaler(), SplineTransformer(), SelectKBest(k=4)), NUMBERS),
        (FeatureUnion([("as it is", "passthrough"), ("powers", PolynomialFeatures(2))]), NUMBERS),
        (FunctionTransformer(np.tanh, feature_names_out="one-to-one"), NUMBERS),
    ],
    ids=lambda x: type(x).__name__,
)
def test_sources_are_what_moves_a_column(transformer, table):
    y = np.arange(len(table)) % 2
    transformer.fit(table, y)
    assert column_sources(transformer, table.shape[1]) == influence(transformer, table, shuffled)


def test_columns_of_a_column_transformer_keep_their_places():
    frame = pd.concat([WORDS, pd.DataFrame(NUMBERS, columns=[*"pqr"])], axis=1)
    for chosen in (
        ["a", "b"],
        [0, 1],
        slice("a", "b"),
        make_column_selector("[ab]"),
        [True, True, *[False] * 3],
    ):
        transformer = ColumnTransformer(
            [("drop", "drop", ["q"]), ("levels", OneHotEncoder(sparse_output=False), chosen)],
            remainder="passthrough",
        ).fit(frame)
        assert column_sources(transformer, 5) == influence(transformer, frame, shuffled)


def test_transformers_that_mix_columns_are_refused():
    with pytest.raises(UnsupportedModelError, match="PCA makes 2 columns out of 3"):
        column_sources(PCA(2).fit(NUMBERS), 3)
    with pytest.raises(UnsupportedModelError, match="FunctionTransformer makes columns out of 3"):
        column_sources(FunctionTransformer(np.tanh).fit(NUMBERS), 3)


# ------------------------------------------------------------------------------ names
def test_names_of_scikit_learn_are_understood():
    frame = pd.DataFrame(
        {
            "cat__site_a": [1, 0, 0, 1],
            "cat__site_b": [0, 1, 0, 0],
            "cat__site_c": [0, 0, 1, 0],
            "age_sp_0": [0.1, 0.2, 0.3, 0.4],
            "age_sp_1": [0.4, 0.3, 0.2, 0.1],
            "dose": [1, 2, 3, 4],
            "dose^2": [1, 4, 9, 16],
            "dose weight": [2, 2, 2, 2],
            "missingindicator_dose": [0, 0, 1, 1],
            "flag_x": [1, 0, 1, 0],
            "flag_y": [1, 1, 0, 0],
        }
    )
    found = groups_by_name(tuple(frame), frame.to_numpy())
    assert found[:3] == ["cat__site"] * 3
    assert found[3:5] == ["age"] * 2
    assert found[5:9] == ["dose", "dose", "dose weight", "dose"]
    assert found[9:] == ["flag_x", "flag_y"]  # both at once: no levels of one column
    assert groups_by_name(tuple(frame), sp.csc_array(frame.to_numpy(float))) == found


def test_rare_flags_that_never_met_are_no_levels():
    values = np.zeros((100, 2))
    values[0, 0] = values[1, 1] = 1
    assert groups_by_name(("had_stroke", "had_burns"), values) == ["had_stroke", "had_burns"]


def test_the_widest_set_of_levels_is_taken_whatever_their_names():
    levels = ["blue_collar", "white_collar", "none"]
    values = np.eye(3)[RNG.integers(0, 3, 50)]
    assert groups_by_name(tuple(f"job_{level}" for level in levels), values) == ["job"] * 3


def test_levels_may_be_several_words():
    levels = ["Colon Cancer", "CHF", "MOSF w/Malig", "under $11k"]
    values = np.eye(4)[RNG.integers(0, 4, 50)]
    assert (
        groups_by_name(tuple(f"cat__dzgroup_{level}" for level in levels), values) == ["cat__dzgroup"] * 4
    )


def test_columns_of_one_transformer_are_no_levels():
    either = np.eye(2)[RNG.integers(0, 2, 50)]
    for names in (("num__rest", "num__work"), ("missingindicator_a", "missingindicator_b")):
        assert len(set(groups_by_name(names, either))) == 2


def test_tables_without_names_have_no_groups_by_name():
    groups = column_groups("auto", np.eye(3), np.eye(3))
    assert list(groups.number) == [0, 1, 2]
    assert groups.labels == ("x0", "x1", "x2")


def test_groups_given_by_dict_have_the_rest_alone():
    frame = pd.DataFrame(NUMBERS, columns=[*"pqr"])
    groups = column_groups({"both": ["p", 2]}, frame, NUMBERS)
    assert list(groups.number) == [0, 1, 0]
    assert groups.labels == ("both", "q")
    assert groups.find("r", "keep") == groups.find("both", "keep") == groups.find(2, "keep") == 0
    np.testing.assert_array_equal(groups.costs({"r": 3.0, "q": 2.0}), [3.0, 2.0])
    np.testing.assert_array_equal(groups.costs([1.0, 2.0, 5.0]), [5.0, 2.0])


def test_a_transformer_of_another_table_is_refused():
    with pytest.raises(ValueError, match="makes 3 columns, the model has 2"):
        column_groups(StandardScaler().fit(NUMBERS), NUMBERS[:, :2], NUMBERS[:, :2])
