"""C source: what it is made of, names that mean harm, linear models, and how it is compiled."""

import re
import subprocess

import numpy as np
import pandas as pd
import pytest
import xgboost
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.ensemble import AdaBoostRegressor, ExtraTreesRegressor, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.export.artefacts import has_compiler
from tests.export.helpers import HOSTILE
from treeprune.backends import read
from treeprune.exceptions import UnsupportedModelError
from treeprune.export.c_compile import CompiledModels, compiler, object_bytes
from treeprune.export.c_source import to_c
from treeprune.export.c_text import number, string, whole_type
from treeprune.export.narrow import narrow_cuts
from treeprune.export.parity import check_parity

compiled = pytest.mark.skipif(not has_compiler(), reason="no C compiler")

X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])


@given(st.floats(width=64, allow_nan=False), st.floats(width=32, allow_nan=False))
def test_narrow_cuts_decide_alike(cut, x):
    narrow = narrow_cuts(np.array([cut]), "float32")[0]
    assert narrow.dtype == np.float32
    with np.errstate(over="ignore", under="ignore"):
        near = np.float32(cut)
        beside = [np.nextafter(near, np.float32(side)) for side in (-np.inf, np.inf)]
    for own in (x, near, *beside):
        assert (np.float32(own) <= narrow) == (float(own) <= cut)


@given(st.floats(width=64, allow_nan=False, allow_infinity=False))
def test_literals_read_back(x):
    assert float(number(x, "double")) == x
    with np.errstate(over="ignore"):
        near = np.float32(x)
    if np.isfinite(near):
        text = number(float(near), "float")
        assert text.endswith("f")
        assert np.float32(text[:-1]) == near


def test_types_are_the_smallest():
    assert [whole_type(n) for n in (0, 255, 256, 65535, 65536)] == [
        "uint8_t",
        "uint8_t",
        "uint16_t",
        "uint16_t",
        "uint32_t",
    ]


@compiled
def test_it_asks_for_nothing_but_mathematics(tmp_path):
    model = xgboost.XGBClassifier(n_estimators=3, n_jobs=1).fit(X, Y)
    source = to_c(model, dtype="float32")
    assert re.findall(r"#include (.*)", str(source)) == ["<math.h>", "<stdint.h>"]
    source.save(tmp_path / "model.c")
    assert (tmp_path / "model.h").read_text() == source.header
    assert (tmp_path / "model.c").stat().st_size == source.n_bytes
    subprocess.run([compiler(), "-c", "model.c"], cwd=tmp_path, check=True)
    shown = subprocess.run(
        ["nm", "-u", "model.o"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    outside = {word.strip("_") for word in shown.stdout.split() if word != "U"}
    assert outside <= {"expf", "exp2f", "log1pf", "GLOBAL_OFFSET_TABLE", "stack_chk_fail"}
    with pytest.raises(ValueError, match="is to hold the source"):
        source.save(tmp_path / "model.h")


@compiled
def test_a_program_that_includes_the_header(tmp_path):
    """As a firmware would: two models, one with labels that mean harm."""
    labels = np.array([*HOSTILE[:2], 'a"\\n\n%s??/', "T M_x exp(0)"])[np.arange(150) % 4]
    hostile = DecisionTreeClassifier(random_state=0).fit(X, labels)
    to_c(hostile, name="harm").save(tmp_path / "harm.c")
    names = ["*/ int x; /*", "??/", "\\", "plain"]
    to_c(DecisionTreeRegressor(max_depth=2).fit(X, Y), name="plain", feature_names=names).save(
        tmp_path / "plain.c"
    )
    row = ", ".join(map(repr, X[77].tolist()))
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\n#include "harm.h"\n#include "plain.h"\n#include "plain.h"\n'
        f"int main(void) {{ const double x[HARM_N_FEATURES] = {{{row}}};\n"
        'printf("%s\\n%.17g", harm_classes[harm_predict(x)], plain_predict(x)); return HARM_N_RAW - 4; }\n'
    )
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-Wno-trigraphs"]
    sources = ["main.c", "harm.c", "plain.c", "-lm", "-o", "main"]
    subprocess.run([compiler(), *flags, *sources], cwd=tmp_path, check=True)
    said = subprocess.run([tmp_path / "main"], capture_output=True, check=True).stdout.decode()
    assert said.rpartition("\n")[0] == hostile.predict(X[[77]])[0]
    assert (
        float(said.rpartition("\n")[2]) == DecisionTreeRegressor(max_depth=2).fit(X, Y).predict(X[[77]])[0]
    )


@given(st.text(max_size=12))
def test_strings_hold_what_they_are_given(text):
    literal = string(text)
    assert literal.isascii()
    inside = literal[1:-1]
    assert not re.search(r'["\n?]', inside)
    back = re.sub(r"\\(\d{3})", lambda found: chr(int(found[1], 8)), inside).encode("latin-1")
    assert back.decode("utf-8", "surrogatepass") == text


@compiled
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_linear_models(dtype):
    models = [
        LogisticRegression(max_iter=500).fit(X, NAMES[Y]),
        LogisticRegression().fit(X[:100], Y[:100]),
        LinearRegression().fit(X, Y),
        PoissonRegressor().fit(X, Y),
    ]
    models[1].coef_[0, 2] = 0.0  # is not looked at
    empty = LinearRegression().fit(X, Y)
    empty.coef_ = np.zeros(4)
    models.append(empty)
    sources = [to_c(model, name=f"m{i}", dtype=dtype) for i, model in enumerate(models)]
    rows = X.astype(dtype)
    with CompiledModels(sources) as library:
        for model, source in zip(models, sources, strict=True):
            _, answer, place = library.run(source, rows)
            classes = hasattr(model, "predict_proba")
            native = model.predict_proba(rows) if classes else model.predict(rows)[:, None]
            np.testing.assert_allclose(answer, native, rtol=0, atol=1e-12 if dtype == "float64" else 1e-4)
            if classes:
                assert model.classes_[place[:, 0]].tolist() == model.predict(rows).tolist()
        gap = rows[:1].copy()
        gap[0, 2] = np.nan
        assert np.isfinite(library.run(sources[1], gap)[1]).all()
        with pytest.raises(ValueError, match="4 columns"):
            library.run(sources[0], rows[:, :3])


@compiled
@pytest.mark.parametrize(
    "scaler", [StandardScaler(), RobustScaler(), MinMaxScaler((-1, 2)), MaxAbsScaler()], ids=str
)
def test_pipelines_that_fill_and_scale(scaler):
    """Bit for bit in double precision, so that no scaled number changes sides."""
    holes = np.random.default_rng(0).random(X.shape) < 0.1
    gaps = pd.DataFrame(np.where(holes, np.nan, X), columns=list("abcd"))
    tree = DecisionTreeClassifier(random_state=0)
    model = make_pipeline(SimpleImputer(), scaler, tree).fit(gaps, NAMES[Y])
    source = to_c(model)
    assert "x[3]  d" in str(source)
    parity = check_parity(source, model, gaps)
    assert parity.agrees
    assert parity.max_difference == 0
    linear = make_pipeline(SimpleImputer(), make_pipeline(scaler), LogisticRegression()).fit(gaps, Y)
    for dtype in ("float64", "float32"):
        assert check_parity(to_c(linear, dtype=dtype), linear, gaps).agrees


@compiled
def test_many_splits_have_wide_references():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(3000, 3))
    model = ExtraTreesRegressor(24, random_state=0, n_jobs=1).fit(noise, rng.normal(size=3000))
    assert read(model).n_leaves > 2**16
    source = to_c(model)
    assert "uint32_t model_left" in str(source)
    assert check_parity(source, model, noise[:200]).agrees
    small = to_c(DecisionTreeClassifier(max_depth=3).fit(noise, noise[:, 0] > 0))
    assert "uint8_t model_left" in str(small)


