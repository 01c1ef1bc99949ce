"""Nobody's row, nobody's label and no small count in anything that leaves the house."""

from itertools import chain

import numpy as np
import pandas as pd

from tests.audit.helpers import artefacts, images, patients, tree_report
from treeprune import compare
from treeprune.audit.report import PruningReport
from treeprune.audit.sections.change import told_line
from treeprune.audit.sections.model_itself import hide_leaves
from treeprune.audit.sections.outcomes import outcomes
from treeprune.export.leaf_table import leaf_table


def numbers_in(x):
    if isinstance(x, dict):
        return chain.from_iterable(map(numbers_in, x.values()))
    if isinstance(x, list | tuple):
        return chain.from_iterable(map(numbers_in, x))
    return [x] if isinstance(x, int | float) and not isinstance(x, bool) else []


def digits(x):
    """The first nine digits of a number: so many agree by no chance."""
    return repr(abs(float(x)))[:10]


def test_no_row_and_no_label_of_a_row():
    X, _ = patients()
    texts = artefacts(tree_report())
    for name, text in texts.items():
        assert "PATIENT-" not in text, name
        for row in X.to_numpy():
            assert not any(digits(x) in text for x in row), name


def test_the_scan_would_find_a_row():
    X, _ = patients()
    text = tree_report().to_html() + " ".join(f"{x:.12g}" for x in X.iloc[7])
    assert [k for k, row in enumerate(X.to_numpy()) if any(digits(x) in text for x in row)] == [7]


def test_small_counts_occur_and_are_not_told():
    report = tree_report()
    comparison = report.comparison
    flips = comparison.predictions.flips
    assert any(0 < n < 11 for each in flips for n in (each.n_up, each.n_down))
    model, X, y = comparison.pair.after.model, comparison.pair.X, comparison.pair.y
    leaves = leaf_table(model, X, y)
    assert ((leaves["n"] > 0) & (leaves["n"] < 11)).any()
    for name in (["rows", "n", "n_0", "n_1", "events"], ["up (rows)", "down (rows)"]):
        cells = [
            row[k]
            for section in report.sections
            for table in section.tables
            for k, column in enumerate(table.columns)
            if column in name
            for row in table.rows
        ]
        assert cells
        assert not [x for x in cells if isinstance(x, int) and 0 < x < 11]
    assert "rare" in report.to_json()
    assert '"<11"' in report.to_json()
    # a share would tell the count: nothing in the document is k rows out of all, for small k
    shares = np.arange(1, 11) / comparison.n_rows
    found = [x for x in numbers_in(report.to_dict()["sections"]) if np.abs(shares - x).min() < 1e-12]
    assert found == []


def test_the_row_of_the_largest_change_is_not_told():
    report = tree_report()
    assert report.comparison.predictions.change.row > 0
    assert '"row"' not in report.to_json()
    assert "61.25" not in report.to_json() + report.to_html()  # the certificate's witness


def test_hidden_leaves_cannot_be_told_by_subtraction():
    comparison = tree_report().comparison
    model, X, y = comparison.pair.after.model, comparison.pair.X, comparison.pair.y
    whole = leaf_table(model, X, y)
    shown = hide_leaves(whole, 11)
    hidden = (shown["n"] == "withheld").to_numpy()
    assert hidden.sum() >= 2
    for name in ("n", "n_0", "n_1"):
        gone = whole[name][hidden].sum()
        assert gone == 0 or gone >= 11
        assert list(shown[name][~hidden]) == list(whole[name][~hidden])
    assert shown.loc[hidden, ["share", "low", "high", "weight"]].isna().all().all()
    assert (shown["model"] == whole["model"]).all()


def test_one_small_leaf_takes_another_with_it():
    counts = {"n": [5, 40, 60, 0], "n_a": [3, 25, 30, 0], "n_b": [2, 15, 30, 0]}
    table = pd.DataFrame({"leaf": range(4), "condition": "", **counts, "share": 0.5, "model": 0.4})
    shown = hide_leaves(table, 11)
    assert shown["n"].tolist() == ["withheld", "withheld", 60, 0]
    assert shown["share"].isna().tolist() == [True, True, False, False]
    assert hide_leaves(table[1:], 11)["n"].tolist() == [40, 60, 0]


def test_shares_of_few_rows_that_change_sides_are_not_told():
    comparison = tree_report().comparison
    pair = comparison.pair
    told = {}
    for cut in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        own = compare(*pair.models, pair.X, pair.y, thresholds=cut)
        flips = own.predictions.flips[0]
        few = any(0 < n < 11 for n in (flips.n_up, flips.n_down))
        measures = outcomes(PruningReport(own)._context).measures
        told.setdefault(few, []).append(any("reclassification" in m.name for m in measures))
    assert told[True]
    assert not any(told[True])
    assert told[False]
    assert all(told[False])


def test_counts_of_a_plan():
    line = {"node": 3, "depth": 2, "split": "age <= 3", "support_rows": 40, "loss_increase": 0.25}
    assert told_line(line, 11) == [3, 2, "age <= 3", 40, 0.25]
    line |= {"held_out_rows": 5.0}
    assert told_line(line, 11) == [3, 2, "age <= 3", 40, None, "<11"]
    assert told_line({"support_rows": np.nan, "risk_increase": np.nan}, 11) == [None, None]
    assert told_line({"support_rows": 0}, 11) == [0]


def test_pictures_hold_no_small_cell():
    from treeprune.report.calibration_display import CalibrationPairDisplay
    from treeprune.report.decision_curve_display import DecisionCurvePairDisplay

    comparison = tree_report().comparison
    bins = CalibrationPairDisplay.from_comparison(comparison).frame()
    events = np.rint(bins["n"] * bins["observed"])
    for count in (events, bins["n"] - events):
        assert not ((count > 0) & (count < 11)).any()
    shown = DecisionCurvePairDisplay.from_comparison(comparison).frame()["thresholds"]
    for answer in comparison.pair.answers():
        for cut in shown:
            treated = (answer >= cut).sum()
            assert treated == 0 or treated >= 11
            assert treated == len(answer) or len(answer) - treated >= 11
    from matplotlib import pyplot

    pyplot.close("all")
    assert len(images(tree_report().to_html())) >= 6
