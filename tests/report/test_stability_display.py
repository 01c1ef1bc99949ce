"""The picture of a stability shows its numbers, whatever the names."""

import numpy as np
import pytest
from matplotlib import pyplot

from tests.selection_cases import known
from treeprune.report.stability_display import StabilityDisplay


def test_bars_are_frequencies_the_most_frequent_on_top():
    selected = np.random.default_rng(0).random((50, 40)) < np.linspace(0, 0.5, 40)
    selected[:, 7] = True
    found = known(selected)
    display = found.plot(threshold=0.7)
    ax = display.ax_
    try:
        bars = [bar.get_width() for bar in ax.patches]
        np.testing.assert_array_equal(bars, np.sort(found.frequency)[::-1][:30])
        assert ax.get_yticklabels()[0].get_text() == "c7"
        assert ax.get_ylim()[0] > ax.get_ylim()[1]
        (line,) = ax.get_lines()
        assert list(line.get_xdata()) == [0.7, 0.7]
        assert line.get_label().startswith("threshold 0.70: at most")
        assert ax.get_title() == "Selection by Lasso$_{ (10 less frequent not shown)"
        assert display.frame().equals(found.to_frame())
        display.figure_.canvas.draw()
        assert display.plot(ax=ax).ax_ is ax
    finally:
        pyplot.close("all")


def test_names_are_no_mathematics_and_thresholds_are_checked():
    selected = np.zeros((10, 12), bool)
    selected[:, 0] = True
    found = known(selected, ("$_{", "\\frac{", *"abcdefghij"))
    try:
        display = StabilityDisplay.from_stability(found)
        display.figure_.canvas.draw()
        (line,) = display.ax_.get_lines()
        assert line.get_xdata()[0] == found.threshold_for()
        assert (
            "no bound"
            in StabilityDisplay.from_stability(found, threshold=0.4).ax_.get_lines()[0].get_label()
        )
        assert not known(np.ones((4, 3), bool)).plot().ax_.get_lines()
        with pytest.raises(ValueError, match="threshold must be a number from 0 to 1"):
            found.plot(threshold=2)
        with pytest.raises(TypeError, match="a SelectionStability is drawn, got list"):
            StabilityDisplay.from_stability([])
    finally:
        pyplot.close("all")
