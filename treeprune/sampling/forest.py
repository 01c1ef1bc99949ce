"""Rows from an adversarial random forest, with independent columns inside its leaves.

D. Watson, K. Blesch, J. Kapar, M. Wright, *Adversarial random forests for density estimation and generative
modeling*, 2023 (FORGE). A forest learns to tell real rows from rows whose columns were drawn independently.
Within its leaves it cannot, so that there columns may be drawn independently.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.utils import check_random_state

from treeprune.model.ensemble import Array
from treeprune.sampling.cells import Cells, Values, cells_of, draw_from
from treeprune.sampling.columns import Columns, WeightedRows, rows_that_count
from treeprune.sampling.margins import Margin, margins
from treeprune.sampling.picks import Picker
from treeprune.sampling.ranks import ranks_of
from treeprune.sampling.registry import check_draw, register

_AT_ONCE = 8192
_TREES = 30
_LEAST_LEAF = 10
"""Rows of a leaf, real and drawn."""

_LEAST_CELL = 5
"""Real rows that values are drawn from: fewer would bring back a row that exists."""

_MOST_ROWS = 10_000
"""Rows, real and drawn, that one tree grows on."""

_TELLS_APART = 0.55
"""Out-of-bag accuracy above which a forest is said to tell rows apart; chance alone gives half."""


@dataclass(frozen=True, eq=False)
class AdversarialForest:
    """Fitted forest; see `fit_forest`.

    Parameters
    ----------
    picker : Picker
        Draws a real row, whose leaf is drawn from.
    cells : Cells
        Real rows leaf by leaf, tree by tree.
    values : Values
    accuracies : tuple of float
        Out-of-bag accuracy of the forest of each round: 0.5 where real rows look like those that it was
        shown as drawn ones, which are columns drawn independently in the first round.
    """

    picker: Picker
    cells: Cells
    values: Values
    accuracies: tuple[float, ...]

    def draw(self, n: int, rng: np.random.Generator) -> Array:
        """Draw rows.

        Parameters
        ----------
        n : int
        rng : numpy.random.Generator

        Returns
        -------
        ndarray of float64, shape (n, n_columns)
        """
        n, n_columns = check_draw(n, rng), self.values.code.shape[1]
        drawn = np.empty((n, n_columns))
        for start in range(0, n, _AT_ONCE):
            block = drawn[start : start + _AT_ONCE]
            tree = rng.integers(0, len(self.cells.cell), len(block))
            row = self.picker.pick(rng.random(len(block)))
            draw_from(self.cells, self.values, tree, row, rng.random((len(block), 3 * n_columns)), block)
        return drawn


@register("forest")
def fit_forest(
    rows: Any, columns: Columns, weight: Any = None, random_state: Any = None, *, rounds: int = 1
) -> AdversarialForest:
    """Fit an adversarial forest to rows.

    Parameters
    ----------
    rows : array-like of float64, shape (n_rows, n_columns)
        NaN is missing; nominal columns hold codes.
    columns : Columns
    weight : array-like of shape (n_rows,), optional
    random_state : int, RandomState or None, default=None
    rounds : int, default=1
        At most so many forests are grown. Each after the first tells real rows from those that the one
        before draws, and takes its place if it can.

    Returns
    -------
    AdversarialForest

    Raises
    ------
    ValueError
        If rows do not fit the columns, if weights are not legal, or `rounds` is below 1.

    Notes
    -----
    Missing values are drawn like values. Values of discrete columns, and values that more than one in
    twenty rows share, are drawn as they are; others move up to half the way to the next observed value,
    within the range of their leaf. A leaf with fewer than five real rows is joined to its neighbour.

    Examples
    --------
    >>> import numpy as np
    >>> from treeprune.sampling.columns import infer_columns
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=500)
    >>> rows = np.column_stack([x, x**2 + rng.normal(size=500)])
    >>> sampler = fit_forest(rows, infer_columns(rows, np.zeros(2, bool)), random_state=0)
    >>> drawn = sampler.draw(10_000, rng)
    >>> bool(np.corrcoef(drawn[:, 0] ** 2, drawn[:, 1])[0, 1] > 0.6)
    True
    """
    if isinstance(rounds, bool) or not isinstance(rounds, int | np.integer) or rounds < 1:
        raise ValueError(f"rounds must be a whole number of at least 1, got {rounds!r}")
    counting = rows_that_count(rows, columns, weight)
    seeds = check_random_state(random_state).randint(2**31 - 1, size=(rounds, 2)).tolist()
    of_columns = margins(counting, columns)
    picker, values = Picker(counting.weight), _values(of_columns)
    drawn = _independent(counting, picker, np.random.default_rng(seeds[0][0]))
    cells, accuracy = _round(counting, drawn, seeds[0][1])
    accuracies = [accuracy]
    for draws, grows in seeds[1:]:
        if accuracies[-1] <= _TELLS_APART:
            break
        before = AdversarialForest(picker, cells, values, ())
        drawn = before.draw(len(drawn), np.random.default_rng(draws))
        newer, accuracy = _round(counting, drawn, grows)
        accuracies.append(accuracy)
        if accuracy > _TELLS_APART:
            cells = newer
    return AdversarialForest(picker, cells, values, tuple(accuracies))


def _independent(rows: WeightedRows, picker: Picker, rng: np.random.Generator) -> Array:
    n, n_columns = rows.values.shape
    return np.take_along_axis(rows.values, picker.pick(rng.random((n, n_columns))), axis=0)


def _round(rows: WeightedRows, drawn: Array, seed: int) -> tuple[Cells, float]:
    """Real rows in the leaves of a forest that tells them from drawn ones, and its accuracy."""
    real, other = ranks_of(rows.values, drawn)
    n = len(drawn)
    forest = RandomForestClassifier(
        _TREES,
        min_samples_leaf=_LEAST_LEAF,
        max_samples=min(2 * n, _MOST_ROWS),
        oob_score=True,
        random_state=seed,
    )
    weight = np.concatenate([rows.weight * (n / rows.weight.sum()), np.ones(n)])
    with warnings.catch_warnings():  # rows of tiny tables may be in all bags
        warnings.filterwarnings("ignore", "Some inputs do not have OOB scores", UserWarning)
        forest.fit(np.vstack([real, other]), np.repeat([1, 0], n), sample_weight=weight)
    return cells_of(forest.apply(real), rows.weight, _LEAST_CELL), float(forest.oob_score_)


def _values(of_columns: list[Margin]) -> Values:
    before = np.cumsum([0, *(len(m.values) for m in of_columns)])
    codes = [np.where(m.code < 0, -1, m.code + b) for m, b in zip(of_columns, before, strict=False)]
    return Values(
        np.column_stack(codes).astype(np.int32),
        np.concatenate([m.values for m in of_columns]),
        np.concatenate([m.kept for m in of_columns]),
    )
