"""Trees grown elsewhere as scikit-learn's own: they answer, explain and prune like its own."""

import numpy as np
import pytest
import shap
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, export_text

from treeprune import snip
from treeprune.backends import check_answers, read
from treeprune.backends.sklearn_student import student
from treeprune.criteria.soft_tree.growth import Growth, grow
from treeprune.criteria.soft_tree.rows import SoftRows


def grown(k, missing=False):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 4)).astype(np.float32)
    if missing:
        x[rng.random(x.shape) < 0.1] = np.nan
    target = rng.dirichlet(np.ones(k), 300) if k > 1 else rng.random((300, 1))
    target[:, :1] += np.nan_to_num(x[:, :1]) > 0
    target = target / target.sum(axis=1, keepdims=True) if k > 1 else target
    return x, grow(SoftRows(x=x, target=target, weight=np.ones(300), real=np.ones(300, bool)), Growth(8))


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("classes", [None, np.array(["a", "b", "c"])])
def test_it_is_the_tree_that_was_grown(classes, missing):
    x, tree = grown(1 if classes is None else 3, missing)
    model = student(tree, 4, classes, None, max_leaf_nodes=8)
    assert type(model) is (DecisionTreeRegressor if classes is None else DecisionTreeClassifier)
    said = model.predict(x)[:, None] if classes is None else model.predict_proba(x)
    np.testing.assert_allclose(said, tree.value[tree.apply(x)], atol=1e-12)
    check_answers(model, read(model), x, "made")
    assert model.get_depth() >= 3
    assert model.get_n_leaves() == 8
    assert "class" in export_text(model) or classes is None
    np.testing.assert_array_equal(np.sort(model.tree_.n_node_samples)[-1], 300)


def test_others_can_work_with_it():
    x, tree = grown(2)
    model = student(tree, 4, np.array([0, 1]), np.array(list("abcd"), object))
    assert model.feature_importances_.sum() == pytest.approx(1.0)
    phi = shap.TreeExplainer(model)(x[:20]).values
    base = model.tree_.value[0, 0]
    covered = phi.sum(axis=1)[:, 1] - (model.tree_.predict(x[:20])[:, 1])
    assert np.ptp(covered) < 1e-9  # additive, up to the base
    assert base.sum() == pytest.approx(1.0)
    smaller = snip(model, np.flatnonzero(model.tree_.children_left >= 0)[1:])
    assert smaller.get_n_leaves() == 2
