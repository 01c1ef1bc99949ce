"""Files are found or downloaded, and never used unchecked. No test here goes to the network."""

import io
import urllib.error
import urllib.request
from hashlib import sha256
from pathlib import Path

import pytest

from treeprune.datasets import DatasetUnavailableError
from treeprune.datasets.source_file import SourceFile, data_folder, read_source

RIGHT, OLD, WRONG = b"a,b\n1,2\n", b"a,b\r\n1,2\r\n", b"<html>not here</html>"


def digest(content):
    return sha256(content).hexdigest()


SOURCE = SourceFile(
    title="Little table",
    names=("little.csv", "other-name.csv"),
    url="https://example.org/little.csv",
    page="https://example.org/little",
    digests={digest(RIGHT): "as the source has it", digest(OLD): "with Windows line ends"},
)


@pytest.fixture(autouse=True)
def network(monkeypatch):
    """What the source answers; every question is kept."""

    class Network:
        answer: bytes | Exception = urllib.error.URLError("no network")
        asked: list[str]

    network = Network()
    network.asked = []

    def urlopen(url, timeout):
        network.asked.append(url)
        assert timeout > 0
        if isinstance(network.answer, Exception):
            raise network.answer
        return io.BytesIO(network.answer)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.delenv("TREEPRUNE_DATA", raising=False)
    monkeypatch.delenv("SCIKIT_LEARN_DATA", raising=False)
    return network


@pytest.mark.parametrize("content", [RIGHT, OLD])
@pytest.mark.parametrize("name", SOURCE.names)
def test_a_known_file_is_used_as_it_lies_there(tmp_path, network, content, name):
    (tmp_path / name).write_bytes(content)
    assert read_source(SOURCE, tmp_path) == content
    assert network.asked == []


def test_a_wrong_file_is_refused_and_left_alone(tmp_path, network):
    path = tmp_path / "little.csv"
    path.write_bytes(WRONG)
    network.answer = RIGHT
    with pytest.raises(ValueError, match="Little table: no known version of the file") as error:
        read_source(SOURCE, tmp_path)
    words = str(error.value)
    assert all(d in words for d in (digest(RIGHT), digest(OLD), digest(WRONG)))
    assert str(path) in words
    assert "https://example.org/little" in words
    assert path.read_bytes() == WRONG
    assert network.asked == []
    assert read_source(SOURCE, tmp_path, verify=False) == WRONG


def test_a_right_file_beside_a_wrong_one(tmp_path):
    (tmp_path / "little.csv").write_bytes(WRONG)
    (tmp_path / "other-name.csv").write_bytes(RIGHT)
    assert read_source(SOURCE, tmp_path) == RIGHT


def test_a_download_is_checked_and_kept(tmp_path, network):
    network.answer = RIGHT
    folder = tmp_path / "new" / "folder"
    assert read_source(SOURCE, folder) == RIGHT
    assert [path.name for path in folder.iterdir()] == ["little.csv"]
    assert (folder / "little.csv").read_bytes() == RIGHT
    assert network.asked == [SOURCE.url]
    network.answer = urllib.error.URLError("gone")
    assert read_source(SOURCE, folder) == RIGHT


@pytest.mark.parametrize("answer", [WRONG, RIGHT[:-3], OLD, b""])
@pytest.mark.parametrize("verify", [True, False])
def test_a_download_of_something_else_is_not_kept(tmp_path, network, answer, verify):
    network.answer = answer
    with pytest.raises(DatasetUnavailableError, match=digest(answer)):
        read_source(SOURCE, tmp_path, verify=verify)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "failure", [urllib.error.URLError("no network"), TimeoutError("too slow"), ConnectionResetError()]
)
def test_offline_one_error_says_everything(tmp_path, network, failure):
    network.answer = failure
    with pytest.raises(OSError, match="Little table: it is not there and the download failed") as error:
        read_source(SOURCE, tmp_path)
    assert type(error.value) is DatasetUnavailableError
    for word in (SOURCE.url, SOURCE.page, str(tmp_path / "little.csv"), digest(RIGHT), "TREEPRUNE_DATA"):
        assert word in str(error.value)


def test_without_download_nobody_is_asked(tmp_path, network):
    with pytest.raises(DatasetUnavailableError, match="download=False"):
        read_source(SOURCE, tmp_path, download=False)
    assert network.asked == []


def test_a_folder_that_cannot_be_made(tmp_path, network):
    network.answer = RIGHT
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatasetUnavailableError, match="the download cannot be kept"):
        read_source(SOURCE, tmp_path / "file")


def test_where_files_are_looked_for(monkeypatch, tmp_path):
    assert data_folder() == Path("~/scikit_learn_data/treeprune").expanduser()
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "sk"))
    assert data_folder() == tmp_path / "sk" / "treeprune"
    monkeypatch.setenv("TREEPRUNE_DATA", str(tmp_path / "tp"))
    assert data_folder() == tmp_path / "tp"
    assert data_folder(str(tmp_path)) == tmp_path
    assert data_folder("~/x") == Path("~/x").expanduser()
    assert list(tmp_path.iterdir()) == []
