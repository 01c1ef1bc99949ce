"""Bootstrap intervals, against scipy's and against simulation."""

import numpy as np
import pytest
from scipy import stats

from tests.agreement.cases import repeated, two_models
from treeprune.agreement.bootstrap import difference_of, paired_bootstrap
from treeprune.agreement.delong import delong
from treeprune.agreement.resampling import bca_ends, jackknife, percentile_ends, strata_of
from treeprune.agreement.scores import auc, brier

Y, A, B = two_models(150)
ONES = np.ones(150)


@pytest.mark.parametrize("digits", [10, 0])  # without digits many replicates equal the estimate
def test_bca_ends_are_scipys(digits):
    rng = np.random.default_rng(0)
    x = rng.exponential(size=60)

    def spread(sample):
        return float(np.round(10 * np.var(sample), digits))

    theirs = stats.bootstrap((x,), spread, n_resamples=500, method="BCa", rng=rng, vectorized=False)
    left_out = jackknife(lambda rows: spread(x[rows]), strata_of(None, 60), 0)
    np.testing.assert_allclose(left_out, [spread(np.delete(x, i)) for i in range(60)])
    ends = bca_ends(theirs.bootstrap_distribution, spread(x), left_out, 0.95)
    assert ends == pytest.approx(tuple(theirs.confidence_interval))


def test_percentile_ends_are_quantiles_of_each_statistic():
    drawn = np.random.default_rng(0).normal(size=(101, 2, 3))
    low, high = percentile_ends(drawn, 0.9)
    np.testing.assert_allclose(low, np.quantile(drawn, 0.05, axis=0))
    np.testing.assert_allclose(high, np.quantile(drawn, 0.95, axis=0))
    drawn[:3, 0, 0] = np.nan
    drawn[:6, 1, 1] = np.nan
    low, _ = percentile_ends(drawn, 0.9)
    assert low[0, 0] == pytest.approx(np.quantile(drawn[3:, 0, 0], 0.05))
    assert np.isnan(low[1, 1])


@pytest.mark.parametrize("method", ["bca", "percentile"])
def test_areas_differ_as_delong_says(method):
    found = paired_bootstrap(difference_of(auc), Y, A, B, stratify=Y, n_resamples=600, method=method)
    theirs = delong(Y, A, B).difference
    assert found.interval.estimate == pytest.approx(theirs.estimate)
    assert found.interval.standard_error == pytest.approx(theirs.standard_error, rel=0.15)
    width = theirs.high - theirs.low
    assert found.interval.low == pytest.approx(theirs.low, abs=0.15 * width)
    assert found.interval.high == pytest.approx(theirs.high, abs=0.15 * width)
    assert found.undefined == 0


def test_equal_models_do_not_differ_in_any_resample():
    found = paired_bootstrap(difference_of(brier), Y, A, A, n_resamples=30).interval
    assert (found.estimate, found.low, found.high, found.standard_error) == (0, 0, 0, 0)


def test_rows_stay_together_and_strata_keep_their_size():
    seen = []

    def metric(y, before, after, weights):
        seen.append((y.sum(), len(y)))
        np.testing.assert_array_equal(before, after + 1)
        np.testing.assert_array_equal(weights, 1 + y)
        return float(before.sum())

    paired_bootstrap(metric, Y, A + 1, A, weights=1 + Y, stratify=Y, n_resamples=20, method="percentile")
    assert set(seen) == {(Y.sum(), 150)}


def test_weights_as_numbers_of_rows():
    w = np.arange(150) % 4

    def total(y, before, after, weights):
        return float(len(y) + (weights != 1).sum())

    found = paired_bootstrap(total, Y, A, B, weights=w, frequency=True, n_resamples=5)
    assert found.interval.estimate == w.sum()
    one = paired_bootstrap(difference_of(brier), Y, A, B, weights=w, frequency=True, n_resamples=40)
    other = paired_bootstrap(difference_of(brier), *repeated(w, Y, A, B), n_resamples=40)
    np.testing.assert_allclose(one.replicates, other.replicates)
    assert (one.interval.low, one.interval.high) == pytest.approx((other.interval.low, other.interval.high))
    carried = paired_bootstrap(difference_of(brier), Y, A, B, weights=w, n_resamples=400)
    assert carried.interval.estimate == pytest.approx(other.interval.estimate)
    assert carried.interval.standard_error > one.interval.standard_error


def test_the_seed_decides():
    def run(seed):
        return paired_bootstrap(difference_of(brier), Y, A, B, n_resamples=20, random_state=seed).replicates

    np.testing.assert_array_equal(run(1), run(1))
    assert (run(1) != run(2)).any()


def test_resamples_that_do_not_define_the_metric_are_counted():
    rare = np.zeros(150)
    rare[:3] = 1
    found = paired_bootstrap(difference_of(auc), rare, A, B, n_resamples=200)
    assert found.undefined == np.isnan(found.replicates).sum() > 0
    # the chance to miss 3 rows of 150 is 5%, give or take
    assert np.isnan(found.interval.low) == (found.undefined >= 0.05 * 200)
    strata = paired_bootstrap(difference_of(auc), rare, A, B, n_resamples=50, stratify=rare)
    assert strata.undefined == 0
    lonely = np.zeros(150)
    lonely[0] = 1
    found = paired_bootstrap(difference_of(auc), lonely, A, B, n_resamples=50)
    assert np.isnan([found.interval.low, found.interval.high]).all()


def test_blocks_stand_for_rows_of_large_tables():
    """An acceleration over 200 blocks is near the one over 2000 rows."""
    x = np.random.default_rng(0).exponential(size=2000)

    def pull(left_out):
        away = left_out.mean() - left_out
        return (away**3).sum() / (6 * (away**2).sum() ** 1.5)

    blocks = jackknife(lambda rows: float(x[rows].mean()), strata_of(None, 2000), 0)
    assert len(blocks) == 200
    single = np.array([np.delete(x, i).mean() for i in range(2000)])
    assert pull(blocks) == pytest.approx(pull(single), abs=0.01)


def test_all_replicates_on_one_side_say_nothing():
    left_out = np.arange(10.0)
    assert np.isnan(bca_ends(np.arange(20.0), 30.0, left_out, 0.95)).all()
    extreme = np.append(np.zeros(30), 1.0)  # an acceleration that no quantile can follow
    assert np.isnan(bca_ends(np.arange(20.0), 9.0, extreme, 1 - 1e-12)).all()
    assert bca_ends(np.full(20, 2.0), 2.0, left_out, 0.95) == (2, 2)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_resamples": 1}, "n_resamples"),
        ({"n_resamples": 2.5}, "n_resamples"),
        ({"method": "basic"}, "method"),
        ({"confidence": 0}, "confidence"),
        ({"stratify": Y[:-1]}, "differ"),
        ({"stratify": np.column_stack([Y, Y])}, "one dimension"),
        ({"weights": ONES / 2, "frequency": True}, "count rows"),
        ({"weights": ONES * 0}, "zero"),
    ],
)
def test_bad_options_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        paired_bootstrap(difference_of(brier), Y, A, B, **options)
