"""Fewest trees with the same classes: ours with an open solver, the package of the paper with Gurobi.

Emine, Forel, Malek, Vidal, "Free lunch in the forest: functionally-identical pruning of boosted tree
ensembles", AAAI 2025, come with `fipepy`. It is installed apart (``pip install fipepy``); the licence that
comes with its solver is enough for models of this size. Both are given the same fitted model and the same
weights, and both results are asked on every cell of the input space. The package weighs the trees that are
there (of several classes, rounds of trees), for the fewest ("l0") or the least sum of weights ("l1"); ours
joins equal trees first. Inputs are all numbers: the package knows no missing values.
"""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
from lossless_classes import MODELS, table
from sklearn.frozen import FrozenEstimator
from tables import write_table

from treeprune import LosslessPruner
from treeprune.backends import read
from treeprune.criteria.lossless.axes import axes_of
from treeprune.criteria.lossless.rows import every_cell
from treeprune.domain.domain import Domain

TABLES = {"iris": 4, "breast cancer": 5, "Cleveland": 6}
NAMES = ("AdaBoost, 50 stumps", "gradient boosting, 50 stumps", "forest, 10 of depth 2")
TITLE = "Fewest trees with the same classes, ours and the paper's own package"
LIMIT = 300
"""CPU seconds for each run of the package; ours has as many of the clock."""


def model_of(name: str, data: str) -> tuple[Any, Any, Any]:
    """The fitted model, its rows in the package's own encoding, and the encoder."""
    from fipe import FeatureEncoder

    X, y = table(data, TABLES[data])
    encoder = FeatureEncoder(pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])]))
    rows = encoder.X.to_numpy(float)
    return MODELS[name]().fit(rows, y), rows, encoder


def numbers(model: Any) -> Domain:
    """All numbers, and no missing values, which the package knows nothing of."""
    return Domain.from_ranges({f"x[{j}]": None for j in range(model.n_features_in_)})


def cells(model: Any) -> Any:
    return every_cell(axes_of(read(model), numbers(model)), model.n_features_in_)


def theirs(name: str, data: str, norm: int) -> dict[str, Any]:
    """One run of the package, printed as JSON by a process of its own, that can be stopped."""
    import gurobipy
    from fipe import FIPE

    _let_names_be(gurobipy.Model)
    quiet = gurobipy.Env(params={"OutputFlag": 0, "Threads": 1})
    model, rows, encoder = model_of(name, data)
    weights = getattr(model, "estimator_weights_", np.ones(len(model.estimators_)))
    weights = weights[: len(model.estimators_)]
    pruner = FIPE(
        base=model, encoder=encoder, weights=1e5 * weights / weights.max(), norm=norm, eps=1e-6, env=quiet
    )
    start = time.process_time()
    pruner.build()
    pruner.add_samples(rows)
    pruner.prune()
    seconds = time.process_time() - start
    every = cells(model)
    return {
        "trees": int(pruner.n_active_estimators) * (np.asarray(model.estimators_).size // len(weights)),
        "seconds": seconds,
        "lost": int((np.ravel(pruner.predict(every)) != model.predict(every)).sum()),
    }


def _let_names_be(model: Any) -> None:
    """The package names arrays of variables in a way that today's solver refuses."""
    original = model.addMVar

    def add(self: Any, *args: Any, **given: Any) -> Any:
        try:
            return original(self, *args, **given)
        except ValueError:
            return original(self, *args, **{key: value for key, value in given.items() if key != "name"})

    model.addMVar = add


def stopped_after(name: str, data: str, norm: int) -> dict[str, Any]:
    """The same in a process of its own, that is ended when its time is up."""
    command = [sys.executable, __file__, name, data, str(norm)]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=_limit, check=False)
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return {"trees": f"none in {LIMIT} s", "seconds": float(LIMIT), "lost": ""}
    done.check_returncode()
    return json.loads(done.stdout.splitlines()[-1])


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT + 1))


def one_model(name: str, data: str) -> dict[str, Any]:
    model, rows, _ = model_of(name, data)
    start = time.process_time()
    pruner = LosslessPruner(
        FrozenEstimator(model), domain=numbers(model), reweight=True, time_limit=LIMIT
    ).fit(rows)
    seconds = time.process_time() - start
    every = cells(model)
    found = {
        "model": name,
        "table": data,
        "trees": pruner.plan_.n_trees[0],
        "ours": pruner.plan_.n_trees[1],
        "fewest": "yes" if pruner.plan_.fewest else "not proven",
        "s": seconds,
        "cells": len(every),
        "lost": int((model.predict(every) != pruner.estimator_.predict(every)).sum()),
    }
    for norm in (1, 0):
        run = stopped_after(name, data, norm)
        found |= {f"l{norm}": run["trees"], f"l{norm} s": run["seconds"], f"l{norm} lost": run["lost"]}
    return found


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(json.dumps(theirs(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
    else:
        found: list[dict[str, Any]] = []
        for data in TABLES:
            for name in NAMES:
                found.append(one_model(name, data))
                write_table("lossless_fipe", TITLE, found)
