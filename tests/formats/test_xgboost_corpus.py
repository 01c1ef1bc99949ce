"""Damaged XGBoost models are refused with the place of the damage; what is accepted, XGBoost can answer."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.formats import xgboost_corpus as corpus
from tests.formats import xgboost_models as models
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.formats import ubjson, xgboost_json
from treeprune.formats.xgboost_model import check_document

pytest.importorskip("xgboost")

ALL = {**corpus.EDITS, **corpus.DART_EDITS}
REFUSED = (InvalidModelError, UnsupportedModelError)
WIDTHS = {name for name in ALL if name[:3] in {"098", "099", "100", "129"}}
"""Damage to the width of numbers, which a JSON text does not have."""


def rows(n: int = 60) -> np.ndarray:
    rng = np.random.default_rng(1)
    table = np.column_stack([rng.normal(size=(n, 2)), rng.integers(0, 6, n), rng.integers(0, 3, n)])
    table[rng.random(table.shape) < 0.1] = np.nan
    return table.astype(np.float32)


@pytest.mark.parametrize("booster", ["gbtree", "dart"])
def test_the_models_that_are_damaged_below_are_sound(booster):
    raw = models.base(booster)
    document = ubjson.loads(raw)
    check_document(document)
    check_document(xgboost_json.loads(xgboost_json.dumps(document)))
    damaged = models.tree(document)
    assert damaged["split_type"][0] == 1
    assert len(damaged["categories_nodes"]) > 1
    if booster == "gbtree":
        (answer,) = models.native_margins([raw], rows())
        np.testing.assert_array_equal(answer, models.plain_margins(document, rows()))


@pytest.mark.parametrize("name", ALL)
def test_damage_is_named_with_its_place(name):
    with pytest.raises(REFUSED) as caught:
        check_document(corpus.edited(name))
    n_nodes = len(models.tree(ubjson.loads(models.base()))["parents"])
    assert ALL[name][1].format(n=n_nodes, last=n_nodes - 1, short=n_nodes - 1) in str(caught.value)


@pytest.mark.parametrize("name", ALL)
def test_damage_is_found_in_json_too(name):
    document = xgboost_json.loads(xgboost_json.dumps(corpus.edited(name)))
    if name in WIDTHS:
        check_document(document)
    else:
        with pytest.raises(REFUSED):
            check_document(document)


def test_every_damaged_file_is_refused():
    files = corpus.malformed()
    assert len(files) > 160
    for name, data in files.items():
        try:
            check_document(ubjson.loads(data))
        except REFUSED:
            continue
        pytest.fail(f"accepted: {name}")


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Ways to every value of a document, lone or in an array's sampled place."""
    if isinstance(document, dict):
        inner: list[Any] = list(document)
    elif isinstance(document, list | np.ndarray):
        inner = list(range(0, len(document), max(len(document) // 5, 1)))
    else:
        inner = []
    return [path, *(place for key in inner for place in places(document[key], (*path, key)))][not path :]


BASE = ubjson.loads(models.base())
PLACES = places(BASE)
NUMBERS = (-1, 0, 1, 2, 3, 4, 5, 8, 18, 255, 2**24, 2**31 - 1, -(2**31), 2**63 - 1, 0.5, 1e30)
TEXTS = ("", "0", "1", "2", "-1", "4294967296", "1E0", "[0E0,1E0,0E0]", "nan", "q", "c")
VALUES = st.sampled_from([*NUMBERS, np.nan, np.inf, -np.inf, *TEXTS, None, True, [], {}])


def edit_at(place: tuple[Any, ...], value: Any, how: str) -> dict[str, Any]:
    """The sound model with another value, one thing less or one thing twice."""
    document = copy.deepcopy(BASE)
    holder: Any = document
    for key in place[:-1]:
        holder = holder[key]
    last = place[-1]
    if isinstance(holder, np.ndarray):
        with np.errstate(invalid="ignore"):
            try:
                holder[last] = value
            except (TypeError, ValueError, OverflowError):
                holder[last] = holder[(last + 1) % len(holder)]
    elif how == "less":
        del holder[last]
    elif how == "twice" and isinstance(holder, list):
        holder.insert(last, copy.deepcopy(holder[last]))
    elif how == "shorter" and isinstance(holder[last], list | np.ndarray):
        holder[last] = holder[last][:-1]
    else:
        holder[last] = ubjson.Float32(value) if isinstance(value, float) else value
    return document


damaged_structures = st.builds(
    edit_at, st.sampled_from(PLACES), VALUES, st.sampled_from(["value", "less", "twice", "shorter"])
).map(ubjson.dumps)


def flipped(data: bytes, places_and_bits: list[tuple[int, int]]) -> bytes:
    out = bytearray(data)
    for at, bit in places_and_bits:
        out[at % len(out)] ^= 1 << bit
    return bytes(out)


flips = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 7)), min_size=1, max_size=3)
damaged_files = (
    damaged_structures
    | st.builds(flipped, st.just(models.base()), flips)
    | st.builds(lambda data, n: data[: n % len(data)], st.just(models.base()), st.integers(0, 10**6))
)
damaged_texts = st.builds(flipped, st.just(xgboost_json.dumps(BASE)), flips)


def survivors(strategy: st.SearchStrategy[bytes], loads: Any, n: int) -> list[bytes]:
    """Damaged files that we accept; for all others we have an error of our own, or this raises."""
    accepted: dict[bytes, None] = {}

    @settings(max_examples=n, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(strategy)
    def damage(data: bytes) -> None:
        try:
            check_document(loads(data))
        except REFUSED:
            return
        accepted[data] = None

    damage()
    return list(accepted)


@pytest.mark.parametrize(
    ("strategy", "loads"),
    [(damaged_files, ubjson.loads), (damaged_texts, xgboost_json.loads)],
    ids=["ubj", "json"],
)
def test_what_is_accepted_xgboost_can_load_and_answers_as_written(strategy, loads):
    """Damage may make another sound model. Then XGBoost lives, and says what the file says."""
    files = survivors(strategy, loads, 500)
    assert len(files) > 20
    for data, answer in zip(files, models.native_margins(files, rows()), strict=True):
        assert answer is not None, f"XGBoost died of {data!r}"
        if isinstance(answer, str):  # a clean refusal of XGBoost's own is no harm
            continue
        document = ubjson.loads(ubjson.dumps(typed(loads(data))))
        with np.errstate(over="ignore"):
            expected = models.plain_margins(document, rows())
        np.testing.assert_allclose(answer, expected, rtol=1e-5, atol=1e-5)


def typed(value: Any, like: Any = BASE) -> Any:
    """A document from JSON with arrays where one from UBJSON has them."""
    if isinstance(value, dict):
        return {
            key: typed(item, like.get(key) if isinstance(like, dict) else None)
            for key, item in value.items()
        }
    if isinstance(value, list) and isinstance(like, np.ndarray):
        with np.errstate(over="ignore"):
            return np.array(value).astype(like.dtype)
    if isinstance(value, list):
        return [typed(item, like[min(i, len(like) - 1)] if like else None) for i, item in enumerate(value)]
    return value
