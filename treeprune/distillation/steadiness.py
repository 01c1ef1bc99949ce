"""How stable each split of a distilled tree is: against chance in the sample, and in samples drawn anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from treeprune.backends import read
from treeprune.backends.sklearn_student import student
from treeprune.criteria.soft_tree.growth import Growth, grow
from treeprune.criteria.soft_tree.rows import SoftRows
from treeprune.criteria.split_stability.grow_until import grow_until_stable
from treeprune.criteria.split_stability.redraws import redraw_stability
from treeprune.criteria.split_stability.sample import Sample, make_sample
from treeprune.criteria.split_stability.splits import Split
from treeprune.criteria.split_stability.tree_nodes import split_nodes
from treeprune.criteria.split_stability.win_again import win_again
from treeprune.distillation.lesson import Lesson, Sampler
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import depths

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "node",
    "feature",
    "threshold",
    "depth",
    "n_rows",
    "same_feature",
    "same_split",
    "chance",
    "stable",
    "rows_needed",
    "rival",
)

ALPHA = 0.05
"""A split is stable if its feature would win again with at least the rest of this as probability."""


def redraws(
    lesson: Lesson, sampler: Sampler, n_synthetic: int, n_redraws: int, seeds: np.random.SeedSequence
) -> Iterator[SoftRows]:
    """Other patients, other synthetic rows, the same teacher.

    Parameters
    ----------
    lesson : Lesson
    sampler : str or callable
    n_synthetic : int
    n_redraws : int
    seeds : numpy.random.SeedSequence

    Yields
    ------
    SoftRows
        Of a bootstrap of the real rows, and of synthetic rows from a sampler that was fitted to it.
    """
    n = len(lesson.rows)
    for seed in seeds.spawn(n_redraws):
        rng = np.random.default_rng(seed)
        yield lesson.soft_rows(sampler, n_synthetic, np.sort(rng.integers(n, size=n)), rng)


def learn_until_stable(
    lesson: Lesson,
    sampler: Sampler,
    start: int,
    limit: int,
    growth: Growth,
    n_leaves: int,
    rng: np.random.Generator,
) -> SoftRows:
    """Draw synthetic rows until the feature of each split would win again, or there are enough.

    Parameters
    ----------
    lesson : Lesson
        All of whose rows have weight one.
    sampler : str or callable
    start, limit : int
        Synthetic rows at first, and at the most.
    growth : Growth
        That allows all columns.
    n_leaves : int
    rng : numpy.random.Generator

    Returns
    -------
    SoftRows
        The real rows, and then the synthetic ones.
    """
    n_real = len(lesson.rows)
    drawn = 0

    def draw(n: int) -> tuple[Array, Array]:
        nonlocal drawn
        soft = lesson.soft_rows(sampler, n if drawn else max(n - n_real, 0), np.arange(n_real), rng)
        first = n_real if drawn else 0  # the real rows come once
        drawn += len(soft.x) - first
        return soft.x[first:], soft.target[first:]

    def rows_of(x: Array, target: Array) -> SoftRows:
        return SoftRows(x=x, target=target, weight=np.ones(len(x)), real=np.arange(len(x)) < n_real)

    def grown(x: Array, target: Array) -> TreeEnsemble:
        tree = grow(rows_of(x, target), growth).of_size(n_leaves)
        return read(student(tree, x.shape[1], None, None))

    found = grow_until_stable(
        draw, grown, start=start + n_real, limit=limit + n_real, alpha=ALPHA, feature_only=True
    )
    return rows_of(found.rows, found.targets)


def steadiness(
    tree: TreeEnsemble,
    rows: SoftRows,
    drawn: Iterator[SoftRows],
    growth: Growth,
    names: tuple[str, ...],
    *,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Judge each split of a tree, given its ancestors.

    Parameters
    ----------
    tree : TreeEnsemble
    rows : SoftRows
        That it was grown on.
    drawn : iterator of SoftRows
        Redraws.
    growth : Growth
        What it was allowed; other columns do not compete. Prices are not looked at.
    names : tuple of str
        Of the columns.
    n_jobs : int, optional
        Threads, after joblib's convention.

    Returns
    -------
    pandas.DataFrame
        A row for each split: ``node``, ``feature``, ``threshold``, ``depth``, ``n_rows`` (real and
        synthetic ones that reach it), ``same_feature`` and ``same_split`` (share of redraws in which the
        feature wins again, and with nearly the same threshold), ``chance`` (that the feature would win in
        another sample of as many rows), ``stable`` (whether that is sure in 95 of 100 cases),
        ``rows_needed`` (whole sample, real and synthetic, from which on it would be), and ``rival`` (the
        feature that comes next).
    """
    import pandas as pd

    own = np.arange(tree.n_features) if growth.allowed is None else np.flatnonzero(growth.allowed)
    place = np.full(tree.n_features + 1, LEAF, np.int32)
    place[own] = np.arange(len(own))
    narrow = replace(
        tree, feature=place[tree.feature], n_features=len(own), feature_names=None, monotone=None
    )
    found = redraw_stability(narrow, (_triple(soft, own) for soft in drawn), n_jobs=n_jobs)
    sample = make_sample(*_triple(rows, own))
    depth = depths(tree.left, tree.right)
    table = []
    for k, (node, split, reached) in enumerate(split_nodes(narrow, sample)):
        chance, stable, needed, rival = _against_rivals(reached, split)
        table.append(
            {
                "node": node,
                "feature": names[own[split.feature]],
                "threshold": split.threshold,
                "depth": depth[node],
                "n_rows": len(reached),
                "same_feature": found.feature_share[k],
                "same_split": found.split_share[k],
                "chance": chance,
                "stable": stable,
                "rows_needed": needed * len(sample) / max(len(reached), 1),
                "rival": "" if rival is None else names[own[rival]],
            }
        )
    return pd.DataFrame(table, columns=list(COLUMNS))


def _against_rivals(reached: Sample, split: Split) -> tuple[float, bool, float, int | None]:
    try:
        again = win_again(reached, split)
    except ValueError:  # the targets at the node are equal but for rounding
        return float("nan"), False, float("nan"), None
    others = again.rivals[: len(again.rivals) - again.n_own]
    stable = again.at_least(feature_only=True) >= 1.0 - ALPHA
    needed = again.rows_needed(ALPHA, feature_only=True)
    return again.same_feature, stable, needed, others[0].feature if others else None


def _triple(rows: SoftRows, own: Array) -> tuple[Array, Array, Array]:
    return rows.x[:, own], rows.target, rows.weight
