"""What the benchmarks share: clocks, memory, tables."""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

RESULTS = Path(__file__).parent / "results"


def timed(work: Callable[[], Any], repeats: int = 1) -> tuple[float, Any]:
    """Least wall-clock seconds of some runs, and what the last one returned."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return min(seconds), result


def _resident(what: str) -> float:
    """A line of this process's status, in megabytes: ``VmRSS`` now, ``VmHWM`` at its peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def extra_peak_megabytes(work: Callable[[], Any]) -> float:
    """By how much a run raises the resident memory of this process at its peak (Linux with glibc).

    The allocator first gives back what it holds for reuse, else a run would be served from there and
    seem to need nothing; then the kernel forgets the peak that was reached before.
    """
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    before = _resident("VmRSS")
    work()
    return _resident("VmHWM") - before


def write_table(name: str, title: str, rows: list[dict[str, Any]], *, keep: bool = False) -> None:
    """Print a table and write it to ``results/<name>.md``.

    With `keep`, rows of that file with other first two columns stay: a run of some rows renews these alone.
    """
    if keep:
        rows = _renewed(RESULTS / f"{name}.md", rows)
    frame = pd.DataFrame(rows)
    header = "| " + " | ".join(frame.columns) + " |"
    rule = "|" + "---|" * len(frame.columns)
    body = ["| " + " | ".join(_cell(x) for x in row) + " |" for row in frame.itertuples(index=False)]
    versions = ", ".join(f"{p} {version(p)}" for p in ("scikit-learn", "numpy", "numba"))
    note = (
        f"`python benchmarks/{name}.py`; Python {platform.python_version()}, {versions}, "
        f"{os.cpu_count()} cores"
    )
    if keep:
        note += "; rows of several runs"
    text = "\n".join([f"# {title}", "", header, rule, *body, "", note, ""])
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text)
    print(text)


def _renewed(file: Path, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a written table, in its order, some of them renewed, and the new ones behind them."""
    names = list(rows[0])
    renewed = {tuple(map(_cell, list(row.values())[:2])): row for row in rows}
    found: list[dict[str, Any]] = []
    for line in file.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line[:2] == "| " and cells != names:
            found.append(renewed.pop((cells[0], cells[1]), dict(zip(names, cells, strict=True))))
    return [*found, *renewed.values()]


def _cell(x: Any) -> str:
    if isinstance(x, float):
        return f"{x:.3g}" if abs(x) < 1000 else f"{x:,.0f}"
    return f"{x:,}" if isinstance(x, int) else str(x)
