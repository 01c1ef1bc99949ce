"""The UBJSON codec against XGBoost's own bytes, and against bytes nobody should trust."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from treeprune.exceptions import InvalidModelError
from treeprune.formats import ubjson

xgb = pytest.importorskip("xgboost")


def text(value: str) -> bytes:
    coded = value.encode()
    return b"L" + struct.pack(">q", len(coded)) + coded


def member(value: bytes) -> bytes:
    """An object whose one member is `value`, coded."""
    return b"{" + text("a") + value + b"}"


def count(n: int) -> bytes:
    return b"L" + struct.pack(">q", n)


@pytest.fixture(scope="module")
def boosters():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    y = rng.normal(size=200)
    many = xgb.DMatrix(X, y)
    named = xgb.DMatrix(X, y, feature_names=["Größe", "b", "c"], feature_types=["float", "int", "q"])
    two = xgb.DMatrix(X, np.column_stack([y, -y]))
    early = xgb.train(
        {"max_depth": 2}, many, 20, evals=[(many, "a")], early_stopping_rounds=3, verbose_eval=False
    )
    early.set_attr(note="pruned on Tuesday")
    return {
        "rounds beyond one byte": xgb.train({"max_depth": 1}, many, 300),
        "attributes": early,
        "names": xgb.train({"max_depth": 3}, named, 2),
        "vector leaf": xgb.train({"multi_strategy": "multi_output_tree", "max_depth": 2}, two, 2),
        "linear": xgb.train({"booster": "gblinear"}, many, 2),
        "no trees": xgb.train({}, many, 0),
    }


@pytest.mark.parametrize(
    "name", ["rounds beyond one byte", "attributes", "names", "vector leaf", "linear", "no trees"]
)
@pytest.mark.parametrize("kind", ["file", "snapshot"])
def test_xgboosts_bytes_come_back_byte_for_byte(boosters, name, kind):
    booster = boosters[name]
    raw = bytes(booster.save_raw("ubj") if kind == "file" else booster.__getstate__()["handle"])
    document = ubjson.loads(raw)
    assert set(document) == ({"learner", "version"} if kind == "file" else {"Config", "Model"})
    assert ubjson.dumps(document) == raw


def test_document_says_the_same_as_xgboosts_json(boosters):
    booster = boosters["names"]
    said = json.loads(bytes(booster.save_raw("json")))
    read = ubjson.loads(bytes(booster.save_raw("ubj")))

    def same(a, b):
        if isinstance(a, dict):
            return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
        if isinstance(b, np.ndarray):
            return np.array_equal(np.array(a, dtype=b.dtype), b)
        if isinstance(a, list):
            return len(a) == len(b) and all(map(same, a, b))
        return a == b

    assert same(said, read)


ARRAYS = {
    b"i": np.array([-128, 0, 127], np.int8),
    b"U": np.array([0, 255], np.uint8),
    b"I": np.array([-(2**15), 2**15 - 1], np.int16),
    b"l": np.array([-(2**31), 2**31 - 1], np.int32),
    b"L": np.array([-(2**63), 2**63 - 1], np.int64),
    b"d": np.array([0.1, -np.inf, 1e-45], np.float32),
    b"D": np.array([0.1, np.inf], np.float64),
}


@pytest.mark.parametrize("marker", ARRAYS)
@pytest.mark.parametrize("empty", [False, True])
def test_typed_arrays_keep_dtype_and_are_ours_to_edit(marker, empty):
    expected = ARRAYS[marker][:0] if empty else ARRAYS[marker]
    big_endian = expected.astype(expected.dtype.newbyteorder(">")).tobytes()
    raw = member(b"[$" + marker + b"#" + count(len(expected)) + big_endian)
    array = ubjson.loads(raw)["a"]
    assert array.dtype == expected.dtype
    assert array.dtype.isnative
    assert array.flags.writeable
    np.testing.assert_array_equal(array, expected)
    assert ubjson.dumps({"a": array}) == raw
    assert ubjson.dumps({"a": np.repeat(expected, 2)[::2]}) == raw  # not contiguous
    assert ubjson.dumps({"a": expected.astype(expected.dtype.newbyteorder(">"))}) == raw


SCALARS = {
    b"i" + struct.pack(">b", -5): -5,
    b"i" + struct.pack(">b", 127): 127,  # XGBoost itself would take two bytes
    b"U" + struct.pack(">B", 200): 200,
    b"I" + struct.pack(">h", 3): 3,
    b"l" + struct.pack(">i", -70000): -70000,
    b"L" + struct.pack(">q", 1): 1,
    b"L" + struct.pack(">q", 2**62): 2**62,
    b"C" + b"A": 65,
    b"d" + struct.pack(">f", 0.1): float(np.float32(0.1)),
    b"D" + struct.pack(">d", 0.1): 0.1,
    b"T": True,
    b"F": False,
    b"Z": None,
    b"S" + text("µ"): "µ",
    b"[#" + count(2) + b"TZ": [True, None],
    b"{}": {},
}


@pytest.mark.parametrize("coded", SCALARS)
def test_lone_values_keep_their_width(coded):
    value = ubjson.loads(member(coded))["a"]
    assert value == SCALARS[coded]
    assert isinstance(value, type(SCALARS[coded]))
    assert ubjson.dumps({"a": value}) == member(coded)


@pytest.mark.parametrize(
    ("value", "coded"),
    [
        (126, b"i\x7e"),
        (127, b"I\x00\x7f"),
        (-127, b"i\x81"),
        (-128, b"I\xff\x80"),
        (2**31, b"L" + struct.pack(">q", 2**31)),
        (np.int8(3), b"i\x03"),
        (np.float32(0.5), b"d" + struct.pack(">f", 0.5)),
        (np.float64(0.1), b"D" + struct.pack(">d", 0.1)),
        (np.True_, b"T"),
        ((1,), b"[#" + count(1) + b"i\x01"),
    ],
)
def test_new_values_get_the_width_xgboost_would_choose(value, coded):
    assert ubjson.dumps({"a": value}) == member(coded)


def test_counted_and_closed_arrays_are_both_read():
    assert ubjson.loads(member(b"[i\x01i\x02]")) == {"a": [1, 2]}


HOSTILE = {
    "nothing": (b"", "byte 0"),
    "an array": (b"[#" + count(0), "byte 0"),
    "an unknown marker": (member(b"Q"), "byte 11: unknown marker b'Q'"),
    "a marker of the format XGBoost does not use": (member(b"H" + text("1.5")), "unknown marker"),
    "a negative length": (member(b"[$d#" + count(-1)), "length -1"),
    "a length beyond the file": (member(b"[$d#" + count(2) + b"\x00" * 6), "length 2"),
    "an absurd length": (member(b"[#" + count(2**62)), f"length {2**62}"),
    "a length that wraps as bytes": (member(b"[$L#" + count(2**61)), f"length {2**61}"),
    "a short length": (member(b"[$d#i\x01\x00\x00\x00\x00"), "length must be a 64-bit"),
    "an array of nulls": (member(b"[$Z#" + count(2**62)), "array of type b'Z'"),
    "an array of texts": (member(b"[$S#" + count(1) + text("a")), "array of type b'S'"),
    "a typed array without count": (member(b"[$d]"), "head b']'"),
    "a text beyond the file": (member(b"S" + count(50) + b"abc"), "length 50"),
    "not UTF-8": (member(b"S" + count(2) + b"\xff\xfe"), "byte 21: a text is not UTF-8"),
    "half a character": (member(b"S" + count(1) + b"\xc3"), "not UTF-8"),
    "a key twice": (b"{" + 2 * (text("a") + b"Z") + b"}", "byte 12: the key 'a' stands twice"),
    "bytes after the end": (member(b"Z") + b"Z", "byte 13: 1 bytes follow"),
    "an object without end": (member(b"Z")[:-1], "file ends"),
    "half a number": (member(b"D\x00"), "file ends"),
    "arrays within arrays": (member(b"[" * 100_000), "nested deeper than 64"),
    "counted arrays within arrays": (member((b"[#" + count(1)) * 9999 + b"Z"), "nested deeper"),
    "objects within objects": ((b"{" + text("a")) * 100_000, "nested deeper"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_bytes_are_refused_with_their_place(what):
    data, message = HOSTILE[what]
    with pytest.raises(InvalidModelError, match=r"UBJSON, byte [0-9]+") as caught:
        ubjson.loads(data)
    assert message in str(caught.value)


def test_every_truncation_of_a_model_is_refused(boosters):
    raw = bytes(boosters["names"].save_raw("ubj"))
    for end in range(len(raw)):
        with pytest.raises(InvalidModelError):
            ubjson.loads(raw[:end])


@given(st.binary(max_size=200))
@example(b"{" + b"L" * 50)
def test_any_bytes_are_a_document_or_our_error(data):
    for raw in (data, b"{" + text("a") + data, member(data)):
        try:
            document = ubjson.loads(raw)
        except InvalidModelError:
            continue
        ubjson.loads(ubjson.dumps(document))


documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.floats(width=32, allow_nan=False).map(ubjson.Float32)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), documents))
def test_any_document_survives_the_way_out_and_back(document):
    raw = ubjson.dumps(document)
    assert ubjson.loads(raw) == document
    assert ubjson.dumps(ubjson.loads(raw)) == raw


def deep() -> dict:
    document: dict = {}
    for _ in range(100):
        document = {"a": document}
    return document


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (np.zeros((2, 2), np.float32), TypeError),
        (np.zeros(2, np.float16), TypeError),
        (np.array(["a"]), TypeError),
        ({1}, TypeError),
        (1 + 1j, TypeError),
        (np.float16(1), TypeError),
        (2**63, ValueError),
        (ubjson.Float32(1e300), ValueError),
        (ubjson.Int8(300), ValueError),
        (deep(), ValueError),
    ],
)
def test_what_the_format_cannot_hold_is_not_written(value, error):
    with pytest.raises(error):
        ubjson.dumps({"a": value})
