"""What the benchmarks say about memory: a measurement of one run, whatever ran before."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from numba import njit

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's account of a process")
MEGABYTE = 2**20


@pytest.fixture(scope="module")
def extra_peak():
    tables = Path(__file__).parents[1] / "benchmarks" / "tables.py"
    return runpy.run_path(str(tables))["extra_peak_megabytes"]


@njit
def filled(n):
    return np.ones(n, np.uint8).sum()


def many_small():
    return len([bytearray(1000) for _ in range(50_000)])


WAYS = {
    "numpy": lambda: np.ones(50 * MEGABYTE, np.uint8),
    "numba": lambda: filled(50 * MEGABYTE),
    "python": many_small,
    "twice, one after the other": lambda: [np.ones(50 * MEGABYTE, np.uint8).sum() for _ in range(2)],
}


@pytest.mark.parametrize("work", WAYS.values(), ids=WAYS)
def test_a_higher_peak_before_hides_nothing(extra_peak, work):
    filled(10)  # compile
    np.ones(300 * MEGABYTE, np.uint8)
    work()
    assert extra_peak(work) == pytest.approx(50, abs=12)


def test_nothing_needs_nothing(extra_peak):
    kept = np.ones(100 * MEGABYTE, np.uint8)
    assert extra_peak(lambda: None) < 2
    assert kept.all()
