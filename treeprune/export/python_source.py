"""A model as Python source that needs nothing but Python."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from treeprune.exceptions import UnsupportedModelError
from treeprune.export.inputs import check_categories, missing_between
from treeprune.export.own_words import code_lines, words_of
from treeprune.export.python_parts import LINKS, MEAN, MEDIAN, READ_CODES, READ_ROW, SINGLE
from treeprune.export.questions import Question, as_ensemble, branches, leaf_terms, questions
from treeprune.export.vocabulary import Categories, Vocabulary, used_columns
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.traverse import total_weights

PYTHON_MARK = '"""A model of trees, written by treeprune'

_DEPTH = 20
"""Blocks within each other; Python takes 99."""


def to_python(
    model: Any,
    *,
    feature_names: Sequence[str] | None = None,
    categories: Categories | None = None,
) -> str:
    """Write a model as Python source without dependencies.

    Parameters
    ----------
    model : fitted model of a registered family, or TreeEnsemble
    feature_names : sequence of str, optional
        Keys of a row that is a dict. By default the model's own names.
    categories : mapping, optional
        Column -> names of its codes 0, 1, 2, ..., or code -> name. Rows then hold the names. By default
        those that the model itself knows (LightGBM, XGBoost since 3.1, histogram boosting). A name that is
        not there is missing where the model itself splits by category, as its vendor has it, and an error
        where it splits on numbers.

    Returns
    -------
    str
        A module with ``predict_raw(row)``, ``predict(row)`` and, of a classifier, ``predict_proba(row)``. A
        row is a dict, or a sequence in the model's order of columns; None and NaN are missing. Names are
        data, never code.

    Raises
    ------
    UnsupportedModelError
        If a class label is neither text nor a number.
    ValueError
        If names do not fit the model, or it numbers categories itself and neither it nor `categories` says
        what they are called.

    Notes
    -----
    ``predict_raw`` adds up in the model's own precision and order, so it equals the model's raw output bit
    for bit where the vendor adds up so too. Ties of ``predict`` go to the first class. A missing value goes
    where the trees send it, also where the native model refuses missing values.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune.export.python_source import to_python
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> source = to_python(DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y))
    >>> module = {}
    >>> exec(source, module)
    >>> module["predict"]({**X.iloc[0]})
    0
    """
    e = as_ensemble(model)
    words = words_of(model, e, feature_names=feature_names, categories=categories)
    check_categories(model, e, words)
    rounds = e.output_dtype == "float32" or bool(e.input_dtype == "float32" and _coded(e))
    parts = [_head(e, words, rounds=rounds), _tables(e, words, missing_between(model, e)), READ_ROW]
    if rounds:
        parts.append(SINGLE)
    if _coded(e):
        parts.append(_read_codes(e))
    terms = leaf_terms(e)
    asked = questions(e)
    names = words.names if e.n_trees == 1 else None  # one tree is read, many are run
    for t in range(e.n_trees):
        parts += [_branch(e, asked, terms, names, t, node) for _, node in branches(e, t, _DEPTH)]
    parts += [_all_trees(e), _predict_raw(e), *_answers(e)]
    # names and words hold no line breaks: they are escaped
    source = re.sub(r"\n{4,}", "\n\n\n", "\n\n\n".join(part.strip("\n") for part in parts) + "\n")
    compile(source, "<treeprune>", "exec")
    return source


def _coded(e: TreeEnsemble) -> list[int]:
    return used_columns(e, by_category=True)


def _head(e: TreeEnsemble, words: Vocabulary, *, rounds: bool) -> str:
    rounding = "rounded to single precision" if e.input_dtype == "float32" else "in double precision"
    return (
        f"{PYTHON_MARK}: it needs nothing but Python.\n\n"
        f"Inputs are compared as if {rounding}; the thresholds hold that already.\n"
        + "".join(f"{line}\n" for line in code_lines(e, words))
        + '"""\n\nimport math'
        + ("\nimport struct" if rounds else "")
    )


def _tables(e: TreeEnsemble, words: Vocabulary, coded: tuple[float, float] | None) -> str:
    names = {f: {name: code for code, name in own.items()} for f, own in words.categories.items()}
    lines = [
        f"NAMES = {words.names!a}",
        f"_USED = {tuple(e.used_features().tolist())!r}",
        f"_INFINITE = {e.infinite!r}",
        f"_MISSING = {_span(coded)}",
        f"_WORDS = {names!a}",
        f"_BY_CATEGORY = {frozenset(_coded(e)) or ()!r}",
    ]
    if e.task == "classification":
        lines.append(f"CLASSES = {tuple(tuple(map(_label, own)) for own in e.classes)!a}")
    return "\n".join(lines)


