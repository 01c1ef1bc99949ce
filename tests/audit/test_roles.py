"""Rows of different roles are told apart by what they hold."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from tests.audit.helpers import patients, tree_report
from treeprune.audit.fingerprints import model_fingerprint, row_hashes, table_fingerprint
from treeprune.audit.report import PruningReport
from treeprune.audit.roles import data_roles
from treeprune.faithfulness.registry import Judged
from treeprune.pruners.native import Native

X, Y = patients(60)


def test_equal_rows_are_found_whatever_their_order():
    roles = data_roles(X[40:], {"train": X[:30], "prune": X[25:41].iloc[::-1], "test": X[40:]})
    found = {(o.first, o.second): o.n for o in roles.overlaps}
    assert found == {("train", "prune"): 5, ("train", "test"): 0, ("prune", "test"): 1}
    assert roles.judged_are_new is False
    assert data_roles(X[40:], {"train": X[:30]}).judged_are_new is True
    assert data_roles(X[40:], None).judged_are_new is None


def test_an_overlap_is_said_without_a_small_count():
    comparison = tree_report().comparison
    report = PruningReport(comparison, data_roles={"train": comparison.pair.X[:3]}, exports=False)
    section = next(s for s in report.sections if s.key == "data")
    assert "Some test rows are equal" in section.text[0]
    assert section.tables[1].rows == (("train and test", "<11"),)
    assert "Some test rows are equal" in report.sections[0].text[1]


def test_a_digest_knows_values_and_not_order_or_container():
    digest = table_fingerprint(row_hashes(X)).digest
    assert digest == table_fingerprint(row_hashes(X.to_numpy()[::-1])).digest
    assert digest == table_fingerprint(row_hashes(csr_matrix(X.to_numpy()))).digest
    assert digest != table_fingerprint(row_hashes(X + 1e-9)).digest
    assert digest != table_fingerprint(row_hashes(X.iloc[:-1])).digest


@pytest.mark.parametrize("model", [RandomForestClassifier(3, random_state=0), LogisticRegression()])
def test_a_model_is_known_by_its_numbers(model):
    def digest(fitted):
        return model_fingerprint(Judged(Native(fitted), X, Y, np.ones(len(X)))).digest

    first = digest(model.fit(X, Y))
    assert len(first) == 64
    assert first == digest(type(model)(**model.get_params()).fit(X, Y))
    assert first != digest(model.fit(X[:50], Y[:50]))


def test_a_model_nobody_can_look_into_has_no_digest():
    from sklearn.neighbors import KNeighborsClassifier

    found = model_fingerprint(Judged(Native(KNeighborsClassifier().fit(X, Y)), X, Y, np.ones(len(X))))
    assert found.digest == ""
    assert "no canonical form" in found.of


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"play": X}, "no role 'play'"),
        ({"train": X.iloc[:, :2]}, "5 columns"),
        ({"train": X[X.columns[::-1]]}, "other columns"),
        ({"test": X[:10]}, "lacks rows"),
        ({"train": pd.Series(X["urea"])}, "must be a table"),
    ],
)
def test_bad_roles(given, message):
    with pytest.raises(ValueError, match=message):
        data_roles(X[40:], given)
