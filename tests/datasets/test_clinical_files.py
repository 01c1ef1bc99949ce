"""Cleveland and SUPPORT2, read from their files."""

from hashlib import sha256
from io import BytesIO

import numpy as np
import pandas as pd
import pytest

from tests.datasets.tables import FILES, load
from tests.test_demo import LEAKS, ROOT
from tests.test_demo_tables import TABLES
from treeprune.datasets import cleveland, diabetes_130, load_cleveland, load_support2, support2


def content(name):
    load(name)  # skips where the file is not there
    return (TABLES / FILES[name]).read_bytes()


# ---------------------------------------------------------------------------- Cleveland
def test_cleveland_against_the_lines_of_the_file():
    data = load("cleveland")
    lines = [line.split(",") for line in content("cleveland").decode().split()]
    assert [int(line[13]) > 0 for line in lines] == (data.y == 1).tolist()
    assert data.y.sum() == 139
    for k, name in enumerate(cleveland._COLUMNS[:13]):
        written = [line[k] for line in lines]
        assert data.X[name].isna().tolist() == [value == "?" for value in written]
        if name not in cleveland._WORDS:
            assert [float(v) for v in written if v != "?"] == data.X[name].dropna().tolist()
    assert data.X["sex"].tolist() == ["male" if line[1] == "1.0" else "female" for line in lines]
    assert (data.X["thal"] == "reversible defect").sum() == sum(line[12] == "7.0" for line in lines)


def test_the_known_copy_differs_from_the_file_of_uci_in_two_outcomes_alone():
    """Ten in place of one: with that undone the file has the checksum of the original."""
    copy = content("cleveland")
    original = copy.replace(b",10\n", b",1\n")
    assert sha256(original).hexdigest() == next(iter(cleveland.FILE.digests))
    if copy != original:
        assert sha256(copy).hexdigest() == list(cleveland.FILE.digests)[1]
        lines = copy.split(b"\n")
        assert [k for k, line in enumerate(lines, 1) if line.endswith(b",10")] == [299, 302]


def test_both_versions_are_the_same_data_set(tmp_path):
    original = content("cleveland").replace(b",10\n", b",1\n")
    (tmp_path / "processed.cleveland.data").write_bytes(original)
    X, y = load_cleveland(return_X_y=True, data_home=tmp_path, download=False)
    pd.testing.assert_frame_equal(X, load("cleveland").X)
    pd.testing.assert_series_equal(y, load("cleveland").y)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"<html>", "holds no table of numbers"),
        (b"", "holds no table of numbers"),
        (b"1,2,3\n", "must have 303 rows and 14 columns, got 1 and 3"),
        (b"63.0,1.0,1.0,1,2,1,2,1,0,2,3,0,6.0,?\n" * 303, "lacks outcomes"),
        (b"63.0,1.0,9.0,1,2,1,2,1,0,2,3,0,6.0,0\n" * 303, "column 'cp' holds 9.0, which nobody knows"),
    ],
)
def test_other_tables_are_refused_even_unverified(tmp_path, text, message):
    (tmp_path / "cleveland.data").write_bytes(text)
    with pytest.raises(ValueError, match=message):
        load_cleveland(data_home=tmp_path, verify=False)


# ---------------------------------------------------------------------------- SUPPORT2
@pytest.fixture(scope="module")
def raw():
    return pd.read_csv(BytesIO(content("support2")))


@pytest.mark.parametrize("target", ["hospdead", "death"])
def test_support2_against_the_file(raw, target):
    data = load_support2(target=target, data_home=TABLES, download=False)
    np.testing.assert_array_equal(data.y, raw[target])
    assert data.y.name == target
    known = {*data.X.columns, *data.excluded, target, raw.columns[0]}
    assert known == set(raw.columns)  # every column of the file is in X, or somebody said why not
    assert data.X.shape == (9105, 26)
    for name in data.X:
        column = data.X[name]
        same = column.astype(object) if column.dtype == "category" else column
        assert same.dropna().tolist() == raw[name].dropna().tolist()
        assert column.isna().sum() == raw[name].isna().sum()
    assert data.card.target.startswith(f"{target}: 1 = ")
    assert ("hospdead" if target == "death" else "death") in data.excluded


def test_what_is_left_out_is_what_the_documentation_leaves_out():
    assert set(load("support2").excluded) == set(LEAKS.split(","))


def test_words_stand_in_their_order():
    X = load("support2").X
    assert X["income"].cat.categories.tolist() == ["under $11k", "$11-$25k", "$25-$50k", ">$50k"]
    assert X["ca"].cat.categories.tolist() == ["no", "yes", "metastatic"]
    follows = X.groupby("dzgroup", observed=True)["dzclass"].nunique()
    assert (follows == 1).all()  # as the card says


@pytest.mark.parametrize("target", ["d.time", "", None])
def test_other_targets_are_refused(target):
    with pytest.raises(ValueError, match="target must be 'hospdead' or 'death'"):
        load_support2(target=target)


def test_other_files_are_refused_even_unverified(tmp_path):
    path = tmp_path / "support2.csv"
    for text, message in (
        (b"", "holds no table"),
        (b"age,sex\n1,male\n", "has no column edu, num.co"),
        (b"\xff\xfe\xff", "holds no table"),
    ):
        path.write_bytes(text)
        with pytest.raises(ValueError, match=message):
            load_support2(data_home=tmp_path, verify=False)


def test_parts_of_support2_are_refused(raw, tmp_path):
    part = raw.head(50)
    part.to_csv(tmp_path / "support2.csv", index=False)
    with pytest.raises(ValueError, match="no known version of the file"):
        load_support2(data_home=tmp_path)
    with pytest.raises(ValueError, match="must have 9105 rows, got 50"):
        load_support2(data_home=tmp_path, verify=False)
    raw.assign(death=2).to_csv(tmp_path / "support2.csv", index=False)
    with pytest.raises(ValueError, match="column 'death' of SUPPORT2 must hold 0 and 1 alone"):
        load_support2(data_home=tmp_path, verify=False)


def test_checksums_stand_in_the_documentation():
    text = (ROOT / "datasets" / "README.md").read_text(encoding="utf-8")
    for file in (cleveland.FILE, support2.FILE, diabetes_130.FILE):
        for digest in file.digests:
            assert len(bytes.fromhex(digest)) == 32
        assert f"| `{file.names[0]}` | [" in text
        assert f"| `{next(iter(file.digests))}` |" in text
        assert file.url.startswith("https://archive.ics.uci.edu/")
