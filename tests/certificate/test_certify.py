"""Certificates against brute force over all cells, for every family."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backends.families import FAMILIES, encoded
from tests.certificate.helpers import brute_force, narrowed, small_pair
from tests.strategies import random_ensemble, random_mask
from treeprune.backends import read
from treeprune.certificate.certify import certify
from treeprune.domain.column import Column
from treeprune.domain.domain import Domain
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.edit import collapse
from treeprune.model.links import answers

CASES = [
    pytest.param(case, id=f"{name}-{case.id}") for name, family in FAMILIES.items() for case in family.cases
]


def assert_exact(certificate, change):
    assert certificate.exact
    for k, output in enumerate(certificate.outputs):
        top, bottom = change[:, k].max(), change[:, k].min()
        rounding = 1e-4 * max(1.0, abs(top), abs(bottom))  # of sums in single precision
        assert top <= output.rise.bound <= top + rounding
        assert bottom - rounding <= output.fall.bound <= bottom
        assert output.rise.reached == pytest.approx(top, abs=rounding)
        assert output.fall.reached == pytest.approx(bottom, abs=rounding)
        assert output.rise.reached <= output.rise.bound
        assert output.fall.reached >= output.fall.bound
        rows = np.array([output.rise.row, output.fall.row])
        assert certificate.domain.contains(rows).all()


def case_domain(case, models):
    e = models[0]
    rows = encoded(case.model, case.X, e).astype(np.float64)
    return narrowed(models, Domain.from_data(rows, margin=0.1))


@pytest.mark.parametrize("case", CASES[::3])
def test_equals_brute_force_for_all_families(case):
    e = read(case.model)
    if e.aggregation == "median":
        with pytest.raises(UnsupportedModelError, match="median"):
            certify(case.model, case.model, Domain(tuple(Column(name=f"{j}") for j in range(e.n_features))))
        return
    models = small_pair(case.model, seed=len(case.id))
    domain = case_domain(case, models)
    assert_exact(certify(*models, domain), brute_force(*models, domain))


@given(seed=st.integers(0, 10**6), strict=st.booleans(), single=st.booleans(), mean=st.booleans())
@settings(max_examples=10)
def test_equals_brute_force_on_wild_ensembles(seed, strict, single, mean):
    fields = {
        "comparison": "<" if strict else "<=",
        "input_dtype": "float32" if single else "float64",
        "unknown_category": ("left", "right", "default")[seed % 3],
    }
    if mean:
        fields |= {"aggregation": "mean", "weight": np.array([0.5, 2.0, 1.0])}
        fields["output"] = np.full(3, -1, np.int32)  # all feed all
    e = random_ensemble(seed, **fields)
    f = collapse(e, random_mask(seed, e.n_nodes))
    numbers = [Column(name=f"n{j}", missing=bool(seed >> j & 1), integer=seed % 5 == j) for j in range(3)]
    codes = Column(
        name="codes", values=tuple(map(float, range(-1, 95, 1 + seed % 7))), missing=seed % 2 == 0
    )
    domain = Domain((*numbers, codes))
    other = random_ensemble(seed + 1, **fields)
    for after in (f, other):
        assert_exact(certify(e, after, domain), brute_force(e, after, domain))


def test_groups_and_whole_numbers_narrow_the_change():
    rng = np.random.default_rng(0)
    level = rng.integers(0, 4, 300)
    X = np.column_stack([np.eye(4)[level], rng.integers(0, 30, 300), rng.normal(size=300)])
    y = X @ [1.0, -2.0, 0.5, 3.0, 0.1, 1.0] + X[:, 4] * X[:, 1] + rng.normal(size=300)
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(3, max_depth=4, random_state=0).fit(X, y)
    models = small_pair(forest, seed=2, n_trees=3)
    names = ["a", "b", "c", "d", "count", "number"]
    loose = Domain.from_data(X, names=names, one_hot=[], integer=[])
    exactly = Domain.from_data(X, names=names, one_hot=[names[:4]])
    at_most = Domain.from_ranges(
        {n: {0, 1} for n in names[:4]}
        | {"count": {"lower": 0, "upper": 29, "integer": True}, "number": (-3, 3)},
        at_most_one=[names[:4]],
    )
    found = {}
    for name, domain in {"loose": loose, "exactly": exactly, "at most": at_most}.items():
        found[name] = certify(*models, domain)
        if name != "loose":
            assert_exact(found[name], brute_force(*models, domain))
    assert found["exactly"].bound <= found["at most"].bound <= found["loose"].bound + 1e-9
    for output in found["exactly"].outputs:
        for row in (output.rise.row, output.fall.row):
            assert sum(row[:4]) == 1
            assert row[4] == round(row[4])


@pytest.mark.parametrize(
    "case",
    [c for c in CASES if c.values[0].id in {
        "XGBClassifier-binary", "LGBMClassifier-binary", "XGBRegressor-gamma", "XGBClassifier-hinge",
        "HistGradientBoostingClassifier-binary", "XGBRegressor-logarithms",
    } or "IsolationForest" in c.values[0].id][:8],
)  # fmt: skip
def test_answers_behind_links_equal_brute_force(case):
    models = small_pair(case.model, seed=len(case.id))
    domain = case_domain(case, models)
    change = brute_force(*models, domain, answers)
    assert_exact(certify(*models, domain, on="answer"), change[:, -models[0].n_columns :])


def test_probabilities_of_several_classes_are_bounded():
    case = next(c.values[0] for c in CASES if c.values[0].id == "XGBClassifier-classes")
    models = small_pair(case.model, seed=4, n_trees=6)
    domain = case_domain(case, models)
    change = brute_force(*models, domain, answers)
    certificate = certify(*models, domain, on="probability")
    assert not certificate.exact
    for k, output in enumerate(certificate.outputs):
        assert output.rise.bound >= change[:, k].max() >= output.rise.reached - 1e-7
        assert output.fall.bound <= change[:, k].min() <= output.fall.reached + 1e-7
        assert output.rise.bound <= 1
