"""Whether probabilities mean what they say."""

from __future__ import annotations

import numpy as np
from scipy.special import logit
from sklearn.linear_model import LogisticRegression

from treeprune.faithfulness.registry import Judged, register

_EPS = 1e-6


@register("calibration slope", "binary")
def calibration_slope(judged: Judged) -> float:
    """Slope of the outcome's logit on the predicted logit; 1 is ideal, below 1 is over-confident.

    D. R. Cox, Two further applications of a model for binary regression, Biometrika 45, 1958.
    Probabilities are clipped to [1e-6, 1 - 1e-6]. NaN where the rows hold one class only, or the model
    gives one answer only.
    """
    happened = judged.y == judged.classes[1]
    x = logit(np.clip(judged.answer[:, 1], _EPS, 1 - _EPS))
    if happened.all() or not happened.any() or np.ptp(x) == 0:
        return float("nan")
    fit = LogisticRegression(C=np.inf, max_iter=1000)
    return float(fit.fit(x[:, None], happened, sample_weight=judged.weights).coef_[0, 0])
