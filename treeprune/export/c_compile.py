"""Compiling C exports on this machine."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from treeprune.export.c_source import CSource
from treeprune.model.ensemble import Array

_FLAGS = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror")


def compiler() -> str:
    """The machine's C compiler: ``$CC``, or cc, gcc or clang.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    for name in (os.environ.get("CC", ""), "cc", "gcc", "clang"):
        if found := name and shutil.which(name):
            return found
    raise FileNotFoundError(
        "running C needs a compiler, and there is no cc, gcc or clang on the path ($CC)"
    )


class CompiledModels:
    """C exports as one library; a context manager that removes it at the end.

    Parameters
    ----------
    sources : sequence of CSource
        Of different names.
    *flags : str
        For the compiler.
    """

    def __init__(self, sources: Sequence[CSource], *flags: str) -> None:
        self._folder = TemporaryDirectory(prefix="treeprune-c-")
        folder = Path(self._folder.name)
        parts = [str(source) + _loop(source) for source in sources]
        (folder / "models.c").write_text("\n".join(parts), encoding="ascii")
        try:
            _compile(folder, *flags, "-fPIC", "-shared", "models.c", "-o", "models.so", "-lm")
            self._library = ctypes.CDLL(str(folder / "models.so"))
        except BaseException:
            self._folder.cleanup()
            raise

    def __enter__(self) -> CompiledModels:
        return self

    def __exit__(self, *_: Any) -> None:
        self._folder.cleanup()

    def run(self, source: CSource, rows: Array) -> tuple[Array, Array, Array]:
        """Answers of one of the models.

        Parameters
        ----------
        source : CSource
        rows : ndarray, shape (n_rows, n_features)
            Rounded to the source's own precision.

        Returns
        -------
        raw : ndarray, shape (n_rows, n_raw)
        answer : ndarray, shape (n_rows, n_answers)
        place : ndarray of int32, shape (n_rows, n_targets)
            Places of the likeliest classes; nothing of other models.
        """
        if rows.ndim != 2 or rows.shape[1] != source.n_features:
            raise ValueError(f"rows must have {source.n_features} columns, got shape {rows.shape}")
        given = np.ascontiguousarray(rows, source.dtype)
        raw = np.empty((len(rows), source.n_raw), source.dtype)
        answer = np.empty((len(rows), source.n_answers), source.dtype)
        place = np.empty((len(rows), source.n_targets), np.int32)
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in (given, raw, answer, place)]
        getattr(self._library, f"{source.name}_rows")(*pointers, ctypes.c_long(len(rows)))
        return raw, answer, place


def object_bytes(source: CSource, *flags: str) -> int:
    """Bytes of code and constants that a compiler makes of a source.

    Parameters
    ----------
    source : CSource
    *flags : str
        Beside ``-Os``.

    Returns
    -------
    int
        Of the sections that a program loads, without names and the like; by ``size``.
    """
    with TemporaryDirectory(prefix="treeprune-c-") as name:
        folder = Path(name)
        (folder / "model.c").write_bytes(source.content)
        _compile(folder, "-Os", *flags, "-c", "model.c", "-o", "model.o")
        shown = subprocess.run(["size", "model.o"], cwd=folder, capture_output=True, text=True, check=True)
    text, data, bss = shown.stdout.splitlines()[1].split()[:3]
    return int(text) + int(data) + int(bss)


def _compile(folder: Path, *arguments: str) -> None:
    run = subprocess.run(
        [compiler(), *_FLAGS, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise ValueError(f"the C compiler refuses the source: {run.stderr.strip()[:500]}")


def _loop(source: CSource) -> str:
    """Function over all rows of a table."""
    kind = "double" if source.dtype == "float64" else "float"
    m, n, k = source.name, source.n_answers, source.n_targets
    row = f"x + i * {source.n_features}"
    if k == 0:
        said = f"answer[i] = {m}_predict({row})" if n == 1 else f"{m}_predict({row}, answer + i * {n})"
        said += "; (void)place"
    else:
        chosen = f"place[i] = {m}_predict({row})" if k == 1 else f"{m}_predict({row}, place + i * {k})"
        said = f"{m}_predict_proba({row}, answer + i * {n}); {chosen}"
    head = f"void {m}_rows(const {kind} *x, {kind} *raw, {kind} *answer, int *place, long n)"
    return (
        f"\n{head};\n{head}\n{{\n    long i;\n\n    for (i = 0; i < n; i++) {{\n"
        f"        {m}_predict_raw({row}, raw + i * {source.n_raw});\n        {said};\n    }}\n}}\n"
    )
