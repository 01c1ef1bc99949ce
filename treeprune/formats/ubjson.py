"""UBJSON as XGBoost writes it: the bytes of a model to a document and back, byte for byte.

Typed arrays become numpy arrays without a look at single elements. A number remembers how wide it was
stored, so an untouched document is written as it was read.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from treeprune.exceptions import InvalidModelError

MAX_DEPTH = 64
"""Containers within containers; a model needs about ten."""


class Float32(float):
    """A number stored in single precision, as every lone float of an XGBoost model is."""


class Int8(int):
    """A number stored in one byte with sign."""


class UInt8(int):
    """A number stored in one byte without sign."""


class Int16(int):
    """A number stored in two bytes."""


class Int32(int):
    """A number stored in four bytes."""


class Int64(int):
    """A number stored in eight bytes."""


class Char(int):
    """A number stored as a character, which XGBoost reads as a small integer."""


_DTYPE: dict[bytes, np.dtype[Any]] = {
    b"i": np.dtype("int8"),
    b"U": np.dtype("uint8"),
    b"I": np.dtype(">i2"),
    b"l": np.dtype(">i4"),
    b"L": np.dtype(">i8"),
    b"d": np.dtype(">f4"),
    b"D": np.dtype(">f8"),
}
_MARKER_OF_DTYPE = {dtype.newbyteorder("="): marker for marker, dtype in _DTYPE.items()}

_INTEGER: dict[bytes, tuple[type[int], struct.Struct]] = {
    b"i": (Int8, struct.Struct(">b")),
    b"U": (UInt8, struct.Struct(">B")),
    b"I": (Int16, struct.Struct(">h")),
    b"l": (Int32, struct.Struct(">i")),
    b"L": (Int64, struct.Struct(">q")),
    b"C": (Char, struct.Struct(">b")),
}
_MARKER_OF_TYPE = {kind: marker for marker, (kind, _) in _INTEGER.items()}

_FLOAT: dict[bytes, tuple[type[float], struct.Struct]] = {
    b"d": (Float32, struct.Struct(">f")),
    b"D": (float, struct.Struct(">d")),
}
_CONSTANT = {b"T": True, b"F": False, b"Z": None}
_LENGTH = struct.Struct(">q")


def _own_marker(value: int) -> bytes:
    """Width in which XGBoost stores a lone integer; it leaves out the last number at both ends."""
    for marker, bits in ((b"i", 7), (b"I", 15), (b"l", 31)):
        if -(2**bits) < value < 2**bits - 1:
            return marker
    return b"L"


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.depth = 0

    def fail(self, message: str, at: int | None = None) -> InvalidModelError:
        return InvalidModelError(f"UBJSON, byte {self.at if at is None else at}: {message}")

    def take(self, n: int) -> bytes:
        if n > len(self.data) - self.at:
            raise self.fail(f"the file ends where {n} more bytes are needed")
        piece = self.data[self.at : self.at + n]
        self.at += n
        return piece

    def peek(self) -> bytes:
        return self.data[self.at : self.at + 1]

    def length(self, width: int) -> int:
        """Number of elements that follow, each at least `width` bytes long."""
        start = self.at
        if (marker := self.take(1)) != b"L":
            raise self.fail(f"a length must be a 64-bit integer (L), got {marker!r}", start)
        (n,) = _LENGTH.unpack(self.take(8))
        if not 0 <= n <= (len(self.data) - self.at) // width:
            raise self.fail(
                f"length {n} does not fit into the {len(self.data) - self.at} bytes left", start
            )
        return n

    def string(self) -> str:
        n = self.length(1)
        start = self.at
        try:
            return self.take(n).decode()
        except UnicodeDecodeError as error:
            raise self.fail(f"a text is not UTF-8 ({error.reason})", start + error.start) from None

    def value(self) -> Any:
        start = self.at
        marker = self.take(1)
        if marker in b"{[":
            return self.container(marker, start)
        if marker == b"S":
            return self.string()
        if marker in _CONSTANT:
            return _CONSTANT[marker]
        if marker in _FLOAT:
            as_float, layout = _FLOAT[marker]
            return as_float(layout.unpack(self.take(layout.size))[0])
        if marker in _INTEGER:
            as_integer, layout = _INTEGER[marker]
            (number,) = layout.unpack(self.take(layout.size))
            return number if marker == _own_marker(number) else as_integer(number)
        raise self.fail(f"unknown marker {marker!r}", start)

    def container(self, marker: bytes, start: int) -> Any:
        if self.depth == MAX_DEPTH:
            raise self.fail(f"nested deeper than {MAX_DEPTH}", start)
        self.depth += 1
        result = self.object() if marker == b"{" else self.array()
        self.depth -= 1
        return result

    def object(self) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while self.peek() != b"}":
            start = self.at
            key = self.string()
            if key in result:
                raise self.fail(f"the key {key!r} stands twice in one object", start)
            result[key] = self.value()
        self.at += 1
        return result

    def array(self) -> Any:
        head = self.peek()
        if head == b"$":
            return self.typed_array()
        if head == b"#":
            self.at += 1
            return [self.value() for _ in range(self.length(1))]
        result = []
        while self.peek() != b"]":
            result.append(self.value())
        self.at += 1
        return result

    def typed_array(self) -> np.ndarray[Any, Any]:
        start = self.at
        _, marker, count = (self.take(1) for _ in range(3))
        if marker not in _DTYPE or count != b"#":
            raise self.fail(f"an array of type {marker!r} with head {count!r} is not known", start)
        dtype = _DTYPE[marker]
        n = self.length(dtype.itemsize)
        array = np.frombuffer(self.data, dtype, n, self.at)
        self.at += array.nbytes
        return array.astype(dtype.newbyteorder("="))


def loads(data: bytes) -> dict[str, Any]:
    """Read a document from UBJSON.

    Parameters
    ----------
    data : bytes
        What XGBoost's `save_raw("ubj")` or `save_model("model.ubj")` wrote.

    Returns
    -------
    dict
        Typed arrays are one-dimensional numpy arrays in native byte order, other arrays lists. An integer
        is a plain `int` where XGBoost itself would choose the width it was stored in, else one of this
        module's classes; single precision is `Float32`, double precision a plain `float`.

    Raises
    ------
    InvalidModelError
        The bytes are not one complete document; the message gives the offset.
    """
    reader = _Reader(bytes(data))
    if reader.peek() != b"{":
        raise reader.fail("a model begins with '{'")
    document: dict[str, Any] = reader.value()
    if reader.at != len(reader.data):
        raise reader.fail(f"{len(reader.data) - reader.at} bytes follow the end of the document")
    return document


def dumps(document: dict[str, Any]) -> bytes:
    """Write a document as UBJSON, the inverse of `loads`.

    Parameters
    ----------
    document : dict
        Nested dicts, lists, one-dimensional numeric arrays, texts, booleans, None and numbers. A numpy
        number, and those of this module, keep their width. XGBoost knows no lone double: use `Float32`.

    Returns
    -------
    bytes
        Equal to what `loads` was given, if that came from XGBoost.
    """
    out: list[bytes] = []
    _write(document, out, 0)
    return b"".join(out)


def _write(value: Any, out: list[bytes], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"a document must not be nested deeper than {MAX_DEPTH}")
    if isinstance(value, dict):
        out.append(b"{")
        for key, item in value.items():
            _write_text(key, out)
            _write(item, out, depth + 1)
        out.append(b"}")
    elif isinstance(value, list | tuple):
        out.append(b"[#L" + _LENGTH.pack(len(value)))
        for item in value:
            _write(item, out, depth + 1)
    elif isinstance(value, np.ndarray):
        _write_array(value, out)
    elif isinstance(value, str):
        out.append(b"S")
        _write_text(value, out)
    elif value is None:
        out.append(b"Z")
    else:
        out.append(_number(value))


def _write_text(text: str, out: list[bytes]) -> None:
    coded = text.encode()
    out += (b"L", _LENGTH.pack(len(coded)), coded)


def _write_array(array: np.ndarray[Any, Any], out: list[bytes]) -> None:
    marker = _MARKER_OF_DTYPE.get(array.dtype.newbyteorder("="))
    if marker is None or array.ndim != 1:
        raise TypeError(f"UBJSON holds no array of {array.dtype} with {array.ndim} dimensions")
    out += (b"[$", marker, b"#L", _LENGTH.pack(len(array)), array.astype(_DTYPE[marker]).tobytes())


def _number(value: Any) -> bytes:
    if isinstance(value, bool | np.bool_):
        return b"T" if value else b"F"
    if isinstance(value, np.generic):
        marker = _MARKER_OF_DTYPE.get(value.dtype)
    elif isinstance(value, int):
        marker = _MARKER_OF_TYPE.get(type(value)) or _own_marker(value)
    elif isinstance(value, float):
        marker = b"d" if isinstance(value, Float32) else b"D"
    else:
        marker = None
    if marker is None:
        raise TypeError(f"UBJSON holds no {type(value).__name__}")
    _, layout = _FLOAT.get(marker) or _INTEGER[marker]
    try:
        return marker + layout.pack(value)
    except (struct.error, OverflowError):
        raise ValueError(f"{value!r} is too large for the width it is stored in") from None
