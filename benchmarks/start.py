"""What a process pays before it prunes: imports, and machine code that is compiled or read from disk.

Each number is CPU time of new processes, the least of some. The main job runs on a table so small that
its own work is little, and several times in one process: what the first one took longer, it had to get
ready. Its tree is so large and the trees of its forest so small that both kinds of fast kernels are used,
as by ``python -m treeprune demo`` on a table of thousands of rows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

from tables import write_table

REPEATS = 5

IMPORTS = """
import json, time
start = time.process_time()
import sklearn.tree, sklearn.ensemble
middle = time.process_time()
import treeprune
print(json.dumps({"scikit-learn": middle - start, "treeprune": time.process_time() - middle}))
"""

JOB = """
import json, time
import numba.core.event as events
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.tree import DecisionTreeClassifier
from treeprune import CostComplexityPruner, ReducedErrorPruner, compare

X, y = make_classification(4000, flip_y=0.6, random_state=0)
X, X_test, y, y_test = X[::2], X[1::2], y[::2], y[1::2]
tree = DecisionTreeClassifier(random_state=0).fit(X, y)
forest = RandomForestClassifier(3, min_samples_leaf=5, random_state=0).fit(X, y)
assert tree.get_n_leaves() > 256 > max(small.get_n_leaves() for small in forest.estimators_)

def job():
    for model in (tree, forest):
        ReducedErrorPruner(FrozenEstimator(model)).fit(X_test, y_test)
        CostComplexityPruner(FrozenEstimator(model)).fit(X_test, y_test)
        pruner = CostComplexityPruner(clone(model), cv=2).fit(X, y)
        compare(model, pruner.estimator_, X_test, y_test)

def seconds(work):
    start = time.process_time()
    work()
    return time.process_time() - start

class Compilations(events.Listener):
    "CPU time of each kernel without that of the kernels it calls."

    def __init__(self):
        self.stack, self.own = [], {}

    def on_start(self, event):
        self.stack.append([time.process_time(), 0.0])

    def on_end(self, event):
        start, inner = self.stack.pop()
        whole = time.process_time() - start
        if self.stack:
            self.stack[-1][1] += whole
        function = event.data["dispatcher"].py_func
        name = f"{function.__module__}.{function.__qualname__}"
        if name.startswith("treeprune"):
            self.own[name] = self.own.get(name, 0.0) + whole - inner
        elif self.stack:
            self.stack[-1][1] -= whole  # numba's own, made for the kernel that asks for it

compilations = Compilations()
with events.install_listener("numba:compile", compilations):
    first = seconds(job)
again = min(seconds(job) for _ in range(5))
print(json.dumps({"ready": first - again, "job": again, "kernels": compilations.own}))
"""


def told_by(code: str, cache: str) -> dict[str, Any]:
    """What a new process prints in its last line."""
    environment = os.environ | {"NUMBA_CACHE_DIR": cache}
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def main() -> None:
    """Measure, print the dearest kernels, write the table."""
    imports = [told_by(IMPORTS, tempfile.mkdtemp()) for _ in range(REPEATS)]
    cold, warm = [], []
    for _ in range(2):
        with tempfile.TemporaryDirectory() as cache:
            cold.append(told_by(JOB, cache))
            warm += [told_by(JOB, cache) for _ in range(REPEATS)]
    once = min(cold, key=lambda x: x["ready"])
    rows = [
        {
            "what": "import scikit-learn's trees and ensembles",
            "CPU seconds": min(x["scikit-learn"] for x in imports),
        },
        {"what": "import treeprune after it", "CPU seconds": min(x["treeprune"] for x in imports)},
        {"what": "compile what the main job needs, once", "CPU seconds": once["ready"]},
        {"what": "read it from disk, each process", "CPU seconds": min(x["ready"] for x in warm)},
        {"what": "the main job itself, here", "CPU seconds": min(x["job"] for x in warm)},
    ]
    for name, seconds in sorted(once["kernels"].items(), key=lambda x: -x[1]):
        print(f"{seconds:6.2f}  {name}")
    write_table("start", "What a process pays before it prunes", rows)


if __name__ == "__main__":
    main()
