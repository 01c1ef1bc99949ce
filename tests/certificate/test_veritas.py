"""A second opinion on certificates: Veritas, which looks for the greatest output of added trees.

L. Devos, W. Meert, J. Davis, "Versatile verification of tree ensembles", ICML 2021. Optional:
``pip install dtai-veritas``.
"""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.frozen import FrozenEstimator
from xgboost import XGBClassifier

from treeprune import CostComplexityPruner, Domain, certify, keep_trees
from treeprune.backends import read

veritas = pytest.importorskip("veritas", reason="Veritas is not installed")


def difference(before, after):
    """Trees of the model after, and those of the model before with their signs turned, added up."""
    added = veritas.AddTree(1, veritas.AddTreeType.REGR)
    for e, sign in ((before, -1.0), (after, 1.0)):
        for t in range(e.n_trees):
            tree, pending = added.add_tree(), [(int(e.root[t]), 0)]
            while pending:
                node, place = pending.pop()
                if e.is_leaf[node]:
                    tree.set_leaf_value(place, 0, sign * float(e.weight[t]) * float(e.value[node, 0]))
                    continue
                # its splits are x < s: the double beside a threshold serves x <= s
                s = float(e.threshold[node])
                s = s if e.comparison == "<" else float(np.nextafter(s, np.inf))
                tree.split(place, int(e.feature[node]), s)
                pending += [(int(e.left[node]), tree.left(place)), (int(e.right[node]), tree.right(place))]
    return added


def greatest(trees, low, high):
    config = veritas.Config(veritas.HeuristicType.MAX_OUTPUT)
    config.stop_when_optimal = True
    box = [
        veritas.Interval(float(a), float(np.nextafter(b, np.inf))) for a, b in zip(low, high, strict=True)
    ]
    search = config.get_search(trees, box)
    for _ in range(200):
        if search.is_optimal():
            break
        search.steps(1000)
    assert search.is_optimal()
    return search.get_solution(0).output


def classifier():
    X, y = load_breast_cancer(return_X_y=True)
    X = X[:, :12]
    return XGBClassifier(n_estimators=12, max_depth=3, n_jobs=1, random_state=0).fit(X, y), X, y


def regressor():
    X, y = load_diabetes(return_X_y=True)
    return GradientBoostingRegressor(n_estimators=10, max_depth=3, random_state=0).fit(X, y), X, y


@pytest.mark.parametrize("make", [classifier, regressor], ids=lambda make: make.__name__)
@pytest.mark.parametrize("pruned", ["fewer splits", "fewer trees"])
def test_both_find_the_same_largest_changes(make, pruned):
    model, X, y = make()
    if pruned == "fewer trees":
        after = keep_trees(model, range(0, read(model).n_trees, 2))
    else:
        after = CostComplexityPruner(FrozenEstimator(model), max_leaf_nodes=4).fit(X, y).estimator_
    low, high = X.min(axis=0), X.max(axis=0)
    domain = Domain.from_data(X)
    certificate = certify(model, after, domain, time_limit=60)
    output = certificate.outputs[0]
    e, f = read(model), read(after)
    rise = greatest(difference(e, f), low, high)
    fall = -greatest(difference(f, e), low, high)
    size = max(abs(rise), abs(fall), 1e-9)
    assert certificate.exact
    assert output.rise.bound == pytest.approx(rise, abs=1e-5 * size)
    assert output.fall.bound == pytest.approx(fall, abs=1e-5 * size)
