"""What a report is given, checked before any long work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sklearn.utils.validation import check_is_fitted

from treeprune.audit.context import Context
from treeprune.audit.roles import data_roles
from treeprune.evidence.comparison import Comparison
from treeprune.evidence.gates import GATES
from treeprune.export.vocabulary import plain
from treeprune.pruners.parameters import check_whole_number


def time_stamp(created: Any) -> str:
    """A time in ISO 8601; now, if it is None.

    Raises
    ------
    TypeError, ValueError
        If it is no time.
    """
    if isinstance(created, str):
        created = datetime.fromisoformat(created)
    if created is None:
        created = datetime.now(UTC)
    if not isinstance(created, datetime):
        raise TypeError(f"created must be a time or its ISO 8601 text, got {created!r}")
    return created.isoformat(timespec="seconds")


def checked_context(comparison: Any, roles: Any, **given: Any) -> Context:
    """Arguments of a report as sections take them.

    Parameters
    ----------
    comparison : Comparison
    roles : mapping or None
    **given
        The other arguments of `treeprune.audit.report.PruningReport`.

    Returns
    -------
    Context

    Raises
    ------
    TypeError, ValueError
        If one is not of its kind, or the roles do not fit the comparison.
    """
    if not isinstance(comparison, Comparison):
        raise TypeError(f"comparison must come from treeprune.compare, got {type(comparison).__name__}")
    least = comparison.pair.min_count
    if comparison.n_rows < least:
        raise ValueError(
            f"{comparison.n_rows} test rows are fewer than min_count={least}: nothing may be shown"
        )
    if given["pruner"] is not None:
        check_is_fitted(given["pruner"])
    for name in ("before_name", "after_name", "command", "intended_use", "author"):
        _check_text(name, given[name], optional=not name.endswith("_name"))
    limits = given["limits"]
    if isinstance(limits, str) or not all(isinstance(limit, str) for limit in limits):
        raise TypeError("limits must be a sequence of texts")
    if given["n_candidates"] is not None:
        check_whole_number("n_candidates", given["n_candidates"], 1)
    if comparison.pair.retrain is not None and (roles is None or isinstance(roles, Mapping)):
        roles = {"train": comparison.pair.retrain[0], **(roles or {})}
    found = data_roles(comparison.pair.X, roles)
    checked = {
        "before_name": plain(given["before_name"]),
        "after_name": plain(given["after_name"]),
        "policy": _policy(given["policy"]),
        "certificate": _certificate(given["certificate"]),
        "limits": tuple(map(_one_line, limits)),
        "command": None
        if given["command"] is None
        else "\n".join(map(plain, given["command"].splitlines())),
        "intended_use": _one_line(given["intended_use"]),
        "author": _one_line(given["author"]),
        "exports": bool(given["exports"]),
    }
    return Context(comparison=comparison, roles=found, tables=dict(roles or {}), **(given | checked))


def _one_line(text: str | None) -> str | None:
    return None if text is None else plain(" ".join(text.split()))


def _check_text(name: str, text: Any, *, optional: bool) -> None:
    if text is None and optional:
        return
    if not isinstance(text, str) or not text.strip():
        raise TypeError(f"{name} must be text, got {text!r}")


def _policy(policy: Any) -> dict[str, Any] | None:
    if policy is None:
        return None
    if not isinstance(policy, Mapping):
        raise TypeError(f"policy must map names of gates to bars, got {type(policy).__name__}")
    known = [gate.name for gate in GATES]
    for name in policy:
        if name not in known:
            raise ValueError(f"there is no gate {name!r}; there are {', '.join(known)}")
    return dict(policy)


def _certificate(certificate: Any) -> dict[str, Any] | None:
    if certificate is None:
        return None
    if not callable(getattr(certificate, "to_dict", None)):
        raise TypeError(f"certificate must have a to_dict method, got {type(certificate).__name__}")
    return dict(certificate.to_dict())
