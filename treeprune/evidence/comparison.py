"""What `compare` finds: metrics at once, sections when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from treeprune.agreement.decision_curve import DecisionCurve
from treeprune.agreement.regions import Region
from treeprune.agreement.subgroups import SubgroupTable
from treeprune.evidence.attributions import (
    AttributionEvidence,
    Explained,
    attribution_evidence,
    attribution_subgroups,
)
from treeprune.evidence.calibration import CalibrationEvidence, calibration_evidence, decision_evidence
from treeprune.evidence.floor import Floor, noise_floor
from treeprune.evidence.pair import Pair
from treeprune.evidence.places import region_evidence, subgroup_evidence, subgroup_fidelity
from treeprune.evidence.predictions import (
    OutcomeEvidence,
    PredictionEvidence,
    outcome_evidence,
    prediction_evidence,
)

if TYPE_CHECKING:
    import pandas as pd


def _short(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.4f}"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Numbers about a model before and after pruning.

    Parameters
    ----------
    before, after : dict of str to float
        Metrics of each model.
    between : dict of str to float
        Metrics of the pair: fidelity of the second model to the first.
    n_rows : int
        Rows with weight.
    pair : Pair
        Both models on these rows; the sections are worked out from it when they are first asked for.
    """

    before: dict[str, float]
    after: dict[str, float]
    between: dict[str, float]
    n_rows: int
    pair: Pair = field(repr=False)

    @cached_property
    def predictions(self) -> PredictionEvidence:
        """How far the answers differ."""
        return prediction_evidence(self.pair)

    @cached_property
    def outcomes(self) -> OutcomeEvidence:
        """How well both meet the outcomes: intervals of the difference, and a test against the margin."""
        return outcome_evidence(self.pair)

    @cached_property
    def calibration(self) -> CalibrationEvidence | None:
        """Intercepts, slopes and curves of both; None where there is no such thing."""
        return calibration_evidence(self.pair)

    @cached_property
    def decision_curve(self) -> DecisionCurve | None:
        """Net benefit of both over thresholds; None but for two classes."""
        return decision_evidence(self.pair)

    @cached_property
    def regions(self) -> tuple[Region, ...]:
        """Where the answers differ most, the worst first."""
        return region_evidence(self.pair)

    @cached_property
    def subgroups(self) -> SubgroupTable | None:
        """How well both meet the outcomes in each subgroup; None without subgroups."""
        return subgroup_evidence(self.pair)

    @cached_property
    def subgroup_fidelity(self) -> SubgroupTable | None:
        """How far the answers differ in each subgroup; None without subgroups."""
        return subgroup_fidelity(self.pair)

    @cached_property
    def _explained(self) -> Explained:
        return Explained.of(self.pair)

    @cached_property
    def attributions(self) -> AttributionEvidence:
        """SHAP values of both for the same rows, background and scale, and how far they agree."""
        return attribution_evidence(self.pair, self._explained)

    @cached_property
    def attribution_subgroups(self) -> SubgroupTable | None:
        """How far the SHAP values agree in each subgroup; None without subgroups."""
        return attribution_subgroups(self.pair, self.attributions)

    @cached_property
    def floor(self) -> Floor:
        """How far the model before is from versions of itself."""
        return noise_floor(self.pair, self._explained, self.attributions.before)

    def __str__(self) -> str:
        both = [unit for unit in ("nodes", "coefficients") if unit in self.before and unit in self.after]
        shrunk = [f"{self.before[unit]:.0f} -> {self.after[unit]:.0f} {unit}" for unit in both]
        kept = ", ".join(f"{name} {value:.4g}" for name, value in self.between.items())
        moved = [
            f"{name} {self.before[name]:.4f} -> {self.after[name]:.4f}"
            for name in ("AUC", "log loss", "Brier", "RMSE")
            if name in self.before
        ]
        return "; ".join([*shrunk, *moved, f"{kept} on {self.n_rows} rows"])

    def to_frame(self) -> pd.DataFrame:
        """One row for each metric.

        Returns
        -------
        pandas.DataFrame
            Columns ``before`` and ``after``; metrics of the pair stand under ``after``.
        """
        import pandas as pd

        frame = pd.DataFrame({"before": self.before, "after": self.after})
        return pd.concat([frame, pd.DataFrame({"after": self.between})])

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(na_rep="", float_format=_short))
