"""How every kernel is compiled: in one place, so that all obey the same rules.

Kernels hold no lock of the interpreter (threads run side by side) and are kept on disk once compiled.
None uses numba's own threads: their layers abort when two threads of the caller meet, or kill a forked
child. `treeprune.kernels.threads` runs kernels side by side instead.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from numba import njit

from treeprune.kernels.disk_cache import DiskCache

F = TypeVar("F", bound=Callable[..., Any])


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
    # nobody calls a kernel from C: the entrance for that is a tenth of the cost of compiling
    options: dict[str, Any] = {"nogil": True, "no_cfunc_wrapper": True}
    compiled: Any = njit(**options)(function)
    if hasattr(compiled, "_cache"):  # else NUMBA_DISABLE_JIT handed back the function
        with suppress(RuntimeError):  # numba found no place to keep it
            compiled._cache = DiskCache(function)
    return compiled
