"""Texts that are no model, and the places our errors give; legal texts are in the tests of models."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from treeprune.exceptions import InvalidModelError
from treeprune.formats import ubjson, xgboost_json

HOSTILE = {
    "nothing": ("", "line 1, column 1: Expecting value"),
    "not UTF-8": (b'{"a":"\xff"}', "byte 6: not UTF-8"),
    "an array": ("[]", "line 1, column 1: a model is an object"),
    "a number": ("1", "a model is an object"),
    "no end": ('{"a":\n {"b": 1}', "line 2, column 10"),
    "text without end": ('{"a": "b}', "line 1, column 7: Unterminated string"),
    "text after the end": ('{"a":1}\n{}', "line 2, column 1: Extra data"),
    "a key twice": ('{"a": {\n  "b": 1, "b": 2}}', 'line 2, column 11: the key "b" stands twice'),
    "arrays within arrays": ("[" * 100_000, "line 1, column 65: nested deeper than 64"),
    "objects within objects": ('{"a":' * 100_000, "nested deeper than 64"),
    "a number without end": ('{"a": ' + "9" * 100_000 + "}", "line 1, column 7: the number 9999"),
    "an integer beyond 64 bits": (
        '{"a": 9223372036854775808}',
        "the number 9223372036854775808 is too large",
    ),
    "a float beyond double": ('{"a":\n1E999}', "line 2, column 1: the number 1E999 is too large"),
    "a comma too many": ('{"a": [1,]}', "line 1, column "),
    "an unknown word": ('{"a": nan}', "line 1, column 7"),
    "a control character": ('{"a": "\n"}', "Invalid control character"),
    "an unknown escape": (r'{"a": "\x41"}', r"Invalid \escape"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_texts_are_refused_with_their_place(what):
    text, message = HOSTILE[what]
    with pytest.raises(InvalidModelError) as caught:
        xgboost_json.loads(text)
    assert message in str(caught.value)


@pytest.mark.parametrize("quotes", ['"' + r"\"" * 300_000, r"\"" * 300_000, '"\\' * 300_000])
def test_quotes_without_end_take_no_more_than_one_pass(quotes):
    """A pass that begins anew at each quote would take hours here."""
    with pytest.raises(InvalidModelError):
        xgboost_json.loads('{"a": ' + quotes)


@given(st.text() | st.binary())
@example('{"a": Infinity, "b": [NaN, -Infinity]}')
@example('{"":{"":0,"":0}}')
def test_any_text_is_a_document_or_our_error(text):
    try:
        document = xgboost_json.loads(text)
    except InvalidModelError:
        return
    assert isinstance(document, dict)


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])).filter(
    lambda text: "\\u" not in text
)
values = st.integers(-(2**63), 2**63 - 1) | texts | st.booleans() | st.none()


@given(st.dictionaries(texts, st.lists(values)))
def test_plain_documents_mean_the_same_to_the_standard_library(document):
    text = xgboost_json.dumps(document)
    assert json.loads(text) == document
    assert xgboost_json.loads(text) == document


@given(st.floats(width=32))
def test_numbers_survive_the_way_out_and_back_in_single_precision(value):
    out = xgboost_json.loads(
        xgboost_json.dumps({"a": ubjson.Float32(value), "b": np.array([value], np.float32)})
    )
    np.testing.assert_array_equal(np.float32(out["a"]), np.float32(value))
    np.testing.assert_array_equal(np.array(out["b"], np.float32), np.array([value], np.float32))


def test_an_escape_by_number_stays_as_xgboost_leaves_it():
    r"""XGBoost reads the six characters of `\u00e9` as they stand, and writes them so."""
    text = rb'{"a":"\u00e9 \\ \" \n","\u0041":1,"A":2}'
    document = xgboost_json.loads(text)
    assert document == {"a": '\\u00e9 \\ " \n', "\\u0041": 1, "A": 2}
    assert xgboost_json.dumps(document) == text


@pytest.mark.parametrize(
    ("value", "error"), [(np.zeros((2, 2)), TypeError), ({1}, TypeError), (1j, TypeError)]
)
def test_what_the_format_cannot_hold_is_not_written(value, error):
    with pytest.raises(error):
        xgboost_json.dumps({"a": value})


def test_a_document_that_holds_itself_is_not_written():
    document: dict = {}
    document["a"] = document
    with pytest.raises(ValueError, match="nested deeper"):
        xgboost_json.dumps(document)
