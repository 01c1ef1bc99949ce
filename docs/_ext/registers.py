"""A page of all that can be asked for by name, from the registers that the code itself looks into."""

import importlib
import inspect
from typing import Any

from sklearn.utils import all_estimators

from treeprune.backends.registry import backends
from treeprune.criteria.linear_projection.registry import linear_orders
from treeprune.criteria.registry import criteria
from treeprune.criteria.tree_order.registry import tree_orders
from treeprune.evidence.gates import GATES
from treeprune.exceptions import UnsupportedModelError
from treeprune.faithfulness.registry import metrics
from treeprune.pruners.native import predicted_task
from treeprune.sampling.registry import samplers
from treeprune.search.limits import Limits
from treeprune.search.registry import STRATEGIES, Setting

HEAD = """# Names you can ask for

Made from the registers of the code at each build: what stands here is there.
[Supported models](../supported-models.md) says what each family can do.
"""


def _table(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [titles, tuple("---" for _ in titles), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def _about(thing: Any) -> str:
    """First sentence of a docstring."""
    return (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")


def _parameters(given: dict[str, Any]) -> str:
    return ", ".join(f"`{name}={value}`" for name, value in given.items()) or "none"


def _estimator(name: str) -> Any:
    """An estimator of a registered class with default parameters, None for rankers and what has none."""
    package, _, cls = name.partition(":")
    if package == "sklearn":
        return dict(all_estimators())[cls]()
    try:
        made = getattr(importlib.import_module(package), cls)()
    except (ImportError, AttributeError, TypeError):  # not installed, Dask's own, or of no use unfitted
        return None
    return made if hasattr(made, "fit") and not cls.endswith("Ranker") else None


def _fits(strategy: str, estimator: Any) -> str:
    limits = Limits(features=5) if strategy == "features" else Limits()
    try:
        predicted_task(estimator)
        STRATEGIES[strategy].refuse(Setting(estimator, frozen=False, limits=limits, n_targets=1))
    except UnsupportedModelError:
        return "no"
    return "yes"


def _fitting() -> str:
    """Strategies that fit each class of trees."""
    names = [name for name in STRATEGIES if name not in ("linear", "l1", "distil")]
    rows = []
    for family in sorted(backends()):
        estimator = _estimator(family)
        if estimator is not None:
            rows.append((f"`{type(estimator).__name__}`", *(_fits(name, estimator) for name in names)))
    return _table(("class", *(name.replace("_", " ") for name in names)), rows)


def page() -> str:
    """The whole page."""
    costs = [
        (f"`{c.name}`", " and ".join(c.tasks), _parameters(c.parameters), _about(c.costs))
        for c in criteria().values()
    ]
    orders = [
        (f"`{o.name}`", " and ".join(o.tasks), _parameters(o.parameters), o.paper)
        for o in tree_orders().values()
    ]
    linear = [(f"`{o.name}`", _parameters(o.parameters), o.paper) for o in linear_orders().values()]
    judged = [
        (f"`{m.name}`", "two models" if m.pair else "one model", ", ".join(m.kinds), _about(m.compute))
        for m in metrics().values()
    ]
    bars = [(g.name, f"{g.passes:g}", f"{g.warns:g}", g.words) for g in GATES]
    draws = [(f"`{name}`", _about(fit)) for name, fit in samplers().items()]
    tries = [(f"`{name}`", "yes" if s.usual else "when asked for") for name, s in STRATEGIES.items()]
    parts = [
        HEAD,
        "## Which pruning fits which model\n\nA fresh estimator of each class that is installed where this "
        "page was made is shown to the strategies of the search. Rankers fit none.\n",
        _fitting(),
        '\n## Criteria of leaves\n\n`ErrorBasedPruner(method="...")`\n',
        _table(("name", "for", "parameters", "a leaf costs"), costs),
        '\n## Orders of trees\n\n`TreeCountPruner(method="...")`\n',
        _table(("name", "for", "parameters", "source"), orders),
        '\n## Orders of columns in a linear model\n\n`LinearModelPruner(method="...")`\n',
        _table(("name", "parameters", "source"), linear),
        '\n## Strategies of a search\n\n`PruningSearchCV(strategies=["..."])`, `prune(method="...")`\n',
        _table(("name", "tried by auto, where it fits"), tries),
        "\n## Metrics\n\n`compare` shows those that suit the models.\n",
        _table(("name", "about", "kinds of model", "meaning"), judged),
        "\n## Gates\n\n`gate(comparison, policy)`. Bars are relative to noise where the comparison was "
        "given `retrain=`; these are the fixed ones.\n",
        _table(("name", "passes at", "warns at", "meaning"), bars),
        '\n## Samplers of synthetic rows\n\n`TreeDistiller(sampler="...")`\n',
        _table(("name", "meaning"), draws),
    ]
    return "\n".join(parts) + "\n"
