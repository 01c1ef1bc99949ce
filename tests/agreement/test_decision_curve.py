"""Net benefit, by counting."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from tests.agreement.cases import repeated, two_models
from treeprune.agreement.decision_curve import decision_curve

Y, A, B = two_models(150)
CUTS = np.array([0.1, 0.3, 0.5, 0.8])


def by_counting(y, p, cut, prevalence=None):
    tn, fp, fn, tp = confusion_matrix(y, p >= cut).ravel()
    odds = cut / (1 - cut)
    if prevalence is None:
        return (tp - fp * odds) / len(y)
    return prevalence * tp / (tp + fn) - (1 - prevalence) * fp / (fp + tn) * odds


@pytest.mark.parametrize("prevalence", [None, 0.05])
def test_net_benefit_by_counting(prevalence):
    a, b = A.round(1), B.round(1)  # some lie on a threshold
    found = decision_curve(Y, a, b, CUTS, prevalence=prevalence, n_resamples=0)
    for k, cut in enumerate(CUTS):
        assert found.before[k] == pytest.approx(by_counting(Y, a, cut, prevalence))
        assert found.after[k] == pytest.approx(by_counting(Y, b, cut, prevalence))
        all_treated = by_counting(Y, np.ones(150), cut, prevalence)
        assert found.treat_all[k] == pytest.approx(all_treated)
    np.testing.assert_array_equal(found.treat_none, 0)
    np.testing.assert_array_equal(found.difference, found.after - found.before)
    assert found.prevalence == pytest.approx(Y.mean() if prevalence is None else prevalence)
    assert np.isnan(found.low).all()


def test_weights():
    w = np.arange(150) % 3
    weighted = decision_curve(Y, A, B, weights=w, n_resamples=0)
    plain = decision_curve(*repeated(w, Y, A, B), n_resamples=0)
    for name in ("before", "after", "treat_all", "difference"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(plain, name), atol=1e-14)
    large = decision_curve(Y, A, B, weights=w * 1e306, n_resamples=0)
    np.testing.assert_allclose(large.after, weighted.after, atol=1e-14)


def test_intervals_are_those_of_a_mean_of_rows():
    """At one threshold the difference is a mean over rows, whose error is known."""
    cut = 0.3
    gain = np.where(Y == 1, 1, -cut / (1 - cut)) * ((cut <= B).astype(float) - (cut <= A))
    found = decision_curve(Y, A, B, cut, n_resamples=1000)
    assert found.difference[0] == pytest.approx(gain.mean())
    error = gain.std() / np.sqrt(150)
    assert found.high[0] - found.low[0] == pytest.approx(2 * 1.96 * error, rel=0.1)
    # with a given prevalence events and others are drawn by themselves
    found = decision_curve(Y, A, B, cut, n_resamples=1000, prevalence=Y.mean())
    within = sum(gain[k == Y].var() * (k == Y).sum() for k in (0, 1)) / 150**2
    assert found.high[0] - found.low[0] == pytest.approx(2 * 1.96 * np.sqrt(within), rel=0.1)


def test_equal_models_and_seeds():
    same = decision_curve(Y, A, A, n_resamples=20)
    assert len(same.thresholds) == 99
    for name in ("difference", "low", "high"):
        np.testing.assert_array_equal(getattr(same, name), 0)
    one, other = (decision_curve(Y, A, B, CUTS, n_resamples=20, random_state=3) for _ in range(2))
    np.testing.assert_array_equal(one.low, other.low)


@pytest.mark.parametrize(
    ("y", "options", "words"),
    [
        (Y, {"cuts": [0, 0.5]}, "inside"),
        (Y, {"prevalence": 1.0}, "prevalence"),
        (Y, {"n_resamples": -1}, "n_resamples"),
        (Y, {"n_resamples": 1}, "n_resamples"),
        (Y, {"confidence": 0}, "confidence"),
        (np.ones(150), {}, "rows with the event"),
        (Y[1:], {}, "differ"),
    ],
)
def test_bad_input_is_refused(y, options, words):
    with pytest.raises(ValueError, match=words):
        decision_curve(y, A, B, **options)
