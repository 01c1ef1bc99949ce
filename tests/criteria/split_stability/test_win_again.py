"""Whether a split would win again: the law of leads, and whether what is predicted happens."""

import numpy as np
import pytest
from scipy.stats import norm

from tests.criteria.split_stability.helpers import gain_of, two_slopes, two_steps, untidy
from treeprune.criteria.split_stability.gains import leads
from treeprune.criteria.split_stability.rivals import same_split
from treeprune.criteria.split_stability.sample import make_sample
from treeprune.criteria.split_stability.scan import best_splits
from treeprune.criteria.split_stability.splits import Limits, Split
from treeprune.criteria.split_stability.win_again import win_again


def lead_of(a, b, sample, w):
    gain = gain_of(a.goes_left(sample), sample.targets, w) - gain_of(b.goes_left(sample), sample.targets, w)
    return gain / w.sum()


def test_leads_are_differences_of_gains_and_vary_as_the_jackknife_says():
    x, y, w = untidy(0, n=250, k=2)
    sample = make_sample(x, y, w)
    splits = (Split(0, 0.2, True), Split(2, 0.0, False), Split(0, -0.5, False), Split(0, 0.2, True))
    lead, covariance = leads(sample, splits)
    expected = [lead_of(splits[0], b, sample, sample.weights) for b in splits]
    assert lead == pytest.approx(expected, abs=1e-12)
    n = len(sample)
    without = np.array(
        [[lead_of(splits[0], b, sample, np.delete(np.eye(n), i, 0).sum(0) * sample.weights) for b in splits]
         for i in range(n)]
    )  # fmt: skip
    jackknife = (n - 1) * np.cov(without.T, bias=True)
    assert covariance == pytest.approx(jackknife, rel=0.08, abs=0.03 * jackknife.max())
    assert covariance[3, 3] == 0.0


def test_spread_is_that_of_fresh_samples():
    splits = (Split(0, 0.0, False), Split(1, 0.0, False))
    rng = np.random.default_rng(0)
    found = [leads(make_sample(*two_steps(rng, 400, 0.8)), splits) for _ in range(300)]
    seen = np.std([lead[1] for lead, _ in found])
    said = np.mean([np.sqrt(covariance[1, 1]) for _, covariance in found])
    assert said == pytest.approx(seen, rel=0.12)  # three standard errors of a deviation from 300 draws


def outcomes(draw, n, seconds, seed):
    rng, table = np.random.default_rng(seed), []
    for second in seconds:
        again = win_again(make_sample(*draw(rng, n, second)))
        fresh = make_sample(*draw(rng, n, second))
        scan = best_splits(fresh)
        table.append(
            (
                again.same_feature,
                scan.winner == again.split.feature,
                again.same_split,
                same_split(fresh, again.split, scan.split(scan.winner), 0.05),
                again.at_least(feature_only=True),
                again.p_value,
            )
        )
    return np.array(table, float).T


def test_a_clear_split_wins_and_is_said_to_win():
    feature, won, split, same, bound, p = outcomes(two_steps, 400, [0.5] * 60, 1)
    assert feature.min() > 0.99
    assert split.mean() > 0.97
    assert bound.mean() > 0.99
    assert won.all()
    assert same.all()
    assert p.max() < 0.05


def test_a_tie_is_seldom_called_stable():
    feature, won, _, _, bound, p = outcomes(two_steps, 400, [1.0] * 200, 2)
    assert won.mean() == pytest.approx(0.5, abs=0.1)
    # what the law of a normal variable and of another with twice its variance gives, see the notes
    assert feature.mean() == pytest.approx(0.5 + np.arctan(2**-0.5) / np.pi, abs=0.05)
    assert (bound >= 0.95).mean() <= 0.05
    assert (p <= 0.05).mean() <= 0.09


