"""Orders of groups by name: a file in this folder that registers one is all it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from inspect import Parameter, signature
from pkgutil import iter_modules
from typing import Any

from treeprune.criteria.linear_projection.group_order import GroupOrder

OrderFunction = Callable[..., GroupOrder]


@dataclass(frozen=True)
class LinearOrder:
    """A method that says which groups of columns stay at each number of them.

    Parameters
    ----------
    name : str
    paper : str
        Where it is from.
    order : callable
        ``order(problem, **parameters) -> GroupOrder``.
    parameters : dict of str to object
        The parameters that it takes, with their defaults.
    """

    name: str
    paper: str
    order: OrderFunction
    parameters: dict[str, Any]


_ORDERS: dict[str, LinearOrder] = {}


def register(name: str, *, paper: str) -> Callable[[OrderFunction], OrderFunction]:
    """Enter a function as an order of groups; its parameters are what it takes by keyword only.

    Parameters
    ----------
    name, paper
        See `LinearOrder`.

    Returns
    -------
    callable
        Decorator that hands the function back.
    """

    def enter(order: OrderFunction) -> OrderFunction:
        own = signature(order).parameters.values()
        parameters = {p.name: p.default for p in own if p.kind is Parameter.KEYWORD_ONLY}
        _ORDERS[name] = LinearOrder(name, paper, order, parameters)
        return order

    return enter


def linear_orders() -> dict[str, LinearOrder]:
    """All orders of this folder by name."""
    package = __name__.rpartition(".")[0]
    for module in iter_modules(import_module(package).__path__):
        import_module(f"{package}.{module.name}")
    return dict(sorted(_ORDERS.items()))


def linear_order(name: object, **parameters: Any) -> LinearOrder:
    """Find an order.

    Parameters
    ----------
    name : str
        A key of `linear_orders`.
    **parameters : object
        Those that it will be given.

    Returns
    -------
    LinearOrder

    Raises
    ------
    ValueError
        If the name or a parameter is unknown.
    """
    known = linear_orders()
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"method={name!r} is unknown; use one of {', '.join(known)}")
    order = known[name]
    strangers = set(parameters) - set(order.parameters)
    if strangers:
        raise ValueError(
            f"method={name!r} takes no {', '.join(sorted(strangers))}; it takes "
            f"{', '.join(order.parameters) or 'no parameters'}"
        )
    return order
