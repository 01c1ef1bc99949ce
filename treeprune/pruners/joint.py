"""Joint pruning: trees, subtrees and leaf values of an ensemble chosen together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sklearn.utils.validation import check_is_fitted

from treeprune.criteria.joint.forms import Form
from treeprune.model.ensemble import TreeEnsemble
from treeprune.model.structure import depths
from treeprune.pruners.joint_choice import LaneScores
from treeprune.pruners.joint_fitting import JointFitting
from treeprune.pruners.joint_front import Front, front_by_size
from treeprune.pruners.joint_lanes import Lane
from treeprune.pruners.joint_recipes import lanes_for
from treeprune.pruners.parameters import check_rule, check_whole_number


class JointPruner(JointFitting):
    """Choose trees, subtrees and leaf values of an ensemble together, for the best model of each size.

    A model of few nodes is best made of parts of trees, not of whole ones. Each tree is cut back to the
    subtree that is worth its price while the others stay, by an exact dynamic program over sums of
    derivatives at its nodes; leaf values are fitted in the same step, and trees come and go, until nothing
    gains any more (block-coordinate descent over an active set). The price falls step by step, each problem
    starting where the last one ended, so that a path of models of all sizes comes out. The class is kept: a
    forest of classifiers averages shares between 0 and 1, and is fitted so.

    The rows given to `fit` are those that subtrees and values are fitted on. Sizes are compared by
    cross-validation: an estimator that is not fitted is fitted in each fold; a fitted one (in
    `sklearn.frozen.FrozenEstimator`) keeps its trees, so that its training rows flatter it. With `X_val`
    these rows alone compare, and one fit on X (which may be the training rows) is all there is: the quick
    way for large tables. Of several ways to a size that cannot be told apart by one standard error of
    their difference, the one truest to the model before pruning is taken.

    Parameters
    ----------
    estimator : object
        Any family that treeprune knows but rankers, anomaly detectors and AdaBoostRegressor, fitted in a
        `FrozenEstimator` or not fitted. It is never changed.
    max_nodes, max_trees, max_depth, max_features : int, optional
        What the model may have at the most. Nodes are splits and leaves of all trees.
    max_bytes : int, optional
        Most bytes of the pickled model.
    max_loss_increase : float, optional
        Take the smallest model whose loss is above that of the model before pruning by no more than
        this share of it.
    rule : {"auto", "1se", "min", "truest"} or float, default="auto"
        Take the smallest model within one, no, or so many standard errors of the least loss; or, of
        those within one standard error of their difference from the best, the one truest to the model
        before pruning. Auto is the truest under a limit of size, else one standard error.
    values : {"auto", "fixed", "anchored", "refit"}, default="auto"
        Leaf values are the old ones times one factor a tree; drawn to these; or drawn to what the model
        says without the tree. Auto compares. Trees of AdaBoostClassifier vote, so theirs are fixed:
        branches and factors of the trees are chosen.
    ridge : "auto" or float, default="auto"
        How strongly values are drawn, in rows. Auto compares where it counts.
    target : {"auto", "y", "model"} or float, default="auto"
        What is fitted: the outcome, the model's own answers (of forests on their training rows the
        out-of-bag ones), or so large a share of them mixed in. Auto compares.
    family : {"same", "boosting"}, default="same"
        ``"boosting"`` makes a gradient boosting model out of a forest of scikit-learn, whose trees add up
        steps of log odds: smaller at the same loss, but of another class. For one outcome.
    loss : str, default="auto"
        Of held-out rows, as for `TreeCountPruner`. Leaf values are fitted by it where they can be (squared
        and absolute errors of numbers, deviances behind a log link), else by what goes with the link.
    feature_costs : array-like of shape (n_features,) or dict, optional
        What a feature costs, in nodes, if any split looks at it; by name in a dict, where others cost
        nothing.
    tree_price : float, default=0
        What a tree costs beside its nodes, in nodes.
    min_leaf_weight : float, default=0
        Weight of the rows given to `fit` that each leaf needs.
    cv : int, splitter or iterable, default=5
        An int makes stratified folds in which equal rows stay together. With `X_val` it cuts these rows
        for the standard error.
    n_jobs : int, optional
        Threads, after joblib's convention.
    verbose : bool, default=False
        Show the progress over folds.
    keep_models : bool, default=False
        Whether `model_at` is to give models of other sizes afterwards; what they are made of, and the
        model before pruning, then stay in memory.

    Attributes
    ----------
    estimator_ : object
        The pruned model.
    plan_ : JointPlan
        What is left of each tree.
    path_ : JointPath
        Every size, its loss, and the baselines.
    support_ : ndarray of bool, shape (n_features,)

    See Also
    --------
    TreeCountPruner : Keeps whole trees as they are.
    FeaturePruner : Chooses by the number or the cost of features.

    Notes
    -----
    Joint pruning of depth and trees: B. Liu, R. Mazumder, ForestPrune: compact depth-pruned tree ensembles,
    AISTATS 2023. Fitted leaf values: S. Ren, X. Cao, Y. Wei, J. Sun, Global refinement of random forest,
    CVPR 2015; S. Buschjaeger, K. Morik, Joint leaf-refinement and ensemble pruning through L1
    regularization, Data Mining and Knowledge Discovery 37, 2023. The descent finds no global minimum: the
    problem is one of best subsets.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.frozen import FrozenEstimator
    >>> from treeprune import JointPruner
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> forest = RandomForestClassifier(50, random_state=0).fit(X[::2], y[::2])
    >>> pruner = JointPruner(FrozenEstimator(forest), max_nodes=40, values="refit", target="y")
    >>> small = pruner.fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2]).estimator_
    >>> sum(tree.tree_.node_count for tree in small.estimators_) <= 40
    True
    """

    def __init__(
        self,
        estimator: Any,
        *,
        max_nodes: int | None = None,
        max_trees: int | None = None,
        max_depth: int | None = None,
        max_features: int | None = None,
        max_bytes: int | None = None,
        max_loss_increase: float | None = None,
        rule: str | float = "auto",
        values: Literal["auto", "fixed", "anchored", "refit"] = "auto",
        ridge: Literal["auto"] | float = "auto",
        target: Literal["auto", "y", "model"] | float = "auto",
        family: Literal["same", "boosting"] = "same",
        loss: str = "auto",
        feature_costs: Any = None,
        tree_price: float = 0.0,
        min_leaf_weight: float = 0.0,
        cv: Any = 5,
        n_jobs: int | None = None,
        verbose: bool = False,
        keep_models: bool = False,
    ) -> None:
        self.estimator = estimator
        self.max_nodes = max_nodes
        self.max_trees = max_trees
        self.max_depth = max_depth
        self.max_features = max_features
        self.max_bytes = max_bytes
        self.max_loss_increase = max_loss_increase
        self.rule = rule
        self.values = values
        self.ridge = ridge
        self.target = target
        self.family = family
        self.loss = loss
        self.feature_costs = feature_costs
        self.tree_price = tree_price
        self.min_leaf_weight = min_leaf_weight
        self.cv = cv
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.keep_models = keep_models

    def model_at(self, max_nodes: int) -> Any:
        """The best model with no more nodes: of those that cannot be told apart, the truest.

        Parameters
        ----------
        max_nodes : int

        Returns
        -------
        object
            Of the class of `estimator_`.

        Raises
        ------
        ValueError
            If ``keep_models=True`` was not asked for, or there is no model so small.
        """
        check_is_fitted(self)
        check_whole_number("max_nodes", max_nodes, 1)
        if self._models is None:
            raise ValueError("models of other sizes were not kept: fit with keep_models=True")
        return self._models.model(int(max_nodes))

    def _check_sizes(self) -> None:
        for name in ("max_nodes", "max_trees", "max_depth", "max_features", "max_bytes"):
            if getattr(self, name) is not None:
                check_whole_number(name, getattr(self, name), 1)
        if not (isinstance(self.rule, str) and self.rule in ("auto", "truest")):
            check_rule(self.rule)

    @property
    def _rule(self) -> str | float:
        sizes = (self.max_nodes, self.max_trees, self.max_depth, self.max_features, self.max_bytes)
        if not (isinstance(self.rule, str) and self.rule == "auto"):
            return self.rule
        return "1se" if all(limit is None for limit in sizes) else "truest"

    def _limits_nothing(self, e: TreeEnsemble, n_bytes: int) -> bool:
        """Whether there are limits of size, and the model is within all of them."""
        own = {
            "max_nodes": e.n_nodes,
            "max_trees": e.n_trees,
            "max_depth": int(depths(e.left, e.right).max()),
            "max_features": len(e.used_features()),
            "max_bytes": n_bytes,
        }
        given = {name: getattr(self, name) for name in own if getattr(self, name) is not None}
        return bool(given) and all(own[name] <= limit for name, limit in given.items())

    def _lanes(self, form: Form) -> Sequence[Lane]:
        whole = self.max_depth is None and self.min_leaf_weight == 0 and self.feature_costs is None
        return lanes_for(form, self.values, self.ridge, self.target, (self.max_features,), whole)

    def _front(self, scores: LaneScores, lanes: Sequence[Lane], most_loss: float | None) -> Front:
        return front_by_size(scores, lanes, self._rule, most_loss)
