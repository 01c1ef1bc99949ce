"""Orders of trees by name: a file in this folder that registers one is all it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from inspect import Parameter, signature
from pkgutil import iter_modules
from typing import Any, Literal

from treeprune.criteria.tree_order.steps import TreeSteps
from treeprune.model.ensemble import Task, TreeEnsemble

Needs = Literal["gram", "votes", "nothing"]

OrderFunction = Callable[..., TreeSteps]


@dataclass(frozen=True)
class TreeOrder:
    """A method that says which trees of an ensemble are kept at each size.

    Parameters
    ----------
    name : str
    needs : {"gram", "votes", "nothing"}
        What `steps` is given: a `Quadratic`, a `TreeVotes`, or the `TreeEnsemble` itself.
    tasks : tuple of str
        Tasks of the models that it is defined for.
    paper : str
        Where it is from.
    steps : callable
        ``steps(statistics, **parameters) -> TreeSteps``.
    parameters : dict of str to object
        The parameters that it takes, with their defaults.
    """

    name: str
    needs: Needs
    tasks: tuple[Task, ...]
    paper: str
    steps: OrderFunction
    parameters: dict[str, Any]


_ORDERS: dict[str, TreeOrder] = {}


def register(
    name: str, *, needs: Needs, tasks: tuple[Task, ...], paper: str
) -> Callable[[OrderFunction], OrderFunction]:
    """Enter a function as an order of trees.

    Parameters
    ----------
    name, needs, tasks, paper
        See `TreeOrder`. Parameters are what the function takes by keyword only.

    Returns
    -------
    callable
        Decorator that hands the function back.
    """

    def enter(steps: OrderFunction) -> OrderFunction:
        own = signature(steps).parameters.values()
        parameters = {p.name: p.default for p in own if p.kind is Parameter.KEYWORD_ONLY}
        _ORDERS[name] = TreeOrder(name, needs, tasks, paper, steps, parameters)
        return steps

    return enter


def tree_orders() -> dict[str, TreeOrder]:
    """All orders of this folder by name."""
    package = __name__.rpartition(".")[0]
    for module in iter_modules(import_module(package).__path__):
        import_module(f"{package}.{module.name}")
    return dict(sorted(_ORDERS.items()))


def check_order(name: object, task: Task) -> TreeOrder:
    """Find an order for models of a task.

    Parameters
    ----------
    name : str
        A key of `tree_orders`.
    task : str

    Returns
    -------
    TreeOrder

    Raises
    ------
    ValueError
        If the name is unknown, or the order is not defined for the task.
    """
    known = tree_orders()
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"method={name!r} is unknown; use one of {', '.join(known)}")
    order = known[name]
    if task not in order.tasks:
        fitting = ", ".join(k for k, o in known.items() if task in o.tasks)
        raise ValueError(
            f"method={name!r} is defined for {' and '.join(order.tasks)} only; for {task} use one "
            f"of {fitting}"
        )
    return order


def tree_order(name: str, ensemble: TreeEnsemble, **parameters: Any) -> TreeOrder:
    """Find an order that is to be used on a model, before any statistics are collected for it.

    Parameters
    ----------
    name : str
        A key of `tree_orders`.
    ensemble : TreeEnsemble
    **parameters : object
        Those that the order will be given.

    Returns
    -------
    TreeOrder

    Raises
    ------
    ValueError
        If the name or a parameter is unknown, or the order is not defined for the model's task.
    """
    order = check_order(name, ensemble.task)
    strangers = set(parameters) - set(order.parameters)
    if strangers:
        raise ValueError(
            f"method={name!r} takes no {', '.join(sorted(strangers))}; it takes "
            f"{', '.join(order.parameters) or 'no parameters'}"
        )
    return order
