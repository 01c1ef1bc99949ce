"""Files of data sets that are not part of this package: found, or downloaded, and always checked."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from treeprune.files import replacing

_SECONDS = 60


class DatasetUnavailableError(OSError):
    """A file is not at hand and cannot be downloaded; the message says how to place it by hand."""


@dataclass(frozen=True)
class SourceFile:
    """A file as its source publishes it.

    Parameters
    ----------
    title : str
    names : tuple of str
        File names that are looked for; a download gets the first.
    url : str
        What is downloaded.
    page : str
        Where a person finds it.
    digests : mapping of str to str
        SHA-256 of every version that is known, and which one it is. The first is the download's.
    """

    title: str
    names: tuple[str, ...]
    url: str
    page: str
    digests: Mapping[str, str]

    @property
    def versions(self) -> str:
        """The known versions, in words."""
        return "; ".join(f"{digest} ({which})" for digest, which in self.digests.items())


def data_folder(data_home: str | os.PathLike[str] | None = None) -> Path:
    """Folder in which files of data sets lie.

    Parameters
    ----------
    data_home : str or path-like, optional

    Returns
    -------
    pathlib.Path
        `data_home`, else what the environment variable ``TREEPRUNE_DATA`` names, else ``treeprune`` in
        scikit-learn's folder for data (``SCIKIT_LEARN_DATA``, by default ``~/scikit_learn_data``).
        It need not exist.
    """
    if data_home is None:
        data_home = os.environ.get("TREEPRUNE_DATA") or None
    if data_home is None:
        data_home = Path(os.environ.get("SCIKIT_LEARN_DATA") or "~/scikit_learn_data") / "treeprune"
    return Path(data_home).expanduser()


def read_source(
    source: SourceFile,
    data_home: str | os.PathLike[str] | None = None,
    *,
    download: bool = True,
    verify: bool = True,
) -> bytes:
    """Content of a file, from the folder or from the source.

    Parameters
    ----------
    source : SourceFile
    data_home : str or path-like, optional
        See `data_folder`.
    download : bool
        Whether to download what does not lie there. A download is checked before it gets its name.
    verify : bool
        Whether a file that lies there must be a known version.

    Returns
    -------
    bytes
        What was checked, not what lies there a moment later.

    Raises
    ------
    ValueError
        If the file that lies there is no known version.
    DatasetUnavailableError
        If there is none and it cannot be had.
    """
    folder = data_folder(data_home)
    wrong: dict[Path, str] = {}
    for path in (folder / name for name in source.names):
        if not path.is_file():
            continue
        content = path.read_bytes()
        digest = sha256(content).hexdigest()
        if digest in source.digests or not verify:
            return content
        wrong[path] = digest
    if wrong:
        found = ", ".join(f"{path} has {digest}" for path, digest in wrong.items())
        raise ValueError(
            f"{source.title}: no known version of the file. Expected SHA-256 "
            f"{source.versions}, but {found}. "
            f"Get it from {source.page}, remove the file to have it downloaded, or say verify=False if you "
            "know that this one is right."
        )
    if not download:
        raise _unavailable(source, folder, "it is not there, and download=False")
    return _download(source, folder)


def _unavailable(source: SourceFile, folder: Path, why: str) -> DatasetUnavailableError:
    return DatasetUnavailableError(
        f"{source.title}: {why}. Get the file from {source.page} (directly: {source.url}) and place it as "
        f"{folder / source.names[0]}; expected SHA-256 {source.versions}. Another folder can be named by "
        "data_home or the environment variable TREEPRUNE_DATA."
    )


def _download(source: SourceFile, folder: Path) -> bytes:
    """Fetch, check, and only then give it its name."""
    try:
        with urllib.request.urlopen(source.url, timeout=_SECONDS) as response:
            content: bytes = response.read()
    except (OSError, ValueError) as error:
        raise _unavailable(source, folder, f"it is not there and the download failed ({error})") from error
    expected = next(iter(source.digests))
    digest = sha256(content).hexdigest()
    if digest != expected:
        raise _unavailable(
            source,
            folder,
            f"the download has SHA-256 {digest} ({len(content)} bytes), so the source has changed or "
            "something stands in the way to it; it was not kept",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(folder / source.names[0]) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise _unavailable(source, folder, f"the download cannot be kept ({error})") from error
    return content
