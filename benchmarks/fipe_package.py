"""Runs of the package of the FIPE paper, in processes of their own that can be stopped, and of ours.

Emine, Forel, Malek, Vidal, "Free lunch in the forest: functionally-identical pruning of boosted tree
ensembles", AAAI 2025, come with `fipepy`. It is installed apart (``pip install fipepy``); the licence that
comes with its solver is enough for small models.
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
from sklearn.frozen import FrozenEstimator

from treeprune import LosslessPruner
from treeprune.backends import read
from treeprune.criteria.lossless.axes import axes_of
from treeprune.criteria.lossless.rows import Generator, every_cell, n_cells
from treeprune.domain.domain import Domain


def numbers(model: Any) -> Domain:
    """All numbers, and no missing values, which the package knows nothing of."""
    return Domain.from_ranges({f"x[{j}]": None for j in range(model.n_features_in_)})


def asked(model: Any, most: int) -> np.ndarray:
    """A row of each cell of the input space, or as many rows at thresholds where the cells are more."""
    ensemble, domain = read(model), numbers(model)
    axes = axes_of(ensemble, domain)
    few = n_cells(axes) <= most
    return every_cell(axes, ensemble.n_features) if few else Generator(ensemble, domain).rows(most)


def ours(model: Any, rows: np.ndarray, limit: float, most: int) -> dict[str, Any]:
    """Trees before and left, whether fewest, CPU seconds, rows asked and changed classes of one model."""
    start = time.process_time()
    pruner = LosslessPruner(
        FrozenEstimator(model), domain=numbers(model), reweight=True, time_limit=limit
    ).fit(rows)
    seconds = time.process_time() - start
    every = asked(model, most)
    return {
        "of": pruner.plan_.n_trees[0],
        "trees": pruner.plan_.n_trees[1],
        "fewest": pruner.plan_.fewest,
        "seconds": seconds,
        "asked": len(every),
        "lost": int((model.predict(every) != pruner.estimator_.predict(every)).sum()),
    }


def run(model: Any, rows: np.ndarray, encoder: Any, norm: int, limit: float, most: int) -> dict[str, Any]:
    """Trees left, CPU seconds and changed classes of one model; this process ends when its time is up."""
    import gurobipy
    from fipe import FIPE

    _let_names_be(gurobipy.Model)
    quiet = gurobipy.Env(params={"OutputFlag": 0, "Threads": 1})
    weights = _weights(model)
    pruner = FIPE(
        base=_bare(model), encoder=encoder, weights=weights, norm=norm, eps=1e-6, tol=1e-4, env=quiet
    )
    start = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(start + limit) + 1, resource.RLIM_INFINITY))
    pruner.build()
    pruner.add_samples(rows)
    pruner.prune()
    resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    seconds = time.process_time() - start
    every = asked(model, most)
    return {
        "trees": int(pruner.n_active_estimators) * (read(model).n_trees // len(weights)),
        "seconds": seconds,
        "lost": int((np.ravel(pruner.predict(every)) != model.predict(every)).sum()),
    }


def _weights(model: Any) -> np.ndarray:
    """One for each tree or, of several classes, round of trees; AdaBoost's own, up to 1e5."""
    if hasattr(model, "estimator_weights_"):
        own = model.estimator_weights_[: len(model.estimators_)]
        return 1e5 * own / own.max()
    if hasattr(model, "estimators_"):
        return np.ones(len(model.estimators_))
    classes = len(model.classes_)
    return np.ones(read(model).n_trees // (classes if classes > 2 else 1))


def _bare(model: Any) -> Any:
    """The package takes boosters of XGBoost and LightGBM, and estimators of scikit-learn."""
    return model.get_booster() if hasattr(model, "get_booster") else getattr(model, "booster_", model)


def _let_names_be(model: Any) -> None:
    """The package names arrays of variables in a way that today's solver refuses."""
    original = model.addMVar

    def add(self: Any, *args: Any, **given: Any) -> Any:
        try:
            return original(self, *args, **given)
        except ValueError:
            return original(self, *args, **{key: value for key, value in given.items() if key != "name"})

    model.addMVar = add


def apart(script: str, *task: Any) -> dict[str, Any] | None:
    """What a script prints as JSON for a task, in a process of its own; None when its time was up."""
    done = subprocess.run(
        [sys.executable, script, *map(str, task)], capture_output=True, text=True, check=False
    )
    if done.returncode == -signal.SIGXCPU:
        return None
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])
