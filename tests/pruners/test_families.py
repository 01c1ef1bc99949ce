"""Every pruner over every registered family: it runs, or refuses by name."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from tests.backends.families import FAMILIES
from tests.statistics.boosted import plain_loss
from treeprune import (
    CostComplexityPruner,
    ErrorBasedPruner,
    ReducedErrorPruner,
    UnsupportedModelError,
)
from treeprune.backends import read
from treeprune.statistics.additive import is_additive
from treeprune.statistics.losses import LOSSES
from treeprune.statistics.raw_losses import natural_loss

# cases judge models on rows they were trained on, some with classes that nobody has
pytestmark = [
    pytest.mark.filterwarnings("ignore:the held-out rows are the rows:treeprune.PruningWarning"),
    pytest.mark.filterwarnings("ignore:the .* impurities stored:treeprune.PruningWarning"),
    pytest.mark.filterwarnings("ignore:no held-out row is of class:treeprune.PruningWarning"),
]

NO_LOSS = ("ranking", "anomaly")
ALL = [(family, case) for family in FAMILIES.values() for case in family.cases]


def each(wanted):
    chosen = [pytest.param(*pair, id=pair[1].id) for pair in ALL if wanted(*pair)]
    return pytest.mark.parametrize(("family", "case"), chosen)


def can_be_judged(family, case):
    return read(case.model).task not in NO_LOSS and not has_two_answers(case)


def has_two_answers(case):
    """Several answers to one outcome, as quantiles are: no loss of the outcome judges them."""
    e = read(case.model)
    return e.task == "regression" and len(e.columns) != np.reshape(case.y, (len(case.X), -1)).shape[1]


def kind_of(family, case):
    """What the pruners could tell one case from another by."""
    e = read(case.model)
    native = (e.task, e.link, e.columns, e.aggregation, e.boosted, e.link_scale, e.infinite)
    return (type(case.model), type(case.X), len(e.category_count) > 0, case.weight is None, *native)


SEEN = {kind_of(*pair): pair[1].id for pair in reversed(ALL)}
EACH_JUDGED = each(can_be_judged)
EACH_KIND = each(lambda family, case: can_be_judged(family, case) and case.id in SEEN.values())
ONE_OF_EACH = each(lambda family, case: case is family.cases[0] and can_be_judged(family, case))


def noisy(case):
    """Outcomes of which half have gone to other rows: much of a model is then worth nothing."""
    rng, y = np.random.default_rng(0), np.asarray(case.y)
    stay = rng.random(len(y)) < 0.5
    return np.where(stay.reshape(-1, *[1] * (y.ndim - 1)), y, y[rng.permutation(len(y))])


def loss_name(e):
    """The loss to prune by: the natural one, or one that is named where none goes with the model."""
    return natural_loss(e) if e.trained_by in (None, *LOSSES) else "squared_error"


def named(e):
    return {} if e.trained_by in (None, *LOSSES) else {"loss": "squared_error"}


def native_loss(family, model, X, y):
    """Mean loss of the whole ensemble by the vendor's public output and the textbook."""
    e = read(model)
    rows = plain_loss(loss_name(e), e, np.reshape(y, (len(y), -1)), family.native(model, X))
    return float(np.mean(rows))


def near(e):
    return {"rel": 1e-5 if e.output_dtype == "float32" else 1e-9}


def assert_smaller(case, pruner):
    before, after = read(case.model), read(pruner.estimator_)
    assert type(pruner.estimator_) is type(case.model)
    assert after.n_trees == before.n_trees
    assert (np.diff(after.root) <= np.diff(before.root)).all()
    answer = np.asarray(pruner.predict(case.X))
    assert len(answer) == case.X.shape[0]
    assert answer.dtype.kind in "OUb" or np.isfinite(answer).all()
    if before.task == "classification" and not hasattr(pruner.estimator_, "predict_proba"):
        assert np.isin(answer, before.classes[0]).all()  # a booster itself would give no labels
    elif hasattr(pruner.estimator_, "fit"):
        np.testing.assert_array_equal(answer, pruner.estimator_.predict(case.X))
    assert len(pruner.plan_.to_frame()) == len(pruner.plan_)


@EACH_JUDGED
def test_reduced_error_pruning_of_a_frozen_model(family, case):
    e, y = read(case.model), noisy(case)
    pruner = ReducedErrorPruner(FrozenEstimator(case.model), **named(e)).fit(case.X, y)
    assert_smaller(case, pruner)
    before, after = pruner.validation_loss_
    assert after <= before * (1 + near(e)["rel"])
    if is_additive(e):
        assert before == pytest.approx(native_loss(family, case.model, case.X, y), **near(e))
        assert after == pytest.approx(native_loss(family, pruner.estimator_, case.X, y), **near(e))


