"""What is printed of a scorecard: every line, no row of anybody, no markup in names."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tests.scorecard_cases import patients, pipeline, plain
from treeprune.scorecard import Scorecard


def test_the_text_has_one_line_an_item_and_the_risks():
    model, X, y = pipeline()
    card = Scorecard(model, bins={"age": [50, 65]}, max_points=5).fit(X, y)
    text = str(card)
    for line in card.points_.itertuples():
        if line.points:
            assert re.search(
                rf"^{re.escape(line.item)} +{re.escape(format(line.points, '+d'))}$", text, re.MULTILINE
            )
    head = text[text.index("total") :].splitlines()
    assert head[0].split() == ["total", "risk", "rows", "share", "observed"]
    shown = re.compile(r"([\d.]+)% +(\d+) +([\d.]+)%(?: +[\d.]+%)? *$")
    rows = [shown.search(line) for line in head[1:] if "%" in line]
    rows = [row for row in rows if row]
    assert sum(int(row[2]) for row in rows) == len(X)
    assert sum(float(row[3]) for row in rows) == pytest.approx(100, abs=1)
    assert f"{card.rounding_.loc['scorecard', 'log_loss']:.4f}" in text
    intercept, slope = re.search(r"exp\((-?[\d.]+) - ([\d.]+) T\)", text).groups()
    assert -float(intercept) == pytest.approx(card.intercept_, rel=1e-3)
    assert float(slope) == pytest.approx(card.slope_, rel=1e-3)


def test_the_table_counts_no_few_rows():
    model, X, y = pipeline()
    card = Scorecard(model).fit(X, y)
    totals, hidden = card.total_points(X), []
    for cell in card.table_.itertuples():
        mine = (totals >= (-np.inf if cell.Index == 0 else cell.low)) & (
            totals <= (np.inf if cell.Index == len(card.table_) - 1 else cell.high)
        )
        assert mine.sum() == cell.rows >= 11
        events = int(y[mine].sum())
        if 0 < events < 11 or 0 < mine.sum() - events < 11:
            assert np.isnan(cell.observed)
            hidden.append(cell.Index)
        else:
            assert np.isnan(cell.observed) or cell.observed == pytest.approx(y[mine].mean())
        assert cell.probability == pytest.approx(card.predict_proba(X)[mine, 1].mean())
    # some are small, none can be told by subtraction, and others are shown
    gone = card.table_["observed"].isna()
    assert 0 < len(hidden) < len(card.table_)
    assert 2 <= gone.sum() < len(card.table_)
    assert "fewer than 11 with the event" in str(card)
    assert card.table_["low"].isna().tolist() == [True] + [False] * (len(card.table_) - 1)
    assert "observed" not in Scorecard(model).fit(X).table_
    few = Scorecard(model, units={"age": 10, "lactate": 1}).fit(X[:8], y[:8])
    assert few.table_["rows"].isna().all()
    assert few.table_["observed"].isna().all()
    assert "<11" in str(few)


class Texts(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.texts.append(data)


def test_names_are_escaped_and_the_page_stands_alone():
    nasty = "<script>alert('x')</script> & $x$"
    X = plain()[1].rename(columns={"diabetes": nasty})
    y = plain()[2].rename("<b>event</b>")
    card = Scorecard(LogisticRegression(max_iter=1000).fit(X, y)).fit(X, y)
    for page in (card.to_html(), card._repr_html_()):
        parser = Texts()
        parser.feed(page)
        assert not {"script", "b", "link", "img"} & set(parser.tags)
        assert nasty in parser.texts
        assert "Risk of <b>event</b>" in parser.texts
        assert "http" not in page
        assert "@import" not in page
    assert card.to_html().startswith("<!DOCTYPE html>")
    bundle = card._repr_mimebundle_()
    assert bundle["text/html"] == card._repr_html_()
    assert bundle["text/plain"] == str(card)


def test_before_fit_it_prints_as_an_estimator():
    card = Scorecard(LogisticRegression(), max_points=7)
    assert str(card) == repr(card)
    assert "max_points=7" in repr(card)
    assert "max_points=7" in card._repr_html_()


def test_columns_rounded_to_nothing_are_named():
    X, y = patients()
    X = X[["diabetes"]].assign(noise=np.arange(len(X)) % 2)
    model = LogisticRegression(C=1e6).fit(X, y)
    model.coef_ = np.array([[2.0, 0.01]])
    card = Scorecard(model, max_points=3).fit(X)
    assert card.points_.set_index("column")["points"].tolist() == [1, 0]
    assert "Rounded to no points: noise." in str(card)
    assert not re.search(r"^noise", str(card), re.MULTILINE)
