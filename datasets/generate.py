"""Write what this folder holds: the table of the synthetic cohort, and a card for each data set.

Usage: python datasets/generate.py
"""

from __future__ import annotations

from pathlib import Path

from treeprune import datasets
from treeprune.datasets.card import read_card
from treeprune.datasets.cohort import cohort_table

HERE = Path(__file__).parent
NAMES = [name.removeprefix("load_") for name in datasets.__all__ if name.startswith("load_")]


def main() -> None:
    """Write the files."""
    table = cohort_table(datasets.load_clinical_cohort())
    table.to_csv(HERE / "clinical_cohort.csv", index=False, lineterminator="\n")
    for name in NAMES:
        # no test can count its rows, so its page says what others report
        card = read_card(name) if name == "diabetes_130" else getattr(datasets, f"load_{name}")().card
        (HERE / "cards" / f"{name}.md").write_text(card.to_markdown(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
