"""The picture of a tree: what it says, that nothing covers anything, and that names stay text."""

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.backends.families import FAMILIES
from treeprune.backends import read
from treeprune.exceptions import UnsupportedModelError
from treeprune.export.leaf_table import leaf_table
from treeprune.model.edit import keep_trees
from treeprune.report.tree_picture import TreeDisplay
from treeprune.report.tree_picture_layout import MOST_LEAVES, text_width, tree_picture
from treeprune.report.tree_picture_svg import tree_svg

NAMES = ("$x^_{", "</script><img onerror=1>", "line\nbreak")


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    pyplot.close("all")


def grown(leaves, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(600, 3)).round(2), columns=list(NAMES))
    y = rng.random(600) < 1 / (1 + np.exp(-X.sum(axis=1)))
    return DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=seed).fit(X, y), X, y


def rectangles(picture):
    """Boxes, and the texts on the edges, as (left, upper, right, lower)."""
    for box in picture.boxes:
        yield box.x, box.y, box.x + box.width, box.y + box.height
    for edge in picture.edges:
        x, y = edge.at
        yield x, y - 9, x + 0.9 * text_width(edge.text), y + 2


def test_a_line_names_only_categories_that_can_come():
    codes = np.repeat(np.arange(4.0), 20)
    model = DecisionTreeClassifier(random_state=0).fit(codes[:, None], codes % 2)
    names = dict(enumerate("abcd"))
    picture = tree_picture(model, feature_names=["ward"], categories={"ward": names}, missing=False)
    said = [edge.text.removeprefix("one of ") for edge in picture.edges]
    path = model.decision_path(np.arange(4.0)[:, None]).toarray().astype(bool)
    there = {", ".join(names[k] for k in np.flatnonzero(path[:, node])) for node in range(1, path.shape[1])}
    assert len(said) == len(there) == 6
    assert {text.replace(" or ", ", ") for text in said} == there


@pytest.mark.parametrize("leaves", [2, 7, 32])
def test_nothing_covers_anything(leaves):
    model, X, y = grown(leaves)
    picture = tree_picture(model, table=leaf_table(model, X, y))
    assert len(picture.boxes) == model.tree_.node_count
    assert len(picture.edges) == model.tree_.node_count - 1
    found = np.array(list(rectangles(picture)))
    assert (found[:, :2] >= 0).all()
    assert (found[:, 2] <= picture.width).all()
    assert (found[:, 3] <= picture.height).all()
    a, b = found[:, None], found[None]
    meet = (a[..., :2] < b[..., 2:]).all(axis=2) & (b[..., :2] < a[..., 2:]).all(axis=2)
    assert not (meet & ~np.eye(len(found), dtype=bool)).any()


def test_the_leaves_say_what_the_table_says():
    model, X, y = grown(5)
    table = leaf_table(model, X, y)
    boxes = [box for box in tree_picture(model, table=table).boxes if box.leaf]
    boxes.sort(key=lambda box: box.y)
    assert len(boxes) == len(table)
    for box, (_, row) in zip(boxes, table.iterrows(), strict=True):
        share = f"{row['model']:.1%}"
        assert box.share == row["model"]
        assert box.lines[0] == f"True {share}"
        assert box.lines[1].startswith(f"n = {row['n']}, events {row['n_True']} ({row['low']:.1%} to ")


def test_hidden_counts_stay_hidden():
    model, X, y = grown(32)
    picture = tree_picture(model, table=leaf_table(model, X, y, min_count=11))
    evidence = [box.lines[1] for box in picture.boxes if box.leaf]
    numbers = [int(word) for line in evidence for word in line.replace(",", " ").split() if word.isdigit()]
    assert any("<11" in line for line in evidence)
    assert not set(range(1, 11)) & set(numbers)


def test_numbers_and_several_classes():
    X, y = load_diabetes(return_X_y=True)
    model = DecisionTreeRegressor(max_leaf_nodes=4, random_state=0).fit(X, y)
    boxes = [box for box in tree_picture(model, table=leaf_table(model, X, y)).boxes if box.leaf]
    assert {min(box.share for box in boxes), max(box.share for box in boxes)} == {0.0, 1.0}
    assert all(", mean " in box.lines[1] for box in boxes)
    X, y = load_iris(return_X_y=True)
    model = DecisionTreeClassifier(max_depth=2).fit(X, y)
    boxes = [box for box in tree_picture(model, table=leaf_table(model, X, y)).boxes if box.leaf]
    assert all(box.share is None for box in boxes)


