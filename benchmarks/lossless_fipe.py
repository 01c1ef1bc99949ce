"""Fewest trees with the same classes: ours with an open solver, the package of the FIPE paper with Gurobi.

Both are given the same fitted model and the same weights, and both results are asked on every cell of the
input space. The package weighs the trees that are there (of several classes, rounds of trees), for the
fewest ("l0") or the least sum of weights ("l1"); ours joins equal trees first. Inputs are all numbers: the
package knows no missing values. It is installed apart (``pip install fipepy``).
"""

from __future__ import annotations

import json
import sys
from typing import Any

import pandas as pd
from fipe_package import apart, ours, run
from lossless_classes import MODELS, table
from tables import write_table

TABLES = {"iris": 4, "breast cancer": 5, "Cleveland": 6}
NAMES = ("AdaBoost, 50 stumps", "gradient boosting, 50 stumps", "forest, 10 of depth 2")
TITLE = "Fewest trees with the same classes, ours and the paper's own package"
LIMIT = 300
"""CPU seconds for each run of the package; ours has as many of the clock."""
MOST = 20_000
"""No model here has more cells."""


def model_of(name: str, data: str) -> tuple[Any, Any, Any]:
    """The fitted model, its rows in the package's own encoding, and the encoder."""
    from fipe import FeatureEncoder

    X, y = table(data, TABLES[data])
    encoder = FeatureEncoder(pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])]))
    rows = encoder.X.to_numpy(float)
    return MODELS[name]().fit(rows, y), rows, encoder


def one_model(name: str, data: str) -> dict[str, Any]:
    model, rows, _ = model_of(name, data)
    mine = ours(model, rows, LIMIT, MOST)
    found = {
        "model": name,
        "table": data,
        "trees": mine["of"],
        "ours": mine["trees"],
        "fewest": "yes" if mine["fewest"] else "not proven",
        "s": mine["seconds"],
        "cells": mine["asked"],
        "lost": mine["lost"],
    }
    for norm in (1, 0):
        theirs = apart(__file__, name, data, norm) or {
            "trees": f"none in {LIMIT} s",
            "seconds": float(LIMIT),
            "lost": "",
        }
        found |= {
            f"l{norm}": theirs["trees"],
            f"l{norm} s": theirs["seconds"],
            f"l{norm} lost": theirs["lost"],
        }
    return found


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(json.dumps(run(*model_of(sys.argv[1], sys.argv[2]), int(sys.argv[3]), LIMIT, MOST)))
    else:
        found: list[dict[str, Any]] = []
        for data in TABLES:
            for name in NAMES:
                found.append(one_model(name, data))
                write_table("lossless_fipe", TITLE, found)
