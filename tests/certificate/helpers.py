"""Brute force: all inputs of a small domain that two models can tell apart."""

from itertools import product

import numpy as np

from tests.strategies import random_mask
from treeprune.backends import read
from treeprune.domain.column import Column
from treeprune.domain.domain import Domain
from treeprune.model.edit import collapse, keep_trees
from treeprune.model.ensemble import LEAF, ZERO_LIMIT, TreeEnsemble
from treeprune.model.traverse import raw_output

MOST_ROWS = 40_000


def candidates(models: list[TreeEnsemble], column: Column, j: int) -> np.ndarray:
    """Values on both sides of every threshold, ends, zeros, codes; those that the column allows."""
    values = [0.0, ZERO_LIMIT, -ZERO_LIMIT, 1.0, -1.0, 2e-35, -2e-35, np.nan, 1e30, -1e30]
    values += [x for x in (column.lower, column.upper) if np.isfinite(x)]
    values += list(column.values or ())
    for e in models:
        t = e.threshold[(e.feature == j) & (e.category_set == LEAF)]
        t = t[np.isfinite(t)]
        for dtype in (np.float32, np.float64):
            with np.errstate(over="ignore"):
                at = t.astype(dtype)
                around = [at, np.nextafter(at, dtype(-np.inf)), np.nextafter(at, dtype(np.inf))]
            values += [float(x) for part in around for x in part]
        values += [x for a in t for x in (np.floor(a), np.floor(a) + 1)]
        sets = e.category_set[(e.feature == j) & (e.category_set != LEAF)]
        if len(sets):
            values += range(-1, int(e.category_count[sets].max()) + 1)
    values = np.array(values)
    return np.unique(values[column.contains(values)])


def told_apart(models: list[TreeEnsemble], values: np.ndarray, j: int) -> np.ndarray:
    """One value for each way in which all splits on a column can be decided, found by walking the trees."""
    seen = {}
    for x in values:
        key = b""
        for e in models:
            own = np.flatnonzero(e.feature == j)
            with np.errstate(over="ignore"):
                x_e = float(np.dtype(e.input_dtype).type(x))
            key += bytes(goes_left(e, node, x_e) for node in own)
        seen.setdefault(key, x)
    return np.array(list(seen.values()))


def goes_left(e: TreeEnsemble, node: int, x: float) -> bool:
    """The rules of `TreeEnsemble`, spelled out."""
    default, s = bool(e.default_left[node]), int(e.category_set[node])
    if s != LEAF:
        if np.isnan(x):
            return default
        if x < 0 or x >= e.category_count[s]:
            return {"left": True, "right": False, "default": default}[e.unknown_category]
        word = e.category_word[e.category_offset[s] + int(x) // 32]
        return bool(int(word) >> (int(x) % 32) & 1)
    if np.isnan(x):
        if e.missing[node] != 1:
            return default
        x = 0.0
    if e.missing[node] == 2 and abs(x) <= ZERO_LIMIT:
        return default
    return bool(x < e.threshold[node] if e.comparison == "<" else x <= e.threshold[node])


def all_rows(models: list[TreeEnsemble], domain: Domain) -> np.ndarray:
    """All rows of a domain that two models can tell apart."""
    told = [told_apart(models, candidates(models, c, j), j) for j, c in enumerate(domain.columns)]
    for group in domain.groups:  # a group speaks of values, whether or not a model tells them apart
        for name in group.columns:
            j = domain.names.index(name)
            told[j] = np.array(domain.columns[j].values)
    rows = np.array(list(product(*told)))
    return rows[domain.contains(rows)]


def brute_force(before: TreeEnsemble, after: TreeEnsemble, domain: Domain, answer=None) -> np.ndarray:
    """After - before on all rows."""
    rows, found = all_rows([before, after], domain), []
    for e in (before, after):
        with np.errstate(over="ignore"):
            raw = raw_output(e, rows.astype(e.input_dtype))
        found.append(raw if answer is None else answer(e, raw))
    return found[1].astype(float) - found[0].astype(float)


def small_pair(model, seed: int, n_trees: int = 2, share: float = 0.4) -> tuple[TreeEnsemble, TreeEnsemble]:
    """A few trees of a model, and the same with some branches and a tree less."""
    e = read(model)
    first = keep_trees(e, np.arange(min(n_trees, e.n_trees)))
    second = collapse(first, random_mask(seed, first.n_nodes, share))
    if second.n_trees > 1 and seed % 2:
        second = keep_trees(second, np.arange(second.n_trees - 1))
    return first, second


def narrowed(models: list[TreeEnsemble], domain: Domain, seed: int = 0) -> Domain:
    """A domain of so few cells that brute force is quick: some columns are held to one value."""
    rng = np.random.default_rng(seed)
    columns = list(domain.columns)
    told = [told_apart(models, candidates(models, c, j), j) for j, c in enumerate(columns)]
    while np.prod([float(len(v)) for v in told]) > MOST_ROWS:
        j = int(np.argmax([len(v) for v in told]))
        kept = np.sort(rng.permutation(told[j][~np.isnan(told[j])])[: max(1, len(told[j]) // 2)])
        columns[j] = Column(
            name=columns[j].name, lower=float(kept[0]), upper=float(kept[len(kept) // 2]),
            integer=columns[j].integer, missing=columns[j].missing,
        )  # fmt: skip
        told[j] = told_apart(models, candidates(models, columns[j], j), j)
    return Domain(tuple(columns))
