"""Every pass over rows against the public libraries: one process, one thread, CPU time.

`--models DIR` keeps the fitted models, which take minutes. `--only` and `--model` pick rows of the table
(by a part of the operation's name, and by a key of `kernel_models.MODELS`); then nothing is written.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import kernel_peers as peers
import numpy as np
from kernel_clocks import Way, duel
from kernel_models import FORESTS, MODELS, Case, table
from kernel_roofline import NOTE, roofline, two_chains
from kernel_rows import Row, absolute, rated, rates
from tables import RESULTS, extra_peak_megabytes, write_table
from threadpoolctl import threadpool_limits

from treeprune.criteria.leaf_cost import LeafCosts, cheapest_subtree
from treeprune.kernels.columns import missing_features
from treeprune.kernels.groups import STEP, Codes, Scratch, parts_of_rows
from treeprune.kernels.slots import take_nodes
from treeprune.kernels.threads import run
from treeprune.kernels.walker import Walker
from treeprune.model.edit import collapse, keep_trees
from treeprune.model.ensemble import Array
from treeprune.model.structure import branch_sums
from treeprune.model.traverse import OutputSum
from treeprune.statistics.collect import collect
from treeprune.statistics.gram import tree_gram, tree_outputs
from treeprune.statistics.losses import Brier
from treeprune.statistics.target import encode_target

LEAF_BARS = {"rf12": 9, "rf": 6, "xgb": 45, "lgb": 45}
RAW_BARS = {"xgb": 6, "lgb": 25}
STATISTICS_BAR, THREADS_BAR = 8, 1.8
STATISTICS_PARTS = 5
PRUNING_MILLISECONDS, MEMORY_MEGABYTES = 50, 1500


def walker_of(case: Case) -> Walker:
    """What depends on the model alone, and on which columns hold NaN."""
    return Walker(case.ensemble, missing_features(case.X), len(case.X))


def walk(walker: Walker, rows: Array, n_jobs: int | None = 1) -> None:
    """Leaf numbers of all rows in all trees, made and dropped step by step."""

    def one_part(part: slice) -> None:
        codes, scratch = walker.encode(rows[part], 1), Scratch()
        for group in walker.groups:
            for _ in walker.steps(group, codes, scratch):
                pass

    run(one_part, parts_of_rows(len(rows), n_jobs), n_jobs)


def nodes_of(walker: Walker, codes: Codes) -> Array:
    """The whole matrix of leaves, as positions in the node arrays."""
    out = np.empty((walker.ensemble.n_trees, len(codes)), np.int32)
    for group in walker.groups:
        trees = slice(group.first, group.last)
        for start, stop, numbers in walker.steps(group, codes):
            first = walker.slot_first[trees]
            take_nodes(numbers, STEP, stop - start, walker.slot_node, first, out[trees], start)
    return out


def on_parts(
    case: Case, work: Callable[[Any, Array], Any], ready: Any = None, make: Any = walker_of
) -> Way:
    """Work on all parts of the rows, with what is ready or is made first, on the clock."""
    made = [ready]

    def first(_: Any) -> None:
        made[0] = make(case)

    parts = tuple(lambda _, part=part: work(made[0], case.X[part]) for part in case.parts)
    return Way(parts if ready is not None else (first, *parts))


def leaf_rows(case: Case, options: argparse.Namespace) -> Iterator[Row]:
    """Operation 1: the leaf of each row in each tree."""
    walker, theirs = walker_of(case), peers.leaf_ways(case)
    first = nodes_of(walker, walker.encode(case.X[:2000]))
    np.testing.assert_array_equal(case.ensemble.node_id[first], peers.leaves(case, 2000))
    ours = {
        "numbers": on_parts(case, walk, walker),
        "numbers, all in": on_parts(case, walk),
        "nodes": on_parts(case, lambda w, X: nodes_of(w, w.encode(X)), walker),
        "nodes, all in": on_parts(case, lambda w, X: nodes_of(w, w.encode(X))),
    }
    found = rates(case, duel(theirs | ours, options.repeats))
    for what, name in (("leaf numbers", "numbers"), ("matrix of node positions", "nodes")):
        yield rated(
            f"leaf index: {what}",
            case,
            {peer: found[peer] for peer in theirs},
            found[name],
            found[f"{name}, all in"],
            LEAF_BARS[case.name] if name == "numbers" else None,
            "same leaves, as bytes or places"
            if name == "numbers"
            else "same leaves, as the peers give them",
        )


def as_input(case: Case) -> Array:
    """Rows in the model's own precision."""
    return np.ascontiguousarray(case.X, case.ensemble.input_dtype)


