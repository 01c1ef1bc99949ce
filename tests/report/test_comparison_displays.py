"""Pictures of a comparison show its numbers, and nobody alone."""

import numpy as np
import pytest
from matplotlib import pyplot
from sklearn.datasets import load_wine
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from tests.audit.helpers import kind_report, tree_report
from treeprune import compare
from treeprune.report.attribution_displays import AttributionDriftDisplay, AttributionScatterDisplay
from treeprune.report.calibration_display import CalibrationPairDisplay
from treeprune.report.change_display import ChangeHistogramDisplay
from treeprune.report.comparison_display import merge_small
from treeprune.report.decision_curve_display import DecisionCurvePairDisplay
from treeprune.report.subgroup_display import SubgroupForestDisplay


@pytest.fixture(autouse=True)
def _close():
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def comparison():
    return tree_report().comparison


def test_merging_leaves_no_small_run_and_loses_nothing():
    rng = np.random.default_rng(0)
    merged = 0
    for _ in range(300):
        counts = rng.integers(0, rng.integers(2, 30), (rng.integers(1, 3), rng.integers(1, 12)))
        starts = merge_small(counts, 11)
        total = counts.sum(axis=1)
        if ((total > 0) & (total < 11)).any():
            assert len(starts) == 0
            continue
        sums = np.add.reduceat(counts, starts, axis=1)
        assert starts[0] == 0
        assert not ((sums > 0) & (sums < 11)).any()
        np.testing.assert_array_equal(sums.sum(axis=1), total)
        merged += len(starts) < counts.shape[1]
    assert merged > 50
    assert merge_small(np.array([[20, 0, 11]]), 11).tolist() == [0, 1, 2]


def test_the_histogram_holds_every_row(comparison):
    display = ChangeHistogramDisplay.from_comparison(comparison)
    a, b = comparison.pair.answers()
    size = np.abs(b - a)
    frame = display.frame()
    known = [((size >= low) & ((size < high) | (high == display.edges[-1]))).mean()
             for low, high in frame[["from", "to"]].to_numpy()]  # fmt: skip
    np.testing.assert_allclose(frame["share"], known)
    areas = [patch.get_height() * patch.get_width() for patch in display.ax_.patches]
    np.testing.assert_allclose(np.array(areas) / sum(areas), frame["share"])
    n = np.rint(frame["share"] * len(size))
    assert ((n == 0) | (n >= 11)).all()


def test_drift_is_the_mean_size_of_attributions(comparison):
    display = AttributionDriftDisplay.from_comparison(comparison)
    section = comparison.attributions
    phi = section.before.phi
    own = np.abs(phi[:, :, 1] if phi.ndim == 3 else phi).mean(axis=0)
    np.testing.assert_allclose(display.frame().loc[list(section.before.names), "before"], own)
    largest = display.frame()[["before", "after"]].max(axis=1)
    assert (np.diff(largest) <= 0).all()
    drawn = next(line for line in display.ax_.get_lines() if line.get_label() == "before")
    np.testing.assert_allclose(drawn.get_xdata(), display.frame()["before"].head(15))


def test_scattered_values_are_counted(comparison):
    display = AttributionScatterDisplay.from_comparison(comparison)
    n = comparison.attributions.before.phi[:, :, 0].size
    assert display.n_values.sum() == round((1 - display.hidden) * n)
    assert (display.n_values >= 11).all()
    assert 0 < display.hidden < 1
    assert len(display.frame()) == len(display.n_values)


def test_calibration_bins_hold_all_rows(comparison):
    frame = CalibrationPairDisplay.from_comparison(comparison).frame()
    for name, answer in zip(("before", "after"), comparison.pair.answers(), strict=True):
        own = frame[frame["model"] == name]
        assert own["n"].sum() == comparison.n_rows
        assert (own["n"] * own["observed"]).sum() == pytest.approx(comparison.pair.event.sum())
        assert (own["n"] * own["predicted"]).sum() == pytest.approx(answer.sum())
        assert ((own["low"] <= own["observed"]) & (own["observed"] <= own["high"])).all()


def test_net_benefit_is_worked_out_by_hand(comparison):
    display = DecisionCurvePairDisplay.from_comparison(comparison)
    y, (a, _) = comparison.pair.event, comparison.pair.answers()
    for row in display.frame().to_dict("records")[::7]:
        t = row["thresholds"]
        treated = a >= t
        own = (treated & (y == 1)).mean() - (treated & (y == 0)).mean() * t / (1 - t)
        assert row["before"] == pytest.approx(own)
    line = next(line for line in display.ax_.get_lines() if line.get_label() == "after")
    np.testing.assert_allclose(line.get_ydata(), display.frame()["after"])


def test_the_forest_of_subgroups(comparison):
    display = SubgroupForestDisplay.from_comparison(comparison)
    frame = display.frame().set_index("subgroup")
    rows = np.arange(comparison.n_rows) % 2 == 1
    rows[:5] = False
    y = comparison.pair.event[rows]
    a, b = (answer[rows] for answer in comparison.pair.answers())
    change = roc_auc_score(y, b) - roc_auc_score(y, a)
    assert frame.loc["odd", "difference"] == pytest.approx(change)
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert "ward: rare (withheld)" in labels
    other = SubgroupForestDisplay.from_comparison(comparison, metric="Brier")
    assert other.margin is None
    with pytest.raises(ValueError, match="no metric 'F1'"):
        SubgroupForestDisplay.from_comparison(comparison, metric="F1")


def test_what_cannot_be_drawn_is_refused():
    numbers = kind_report("numbers").comparison
    with pytest.raises(ValueError, match="no calibration curve"):
        CalibrationPairDisplay.from_comparison(numbers)
    with pytest.raises(ValueError, match="no decision curve"):
        DecisionCurvePairDisplay.from_comparison(numbers)
    with pytest.raises(ValueError, match="no subgroups"):
        SubgroupForestDisplay.from_comparison(kind_report("trees").comparison)
    assert "units of the outcome" in ChangeHistogramDisplay.from_comparison(numbers).ax_.get_xlabel()


def test_names_of_columns_and_classes_are_no_mathematics():
    X, y = load_wine(return_X_y=True, as_frame=True)
    X = X.iloc[:, :3].set_axis(["$x^", "<b>", "a" * 90], axis=1)
    y = np.array(["$one^", "two", "three"])[y]
    one, two = (DecisionTreeClassifier(max_depth=d, random_state=0).fit(X, y) for d in (4, 2))
    found = compare(one, two, X, y, subgroups=X)
    displays = [
        kind.from_comparison(found) for kind in (AttributionDriftDisplay, AttributionScatterDisplay)
    ]
    displays.append(CalibrationPairDisplay.from_comparison(found, class_index=0))
    for display in displays:
        display.figure_.canvas.draw()
    assert displays[2].ax_.get_xlabel() == "predicted probability of $one^"
    assert max(len(label.get_text()) for label in displays[0].ax_.get_yticklabels()) <= 28
