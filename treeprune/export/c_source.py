"""A model as C source for devices."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from treeprune.export.artefact import Artefact
from treeprune.export.c_linear import linear_parts
from treeprune.export.c_links import answer_parts, class_names, class_values
from treeprune.export.c_steps import step_parts
from treeprune.export.c_tables import Dtype, Tables
from treeprune.export.c_text import Words, comment
from treeprune.export.c_trees import tree_parts
from treeprune.export.given import Answer, Given, check_codes
from treeprune.export.inputs import missing_between
from treeprune.export.own_words import own_categories, table_of_codes
from treeprune.export.vocabulary import plain
from treeprune.files import replacing
from treeprune.model.linear import LinearModel

_KINDS = {"float64": "double", "float32": "float"}


@dataclass(frozen=True, eq=False)
class CSource(Artefact):
    """A model in C.

    Parameters
    ----------
    content : bytes
        The source file.
    header : str
        The header file.
    name : str
        What the names of all functions start with.
    dtype : {"float32", "float64"}
    n_features, n_raw, n_answers, n_targets : int
        Numbers in a row, raw outputs, probabilities or numbers, and targets with classes.
    """

    header: str
    name: str
    dtype: Dtype
    n_features: int
    n_raw: int
    n_answers: int
    n_targets: int

    def __str__(self) -> str:
        return self.content.decode()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the source, and the header beside it under the same name with ``.h``.

        Parameters
        ----------
        path : str or path-like
            Ends in ``.c`` or the like.
        """
        path = Path(path)
        if path.suffix == ".h":
            raise ValueError(f"{path} is to hold the source; the header goes beside it")
        super().save(path)
        with replacing(path.with_suffix(".h")) as temporary:
            temporary.write_text(self.header, encoding="ascii")


def to_c(
    model: Any,
    *,
    name: str = "model",
    dtype: Dtype = "float64",
    feature_names: Sequence[str] | None = None,
    codes: bool = False,
) -> CSource:
    """Write a model as C99 source that needs nothing but ``math.h``.

    Parameters
    ----------
    model : fitted model of a registered family, linear model, pipeline, or TreeEnsemble
        Fitted pruners and freezers are looked into. Steps of a pipeline before one of the others are
        SimpleImputer, StandardScaler, RobustScaler, MinMaxScaler and MaxAbsScaler.
    name : str, default="model"
        What the names of all functions and tables start with.
    dtype : {"float64", "float32"}, default="float64"
        ``double`` or ``float``, of inputs and outputs. Thresholds are rounded so that every input of this
        precision goes where the model sends it.
    feature_names : sequence of str, optional
        Shown in a comment. By default the model's own.
    codes : bool, default=False
        Say True where the model numbers categories itself and rows will hold its numbers:
        `treeprune.backends.encode` gives them, `treeprune.export.own_words.own_categories` says which
        stands for what.

    Returns
    -------
    CSource
        With ``model_predict_raw(x, raw)``, and of a classifier ``model_predict_proba(x, share)``,
        ``model_predict(x)``, the place of the likeliest class, and ``model_classes``, the labels as text;
        of several targets ``model_predict(x, place)`` and ``model_classes_0``, ... Of other models
        ``model_predict(x)`` or, with several numbers, ``model_predict(x, answer)``.

    Raises
    ------
    UnsupportedModelError
        If the model is of no supported family, or other steps of a pipeline stand before it.
    ValueError
        If the name cannot be one in C, or the model numbers categories itself and `codes`
        is not set.

    Notes
    -----
    The model is constant tables and one loop; no memory is asked for, nothing is written but the results.
    A split takes 9 bytes (in single precision, up to 65,535 splits and leaves), leaves of the same numbers
    are held once. NaN is missing, and so is what XGBoost's ``missing`` names; it goes where the trees send
    it, also where the native model refuses missing values. In double precision sums are those of the
    model's own raw output, bit for bit where the vendor adds up tree after tree. Do not compile with
    ``-ffast-math``, which knows no NaN.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune.export.c_source import to_c
    >>> X, y = load_iris(return_X_y=True)
    >>> source = to_c(DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y), dtype="float32")
    >>> print(source.header.splitlines()[-7])
    int model_predict(const float *x); /* place of the likeliest class */
    """
    if dtype not in _KINDS:
        raise ValueError(f"dtype must be 'float64' or 'float32', got {dtype!r}")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise ValueError(f"names in C are letters, digits and underscores; {name!r} is not")
    given = Given.of(model)
    read, words, answer = given.read, Words(name, _KINDS[dtype]), given.answer
    names = given.names(feature_names)
    if isinstance(read, LinearModel):
        parts = linear_parts(words, read)
    else:
        check_codes(given, "C source", codes=codes)
        parts = tree_parts(words, read, Tables.of(read, missing_between(given.model, read), dtype))
    if given.before is not None:  # its steps keep the columns and their order
        parts[-1] = parts[-1].replace(f"void {name}_predict_raw(", f"static void {name}_raw_of(")
        parts += step_parts(words, given.before)
        names = names or getattr(given.before, "feature_names_in_", None)
    parts += answer_parts(words, answer)
    labels = class_names(name, answer.classes)
    values = class_values(answer.classes)
    parts += [f"{own} = {value};" for own, value in zip(labels, values, strict=True)]
    public = [*(f"extern {own};" for own in labels), *_prototypes(words, answer)]
    top = comment(_about(given, names, words.kind))
    source = "\n\n".join([top, "#include <math.h>\n#include <stdint.h>", "\n".join(public), *parts])
    sizes = read.n_features, answer.n_raw, answer.n_answers
    header = _header(name, top, public, sizes)
    return CSource(f"{source}\n".encode("ascii"), header, name, dtype, *sizes, len(answer.classes))


