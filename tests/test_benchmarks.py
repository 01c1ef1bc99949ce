"""What the benchmarks say about memory: a measurement of one run, whatever ran before."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from numba import njit

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's account of a process")
MEGABYTE = 2**20
TABLES = Path(__file__).parents[1] / "benchmarks" / "tables.py"


@pytest.fixture(scope="module")
def extra_peak():
    return runpy.run_path(str(TABLES))["extra_peak_megabytes"]


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


def test_a_run_of_some_rows_renews_these_alone(tmp_path, capsys):
    module = runpy.run_path(str(TABLES))
    module["write_table"].__globals__["RESULTS"] = tmp_path
    rows = [{"work": name, "on": "rows", "s": 1.5, "note": "a, b"} for name in ("one", "two")]
    module["write_table"]("speed", "Speed", rows)
    later = [{"work": name, "on": "rows", "s": 2.5, "note": ""} for name in ("two", "three")]
    module["write_table"]("speed", "Speed", later, keep=True)
    lines = (tmp_path / "speed.md").read_text().splitlines()
    assert lines[4:7] == [
        "| one | rows | 1.5 | a, b |",
        "| two | rows | 2.5 |  |",
        "| three | rows | 2.5 |  |",
    ]
    assert lines[8].endswith("rows of several runs")
