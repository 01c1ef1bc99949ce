"""How far a model is from itself: the noise that any comparison has to be held against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from sklearn.base import clone

from treeprune.agreement.attribution_summary import AttributionAgreement
from treeprune.agreement.prediction import fidelity_r2
from treeprune.backends.registry import check_supported
from treeprune.evidence.attributions import Explained
from treeprune.evidence.pair import Pair
from treeprune.exceptions import UnsupportedModelError
from treeprune.explaining.record import Attributions
from treeprune.faithfulness.registry import Judged
from treeprune.model.ensemble import Array
from treeprune.pruners.native import Native, grow, is_scikit_learn
from treeprune.pruners.unwrap import bare_model
from treeprune.statistics.rows import take_rows


@dataclass(frozen=True, eq=False)
class Floor:
    """The model before against versions of itself.

    Parameters
    ----------
    kind : {"retrained", "backgrounds"}
        Trained anew on bootstraps of the training rows; or explained against the other half of the
        background.
    fidelity_r2 : ndarray of float64, shape (n_versions,)
        NaN for backgrounds: the answers are the same.
    plain, grouped : tuple of AttributionAgreement
        One for each version.
    """

    kind: Literal["retrained", "backgrounds"]
    fidelity_r2: Array
    plain: tuple[AttributionAgreement, ...]
    grouped: tuple[AttributionAgreement, ...]

    def least(self, name: str, *, grouped: bool = True) -> float:
        """Least value of an agreement that a version of the model itself reaches; NaN if there is none."""
        if name == "fidelity_r2":
            return float(np.min(self.fidelity_r2)) if len(self.fidelity_r2) else float("nan")
        versions = self.grouped if grouped else self.plain
        return min((float(getattr(found, name)) for found in versions), default=float("nan"))


def noise_floor(pair: Pair, explained: Explained, before: Attributions) -> Floor:
    """Measure it.

    Parameters
    ----------
    pair : Pair
        By retraining if there are rows to train on, else by backgrounds.
    explained : Explained
    before : Attributions
        Of the model before.

    Returns
    -------
    Floor

    Raises
    ------
    UnsupportedModelError
        If the model before cannot be trained anew.
    """
    if pair.retrain is None:
        return _by_backgrounds(pair, explained, before)
    r2, plain, grouped = [], [], []
    a, _ = pair.answers()
    for native in _shown(pair, _retrained(pair)):
        judged = Judged(native, pair.X, pair.y, pair.before.weights)
        answer = judged.answer[:, 1] if pair.kind == "binary" else judged.answer
        r2.append(fidelity_r2(a, answer, pair.unit_weights))
        one, other = explained.agreement(before, explained.explain(native))
        plain.append(one)
        grouped.append(other)
    return Floor("retrained", np.array(r2), tuple(plain), tuple(grouped))


def _by_backgrounds(pair: Pair, explained: Explained, before: Attributions) -> Floor:
    """The same model, explained against each half of the background."""
    n = explained.background.shape[0]
    if n < 2:
        return Floor("backgrounds", np.empty(0), (), ())
    one, other = (take_rows(explained.background, np.arange(k, n, 2)) for k in (0, 1))
    first = explained.explain(pair.models[0], one)
    if before.route in ("against a background", "linear"):
        # exact values are means over the background, so that the other half is what is left
        share = len(range(0, n, 2)) / n
        phi = (before.phi - share * first.phi) / (1.0 - share)
        second = replace(first, phi=phi, base=(before.base - share * first.base) / (1.0 - share))
    else:
        second = explained.explain(pair.models[0], other)
    versions = [first, second]
    both = [explained.agreement(before, version) for version in versions]
    plain, grouped = zip(*both, strict=True)
    return Floor("backgrounds", np.full(len(both), np.nan), tuple(plain), tuple(grouped))


def _retrained(pair: Pair) -> Iterator[Native]:
    assert pair.retrain is not None
    X, y = pair.retrain
    y = np.asarray(y)
    model = bare_model(pair.models[0])
    if not (is_scikit_learn(model) and hasattr(model, "get_params")):
        raise UnsupportedModelError(
            f"a {type(model).__name__} cannot be trained anew; leave out retrain, or give the "
            "estimator that it came from"
        )
    classes = pair.kind in ("binary", "multiclass")
    for seed in np.random.SeedSequence(pair.random_state).spawn(pair.n_retrains):
        rows = _bootstrap(y, classes, np.random.default_rng(seed))
        yield _fit(model, take_rows(X, rows), y[rows])


def _bootstrap(y: Array, classes: bool, rng: np.random.Generator) -> Array:
    """Rows drawn with repetition, within each class: none may be lost."""
    if not classes:
        return np.sort(rng.integers(len(y), size=len(y)))
    parts = [np.flatnonzero(y == label) for label in np.unique(y)]
    return np.sort(np.concatenate([rng.choice(part, len(part)) for part in parts]))


def _fit(model: Any, X: Any, y: Array) -> Native:
    try:
        check_supported(model)
    except UnsupportedModelError:
        return Native(clone(model).fit(X, y))
    return grow(model, X, y)


def _shown(pair: Pair, models: Iterator[Native]) -> Any:
    if not pair.verbose:
        return models
    from tqdm.auto import tqdm  # warns in notebooks without widgets: only those who ask see it

    return tqdm(models, "retrained", total=pair.n_retrains, leave=False)
