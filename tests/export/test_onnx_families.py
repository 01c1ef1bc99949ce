"""ONNX in onnxruntime beside the vendors' own output, for every configuration of every family."""

import numpy as np
import pytest

from tests.backends.families import FAMILIES
from tests.export.artefacts import EVERY_CASE, flat_answers, rounding, single, some_rows, strange_rows
from treeprune.backends import encode, read
from treeprune.export.onnx_model import to_onnx
from treeprune.model.links import answers
from treeprune.model.traverse import raw_output

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


def assert_roots_are_told_from_leaves(content):
    """onnxruntime before 1.24 takes a root whose children have one number for a leaf, of whatever kind."""
    for node in onnx.load_model_from_string(content).graph.node:
        if node.op_type == "TreeEnsemble":
            own = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
            for root in own["tree_roots"]:
                if own["nodes_truenodeids"][root] == own["nodes_falsenodeids"][root]:
                    assert own["nodes_trueleafs"][root]
                    assert own["nodes_falseleafs"][root]


def said(out):
    return np.hstack([own for name, own in out.items() if name.startswith(("probabilities", "prediction"))])


@EVERY_CASE
def test_the_runtime_says_what_the_vendor_says(family, case):
    e = read(case.model)
    rows = some_rows(case, e)
    exported = to_onnx(e)  # of an ensemble: the rows hold codes
    out = exported.run(rows)
    native = family.native(case.model, family.table(case, rows))
    np.testing.assert_allclose(out["raw"], native, rtol=1e-12, atol=rounding(e, e.output_dtype))
    np.testing.assert_allclose(said(out), answers(e, native), rtol=1e-5, atol=1e-6)
    assert out["raw"].dtype == np.float64
    assert_roots_are_told_from_leaves(exported.content)
    strange = strange_rows(rows, e)
    np.testing.assert_allclose(
        exported.run(strange)["raw"], raw_output(e, strange), rtol=1e-12, atol=rounding(e, e.output_dtype)
    )


@EVERY_CASE
def test_in_single_precision_no_row_changes_sides(family, case):
    e = read(case.model)
    rows = single(some_rows(case, e), e)
    rows = np.vstack([rows, single(strange_rows(rows, e), e)])
    exported = to_onnx(e, dtype="float32")
    out = exported.run(rows)
    np.testing.assert_allclose(out["raw"], raw_output(e, rows), rtol=1e-6, atol=rounding(e, "float32"))
    assert said(out).dtype == np.float32


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.id)
        for family in FAMILIES.values()
        for case in family.cases
        # XGBoost calls the raw outputs of this objective probabilities
        if hasattr(case.model, "predict_proba") and case.id != "XGBClassifier-logitraw"
    ],
)
def test_labels_and_probabilities_are_the_models(case):
    e = read(case.model)
    table = encode(case.model, case.X)
    rows = np.asarray(table.toarray() if hasattr(table, "toarray") else table, float)[:60]
    if getattr(case.model, "missing", None) not in (None, np.nan):
        rows = np.where(rows == case.model.missing, np.nan, rows)
    out = to_onnx(e).run(rows)
    native = case.model.predict_proba(case.X[:60])
    shares = flat_answers(native)
    if shares.shape != said(out).shape:  # several targets of two classes, the second's shares alone
        shares = np.column_stack([x for own in shares.T for x in (1 - own, own)])
    np.testing.assert_allclose(said(out), shares, rtol=1e-5, atol=1e-6)
    assert said(out).min() >= 0 or shares.min() < 0
    labels = np.column_stack([own for name, own in out.items() if name.startswith("label")])
    predicted = np.asarray(case.model.predict(case.X[:60])).reshape(len(rows), -1)
    sure = np.column_stack([np.ptp(own, axis=1) for own in _by_target(out)]) > 1e-6
    assert (labels == predicted)[sure].all()


def _by_target(out):
    for name, own in out.items():
        if name.startswith("probabilities"):
            yield np.sort(own, axis=1)[:, -2:]
