"""Agreement of a tree with its teacher, in numbers and in words."""

import numpy as np
import pytest

from treeprune.distillation.fidelity import fidelity


@pytest.mark.parametrize("classify", [True, False])
def test_words_are_the_numbers(classify):
    rng = np.random.default_rng(0)
    teacher = rng.dirichlet([1, 1], 200) if classify else rng.normal(size=(200, 1))
    tree = 0.9 * teacher + 0.1 * teacher.mean(axis=0)
    found = fidelity(teacher, tree, np.ones(200), rng.normal(size=(200, 3)), classify=classify)
    frame = found.to_frame()["value"]
    assert frame["fidelity R2"] == pytest.approx(1 - 0.01)
    assert frame["max |change|"] == pytest.approx(0.1 * abs(teacher - teacher.mean(axis=0)).max())
    assert ("same class" in frame) == classify
    assert frame["rows"] == 200
    assert "fidelity R2" in str(found)
    assert "0.99" in str(found)
    assert "<table" in found._repr_html_()
