"""What a search chose among: the rule in words, and the candidates that no other one beats."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.audit.parts import Table
from treeprune.audit.words import shown
from treeprune.search.search_cv import PruningSearchCV

_ROWS = 15

_SIZES = ("nodes", "trees", "features")

_RULES = {
    "1se": "the smallest candidate whose loss is above the least by no more than one standard error of "
    "their difference, fold by fold",
    "min": "the candidate of least loss",
    "non_inferior": "the smallest candidate that is shown to be worse than the model before by less than "
    "{margin:g} in loss, or if there is none that of least loss",
}


def rule_in_words(search: PruningSearchCV) -> str:
    """Which candidate was taken, by which rule, and how good the best one was.

    Parameters
    ----------
    search : PruningSearchCV
        Fitted.

    Returns
    -------
    str
    """
    table = search.results_
    full = table[table["n_folds"] == table["n_folds"].max()]
    best = full.loc[full["loss"].idxmin()]
    chosen = table[table["chosen"]].iloc[0]
    wanted = _RULES[search.rule].format(margin=search.margin)
    loss = search.loss_name_.replace("_", " ")
    return (
        f"Rule {search.rule}: {wanted}; within the budget, if there is one. Taken was {_name(chosen)}, "
        f"with a mean loss ({loss}) of {shown(float(chosen['loss']))} over held-out rows of the folds; the "
        f"model before has {shown(float(search.whole_loss_))}, and the least of all candidates that every "
        f"fold has judged, {shown(float(best['loss']))}, is that of {_name(best)}."
    )


def candidates(search: PruningSearchCV) -> Table:
    """The front of size and loss, with the candidate that was taken.

    Parameters
    ----------
    search : PruningSearchCV
        Fitted.

    Returns
    -------
    Table
        By size; of a long front some rows, evenly spread.
    """
    table = search.results_
    some = table[table["front"] | table["chosen"]].sort_values(["nodes", "features"], kind="stable")
    n_front = len(some)
    spread = np.linspace(0, n_front - 1, min(n_front, _ROWS)).round().astype(np.int64)
    some = some.iloc[np.union1d(spread, np.flatnonzero(some["chosen"]))]
    sizes = [name for name in _SIZES if (some[name] > 0).any()]  # a linear model has no nodes
    columns = ["strategy", "parameters", *sizes, "loss", "loss_se", "chosen"]
    note = (
        f"Sizes and losses ({search.loss_name_.replace('_', ' ')}) are means over folds, on rows that did "
        "not decide what goes. Of the candidates within the budget that every fold has judged, those stand "
        "here that no other one beats in size and loss together, and the one that was taken; none is the "
        f"model as it was. {len(some)} of {n_front:,} such are shown, of {len(table):,} candidates in all."
    )
    heads = ["standard error" if name == "loss_se" else name for name in columns]
    return Table.of("Candidates of the search", heads, some[columns].to_numpy(object), note)


def _name(row: Any) -> str:
    """A candidate by its strategy and parameters."""
    if row["strategy"] == "none":
        return "the model as it was"
    setting = f" ({row['parameters']})" if row["parameters"] else ""
    return f"{row['strategy']}{setting}"
