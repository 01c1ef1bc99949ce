"""What the benchmarks share: clocks, memory, tables."""

from __future__ import annotations

import os
import platform
import resource
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


def peak_megabytes() -> float:
    """Largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def write_table(name: str, title: str, rows: list[dict[str, Any]]) -> None:
    """Print a table and write it to ``results/<name>.md``."""
    frame = pd.DataFrame(rows)
    header = "| " + " | ".join(frame.columns) + " |"
    rule = "|" + "---|" * len(frame.columns)
    body = ["| " + " | ".join(_cell(x) for x in row) + " |" for row in frame.itertuples(index=False)]
    versions = ", ".join(f"{p} {version(p)}" for p in ("scikit-learn", "numpy", "numba"))
    note = (
        f"`python benchmarks/{name}.py`; Python {platform.python_version()}, {versions}, "
        f"{os.cpu_count()} cores"
    )
    text = "\n".join([f"# {title}", "", header, rule, *body, "", note, ""])
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text)
    print(text)


def _cell(x: Any) -> str:
    if isinstance(x, float):
        return f"{x:.3g}" if abs(x) < 1000 else f"{x:,.0f}"
    return f"{x:,}" if isinstance(x, int) else str(x)
