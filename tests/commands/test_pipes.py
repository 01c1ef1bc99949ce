"""Output that nobody reads to its end."""

import os
import subprocess
import sys

import lightgbm as lgb
import numpy as np


def test_a_reader_that_has_enough_is_no_mistake(tmp_path):
    X = np.arange(200.0)[:, None]
    lgb.LGBMRegressor(n_estimators=2, verbose=-1).fit(X, X[:, 0]).booster_.save_model(tmp_path / "m.txt")
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "treeprune", "info", str(tmp_path / "m.txt")]
    try:
        done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(write)
    assert done.stderr == ""
    assert done.returncode == 141
