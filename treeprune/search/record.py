"""The table of all that was compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from treeprune.faithfulness.size import pickled_bytes
from treeprune.latency import batch_times
from treeprune.model.ensemble import Array
from treeprune.pruners.native import Native
from treeprune.search.choose import front
from treeprune.search.race import Race
from treeprune.statistics.rows import take_rows

if TYPE_CHECKING:
    import pandas as pd

_MEASURED = 3
"""Models of the front that are written and measured."""

_TIMED_ROWS, _REPEATS = 1000, 3


def measured(model: Native, X: Any) -> tuple[float, float]:
    """Bytes of a pickled model, and milliseconds in which it predicts 1000 rows like some.

    Parameters
    ----------
    model : Native
    X : table

    Returns
    -------
    n_bytes : float
        NaN if it cannot be pickled.
    ms : float
    """
    rows = np.arange(_TIMED_ROWS) % X.shape[0]
    times = batch_times(model, take_rows(X, rows), _REPEATS)
    n_bytes = pickled_bytes(model.model)
    return np.nan if n_bytes is None else n_bytes, float(np.median(times))


def on_front(race: Race) -> Array:
    """Candidates that none beats in size and loss together, of those that all folds have judged."""
    loss = np.full(len(race), np.nan)
    done = race.allowed()
    loss[done] = race.verdicts.of_parts()[:, done].mean(axis=0)
    return front(race.measure, loss)


def frame(race: Race, chosen: int, X: Any) -> pd.DataFrame:
    """One row for each candidate.

    Parameters
    ----------
    race : Race
    chosen : int
    X : table
        Rows to measure the time of prediction on.

    Returns
    -------
    pandas.DataFrame
    """
    import pandas as pd

    places = [race.place(k) for k in range(len(race))]
    by_part = race.verdicts.of_parts()
    seen = np.isfinite(by_part)
    count = np.maximum(seen.sum(axis=0), 1)
    loss = np.where(seen, by_part, 0.0).sum(axis=0) / count
    spread = np.where(seen, (by_part - loss) ** 2, 0.0).sum(axis=0) / np.maximum(count - 1, 1)
    judged = seen.any(axis=0)
    best = on_front(race)
    table = pd.DataFrame(
        {
            "strategy": [variant.name for variant, _ in places],
            "parameters": [_in_words(variant.grid[at]) for variant, at in places],
            **{name: race.sizes[:, i] for i, name in enumerate(_SIZES)},
            "bytes": np.nan,
            "ms": np.nan,
            "loss": np.where(judged, loss, np.nan),
            "loss_se": np.where(seen.sum(axis=0) > 1, np.sqrt(spread / count), np.nan),
            "n_folds": seen.sum(axis=0),
            "front": best,
            "chosen": np.arange(len(race)) == chosen,
        }
    )
    for k in _spread_out(race, best, chosen):
        table.loc[k, ["bytes", "ms"]] = measured(race.models[k].written(X), X)
    # of a strength that no fold has a model of, nothing was tried
    return table[table["n_folds"] > 0].reset_index(drop=True)


_SIZES = ("nodes", "trees", "leaves", "depth", "features")


def _spread_out(race: Race, best: Array, chosen: int) -> list[int]:
    """Some of the front from small to large, the model taken and the model as it was."""
    every = np.flatnonzero(best)
    every = every[np.argsort(race.measure[every])]
    at = np.unique(np.linspace(0, len(every) - 1, min(len(every), _MEASURED)).round().astype(int))
    wanted = {0, chosen, *every[at].tolist()} if len(every) else {0, chosen}
    return sorted(wanted & set(race.models))


def _in_words(parameters: Any) -> str:
    words = (f"{k}={v:.4g}" if isinstance(v, float) else f"{k}={v}" for k, v in parameters.items())
    return ", ".join(words)
