"""Machine code kept on disk, where nothing that happens to the files can harm a result.

numba's own cache does most of it, but

- it knows a caller by its own file only: if a kernel that was inlined into it has changed in another
  file (an upgrade of this package), it serves machine code of the old one;
- its files are numbered by an index, and two processes that compile the same kernel for different types
  at once can take the same number: one then runs code that was made for other types;
- a full disk or a damaged file is an error in the middle of the user's call.

Here a file is named by all that its code was made from. There is no index, nothing is ever overwritten
by anything else, and a file that cannot be read or written is only a kernel compiled once more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

import numpy as np
from numba.core import caching, config

_FunctionCache: Any = caching.FunctionCache  # untyped, and strict typing forbids to call what is
_IndexDataCacheFile: Any = caching.IndexDataCacheFile
_CONSTANTS = (bool, int, float, complex, str, bytes, tuple, np.generic)


class DiskCache(_FunctionCache):
    """What numba asks for machine code of one kernel, and gives what it compiled."""

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        super().__init__(function)
        self._options = options
        self._cache_file: Any = _OneFileAKey(self.cache_path, self._impl.filename_base, None)
        self._made_from: str | None = None

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Code for some types, or None."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # whatever a damaged file makes of itself when it is unpickled
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code for some types, if the disk lets us."""
        try:
            super().save_overload(sig, data)
        except OSError:
            return

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        if self._made_from is None:
            # numba itself forgets that code with checks of indices is other code
            digest = hashlib.sha256(repr(getattr(config, "BOUNDSCHECK", None)).encode())
            _add_options(digest, self._options)
            _add_function(digest, self._py_func, set())
            self._made_from = digest.hexdigest()
        return (*super()._index_key(sig, codegen), self._made_from)


class _OneFileAKey(_IndexDataCacheFile):
    def save(self, key: Any, data: Any) -> None:
        self._save_data(self._name(key), (key, data))

    def load(self, key: Any) -> Any:
        try:
            kept, data = self._load_data(self._name(key))
        except OSError:
            return None
        return data if kept == key else None

    def _name(self, key: Any) -> str:
        digest = hashlib.sha256(repr((self._version, key)).encode()).hexdigest()
        return self._data_name_pattern.format(number=int(digest[:16], 16))


def _add_function(digest: Any, function: FunctionType, seen: set[int]) -> None:
    """Add all that numba sees of a function: its code, and globals that it freezes or inlines."""
    if id(function) in seen:
        return
    seen.add(id(function))
    names: list[str] = []
    _add_code(digest, function.__code__, names)
    for name in names:
        value: Any = function.__globals__.get(name)
        if hasattr(value, "py_func"):  # another kernel
            _add_options(digest, value.targetoptions)
            value = value.py_func
        if isinstance(value, FunctionType):
            _add_function(digest, value, seen)
        elif isinstance(value, np.ndarray):
            digest.update(f"{name} {value.dtype} {value.shape}".encode() + value.tobytes())
        elif isinstance(value, _CONSTANTS):
            digest.update(f"{name} {value!r}".encode())


def _add_options(digest: Any, options: dict[str, Any]) -> None:
    """Add how a kernel is compiled."""
    digest.update(repr(sorted(options.items())).encode())


def _add_code(digest: Any, code: CodeType, names: list[str]) -> None:
    digest.update(repr((code.co_code, code.co_names, code.co_varnames, code.co_freevars)).encode())
    names.extend(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _add_code(digest, constant, names)
        else:
            digest.update(repr(constant).encode())
