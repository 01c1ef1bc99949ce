"""Names that mean harm come out as text, everywhere."""

import sqlite3
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from tests.export.helpers import HOSTILE, run_python, run_sqlite
from treeprune.export.leaf_table import leaf_table
from treeprune.export.parity import check_parity
from treeprune.export.python_source import to_python
from treeprune.export.rules import to_rules
from treeprune.export.sql import to_sql
from treeprune.report.tree_picture_svg import tree_svg


def table(seed=0, n=200):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, len(HOSTILE))), columns=list(HOSTILE))
    y = np.where(X.to_numpy() @ rng.normal(size=len(HOSTILE)) > 0, "'; DROP\n--\u2028", '"""\\')
    return X, y


def forest():
    X, y = table()
    return RandomForestClassifier(5, max_depth=6, random_state=0).fit(X, y), X


def test_python_holds_names_as_data():
    model, X = forest()
    source = to_python(model)
    source.encode("ascii")
    module = run_python(source)
    assert module["NAMES"] == HOSTILE
    rows = X.to_dict("records")
    assert [module["predict"](row) for row in rows] == model.predict(X).tolist()
    np.testing.assert_allclose(
        [module["predict_proba"](row) for row in rows], model.predict_proba(X), rtol=1e-14
    )


def test_python_needs_no_library(tmp_path):
    """Isolated and without site-packages, in a process of its own."""
    model, X = forest()
    row = X.iloc[0].tolist()
    (tmp_path / "model.py").write_text(
        to_python(model) + f"\nprint(repr(predict_proba({row!r})))\n", "ascii"
    )
    said = subprocess.run(
        [sys.executable, "-I", "-S", str(tmp_path / "model.py")], capture_output=True, text=True, check=True
    )
    np.testing.assert_allclose(eval(said.stdout), model.predict_proba(X.iloc[:1])[0], rtol=1e-14)


@pytest.mark.parametrize("key", [None, 'id"; DROP TABLE patients; --'])
def test_sql_quotes_names(key):
    model, X = forest()
    name = 'a"b; DROP TABLE x'
    sql = to_sql(model, table=name, key=key)
    comments = [line for line in sql.splitlines() if line.startswith("--")]
    assert len(comments) == 2
    assert sql.splitlines()[2].startswith("WITH ")
    assert not sqlite3.complete_statement(sql)  # one statement, and its end is left to the caller
    # python's sqlite3 refuses to execute more than one statement
    assert check_parity(sql, model, X, table=name, key=key).agrees


def test_sql_of_words_that_mean_harm():
    words = ["'; DROP TABLE patients; --", 'a"b', "\\'", "line\nbreak"]
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, 200)
    model = DecisionTreeClassifier(random_state=0).fit(codes[:, None], codes % 2)
    names, categories = [HOSTILE[1]], {HOSTILE[1]: words}
    options = {"feature_names": names, "categories": categories}
    rows = [[words[code]] for code in codes]
    got = run_sqlite(to_sql(model, **options), names, rows)
    np.testing.assert_array_equal(got[:, -1], codes % 2)
    module = run_python(to_python(model, **options))
    assert [module["predict"](row) for row in rows] == (codes % 2).tolist()
    assert check_parity(to_sql(model, **options), model, codes[:, None].astype(float), **options).agrees


def test_texts_stay_on_their_lines():
    X, y = table()
    tree = DecisionTreeClassifier(max_leaf_nodes=9, random_state=0).fit(X, y)
    rules = to_rules(tree)
    assert len(str(rules).splitlines()) == len(rules) + 2
    html = rules._repr_html_()
    assert "<img" not in html
    assert "&lt;/script&gt;&lt;img" in html
    frame = leaf_table(tree, X, y)
    assert not frame["condition"].str.contains("\n").any()
    svg = ElementTree.fromstring(tree_svg(tree, table=frame, title=HOSTILE[0]))
    kinds = {element.tag.rpartition("}")[2] for element in svg.iter()}
    assert kinds == {"svg", "title", "desc", "rect", "text", "polyline"}
    assert "\u202e" not in "".join(svg.itertext())


def test_a_name_that_no_engine_holds():
    model = DecisionTreeClassifier().fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(ValueError, match="cannot be a name"):
        to_sql(model, feature_names=["a\0b"])
    with pytest.raises(ValueError, match="cannot be a name"):
        to_sql(model, table="")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"feature_names": ["a"]}, ValueError, "1 feature_names for a model of 2"),
        ({"feature_names": ["a", "a"]}, ValueError, "twice"),
        ({"feature_names": ["a", 1]}, TypeError, "must be text"),
        ({"categories": {"b": ["x"]}}, ValueError, "does not have"),
        ({"categories": {"x[0]": "word"}}, TypeError, "list of names"),
        ({"categories": {"x[0]": ["p", "p"]}}, ValueError, "twice"),
        ({"categories": {"x[0]": []}}, ValueError, "at least one"),
    ],
)
def test_bad_words(options, error, words):
    model = DecisionTreeClassifier().fit([[0.0, 1.0], [1.0, 0.0]], [0, 1])
    for write in (to_python, to_sql, to_rules):
        with pytest.raises(error, match=words):
            write(model, **options)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"units": {"q": "mm"}}, ValueError, "does not have"),
        ({"class_names": ["a"]}, ValueError, "must name"),
        ({"class_names": ["a", "a"]}, ValueError, "twice"),
        ({"counts": [1]}, ValueError, "each of the 2 leaves"),
        ({"order": "size"}, ValueError, "order must be"),
    ],
)
def test_bad_words_of_rules(options, error, words):
    model = DecisionTreeClassifier().fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(error, match=words):
        to_rules(model, **options)
