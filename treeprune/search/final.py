"""The models of all rows that candidates become in the end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from treeprune.model.ensemble import Array
from treeprune.pruners.native import Native
from treeprune.search.candidates import Smaller
from treeprune.search.heats import Heats
from treeprune.search.limits import Limits
from treeprune.search.race import Race
from treeprune.search.record import measured


def first_within(race: Race, heats: Heats, limits: Limits, order: Array) -> tuple[int, Smaller, Native]:
    """The first candidate whose model of all rows is within the budget; folds had others.

    Parameters
    ----------
    race : Race
    heats : Heats
    limits : Limits
    order : ndarray of int64
        Candidates in the order in which they are to be taken. One that is too large is followed by the
        smaller ones of its strategy.

    Returns
    -------
    candidate : int
    model : Smaller
    native : Native
        The model as written.

    Raises
    ------
    ValueError
        If there is none.
    """
    X = heats.full.seen.X
    for k, model in _finals(race, heats, order):
        if not limits.admit(model.sizes()):
            continue
        native = model.written(X)
        if limits.measured:
            n_bytes, ms = measured(native, X)
            # a model whose bytes nobody knows is within no limit of them
            if not (n_bytes <= limits.bytes or np.isinf(limits.bytes)) or ms > limits.ms:
                continue
        return k, model, native
    raise ValueError(f"no candidate's model of all rows is within the budget ({limits.in_words()})")


def _finals(race: Race, heats: Heats, order: Array) -> Iterator[tuple[int, Smaller]]:
    """Models of all rows, each once: from a candidate down, then from the next one that is left."""
    seen: set[int] = set()
    for first in order.tolist():
        if first in seen:
            continue
        v = int(race.variant_of[first])
        own = race.own(v)
        some = [k for k in order.tolist() if race.variant_of[k] == v and k not in seen]
        some = [k for k in some if race.measure[k] <= race.measure[first]]
        wanted = np.isin(np.arange(own.start, own.stop), some)
        fitted = heats.final(needs_apart=race.variants[v].needs_apart)
        models = race.variants[v].models(fitted, wanted)
        for k in sorted(some, key=lambda k: (k != first, -race.measure[k])):
            seen.add(k)
            model = models[k - own.start]
            if model is not None:
                yield k, model
