"""The contract of every registered family."""

import copy
import pickle
from dataclasses import replace
from importlib.util import find_spec

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from tests.backends.families import FAMILIES, OPERATIONS, case_rows, encoded, pruned
from tests.strategies import random_mask
from treeprune.backends import read, registry, write
from treeprune.exceptions import ModelMismatchError, UnsupportedModelError
from treeprune.model.edit import collapse, keep_trees, scale_trees, with_values
from treeprune.model.ensemble import LEAF, TreeEnsemble, same_ensemble
from treeprune.model.traverse import raw_output

EVERY_FAMILY = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())

SAME_DOCUMENTS = {
    "lightgbm:DaskLGBMClassifier": "lightgbm:LGBMClassifier",
    "lightgbm:DaskLGBMRanker": "lightgbm:LGBMRanker",
    "lightgbm:DaskLGBMRegressor": "lightgbm:LGBMRegressor",
    "xgboost:DaskXGBClassifier": "xgboost:XGBClassifier",
    "xgboost:DaskXGBRanker": "xgboost:XGBRanker",
    "xgboost:DaskXGBRegressor": "xgboost:XGBRegressor",
}
"""Registered classes without cases -> those whose documents they wrap, and whose cases stand for theirs.

What the wrapper adds (collections, a client) is tested in test_dask.py.
"""

LEAST_CASES = 60
"""The suite has to hold at least so many model configurations."""


def each_case(operation=None, wanted=lambda case: True):
    """Every case of every family (that can do an operation)."""
    assert operation is None or operation in OPERATIONS
    pairs = [
        (family, case)
        for family in FAMILIES.values()
        for case in family.cases
        if operation not in family.cannot and wanted(case)
        if operation != "shap" or family.shap_takes(case)
    ]
    return pytest.mark.parametrize(
        ("family", "case"), [pytest.param(*pair, id=pair[1].id) for pair in pairs]
    )


EVERY_CASE = each_case()


def several_trees(case):
    return read(case.model).n_trees > 2


def test_every_registered_family_is_tested(record_property):
    known = set(registry.backends())
    absent = {name for name in known if find_spec(name.partition(":")[0]) is None}
    assert set(FAMILIES) == known - absent - set(SAME_DOCUMENTS)
    assert set(SAME_DOCUMENTS) <= known
    assert set(SAME_DOCUMENTS.values()) <= known
    for name, family in FAMILIES.items():
        assert family.cases
        assert {type(case.model).__name__ for case in family.cases} == {name.partition(":")[2]}
    ids = [case.id for family in FAMILIES.values() for case in family.cases]
    assert len(set(ids)) == len(ids)
    assert len(ids) >= LEAST_CASES
    record_property("model configurations", len(ids))
    print(f"not installed here: {', '.join(sorted(absent)) or 'nothing'}")


def same_parameters(a, b):
    if not hasattr(a, "get_params"):
        return type(a) is type(b)
    return type(a) is type(b) and pickle.dumps(a.get_params()) == pickle.dumps(b.get_params())


def assert_output(family, case, model, e, rows):
    """The vendor's public output of a model is that of an ensemble."""
    np.testing.assert_allclose(
        family.native(model, family.table(case, rows)),
        raw_output(e, rows),
        rtol=family.tolerance,
        atol=family.tolerance,
    )


def own_sets(e: TreeEnsemble) -> TreeEnsemble:
    """One category set for each split that asks one: an edited ensemble holds more, and may share them."""
    asks = np.flatnonzero(e.category_set != LEAF)
    old = e.category_set[asks]
    words = [e.category_word[e.category_offset[s] : e.category_offset[s + 1]] for s in old]
    category_set = np.full(e.n_nodes, LEAF, np.int32)
    category_set[asks] = np.arange(len(asks))
    return replace(
        e,
        category_set=category_set,
        category_offset=np.cumsum([0, *map(len, words)]),
        category_word=np.concatenate([np.zeros(0, np.uint32), *words]),
        category_count=e.category_count[old],
    )


def assert_same_trees(back: TreeEnsemble, planned: TreeEnsemble):
    """All bits but native numbers, and but the values at splits, which no row ever meets."""
    back, planned = own_sets(back), own_sets(planned)
    value = np.where(back.is_leaf[:, None], back.value, planned.value)
    names = {"node_id": planned.node_id, "tree_id": planned.tree_id, "prior": planned.prior}
    assert same_ensemble(replace(back, value=value, **names), planned)
    near = 1e-6 if planned.output_dtype == "float32" else 1e-12
    np.testing.assert_allclose(back.value, planned.value, rtol=near, atol=near)


@EVERY_CASE
def test_read_agrees_with_the_vendor(family, case):
    before = pickle.dumps(case.model)
    e = read(case.model)
    rows = case_rows(case, e)
    np.testing.assert_array_equal(encoded(case.model, family.table(case, rows), e), rows)
    np.testing.assert_array_equal(
        encoded(case.model, case.X, e), rows[: len(encoded(case.model, case.X, e))]
    )
    assert_output(family, case, case.model, e, rows)
    assert pickle.dumps(case.model) == before


