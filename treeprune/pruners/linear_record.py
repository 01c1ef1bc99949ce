"""What a projection path is remembered by."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.linear_projection.path import ProjectionPath
from treeprune.feature_plan import FeaturePath, FeaturePlan
from treeprune.model.ensemble import Array
from treeprune.pruners.column_groups import ColumnGroups

_LOSS_NAMES = {
    "gaussian": "half_squared_error",
    "binomial": "log_loss",
    "multinomial": "log_loss",
    "poisson": "half_deviance",
}


def projection_record(
    path: ProjectionPath,
    chosen: int,
    best: int | None,
    by_one_se: int | None,
    loss: Array | None,
    loss_se: Array | None,
    columns: ColumnGroups,
) -> FeaturePath:
    """Record of a projection path and of its held-out losses, if there are any."""
    return FeaturePath(
        n_features=path.sizes,
        coef=path.coef,
        intercept=path.intercept,
        loss=loss,
        loss_se=loss_se,
        strength=None,
        kkt=None,
        mean_change=path.audit.mean_change,
        high_change=path.audit.high_change,
        max_change=path.audit.max_change,
        best=best,
        by_one_se=by_one_se,
        chosen=chosen,
        loss_name=_LOSS_NAMES[path.family],
        columns=columns.columns,
    )


def projection_plan(
    path: FeaturePath, steps: ProjectionPath, columns: ColumnGroups, method: str
) -> FeaturePlan:
    """Fate of each group of columns: its step is the one at which it left."""
    left = np.full(len(columns), -1)
    left[steps.removed[1:]] = np.arange(1, len(steps))
    kept, gone = steps.kept[path.chosen], left >= 0
    words = np.where(~gone, "mandatory", np.where(kept, "kept", method)).tolist()

    def there(figures: Array | None) -> Array:
        none = np.full(len(columns), np.nan)
        return none if figures is None else np.where(gone, figures[np.maximum(left, 0)], np.nan)

    names = np.array(columns.columns, object)
    return FeaturePlan(
        groups=columns.labels,
        columns=tuple(tuple(names[columns.number == k]) for k in range(len(columns))),
        kept=kept,
        why=tuple(words),
        step=left,
        saliency=there(steps.saliency),
        loss=there(path.loss),
        loss_se=there(path.loss_se),
        max_change=there(path.max_change),
    )
