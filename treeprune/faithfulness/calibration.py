"""Whether probabilities mean what they say."""

from __future__ import annotations

from treeprune.agreement.recalibration import recalibration
from treeprune.faithfulness.registry import Judged, register


@register("calibration slope", "binary")
def calibration_slope(judged: Judged) -> float:
    """Slope of the outcome's logit on the predicted logit; 1 is ideal, below 1 is over-confident.

    See `treeprune.agreement.recalibration`. NaN where the rows hold one class only, where the model gives
    one answer only, and where its answers separate the classes, so that the slope has no finite value.
    """
    happened = judged.y == judged.classes[1]
    return recalibration(happened, judged.answer[:, 1], judged.weights).slope.estimate