def test_predictions_come_true_on_average_over_close_and_clear_splits():
    seconds = np.random.default_rng(3).uniform(0.7, 1.3, 200)
    feature, won, _, _, _, _ = outcomes(two_steps, 300, seconds, 4)
    assert feature.mean() == pytest.approx(won.mean(), abs=0.07)
    for low, high in ((0.5, 0.8), (0.8, 1.01)):
        part = (feature >= low) & (feature < high)
        assert part.sum() > 30
        assert feature[part].mean() == pytest.approx(won[part].mean(), abs=0.13)


def test_thresholds_that_nothing_marks_are_not_called_stable():
    feature, won, split, same, _, _ = outcomes(two_slopes, 600, [0.5] * 120, 5)
    assert won.all()
    assert feature.min() > 0.99
    assert split.mean() == pytest.approx(same.mean(), abs=0.12)


def test_without_signal_nothing_is_stable():
    rng = np.random.default_rng(6)
    found = [win_again(make_sample(rng.normal(size=(300, 5)), rng.normal(size=300))) for _ in range(40)]
    assert max(a.at_least() for a in found) < 0.5
    assert np.mean([a.same_feature for a in found]) < 0.6


def test_one_rival_in_closed_form():
    x, y = two_steps(np.random.default_rng(7), 400, 0.9, p=2)
    again = win_again(make_sample(x, y))
    assert [rival.feature for rival in again.rivals[: len(again.rivals) - again.n_own]] == [1]
    expected = norm.cdf(again.lead[0] / (np.sqrt(2) * again.spread[0]))
    assert again.same_feature == pytest.approx(expected, abs=0.02)
    assert again.at_least(feature_only=True) == pytest.approx(expected, abs=1e-12)
    assert again.feature_chance == pytest.approx([again.same_feature, 1 - again.same_feature])
    terms = norm.sf(again.lead / (np.sqrt(2) * again.spread) * np.sqrt(3))
    assert again.at_least(1200) == pytest.approx(max(0, 1 - terms.sum()), abs=1e-12)
    assert again.p_value == pytest.approx(2 * norm.sf((again.lead / again.spread).min()), abs=1e-12)


@pytest.mark.parametrize("feature_only", [False, True])
@pytest.mark.parametrize("alpha", [0.01, 0.3])
def test_rows_needed_is_the_least_number_that_is_enough(feature_only, alpha):
    again = win_again(make_sample(*two_steps(np.random.default_rng(8), 400, 0.9)))
    needed = again.rows_needed(alpha, feature_only=feature_only)
    assert again.at_least(needed, feature_only=feature_only) >= 1 - alpha
    assert again.at_least(needed - 1, feature_only=feature_only) < 1 - alpha


def test_the_same_column_twice_is_a_tie_for_ever():
    x, y = two_steps(np.random.default_rng(9), 200, 0.1, p=2)
    again = win_again(make_sample(np.column_stack([x[:, 0], x]), y))
    assert again.lead[0] == 0.0
    assert again.same_feature == again.at_least(1e12, feature_only=True) == 0.5
    assert again.rows_needed() == np.inf
    assert again.p_value == 1.0
    assert again.feature_chance == pytest.approx([0.5, 0.5, 0.0])


def test_a_split_that_is_not_the_best_is_judged_too():
    x, y = two_steps(np.random.default_rng(10), 300, 0.5)
    again = win_again(make_sample(x, y), Split(1, 0.0, False))
    assert again.lead[0] < 0
    assert again.same_feature < 0.01
    assert again.at_least() == 0.0
    worse = win_again(make_sample(x, y), Split(0, 1.5, False))
    assert worse.same_feature > 0.99
    assert worse.same_split < 0.01