@EVERY_CASE
def test_write_of_read_is_the_identity(family, case):
    before = pickle.dumps(case.model)
    e = read(case.model)
    rows = case_rows(case, e)
    same = write(case.model, e, rows)
    assert pickle.dumps(case.model) == before
    assert family.state(same) == family.state(case.model)
    assert vars(same).keys() == vars(case.model).keys()
    assert same_parameters(same, case.model)
    assert same_ensemble(read(same), e)
    table = family.table(case, rows)
    np.testing.assert_array_equal(family.native(same, table), family.native(case.model, table))
    if family.shap_raw is not None and family.shap_takes(case):
        for old, new in zip(family.shap_raw(case.model, table), family.shap_raw(same, table), strict=True):
            np.testing.assert_array_equal(new, old)


@EVERY_FAMILY
@given(data=st.data())
def test_collapse_keeps_a_top_subtree(family, data):
    case = data.draw(st.sampled_from(family.cases))
    e = read(case.model)
    mask = random_mask(data.draw(st.integers(0, 2**32 - 1)), e.n_nodes, data.draw(st.floats(0, 1)))
    before, rows = pickle.dumps(case.model), case_rows(case, e, 10)
    small = collapse(e, mask)
    written = write(case.model, small, rows)
    back = read(written)
    assert pickle.dumps(case.model) == before
    assert same_parameters(written, case.model)
    assert_same_trees(back, small)
    assert back.n_trees == e.n_trees
    assert back.n_nodes <= e.n_nodes
    assert (back.n_nodes < e.n_nodes) == bool((mask & ~e.is_leaf).any())
    assert set(back.used_features()) <= set(e.used_features())
    assert_output(family, case, written, small, rows)


def moved_values(e, seed):
    """Other values: of each column those of some other node of the same trees, mixed in."""
    rng = np.random.default_rng(seed)
    own = np.concatenate([rng.permutation(np.arange(*e.root[t : t + 2])) for t in range(e.n_trees)])
    return with_values(e, 0.25 * e.value + 0.75 * e.value[own])


@EVERY_CASE
def test_values_can_be_replaced(family, case):
    e = read(case.model)
    moved = moved_values(e, 0)
    if "values" in family.cannot:
        with pytest.raises(UnsupportedModelError):
            write(case.model, moved)
        return
    rows = case_rows(case, e, 10)
    written = write(case.model, moved, rows)
    assert_same_trees(read(written), replace(moved, value=read(written).value))
    assert_output(family, case, written, moved, rows)


@each_case(wanted=several_trees)
def test_trees_can_be_reweighted(family, case):
    e = read(case.model)
    factors = np.random.default_rng(1).uniform(0.2, 3, e.n_trees)
    if "weights" in family.cannot:
        with pytest.raises(UnsupportedModelError):
            scale_trees(e, factors)
        return
    rows = case_rows(case, e, 10)
    scaled = scale_trees(e, factors)
    written = write(case.model, scaled, rows)
    assert_output(family, case, written, scaled, rows)
    if e.reweight == "blend":  # the probabilities are those of the weighted mean
        leaves = scale_trees(replace(e, reweight="weight"), factors)
        np.testing.assert_allclose(raw_output(scaled, rows), raw_output(leaves, rows), atol=1e-12)


@each_case("drop", several_trees)
def test_trees_can_be_dropped(family, case):
    """The first and others, each by itself; what is left is as it was."""
    e = read(case.model)
    before, rows = pickle.dumps(case.model), case_rows(case, e, 10)
    for kept in ([0, 2], [1, 2], [e.n_trees - 1]):
        small = keep_trees(e, np.array(kept))
        written = write(case.model, small, rows)
        assert type(written) is type(case.model)
        assert pickle.dumps(case.model) == before
        assert_output(family, case, written, small, rows)
        states, old = family.state(written), family.state(case.model)
        if e.prior is None:
            assert [s for s in states if s in old] == [old[t] for t in kept]


@each_case("drop", several_trees)
def test_trees_can_be_reordered_or_not(family, case):
    small = keep_trees(read(case.model), np.array([2, 0]))
    if "reorder" in family.cannot:
        with pytest.raises(ValueError, match="order"):
            write(case.model, small)
        return
    model = write(case.model, small)
    assert family.state(model) == [family.state(case.model)[t] for t in (2, 0)]


@each_case("drop", several_trees)
def test_all_edits_together(family, case):
    e = read(case.model)
    rows = case_rows(case, e, 10)
    for seed in range(3):
        small = keep_trees(
            e, np.flatnonzero(random_mask(seed, e.n_trees - 1, 0.6)) if seed else np.arange(2)
        )
        if "values" not in family.cannot:
            small = moved_values(small, seed)
        if "weights" not in family.cannot:
            small = scale_trees(small, np.random.default_rng(seed).uniform(0.5, 2, small.n_trees))
        small = collapse(small, random_mask(seed, small.n_nodes, 0.2))
        written = write(case.model, small, rows)
        assert_output(family, case, written, small, rows)
        again = collapse(read(written), random_mask(seed + 1, read(written).n_nodes, 0.2))
        assert_output(family, case, write(written, again, rows), again, rows)


