"""A failed save leaves the old file and nothing beside it."""

import os
from pathlib import Path

import pytest

from treeprune import files
from treeprune.files import replacing


@pytest.fixture
def old(tmp_path) -> Path:
    path = tmp_path / "model.joblib"
    path.write_bytes(b"old")
    return path


def only(path: Path) -> bytes:
    """Content of a file that must be alone in its folder."""
    assert list(path.parent.iterdir()) == [path]
    return path.read_bytes()


@pytest.mark.parametrize("exists", [True, False])
def test_a_whole_file_takes_the_place_of_the_old_one(tmp_path, exists):
    path = tmp_path / "model.joblib"
    if exists:
        path.write_bytes(b"old and longer")
    with replacing(path) as temporary:
        assert temporary.parent == path.parent
        assert temporary.suffix == ".joblib"
        temporary.write_bytes(b"new")
        assert path.exists() == exists
    assert only(path) == b"new"


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt(), SystemExit(3)], ids=repr)
def test_a_write_that_fails_half_way(old, error):
    def write():
        with replacing(old) as temporary:
            temporary.write_bytes(b"half of the n")
            raise error

    with pytest.raises(type(error)):
        write()
    assert only(old) == b"old"


@pytest.mark.parametrize("name", ["fsync"])
def test_a_disk_that_fails_after_the_write(old, monkeypatch, name):
    def fail(*args):
        raise OSError("no space left on device")

    monkeypatch.setattr(files.os, name, fail)

    def write():
        with replacing(old) as temporary:
            temporary.write_bytes(b"new")

    with pytest.raises(OSError, match="no space left"):
        write()
    assert only(old) == b"old"


def test_a_target_that_cannot_be_replaced(tmp_path):
    folder = tmp_path / "taken"
    (folder / "inside").mkdir(parents=True)

    def write():
        with replacing(folder) as temporary:
            temporary.write_bytes(b"new")

    with pytest.raises(OSError, match="taken"):
        write()
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_that_does_not_exist(tmp_path):
    path = tmp_path / "nowhere" / "a.txt"
    with pytest.raises(FileNotFoundError) as caught, replacing(path):
        raise AssertionError("the block must not run")
    assert caught.value.filename == str(path)
    assert list(tmp_path.iterdir()) == []


def test_data_reach_the_disk_before_the_name_changes(old, monkeypatch):
    seen = []
    sync = os.fsync
    monkeypatch.setattr(files.os, "fsync", lambda handle: (seen.append(old.read_bytes()), sync(handle)))
    with replacing(str(old)) as temporary:
        temporary.write_bytes(b"new")
    assert seen == [b"old"]
    assert only(old) == b"new"


def test_a_new_file_may_be_read_by_whom_the_umask_says(tmp_path):
    plain, path = tmp_path / "plain", tmp_path / "a.txt"
    plain.write_bytes(b"")
    with replacing(path) as temporary:
        temporary.write_bytes(b"new")
    assert path.stat().st_mode == plain.stat().st_mode


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_the_rights_of_the_old_file_stay(old, mode):
    old.chmod(mode)
    with replacing(old) as temporary:
        temporary.write_bytes(b"new")
    assert old.stat().st_mode & 0o777 == mode
