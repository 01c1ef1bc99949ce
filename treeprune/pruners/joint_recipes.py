"""Which lanes are compared, where the user leaves it open.

What wins differs from table to table, but little of what could be tried ever does. Shares between 0 and 1
are held back by these bounds, so their ridge hardly counts, but the number of trees that are averaged and
the target do: out-of-bag answers are smoother than outcomes. Steps of a sum know no bounds, so for them the
ridge is all that holds them back, and the larger the model, the larger it has to be; the model's own
answers as target hold them back too. `benchmarks/ensembles.py` compares the results.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from treeprune.criteria.joint.forms import Form
from treeprune.criteria.joint.problem import Values
from treeprune.pruners.joint_lanes import Lane

_SHARES = (4, 8, 16, 32, 64)
"""Numbers of trees whose shares are averaged."""

_NUMBERS = (8, 32)
"""Numbers of trees whose numbers are averaged."""

_STEPS = ((10.0, 0.0), (100.0, 0.0), (300.0, 0.0), (1000.0, 0.0), (10.0, 1.0), (100.0, 1.0), (300.0, 0.5))
"""Ridges and shares of the model's own answers for steps that are added up."""

_FACTORS = (0.0, 0.5, 1.0)
"""Shares of the model's own answers where votes are fixed and their factors alone are fitted."""

Way = tuple[Values, float, float, int | None]
"""Values, ridge, share of the model's own answers, trees that are averaged."""


def _of_shares(n_trees: int) -> list[Way]:
    sizes = _sizes(_SHARES, n_trees)
    return [("anchored", 1.0, own, size) for own in (0.0, 1.0) for size in sizes]


def _of_numbers(n_trees: int) -> list[Way]:
    sizes = _sizes(_NUMBERS, n_trees)
    ways: list[Way] = [("anchored", 10.0, own, size) for own in (0.0, 1.0) for size in sizes]
    return [*ways, ("refit", 10.0, 1.0, None)]


def _of_steps(was_forest: bool) -> list[Way]:
    if was_forest:
        ways: list[Way] = [("refit", ridge, 0.0, None) for ridge in (1.0, 10.0, 30.0)]
        return [*ways, ("anchored", 10.0, 0.0, 32), ("refit", 1.0, 1.0, None)]
    return [("refit", ridge, own, None) for ridge, own in _STEPS]


def _of_votes() -> list[Way]:
    return [("fixed", 0.0, own, None) for own in _FACTORS]


def _sizes(wanted: Sequence[int], n_trees: int) -> list[int]:
    return [size for size in wanted if size < n_trees] or [n_trees]


def lanes_for(
    form: Form,
    values: str,
    ridge: str | float,
    target: str | float,
    features: Sequence[int | None],
    whole: bool,
) -> list[Lane]:
    """Lanes to compare.

    Parameters
    ----------
    form : Form
    values, ridge, target
        Parameters of `treeprune.JointPruner`; what is given holds for all lanes.
    features : sequence of int or None
        Most features of a model; None for no limit.
    whole : bool
        Whether models of whole trees are within the limits that are not of size.

    Returns
    -------
    list of Lane
        Among them slices of first trees, to compare with.
    """
    n_trees = form.given.n_trees
    if form.kind == "sum":
        ways = _of_steps(form.origin is not None)
    elif form.kind == "votes":
        ways = _of_votes()
    else:
        ways = _of_shares(n_trees) if form.kind == "shares" else _of_numbers(n_trees)
    if target != "auto":
        named = {"y": 0.0, "model": 1.0}
        share = named[target] if isinstance(target, str) else float(target)
        ways = [(own, strength, share, size) for own, strength, _, size in ways]
    if values != "auto":
        ways = [(values, strength, share, size) for _, strength, share, size in ways]  # type: ignore[misc]
    if ridge != "auto":
        ways = [(own, float(ridge), share, size) for own, _, share, size in ways]
    ways = [(own, 0.0 if own == "fixed" else r, share, size) for own, r, share, size in ways]
    lanes = [Lane("joint", *way, max_features=most) for most in features for way in dict.fromkeys(ways)]
    if form.origin is not None or tuple(features) != (None,):
        return lanes
    lanes.append(Lane("first", candidate=whole))
    return lanes + ([Lane("lasso")] if form.kind in ("sum", "votes") and whole else [])


def lanes_by_features(
    form: Form,
    values: str,
    ridge: str | float,
    target: str | float,
    most: int,
    max_cost: float | None,
    *,
    searches: bool,
) -> list[Lane]:
    """Lanes for numbers of features: the ways that do well everywhere, for each number.

    Parameters
    ----------
    form : Form
    values, ridge, target
        As for `lanes_for`.
    most : int
        Most features.
    max_cost : float or None
        Most that they cost together.
    searches : bool
        Whether smaller numbers are compared too.

    Returns
    -------
    list of Lane
    """
    numbers = [most]
    if searches:
        # the largest first, whose order of features serves the others
        numbers = sorted({*range(1, min(most, 8) + 1), *_doublings(most), most}, reverse=True)
    lanes = lanes_for(form, values, ridge, target, numbers, False)
    usual = (None, _NUMBERS[-1], *_SHARES[1::2])  # not every number of averaged trees for every number
    some = [lane for lane in lanes if lane.n_averaged in usual or form.given.n_trees <= _SHARES[0]]
    ways = [replace(lane, max_cost=max_cost) for lane in some or lanes]
    # the model as it was is among the largest, so that nothing has to be worse
    return [*ways, Lane("first", max_features=most)] if searches and max_cost is None else ways


def _doublings(most: int) -> list[int]:
    """Numbers above 8, two for each doubling."""
    return [n for k in range(40) if 8 < (n := round(8 * 2 ** (k / 2))) < most]
