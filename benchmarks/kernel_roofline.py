"""How far the two kernels are from what the machine could do at best, from counts and clocks."""

from __future__ import annotations

import numpy as np
from kernel_clocks import Way, duel
from kernel_models import Case

from treeprune.kernels.blend import BLOCK
from treeprune.kernels.compiled import kernel
from treeprune.kernels.deep import _STEPS, LANES
from treeprune.kernels.programs import A_BRANCH, A_PAIR
from treeprune.kernels.threads import run
from treeprune.kernels.walker import Walker
from treeprune.model.structure import depths
from treeprune.model.traverse import leaf_index

LOAD_BYTES, STORE_BYTES, L2_BYTES = 64, 32, 32
"""Assumed bytes a cycle: loads and stores of the first-level cache, sustained loads from the second."""

CHAIN_CYCLES = {"first": 14, "second": 23}
"""Assumed cycles from one node to the next of the same row, by the cache that holds the tree: a load of the
node, shift and add, a load of the code, comparison and add."""

LOADS_A_CYCLE = 2

NOTE = f"""
`ours` is timed with the model prepared (the peers have theirs loaded too) and with the encoding of the
rows; `all in` prepares the model each time. Work is cut into parts, by rows or by trees; ours and the
peer's take turns, and the best of several runs of each part counts. For two threads the peer is one thread
of ours; both cores have to be calm at once, so runs are many.

How far from the machine, walking alone, without the encoding. Assumed: {LOAD_BYTES} bytes loaded and
{STORE_BYTES} stored a cycle in the first-level cache, {L2_BYTES} a cycle out of the second; the clock is
measured by a chain of multiplications, four cycles a link.
"""


@kernel
def _chain(x: int, factor: int, mask: int, links: int) -> int:
    for _ in range(links):
        x = (x * factor) ^ mask  # three cycles and one, and each link waits for the one before
    return x


_LINKS = 20_000_000


def _one_chain(_: object) -> None:
    _chain(np.uint64(3), np.uint64(6364136223846793005), np.uint64(88172645463325252), _LINKS)


def two_chains() -> None:
    """Pure arithmetic on two threads: it has as many cores as the machine has to give."""
    run(_one_chain, range(4), 2)


def gigahertz() -> float:
    """Clock of the core while it works."""
    return 4 * _LINKS / duel({"": Way.of(_one_chain)}, 3)[""] / 1e9


def roofline(case: Case, walker: Walker, repeats: int) -> str:
    """Say what the walk of a model takes, and what it would take at the limits that are assumed."""
    codes = walker.encode(case.X)

    def walk(_: object) -> None:
        for group in walker.groups:
            for _numbers in walker.steps(group, codes):
                pass

    seconds, clock = duel({"": Way.of(walk)}, repeats)[""], gigahertz()
    kinds = set(walker.kinds)
    if kinds == {"blend"}:
        return _blend(case, walker, codes.by_column.itemsize, seconds, clock)
    if kinds == {"deep"}:
        return _deep(case, walker, seconds, clock)
    return "several kernels, not told apart"


def _blend(case: Case, walker: Walker, code_bytes: int, seconds: float, clock: float) -> str:
    programs = walker.choice.programs
    assert programs is not None
    split, branch = programs.split, programs.branch
    kind = branch[:, [0, 3]]
    code = code_bytes * (1 + (kind == A_PAIR).sum(axis=1))
    load = code + (kind == A_BRANCH).sum(axis=1)
    rows = len(case.X)
    cycles = np.maximum(load / LOAD_BYTES, 1 / STORE_BYTES)
    from_second = np.maximum(cycles, code / L2_BYTES)
    bounds = [float(c.sum()) * rows / clock / 1e9 for c in (cycles, from_second)]
    splits = int((~case.ensemble.is_leaf).sum())
    blocks = -(-rows // BLOCK)
    nanoseconds = seconds / len(split) / blocks * 1e9
    first, second = (f"{bound / seconds:.0%}" for bound in bounds)
    return (
        f"{len(split):,} operations do {splits:,} splits; one takes {nanoseconds:.0f} ns on a block of "
        f"{BLOCK:,} rows, loads {load.mean():.2f} bytes a row and stores 1; that is "
        f"{seconds / splits / rows * 1e12:.1f} ps a split and row. At {clock:.1f} GHz the bytes alone take "
        f"{first} of this time out of the first-level cache, {second} if codes come from the second. Next: "
        "three splits in one operation, so that what lies between them stays in registers."
    )


def _deep(case: Case, walker: Walker, seconds: float, clock: float) -> str:
    e, packed, entrances = case.ensemble, walker.choice.packed, walker.choice.entrances
    assert packed is not None
    assert entrances is not None
    some = case.X[::20]
    depth = depths(e.left, e.right)[leaf_index(e, some)]
    scale = len(case.X) / len(some)
    first = np.maximum(packed.first_steps - entrances.levels, 0)[:, None]
    below = np.maximum(depth - entrances.levels, 0)
    taken = (first + _STEPS * np.maximum(-(-(below - first) // _STEPS), 0)).sum() * scale
    tree_bytes = 8 * e.n_nodes / e.n_trees
    cache = "first" if tree_bytes <= 32 * 1024 else "second"
    chain = CHAIN_CYCLES[cache] / LANES
    bound = max(chain, 2 / LOADS_A_CYCLE)
    nanoseconds = seconds / taken * 1e9
    cycles = nanoseconds * clock
    return (
        f"{tree_bytes / 1024:.0f} KB a tree ({cache}-level cache); {depth.mean():.1f} steps to a leaf, "
        f"{taken / case.row_trees:.1f} are taken below a top of {entrances.levels} levels; "
        f"{nanoseconds:.2f} ns a step taken (the top included), {cycles:.1f} cycles at {clock:.1f} GHz. "
        f"The chain of {CHAIN_CYCLES[cache]} cycles, {LANES} rows abreast, allows "
        f"{chain:.1f}, {LOADS_A_CYCLE} loads a cycle allow {2 / LOADS_A_CYCLE:.1f}: {bound / cycles:.0%} "
        "of this time. Next: fewer instructions a step."
    )
