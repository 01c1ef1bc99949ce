"""The answer to which pruning, and how strong."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from treeprune.exceptions import PruningWarning
from treeprune.pruners.folds import make_folds
from treeprune.pruners.training_rows import warn_if_trained_on
from treeprune.search.choose import choose
from treeprune.search.final import first_within
from treeprune.search.fitted import Effort, Fitted, ReadOnce
from treeprune.search.heats import Heats, fresh
from treeprune.search.known import classes_known, judged_by
from treeprune.search.limits import Limits
from treeprune.search.parameters import SearchParameters
from treeprune.search.race import Race
from treeprune.search.record import frame
from treeprune.search.registry import has_trees, make_variants

if TYPE_CHECKING:
    import pandas as pd


class PruningSearchCV(SearchParameters):
    """Try the prunings that fit a model, and take the smallest that is as good as the best.

    The model is fitted once in each fold and once on all rows; all strategies prune these same fits. Rows
    that a strategy chooses by never judge what it has chosen: the training rows of a fold choose, or half
    of the rows it holds out for the other half. After each fold half of the strategies go, and of those
    that stay the strengths far from where they came up to the best (see `treeprune.search.race`), so that
    the search costs about as much as the fits. So joint pruning of boosted models, which is dear, is tried
    up to 64 nodes, and up to 512 of a model that came fitted, unless it is asked for by name, or
    `max_nodes` or `max_features` lets it go further.

    Parameters
    ----------
    estimator : object
        A model of trees of any family that treeprune knows but rankers and anomaly detectors, or a linear
        model (also at the end of a pipeline); fitted in a `sklearn.frozen.FrozenEstimator`, or not fitted.
        It is never changed.
    strategies : "auto", list of str or dict, default="auto"
        What to try, by name: ``"cost_complexity"``, ``"error_based"``, ``"reduced_error"``,
        ``"tree_count"``, ``"joint"``, ``"features"`` (joint under `max_features`); ``"linear"``, ``"l1"``.
        Auto tries all that fit. Only when asked for: ``"boosting"`` (a forest becomes a gradient boosting
        model) and ``"distil"`` (one shallow tree). In a dict also pruners of one's own, whose estimator is
        put in for them.
    max_nodes, max_trees, max_features, max_bytes : int, optional
        What the model may have at the most; bytes are those of the pickled model.
    max_ms : float, optional
        Most milliseconds to predict 1000 rows, as measured on this machine: what is taken then depends on
        it.
    rule : {"1se", "min", "non_inferior"}, default="1se"
        Take the smallest model whose loss is above the least by no more than one standard error of their
        difference, fold by fold; the one of least loss; or the smallest that is shown to be worse than the
        model before pruning by less than `margin` (one-sided level 0.025, over all held-out rows).
    margin : float, optional
        For ``rule="non_inferior"``, in units of the loss. To be chosen before the rows are seen.
    loss : str, default="auto"
        Of held-out rows, as for `TreeCountPruner`, but for the AUC, which is no mean over rows.
    cv : int, splitter or iterable, default=5
        An int makes stratified folds in which equal rows stay together. With `X_val` it cuts these rows
        for the standard error.
    n_jobs : int, optional
        Threads, after joblib's convention.
    random_state : int or None, default=None
        For strategies that draw (``"distil"``).
    verbose : bool, default=False
        Show the progress over folds.

    Attributes
    ----------
    estimator_ : object
        The pruned model, of the class of the estimator but where a strategy changes it.
    plan_ : object
        The record of the strategy that won; None for a model that was left as it was.
    results_ : pandas.DataFrame
        One row for each candidate: strategy, parameters, mean sizes over folds, ``bytes`` and ``ms`` for
        1000 rows (of some models of the front), mean loss and its standard error over ``n_folds`` folds,
        whether it is on the front of size and loss, and whether it was chosen.
    best_strategy_ : str
        ``"none"`` if the model was left as it was.
    best_params_ : dict
        Strength of the pruning.
    n_candidates_ : int
        How many were tried. The loss of the best of many is flattered: judge the model on rows apart.
    loss_name_ : str
    whole_loss_ : float
        Mean held-out loss of the model before pruning.
    support_ : ndarray of bool, shape (n_features,)

    Notes
    -----
    With ``rule="non_inferior"`` every candidate is tested at the same level, and the smallest that passes
    is taken: the more are tried, the more likely one passes by luck.

    L. Breiman, J. Friedman, R. Olshen, C. Stone, *Classification and Regression Trees*, 1984 (one standard
    error); K. Jamieson, A. Talwalkar, Non-stochastic best arm identification and hyperparameter
    optimization, AISTATS 2016 (successive halving); G. Piaggio et al., Reporting of noninferiority and
    equivalence randomized trials, JAMA 308, 2012.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from treeprune import PruningSearchCV
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> forest = RandomForestClassifier(20, random_state=0)
    >>> search = PruningSearchCV(forest, strategies=["cost_complexity", "tree_count"], max_nodes=100)
    >>> small = search.fit(X, y).estimator_
    >>> sum(tree.tree_.node_count for tree in small.estimators_) <= 100
    True
    """

    def __init__(
        self,
        estimator: Any,
        strategies: Any = "auto",
        *,
        max_nodes: int | None = None,
        max_trees: int | None = None,
        max_features: int | None = None,
        max_bytes: int | None = None,
        max_ms: float | None = None,
        rule: Literal["1se", "min", "non_inferior"] = "1se",
        margin: float | None = None,
        loss: str = "auto",
        cv: Any = 5,
        n_jobs: int | None = None,
        random_state: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.estimator = estimator
        self.strategies = strategies
        self.max_nodes = max_nodes
        self.max_trees = max_trees
        self.max_features = max_features
        self.max_bytes = max_bytes
        self.max_ms = max_ms
        self.rule = rule
        self.margin = margin
        self.loss = loss
        self.cv = cv
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    results_: pd.DataFrame

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        groups: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Try, choose, prune.

        Parameters
        ----------
        X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
            Rows to fit on; for a frozen model rows that it has not seen, unless `X_val` is given.
        y : array-like, shape (n_rows,) or (n_rows, n_targets)
        sample_weight : array-like of shape (n_rows,), optional
        groups : array-like of shape (n_rows,), optional
            Rows of one group stay together; of the rows that judge.
        X_val, y_val, sample_weight_val : optional
            Rows that judge in place of folds, with columns as in X: one fit is all there is.

        Returns
        -------
        self

        Raises
        ------
        UnsupportedModelError
            If the estimator, or a strategy for it, is not supported.
        ValueError, TypeError
            If a parameter, the rows, the outcomes or the weights are not legal, or no candidate is within
            the budget.

        Warns
        -----
        PruningWarning
            If the rows that judge are those that a frozen model was trained on, or no candidate is shown
            not to be inferior.
        """
        with self._all_or_nothing():
            limits, setting_of = self._check_parameters()
            rows, judging, apart = self._check_tables(X, y, sample_weight, X_val, y_val, sample_weight_val)
            strategies = setting_of(1 if rows.y.ndim == 1 else rows.y.shape[1])
            self._check_judged_by(rows)
            folds = make_folds(
                self.cv, judging.X, judging.y, judging.weights, groups, classify=self._classifies
            )
            native = ReadOnce(self._given) if self._frozen else fresh(self.estimator, rows)
            loss = judged_by(self.loss, native)
            full = Fitted(native, rows, None, loss, self.n_jobs, fold=False, effort=self._effort)
            if self._frozen and has_trees(native.model):
                table = native.rows(judging.X)
                warn_if_trained_on(native.model, full.ensemble, table, judging.weights, stacklevel=3)
            known = classes_known(native, rows.y, fitted_on=not self._frozen)
            own_groups = None if groups is None else np.asarray(groups)
            heats = Heats(
                *(self.estimator, self._frozen, full, judging, folds, own_groups),
                apart=apart,
                known=known,
                classify=self._classifies,
            )
            if not heats.have_halves():
                strategies = self._without_halves(strategies)
            variants = make_variants(strategies, full, limits, self.random_state)
            units = np.arange(len(judging))
            if own_groups is not None:
                units = np.unique(own_groups, return_inverse=True)[1].ravel()
            race = Race(variants, judging.weights, units, heats.parts(), limits, self.rule, self.margin)
            self._run(race, heats)
            return self._choose(race, heats, limits, loss.name)

    @property
    def _effort(self) -> Effort:
        if self.strategies != "auto":
            return "high"
        return "medium" if self._frozen else "low"

    # ------------------------------------------------------------------ searching
    def _run(self, race: Race, heats: Heats) -> None:
        n = 1 if heats.apart else len(heats.folds)
        shown: Any = iter(heats)
        if self.verbose:
            from tqdm.auto import tqdm  # warns in notebooks without widgets: only those who ask see it

            shown = tqdm(shown, total=n, leave=False)
        for number, heat in enumerate(shown, start=1):
            race.run(heat, last=number == n)
            if number < n:
                race.halve(0.5**number)

    def _choose(self, race: Race, heats: Heats, limits: Limits, loss_name: str) -> Self:
        allowed = race.allowed()
        if not allowed.any():
            raise ValueError(
                f"none of {len(race)} candidates is within the budget ({limits.in_words()}); the smallest "
                f"has {race.measure[race.measure > 0].min(initial=np.inf):.0f} nodes"
            )
        order, n_near = choose(race.verdicts, race.measure, allowed, self.rule, self.margin, 0)
        if n_near == 0:
            warnings.warn(
                f"no candidate is shown to be worse by less than margin={self.margin:g}; the one of least "
                "loss is taken",
                PruningWarning,
                stacklevel=4,
            )
        chosen, model, native = first_within(race, heats, limits, order)
        self.results_ = frame(race, chosen, heats.full.seen.X)
        variant, at = race.place(chosen)
        self.best_strategy_, self.best_params_ = variant.name, dict(variant.grid[at])
        self.n_candidates_, self.loss_name_ = len(self.results_), loss_name
        self.whole_loss_ = float(race.verdicts.of_parts()[:, 0].mean())
        self.plan_ = model.plan()
        self.support_ = model.support(self.n_features_in_)
        self._native, self.estimator_ = native, native.model
        return self
