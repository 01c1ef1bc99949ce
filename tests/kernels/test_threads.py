"""Threads for kernels: as if one thread did it all, but Ctrl-C is heard and nothing piles up."""

import os
import signal
import subprocess
import sys
import threading
import time

import joblib
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator

from tests.strategies import random_table
from treeprune import ReducedErrorPruner
from treeprune.kernels.threads import interruptible, run, thread_count

THREADS = pytest.mark.parametrize("n_jobs", [1, 2, 3, 8])
PATIENCE = 60


# ------------------------------------------------------------------------------- results
@pytest.mark.parametrize("n", [0, 1, 2, 3, 50])
@pytest.mark.parametrize("lazy", [False, True])
@THREADS
def test_results_stand_in_the_order_of_the_tasks(n_jobs, n, lazy):
    def work(task):
        time.sleep(0.002 * (task % 3))  # later ones are often done first
        return task * task

    tasks = (i for i in range(n)) if lazy else list(range(n))
    assert run(work, tasks, n_jobs) == [i * i for i in range(n)]


def test_tasks_are_worked_on_side_by_side():
    meeting = threading.Barrier(3, timeout=PATIENCE)
    assert sorted(run(lambda _: meeting.wait(), range(3), 3)) == [0, 1, 2]


def test_no_more_tasks_at_once_than_threads():
    lock, now, most = threading.Lock(), 0, 0

    def work(_):
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.005)
        with lock:
            now -= 1

    run(work, range(30), 3)
    assert most <= 3


def test_one_thread_is_the_callers_own():
    assert run(lambda _: threading.current_thread(), range(3)) == [threading.current_thread()] * 3


def test_many_threads_are_gone_after_the_call():
    before = threading.active_count()
    seen = run(lambda _: threading.current_thread(), range(20), 4)
    assert threading.current_thread() not in seen
    assert threading.active_count() == before


@THREADS
def test_few_tasks_exist_at_once(n_jobs):
    """Made and not yet worked off."""
    made, done, most = 0, 0, 0
    lock = threading.Lock()

    def tasks():
        nonlocal made, most
        for i in range(60):
            with lock:
                made += 1
                most = max(most, made - done)
            yield i

    def work(_):
        nonlocal done
        time.sleep(0.002)
        with lock:
            done += 1

    run(work, tasks(), n_jobs)
    assert made == done == 60
    assert most <= 2 * n_jobs


def test_a_slow_task_does_not_hold_the_others_up():
    others = threading.Semaphore(0)

    def work(task):
        if task == 0:
            return [others.acquire(timeout=PATIENCE) for _ in range(50)]
        others.release()
        return None

    assert all(run(work, range(51), 2)[0])


@THREADS
def test_tasks_are_made_in_the_callers_thread(n_jobs):
    makers = set()

    def tasks():
        for i in range(10):
            makers.add(threading.current_thread())
            yield i

    run(abs, tasks(), n_jobs)
    assert makers == {threading.current_thread()}


@THREADS
def test_numpys_error_state_is_the_callers(n_jobs):
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        run(lambda task: np.ones(1) / task, [np.ones(1), np.zeros(1)], n_jobs)
    with np.errstate(divide="ignore"):
        assert np.isinf(run(lambda task: np.ones(1) / task, [np.ones(1), np.zeros(1)], n_jobs)[1])


# ------------------------------------------------------------------------------- errors
@pytest.mark.parametrize("lazy", [False, True])
@THREADS
def test_the_first_error_in_the_order_of_the_tasks_is_raised(n_jobs, lazy):
    begun = []

    def work(task):
        begun.append(task)
        time.sleep(0.001)  # a task that never waits would not let another thread fail
        if task in (5, 6):
            time.sleep(0.05 if task == 5 else 0)  # 6 fails first
            raise ValueError(f"task {task}")

    tasks = iter(range(1000)) if lazy else range(1000)
    with pytest.raises(ValueError, match="task 5"):
        run(work, tasks, n_jobs)
    assert len(begun) < 100


