"""Samplers by name: a file in this folder that registers one is all it takes."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol

import numpy as np

from treeprune.model.ensemble import Array


class Sampler(Protocol):
    """What knows how the given rows were distributed, and draws others like them."""

    def draw(self, n: int, rng: np.random.Generator) -> Array:
        """Draw rows.

        Parameters
        ----------
        n : int
        rng : numpy.random.Generator

        Returns
        -------
        ndarray of float64, shape (n, n_columns)
            NaN is missing; nominal columns hold codes.
        """


SamplerFit = Callable[..., Sampler]
"""``fit(rows, columns, weight, random_state) -> Sampler``; see `treeprune.sampling.copula.fit_copula`."""

_SAMPLERS: dict[str, SamplerFit] = {}


def register(name: str) -> Callable[[SamplerFit], SamplerFit]:
    """Enter a function that fits a sampler.

    Parameters
    ----------
    name : str

    Returns
    -------
    callable
        Decorator that hands the function back.
    """

    def enter(fit: SamplerFit) -> SamplerFit:
        _SAMPLERS[name] = fit
        return fit

    return enter


def samplers() -> dict[str, SamplerFit]:
    """All samplers of this folder by name."""
    package = __name__.rpartition(".")[0]
    for module in iter_modules(import_module(package).__path__):
        import_module(f"{package}.{module.name}")
    return dict(sorted(_SAMPLERS.items()))


def check_sampler(name: object) -> SamplerFit:
    """Find a sampler.

    Parameters
    ----------
    name : str
        A key of `samplers`.

    Returns
    -------
    callable

    Raises
    ------
    ValueError
        If the name is unknown.
    """
    known = samplers()
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"sampler={name!r} is unknown; use one of {', '.join(known)}")
    return known[name]


def check_draw(n: Any, rng: Any) -> int:
    """Refuse what no sampler can draw from.

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    TypeError, ValueError
        If `n` is no whole number of at least 0, or `rng` is no generator.
    """
    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise TypeError(f"n must be a whole number of rows, got {n!r}")
    if n < 0:
        raise ValueError(f"n must not be negative, got {n!r}")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, got {type(rng).__name__}")
    return int(n)
