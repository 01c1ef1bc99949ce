"""The choice of a sampler and a size."""

import numpy as np
import pytest

from treeprune.distillation.rehearsal import Rehearsal


def rehearsal(losses, spread=1.0):
    losses = np.asarray(losses, float)
    return Rehearsal(("none", "copula"), losses, np.ones(losses.shape[1]), spread)


def test_a_size_that_is_asked_for_gets_the_best_sampler_there():
    r = rehearsal([[[5, 3, 2], [5, 3, 2]], [[6, 4, 1], [6, 4, 1]]])
    assert r.choose(3, 1.0) == (1, 3)
    assert r.choose(2, 1.0) == (0, 2)
    assert r.choose(9, 1.0) == (1, 9)  # no tree was larger, so 9 leaves are as good as 3
    assert r.r2(1, 3) == (pytest.approx(0.0), 0.0)


def test_the_smallest_within_one_standard_error_of_the_best():
    best = np.array([1.0, 1.2, 0.8])
    near = best + np.array([0.3, -0.2, 0.1])  # worse by .067 with a standard error of .145
    far = best + np.array([0.5, 0.6, 0.55])
    r = rehearsal([np.column_stack([far, near, best]), np.column_stack([far, far, far])])
    assert r.choose(None, 1.0) == (0, 2)
    assert r.choose(None, 0.0) == (0, 3)


def test_one_answer_has_no_fidelity():
    assert np.isnan(rehearsal(np.zeros((2, 3, 2)), spread=0.0).r2(0, 1)).all()
    frame = rehearsal(np.ones((2, 3, 2))).to_frame()
    assert len(frame) == 4