@EVERY_CASE
def test_pruned_models_can_be_copied_and_stored(family, case, tmp_path):
    model, _ = pruned(case.model)
    joblib.dump(model, tmp_path / "model.joblib")
    copies = (
        pickle.loads(pickle.dumps(model)),
        copy.deepcopy(model),
        joblib.load(tmp_path / "model.joblib"),
        joblib.load(tmp_path / "model.joblib", mmap_mode="r"),
        write(model, read(model)),
    )
    for other in copies:
        assert type(other) is type(model)
        assert family.state(other) == family.state(model)
        np.testing.assert_array_equal(family.native(other, case.X), family.native(model, case.X))


@each_case("refit")
def test_clone_and_refit_grow_the_old_model(family, case):
    model = clone(pruned(case.model)[0])
    with pytest.raises(NotFittedError):
        read(model)
    model.fit(case.X, case.y, sample_weight=case.weight, **case.fit_params)
    assert family.state(model) == family.state(case.model)


@each_case("refit")
def test_prune_shares_nothing_with_the_original(family, case):
    """Refitting or overwriting the result leaves the original alone."""
    before = pickle.dumps(case.model)
    model, _ = pruned(case.model)
    for value in vars(model).values():
        if isinstance(value, np.ndarray):
            value[...] = value[::-1].copy()
    model.fit(case.X, case.y, **case.fit_params)
    assert pickle.dumps(case.model) == before


@each_case(
    "shap", lambda case: len(read(case.model).classes) < 2
)  # shap divides several class targets by their number
def test_shap_adds_up_to_the_native_output(family, case):
    for seed in range(2):
        model, _ = pruned(case.model, seed)
        phi, base = family.shap_raw(model, case.X)
        e = read(model)
        near = 1e-4 if e.output_dtype == "float32" else 1e-9
        np.testing.assert_allclose(
            phi.sum(axis=1) + base, family.native(model, case.X), rtol=near, atol=near
        )
        unused = np.setdiff1d(np.arange(e.n_features), e.used_features())
        np.testing.assert_array_equal(phi[:, unused], 0)


@EVERY_FAMILY
def test_unfitted(family):
    if "refit" not in family.cannot:
        with pytest.raises(NotFittedError):
            read(clone(family.cases[0].model))


@EVERY_FAMILY
def test_a_wrong_writer_is_found_out(family, monkeypatch):
    """A backend that returns the model as it was, or as it was on all but the user's rows."""
    case = family.cases[0]
    e = read(case.model)
    stumps = collapse(e, np.ones(e.n_nodes, bool))
    backend = registry.find_backend(case.model)
    name = next(name for name, known in FAMILIES.items() if known is family)
    wrong = replace(backend, write=lambda model, ensemble: copy.deepcopy(model))
    monkeypatch.setitem(registry._BACKENDS, name, wrong)
    assert family.state(write(case.model, e)) == family.state(case.model)
    with pytest.raises(ModelMismatchError, match=rf"{type(case.model).__name__} .* row \d+"):
        write(case.model, stumps)
    own_rows = encoded(case.model, case.X, e)

    def flawed(model, rows):
        own = (np.nan_to_num(rows[:, None]) == np.nan_to_num(own_rows)).all(axis=2).any(axis=1)
        return backend.raw_output(model, rows) + own[:, None]

    monkeypatch.setitem(registry._BACKENDS, name, replace(backend, raw_output=flawed))
    with pytest.raises(ModelMismatchError, match="1 of 2 probe rows"):
        write(case.model, stumps, own_rows[:1])


@each_case("values", several_trees)
def test_the_wrong_tree_is_named(family, case, monkeypatch):
    """A writer that spoils one tree: the error says which, by its number in the user's model."""
    backend = registry.find_backend(case.model)
    name = next(name for name, known in FAMILIES.items() if known is family)
    assert backend.tree_output is not None
    e = read(case.model)
    kept = keep_trees(e, np.arange(1, e.n_trees)) if "drop" not in family.cannot else e
    spoilt = int(np.flatnonzero(np.diff(kept.root) > 1)[-1])  # no stub
    value = kept.value.copy()
    own = kept.tree(spoilt)
    fed = slice(None) if kept.output[spoilt] < 0 else kept.output[spoilt]
    value[own, fed] = value[own, fed] * 0.5 + 0.5

    def wrong(model, ensemble):
        return backend.write(
            model, replace(ensemble, value=value.astype(ensemble.output_dtype).astype(float))
        )

    monkeypatch.setitem(registry._BACKENDS, name, replace(backend, write=wrong))
    with pytest.raises(
        ModelMismatchError, match=rf"row \d+ .*tree {kept.tree_id[spoilt]} of the model before"
    ):
        write(case.model, kept)
