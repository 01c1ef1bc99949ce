"""Domains: what they allow, how they are made, how they say it."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.backends.families.xgboost import category_frame
from treeprune.domain.column import Column
from treeprune.domain.domain import Domain
from treeprune.domain.groups import Group

AGE = {"lower": 18, "upper": 90, "integer": True}
RANGES = {
    "age": AGE,
    "lactate": (0, None),
    "male": {0, 1},
    "female": None,
    "ward": {"values": [0, 2], "labels": ["icu", "<b>"], "missing": True},
}


def wards() -> Domain:
    return Domain.from_ranges(RANGES, one_hot=[["male", "female"]])


def test_contains_and_says_why_not():
    domain = wards()
    good = [20, 1.5, 1, 0, 2]
    bad = [[20.5, 1, 1, 0, 2], [20, -1, 1, 0, 2], [20, 1, 1, 1, 2], [20, 1, 0, 0, 2], [20, 1, 1, 0, 1],
           [np.nan, 1, 1, 0, 2], [17, 1, 1, 0, 2]]  # fmt: skip
    assert (
        domain.contains(np.array([good, [20, 1e300, 0, 1, np.nan], *bad])).tolist()
        == [True] * 2 + [False] * 7
    )
    assert domain.why_not(good) == []
    assert domain.why_not(bad[0]) == ["age is 20.5, and must be a whole number from 18 to 90"]
    assert domain.why_not(bad[2]) == ["exactly one of male, female is 1, but they sum to 2"]
    assert domain.why_not(bad[5]) == ["age is missing, and must not be"]
    assert domain.why_not(bad[4]) == ["ward is 1, and must be one of icu, <b>, or missing"]
    assert domain.unbounded == ("lactate",)


def test_prints_and_escapes():
    assert str(wards()).splitlines()[0] == "age      a whole number from 18 to 90"
    assert "exactly one of male, female is 1" in str(wards())
    page = wards()._repr_html_()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


def test_survives_json():
    domain = wards()
    again = Domain.from_dict(json.loads(json.dumps(domain.to_dict(), allow_nan=False)))
    assert again == domain
    with pytest.raises(ValueError, match="version"):
        Domain.from_dict({"version": 99})
    with pytest.raises(ValueError, match="no domain"):
        Domain.from_dict({"version": 1, "columns": [{"lower": 1}], "groups": []})


CONTRADICTIONS = [
    ({"a": (3, 2)}, {}, "least value 3 is above its greatest 2"),
    ({"a": {"lower": 0.2, "upper": 0.8, "integer": True}}, {}, "no whole number"),
    ({"a": []}, {}, "no value at all"),
    ({"a": (float("nan"), 2)}, {}, "NaN"),
    ({"a": (float("inf"), None)}, {}, "beyond all numbers"),
    ({"a": [1, float("inf")]}, {}, "finite"),
    ({"a": (1, 2, 3)}, {}, "lower, upper"),
    ({"a": {"low": 3}}, {}, "has no low"),
    ({"a": 3}, {}, "pair, a list"),
    ({"a": {"values": [1, 2], "labels": ["x"]}}, {}, "one label"),
    ({"a": [0], "b": [0]}, {"one_hot": [["a", "b"]]}, "contradicts itself: exactly one of a, b"),
    ({"a": [1], "b": [1]}, {"at_most_one": [["a", "b"]]}, "contradicts itself: at most one"),
    ({"a": [3], "b": [1]}, {"one_hot": [["a", "b"]]}, "contradict each other in column 'a'"),
    ({"a": None, "b": None}, {"one_hot": [["a", "c"]]}, "'c', which is no column"),
    ({"a": None, "b": None}, {"one_hot": [["a"]]}, "two different columns"),
    ({"a": None, "b": None}, {"one_hot": [["a", "b"], ["b", "a"]]}, "in two groups"),
]


@pytest.mark.parametrize(("ranges", "groups", "words"), CONTRADICTIONS, ids=[c[2] for c in CONTRADICTIONS])
def test_contradictions_are_refused_in_words(ranges, groups, words):
    with pytest.raises(ValueError, match=words):
        Domain.from_ranges(ranges, **groups)


def test_one_name_twice_is_refused():
    with pytest.raises(ValueError, match="one name"):
        Domain((Column(name="a"), Column(name="a")))


def test_from_a_frame_with_categories():
    X, _ = category_frame()
    domain = Domain.from_data(X)
    assert domain.contains(X).all()
    assert domain.contains(X[X.columns[::-1]]).all()
    assert domain["few"].labels == ("yes", "no", "maybe")
    assert domain["few"].missing
    assert not domain["other"].missing
    assert domain.show([1.0, np.nan, 1.0, 0.5])["few"] == "missing"
    with pytest.raises(ValueError, match="has the columns"):
        domain.contains(X.rename(columns={"few": "some"}))


def test_codes_are_those_of_the_model():
    from xgboost import XGBRegressor

    from treeprune.backends import encode

    X, y = category_frame()
    model = XGBRegressor(n_estimators=2, enable_categorical=True, n_jobs=1).fit(X, y)
    other = X.assign(few=X["few"].cat.reorder_categories(["maybe", "yes", "no"]))
    codes = np.asarray(encode(model, other).toarray() if hasattr(encode(model, other), "toarray") else 0)
    domain = Domain.from_data(other, model=model)
    assert domain["few"].labels == ("yes", "no", "maybe")  # of the training table
    assert domain.contains(other, model=model).all()
    assert codes.ndim in (0, 2)


def test_from_arrays_and_polars():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 5, 50), rng.normal(size=50), np.full(50, np.nan)])
    domain = Domain.from_data(X, margin=0.5)
    assert domain.names == ("x[0]", "x[1]", "x[2]")
    assert domain.columns[0].integer
    assert (domain.columns[0].lower, domain.columns[0].upper) == (-2, 6)
    assert domain.columns[1].upper == pytest.approx(X[:, 1].max() + 0.5 * np.ptp(X[:, 1]))
    assert domain.columns[2].text() == "missing"
    assert domain.contains(X).all()
    frame = pl.DataFrame({"a": [1, 2, None], "b": ["x", "y", "x"]}, schema_overrides={"b": pl.Categorical})
    named = Domain.from_data(frame)
    assert set(named["b"].labels) == {"x", "y"}
    assert named["a"].missing
    assert named.contains(frame).all()


def test_one_hot_groups_are_found_or_given():
    X = pd.get_dummies(pd.DataFrame({"sex": ["m", "f", "m"], "ward": ["a", "b", "c"]}), dtype=float)
    X["age_x"], X["age_y"] = [0.0, 1.0, 1.0], [0.0, 1.0, 0.0]
    domain = Domain.from_data(X)
    assert domain.groups == (Group(("sex_f", "sex_m")), Group(("ward_a", "ward_b", "ward_c")))
    assert Domain.from_data(X, one_hot=[]).groups == ()
    with pytest.raises(ValueError, match="rows of the table contradict"):
        Domain.from_data(X, one_hot=[["age_x", "age_y"]])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"margin": -1}, "margin"),
        ({"names": ["a"]}, "names"),
        ({"integer": ["z"]}, "no column of the table"),
        ({"integer": ["x[1]"]}, "not whole"),
        ({"integer": "some"}, "integer must be"),
    ],
)
def test_bad_options_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        Domain.from_data(np.array([[1, 0.5], [2, 1.5]]), **options)


def test_strange_tables_are_refused():
    with pytest.raises(ValueError, match="without rows"):
        Domain.from_data(np.zeros((0, 2)))
    with pytest.raises(ValueError, match="neither numbers nor categories"):
        Domain.from_data(pd.DataFrame({"a": ["x", "y"]}))
    with pytest.raises(ValueError, match="2 columns"):
        Domain.from_data(np.zeros((1, 2))).contains(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="one row"):
        Domain.from_data(np.zeros((1, 2))).why_not(np.zeros((2, 2)))


COLUMNS = st.one_of(
    st.builds(
        lambda a, b, whole, gone: Column(
            name="c", lower=min(a, b), upper=max(a, b) + 1, integer=whole, missing=gone
        ),
        st.integers(-4, 4) | st.just(-np.inf), st.integers(-4, 4), st.booleans(), st.booleans(),
    ),
    st.builds(
        lambda v, gone: Column(name="c", values=tuple(sorted(v)), missing=gone),
        st.sets(st.integers(-8, 8).map(lambda x: x / 2), min_size=1), st.booleans(),
    ),
)  # fmt: skip


@given(a=COLUMNS, b=COLUMNS)
def test_intersection_is_what_both_allow(a, b):
    x = np.array([*np.arange(-8, 9) / 2, np.nan, -1e9])
    both = a.contains(x) & b.contains(x)
    try:
        found = a.intersect(b)
    except ValueError:
        assert not both.any()
    else:
        assert (found.contains(x) == both).all()
        assert Column.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_domains_intersect_column_by_column():
    narrow = Domain.from_ranges(RANGES | {"age": (30.5, 60), "ward": [2, 7]})
    both = wards().intersect(narrow)
    assert both["age"].text() == "a whole number from 30.5 to 60"
    assert both["ward"].labels == ("<b>",)
    assert both.groups == wards().groups
    with pytest.raises(ValueError, match="contradict each other in column 'age'"):
        wards().intersect(Domain.from_ranges(RANGES | {"age": (91, 99)}))
    with pytest.raises(ValueError, match="other columns"):
        wards().intersect(Domain.from_ranges({"age": AGE}))
