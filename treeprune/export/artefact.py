"""Exports that are files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from treeprune.files import replacing


@dataclass(frozen=True, eq=False)
class Artefact:
    """An export, whole in memory.

    Parameters
    ----------
    content : bytes
        What the file holds.
    """

    content: bytes

    @property
    def n_bytes(self) -> int:
        """Size in bytes."""
        return len(self.content)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it, whole or not at all.

        Parameters
        ----------
        path : str or path-like
            An old file of that name stays as it was until the new one is written.
        """
        with replacing(path) as temporary:
            temporary.write_bytes(self.content)


def needed(package: str, extra: str, what: str) -> Any:
    """Import an optional package.

    Parameters
    ----------
    package : str
    extra : str
        Of treeprune, that installs it.
    what : str
        What needs it.

    Returns
    -------
    module

    Raises
    ------
    ImportError
        If it is not there; says how to install it.
    """
    try:
        return import_module(package)
    except ImportError as error:
        raise ImportError(f'{what} needs {package}: pip install "treeprune[{extra}]"') from error