def _span(coded: tuple[float, float] | None) -> str:
    if coded is None:
        return "None"
    low, high = (repr(x) if np.isfinite(x) else f'float("{x}")' for x in coded)
    return f"({low}, {high})"


def _label(label: Any) -> Any:
    own = label.item() if hasattr(label, "item") else label
    if not isinstance(own, str | bool | int | float) or (isinstance(own, float) and not np.isfinite(own)):
        raise UnsupportedModelError(f"the class label {label!r} is neither text nor a number")
    return own


def _read_codes(e: TreeEnsemble) -> str:
    number = "_single(x)" if e.input_dtype == "float32" else "x"
    below = "x <= -1.0" if e.unknown_category == "right" else "x < 0.0"
    return READ_CODES.replace("ROUNDED", number).replace("BELOW", below)


def _left(asked: Question) -> str:
    """What is true where a row goes left."""
    if asked.codes is not None:
        k = f"k[{asked.feature}]"
        known, n = f"{k} in {set(asked.codes)!r}" if asked.codes else "False", asked.n_codes
        others = {
            (True, True): f" or not 0 <= {k} < {n}",
            (True, False): f" or {k} != {k}",
            (False, True): f" or {k} < 0 or {k} >= {n}",
            (False, False): "",
        }
        return known + others[asked.missing_left, asked.others_left]
    x, cut = f"x[{asked.feature}]", asked.cut
    if np.isinf(cut) and cut > 0:
        left = "True" if asked.missing_left else f"{x} == {x}"
    elif np.isnan(cut):
        left = f"{x} != {x}" if asked.missing_left else "False"
    else:
        number = "-math.inf" if np.isinf(cut) else repr(cut)
        # comparisons with NaN are false
        left = f"not {x} > {number}" if asked.missing_left else f"{x} <= {number}"
    if asked.zero is None:
        return left
    zero = f"-{asked.zero!r} <= {x} <= {asked.zero!r}"
    return f"{left} or {zero}" if asked.missing_left else f"{left} and not {zero}"


def _branch(
    e: TreeEnsemble,
    asked: list[Question | None],
    terms: Array,
    names: tuple[str, ...] | None,
    t: int,
    top: int,
) -> str:
    """Function of a tree, or of what is deep in one."""
    first, column = int(e.root[t]), int(e.output[t])
    lines = [f"def {_function(t, top - first)}(x, k):"]
    stack = [(top, 0, "")]
    while stack:
        node, deep, before = stack.pop()
        pad = "    " * (deep + 1)
        if before:
            lines.append(f"{'    ' * deep}{before}")
        question = asked[node]
        if question is None:
            said = repr(tuple(terms[node].tolist())) if column < 0 else repr(float(terms[node, column]))
            lines.append(f"{pad}return {said}")
        elif deep == _DEPTH:
            lines.append(f"{pad}return {_function(t, node - first)}(x, k)")
        else:
            stack.append((int(e.right[node]), deep + 1, "else:"))
            comment = f"  # {names[question.feature]!a}" if names else ""
            stack.append((int(e.left[node]), deep + 1, f"if {_left(question)}:{comment}"))
    return "\n".join(lines)


def _function(t: int, place: int) -> str:
    return f"_tree_{t}" if place == 0 else f"_tree_{t}_from_{place}"


def _all_trees(e: TreeEnsemble) -> str:
    entries = [
        f"    (_tree_{t}, {None if column < 0 else column})," for t, column in enumerate(e.output.tolist())
    ]
    return "\n".join(["_TREES = (", *entries, ")", f"_START = {tuple(e.base_score.tolist())!r}"])


def _predict_raw(e: TreeEnsemble) -> str:
    codes = "{f: _code(x[f]) for f in _BY_CATEGORY}" if _coded(e) else "{}"
    if e.aggregation == "median":
        return f"_WEIGHTS = {tuple(e.weight.tolist())!r}\n{MEDIAN.replace('CODES', codes)}"
    single = e.output_dtype == "float32"
    total = None
    if e.aggregation == "mean":
        sums = total_weights(e)
        total = tuple((sums.astype(np.float32).astype(float) if single else sums).tolist())
    add, share = ("_single(a + b)", "_single(a / b)") if single else ("a + b", "a / b")
    text = MEAN.replace("ADDED", add).replace("SHARE", share).replace("CODES", codes)
    return f"_TOTAL = {total!r}\n{text}"


def _answers(e: TreeEnsemble) -> list[str]:
    targets = [e.target_columns(k) for k in range(len(e.columns))]
    lines = [
        f"_SCALE = {e.link_scale!r}",
        f"_TARGETS = {tuple((own.start, own.stop) for own in targets)!r}",
    ]
    parts = ["\n".join(lines), LINKS[e.link]]
    return [*parts, LINKS["classes" if e.task == "classification" else "numbers"]]
