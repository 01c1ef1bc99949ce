"""Texts as files."""

from __future__ import annotations

import os

from treeprune.files import replacing


def saved(text: str, path: str | os.PathLike[str] | None) -> str:
    """Write a text to a file, whole or not at all, and hand it back.

    Parameters
    ----------
    text : str
    path : str, path-like or None
        Nothing is written if None.

    Returns
    -------
    str
    """
    if path is not None:
        with replacing(path) as temporary:
            temporary.write_text(text, "utf-8", newline="\n")
    return text
