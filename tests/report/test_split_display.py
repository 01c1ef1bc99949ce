"""The picture of the stability of splits."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from treeprune import SplitStabilityDisplay
from treeprune.distillation.steadiness import COLUMNS

TABLE = pd.DataFrame(
    [
        (0, "age", 61.5, 0, 900, 1.0, 0.8, 0.99, True, 120.0, "lab"),
        (1, "$x^2$", np.inf, 1, 400, 0.4, 0.3, 0.5, False, np.inf, ""),
    ],
    columns=list(COLUMNS),
)


def test_it_shows_what_the_table_says():
    display = SplitStabilityDisplay(TABLE).plot()
    bars = [bar.get_width() for bar in display.ax_.patches]
    assert bars == [1.0, 0.4, 0.8, 0.3]
    names = [tick.get_text() for tick in display.ax_.get_yticklabels()]
    assert names == ["root: age at 61.5  (next: lab)", "$x^2$ at missing"]
    assert not display.ax_.get_yticklabels()[1].get_parse_math()
    display.figure_.canvas.draw()
    pyplot.close(display.figure_)


def test_it_needs_redraws():
    with pytest.raises(ValueError, match="n_redraws"):
        SplitStabilityDisplay.from_distiller(object())
