"""Links in SQL: from raw outputs to probabilities or numbers."""

from __future__ import annotations

from collections.abc import Callable

from treeprune.export.sql_dialects import Dialect
from treeprune.model.ensemble import TreeEnsemble

_FAR = "700.0"
"""Beyond it engines fail or give 0; probabilities are then 0 or 1 in all their digits anyway."""


def _exp_of_negative(z: str) -> str:
    return f"EXP(CASE WHEN {z} < -{_FAR} THEN -{_FAR} ELSE {z} END)"


def _logit(z: str, _: Dialect) -> str:
    small = _exp_of_negative(f"(-ABS({z}))")
    return f"CASE WHEN {z} >= 0 THEN 1.0 ELSE {small} END / (1.0 + {small})"


def _isolation(z: str, dialect: Dialect) -> str:
    return f"POWER({dialect.double('2.0')}, -{z})"


def _log1p_exp(z: str, _: Dialect) -> str:
    small = _exp_of_negative(f"(-ABS({z}))")
    return f"CASE WHEN {z} > 0 THEN {z} ELSE 0.0 END + LN(1.0 + {small})"


_LINKS: dict[str, Callable[[str, Dialect], str]] = {
    "identity": lambda z, _: z,
    "logit": _logit,
    "log": lambda z, _: f"EXP({z})",
    "step": lambda z, _: f"CASE WHEN {z} > 0 THEN 1.0 ELSE 0.0 END",
    "log1p_exp": _log1p_exp,
    "signed_square": lambda z, _: f"{z} * ABS({z})",
    "isolation": _isolation,
}

Steps = list[tuple[str, list[str]]]
"""Suffix of a step and what it selects beside the columns before."""


def link_steps(e: TreeEnsemble, dialect: Dialect) -> tuple[Steps, list[tuple[str, str]]]:
    """Steps from the raw outputs ``raw_0``, ``raw_1``, ... to the answers.

    Parameters
    ----------
    e : TreeEnsemble
    dialect : Dialect

    Returns
    -------
    steps : list of (str, list of str)
        What each step adds to the columns.
    answers : list of (str, str)
        Expression and name of each column of answers.
    """
    if e.link == "identity" and e.link_scale == 1.0:
        return [], _answers(e, [f"raw_{c}" for c in range(e.n_columns)])
    scale = "" if e.link_scale == 1.0 else f" * {dialect.double(dialect.digits(e.link_scale))}"
    steps: Steps = [("scaled", [f"raw_{c}{scale} AS z{c}" for c in range(e.n_columns)])]
    if e.link == "softmax":
        steps += _softmax_steps(e, dialect)
    else:
        link = _LINKS[e.link]
        steps.append(("link", [f"{link(f'z{c}', dialect)} AS p{c}" for c in range(e.n_columns)]))
    return steps, _answers(e, [f"p{c}" for c in range(e.n_columns)])


def _answers(e: TreeEnsemble, linked: list[str]) -> list[tuple[str, str]]:
    if e.task != "classification":
        return [(text, f"answer_{c}") for c, text in enumerate(linked)]
    answers = []
    for t, labels in enumerate(e.classes):
        own = linked[e.target_columns(t)]
        shares = [f"1.0 - {own[0]}", own[0]] if len(labels) > len(own) else own
        target = f"{t}_" if len(e.classes) > 1 else ""
        answers += [(share, f"probability_{target}{k}") for k, share in enumerate(shares)]
    return answers


def _softmax_steps(e: TreeEnsemble, dialect: Dialect) -> Steps:
    most, parts, shares = [], [], []
    for t in range(len(e.columns)):
        own = range(e.n_columns)[e.target_columns(t)]
        all_own = ", ".join(f"z{c}" for c in own)
        most.append(f"{f'{dialect.larger}({all_own})' if len(own) > 1 else all_own} AS m{t}")
        parts += [f"{_exp_of_negative(f'(z{c} - m{t})')} AS e{c}" for c in own]
        total = " + ".join(f"e{c}" for c in own)
        shares += [f"e{c} / ({total}) AS p{c}" for c in own]
    return [("most", most), ("parts", parts), ("link", shares)]