def raw_rows(case: Case, options: argparse.Namespace) -> Iterator[Row]:
    """Operation 2: the output before the link."""
    walker, theirs = walker_of(case), peers.raw_ways(case)
    sums = OutputSum(walker)
    np.testing.assert_array_equal(sums.of_rows(case.X), peers.raw(case))
    ours = {
        "ours": on_parts(case, lambda s, X: s.of_rows(X, 1), sums),
        "all in": on_parts(
            case,
            lambda s, X: s.of_rows(X, 1),
            make=lambda c: OutputSum(walker_of(c)),
        ),
    }
    found = rates(case, duel(theirs | ours, options.repeats))
    yield rated(
        "raw predict",
        case,
        {peer: found[peer] for peer in theirs},
        found["ours"],
        found["all in"],
        RAW_BARS.get(case.name),
        "same bits",
    )


def statistics_rows(case: Case, options: argparse.Namespace) -> Iterator[Row]:
    """Operation 3: weights of the classes at every node, splits too."""
    e, target = case.ensemble, encode_target(case.ensemble, case.y)
    walker = walker_of(case)
    found = collect(e, case.X, target, walker=walker)
    for tree in (0, e.n_trees - 1):
        np.testing.assert_array_equal(found.sums[e.tree(tree)], peers.class_counts(case, tree))
    theirs = peers.path_ways(case)
    # as the peers, in parts by trees; each part encodes the rows anew
    parts = [keep_trees(e, own) for own in np.array_split(np.arange(e.n_trees), STATISTICS_PARTS)]
    walkers = [Walker(part, missing_features(case.X), len(case.X)) for part in parts]
    ours = {
        "ours": Way(tuple(lambda _, w=w: collect(w.ensemble, case.X, target, walker=w) for w in walkers)),
        "all in": Way(tuple(lambda _, part=part: collect(part, case.X, target) for part in parts)),
        "rows": peers.row_counts(case),
    }
    seconds = duel(theirs | ours, options.repeats, seconds=3 * options.repeats)
    counted = len(case.X) * peers.COUNTED_TREES
    yield rated(
        "node statistics",
        case,
        rates(case, {peer: seconds[peer] for peer in theirs}, counted),
        rates(case, seconds)["ours"],
        rates(case, seconds)["all in"],
        STATISTICS_BAR,
        f"same sums; peer on {peers.COUNTED_TREES} of the trees (counting rows alone, it reaches "
        f"{counted / seconds['rows'] / 1e6:.1f})",
    )


def output_rows(case: Case, options: argparse.Namespace) -> Iterator[Row]:
    """Operation 4: what each tree answers each row, and the products of these answers."""
    e, one_hot = case.ensemble, np.eye(2)[case.y]
    np.testing.assert_array_equal(tree_outputs(e, case.X), peers.outputs(case).astype(np.float32))
    np.testing.assert_allclose(tree_gram(e, case.X, one_hot).products, peers.gram(case), rtol=1e-5)
    ways = {
        "their outputs": Way.of(lambda _: peers.outputs(case)),
        "their Gram": Way.of(lambda _: peers.gram(case)),
        "outputs": Way.of(lambda _: tree_outputs(e, case.X)),
        "Gram": Way.of(lambda _: tree_gram(e, case.X, one_hot)),
    }
    found = rates(case, duel(ways, min(options.repeats, 3)))
    theirs = {"scikit-learn, predict_proba of each tree": found["their outputs"]}
    yield rated("tree outputs: matrix", case, theirs, None, found["outputs"], None, "ours in float32")
    theirs = {"scikit-learn, predict_proba of each tree; numpy": found["their Gram"]}
    yield rated("tree outputs: Gram matrix", case, theirs, None, found["Gram"], None, "within 1e-5")


def threads_rows(case: Case, options: argparse.Namespace) -> Iterator[Row]:
    """Operation 5: wall-clock time of two threads and of one.

    Both cores have to be calm at once, which a shared machine grants seldom and not for long: so runs are
    many.
    """
    walker, target = walker_of(case), encode_target(case.ensemble, case.y)
    sums = OutputSum(walker)
    works: dict[str, Callable[[int], Any]] = {
        "leaf index": lambda n: walk(walker, case.X, n),
        "raw predict": lambda n: sums.of_rows(case.X, n),
    }
    if case.name in FORESTS:
        works["node statistics"] = lambda n: collect(case.ensemble, case.X, target, walker=walker, n_jobs=n)
    for name, work in works.items():
        free, used = [0.0], [0.0]
        ways = {f"{n}": Way.of(partial(_at_work, partial(work, n), used)) for n in (1, 2)}
        ways["free"] = Way.of(partial(_at_work, two_chains, free))
        found = rates(case, duel(ways, options.repeats, time.perf_counter, 6 * options.repeats))
        row = rated(
            f"two threads: {name}",
            case,
            {"ours, one thread": found["1"]},
            found["2"],
            found["2"],
            THREADS_BAR,
            f"wall clock; at best {used[0]:.2f} cores at work, pure arithmetic had {free[0]:.2f}",
        )
        yield row | {"all in": "", "ratio all in": "", "faster": ""}


