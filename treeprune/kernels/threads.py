"""Threads that run kernels side by side, and live no longer than one call.

Kernels give the interpreter's lock away, so plain threads keep all cores busy. No pool is kept: a forked
child has none of its parent's threads, and would wait for ever for a pool that it believes to have.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Sequence, Sized
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from itertools import count
from typing import Any, TypeVar

from joblib.parallel import SequentialBackend, ThreadingBackend, get_active_backend

T = TypeVar("T")
R = TypeVar("R")

_IN_FLIGHT = 2
"""Tasks for each thread that run or wait to be run: no thread is ever idle, and few tasks are in memory."""

_POLL = 0.2
"""Seconds after which a waiting thread looks up: on Windows a lock does not wake for Ctrl-C."""


def thread_count(n_jobs: int | None) -> int:
    """Say how many threads joblib's convention means.

    Parameters
    ----------
    n_jobs : int or None
        None is what `joblib.parallel_config` says, else 1; -1 is all cores, -2 all but one.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    ValueError
        If `n_jobs` is 0 or no number.
    """
    # Parallel(require="sharedmem") would forget the n_jobs of a configuration that names no backend
    backend, configured = get_active_backend()
    try:
        number = int((configured or 1) if n_jobs is None else n_jobs)
    except (TypeError, ValueError):
        raise ValueError(f"n_jobs must be None or a whole number other than 0, got {n_jobs!r}") from None
    wanted = int(ThreadingBackend().effective_n_jobs(number))
    return 1 if isinstance(backend, SequentialBackend) else wanted


def run(work: Callable[[T], R], tasks: Iterable[T], n_jobs: int | None = None) -> list[R]:
    """Do some work for each task, on several threads.

    Parameters
    ----------
    work : callable
        It gains from threads if it spends its time in kernels, or in numpy on large arrays.
    tasks : iterable
        Lists and ranges are there already, so that threads help themselves. Others are taken one by one in
        the caller's thread, and not before a thread will soon have time for it, so that blocks of rows that
        are made on the way do not pile up.
    n_jobs : int, optional
        See `thread_count`. One thread is the caller's own.

    Returns
    -------
    list
        In the order of the tasks.

    Notes
    -----
    If a task fails, those that have not begun are dropped, and the first error in the order of the tasks
    is raised once no thread is at work. An interrupt waits for nothing: each thread ends with the task
    that it is at. A call within `work` gets threads of its own if it asks for them by a number.
    """
    n_threads = thread_count(n_jobs)
    if n_threads == 1 or (isinstance(tasks, Sized) and len(tasks) < 2):
        return [work(task) for task in tasks]
    if isinstance(tasks, list | range):
        return _run_known(work, tasks, min(n_threads, len(tasks)))
    pool = ThreadPoolExecutor(n_threads, thread_name_prefix="treeprune")
    try:
        results = _run_in(pool, work, tasks, _IN_FLIGHT * n_threads)
    except Exception:
        pool.shutdown(cancel_futures=True)
        raise
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
    return results


def _run_known(work: Callable[[T], R], tasks: Sequence[T], n_threads: int) -> list[R]:
    """Threads take task after task; the caller only waits, and wakes for nothing but Ctrl-C."""
    results: list[Any] = [None] * len(tasks)
    errors: dict[int, BaseException] = {}
    numbers, over = count(), threading.Event()

    def take_all() -> None:
        while not over.is_set():
            number = next(numbers)  # one step of the interpreter: no two threads get the same
            if number >= len(tasks):
                break
            try:
                results[number] = work(tasks[number])
            except BaseException as error:
                errors[number] = error
                over.set()

    # numpy's error state and the like are the caller's, as they would be in one thread
    threads = [
        threading.Thread(target=copy_context().run, args=(take_all,), name=f"treeprune_{k}")
        for k in range(n_threads)
    ]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(_POLL)
    except BaseException:
        over.set()
        raise
    if errors:
        raise errors[min(errors)]
    return results


def _run_in(pool: ThreadPoolExecutor, work: Callable[[T], R], tasks: Iterable[T], at_once: int) -> list[R]:
    slots = threading.Semaphore(at_once - 1)  # the last one is for the task that is being made
    failed = threading.Event()

    def in_thread(task: T) -> R:
        try:
            return work(task)
        except BaseException:
            failed.set()
            raise
        finally:
            slots.release()

    futures: list[Future[R]] = []
    try:
        for task in tasks:
            # numpy's error state and the like are the caller's, as they would be in one thread
            futures.append(pool.submit(copy_context().run, in_thread, task))
            while not slots.acquire(timeout=_POLL):
                pass
            if failed.is_set():
                break
    except Exception as error:
        futures.append(Future())  # no task could be made: those before it may fail earlier
        futures[-1].set_exception(error)
    if failed.is_set():
        # tasks begin in order, so that none before the first that failed is dropped
        pool.shutdown(wait=False, cancel_futures=True)
    return [_result(future) for future in futures]


def _result(future: Future[R]) -> R:
    """Wait for a result, and hear Ctrl-C meanwhile."""
    while not future.done():
        wait([future], timeout=_POLL)
    return future.result()


def interruptible(function: Callable[..., R], *args: Any) -> R:
    """Call a kernel that may run for seconds, so that Ctrl-C is heard meanwhile.

    Signals reach the main thread between two lines of Python, of which a kernel has none. So it runs in
    a thread of its own while the main thread waits; elsewhere than in the main thread it is just called.

    Parameters
    ----------
    function : callable
        A kernel. After an interrupt it is left to finish in peace: nobody sees what it writes, but
        its arrays stay in memory until then. The end of the process does not wait for it.
    *args : object
        Its arguments.

    Returns
    -------
    object
        What it returns.

    Notes
    -----
    A thread costs some 100 microseconds, so that short calls are better made directly.
    """
    if threading.current_thread() is not threading.main_thread() or not callable(
        signal.getsignal(signal.SIGINT)
    ):
        return function(*args)
    outcome: Future[R] = Future()
    context = copy_context()

    def in_thread() -> None:
        try:
            outcome.set_result(context.run(function, *args))
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=in_thread, name="treeprune", daemon=True).start()
    return _result(outcome)
