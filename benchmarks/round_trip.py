"""Reading, pruning and writing a model against the vendor's own way to look at its trees.

Nobody else writes a pruned model back, so the peer of reading is the table of nodes that XGBoost and
LightGBM offer (`trees_to_dataframe`), and for scikit-learn a deep copy of the model, the least that an
edit which leaves the original alone could cost.
"""

from __future__ import annotations

import copy

import lightgbm as lgb
import numpy as np
import xgboost as xgb
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from tables import extra_peak_megabytes, timed, write_table

from treeprune.backends import read, write
from treeprune.model.edit import collapse, keep_trees


def one_row(name: str, model, peer, peer_name: str) -> dict[str, object]:
    reading, e = timed(lambda: read(model), repeats=3)
    rng = np.random.default_rng(0)
    small = keep_trees(e, np.flatnonzero(rng.random(e.n_trees) < 0.7))
    small = collapse(small, rng.random(small.n_nodes) < 0.15)
    writing, written = timed(lambda: write(model, small), repeats=3)
    theirs, _ = timed(peer, repeats=3)
    return {
        "model": name,
        "nodes": e.n_nodes,
        "nodes after": read(written).n_nodes,
        "read s": reading,
        "write and check s": writing,
        "peer": peer_name,
        "peer s": theirs,
        "ratio of reading": theirs / reading,
        "extra peak MB, read and write": extra_peak_megabytes(
            lambda: write(model, collapse(read(model), read(model).is_leaf))
        ),
    }


if __name__ == "__main__":
    X, y = make_classification(20_000, 30, n_informative=15, flip_y=0.1, random_state=0)
    booster = xgb.XGBClassifier(n_estimators=1000, max_depth=6, n_jobs=2).fit(X, y)
    light = lgb.LGBMClassifier(n_estimators=1000, num_leaves=63, n_jobs=2, verbose=-1).fit(X, y)
    hist = HistGradientBoostingClassifier(max_iter=500, random_state=0).fit(X, y)
    forest = RandomForestClassifier(500, max_depth=12, n_jobs=2, random_state=0).fit(X, y)
    for model in (booster, light, hist, forest):  # compile
        write(model, read(model))
    frame = "trees_to_dataframe"
    write_table(
        "round_trip",
        "Reading and writing native models",
        [
            one_row(
                "XGBoost, 1000 trees, depth 6", booster, booster.get_booster().trees_to_dataframe, frame
            ),
            one_row("LightGBM, 1000 trees, 63 leaves", light, light.booster_.trees_to_dataframe, frame),
            one_row("HistGradientBoosting, 500 trees", hist, lambda: copy.deepcopy(hist), "deep copy"),
            one_row(
                "RandomForest, 500 trees, depth 12", forest, lambda: copy.deepcopy(forest), "deep copy"
            ),
        ],
    )
