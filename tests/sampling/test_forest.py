"""What the adversarial forest promises beyond what all samplers do."""

import numpy as np
import pytest
from scipy.stats import ks_2samp, spearmanr

from tests.sampling.tables import mixed_table
from treeprune.sampling.columns import infer_columns
from treeprune.sampling.forest import fit_forest


def _drawn(sampler, n=20_000):
    return sampler.draw(n, np.random.default_rng(7))


def test_it_sees_what_correlations_do_not():
    rng = np.random.default_rng(0)
    x = rng.normal(size=2000)
    sign = rng.choice([-1.0, 1.0], 2000)
    rows = np.column_stack([x, x * sign + 0.1 * rng.normal(size=2000), sign])
    sampler = fit_forest(rows, infer_columns(rows, np.zeros(3, bool)), random_state=0)
    drawn = _drawn(sampler)
    assert abs(spearmanr(rows[:, 0], rows[:, 1])[0]) < 0.1
    for s in (-1, 1):
        of = drawn[:, 2] == s
        assert s * spearmanr(drawn[of, 0], drawn[of, 1])[0] > 0.6
    assert sampler.accuracies[0] > 0.7


def test_missing_values_and_categories_go_together():
    rows, columns = mixed_table(1, 3000)
    drawn = _drawn(fit_forest(rows, columns, random_state=0))
    gap = [x[np.isnan(x[:, 0]), 3].mean() - x[~np.isnan(x[:, 0]), 3].mean() for x in (rows, drawn)]
    assert gap[1] > 0.5 * gap[0] > 0.2
    slope = [np.polyfit(x[:, 4], x[:, 1], 1)[0] for x in (rows, drawn)]
    assert slope[1] > 0.7 * slope[0]


def test_every_gap_between_values_is_seen():
    rows = np.random.default_rng(2).normal(size=(80, 2))
    drawn = _drawn(fit_forest(rows, infer_columns(rows, np.zeros(2, bool)), random_state=0))
    for j in range(2):
        assert np.histogram(drawn[:, j], np.sort(rows[:, j]))[0].min() > 0
        assert 0.01 < np.isin(drawn[:, j], rows[:, j]).mean() < 0.3


def test_more_rounds_stop_where_nothing_is_left_to_tell():
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(500, 3))
    sampler = fit_forest(rows, infer_columns(rows, np.zeros(3, bool)), random_state=0, rounds=4)
    assert len(sampler.accuracies) == 1
    assert sampler.accuracies[0] < 0.55
    x = rng.normal(size=500)
    rows = np.column_stack([x + 0.2 * rng.normal(size=500) for _ in range(6)])
    columns = infer_columns(rows, np.zeros(6, bool))
    one, more = (fit_forest(rows, columns, random_state=0, rounds=k) for k in (1, 3))
    assert 2 <= len(more.accuracies) <= 3
    assert more.accuracies[0] == one.accuracies[0]
    assert more.accuracies[1] < one.accuracies[0]


@pytest.mark.parametrize("rounds", [0, -1, 1.5, True, "2"])
def test_rounds_must_be_a_number_of_rounds(rounds):
    with pytest.raises(ValueError, match="rounds must be a whole number"):
        fit_forest([[1.0], [2.0]], infer_columns([[1.0], [2.0]], [False]), rounds=rounds)


def test_weights_stand_for_repetitions_in_distribution():
    rows, columns = mixed_table(4, 400)
    weight = np.random.default_rng(0).integers(0, 4, 400)
    weighted = _drawn(fit_forest(rows, columns, weight, 0))
    repeated = _drawn(fit_forest(np.repeat(rows, weight, axis=0), columns, None, 0))
    for j in range(rows.shape[1]):
        one, other = (x[~np.isnan(x[:, j]), j] for x in (weighted, repeated))
        assert ks_2samp(one, other).statistic < 0.03
    ordered = [1, 2, 3]
    off = spearmanr(weighted[:, ordered])[0] - spearmanr(repeated[:, ordered])[0]
    assert np.abs(off).max() < 0.15