def test_svg_stands_alone():
    model, X, y = grown(6)
    text = tree_svg(model, table=leaf_table(model, X, y), title='<b onload="x">')
    root = ElementTree.fromstring(text)
    own = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    title, description = root.find(f"{own}title"), root.find(f"{own}desc")
    assert root.get("aria-labelledby").split() == [title.get("id"), description.get("id")]
    assert title.text == '<b onload="x">'
    assert description.text.count("if ") == 6
    assert {element.tag for element in root.iter()} == {
        own + name for name in ("svg", "title", "desc", "rect", "text", "polyline")
    }
    for element in root.iter():
        assert not any(name.startswith("on") or "href" in name for name in element.attrib)
    texts = [element.text for element in root.iter(f"{own}text")]
    assert {"$x^_{", "</script><img onerror=1>", "line\\nbreak"} & set(texts)
    assert text == tree_svg(model, table=leaf_table(model, X, y), title='<b onload="x">')


def test_display_draws_names_as_text():
    model, X, y = grown(12)
    display = TreeDisplay.from_estimator(model, table=leaf_table(model, X, y), title="$\\bad{")
    display.figure_.canvas.draw()
    assert all(not text.get_parse_math() for text in display.ax_.texts)
    assert display.ax_.get_title(loc="left") == "$\\bad{"
    shown = [text.get_text() for text in display.ax_.texts]
    for box in display.picture.boxes:
        assert set(box.lines) <= set(shown)
    for edge in display.picture.edges:
        assert edge.text in shown


def test_text_fits_into_its_boxes():
    """By matplotlib's own measure, in the font that it brings."""
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    model = DecisionTreeClassifier(max_leaf_nodes=9, random_state=0).fit(X, y)
    display = TreeDisplay.from_estimator(model, table=leaf_table(model, X, y))
    renderer = display.figure_.canvas.get_renderer()
    display.figure_.canvas.draw()
    inverse = display.ax_.transData.inverted()
    widths = {
        text.get_text(): np.ptp(inverse.transform(text.get_window_extent(renderer))[:, 0])
        for text in display.ax_.texts
    }
    for box in display.picture.boxes:
        assert max(widths[line] for line in box.lines) + 8 < box.width


def test_own_axes():
    model, _, _ = grown(3)
    ax = pyplot.subplots()[1]
    assert TreeDisplay.from_estimator(model, ax=ax).ax_ is ax


def test_a_tree_without_splits():
    model = DecisionTreeClassifier().fit([[0.0], [1.0]], [1, 1])
    assert "of 1 leaf<" in tree_svg(model)
    TreeDisplay.from_estimator(model)


@pytest.mark.parametrize("family", [pytest.param(f, id=name) for name, f in FAMILIES.items()])
def test_a_tree_of_every_family(family):
    case = family.cases[-1]
    e = keep_trees(read(case.model), np.array([0]))
    if e.n_leaves > MOST_LEAVES:
        with pytest.raises(ValueError, match="could not be read"):
            tree_svg(e)
        return
    assert ElementTree.fromstring(tree_svg(e)).get("role") == "img"


def test_refusals():
    model, X, y = grown(4)
    with pytest.raises(UnsupportedModelError, match="adds up 2 trees"):
        TreeDisplay.from_estimator(RandomForestClassifier(2).fit(X, y))
    other = leaf_table(DecisionTreeClassifier(max_leaf_nodes=3).fit(X, y), X, y)
    with pytest.raises(ValueError, match="leaf_table of this tree"):
        tree_svg(model, table=other)
    large = DecisionTreeRegressor().fit(X, np.arange(600))
    with pytest.raises(ValueError, match="could not be read"):
        tree_picture(large)
    boosted = HistGradientBoostingClassifier(max_iter=1, max_leaf_nodes=3).fit(X.to_numpy(), y)
    assert "HistGradientBoostingClassifier of 3 leaves" in tree_svg(boosted)
