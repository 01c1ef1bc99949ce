"""Kernels run by Python itself, with every index checked.

Compiled kernels read through pointers that know no end, and count a negative index from the back as
numpy does. Here each kernel runs uncompiled, each pointer knows its array, and each index outside of an
array is an error, a negative one too.
"""

from types import FunctionType
from typing import Any

import numpy as np

from treeprune.kernels import (
    blend,
    columns,
    deep,
    keys,
    packed,
    plain,
    programs,
    ranks,
    sides,
    slots,
    walker,
)

MODULES = (blend, columns, deep, keys, packed, plain, programs, ranks, sides, slots, walker)


class CheckedArray(np.ndarray):
    """Array that refuses negative indices."""

    def _check(self, index: Any) -> None:
        for i in index if isinstance(index, tuple) else (index,):
            if isinstance(i, int | np.integer) and i < 0:
                raise IndexError(f"index {i} is negative")

    def __getitem__(self, index: Any) -> Any:
        self._check(index)
        return super().__getitem__(index)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._check(index)
        super().__setitem__(index, value)


class CheckedPointer:
    """What `treeprune.kernels.pointers.pointer` means: it may point anywhere, but not be read there."""

    def __init__(self, array: np.ndarray, start: int) -> None:
        assert array.flags.c_contiguous
        self._array, self._start = array.reshape(-1), int(start)

    def _at(self, index: Any) -> int:
        at = self._start + int(index)
        if not 0 <= at < len(self._array):
            raise IndexError(f"pointer reaches {at} of {len(self._array)}")
        return at

    def __getitem__(self, index: Any) -> Any:
        return self._array[self._at(index)]

    def __setitem__(self, index: Any, value: Any) -> None:
        self._array[self._at(index)] = value


class CheckedNumpy:
    """Numpy whose new arrays are checked."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(np, name)
        if name in ("empty", "zeros", "ones", "full"):
            return lambda *args: found(*args).view(CheckedArray)
        return found


def in_python(kernel: Any) -> Any:
    """The function behind a kernel, calling other kernels' functions, with every index checked."""
    function = getattr(kernel, "py_func", kernel)
    own = dict(function.__globals__)
    called = FunctionType(function.__code__, own, function.__name__, function.__defaults__)
    for name in function.__code__.co_names:
        if is_kernel(own.get(name)):
            own[name] = in_python(own[name])
    own.update(np=CheckedNumpy(), pointer=CheckedPointer)

    def checked(*args: Any) -> Any:
        return called(*(a.view(CheckedArray) if isinstance(a, np.ndarray) else a for a in args))

    return checked


def is_kernel(thing: Any) -> bool:
    """Whether something was made by `treeprune.kernels.compiled.kernel`."""
    return hasattr(thing, "py_func")


def check_kernels(monkeypatch: Any) -> int:
    """Put checked functions in the place of all kernels of the walk; says how many."""
    n = 0
    for module in MODULES:
        for name, thing in list(vars(module).items()):
            if is_kernel(thing):
                monkeypatch.setattr(module, name, in_python(thing))
                n += 1
    return n
