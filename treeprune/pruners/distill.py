"""Distillation: any fitted model into one shallow scikit-learn tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Self

from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline
from sklearn.utils import Tags, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from treeprune.distillation.fidelity import Fidelity, fidelity
from treeprune.distillation.teacher import Teacher, check_teacher
from treeprune.distillation.teacher_cuts import check_has_cuts
from treeprune.model.ensemble import Array
from treeprune.pruners.distill_exports import DistillerExports
from treeprune.pruners.outcomes import one_outcome
from treeprune.pruners.parameters import check_n_jobs
from treeprune.statistics.weights import check_weights


def _classifies(distiller: Any) -> bool:
    return bool(is_classifier(distiller._given))


_ANYTHING: dict[str, Any] = {"accept_sparse": ["csr", "csc"], "dtype": None, "ensure_all_finite": False}


class TreeDistiller(DistillerExports):
    """Distil any model into one shallow scikit-learn tree that says how faithful it is.

    The tree learns the teacher's probabilities (or numbers), on real rows and on synthetic ones that look
    like them. Sampler and size are compared by how well trees answer as the teacher does on real rows that
    neither sampler nor tree has seen. Real rows count once, and the teacher speaks of them as if it had not
    been trained on them, wherever that can be had: out-of-bag for forests, cross-fitted for other models
    given unfitted.

    Parameters
    ----------
    estimator : object
        Teacher: a scikit-learn classifier or regressor, a pipeline, any wrapper with their methods. It is
        fitted on the rows; as a `FrozenEstimator` it is taken as it is.
    max_leaf_nodes : int or None, default=16
        Leaves at the most. None: the fewest within one standard error of the best held-out fidelity, of up
        to 64.
    max_depth : int, optional
    sampler : {"auto", "copula", "forest", "none"} or callable, default="auto"
        What draws synthetic rows; ``sampler(X, n, rng)`` gives a table like X of n rows. ``"auto"`` takes
        the one with the best held-out fidelity.
    n_synthetic : "auto", "stable" or int, default="auto"
        Synthetic rows; ``"auto"`` is 20,000 or ten times the real ones, whichever is more. ``"stable"``
        goes on from there until the feature of each split would win again, to ten times as many at the
        most.
    min_real_samples_leaf : int, default=5
        Real rows in each leaf at least.
    thresholds : {"any", "teacher"}, default="any"
        ``"teacher"``: splits only where the teacher's own trees split.
    feature_costs : array-like of shape (n_features,) or dict, optional
        What each feature costs, in one unit; by name in a dict, where others cost nothing.
    cost_penalty : float, default=0.01
        Share of the teacher's variance that a feature of cost 1 has to explain at the split that brings it
        in.
    keep : list of str or int, optional
        Features that are there anyway: they cost nothing, and `transform` gives them back in any case.
    exclude : list of str or int, optional
        Features that the tree may not look at.
    constraints : callable, optional
        ``constraints(table)`` marks synthetic rows that can be; impossible ones are drawn anew.
    cv : int, splitter, iterable or None, default=5
        Folds for held-out fidelity and cross-fitted answers. None: nothing is compared, and the teacher's
        answers are taken as they are if they are not out-of-bag.
    rule : {"1se", "min"} or float, default="1se"
        With ``max_leaf_nodes=None``: within one, no, or so many standard errors.
    n_redraws : int, default=10
        Redraws (a bootstrap of the rows, and new synthetic ones) that say how stable each split is; 0 for
        none.
    n_jobs : int, optional
        Threads, after joblib's convention.
    random_state : int, RandomState instance or None, default=None
    verbose : bool, default=False
        Show the progress.

    Attributes
    ----------
    estimator_ : object
        The tree; behind an `OrdinalEncoder` in a pipeline where columns hold words.
    tree_ : DecisionTreeClassifier or DecisionTreeRegressor
        The tree itself. `n_node_samples` counts real rows.
    teacher_ : object
        The model that was distilled.
    sampler_ : str
        Sampler that was chosen.
    answers_ : {"out-of-bag", "cross-fitted", "direct"}
        How the teacher spoke of the real rows.
    fidelity_ : tuple of float or None
        Held-out fidelity of trees of this kind (R squared against the teacher), and its standard error.
    rehearsal_ : Rehearsal or None
        Held-out fidelity of every sampler at every size.
    leaf_table_ : pandas.DataFrame or None
        Real rows, events with intervals, the teacher's and the tree's answer of each leaf. None for several
        outcomes.
    stability_ : pandas.DataFrame or None
        How often each split wins again: in redraws of the patients and the synthetic rows, and by a test
        against its rivals; see `treeprune.distillation.steadiness.steadiness`.
    support_ : ndarray of bool, shape (n_features,)
        Columns that the tree looks at, and those in `keep`.
    classes_ : ndarray
        Only for classifiers.

    See Also
    --------
    JointPruner : With ``target="model"`` it makes a smaller model of the teacher's own class: more
        faithful at the same number of nodes, but many trees. Distil where a person has to read the model
        as a whole.

    Notes
    -----
    Learning from a model's answers on made-up rows: M. Craven, J. Shavlik, Extracting tree-structured
    representations of trained networks, NIPS 1996; L. Breiman, N. Shang, Born again trees, 1996; C. Bucila,
    R. Caruana, A. Niculescu-Mizil, Model compression, KDD 2006. Stability: Y. Zhou, Z. Zhou, G. Hooker,
    Approximation trees, Data Mining and Knowledge Discovery 37, 2023.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from treeprune import TreeDistiller
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> forest = RandomForestClassifier(30, random_state=0)
    >>> distiller = TreeDistiller(forest, max_leaf_nodes=6, n_synthetic=2000, n_redraws=0, random_state=0)
    >>> int(distiller.fit(X, y).estimator_.get_n_leaves())
    6
    >>> bool(distiller.fidelity_[0] > 0.8)
    True
    """

    def __init__(
        self,
        estimator: Any,
        *,
        max_leaf_nodes: int | None = 16,
        max_depth: int | None = None,
        sampler: str | Callable[..., Any] = "auto",
        n_synthetic: Literal["auto", "stable"] | int = "auto",
        min_real_samples_leaf: int = 5,
        thresholds: Literal["any", "teacher"] = "any",
        feature_costs: Any = None,
        cost_penalty: float = 0.01,
        keep: Any = None,
        exclude: Any = None,
        constraints: Callable[[Any], Array] | None = None,
        cv: Any = 5,
        rule: str | float = "1se",
        n_redraws: int = 10,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.estimator = estimator
        self.max_leaf_nodes = max_leaf_nodes
        self.max_depth = max_depth
        self.sampler = sampler
        self.n_synthetic = n_synthetic
        self.min_real_samples_leaf = min_real_samples_leaf
        self.thresholds = thresholds
        self.feature_costs = feature_costs
        self.cost_penalty = cost_penalty
        self.keep = keep
        self.exclude = exclude
        self.constraints = constraints
        self.cv = cv
        self.rule = rule
        self.n_redraws = n_redraws
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, *, groups: Any = None) -> Self:
        """Fit the teacher if it is not frozen, and distil it.

        Parameters
        ----------
        X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
        y : array-like, shape (n_rows,), optional
            Outcomes. For a frozen teacher they only fill `leaf_table_`.
        sample_weight : array-like of shape (n_rows,), optional
            Rows with an integer weight count as so many rows.
        groups : array-like of shape (n_rows,), optional
            Rows of one group stay in one fold.

        Returns
        -------
        self

        Raises
        ------
        UnsupportedModelError
            If the teacher is no classifier or regressor, or predicts several outcomes of classes.
        ValueError, TypeError
            If a parameter, a column, or a weight is not legal, or nearly no synthetic row is allowed.
        """
        with self._all_or_nothing():
            self._check_parameters()
            check_teacher(self._given)
            check_n_jobs(self.n_jobs)
            if self.thresholds == "teacher":
                check_has_cuts(self._given)
            if self._frozen:
                check_is_fitted(self._given)
            elif y is None:
                name = type(self).__name__
                raise ValueError(
                    f"{name} requires y to be passed, but the target y is None: the teacher is fitted"
                )
            X, y, weights = self._check_rows(X, y, sample_weight)
            self._distil(X, y, weights, groups)
            return self

    def _check_rows(self, X: Any, y: Any, sample_weight: Any) -> Any:
        """Check the rows given to fit; returns those with weight, as frames where they came as such."""
        if y is None:
            checked = validate_data(self, X, **self._values)
        else:
            checked, y = validate_data(self, X, y, multi_output=True, **self._values)
            y = one_outcome(y, stacklevel=4)
            if Teacher(self._given).classifies:
                check_classification_targets(y)
        return (X if hasattr(X, "columns") else checked), y, check_weights(sample_weight, checked.shape[0])

    # ------------------------------------------------------------------ asking
    def fidelity(self, X: Any, sample_weight: Any = None, *, subgroups: Any = None) -> Fidelity:
        """How the tree answers compared with its teacher, on rows that neither has seen.

        Parameters
        ----------
        X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
        sample_weight : array-like of shape (n_rows,), optional
        subgroups : dataframe or array-like of shape (n_rows, n_columns), optional
            Columns to make subgroups of.

        Returns
        -------
        Fidelity
        """
        model = self._fitted_on(X)
        weights = check_weights(sample_weight, X.shape[0] if hasattr(X, "shape") else len(X))
        teacher = Teacher(self.teacher_)
        return fidelity(
            teacher.ask(X), Teacher(model).ask(X), weights, X,
            classify=teacher.classifies, subgroups=subgroups,
        )  # fmt: skip

    def fidelity_score(self, X: Any, sample_weight: Any = None) -> float:
        """R squared of the tree's answers against the teacher's.

        Parameters
        ----------
        X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
            Rows that neither was trained on.
        sample_weight : array-like of shape (n_rows,), optional

        Returns
        -------
        float
            1 is the same; NaN if the teacher says one thing only.
        """
        return self.fidelity(X, sample_weight).r2

    # ------------------------------------------------------------------ predicting
    def _fitted_on(self, X: Any) -> Any:
        check_is_fitted(self)
        if hasattr(X, "columns"):
            validate_data(self, X, reset=False, skip_check_array=True)
        else:
            validate_data(self, X, reset=False, **self._values)
        return self.estimator_

    @property
    def _values(self) -> dict[str, Any]:
        """What arrays may hold: missing values only where the teacher takes them.

        The tags of a pipeline do not say what its first step makes of them.
        """
        lost = isinstance(self._given, Pipeline) or get_tags(self._given).input_tags.allow_nan
        return _ANYTHING if lost else _ANYTHING | {"ensure_all_finite": True}

    @available_if(_classifies)
    def predict_proba(self, X: Any) -> Any:
        """Class probabilities by the tree; ndarray of float64, shape (n_rows, n_classes)."""
        return self._fitted_on(X).predict_proba(X)

    @available_if(_classifies)
    def predict_log_proba(self, X: Any) -> Any:
        """Logarithms of the class probabilities by the tree."""
        return self._by_model("predict_log_proba", X)

    @property
    def decision_function(self) -> Any:
        """A tree has none, whatever its teacher has."""
        raise AttributeError(f"{type(self).__name__} has no decision_function: a tree answers with shares")

    def _by_model(self, name: str, X: Any) -> Any:
        return getattr(self._fitted_on(X), name)(X)

    @property
    def classes_(self) -> Array:
        """Class labels that the tree predicts."""
        classes: Array = self._of_model("classes_")
        return classes

    @property
    def feature_importances_(self) -> Array:
        """Importances of the tree."""
        self._of_model("predict")
        importances: Array = self.tree_.feature_importances_
        return importances

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        if tags.classifier_tags is not None:
            tags.target_tags.multi_output = tags.classifier_tags.multi_label = False
        return tags
