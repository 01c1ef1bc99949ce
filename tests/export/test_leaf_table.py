"""The leaf table beside pandas, scipy and scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from treeprune.backends import read
from treeprune.exceptions import UnsupportedModelError
from treeprune.export.leaf_table import leaf_table


def cancer(leaves=6):
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    return DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0).fit(X[::2], y[::2]), X, y


def test_counts_shares_and_intervals():
    model, X, y = cancer()
    teacher = np.linspace(0, 1, len(X))
    table = leaf_table(model, X, y, teacher=teacher).set_index("leaf")
    leaf = model.apply(X)
    rows = pd.DataFrame({"leaf": leaf, "y": y, "teacher": teacher, "p": model.predict_proba(X)[:, 1]})
    for number, own in rows.groupby("leaf"):
        line = table.loc[number]
        assert (line["n"], line["n_1"], line["n_0"]) == (len(own), own["y"].sum(), (1 - own["y"]).sum())
        assert line["weight"] == len(own)
        test = stats.binomtest(int(own["y"].sum()), len(own)).proportion_ci(method="wilson")
        np.testing.assert_allclose(
            line[["share", "low", "high"]].astype(float), [own["y"].mean(), *test], rtol=1e-9, atol=1e-12
        )
        assert line["teacher"] == pytest.approx(own["teacher"].mean())
        assert line["model"] == own["p"].iloc[0]
    assert table["n"].sum() == len(X)
    assert len(table) == model.get_n_leaves()


def test_numbers():
    X, y = load_diabetes(return_X_y=True)
    model = DecisionTreeRegressor(max_leaf_nodes=5, random_state=0).fit(X, y)
    table = leaf_table(model, X, y + 1e6).set_index("leaf")  # far from zero
    for number, own in pd.Series(y + 1e6).groupby(model.apply(X)):
        line = table.loc[number]
        low, high = stats.t.interval(0.95, len(own) - 1, own.mean(), stats.sem(own))
        expected = [own.mean(), own.std(), low, high]
        np.testing.assert_allclose(line[["mean", "sd", "low", "high"]].astype(float), expected, rtol=1e-9)


def test_weights_count_as_effective_rows():
    """Equal weights are as none; rows without weight are not there."""
    X, y = load_diabetes(return_X_y=True)
    model = DecisionTreeRegressor(max_leaf_nodes=4, random_state=0).fit(X, y)
    kept = np.random.default_rng(0).random(len(y)) < 0.7
    some = leaf_table(model, X, y, 3.0 * kept)
    pd.testing.assert_frame_equal(
        some.drop(columns="weight"), leaf_table(model, X[kept], y[kept]).drop(columns="weight")
    )
    weight = np.random.default_rng(1).uniform(0.2, 5, len(y))
    table = leaf_table(model, X, y, weight)
    at = model.apply(X) == table["leaf"][0]
    w, own = weight[at], y[at]
    assert table["mean"][0] == pytest.approx(np.average(own, weights=w))
    rows = w.sum() ** 2 / (w**2).sum()
    variance = np.average((own - table["mean"][0]) ** 2, weights=w) * rows / (rows - 1)
    assert table["sd"][0] == pytest.approx(np.sqrt(variance))
    assert table["high"][0] - table["mean"][0] == pytest.approx(
        stats.t.ppf(0.975, rows - 1) * np.sqrt(variance / rows)
    )
    with pytest.raises(ValueError, match="egative"):
        leaf_table(model, X, y, -weight)


def test_several_classes():
    X, y = load_iris(return_X_y=True)
    names = ["setosa", "versicolor", "virginica"]
    model = DecisionTreeClassifier(max_leaf_nodes=4, random_state=0).fit(X, y)
    table = leaf_table(model, X, y, teacher=model.predict_proba(X), class_names=names)
    assert table[[f"n_{name}" for name in names]].to_numpy().sum() == 150
    for name in names:
        np.testing.assert_allclose(table[f"share_{name}"], table[f"model_{name}"])
        np.testing.assert_allclose(table[f"teacher_{name}"], table[f"model_{name}"])
        assert (table[f"low_{name}"] <= table[f"share_{name}"]).all()


def test_leaves_without_rows():
    model, X, y = cancer()
    table = leaf_table(model, X[:1], y[:1], teacher=[0.5])
    empty = table["n"] == 0
    assert empty.sum() == len(table) - 1
    assert table.loc[empty, ["share", "low", "high", "teacher"]].isna().all(axis=None)
    one = leaf_table(read(model), X[:1].to_numpy(), y[:1])
    pd.testing.assert_frame_equal(
        one.drop(columns=["condition"]), table.drop(columns=["condition", "teacher"])
    )
    assert leaf_table(model, X).columns.tolist() == ["leaf", "condition", "n", "weight", "model"]


def test_small_cells_are_hidden():
    model, X, y = cancer(9)
    open_table, table = leaf_table(model, X, y), leaf_table(model, X, y, min_count=11)
    assert (open_table["n"] < 11).any()
    assert ((open_table["n"] >= 11) & (open_table["n_1"] < 11)).any()
    for (_, seen), (_, line) in zip(open_table.iterrows(), table.iterrows(), strict=True):
        small = [0 < seen[name] < 11 for name in ("n", "n_0", "n_1")]
        assert line["n"] == ("<11" if small[0] else seen["n"])
        told = ["n_0", "n_1", "weight", "share", "low", "high"]
        if not any(small):
            assert line[told].tolist() == seen[told].tolist()
        else:
            assert all(value is None or value == "<11" for value in line[told])
            if small[0]:
                assert all(value is None for value in line[told])
    counts = table[["n", "n_0", "n_1", "weight"]].to_numpy().ravel().tolist()
    assert not set(range(1, 11)) & {x for x in counts if not isinstance(x, str)}


def test_refusals():
    model, X, y = cancer()
    with pytest.raises(ValueError, match="569 rows, but there are 3"):
        leaf_table(model, X, y[:3])
    with pytest.raises(ValueError, match="teacher must hold 2 numbers"):
        leaf_table(model, X, teacher=np.ones((3, 1)))
    with pytest.raises(ValueError, match="teacher holds NaN"):
        leaf_table(model, X, teacher=np.full(len(X), np.nan))
    with pytest.raises(ValueError, match="min_count"):
        leaf_table(model, X, min_count=0)
    with pytest.raises(ValueError, match="features"):
        leaf_table(model, X.to_numpy()[:, :3])
    with pytest.raises(UnsupportedModelError, match="adds up 2 trees"):
        leaf_table(RandomForestClassifier(2).fit(X, y), X)
    with pytest.raises(UnsupportedModelError, match="one outcome"):
        leaf_table(DecisionTreeRegressor().fit(X[:20], X.iloc[:20, :2]), X)


def test_a_boosted_tree_on_categories():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"ward": pd.Categorical(rng.choice(["a", "b", "c"], 200)), "x": rng.normal(size=200)}
    )
    y = (frame["ward"] == "b") * 2.0 + frame["x"]
    model = HistGradientBoostingRegressor(
        max_iter=1, learning_rate=1, max_leaf_nodes=4, min_samples_leaf=5
    ).fit(frame, y)
    table = leaf_table(model, frame, y, categories={"ward": ["a", "b", "c"]})
    np.testing.assert_allclose(table["model"], table["mean"])
    assert table["condition"].str.contains("ward is b").any()
