"""Gates where no training rows are known: bars by default, or by the noise of the background."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from tests.evidence.test_gates import CASES, fitted, split
from treeprune import CostComplexityPruner, compare, gate, merge_equal_leaves
from treeprune.evidence.gates import GATES


def judged(before, after, name):
    a, b, _, yb = split(name)
    return gate(compare(before, after, b, yb, background=a))


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_shuffled_and_root_models_fail_and_one_without_loss_passes(name, kind):
    a, _, ya, _ = split(name)
    model = fitted(name, kind)
    shuffled = clone(model).fit(a, np.random.default_rng(0).permutation(ya))
    assert not judged(model, shuffled, name).passed
    roots = CostComplexityPruner(FrozenEstimator(model), ccp_alpha=1e9).fit(a, ya)
    assert not judged(model, roots, name).passed
    report = judged(model, merge_equal_leaves(model), name)
    assert [r.verdict for r in report.results] == ["pass"] * len(GATES)


def fake(cosine, least, retrain=None):
    """What the gates of attributions read, with numbers of one's own."""
    agreement = SimpleNamespace(cosine=cosine, cosine_low=1.0, overlap=1.0, r2=1.0, removed_mass=0.0)
    return SimpleNamespace(
        pair=SimpleNamespace(retrain=retrain, margin=0.02),
        floor=SimpleNamespace(least=lambda name: least if name == "cosine" else np.nan),
        predictions=SimpleNamespace(fidelity_r2=1.0),
        attributions=SimpleNamespace(grouped=agreement),
        outcomes=SimpleNamespace(non_inferiority=None, difference=None),
    )


@pytest.mark.parametrize(
    ("cosine", "least", "retrain", "verdict", "passes", "origin"),
    [
        (0.86, 0.99, None, "warn", 0.9, "default"),  # a quiet background raises no bar
        (0.86, 0.85, None, "pass", 0.85, "floor"),  # where it moves reasons more, the bar goes down
        (0.84, 0.85, None, "warn", 0.85, "floor"),
        (0.69, 0.2, None, "fail", 0.7, "floor"),  # but never to where everything passes
        (0.86, np.nan, None, "warn", 0.9, "default"),
        (0.98, 0.99, "rows", "warn", 0.99, "floor"),  # retraining is the measure, up as well as down
        (0.5, 0.45, "rows", "pass", 0.45, "floor"),
    ],
)
def test_bars(cosine, least, retrain, verdict, passes, origin):
    result = next(r for r in gate(fake(cosine, least, retrain)).results if r.name == "attribution cosine")
    assert (result.verdict, result.passes, result.origin) == (verdict, passes, origin)


def test_one_row_of_background_is_no_floor():
    _, b, _, yb = split("breast cancer")
    model = fitted("breast cancer", "forest")
    comparison = compare(model, model, b, yb, background=b.iloc[:1])
    assert np.isnan(comparison.floor.least("cosine"))
    assert np.isnan(comparison.floor.least("fidelity_r2"))
    report = gate(comparison)
    assert {r.origin for r in report.results} == {"default"}
    assert report.verdict == "pass"