def _about(given: Given, names: Sequence[str] | None, kind: str) -> list[str]:
    read = given.read
    if isinstance(read, LinearModel):
        what = f"A linear model of {len(read.used_features())} columns"
    else:
        what = f"A model of {read.n_trees} trees and {read.n_leaves} leaves"
    used = read.used_features().tolist()
    shown = [f"  x[{f}]  {_ascii(names[f])}" for f in used] if names is not None else []
    lines = [f"{what}, written by treeprune.", "", f"A row is {read.n_features} numbers (const {kind} *x),"]
    return [
        *lines,
        "NaN where a value is missing." + (" Those that are looked at:" if shown else ""),
        *shown,
        *_codes(given, names, used),
        "",
        "To compile it with a program of yours: cc -O2 program.c this_file.c -lm (without -ffast-math).",
    ]


def _codes(given: Given, names: Sequence[str] | None, used: list[int]) -> list[str]:
    """Which word is which number, where the model says so and rows hold numbers."""
    if isinstance(given.read, LinearModel) or given.before is not None:
        return []
    shown = names if names is not None else [f"x[{f}]" for f in range(given.read.n_features)]
    lines = table_of_codes(shown, own_categories(given.model), used)
    return ["Categories are numbers:", *(f"  {_ascii(line)}" for line in lines)] if lines else []


def _ascii(text: str) -> str:
    return ascii(plain(text))[1:-1]


def _prototypes(words: Words, answer: Answer) -> list[str]:
    n, classes = answer.n_answers, len(answer.classes)
    found = {"void M_predict_raw(const T *x, T *raw);": f"{answer.n_raw} before the link"}
    if classes:
        found["void M_predict_proba(const T *x, T *share);"] = f"{n} probabilities"
    if classes > 1:
        found["void M_predict(const T *x, int *place);"] = f"{classes} places of the likeliest classes"
    elif classes:
        found["int M_predict(const T *x);"] = "place of the likeliest class"
    elif n > 1:
        found["void M_predict(const T *x, T *answer);"] = f"{n} answers"
    else:
        found["T M_predict(const T *x);"] = "the answer"
    return [f"{words.fill(line)} /* {what} */" for line, what in found.items()]


def _header(name: str, top: str, public: list[str], sizes: tuple[int, int, int]) -> str:
    whole = name.upper()
    named = zip(("N_FEATURES", "N_RAW", "N_ANSWERS"), sizes, strict=True)
    lines = [f"#define {whole}_{what} {size}" for what, size in named]
    guard = f"{whole}_H"
    head = [top, f"#ifndef {guard}", f"#define {guard}", "", *lines, "", *_CPP_BEFORE]
    return "\n".join([*head, *public, *_CPP_AFTER, "", f"#endif /* {guard} */", ""])


_CPP_BEFORE = ("#ifdef __cplusplus", 'extern "C" {', "#endif", "")
_CPP_AFTER = ("", "#ifdef __cplusplus", "}", "#endif")
