"""Cards say what is true of the tables, and the pages in datasets/ are the cards."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.datasets.tables import BUNDLED, NAMES, load
from tests.test_demo import ROOT
from treeprune import datasets
from treeprune.datasets.card import read_card

PAGES = ROOT / "datasets" / "cards"


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_the_card(name):
    assert (PAGES / f"{name}.md").read_text(encoding="utf-8") == load(name).card.to_markdown()


def test_there_is_a_page_for_each_loader_and_no_other():
    loaders = {name.removeprefix("load_") for name in datasets.__all__ if name.startswith("load_")}
    assert {page.stem for page in PAGES.glob("*.md")} == loaders == {*NAMES, "diabetes_130"}
    text = read_card("diabetes_130").to_markdown()
    assert (PAGES / "diabetes_130.md").read_text(encoding="utf-8") == text
    assert "101,766" in text


@pytest.mark.parametrize("name", NAMES)
def test_what_every_data_set_promises(name):
    data = load(name)
    assert data.name == name
    assert isinstance(data.X.index, pd.RangeIndex)
    assert data.y.index.equals(data.X.index)
    assert data.subgroups.index.equals(data.X.index)
    assert list(data.subgroups.columns) == list(data.card.subgroups)
    assert all(isinstance(t, pd.CategoricalDtype) and not t.ordered for t in data.subgroups.dtypes)
    for column in data.X:
        dtype = data.X[column].dtype
        assert dtype == np.float64 or (isinstance(dtype, pd.CategoricalDtype) and not dtype.ordered), column
    assert data.y.dtype == (np.float64 if name == "diabetes" else np.int64)
    assert not data.y.isna().any()
    assert data.y.name not in data.X.columns
    assert not set(data.excluded) & set(data.X.columns)
    costs = data.card.feature_costs
    assert not costs or set(costs) == set(data.X.columns)
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True) if name in BUNDLED else (data.X, data.y)
    pd.testing.assert_frame_equal(X, data.X)
    pd.testing.assert_series_equal(y, data.y)


@pytest.mark.parametrize("name", NAMES)
def test_counts_on_the_card(name):
    data = load(name)
    card = data.card
    assert (card.n_rows, card.n_columns) == data.X.shape
    holes = {column: sum(map(pd.isna, data.X[column].tolist())) for column in data.X}
    assert card.missing == {column: n for column, n in holes.items() if n}
    if name != "diabetes":
        events = sum(1 for v in data.y.tolist() if v == 1)
        assert card.outcome == f"{events} of {len(data.y)} ({100 * events / len(data.y):.1f}%)"


def test_printed_and_in_a_notebook():
    card = replace(load("breast_cancer").card, title="<b>A & B", missing={"x<y": 3})
    assert str(card).startswith("<b>A & B\n========\n\nOrigin\n  ")
    html = card._repr_html_()
    assert "<caption><b>&lt;b&gt;A &amp; B</b></caption>" in html
    assert "x&lt;y: 3 of 569" in html
    assert "<b>A" not in html
    assert "Missing values\n\nx<y: 3 of 569" in card.to_markdown()


def test_a_card_without_a_table_has_no_counts():
    headings = {heading for heading, _ in read_card("cleveland").sections()}
    assert "Size" not in headings
    assert "Missing values" not in headings
    assert {"Origin", "Licence", "Traps", "Costs"} <= headings
