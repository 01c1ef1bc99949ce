"""Which rows were used for what, and that none was used twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from treeprune.audit.fingerprints import Fingerprint, row_hashes, table_fingerprint
from treeprune.model.ensemble import Array

JUDGED = "test"
"""Name of the rows that both models are compared on."""

_KNOWN = ("train", "prune", "select", JUDGED)


@dataclass(frozen=True)
class Overlap:
    """Rows of one role that another one has too.

    Parameters
    ----------
    first, second : str
    n : int
        Rows of the second that are equal to one of the first.
    """

    first: str
    second: str
    n: int


@dataclass(frozen=True)
class DataRoles:
    """All roles, and what they share.

    Parameters
    ----------
    n : dict of str to int
        Rows of each role.
    fingerprint : dict of str to Fingerprint
    overlaps : tuple of Overlap
        Of every pair of roles.
    """

    n: dict[str, int]
    fingerprint: dict[str, Fingerprint]
    overlaps: tuple[Overlap, ...]

    @property
    def judged_are_new(self) -> bool | None:
        """Whether no row of the comparison is equal to one of another role; None if no other is known."""
        own = [o.n for o in self.overlaps if JUDGED in (o.first, o.second)]
        return None if not own else not any(own)


def data_roles(judged: Any, given: Mapping[str, Any] | None) -> DataRoles:
    """Hash the rows of every role and compare.

    Parameters
    ----------
    judged : table, shape (n_rows, n_features)
        Rows of the comparison.
    given : mapping of str to table, or None
        ``"train"``, ``"prune"``, ``"select"``, ``"test"``, with the columns of the comparison.

    Returns
    -------
    DataRoles

    Raises
    ------
    TypeError, ValueError
        If `given` is no mapping of known roles to tables of these columns, or its test rows lack rows of
        the comparison.
    """
    if given is not None and not isinstance(given, Mapping):
        raise TypeError(f"data_roles must map roles to tables, got {type(given).__name__}")
    own = row_hashes(judged)
    hashes = {}
    for name, table in (given or {}).items():
        if name not in _KNOWN:
            raise ValueError(f"there is no role {name!r} of data; there are {', '.join(_KNOWN)}")
        _check_columns(name, table, judged)
        hashes[name] = row_hashes(table)
    if not np.isin(own, hashes.get(JUDGED, own)).all():
        raise ValueError("data_roles['test'] lacks rows that the models were compared on")
    hashes.setdefault(JUDGED, own)
    hashes = {name: hashes[name] for name in _KNOWN if name in hashes}
    return DataRoles(
        n={name: len(each) for name, each in hashes.items()},
        fingerprint={name: table_fingerprint(each) for name, each in hashes.items()},
        overlaps=tuple(_overlap(a, b, hashes) for a, b in combinations(hashes, 2)),
    )


def _overlap(first: str, second: str, hashes: dict[str, Array]) -> Overlap:
    return Overlap(first, second, int(np.isin(hashes[second], hashes[first]).sum()))


def _check_columns(name: str, table: Any, judged: Any) -> None:
    shape = getattr(table, "shape", None) or np.shape(table)
    if len(shape) != 2 or shape[1] != judged.shape[1]:
        raise ValueError(
            f"data_roles[{name!r}] must be a table of the {judged.shape[1]} columns of the comparison, "
            f"got shape {tuple(shape)}"
        )
    named = hasattr(table, "columns") and hasattr(judged, "columns")
    if named and list(map(str, table.columns)) != list(map(str, judged.columns)):
        raise ValueError(f"data_roles[{name!r}] has other columns than the comparison, or another order")
