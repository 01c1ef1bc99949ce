"""How stable a selection of columns is: fitted again on halves of the rows."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_random_state

from treeprune.model.ensemble import Array
from treeprune.pruners.parameters import check_flag, check_n_jobs, check_whole_number
from treeprune.selection_refits import Refits, check_share, last_step
from treeprune.statistics.selection import (
    Assumption,
    expected_false,
    stability_index,
    stability_interval,
)

if TYPE_CHECKING:
    import pandas as pd

    from treeprune.report.stability_display import StabilityDisplay


@dataclass(frozen=True, eq=False)
class SelectionStability:
    """What a selector has selected on halves of the rows.

    Where the selector has groups of columns, all numbers but `frequency` speak of groups: a group is
    selected where one of its columns is.

    Parameters
    ----------
    columns : tuple of str
    selected : ndarray of bool, shape (n_resamples, n_columns)
        Two rows after each other are complementary halves.
    groups : tuple of str, or None
        Group of each column.
    name : str
        What the selector is called.
    """

    columns: tuple[str, ...]
    selected: Array
    groups: tuple[str, ...] | None
    name: str

    @property
    def frequency(self) -> Array:
        """Share of the fits that selected each column; shape (n_columns,)."""
        return np.asarray(self.selected.mean(axis=0))

    @property
    def things(self) -> tuple[str, ...]:
        """What is selected or not: groups, or else columns."""
        return self.columns if self.groups is None else tuple(dict.fromkeys(self.groups))

    @property
    def selected_things(self) -> Array:
        """Which of them each fit selected; bool, shape (n_resamples, n_things)."""
        if self.groups is None:
            return self.selected
        place = {name: k for k, name in enumerate(self.things)}
        of_column = np.array([place[name] for name in self.groups])
        return np.column_stack([self.selected[:, of_column == k].any(axis=1) for k in range(len(place))])

    @property
    def thing_frequency(self) -> Array:
        """Share of the fits that selected each; shape (n_things,)."""
        return np.asarray(self.selected_things.mean(axis=0))

    @property
    def n_selected(self) -> float:
        """How many a fit selected, on average."""
        return float(self.selected_things.sum(axis=1).mean())

    @property
    def stability(self) -> float:
        """Nogueira's index, see `treeprune.statistics.selection.stability_index`."""
        return stability_index(self.selected_things)

    def stability_interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Approximate confidence interval of Nogueira's index.

        It takes the fits for independent. They share rows, so it tells how well these fits pin the index
        down, not how it would differ in other patients.

        Parameters
        ----------
        confidence : float, default=0.95

        Returns
        -------
        low, high : float

        Raises
        ------
        ValueError
            If the confidence is not between 0 and 1.
        """
        check_share("confidence", confidence)
        return stability_interval(self.selected_things, confidence)

    def expected_false(self, threshold: float, assumption: Assumption = "unimodal") -> float:
        """Bound on how many that are unlikely to be selected reach a frequency all the same.

        See `treeprune.statistics.selection.expected_false` for formulas and sources.

        Parameters
        ----------
        threshold : float
            Frequency, from 0 to 1; there is no bound up to 1/2.
        assumption : {"unimodal", "none"}, default="unimodal"

        Returns
        -------
        float

        Raises
        ------
        ValueError
            If an argument is not legal.
        """
        if not isinstance(threshold, Real) or not 0 <= float(threshold) <= 1:
            raise ValueError(f"threshold must be a number from 0 to 1, got {threshold!r}")
        if assumption not in ("none", "unimodal"):
            raise ValueError(f"assumption must be 'none' or 'unimodal', got {assumption!r}")
        n_pairs = len(self.selected) // 2
        return expected_false(float(threshold), self.n_selected, len(self.things), n_pairs, assumption)

    def threshold_for(self, max_false: float = 1.0, assumption: Assumption = "unimodal") -> float:
        """Least frequency with a bound on falsely selected ones that is low enough.

        Parameters
        ----------
        max_false : float, default=1.0
            Most that are expected.
        assumption : {"unimodal", "none"}, default="unimodal"
            As for `expected_false`.

        Returns
        -------
        float
            Above 1/2.

        Raises
        ------
        ValueError
            If not even a frequency of 1 is enough.
        """
        if not isinstance(max_false, Real) or not 0 < float(max_false) < np.inf:
            raise ValueError(f"max_false must be a positive number, got {max_false!r}")
        runs = len(self.selected)
        for count in range(runs // 2 + 1, runs + 1):
            if self.expected_false(count / runs, assumption) <= max_false:
                return count / runs
        raise ValueError(
            f"even for those that all {runs} fits select the bound is "
            f"{self.expected_false(1.0, assumption):.2g}, above {max_false:g}: select fewer (now "
            f"{self.n_selected:.3g} of {len(self.things)} on average), or take more resamples"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row for each column, in their order.

        Returns
        -------
        pandas.DataFrame
            ``column``, ``frequency`` and, where there are groups, ``group`` and ``group_frequency``.
        """
        import pandas as pd

        frame = pd.DataFrame({"column": self.columns, "frequency": self.frequency})
        if self.groups is not None:
            frame["group"] = self.groups
            of_group = dict(zip(self.things, self.thing_frequency, strict=True))
            frame["group_frequency"] = [of_group[name] for name in self.groups]
        return frame

    def plot(self, *, threshold: float | None = None, ax: Any = None) -> StabilityDisplay:
        """Draw frequencies as bars, see `StabilityDisplay.from_stability`."""
        from treeprune.report.stability_display import StabilityDisplay

        return StabilityDisplay.from_stability(self, threshold=threshold, ax=ax)

    def __repr__(self) -> str:
        return f"SelectionStability({self._words()})"

    def _words(self) -> str:
        what = "columns" if self.groups is None else "groups of columns"
        low, high = self.stability_interval()
        index = f"stability {self.stability:.2f} ({low:.2f} to {high:.2f})"
        if np.isnan(low):
            index = "stability not defined, since all or none are selected each time"
        try:
            bar = self.threshold_for()
            reached = int((self.thing_frequency >= bar).sum())
            sure = f"{reached} reach the frequency {bar:.2f}, with at most 1 false one expected"
        except ValueError:
            sure = "no frequency keeps the expected number of false ones down to 1"
        return (
            f"{self.name}, {len(self.selected)} fits, {self.n_selected:.1f} of {len(self.things)} {what} "
            f"selected on average, {index}; {sure}"
        )

    def _repr_html_(self) -> str:
        frame = self.to_frame().sort_values("frequency", ascending=False, kind="stable")
        table = frame.to_html(index=False, max_rows=30, float_format="{:.2f}".format)
        return f"<p>{escape(self._words())}</p>{table}"


