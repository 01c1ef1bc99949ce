"""Shapley values leaf by leaf in plain Python: slow, but for paths of any number of features."""

from math import comb, factorial

import numpy as np

from tests.kernels.helpers import goes_left
from treeprune.model.ensemble import LEAF, TreeEnsemble


def leaves(e: TreeEnsemble) -> list[tuple[int, list[tuple[int, int, float]]]]:
    """Each leaf of the first tree with its path: split, child, the child's share of the covers."""
    found, open_nodes = [], [(0, [])]
    while open_nodes:
        node, path = open_nodes.pop()
        pair = (int(e.left[node]), int(e.right[node]))
        if pair[0] == LEAF:
            found.append((node, path))
            continue
        whole = e.cover[pair[0]] + e.cover[pair[1]]
        open_nodes += [(child, [*path, (node, child, e.cover[child] / whole)]) for child in pair]
    return found


def satisfied(e: TreeEnsemble, path: list[tuple[int, int, float]], row: np.ndarray) -> dict[int, bool]:
    """Whether a row satisfies all conditions of a path on each of its features."""
    holds: dict[int, bool] = {}
    for split, child, _ in path:
        f = int(e.feature[split])
        goes = goes_left(e, split, float(row[f])) == (child == e.left[split])
        holds[f] = holds.get(f, True) and goes
    return holds


def by_cover(e: TreeEnsemble, row: np.ndarray) -> np.ndarray:
    """Path-dependent values of one tree of one column, by polynomials in extended precision."""
    phi = np.zeros(e.n_features, np.longdouble)
    for leaf, path in leaves(e):
        holds, share = satisfied(e, path, row), dict.fromkeys(satisfied(e, path, row), np.longdouble(1))
        for split, _, ratio in path:
            share[int(e.feature[split])] *= ratio
        for f in holds:
            others = np.ones(
                1, np.longdouble
            )  # coefficient k: all k known features hold, the rest by chance
            for g in holds:
                if g != f:
                    others = np.convolve(others, np.array([share[g], holds[g]], np.longdouble))
            d = len(holds)
            weight = [
                np.longdouble(factorial(k) * factorial(d - 1 - k)) / np.longdouble(factorial(d))
                for k in range(d)
            ]
            phi[f] += e.value[leaf, 0] * (holds[f] - share[f]) * (others * weight).sum()
    return phi.astype(np.float64)


def against(e: TreeEnsemble, row: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Interventional values of one tree of one column, pair by pair."""
    phi = np.zeros(e.n_features)
    for leaf, path in leaves(e):
        own, v = satisfied(e, path, row), e.value[leaf, 0] / len(background)
        for other in background:
            theirs = satisfied(e, path, other)
            if not all(own[f] or theirs[f] for f in own):
                continue
            s = [f for f in own if own[f] and not theirs[f]]
            t = [f for f in own if theirs[f] and not own[f]]
            n = len(s) + len(t)
            for f in s:
                phi[f] += v / (len(s) * comb(n, len(s)))
            for f in t:
                phi[f] -= v / (len(t) * comb(n, len(t)))
    return phi
