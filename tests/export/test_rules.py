"""Rules, read back from their own words."""

import re

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.backends.families import FAMILIES, case_rows
from treeprune.backends import read
from treeprune.exceptions import UnsupportedModelError
from treeprune.export.rules import to_rules
from treeprune.model.edit import keep_trees
from treeprune.model.ensemble import ZERO_LIMIT
from treeprune.model.traverse import leaf_index

BOUND = re.compile(r"(above|at least|at most|below) (\S+)")


def known_holds(text, x, kind):  # noqa: PLR0911 (each phrase has its own)
    """Which values that are there fit a phrase."""
    zero = np.abs(x) <= ZERO_LIMIT
    if text in ("", "known"):
        return np.ones(len(x), bool)
    if text.endswith(", or 0"):
        return known_holds(text.removesuffix(", or 0"), x, kind) & ~zero | zero
    if text.endswith("but not 0"):
        return known_holds(text.removesuffix("but not 0").strip(), x, kind) & ~zero
    if text == "not 0":
        return ~zero
    if bounds := BOUND.findall(text):
        assert re.fullmatch(BOUND.pattern + r"( and " + BOUND.pattern + ")?", text)
        signs = {
            "above": np.greater,
            "at least": np.greater_equal,
            "at most": np.less_equal,
            "below": np.less,
        }
        return np.logical_and.reduce([signs[word](x, kind(number)) for word, number in bounds])
    codes = set(map(int, re.findall(r"\d+", text)))
    inside = np.isin(np.trunc(x), list(codes)) & (x >= 0)
    if text.startswith(("none of ", "not ")):
        return ~inside
    assert re.fullmatch(r"(one of )?\d+(, \d+)*", text), text
    return inside


def holds(condition, rows):
    """Which rows fit a condition about one column, by its words alone."""
    name, _, text = condition.partition(" is ")
    x = rows[:, int(name[1:])]
    missing = np.isnan(x)
    if text == "missing":
        return missing
    if text == "never so":
        return np.zeros(len(x), bool)
    alone = text.removesuffix(", or missing")
    allowed = missing if alone != text else np.zeros(len(x), bool)
    known = np.where(missing, 1.0, x).astype(x.dtype)
    if alone == "a known category":
        return allowed | ~missing
    return allowed | (known_holds(alone, known, x.dtype.type) & ~missing)


@pytest.mark.parametrize("family", [pytest.param(f, id=name) for name, f in FAMILIES.items()])
def test_the_rule_of_each_row_is_its_leaf(family):
    for case in family.cases:
        e = keep_trees(read(case.model), np.array([0]))
        names = [f"c{f}" for f in range(e.n_features)]
        rows = case_rows(case, read(case.model), 10)[-60:]
        rules = to_rules(e, feature_names=names).rules
        fits = np.array(
            [np.logical_and.reduce([np.ones(len(rows), bool), *(holds(c, rows) for c in rule.conditions)])
             for rule in rules]
        )  # fmt: skip
        # codes that no training row had are in no list of known ones
        np.testing.assert_array_equal(fits.sum(axis=0), 1, err_msg=case.id)
        leaf = np.array([rule.leaf for rule in rules])[fits.argmax(axis=0)]
        np.testing.assert_array_equal(leaf, e.node_id[leaf_index(e, rows)[0]], err_msg=case.id)
        for rule in rules:  # one condition a column
            assert len({c.partition(" is ")[0] for c in rule.conditions}) == len(rule.conditions)


def test_words():
    rng = np.random.default_rng(0)
    X = np.column_stack(
        [rng.integers(20, 90, 500), rng.integers(0, 5, 500), rng.integers(0, 2, 500)]
    ).astype(float)
    y = ((X[:, 0] > 65) & (X[:, 0] <= 80) & np.isin(X[:, 1], [0, 1, 4])).astype(int)
    model = DecisionTreeClassifier(random_state=0).fit(X, y)
    rules = to_rules(
        model,
        feature_names=["age", "dzgroup", "sex"],
        units={"age": "years"},
        categories={"dzgroup": ["A", "B", "C", "D, E", "F"], "sex": {0: "f", 1: "m"}},
        class_names=["alive", "dead"],
        counts=range(5, 5 + model.get_n_leaves()),
        missing=False,
    )
    texts = [str(rule) for rule in rules.rules]
    assert (
        "if age is above 65.5 and at most 80.5 years; dzgroup is one of A, B: dead 100.0% (n = <11)"
        in texts
    )
    assert (
        'if age is above 65.5 and at most 80.5 years; dzgroup is one of C, "D, E": dead 0.0% (n = <11)'
        in texts
    )
    assert "if age is above 65.5 and at most 80.5 years; dzgroup is F: dead 100.0% (n = <11)" in texts
    assert "if age is at most 65.5 years: dead 0.0% (n = <11)" in texts
    frame = rules.to_frame()
    assert list(frame) == ["leaf", "condition", "answer", "n"]
    assert len(frame) == len(rules) == model.get_n_leaves()


def test_most_frequent_first():
    X, y = load_breast_cancer(return_X_y=True)
    model = DecisionTreeClassifier(max_leaf_nodes=8, random_state=0).fit(X, y)
    sizes = dict(enumerate(model.tree_.n_node_samples))
    by_training = [sizes[rule.leaf] for rule in to_rules(model).rules]
    assert by_training == sorted(by_training, reverse=True)
    tree_order = to_rules(model, order="tree").rules
    counts = [20 + i for i in range(8)]
    counted = to_rules(model, counts=counts).rules
    assert [rule.leaf for rule in counted] == [rule.leaf for rule in tree_order][::-1]
    assert [rule.n for rule in counted] == [str(n) for n in reversed(counts)]


def test_answers():
    X, y = load_iris(return_X_y=True)
    several = to_rules(DecisionTreeClassifier(max_depth=1).fit(X, y), class_names=["a", "b", "c"])
    assert "a 0.0%, b 50.0%, c 50.0%" in str(several)
    number = to_rules(DecisionTreeRegressor(max_depth=1).fit(X, X[:, 0] * 1000))
    assert re.search(r": \d{4}\n", str(number))
    boosted = HistGradientBoostingClassifier(max_iter=1, max_leaf_nodes=2).fit(X, y > 0)
    shares = sorted(set(boosted.predict_proba(X)[:, 1]))
    assert [f"{share:.1%}" in str(to_rules(boosted)) for share in shares] == [True] * 2
    targets = to_rules(DecisionTreeClassifier(max_depth=1).fit(X, np.column_stack([y > 0, y > 1])))
    assert "; True" in str(targets.rules[0]).partition(": ")[2]
    assert str(to_rules(DecisionTreeClassifier().fit(X, y > 5)).rules[0]).startswith("always: ")


def test_an_ensemble_has_no_rules():
    X, y = load_iris(return_X_y=True)
    forest = RandomForestClassifier(3).fit(X, y)
    with pytest.raises(UnsupportedModelError, match=r"adds up 3 trees.*distil"):
        to_rules(forest)
