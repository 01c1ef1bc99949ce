"""Areas and their covariance, against pairs of rows, the definition, scikit-learn and simulation."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from tests.agreement.cases import repeated, three_classes, two_models
from treeprune.agreement.delong import delong
from treeprune.agreement.multiclass import multiclass_areas
from treeprune.agreement.scores import auc, brier, log_loss


def components(score, y):
    """Structural components of DeLong by the definition: all pairs."""
    wins = (score[y == 1][:, None] > score[y == 0]) + 0.5 * (score[y == 1][:, None] == score[y == 0])
    return wins.mean(), wins.mean(axis=1), wins.mean(axis=0)


def by_definition(y, scores):
    areas, up, down = zip(*(components(score, y) for score in scores), strict=True)
    return areas, np.cov(up) / (y == 1).sum() + np.cov(down) / (y == 0).sum()


@pytest.mark.parametrize("ties", [False, True])
def test_areas_and_covariance_by_definition(ties):
    y, a, b = two_models(120, ties=ties)
    found = delong(y, a, b)
    (first, second), covariance = by_definition(y, (a, b))
    assert (found.before.estimate, found.after.estimate) == pytest.approx((first, second))
    assert found.before.estimate == pytest.approx(roc_auc_score(y, a))
    np.testing.assert_allclose(found.covariance, covariance, rtol=1e-10)
    error = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    assert found.difference.estimate == pytest.approx(second - first)
    assert found.difference.standard_error == pytest.approx(error)
    ends = norm.interval(0.95, second - first, error)
    assert (found.difference.low, found.difference.high) == pytest.approx(ends)
    assert found.difference.p_value == pytest.approx(2 * norm.sf(abs(second - first) / error))


def test_whole_weights_are_repeated_rows_and_none_are_no_rows():
    y, a, b = two_models(80, ties=True)
    w = np.arange(80) % 3
    weighted, plain = delong(y, a, b, w), delong(*repeated(w, y, a, b))
    np.testing.assert_allclose(weighted.covariance, plain.covariance, rtol=1e-10)
    assert vars(weighted.difference) == pytest.approx(vars(plain.difference))


def test_row_order_and_monotone_changes_count_nowhere():
    y, a, b = two_models(60, ties=True)
    order = np.random.default_rng(0).permutation(60)
    found, moved = delong(y, a, b), delong(y[order], np.exp(a[order]), b[order] * 7)
    assert vars(moved.difference) == pytest.approx(vars(found.difference))


def test_equal_and_perfect_models():
    y, a, _ = two_models(50)
    same = delong(y, a, a * 2).difference
    assert (same.estimate, same.low, same.high, same.p_value) == (0, 0, 0, 1)
    perfect = delong(y, y, -y)
    assert (perfect.before.estimate, perfect.difference.estimate) == (1, -1)
    assert np.isnan([perfect.difference.low, perfect.difference.p_value, perfect.before.low]).all()


def test_ends_are_areas():
    y = np.array([0, 0, 0, 1, 1, 1])
    found = delong(y, [1, 2, 4, 3, 5, 6], [1, 2, 3, 4, 5, 6])
    assert found.before.high == 1
    assert found.before.low < 1


def test_the_interval_covers_as_often_as_it_says():
    """Normal scores: the true areas are known."""
    rng = np.random.default_rng(0)
    y = np.arange(120) % 3 == 0
    true = norm.cdf(1.2 / np.sqrt(2)) - norm.cdf(1.0 / np.sqrt(2))
    covered, false_alarms = 0, 0
    for _ in range(1000):
        shared = rng.normal(size=120)
        a, b, c = (0.7 * shared + np.sqrt(0.51) * rng.normal(size=120) + d * y for d in (1, 1.2, 1))
        d = delong(y, a, b).difference
        covered += d.low <= true <= d.high
        false_alarms += delong(y, a, c).difference.p_value < 0.05
    assert 0.93 <= covered / 1000 <= 0.97
    assert 0.03 <= false_alarms / 1000 <= 0.07


@pytest.mark.parametrize(
    ("y", "a", "weights", "words"),
    [
        ([0, 0, 0, 1], [1, 2, 3, 4], None, "2 rows with the event"),
        ([0, 0, 1, 1], [1, 2, 3, np.nan], None, "NaN"),
        ([0, 0, 1, 2], [1, 2, 3, 4], None, "y must hold"),
        ([0, 0, 1], [1, 2, 3, 4], None, "differ"),
        ([0, 0, 1, 1], [1, 2, 3, 4], [1, 1, 0.5, 1], "count rows"),
        ([0, 0, 1, 1], [1, 2, 3, 4], [1, 1, 0, 1], "2 rows with the event"),
        ([0, 0, 1, 1], [1, 2, 3, 4], [1, 1, -1, 1], "negative"),
    ],
)
def test_bad_input_is_refused(y, a, weights, words):
    with pytest.raises(ValueError, match=words):
        delong(y, a, a, weights)
    with pytest.raises(ValueError, match="confidence"):
        delong([0, 0, 1, 1], [1, 2, 3, 4], [1, 2, 3, 4], confidence=95)


def test_one_against_the_rest_is_scikit_learns():
    y, a, b = three_classes()
    found = multiclass_areas(y, a, b)
    assert found.before.estimate == pytest.approx(roc_auc_score(y, a, multi_class="ovr"))
    assert found.after.estimate == pytest.approx(roc_auc_score(y, b, multi_class="ovr"))


def test_hand_and_till_is_scikit_learns():
    y, a, b = three_classes()
    keep = np.arange(90) % 7 > 0
    y, a, b = y[keep], a[keep], b[keep]
    found = multiclass_areas(y, a, b, average="pairs")
    assert found.before.estimate == pytest.approx(roc_auc_score(y, a, multi_class="ovo"))
    assert found.after.estimate == pytest.approx(roc_auc_score(y, b, multi_class="ovo"))


@pytest.mark.parametrize("average", ["rest", "pairs"])
def test_two_classes_are_delongs(average):
    y, a, b = two_models(70)
    pairs = [np.column_stack([1 - p, p]) for p in (a, b)]
    found = multiclass_areas(y, *pairs, average=average)
    plain = delong(y, a, b)
    np.testing.assert_allclose(found.covariance, plain.covariance)
    assert found.difference.p_value == pytest.approx(plain.difference.p_value)


@pytest.mark.parametrize("average", ["rest", "pairs"])
def test_errors_of_several_classes_are_those_of_the_bootstrap(average):
    y, a, b = three_classes(150)
    found = multiclass_areas(y, a, b, average=average)
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(300):
        rows = rng.integers(150, size=150)
        again = multiclass_areas(y[rows], a[rows], b[rows], average=average)
        drawn.append(again.difference.estimate)
    assert found.difference.standard_error == pytest.approx(np.std(drawn), rel=0.15)
    w = 1 + np.arange(150) % 2
    weighted = multiclass_areas(y, a, b, average=average, weights=w)
    plain = multiclass_areas(*repeated(w, y, a, b), average=average)
    assert vars(weighted.difference) == pytest.approx(vars(plain.difference))


@pytest.mark.parametrize(
    ("y", "options", "words"),
    [
        ([0, 0, 1, 1, 2], {}, "class 2 has 1 rows"),
        ([0, 0, 1, 1, 3], {}, "column numbers"),
        ([0, 0, 1, 1, 0.5], {}, "column numbers"),
        ([0, 0, 1, 1, 1], {}, "class 2 has 0 rows"),
        ([0, 0, 1, 1, 2], {"average": "macro"}, "average"),
        ([0, 0, 1, 1], {}, "differ"),
    ],
)
def test_bad_classes_are_refused(y, options, words):
    p = np.full((5, 3), 1 / 3)
    with pytest.raises(ValueError, match=words):
        multiclass_areas(y, p, p, **options)


def test_scores_of_one_model():
    y, a, _ = two_models()
    w = np.random.default_rng(0).random(len(y))
    from sklearn.metrics import brier_score_loss
    from sklearn.metrics import log_loss as sklearn_log_loss

    assert auc(y, a, w) == pytest.approx(roc_auc_score(y, a, sample_weight=w))
    assert brier(y, a, w) == pytest.approx(brier_score_loss(y, a, sample_weight=w))
    assert log_loss(y, a, w) == pytest.approx(sklearn_log_loss(y, a, sample_weight=w))
    assert np.isnan(auc(np.ones(5), a[:5], w[:5]))
    assert auc(y, a, w * 1e305) == pytest.approx(auc(y, a, w))