@THREADS
def test_an_error_in_making_tasks_comes_after_those_of_tasks_before(n_jobs):
    def tasks(last):
        yield from range(last)
        raise KeyError("no more")

    def work(task):
        time.sleep(0.02)
        if task == 3:
            raise ValueError("task 3")

    with pytest.raises(ValueError, match="task 3"):
        run(work, tasks(4), n_jobs)
    with pytest.raises(KeyError, match="no more"):
        run(work, tasks(3), n_jobs)


@THREADS
def test_no_thread_is_at_work_after_an_error(n_jobs):
    at_work = set()

    def work(task):
        at_work.add(task)
        time.sleep(0.05 if task else 0)
        at_work.remove(task)
        if task == 0:
            raise ValueError("first")

    with pytest.raises(ValueError, match="first"):
        run(work, range(10), n_jobs)
    assert not at_work


# ------------------------------------------------------------------------------- n_jobs
@pytest.mark.parametrize("n_jobs", [None, 1, 2, 7, -1, -2, -1000, np.int64(3)])
def test_threads_are_counted_as_joblib_counts_them(n_jobs):
    with joblib.parallel_config(backend="threading"):
        assert thread_count(n_jobs) == joblib.effective_n_jobs(n_jobs)


@pytest.mark.parametrize(
    "backend", [{}, *({"backend": b} for b in ("loky", "threading", "multiprocessing"))]
)
@pytest.mark.parametrize("n_jobs", [1, 2, 3])
def test_none_is_what_the_users_configuration_says(n_jobs, backend):
    with joblib.parallel_config(n_jobs=n_jobs, **backend):
        assert thread_count(None) == n_jobs
        assert thread_count(4) == 4
    assert thread_count(None) == 1


def test_a_sequential_configuration_is_obeyed():
    with joblib.parallel_config(backend="sequential", n_jobs=2):
        assert thread_count(None) == thread_count(4) == joblib.effective_n_jobs(4) == 1


@pytest.mark.parametrize("n_jobs", [0, "many", [2]])
def test_what_is_no_number_of_threads_is_refused(n_jobs):
    with pytest.raises(ValueError, match="n_jobs"):
        run(abs, [1, 2], n_jobs)


# ------------------------------------------------------------------------------- calls in calls
@pytest.mark.parametrize("inner", [None, 1, 2, 3])
@pytest.mark.parametrize("outer", [1, 2, 3])
def test_calls_within_calls_end(outer, inner):
    def row(i):
        return run(lambda j: 10 * i + j, range(5), inner)

    done = []
    caller = threading.Thread(target=lambda: done.append(run(row, range(7), outer)), daemon=True)
    caller.start()
    caller.join(PATIENCE)
    assert done == [[[10 * i + j for j in range(5)] for i in range(7)]]


def test_calls_within_joblibs_threads_have_one_thread_unless_they_ask():
    with joblib.parallel_config(n_jobs=2):
        counts = joblib.Parallel(prefer="threads", n_jobs=2)(
            joblib.delayed(thread_count)(n) for n in [None, None, 3]
        )
    assert counts == [1, 1, 3]


# ------------------------------------------------------------------------------- interrupts
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process on Windows")

INTERRUPTED = """
import os, signal, sys, threading, time
import numpy as np
from treeprune.kernels.threads import interruptible, run
# a shell starts its background jobs deaf to Ctrl-C
signal.signal(signal.SIGINT, signal.default_int_handler)
{setup}
def say(word):
    print(word, flush=True)
try:
    {call}
except KeyboardInterrupt:
    say("interrupted")
    {after}
else:
    say("finished")
"""


def interrupt(setup, call, after="pass"):
    """Run a script, send it Ctrl-C once it says that it is ready, and tell what else it says."""
    script = INTERRUPTED.format(setup=setup, call=call, after=after)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout.readline() == "ready\n"
            time.sleep(0.3)
            child.send_signal(signal.SIGINT)
            said, _ = child.communicate(timeout=PATIENCE)
        finally:
            child.kill()
    assert child.returncode == 0
    return said.split()


