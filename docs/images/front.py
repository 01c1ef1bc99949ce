"""Draw ``front.png``: every pruning of a forest on SUPPORT2 that a search has tried.

``TREEPRUNE_DATA=folder python docs/images/front.py``, with support2.csv in the folder; takes minutes.
"""

import os
from pathlib import Path

import matplotlib as mpl
import numpy as np
from sklearn.ensemble import RandomForestClassifier

from treeprune import PruningFrontDisplay, PruningSearchCV
from treeprune.demo import encoder, load_table

LEAKS = (
    "death,slos,d.time,hday,charges,totcst,totmcst,avtisst,dnr,dnrday,sfdm2,adlp,adls,adlsc,sps,aps,surv2m,"
    "surv6m,prg2m,prg6m"
)
"""Columns that are known only later, or are models of others."""

LARGE = {"font.size": 14, "legend.fontsize": 12, "axes.titlesize": 14, "figure.figsize": (7.5, 5)}


def main() -> None:
    """Search and draw."""
    mpl.use("agg")
    from matplotlib import pyplot

    X, y = load_table(Path(os.environ["TREEPRUNE_DATA"]) / "support2.csv", "hospdead", LEAKS.split(","))
    rows = encoder().fit_transform(X).to_numpy(np.float32)
    search = PruningSearchCV(RandomForestClassifier(500, random_state=0)).fit(rows, y.to_numpy())
    with mpl.rc_context(LARGE):
        figure, ax = pyplot.subplots(layout="constrained")
        PruningFrontDisplay.from_estimator(search, name="a forest of 500 trees (SUPPORT2)", ax=ax)
        ax.set(ylabel="Brier score of held-out rows", ylim=(0.13, 0.25))  # the worst ones are cut off
        ax.legend(frameon=False, loc="upper left")
        figure.savefig(Path(__file__).with_name("front.png"), dpi=130)
    print(search.results_[search.results_["chosen"] | (search.results_["strategy"] == "none")].T)


if __name__ == "__main__":
    main()
