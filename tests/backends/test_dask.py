"""Dask's wrappers around the documents of XGBoost and LightGBM."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from tests.strategies import random_mask, random_table
from treeprune import CostComplexityPruner, ReducedErrorPruner
from treeprune.backends import encode, read, registry, write
from treeprune.exceptions import ModelMismatchError
from treeprune.model.edit import collapse, keep_trees
from treeprune.model.traverse import raw_output

pytest.importorskip("dask", reason="Dask is an optional package")
distributed = pytest.importorskip("distributed", reason="Dask's scheduler is an optional package")
da = pytest.importorskip("dask.array", reason="Dask is an optional package")
dd = pytest.importorskip("dask.dataframe", reason="Dask's frames are an optional package")

XGB = {"n_estimators": 5, "max_depth": 3, "n_jobs": 1}
LGBM = {"n_estimators": 5, "num_leaves": 6, "min_child_samples": 3, "verbose": -1}
NAMES = [f"{vendor}{kind}" for vendor in ("XGB", "LGBM") for kind in ("Classifier", "Regressor", "Ranker")]

pytestmark = pytest.mark.filterwarnings("ignore:Parameter n_jobs will be ignored:UserWarning")


@pytest.fixture(scope="module")
def client():
    cluster = distributed.LocalCluster(
        n_workers=1, processes=False, threads_per_worker=1, dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as found:
        yield found


def dask_class(name):
    package = "xgboost" if name.startswith("XGB") else "lightgbm"
    return getattr(pytest.importorskip(f"{package}.dask"), f"Dask{name}")


def estimator(name, client):
    model = dask_class(name)(**(XGB if name.startswith("XGB") else LGBM))
    model.client = client
    return model


def table(name):
    kind = "binary" if name.endswith("Classifier") else "regression"
    X, y = random_table(0, 120, kind, missing=True)
    return X, np.digitize(y, [-1, 1]) if name.endswith("Ranker") else y


@pytest.fixture(scope="module")
def fitted(client):
    models = {}

    def make(name):
        if name not in models:
            X, y = table(name)
            rows, target = da.from_array(X, chunks=(60, 5)), da.from_array(y, chunks=60)
            groups = np.repeat(np.arange(12), 10)
            if name == "XGBRanker":
                frame = dd.from_dask_array(rows, columns=list("abcde"))
                how = {"qid": dd.from_dask_array(da.from_array(groups, chunks=60))}
                models[name] = estimator(name, client).fit(frame, dd.from_dask_array(target), **how)
            else:
                how = {"group": da.from_array(np.full(12, 10), chunks=6)} if name == "LGBMRanker" else {}
                models[name] = estimator(name, client).fit(rows, target, **how)
        return models[name]

    return make


def through_dask(model, X, columns=None):
    rows = da.from_array(X, chunks=(60, 5))
    if columns is not None:
        rows = dd.from_dask_array(rows, columns=list(columns))
    raw = {"output_margin": True} if type(model).__name__.startswith("DaskXGB") else {"raw_score": True}
    return np.asarray(model.predict(rows, **raw).compute())


@pytest.mark.parametrize("name", NAMES)
def test_the_pruned_model_answers_through_dask(name, fitted):
    model = fitted(name)
    X, _ = table(name)
    e = read(model)
    names = e.feature_names if name == "XGBRanker" else None
    rows = X.astype(e.input_dtype)
    np.testing.assert_allclose(through_dask(model, X, names), raw_output(e, rows)[:, 0], rtol=1e-6)
    before = pickle.dumps(model)
    for edited in (
        e,
        collapse(e, random_mask(0, e.n_nodes)),
        keep_trees(e, np.array([0, 2])),
    ):
        written = write(model, edited, rows)
        assert type(written) is type(model)
        assert vars(written).keys() == vars(model).keys()
        assert written.client is model.client
        np.testing.assert_allclose(
            through_dask(written, X, names), raw_output(edited, rows)[:, 0], rtol=1e-5, atol=1e-6
        )
    assert pickle.dumps(model) == before
    assert written.n_estimators == 2


@pytest.mark.parametrize("name", NAMES)
def test_the_local_estimator_answers_alike(name, fitted):
    model = fitted(name)
    X, _ = table(name)
    written = write(model, collapse(read(model), random_mask(1, read(model).n_nodes)))
    expected = raw_output(read(written), X.astype(read(written).input_dtype))[:, 0]
    if name.startswith("LGBM"):
        local = written.to_local()
        assert type(local).__name__ == name
        got = local.predict(X, raw_score=True)
    else:
        got = written.get_booster().inplace_predict(X, predict_type="margin", validate_features=False)
    np.testing.assert_allclose(got, expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["XGBClassifier", "LGBMClassifier"])
def test_probabilities_come_back(name, fitted):
    model = fitted(name)
    X, _ = table(name)
    rows = da.from_array(X, chunks=(60, 5))
    same = write(model, read(model))
    np.testing.assert_array_equal(same.predict_proba(rows).compute(), model.predict_proba(rows).compute())
    np.testing.assert_array_equal(same.predict(rows).compute(), model.predict(rows).compute())
    np.testing.assert_array_equal(same.classes_, [0, 1])
    copied = pickle.loads(pickle.dumps(same))
    copied.client = model.client
    np.testing.assert_array_equal(copied.predict(rows).compute(), model.predict(rows).compute())


@pytest.mark.parametrize("name", ["XGBRegressor", "LGBMRegressor"])
def test_collections_are_encoded_as_arrays(name, fitted):
    X, _ = table(name)
    rows = da.from_array(X, chunks=(60, 5))
    model = fitted(name)
    np.testing.assert_array_equal(np.asarray(encode(model, rows)), np.asarray(encode(model, X)))


@pytest.mark.parametrize("name", NAMES)
def test_unfitted(name, client):
    with pytest.raises(NotFittedError):
        read(estimator(name, client))


@pytest.mark.parametrize("name", ["XGBRegressor", "LGBMRegressor"])
def test_a_wrong_tree_is_named(name, fitted, monkeypatch):
    model = fitted(name)
    known = registry.check_supported(model)
    e = read(model)
    wrong = replace(known, write=lambda model, ensemble: known.write(model, e))
    package = "xgboost" if name.startswith("XGB") else "lightgbm"
    monkeypatch.setitem(registry._BACKENDS, f"{package}:Dask{name}", wrong)
    only_third = np.zeros(e.n_nodes, bool)
    only_third[e.tree(2)] = True
    with pytest.raises(ModelMismatchError, match="where tree 2 of the model before gives"):
        write(model, collapse(e, only_third))


@pytest.mark.parametrize("make", [CostComplexityPruner, ReducedErrorPruner])
@pytest.mark.parametrize("name", ["XGBClassifier", "XGBRegressor", "LGBMClassifier", "LGBMRegressor"])
def test_a_frozen_model_is_pruned_by_rows_in_memory(name, make, fitted):
    """The pruned model stays one of Dask's, and answers Dask's collections."""
    model, (X, _) = fitted(name), table(name)
    _, y = random_table(1, 120, "binary" if name.endswith("Classifier") else "regression")
    pruner = make(FrozenEstimator(model)).fit(X, y)
    assert type(pruner.estimator_) is type(model)
    assert read(pruner.estimator_).n_nodes < read(model).n_nodes
    rows = da.from_array(X, chunks=(60, 5))
    np.testing.assert_array_equal(
        np.asarray(pruner.predict(rows)), pruner.estimator_.predict(rows).compute()
    )
