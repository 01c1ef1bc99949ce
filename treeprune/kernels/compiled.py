"""How every kernel is compiled: in one place, so that all obey the same rules.

Kernels hold no lock of the interpreter (threads run side by side) and are kept on disk once compiled.
None uses numba's own threads: their layers abort when two threads of the caller meet, or kill a forked
child. `treeprune.kernels.threads` runs kernels side by side instead.

What a kernel can do without, it is compiled without: that is a quarter of the cost.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from numba import njit
from numba.core import compiler

from treeprune.kernels.disk_cache import DiskCache

F = TypeVar("F", bound=Callable[..., Any])

_NumbaCompiler: Any = compiler.Compiler  # untyped, and strict typing forbids to call what is

# nobody calls a kernel from C: the entrance for that is a tenth of the cost of compiling
_COMMON: dict[str, Any] = {"nogil": True, "no_cfunc_wrapper": True}
# nobody counts who holds an array; an array that is made all the same is an error when it is compiled
_UNCOUNTED: dict[str, Any] = {"_nrt": False}

_MANY_OBJECTS = 1_000_000


class _Compiler(_NumbaCompiler):
    """numba's compiler, with the garbage left lying until it is done.

    It makes objects by the hundred thousand and drops few, so that looking for unused ones, over and
    over among all that the process holds, took an eighth of its time. Other threads still get their
    garbage collected, only later.
    """

    def compile_extra(self, func: Any) -> Any:
        before = gc.get_threshold()
        if 0 < before[0] < _MANY_OBJECTS:  # 0 stands for never
            gc.set_threshold(_MANY_OBJECTS, *before[1:])
        try:
            return super().compile_extra(func)
        finally:
            gc.set_threshold(*before)


def kernel(function: F) -> F:
    """Compile a function at its first call, and keep the machine code for later processes.

    Parameters
    ----------
    function : callable
        Of arrays and numbers. Other kernels that it calls stand in its module under their own names
        (not behind a dot), so that their changes are seen.

    Returns
    -------
    callable
        Its compiled twin; the function itself stays its `py_func`.

    Notes
    -----
    The code is kept beside the file, or in the user's cache folder where that is read-only, or where
    ``NUMBA_CACHE_DIR`` says. Where nothing can be written (a locked container without a home) each
    process compiles for itself.
    """
    return _kept(function, _COMMON)


def borrower(function: F) -> F:
    """Compile a kernel that makes no array: it works on those of its caller, which outlive it.

    Parameters
    ----------
    function : callable
        As for `kernel`. It calls no kernel that hands back an array: nobody would free it.

    Returns
    -------
    callable
    """
    return _kept(function, _COMMON | _UNCOUNTED)


def part(function: F) -> F:
    """Compile a kernel that makes no array and is called by kernels only, never from Python.

    Parameters
    ----------
    function : callable
        As for `borrower`. Its machine code is kept inside that of its callers.

    Returns
    -------
    callable
    """
    options = _COMMON | _UNCOUNTED | {"no_cpython_wrapper": True}
    compiled: Any = njit(pipeline_class=_Compiler, **options)(function)
    if hasattr(compiled, "_insert"):  # a call from Python must not find the entrance that it lacks
        compiled._insert = lambda *_: None
        compiled._compile_for_args = _refuse
    return compiled


def _refuse(*_: Any, **__: Any) -> Any:
    raise TypeError("only kernels call this; its `py_func` can be called")


def _kept(function: F, options: dict[str, Any]) -> F:
    compiled: Any = njit(pipeline_class=_Compiler, **options)(function)
    if hasattr(compiled, "_cache"):  # else NUMBA_DISABLE_JIT handed back the function
        with suppress(RuntimeError):  # numba found no place to keep it
            compiled._cache = DiskCache(function, options)
    return compiled
