"""Gates: what a small model has to reach to stand for the large one, and whether it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from treeprune.evidence.comparison import Comparison

Level = Literal["pass", "warn", "fail", "not assessed"]

_ORDER: tuple[Level, ...] = ("pass", "not assessed", "warn", "fail")


@dataclass(frozen=True)
class Gate:
    """What a number has to reach.

    Parameters
    ----------
    name : str
    value : callable
        ``value(comparison) -> float``; NaN if it cannot be assessed.
    floor : callable or None
        ``floor(comparison) -> float``: least value that the original reaches against itself; NaN if there
        is none.
    passes, warns : float
        Without a floor: the number passes from here on, and is warned of from there on.
    slack : float
        Where a floor is the bar: the number is warned of down to so much below it.
    larger : bool
        Whether larger is better.
    words : str
        What it is.
    judge : callable or None
        ``judge(comparison) -> Level``, where a bar alone does not say it; a policy's bar goes before.
    """

    name: str
    value: Callable[[Comparison], float]
    floor: Callable[[Comparison], float] | None
    passes: float
    warns: float
    slack: float
    larger: bool
    words: str
    judge: Callable[[Comparison], Level] | None = None


@dataclass(frozen=True)
class GateResult:
    """One gate, applied.

    Parameters
    ----------
    name : str
    value : float
    passes, warns : float
        Where it passes, and where it is warned of.
    origin : {"floor", "default", "policy"}
        Where these come from: the model's own noise, treeprune, or the user.
    verdict : {"pass", "warn", "fail", "not assessed"}
    words : str
        What the number is.
    """

    name: str
    value: float
    passes: float
    warns: float
    origin: Literal["floor", "default", "policy"]
    verdict: Level
    words: str


@dataclass(frozen=True)
class GateReport:
    """All gates, applied.

    Parameters
    ----------
    results : tuple of GateResult
    """

    results: tuple[GateResult, ...] = field(default=())

    @property
    def verdict(self) -> Level:
        """The worst of all."""
        return max((r.verdict for r in self.results), key=_ORDER.index, default="not assessed")

    @property
    def passed(self) -> bool:
        """Whether no gate fails; warnings let it pass."""
        return self.verdict != "fail"

    @property
    def exit_code(self) -> int:
        """0 if it passed, 1 if it failed, for pipelines."""
        return 0 if self.passed else 1

    def to_frame(self) -> pd.DataFrame:
        """One row for each gate.

        Returns
        -------
        pandas.DataFrame
        """
        import pandas as pd

        return pd.DataFrame([vars(result) for result in self.results])

    def to_dict(self) -> dict[str, Any]:
        """Numbers and words alone; what is not finite becomes None.

        Returns
        -------
        dict
        """

        def plain(x: Any) -> Any:
            return (float(x) if np.isfinite(x) else None) if isinstance(x, float) else x

        gates = [{name: plain(x) for name, x in vars(result).items()} for result in self.results]
        return {"verdict": self.verdict, "passed": self.passed, "gates": gates}

    def __str__(self) -> str:
        lines = [f"{self.verdict.upper()}"]
        for r in self.results:
            value = "-" if np.isnan(r.value) else f"{r.value:.3f}"
            if r.name == "non-inferiority" and value != "-":
                value += " margins"
            lines.append(f"  {r.verdict:<12} {r.name}: {value} (passes at {r.passes:.3f}, {r.origin})")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(escape=True, float_format="{:.3f}".format))


def _grouped(name: str) -> Callable[[Comparison], float]:
    return lambda c: float(getattr(c.attributions.grouped, name))


def _floor(name: str) -> Callable[[Comparison], float]:
    return lambda c: c.floor.least(name)


def _margin(c: Comparison) -> float:
    """Worst end of the interval of the difference, in margins: -1 is at the margin."""
    found, difference = c.outcomes.non_inferiority, c.outcomes.difference
    if found is None or difference is None or np.isnan(difference.low):
        return float("nan")
    return float(difference.low) / max(c.pair.margin, 1e-12)


def _not_worse(c: Comparison) -> Level:
    """A wide interval proves nothing, so it is only warned of."""
    found = c.outcomes.non_inferiority
    assert found is not None
    return "pass" if found.passed else ("fail" if found.verdict == "inferior" else "warn")


GATES: tuple[Gate, ...] = (
    Gate("fidelity R2", lambda c: c.predictions.fidelity_r2, _floor("fidelity_r2"), 0.9, 0.7, 0.1, True,
         "share of the variance of the answers before that the answers after explain"),
    Gate("attribution cosine", _grouped("cosine"), _floor("cosine"), 0.9, 0.7, 0.1, True,
         "mean cosine between the SHAP values of a row, over groups of correlated columns"),
    Gate("attribution cosine, worst 5%", _grouped("cosine_low"), _floor("cosine_low"), 0.5, 0.0, 0.3, True,
         "5th percentile of the cosine over rows"),
    Gate("signed overlap", _grouped("overlap"), _floor("overlap"), 0.7, 0.5, 0.1, True,
         "share of the attributions that both give to the same groups with the same sign"),
    Gate("attribution R2", _grouped("r2"), _floor("r2"), 0.7, 0.4, 0.2, True,
         "one less the squared distance of the SHAP values over their squared length"),
    Gate("mass on removed columns", _grouped("removed_mass"), None, 0.05, 0.15, 0.0, False,
         "share of the attributions before that was on groups of correlated columns that are gone"),
    Gate("non-inferiority", _margin, None, -1.0, -np.inf, 0.0, True,
         "lower end of the interval of the difference in AUC or R2, in margins", _not_worse),
)  # fmt: skip
"""Gates by default. A shuffled or constant model fails them, a retrained one passes."""


def gate(comparison: Comparison, policy: Mapping[str, Any] | None = None) -> GateReport:
    """Judge a comparison by gates.

    Gates are relative to how far the original is from itself. If the comparison knows training rows
    (``retrain=``), a number passes where a retrained original passes: a model's answers and reasons move
    that much by chance alone, and a fixed bar would refuse a mere retraining. Else the original is
    explained against halves of the background; where its reasons move more by that than a fixed bar allows,
    the bar goes down to them, never below where the fixed bar fails, since such noise is
    no measure of how far a model may be off. What has no floor has a fixed bar.

    Parameters
    ----------
    comparison : Comparison
        From `compare`.
    policy : mapping, optional
        Gate -> its bar, or ``{"passes": bar, "warns": bar}``, or None to leave it out; overrides bars and
        floors. Unnamed gates keep theirs.

    Returns
    -------
    GateReport
        With a verdict on each gate, and `exit_code` for pipelines.

    Raises
    ------
    ValueError
        If the policy names an unknown gate, or a bar is no number.

    Notes
    -----
    Correlations of global importances, and agreement of labels, are not gates: models trained on shuffled
    outcomes reach high values.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import compare, gate
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> large = DecisionTreeClassifier(max_depth=5, random_state=0).fit(X[::2], y[::2])
    >>> root = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X[::2], y[::2])
    >>> gate(compare(large, large, X[1::2], y[1::2])).verdict
    'pass'
    >>> gate(compare(large, root, X[1::2], y[1::2])).passed
    False
    """
    chosen = checked_policy(policy or {})
    results = []
    for own in GATES:
        if own.name in chosen and chosen[own.name] is None:
            continue
        results.append(_apply(own, comparison, chosen.get(own.name)))
    return GateReport(tuple(results))


def checked_policy(policy: Mapping[str, Any]) -> dict[str, tuple[float, float] | None]:
    """Where each gate of a policy passes and is warned of; None for one that is left out.

    Raises
    ------
    ValueError
        If the policy names an unknown gate, or a bar is no number.
    """
    known = {own.name for own in GATES}
    chosen: dict[str, tuple[float, float] | None] = {}
    for name, bar in policy.items():
        if name not in known:
            raise ValueError(f"there is no gate {name!r}; there are {', '.join(sorted(known))}")
        if bar is None:
            chosen[name] = None
            continue
        given = bar if isinstance(bar, Mapping) else {"passes": bar}
        passes = given.get("passes")
        chosen[name] = (_bar(name, passes), _bar(name, given.get("warns", passes)))
    return chosen


def _bar(name: str, bar: Any) -> float:
    if isinstance(bar, bool) or not isinstance(bar, Real) or not np.isfinite(float(bar)):
        raise ValueError(f"the bar of gate {name!r} must be a number, got {bar!r}")
    return float(bar)


def _apply(own: Gate, comparison: Comparison, bars: tuple[float, float] | None) -> GateResult:
    value = own.value(comparison)
    origin: Literal["floor", "default", "policy"] = "default"
    passes, warns = own.passes, own.warns
    if bars is not None:
        origin, (passes, warns) = "policy", bars
    elif own.floor is not None:
        floor = own.floor(comparison)
        retrained = comparison.pair.retrain is not None
        if retrained and not np.isnan(floor):
            origin, passes, warns = "floor", floor, floor - own.slack
        elif floor < passes:
            origin, passes = "floor", max(floor, warns)
    sign = 1.0 if own.larger else -1.0
    verdict: Level = "fail"
    if np.isnan(value):
        verdict = "not assessed"
    elif own.judge is not None and bars is None:
        verdict = own.judge(comparison)
    elif sign * value >= sign * passes:
        verdict = "pass"
    elif sign * value >= sign * warns:
        verdict = "warn"
    return GateResult(own.name, value, passes, warns, origin, verdict, own.words)
