"""XGBoost's cases by name, and what its own JSON says of a model."""

import json

import pytest

from tests.backends.families import FAMILIES

CASES = {
    case.id: case
    for name, family in FAMILIES.items()
    if name.startswith("xgboost")
    for case in family.cases
}
EARLY = [name for name in CASES if "early" in name]
EVERY_CASE = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def booster_of(model):
    return getattr(model, "_Booster", model)


CATEGORICAL = [name for name, case in CASES.items() if "c" in (booster_of(case.model).feature_types or ())]


def raw_bytes(model):
    return bytes(booster_of(model).save_raw("ubj"))


def document(model):
    return json.loads(bytes(booster_of(model).save_raw("json")))


def native_trees(model):
    outer = document(model)["learner"]["gradient_booster"]
    return outer.get("gbtree", outer)["model"]


def config(model):
    return json.loads(booster_of(model).save_config())
