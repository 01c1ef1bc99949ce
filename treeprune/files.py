"""Saving without losing: a failed save leaves the old file as it was."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ENDINGS = {"xgboost": (".json", ".ubj"), "lightgbm": (".txt",), "sklearn": (".skops",)}
"""What names of model files end in, by vendor."""

_OTHER_FORMATS = {
    **dict.fromkeys((".pkl", ".pickle", ".joblib", ".dill"), "a pickle"),
    ".onnx": "ONNX",
    ".pmml": "PMML",
    **dict.fromkeys((".h5", ".hdf5"), "HDF5"),
    ".cbm": "CatBoost's format",
    **dict.fromkeys((".pt", ".pth"), "PyTorch's format"),
}


def check_ending(path: str | os.PathLike[str], vendor: str) -> None:
    """Refuse a name that promises another format than a vendor's own.

    Parameters
    ----------
    path : str or path-like
    vendor : str
        Of `ENDINGS`.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> check_ending("model.ubj", "xgboost")
    """
    path = Path(path)
    meant = _OTHER_FORMATS.get(path.suffix.lower())
    if meant is not None:
        raise ValueError(
            f"{path.name} would be taken for {meant}, but the model is saved in its library's own format: "
            f"end the name in {' or '.join(ENDINGS[vendor])}"
        )


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give the name of a temporary file that takes the place of `path` once it is written whole.

    Parameters
    ----------
    path : str or path-like

    Yields
    ------
    pathlib.Path
        Beside `path` and with its suffix. It is removed if the block raises.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp())
    >>> with replacing(folder / "a.txt") as name:
    ...     _ = name.write_text("whole")
    >>> (folder / "a.txt").read_text()
    'whole'
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem}-{secrets.token_hex(8)}{path.suffix}")
    try:
        temporary.touch(exist_ok=False)  # with the rights that any new file has here, unlike tempfile's
    except OSError as error:
        # the caller knows her own file's name, not the temporary one
        raise type(error)(error.errno, error.strerror, str(path)) from error
    try:
        if path.is_file():
            shutil.copymode(path, temporary)
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
