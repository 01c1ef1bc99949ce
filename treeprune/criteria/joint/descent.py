"""Block-coordinate descent over an active set of trees, at one strength."""

from __future__ import annotations

from dataclasses import dataclass

from treeprune.criteria.joint.block import refine, update
from treeprune.criteria.joint.scan import Queue, usual_factor
from treeprune.criteria.joint.state import JointState


@dataclass(frozen=True)
class Limits:
    """Where a path ends, and how hard it is worked on.

    Parameters
    ----------
    max_nodes : float
        Models with more nodes are not looked for.
    max_trees : float
        No more trees are kept.
    tolerance : float
        Sweeps over the kept trees end when one lowers the objective by less than this share of the loss
        without trees.
    max_sweeps : int
        At each strength, between additions and after them.
    share_added : float
        Trees that are added between two sweeps, as a share of those that are kept (one at least).
    """

    max_nodes: float = float("inf")
    max_trees: float = float("inf")
    tolerance: float = 1e-4
    max_sweeps: int = 8
    share_added: float = 0.2


def descend(
    state: JointState, strength: float, limits: Limits, null_loss: float, *, n_jobs: int | None = None
) -> None:
    """Lower the objective by changing, dropping and adding trees until nothing gains much.

    Parameters
    ----------
    state : JointState
        Changed in place; its objective never rises.
    strength : float
        By the sum of weights.
    limits : Limits
    null_loss : float
        Loss of no trees, by which tolerances are measured.
    n_jobs : int, optional
        Threads of the looks at all trees.
    """
    tolerance = limits.tolerance * null_loss
    most = min(limits.max_trees, state.problem.max_trees)
    sweep(state, strength, tolerance, limits.max_sweeps)
    queue = Queue(state, strength, n_jobs=n_jobs)
    while len(state.tops) < most and state.n_nodes <= limits.max_nodes:
        wanted = max(int(limits.share_added * len(state.tops)), 1)
        if not _add(state, queue, strength, min(wanted, most - len(state.tops)), tolerance):
            break
        sweep(state, strength, tolerance, 1)
        queue.age()
    sweep(state, strength, tolerance, limits.max_sweeps)


def _add(state: JointState, queue: Queue, strength: float, wanted: float, tolerance: float) -> int:
    added = 0
    while added < wanted:
        t = queue.pop(0.1 * tolerance)
        if t is None:
            break
        if update(state, t, strength, usual_factor(state)) > 0.0:
            added += 1
            queue.age()
    return added


def sweep(state: JointState, strength: float, tolerance: float, rounds: int) -> None:
    """Give each kept tree its best top, in turns, and fit the base.

    Trees that gained next to nothing in a round are passed over until one round has gained nothing at
    all; then all are looked at a last time.
    """
    quiet: set[int] = set()
    for _ in range(rounds):
        fall, n_trees = 0.0, max(len(state.tops), 1)
        for t in sorted(set(state.tops) - quiet):
            own = update(state, t, strength, usual_factor(state))
            fall += own
            if own < 0.1 * tolerance / n_trees:
                quiet.add(t)
        before = state.loss
        state.fit_base()
        fall += before - state.loss
        if fall < tolerance:
            if not quiet:
                break
            quiet = set()
            if fall <= 0.0:
                break


def refine_all(state: JointState, tolerance: float, rounds: int) -> None:
    """Better leaf values for the tops as they are, all together.

    Parameters
    ----------
    state : JointState
        Changed in place; loss and ridge never rise together.
    tolerance : float
        Rounds end when one gains less.
    rounds : int
    """
    for _ in range(rounds):
        before = state.loss + state.ridge
        for t in sorted(state.tops):
            refine(state, t)
        state.fit_base()
        if before - state.loss - state.ridge < tolerance:
            break
