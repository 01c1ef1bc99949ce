"""The table of supported models in docs, made from what the contract suite tests.

``python -m tests.backends.compatibility`` writes it; a test fails where it is not up to date.
"""

from pathlib import Path

from tests.backends.families import FAMILIES, Family
from treeprune.backends import read
from treeprune.backends.linear import linear_backends

PAGE = Path(__file__).parents[2] / "docs" / "supported-models.md"

HEAD = """# Supported models

Made by `python -m tests.backends.compatibility` from the families that the contract suite
(`tests/backends/test_contract.py`) runs over, {n_cases} model configurations in all. Every "yes" is a test
over every configuration of its line; every footnote is a tested refusal. CI runs the suite on
Python 3.11 and 3.13, `.ci/oldest` on the oldest releases that are allowed.

- **reads**: the ensemble's raw output equals the vendor's, on thresholds, one unit in the last place beside
  them, on missing values and other categories: "bit for bit", or to the tolerance given where the vendor
  averages in another order.
- **identity**: reading and writing without a decision gives back every bit.
- **branches**: any splits may be collapsed. **leaf values**, **tree factors**, **fewer trees**, **order**:
  what else may be edited.
- **refit**: the result can be cloned and fitted anew. **SHAP**: attributions of pruned models add up to the
  native raw output, by the route that is right for the family (a configuration is left out where that
  route cannot explain the model as it was grown; `tests/backends/families` says which).
- **joint**: `JointPruner` and `FeaturePruner` choose trees, branches and leaf values together
  (`tests/pruners/test_every_family.py`): classes, several outcomes of them, classes one against all,
  numbers behind every link, sums and means. The votes of `AdaBoostClassifier` stay as they are; branches
  and factors are chosen. A model with several answers to one outcome (quantiles) is refused: no loss
  judges them.
- **file**: what `save_model` writes and `load_model` checks and reads.
- Results can be pickled, copied, stored and pruned again, all of them.

`DaskXGBClassifier`, `DaskXGBRegressor`, `DaskXGBRanker`, `DaskLGBMClassifier`, `DaskLGBMRegressor` and
`DaskLGBMRanker` hold the same documents in another wrapper; `tests/backends/test_dask.py` tests that they
come back as they went.
"""

FILES = {"xgboost": "JSON, UBJSON", "lightgbm": "text", "sklearn": "skops"}

COLUMNS = {
    "values": "leaf values",
    "weights": "tree factors",
    "drop": "fewer trees",
    "reorder": "order",
    "refit": "refit",
    "shap": "SHAP",
    "joint": "joint",
}


LINEAR = """
## Linear models

`tests/backends/test_sklearn_linear.py` reads, writes and makes each of them. Columns that go have
coefficients of 0; parameters, labels and names of columns stay. Pipelines that end in a linear model are
served by `LinearModelPruner` and `compare`.

| family | classes | `L1FeaturePruner` | `LinearModelPruner` |
|---|---|---|---|
| squared error | {squared} (`loss="squared_error"`) | yes | yes |
| log loss, any classes | `LogisticRegression`, `LogisticRegressionCV` | yes | unless one against all |
| log loss | `SGDClassifier(loss="log_loss")` | yes | two classes |
| Poisson deviance | `PoissonRegressor` | yes | yes |
| hinge | `LinearSVC`, `SGDClassifier` | no: no probabilities | no |

Several outcomes are refused.
"""


def _line(name: str, family: Family, notes: list[str]) -> str:
    several = any(read(case.model).n_trees > 1 for case in family.cases)
    cells = []
    for operation in COLUMNS:
        if operation in family.cannot:
            why = family.cannot[operation]
            if why not in notes:
                notes.append(why)
            cells.append(f"no [{notes.index(why) + 1}]")
        elif operation in ("weights", "drop", "reorder") and not several:
            cells.append("-")
        else:
            cells.append("yes")
    reads = "bit for bit" if family.tolerance == 0 else f"to {family.tolerance:g}"
    vendor, _, cls = name.partition(":")
    file = FILES.get(vendor, "its own")
    return (
        f"| {vendor} | `{cls}` | {len(family.cases)} | {reads} | yes | yes | {' | '.join(cells)} | {file} |"
    )


def page() -> str:
    """The whole page."""
    notes: list[str] = []
    lines = [_line(name, family, notes) for name, family in sorted(FAMILIES.items())]
    titles = ["package", "class", "cases", "reads", "identity", "branches", *COLUMNS.values(), "file"]
    table = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}", *lines]
    n_cases = sum(len(family.cases) for family in FAMILIES.values())
    footnotes = [f"{i}. {note}" for i, note in enumerate(notes, 1)]
    others = (
        "LogisticRegression",
        "LogisticRegressionCV",
        "PoissonRegressor",
        "SGDClassifier",
        "LinearSVC",
    )
    linear = sorted(name.partition(":")[2] for name in linear_backends())
    squared = ", ".join(f"`{name}`" for name in linear if name not in others)
    parts = [HEAD.format(n_cases=n_cases), *table, "", *footnotes, LINEAR.format(squared=squared)]
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page())