def selection_stability(
    selector: Any,
    X: Any,
    y: Any,
    *,
    n_resamples: int = 50,
    sample_weight: Any = None,
    random_state: Any = 0,
    n_jobs: int | None = None,
    verbose: bool = False,
) -> SelectionStability:
    """Fit a selector on complementary halves of the rows, and count what it selects.

    R. Shah, R. Samworth, Variable selection with error control: another look at stability selection,
    Journal of the Royal Statistical Society B 75, 2013.

    Parameters
    ----------
    selector : object
        What scikit-learn calls a selector: it has `get_support` after `fit`. A pipeline that ends in one
        will do. Clones are fitted, it is not changed.
    X : table, shape (n_rows, n_features)
    y : array-like, shape (n_rows,) or (n_rows, n_targets)
        Classes are spread evenly over both halves.
    n_resamples : int, default=50
        Fits, an even number: two for each random split of the rows into halves.
    sample_weight : array-like of shape (n_rows,), optional
        Given to the selector's `fit`. Rows of weight 0 are in no half.
    random_state : int, RandomState or None, default=0
        For the splits. Those depend on what rows say, not on where they stand; equal rows stay together.
    n_jobs : int, optional
        Threads over fits.
    verbose : bool, default=False
        Show a bar.

    Returns
    -------
    SelectionStability

    Raises
    ------
    ValueError
        If an argument is not legal, or a half would lack a class.
    TypeError
        If the selector does not say what it selects.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.feature_selection import SelectFromModel
    >>> from sklearn.linear_model import Lasso
    >>> from treeprune import selection_stability
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> found = selection_stability(SelectFromModel(Lasso(1.0)), X, y, n_resamples=10)
    >>> found.to_frame().loc[found.frequency == 1, "column"].tolist()
    ['bmi', 's5']
    """
    check_whole_number("n_resamples", n_resamples, 4)
    if n_resamples % 2:
        raise ValueError(f"n_resamples must be even, two fits for each split, got {n_resamples}")
    check_n_jobs(n_jobs)
    check_flag("verbose", verbose)
    refits = Refits.of(selector, X, y, sample_weight)
    seeds = check_random_state(random_state).randint(2**31 - 1, size=n_resamples // 2)
    found = refits.fit_all(refits.halves(seeds), n_jobs, bool(verbose))
    return SelectionStability(
        found[0].names,
        np.array([own.support for own in found]),
        found[0].groups,
        type(last_step(selector)).__name__,
    )
