"""Flips and net reclassification, row by row."""

import numpy as np
import pytest

from tests.agreement.cases import repeated, two_models
from treeprune.agreement.reclassification import label_flips, net_reclassification

Y, A, B = two_models()
CUTS = [0.2, 0.5]


def test_flips_are_counted_both_ways():
    a, b = A.round(1), B.round(1)  # some lie on a threshold
    low, high = label_flips(a, b, CUTS[::-1])
    for found, cut in ((low, 0.2), (high, 0.5)):
        assert found.threshold == cut
        assert found.n_up == sum(x < cut <= y for x, y in zip(a, b, strict=True)) > 0
        assert found.n_down == sum(y < cut <= x for x, y in zip(a, b, strict=True)) > 0
        assert found.up == pytest.approx(found.n_up / len(a))
    w = np.arange(len(a)) % 3
    weighted = label_flips(a, b, 0.5, w)[0]
    plain = label_flips(*repeated(w, a, b), 0.5)[0]
    assert (weighted.up, weighted.down) == pytest.approx((plain.up, plain.down))
    assert weighted.n_up < plain.n_up


def by_rows(y, a, b):
    up = {0: 0, 1: 0}
    down = {0: 0, 1: 0}
    for outcome, p, q in zip(y, a, b, strict=True):
        old, new = (sum(x >= cut for cut in CUTS) for x in (p, q))
        up[outcome] += new > old
        down[outcome] += new < old
    n = {0: sum(y == 0), 1: sum(y == 1)}
    return {k: up[k] / n[k] for k in n}, {k: down[k] / n[k] for k in n}, n


def test_net_reclassification_by_rows():
    found = net_reclassification(Y, A, B, CUTS)
    up, down, n = by_rows(Y, A, B)
    assert found.events.estimate == pytest.approx(up[1] - down[1])
    assert found.others.estimate == pytest.approx(down[0] - up[0])
    assert found.total.estimate == pytest.approx(up[1] - down[1] + down[0] - up[0])
    # a row moves by 1, 0 or -1: the variance of the mean of these
    a, b = (np.searchsorted(CUTS, p, side="right") for p in (A, B))
    moves = np.sign(b - a)[Y == 1]
    assert found.events.standard_error == pytest.approx(moves.std() / np.sqrt(n[1]))
    spread = moves.var() / n[1] + np.sign(b - a)[Y == 0].var() / n[0]
    assert found.total.standard_error == pytest.approx(np.sqrt(spread))


def test_weights():
    w = 1 + np.arange(len(Y)) % 3
    weighted = net_reclassification(Y, A, B, CUTS, w)
    plain = net_reclassification(*repeated(w, Y, A, B), CUTS)
    for part in ("total", "events", "others"):
        one, other = getattr(weighted, part), getattr(plain, part)
        assert vars(one) == pytest.approx(vars(other))
    half = net_reclassification(Y, A, B, CUTS, w / 2)
    assert half.total.estimate == pytest.approx(plain.total.estimate)
    assert np.isnan([half.total.low, half.total.standard_error]).all()


def test_equal_models_do_not_differ():
    found = net_reclassification(Y, A, A, CUTS).total
    assert (found.estimate, found.low, found.high, found.p_value) == (0, 0, 0, 1)


@pytest.mark.parametrize(
    ("y", "a", "b", "cuts", "words"),
    [
        (Y, A, B, [0.0, 0.5], "inside"),
        (Y, A, B, [1.0], "inside"),
        (Y, A, B, [0.5, 0.5], "twice"),
        (Y, A, B, [], "empty"),
        (np.zeros(len(Y)), A, B, 0.5, "1 rows with the event"),
        (Y + 1, A, B, 0.5, "0 \\(no event\\)"),
        (Y[:-1], A, B, 0.5, "differ"),
        (Y, A, B * np.nan, 0.5, "NaN"),
    ],
)
def test_bad_input_is_refused(y, a, b, cuts, words):
    with pytest.raises(ValueError, match=words):
        net_reclassification(y, a, b, cuts)