def _at_work(work: Callable[[], Any], cores: list[float], _: Any) -> None:
    """Do some work, and remember how many cores it had at best."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    cores[0] = max(cores[0], (time.process_time() - cpu) / (time.perf_counter() - wall))


def pruning_rows(case: Case, options: argparse.Namespace) -> Iterator[Row]:
    """Operation 6: from statistics to the splits that go, as `ReducedErrorPruner` goes about it."""
    e, loss = case.ensemble, Brier()
    statistics = collect(e, case.X, encode_target(e, case.y))

    def decide(_: Any) -> Array:
        own = loss.node_cost(e, statistics)
        assert np.isfinite(own).all()
        kept = (statistics.n_rows == 0) & ~e.is_leaf & False
        mask = cheapest_subtree(e, LeafCosts(leaf=np.where(kept, np.inf, own)))[0]
        branch_sums(e.left, e.right, own, np.zeros(e.n_nodes))
        return mask

    mask = decide(None)
    ways = {"decide": Way.of(decide), "edit": Way.of(lambda _: collapse(e, mask))}
    seconds = duel(ways, 3 * options.repeats)
    bar = PRUNING_MILLISECONDS if case.name == "rf12" else None
    for what, name, own_bar, note in (
        ("which splits go, and the losses", "decide", bar, f"{e.n_nodes:,} nodes, Brier score"),
        ("the pruned ensemble", "edit", None, f"{int(mask.sum()):,} splits are marked"),
    ):
        yield absolute(f"reduced error: {what}", case, "ms", 1000 * seconds[name], own_bar, note)


def memory_rows(case: Case, options: argparse.Namespace) -> Iterator[Row]:
    """Operation 7: what statistics of a million rows need beyond these rows; in a process of its own."""
    command = [sys.executable, __file__, "--models", str(options.models), "--memory", case.name]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    yield absolute(
        "memory of node statistics",
        case,
        "MB",
        float(told.splitlines()[-1]),
        MEMORY_MEGABYTES,
        "peak beyond the data; 1,000,000 rows",
    )


def memory(case: Case) -> float:
    """Peak megabytes of statistics of a million rows; kernels are compiled and the model is read before."""
    e = case.ensemble
    X, y = table()
    few = keep_trees(e, np.arange(2))
    collect(few, X, encode_target(few, y))
    X, y = np.tile(X, (10, 1)), np.tile(y, 10)
    target = encode_target(e, y)
    return extra_peak_megabytes(lambda: collect(e, X, target))


OPERATIONS: dict[str, tuple[Callable[[Case, argparse.Namespace], Iterator[Row]], tuple[str, ...]]] = {
    "leaf index": (leaf_rows, tuple(MODELS)),
    "raw predict": (raw_rows, tuple(MODELS)),
    "node statistics": (statistics_rows, FORESTS),
    "tree outputs": (output_rows, FORESTS),
    "two threads": (threads_rows, tuple(MODELS)),
    "reduced error": (pruning_rows, FORESTS),
    "memory": (memory_rows, FORESTS),
}


def main(options: argparse.Namespace) -> None:
    """Measure what was asked for; write the table if that is everything."""
    rows: dict[str, list[Row]] = {name: [] for name in OPERATIONS}
    notes: list[str] = []
    for name in [options.model] if options.model else MODELS:
        case = Case.of(name, options.models)
        with threadpool_limits(1):
            for operation, (measure, models) in OPERATIONS.items():
                if name in models and options.only in operation:
                    for row in measure(case, options):
                        print(
                            " | ".join(f"{x:.4g}" if isinstance(x, float) else str(x) for x in row.values())
                        )
                        rows[operation].append(row)
            if options.only in "roofline":
                notes.append(f"- {case.title}: {roofline(case, walker_of(case), options.repeats)}")
                print(notes[-1], flush=True)
    if not (options.model or options.only):
        title = "Kernels: 60,000 rows x 30, one thread, CPU time"
        write_table("kernels", title, [row for some in rows.values() for row in some])
        with (RESULTS / "kernels.md").open("a") as file:
            file.write("\n".join([NOTE, *notes, ""]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--models", type=Path, help="folder of fitted models; by default they are fitted anew"
    )
    parser.add_argument("--only", default="", help=f"one of {', '.join(OPERATIONS)}, roofline")
    parser.add_argument("--model", choices=MODELS)
    parser.add_argument("--repeats", type=int, default=8)
    parser.add_argument("--memory", choices=MODELS, help="only print the megabytes that statistics need")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        given.models = given.models or Path(folder)
        if given.memory:
            print(memory(Case.of(given.memory, given.models)))
        else:
            main(given)