@needs_signals
@pytest.mark.parametrize("n_jobs", [1, 2, 4])
def test_ctrl_c_drops_what_has_not_begun(n_jobs):
    setup = """
begun = []
def work(task):
    if task == 0:
        say("ready")
    begun.append(task)
    time.sleep(0.1)
"""
    word, n_begun = interrupt(setup, f"run(work, range(10_000), {n_jobs})", "say(len(begun))")
    assert word == "interrupted"
    assert int(n_begun) < 1000  # all would take minutes


@needs_signals
def test_ctrl_c_does_not_wait_for_what_has_begun():
    setup = """
ends = threading.Event()
at_work = set()
def work(task):
    at_work.add(task)
    if len(at_work) == 2:
        say("ready")
    ends.wait(60)
    at_work.remove(task)
"""
    words = interrupt(setup, "run(work, range(100), 2)", "say(len(at_work)); ends.set()")
    assert words == ["interrupted", "2"]


CHAIN = """
from treeprune.backends import read
from treeprune.model.ensemble import TreeEnsemble
from dataclasses import replace
from sklearn.tree import DecisionTreeRegressor
def chain(n):
    "A tree whose every split has a leaf."
    one = read(DecisionTreeRegressor(max_depth=1).fit([[0.0], [1.0]], [0.0, 1.0]))
    N = 2 * n + 1
    left, right = np.full((2, N), -1, np.int32)
    left[0:-1:2], right[0:-1:2] = np.arange(1, N, 2), np.arange(2, N, 2)
    ones = {"feature": np.where(left < 0, -1, 0).astype(np.int32), "cover": np.ones(N)}
    return replace(one, left=left, right=right, root=np.array([0, N]), **ones)
"""


@needs_signals
def test_ctrl_c_is_heard_within_a_long_kernel():
    """It goes on in its thread, and neither the user nor the end of the process waits for it."""
    setup = f"""
{CHAIN}
from treeprune.criteria.weakest_link import weakest_link_alphas
def path(tree):
    return weakest_link_alphas(tree, np.arange(tree.n_nodes, 0, -1.0))
path(chain(10_000))  # compiled
tree = chain(400_000)  # minutes
threading.Timer(0.1, lambda: say("ready")).start()
"""
    after = "say(sum(t.name == 'treeprune' for t in threading.enumerate()))"
    assert interrupt(setup, "path(tree)", after) == ["interrupted", "1"]


def test_interruptible_is_a_call():
    assert interruptible(divmod, 17, 5) == (3, 2)
    with pytest.raises(ZeroDivisionError):
        interruptible(divmod, 17, 0)
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        interruptible(np.divide, np.ones(1), np.zeros(1))


def test_only_the_main_thread_needs_another(monkeypatch):
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.default_int_handler)
    here = threading.current_thread
    assert interruptible(here) is not here()
    assert run(lambda _: interruptible(here) is here(), range(4), 2) == [True] * 4


def test_nobody_waits_for_a_signal_that_python_does_not_hear(monkeypatch):
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.SIG_IGN)
    assert interruptible(threading.current_thread) is threading.current_thread()


# ------------------------------------------------------------------------------- forks
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_prunes_as_its_parent_did():
    X, y = random_table(3, 300, "binary")
    forest = RandomForestClassifier(8, random_state=0).fit(*random_table(4, 300, "binary"))

    def pruned():
        pruner = ReducedErrorPruner(FrozenEstimator(forest), n_jobs=2).fit(X, y)
        trees = [t.tree_ for t in pruner.estimator_.estimators_]
        return b"".join(t.threshold.tobytes() + t.value.tobytes() for t in trees)

    expected = pruned()
    from_child, to_parent = os.pipe()
    child = os.fork()
    if child == 0:  # nothing of pytest may run here
        code = 1
        try:
            signal.alarm(PATIENCE)  # a child that waits for ever is ended
            code = 0 if pruned() == expected else 2
        finally:
            os._exit(code)
    os.close(from_child)
    os.close(to_parent)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