@compiled
def test_leaves_of_the_same_numbers_are_held_once():
    model = RandomForestClassifier(20, random_state=0).fit(X, Y)
    source = to_c(model, dtype="float32")
    n_leaves = read(model).n_leaves
    rows = re.search(r"model_leaf\[\] = \{(.*?)\}", str(source), re.DOTALL)[1].count(",")
    assert rows < 3 * n_leaves / 4
    assert object_bytes(source) < 14 * n_leaves + 2000


@compiled
def test_medians_and_a_row_of_gaps():
    model = AdaBoostRegressor(n_estimators=7, random_state=0).fit(X, Y)
    for dtype in ("float64", "float32"):
        assert check_parity(to_c(model, dtype=dtype), model, X).agrees


def test_what_is_refused():
    model = DecisionTreeClassifier().fit(X, Y)
    for name in ("", "1st", "a-b", "_x", "größe"):
        with pytest.raises(ValueError, match="names in C"):
            to_c(model, name=name)
    with pytest.raises(ValueError, match="dtype must be"):
        to_c(model, dtype="float16")
    with pytest.raises(ValueError, match="1 feature_names for a model of 4"):
        to_c(model, feature_names=["a"])
    for step, words in (
        (PolynomialFeatures(), "no PolynomialFeatures"),
        (MinMaxScaler(clip=True), "clip=True"),
        (SimpleImputer(missing_values=0.0), "numbers for NaN alone"),
        (SimpleImputer(add_indicator=True), "numbers for NaN alone"),
    ):
        with pytest.raises(UnsupportedModelError, match=words):
            to_c(make_pipeline(step, LinearRegression()).fit(X, Y))
    frame = pd.DataFrame({"ward": pd.Categorical(np.where(X[:, 0] > 6, "a", "b"))})
    wards = xgboost.XGBClassifier(n_estimators=1, enable_categorical=True, max_cat_to_onehot=1, n_jobs=1)
    wards.fit(frame, X[:, 0] > 6)
    if hasattr(wards.get_booster(), "get_categories"):
        with pytest.raises(ValueError, match=r"numbers the categories of \['ward'\] itself"):
            to_c(wards)


def test_the_same_model_is_the_same_source():
    model = xgboost.XGBClassifier(n_estimators=3, n_jobs=1).fit(X, Y)
    assert to_c(model).content == to_c(model).content
    assert str(to_c(model)).isascii()


@compiled
def test_a_source_that_is_broken_is_refused_with_the_reason():
    source = to_c(DecisionTreeClassifier().fit(X, Y))
    object.__setattr__(source, "content", source.content.replace(b"return", b"retrun", 1))
    with pytest.raises(ValueError, match="the C compiler refuses the source"):
        check_parity(source, DecisionTreeClassifier().fit(X, Y), X)