@EACH_KIND
def test_cost_complexity_pruning_of_a_frozen_model(family, case):
    e, y = read(case.model), noisy(case)
    pruner = CostComplexityPruner(FrozenEstimator(case.model), cv=3, n_alphas=30, **named(e))
    pruner.fit(case.X, y)
    assert_smaller(case, pruner)
    path = pruner.path_
    assert np.isfinite(path.loss).all()
    assert (np.diff(path.n_leaves) <= 0).all()
    assert path.n_leaves[0] == e.n_leaves
    assert path.n_leaves[-1] == e.n_trees
    assert path.n_leaves[path.chosen] == read(pruner.estimator_).n_leaves == path.chosen_leaves
    assert path.chosen_risk == pytest.approx(path.risk[path.chosen], rel=1e-12)
    if is_additive(e):
        assert path.risk[0] == pytest.approx(native_loss(family, case.model, case.X, y), **near(e))
        assert path.chosen_risk == pytest.approx(
            native_loss(family, pruner.estimator_, case.X, y), **near(e)
        )


@ONE_OF_EACH
def test_no_strength_prunes_nothing(family, case):
    pruner = CostComplexityPruner(FrozenEstimator(case.model), ccp_alpha=0).fit(case.X, case.y)
    assert family.state(pruner.estimator_) == family.state(case.model)
    assert len(pruner.plan_) == 0


@ONE_OF_EACH
def test_sizes_of_trees_can_be_asked_for(family, case):
    pruner = CostComplexityPruner(FrozenEstimator(case.model), max_leaf_nodes=2).fit(case.X, case.y)
    before, after = read(case.model), read(pruner.estimator_)
    expected = np.minimum((np.diff(before.root) + 1) // 2, 2)
    np.testing.assert_array_equal((np.diff(after.root) + 1) // 2, expected)


@each(
    lambda family, case: (
        case is family.cases[0] and can_be_judged(family, case) and "refit" not in family.cannot
    )
)
@pytest.mark.parametrize("make", [CostComplexityPruner, ReducedErrorPruner], ids=["ccp", "rep"])
def test_models_are_grown_and_pruned(make, family, case):
    options = {"cv": 2, "n_alphas": 10} if make is CostComplexityPruner else {"random_state": 0}
    pruner = make(clone(case.model), **options).fit(case.X, case.y)
    assert type(pruner.estimator_) is type(case.model)
    assert pruner.score(case.X, case.y) == pruner.estimator_.score(case.X, case.y)
    assert np.asarray(pruner.predict(case.X)).shape[0] == case.X.shape[0]


@ONE_OF_EACH
def test_leaves_of_too_few_rows_go_where_rows_are_counted(family, case):
    e = read(case.model)
    pruner = ErrorBasedPruner(
        FrozenEstimator(case.model), method="smallest_leaf", method_params={"min_samples_leaf": 12}
    )
    if e.n_samples is None:
        with pytest.raises(ValueError, match="how many rows"):
            pruner.fit(case.X)
        return
    small = read(pruner.fit(case.X).estimator_)
    stubs = np.diff(small.root) == 1
    counts = small.n_samples[small.is_leaf & ~np.repeat(stubs, np.diff(small.root))]
    assert (counts >= 12).all()


@each(lambda family, case: case is family.cases[0] and is_additive(read(case.model)))
def test_what_needs_outcomes_in_leaves_is_refused_for_sums(family, case):
    if read(case.model).task in NO_LOSS:
        return
    frozen = FrozenEstimator(case.model)
    with pytest.raises(ValueError, match="hold steps of the sum"):
        ErrorBasedPruner(frozen, method="minimum_error").fit(case.X, case.y)
    with pytest.raises(ValueError, match="backfit=True does not fit boosted models"):
        ReducedErrorPruner(frozen, backfit=True).fit(case.X, case.y)
    named = "gini" if read(case.model).task == "classification" else "squared_error"
    with pytest.raises(ValueError, match=r'use risk="loss"'):
        CostComplexityPruner(frozen, risk=named).fit(case.X, case.y)
    with pytest.raises(ValueError, match="requires y"):
        CostComplexityPruner(frozen, ccp_alpha=0.1).fit(case.X)


@each(lambda family, case: read(case.model).task in NO_LOSS)
@pytest.mark.parametrize("make", [CostComplexityPruner, ReducedErrorPruner, ErrorBasedPruner])
def test_rankers_and_anomaly_detectors_are_refused_by_name(make, family, case):
    name = type(case.model).__name__
    options = {"method": "smallest_leaf"} if make is ErrorBasedPruner else {}
    with pytest.raises(UnsupportedModelError, match=rf"{name} cannot be pruned by a loss: .*snip"):
        make(FrozenEstimator(case.model), **options).fit(case.X, np.arange(case.X.shape[0]) % 3)


@each(lambda family, case: has_two_answers(case) and read(case.model).task == "regression")
@pytest.mark.parametrize("make", [CostComplexityPruner, ReducedErrorPruner])
def test_several_answers_to_one_outcome_are_refused(make, family, case):
    with pytest.raises(ValueError, match="y has 1 targets, but the model has"):
        make(FrozenEstimator(case.model), loss="squared_error").fit(case.X, case.y)


@each(lambda family, case: read(case.model).trained_by not in (None, *LOSSES) and not has_two_answers(case))
@pytest.mark.parametrize("make", [CostComplexityPruner, ReducedErrorPruner])
def test_a_loss_is_never_put_in_the_place_of_another_in_silence(make, family, case):
    """A quantile is not to be pruned as if it were a mean, unless the user says so."""
    with pytest.raises(ValueError, match=rf"\({read(case.model).trained_by}\).* name the loss"):
        make(FrozenEstimator(case.model)).fit(case.X, case.y)
