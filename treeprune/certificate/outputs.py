"""What is compared: outputs, their names, and links as growing functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from treeprune.certificate.result import Extreme, OutputChange
from treeprune.domain.domain import Domain
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.links import answers
from treeprune.model.traverse import raw_output
from treeprune.pruners.unwrap import native_of


def matched(before: Any, after: Any, domain: Domain, on: str) -> tuple[TreeEnsemble, TreeEnsemble, Domain]:
    """The trees of both models, and the domain in their order of columns.

    Parameters
    ----------
    before, after : object
        Native models, or ensembles.
    domain : Domain
    on : str

    Returns
    -------
    before, after : TreeEnsemble
    domain : Domain

    Raises
    ------
    ValueError
        If they do not belong together.
    """
    if not isinstance(domain, Domain):
        raise ValueError(
            f"domain must be a Domain, got {type(domain).__name__}; Domain.from_data makes one"
        )
    e, f = (x if isinstance(x, TreeEnsemble) else native_of(x).trees() for x in (before, after))
    if e.n_features != f.n_features:
        raise ValueError(
            f"the models look at {e.n_features} and {f.n_features} columns; they must be the same"
        )
    names = [x.feature_names for x in (e, f) if x.feature_names is not None]
    if len(names) == 2 and names[0] != names[1]:
        raise ValueError(f"the models' columns have other names: {list(names[0])}, {list(names[1])}")
    same_classes = len(e.classes) == len(f.classes) and all(map(np.array_equal, e.classes, f.classes))
    if e.columns != f.columns or not same_classes:
        raise ValueError("the models do not predict the same thing: they have other outputs or classes")
    if on != "raw" and (e.link, e.link_scale) != (f.link, f.link_scale):
        raise ValueError(
            f"the models' raw outputs mean other things ({e.link} and {f.link} links): only on='raw' "
            "compares them"
        )
    if on == "probability" and not _has_probabilities(e):
        raise ValueError("the models give no probabilities; on='answer' compares what they answer")
    return e, f, _in_order(domain, e, names[0] if names else None)


def _has_probabilities(e: TreeEnsemble) -> bool:
    if e.link in ("logit", "softmax"):
        return True
    return e.task == "classification" and e.link == "identity" and not e.boosted


def _in_order(domain: Domain, e: TreeEnsemble, names: tuple[str, ...] | None) -> Domain:
    if len(domain.columns) != e.n_features:
        raise ValueError(f"the domain has {len(domain.columns)} columns, the models have {e.n_features}")
    if names is None or domain.names == names:
        return domain
    if sorted(domain.names) == sorted(names):
        return replace(domain, columns=tuple(domain[name] for name in names))
    nameless = tuple(f"x[{j}]" for j in range(e.n_features))
    # LightGBM puts underscores for blanks; and where one side has no names of its own, places decide
    plain = tuple(name.replace(" ", "_") for name in domain.names)
    made_up = all(name in (f"Column_{j}", f"f{j}", f"x{j}", str(j)) for j, name in enumerate(names))
    if domain.names == nameless or plain == names or made_up:
        return domain
    raise ValueError(f"the domain's columns are {list(domain.names)}, those of the models {list(names)}")


def output_names(e: TreeEnsemble) -> list[str]:
    """Name of each output column: a class, or which output it is where there are several."""
    if e.task != "classification":
        return [""] if e.n_columns == 1 else [f"output {k}" for k in range(e.n_columns)]
    names = []
    for k, (labels, n) in enumerate(zip(e.classes, e.columns, strict=True)):
        own = [str(label) for label in (labels if len(labels) == n else labels[-n:])]
        names += own if len(e.columns) == 1 else [f"target {k}: {label}" for label in own]
    return names


def growing_link(e: TreeEnsemble) -> tuple[Callable[[Array], Array], int]:
    """The link of each column as a growing function, and -1 where the link is minus that function.

    Parameters
    ----------
    e : TreeEnsemble
        Of a link that looks at one column alone.

    Returns
    -------
    h : callable
    sign : int
    """
    flat = replace(e, task="regression", classes=())  # two classes of one column would be two answers
    sign = -1 if (e.link == "isolation") != (e.link_scale < 0) else 1

    def h(raw: Array) -> Array:
        return sign * answers(flat, raw[:, None])[:, 0]

    return h, sign


def change_by_odds(
    e: TreeEnsemble, f: TreeEnsemble, outputs: tuple[OutputChange, ...]
) -> tuple[OutputChange, ...]:
    """Changes of probabilities behind a softmax from those of raw outputs.

    The log odds of a class against all others move by no more than its raw output and the one that moves
    most the other way do together; log odds that move by d move a probability by tanh(d / 4) at most.

    Parameters
    ----------
    e, f : TreeEnsemble
    outputs : tuple of OutputChange
        Of the raw output columns.

    Returns
    -------
    tuple of OutputChange
        Bounds hold, and are not exact. What is reached is the most at any row that `outputs` found.
    """
    rows = np.array([x.row for o in outputs for x in (o.rise, o.fall)])
    before, after = (answers(m, raw_output(m, rows.astype(m.input_dtype), n_jobs=1)) for m in (e, f))
    moved, found = after - before, []
    for target in range(len(e.columns)):
        own = range(*e.target_columns(target).indices(e.n_columns))
        for k in own:
            highest = max((outputs[i].rise.bound for i in own if i != k), default=0.0)
            lowest = min((outputs[i].fall.bound for i in own if i != k), default=0.0)
            up, down = (
                math.tanh(max(0.0, abs(e.link_scale) * d) / 4) + 1e-12
                for d in (outputs[k].rise.bound - lowest, highest - outputs[k].fall.bound)
            )
            top, bottom = int(moved[:, k].argmax()), int(moved[:, k].argmin())
            found.append(
                OutputChange(
                    outputs[k].name,
                    _reached(outputs[k].rise, up, moved[top, k], rows[top]),
                    _reached(outputs[k].fall, -down, moved[bottom, k], rows[bottom]),
                )
            )
    return tuple(found)


def _reached(raw: Extreme, bound: float, reached: float, row: Array) -> Extreme:
    return replace(raw, bound=bound, reached=float(reached), row=tuple(row.tolist()), exact=False)
