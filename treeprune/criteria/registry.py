"""Leaf-cost criteria by name: a file in this folder that registers one is all it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules

from treeprune.criteria.leaf_cost import LeafCosts
from treeprune.model.ensemble import Task, TreeEnsemble

CostFunction = Callable[..., LeafCosts]


@dataclass(frozen=True)
class Criterion:
    """A criterion that needs nothing but the training counts in the model.

    Parameters
    ----------
    name : str
    costs : callable
        ``costs(ensemble, **parameters) -> LeafCosts``.
    tasks : tuple of str
        ``"classification"`` and/or ``"regression"``.
    parameters : dict of str to float
        The parameters it takes, with their defaults.
    """

    name: str
    costs: CostFunction
    tasks: tuple[Task, ...]
    parameters: dict[str, float] = field(default_factory=dict)


_CRITERIA: dict[str, Criterion] = {}


def register(
    name: str, tasks: tuple[Task, ...], **parameters: float
) -> Callable[[CostFunction], CostFunction]:
    """Class a function as the cost function of a criterion."""

    def enter(costs: CostFunction) -> CostFunction:
        _CRITERIA[name] = Criterion(name, costs, tasks, parameters)
        return costs

    return enter


def criteria() -> dict[str, Criterion]:
    """All criteria of this folder by name."""
    package = __name__.rpartition(".")[0]
    for module in iter_modules(import_module(package).__path__):
        import_module(f"{package}.{module.name}")
    return dict(sorted(_CRITERIA.items()))


def leaf_costs(name: str, ensemble: TreeEnsemble, **parameters: float) -> LeafCosts:
    """Costs of a criterion for a model.

    Parameters
    ----------
    name : str
        A key of `criteria`.
    ensemble : TreeEnsemble
    **parameters : float
        Those the criterion takes; missing ones have its defaults.

    Returns
    -------
    LeafCosts

    Raises
    ------
    ValueError
        If the name or a parameter is unknown, or the criterion does not fit the model.
    """
    known = criteria()
    if name not in known:
        raise ValueError(f"method={name!r} is unknown; use one of {', '.join(known)}")
    criterion = known[name]
    if ensemble.task not in criterion.tasks:
        fitting = ", ".join(k for k, c in known.items() if ensemble.task in c.tasks)
        raise ValueError(
            f"method={name!r} is defined for {' and '.join(criterion.tasks)} only; for "
            f"{ensemble.task} use one of {fitting}, or CostComplexityPruner"
        )
    strangers = set(parameters) - set(criterion.parameters)
    if strangers:
        raise ValueError(
            f"method={name!r} takes no {', '.join(sorted(strangers))}; it takes "
            f"{', '.join(criterion.parameters) or 'no parameters'}"
        )
    return criterion.costs(ensemble, **(criterion.parameters | parameters))
