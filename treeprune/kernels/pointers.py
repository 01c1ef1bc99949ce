"""Pointers into contiguous arrays, for the few loops where a slice costs more than the work.

A slice inside a kernel is an array of its own: numba counts who holds the memory behind it and looks for
negative indices. Around a loop of fifty nanoseconds that doubles the time. A pointer does neither; nor
is it ever checked against bounds, so whoever takes one has to know how far it reaches.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic


def _pointer(typing_context: Any, array: Any, start: Any) -> Any:
    if not isinstance(array, types.Array) or array.layout != "C":
        return None

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = context.make_array(array)(context, builder, arguments[0])
        begin = context.cast(builder, arguments[1], signature.args[1], types.intp)
        return builder.gep(whole.data, [begin])

    made: Any = types.CPointer
    return made(array.dtype)(array, start), build


pointer: Any = intrinsic(_pointer)
"""``pointer(array, start)``: where ``array.reshape(-1)[start]`` of a C-ordered array lies; good while
it lives."""