def test_what_counts_as_the_same_threshold():
    x, y = two_steps(np.random.default_rng(11), 400, 0.3)
    sample = make_sample(x, y)
    for tolerance in (0.0, 0.02, 0.2):
        again = win_again(sample, tolerance=tolerance)
        own = np.sort(sample.values[0].astype(float))
        middle = own[:-1] / 2 + own[1:] / 2
        chosen = np.flatnonzero(middle == again.split.threshold)[0]
        reach = round(400 * tolerance)
        assert (again.low, again.high) == (middle[chosen - reach], middle[chosen + reach])
        for rival in again.rivals[len(again.rivals) - again.n_own :]:
            moved = (rival.goes_left(sample) != again.split.goes_left(sample)).mean()
            assert rival.feature == 0
            assert moved > tolerance


def test_the_side_of_missing_values_is_part_of_the_split():
    rng = np.random.default_rng(12)
    x = rng.normal(size=(500, 2))
    y = (x[:, 0] > 0) + 0.3 * rng.normal(size=500)
    hole = rng.random(500) < 0.3
    x[hole, 0] = np.nan
    y[hole] = 0.5 + 0.3 * rng.normal(size=hole.sum())  # as good left as right
    again = win_again(make_sample(x, y))
    own = again.rivals[len(again.rivals) - again.n_own :]
    assert any(rival.missing_left != again.split.missing_left for rival in own)
    assert again.same_feature > 0.99
    assert again.same_split < 0.95


def test_no_scale_matters_and_twice_is_the_same():
    x, y, w = untidy(13, k=2)
    a, b = win_again(make_sample(x, y, w)), win_again(make_sample(x, y, w))
    c = win_again(make_sample(x, 8 * y, 4 * w))
    for name in ("same_feature", "same_split", "low", "high", "n_rows"):
        assert getattr(a, name) == getattr(b, name)
        assert getattr(a, name) == pytest.approx(getattr(c, name), abs=1e-9)
    assert np.array_equal(a.spread, b.spread)
    assert 64 * a.lead == pytest.approx(c.lead)
    assert a.rows_needed() == pytest.approx(c.rows_needed(), rel=1e-6)


def test_the_largest_and_smallest_numbers():
    x, y = two_steps(np.random.default_rng(16), 200, 0.8)
    plain = win_again(make_sample(x, y))
    for target, weight in ((2.0**230, 2.0**220), (2.0**230, 2.0**-239), (2.0**-20, 2.0**-239)):
        again = win_again(make_sample(x, target * y, np.full(200, weight)))
        assert again.same_split == plain.same_split
        assert again.at_least() == plain.at_least()


def test_limits_bind_rivals_too():
    x, y = two_steps(np.random.default_rng(14), 300, 0.5)
    again = win_again(make_sample(x, y), limits=Limits(min_samples_leaf=100))
    for rival in (again.split, *again.rivals):
        assert 100 <= rival.goes_left(make_sample(x, y)).sum() <= 200


def test_one_legal_split_has_no_rival():
    again = win_again(make_sample([[0], [0], [1], [1]], [0, 0.1, 1, 1.2]))
    assert (again.same_feature, again.same_split, again.at_least()) == (1.0, 1.0, 1.0)
    assert again.rivals == ()
    assert again.p_value == 0.0


def test_bad_input_is_refused():
    x, y = two_steps(np.random.default_rng(15), 50, 0.5)
    sample = make_sample(x, y)
    with pytest.raises(ValueError, match="no split of these 50 rows"):
        win_again(make_sample(x, np.ones(50)))
    with pytest.raises(ValueError, match="column 3"):
        win_again(sample, Split(3, 0.0, False))
    for tolerance in (-0.1, 0.5, np.nan, True, "0.1"):
        with pytest.raises(ValueError, match="tolerance"):
            win_again(sample, tolerance=tolerance)
    with pytest.raises(ValueError, match="NaN"):
        win_again(sample, Split(0, np.nan, False))
    for n_rows in (0, -1, np.nan, np.inf):
        with pytest.raises(ValueError, match="n_rows"):
            win_again(sample).at_least(n_rows)
    for alpha in (0, 1, np.nan, None):
        with pytest.raises(ValueError, match="alpha"):
            win_again(sample).rows_needed(alpha)
