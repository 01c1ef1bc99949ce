"""Model files: every family's own format comes back as it went, other files are refused."""

import os
import pickle
import re

import joblib
import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from tests.backends.families import FAMILIES, pruned
from tests.strategies import random_table
from treeprune import load_model, loading, save_model
from treeprune.exceptions import InvalidModelError, PruningWarning, UnsupportedModelError
from treeprune.formats.skops_archive import TRUSTED

CASES = [
    pytest.param(family, case, id=case.id, marks=[])
    for family in FAMILIES.values()
    for case in family.cases
]


def vendor_of(case):
    return type(case.model).__module__.partition(".")[0]


def strange_types(model):
    """Types that neither skops nor treeprune trusts: those of the test suite itself."""
    skops_io = pytest.importorskip("skops.io")
    strange = set(skops_io.get_untrusted_types(data=skops_io.dumps(model))) - set(TRUSTED)
    assert all(name.startswith("tests.") for name in strange)
    return strange


@pytest.mark.parametrize(("family", "case"), CASES)
@pytest.mark.parametrize("suffix", [".json", ".bin"])
def test_save_and_load(family, case, suffix, tmp_path):
    """A pruned model comes back from its vendor's own file, with the same trees."""
    model, _ = pruned(case.model)
    path = tmp_path / f"model{suffix}"
    if vendor_of(case) not in loading._SAVERS:
        with pytest.raises(UnsupportedModelError, match="its own save_model"):
            save_model(model, path)
        assert not list(tmp_path.iterdir())
        return
    if "_raw_predict" in vars(model):
        with pytest.raises(UnsupportedModelError, match="reference to itself"):
            save_model(model, path)
        return
    if vendor_of(case) == "sklearn" and strange_types(model):  # a class of these tests: skops says so
        save_model(model, path)
        with pytest.raises(UnsupportedModelError, match=strange_types(model).pop()):
            load_model(path)
        return
    if np.isnan(getattr(model, "missing", np.nan)):
        save_model(model, path)
        loaded = load_model(path)
    else:
        with pytest.warns(PruningWarning, match=r"missing=-999"):
            save_model(model, path)
        loaded = load_model(path)
        loaded.missing = model.missing
    assert family.state(loaded) == family.state(model)
    booster = {"xgboost": "Booster", "lightgbm": "Booster"}.get(vendor_of(case))
    assert type(loaded).__name__ in (type(model).__name__.replace("RF", ""), booster)
    if type(loaded) is type(model):
        np.testing.assert_array_equal(family.native(loaded, case.X), family.native(model, case.X))


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    lightgbm = pytest.importorskip("lightgbm")
    X, y = random_table(0)
    model = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1, n_jobs=1).fit(X, y)
    path = tmp_path / "model.txt"
    path.write_text("old")

    def half(model, path):
        path.write_text("half")
        raise OSError("disk full")

    monkeypatch.setitem(loading._SAVERS, "lightgbm", half)
    with pytest.raises(OSError, match="disk full"):
        save_model(model, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", InvalidModelError, "empty"),
        (b"hello", InvalidModelError, "no model that treeprune knows"),
        (b"{", InvalidModelError, None),
        (b"{}", InvalidModelError, None),
        (b"{L", InvalidModelError, None),
        (b"tree\n", InvalidModelError, None),
        (b"tree\nversion=v4\n\xff", InvalidModelError, "UTF-8"),
        (b"PK\x03\x04", InvalidModelError, "zip"),
        (b"\xef\xbb\xbftree\n", InvalidModelError, "byte order mark.*UTF-8 without"),
        ("tree\n".encode("utf-16"), InvalidModelError, "byte order mark.*UTF-8 without"),
        (pickle.dumps([1]), UnsupportedModelError, "pickle"),
    ],
    ids=str,
)
def test_other_files(content, error, words, tmp_path):
    path = tmp_path / "model.txt"
    path.write_bytes(content)
    with pytest.raises(error, match=words) as caught:
        load_model(path)
    assert str(path) in str(caught.value)


def test_what_only_the_vendor_can_judge(tmp_path):
    """Parameters of training are LightGBM's business; its complaint comes out as ours (found by a fuzz)."""
    lightgbm = pytest.importorskip("lightgbm")
    X, y = random_table(0)
    model = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1, n_jobs=1).fit(X, y)
    text = model.booster_.model_to_string()
    assert "[cegb_tradeoff: 1]" in text
    path = tmp_path / "model.txt"
    path.write_text(text.replace("[cegb_tradeoff: 1]", "[cegb_tradeoff: ^]"))
    with pytest.raises(InvalidModelError, match=r"model\.txt: its own library refuses the file: \S"):
        load_model(path)


def test_pickles_are_never_opened(tmp_path):
    class Evil:
        def __reduce__(self):
            return (tmp_path.joinpath("ran").touch, ())

    for compress in (0, 3):
        joblib.dump(Evil(), tmp_path / "model.json", compress=compress)
        with pytest.raises(UnsupportedModelError, match="pickle"):
            load_model(tmp_path / "model.json")
    assert not (tmp_path / "ran").exists()
    with pytest.raises(UnsupportedModelError, match=r"skops\.io\.dump\(model, 'model\.skops'\).*vendor's"):
        load_model(tmp_path / "model.json")


@pytest.mark.parametrize(
    ("name", "words"),
    [("m.pkl", "a pickle"), ("m.JOBLIB", "a pickle"), ("m.onnx", "ONNX"), ("m.h5", "HDF5")],
)
def test_a_name_that_means_another_format_is_refused(name, words, tmp_path):
    X, y = random_table(0)
    model = DecisionTreeClassifier(max_depth=2).fit(X, y)
    with pytest.raises(ValueError, match=rf"{name} would be taken for {words}.*end the name in \.skops"):
        save_model(model, tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_pipes_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(InvalidModelError, match="pipe or a device; copy"):
            load_model(path)
    with pytest.raises(IsADirectoryError):
        load_model(tmp_path)


def test_line_ends_of_windows(tmp_path):
    lightgbm = pytest.importorskip("lightgbm")
    model = lightgbm.LGBMRegressor(n_estimators=2, verbose=-1, n_jobs=1).fit(*random_table(0))
    save_model(model, tmp_path / "model.txt")
    text = (tmp_path / "model.txt").read_bytes()
    (tmp_path / "model.txt").write_bytes(text.replace(b"\n", b"\r\n"))
    with pytest.raises(InvalidModelError, match=r"model\.txt.*line 1: a carriage return: make"):
        load_model(tmp_path / "model.txt")


def test_no_file_and_large_files(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "nothing.json")
    (tmp_path / "large.json").write_bytes(b"{" * 100)
    with pytest.raises(InvalidModelError, match=re.escape("100 bytes, more than max_bytes=99")):
        load_model(tmp_path / "large.json", max_bytes=99)
