"""Whether two ways to prune differ on the same test rows by more than chance.

Rows are split as in `ensembles.py`. The AUC of both ways is compared on the same bootstrap samples of the
test rows (B. Efron, R. Tibshirani, An introduction to the bootstrap, 1993), averaged over splits.
"""

from __future__ import annotations

import argparse

import numpy as np
from ensemble_tables import MODELS, TABLES, Rows
from ensemble_ways import WAYS
from sklearn.metrics import roc_auc_score

_SAMPLES = 500


def main(options: argparse.Namespace) -> None:
    """Print the mean difference of the first way to each other one, and its standard error."""
    rng = np.random.default_rng(0)
    first, *others = options.ways
    differences: dict[str, list[list[float]]] = {way: [] for way in others}
    for seed in range(options.seeds):
        rows = Rows.of(options.table, seed)
        model = MODELS[options.model](seed).fit(rows.train, rows.y_train)
        risk = {way: WAYS[way](model, rows)[options.nodes][1](rows.test) for way in options.ways}
        samples = [rng.integers(0, len(rows.y_test), len(rows.y_test)) for _ in range(_SAMPLES)]
        areas = {way: [roc_auc_score(rows.y_test[i], p[i]) for i in samples] for way, p in risk.items()}
        for way in others:
            differences[way].append(np.subtract(areas[first], areas[way]).tolist())
    for way, found in differences.items():
        mean = np.mean(found, axis=0)
        print(f"{first} - {way}: {mean.mean():.4f} ± {mean.std():.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", choices=TABLES, default="SUPPORT2")
    parser.add_argument("--model", choices=MODELS, default="XGB-300")
    parser.add_argument("--nodes", type=int, default=8000)
    parser.add_argument("--seeds", type=int, default=2)
    ways = ["JointPruner", "TreeCountPruner, greedy", "the first trees"]
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=ways)
    main(parser.parse_args())
