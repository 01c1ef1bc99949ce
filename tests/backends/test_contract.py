"""The contract of every registered family."""

import copy
import pickle
from dataclasses import replace

import joblib
import numpy as np
import pytest
import shap
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from tests.backends.families import FAMILIES, boundary_rows, pruned
from tests.strategies import random_mask
from treeprune.backends import read, registry, write
from treeprune.exceptions import WriteCheckError
from treeprune.model.edit import collapse, keep_trees
from treeprune.model.ensemble import same_ensemble
from treeprune.model.traverse import raw_output

EVERY_FAMILY = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())


def each_case(wanted=lambda case: True):
    pairs = [(family, case) for family in FAMILIES.values() for case in family.cases if wanted(case)]
    return pytest.mark.parametrize(
        ("family", "case"), [pytest.param(*pair, id=pair[1].id) for pair in pairs]
    )


EVERY_CASE = each_case()


def test_every_registered_family_is_tested():
    assert set(FAMILIES) == set(registry.backends())
    for name, family in FAMILIES.items():
        assert family.cases
        assert {type(case.model).__name__ for case in family.cases} == {name.partition(":")[2]}


def same_parameters(a, b):
    return type(a) is type(b) and pickle.dumps(a.get_params()) == pickle.dumps(b.get_params())


@EVERY_CASE
def test_read_agrees_with_the_vendor(family, case):
    before = pickle.dumps(case.model)
    e = read(case.model)
    rows = boundary_rows(e, case.X)
    np.testing.assert_allclose(
        raw_output(e, rows), family.native(case.model, rows), rtol=family.tolerance, atol=family.tolerance
    )
    assert pickle.dumps(case.model) == before


@EVERY_CASE
def test_write_of_read_is_the_identity(family, case):
    before = pickle.dumps(case.model)
    e = read(case.model)
    rows = boundary_rows(e, case.X)
    same = write(case.model, e, rows)
    assert pickle.dumps(case.model) == before
    assert family.state(same) == family.state(case.model)
    assert vars(same).keys() == vars(case.model).keys()
    assert same_parameters(same, case.model)
    assert same_ensemble(read(same), e)
    np.testing.assert_array_equal(family.native(same, rows), family.native(case.model, rows))
    old, new = (shap.TreeExplainer(model) for model in (case.model, same))
    np.testing.assert_array_equal(new.expected_value, old.expected_value)
    np.testing.assert_array_equal(
        new.shap_values(rows, check_additivity=False), old.shap_values(rows, check_additivity=False)
    )


@EVERY_FAMILY
@given(data=st.data())
def test_collapse_keeps_a_top_subtree(family, data):
    case = data.draw(st.sampled_from(family.cases))
    e = read(case.model)
    mask = random_mask(data.draw(st.integers(0, 2**32 - 1)), e.n_nodes, data.draw(st.floats(0, 1)))
    before, rows = pickle.dumps(case.model), boundary_rows(e, case.X, 10)
    small = collapse(e, mask)
    written = write(case.model, small, rows)
    back = read(written)
    assert pickle.dumps(case.model) == before
    assert same_parameters(written, case.model)
    assert same_ensemble(replace(back, node_id=small.node_id), small)
    for t in range(e.n_trees):
        own = back.tree(t)
        native = e.root[t] + small.node_id[own]  # node_id numbers the nodes of the tree as it was
        kept_split = ~back.is_leaf[own]
        for name in ("feature", "threshold", "default_left", "category_set"):
            np.testing.assert_array_equal(
                getattr(back, name)[own][kept_split], getattr(e, name)[native][kept_split]
            )
        for name in ("value", "cover", "n_samples", "impurity"):
            np.testing.assert_array_equal(getattr(back, name)[own], getattr(e, name)[native])
    assert back.n_trees == e.n_trees
    assert back.n_nodes <= e.n_nodes
    assert (back.n_nodes < e.n_nodes) == bool((mask & ~e.is_leaf).any())
    assert set(back.used_features()) <= set(e.used_features())
    np.testing.assert_allclose(
        family.native(written, rows), raw_output(small, rows), rtol=family.tolerance, atol=family.tolerance
    )


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


@EVERY_CASE
def test_clone_and_refit_grow_the_old_model(family, case):
    model = clone(pruned(case.model)[0])
    with pytest.raises(NotFittedError):
        read(model)
    model.fit(case.X, case.y, sample_weight=case.weight)
    assert family.state(model) == family.state(case.model)


@EVERY_CASE
def test_prune_shares_nothing_with_the_original(family, case):
    """Refitting or overwriting the result leaves the original alone."""
    before = pickle.dumps(case.model)
    model, _ = pruned(case.model)
    for value in vars(model).values():
        if isinstance(value, np.ndarray):
            value[...] = value[::-1].copy()
    model.fit(case.X[::2], case.y[::2])
    assert pickle.dumps(case.model) == before


@each_case(
    lambda case: len(read(case.model).classes) < 2
)  # shap divides several class targets by their number
def test_shap_adds_up_to_the_native_output(family, case):
    for seed in range(2):
        model, _ = pruned(case.model, seed)
        rows = case.X.astype(np.float32)
        explainer = shap.TreeExplainer(model)
        total = explainer.shap_values(rows, check_additivity=False).sum(axis=1) + explainer.expected_value
        np.testing.assert_allclose(
            total.reshape(len(rows), -1), family.native(model, rows), rtol=1e-9, atol=1e-9
        )


@EVERY_FAMILY
def test_unfitted(family):
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
    with pytest.raises(WriteCheckError, match=type(case.model).__name__):
        write(case.model, stumps)

    def flawed(model, rows):
        own = (rows[:, None] == case.X.astype(rows.dtype)).all(axis=2).any(axis=1)
        return backend.raw_output(model, rows) + own[:, None]

    monkeypatch.setitem(registry._BACKENDS, name, replace(backend, raw_output=flawed))
    write(case.model, stumps)
    with pytest.raises(WriteCheckError, match="1 of 2 probe rows"):
        write(case.model, stumps, case.X[:1].astype(e.input_dtype))


@each_case(lambda case: read(case.model).n_trees > 1)
def test_trees_can_be_dropped_and_reordered(family, case):
    chosen = np.array([2, 0])
    before = pickle.dumps(case.model)
    model = write(case.model, keep_trees(read(case.model), chosen))
    assert pickle.dumps(case.model) == before
    assert type(model) is type(case.model)
    assert family.state(model) == [family.state(case.model)[t] for t in chosen]
