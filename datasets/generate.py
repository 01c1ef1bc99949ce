"""Write what this folder holds: the table of the synthetic cohort, and a card for each data set.

Usage: python datasets/generate.py
"""

from __future__ import annotations

from pathlib import Path

from treeprune import datasets
from treeprune.datasets.cohort import cohort_table

HERE = Path(__file__).parent
LOADERS = [name for name in datasets.__all__ if name.startswith("load_")]


def main() -> None:
    """Write the files."""
    table = cohort_table(datasets.load_clinical_cohort())
    table.to_csv(HERE / "clinical_cohort.csv", index=False, lineterminator="\n")
    for name in LOADERS:
        page = HERE / "cards" / f"{name.removeprefix('load_')}.md"
        try:
            text = getattr(datasets, name)().card.to_markdown()
        except datasets.DatasetUnavailableError as error:
            print(f"{page.name} stays as it is: {error}")
            continue
        page.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
