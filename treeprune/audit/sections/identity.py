"""Which models these are, and what they were made with."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from treeprune.audit.context import Context
from treeprune.audit.fingerprints import model_fingerprint
from treeprune.audit.parts import Section, Table
from treeprune.pruners.unwrap import bare_model

_PACKAGES = ("numpy", "scipy", "scikit-learn", "numba", "shap")

_DISTRIBUTIONS = {
    "xgboost": ("xgboost", "xgboost-cpu"),
    "lightgbm": ("lightgbm",),
    "catboost": ("catboost",),
    "sklearn": (),
    "treeprune": (),
}
"""Names that a package may have been installed under, by the name it is imported by."""


def identity(context: Context) -> Section:
    """Fingerprints, classes, versions, seeds and the command."""
    pair = context.comparison.pair
    rows: list[tuple[Any, ...]] = []
    both = ((context.before_name, pair.before), (context.after_name, pair.after))
    for name, judged in both:
        print_ = model_fingerprint(judged)
        rows.append((name, family(judged.model), print_.digest or None, print_.of))
    models = Table.of(
        "Both models",
        ("model", "class", "SHA-256", "of what"),
        rows,
        "Two models with the same digest hold the same numbers. Files are not hashed: pickles of equal "
        "models differ.",
    )
    seeds: list[tuple[str, int | None]] = [("comparison", pair.random_state)]
    seeds += [(name, _seed(judged.model)) for name, judged in both]
    if context.pruner is not None:
        seeds.append((type(context.pruner).__name__, _seed(context.pruner)))
    command = context.command
    return Section(
        key="identity",
        part="Description of Modification",
        heading="Identity",
        text=("No command was given to make this report again.",) if command is None else (),
        tables=(
            models,
            Table.of("Software", ("package", "version"), versions(context).items()),
            Table.of("Seeds", ("of", "random_state"), seeds,
                     "A dash: the model has no seed, or none was set."),
        ),
        listings=() if command is None else (("Command", command),),
    )  # fmt: skip


def family(model: Any) -> str:
    """Package and class of a model; of a pipeline, that of its last step too."""
    own = f"{type(model).__module__.partition('.')[0]}.{type(model).__qualname__}"
    steps = getattr(model, "steps", None)
    return f"{own} ending in {family(steps[-1][1])}" if steps else own


def versions(context: Context) -> dict[str, str]:
    """Versions of what the numbers depend on, by name of the package."""
    import treeprune

    found = {"treeprune": treeprune.__version__, "Python": platform.python_version()}
    pair = context.comparison.pair
    roots = {type(bare_model(model)).__module__.partition(".")[0] for model in pair.models}
    names = [*_PACKAGES, *(name for root in sorted(roots) for name in _DISTRIBUTIONS.get(root, (root,)))]
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # one of two names of a package, or a module of the user's own
            continue
    return found


def _seed(model: Any) -> int | None:
    own = getattr(model, "random_state", None)
    return int(own) if isinstance(own, int | np.integer) and not isinstance(own, bool) else None
