"""Clinical tables: what they hold, what is known to be wrong with them, and how to get them."""

from treeprune.datasets.bundled import load_breast_cancer, load_diabetes
from treeprune.datasets.card import Card
from treeprune.datasets.cleveland import load_cleveland
from treeprune.datasets.cohort import load_clinical_cohort, make_clinical_cohort
from treeprune.datasets.cohort_risk import clinical_cohort_risk
from treeprune.datasets.dataset import Dataset
from treeprune.datasets.diabetes_130 import load_diabetes_130
from treeprune.datasets.source_file import DatasetUnavailableError
from treeprune.datasets.support2 import load_support2

__all__ = [
    "Card",
    "Dataset",
    "DatasetUnavailableError",
    "clinical_cohort_risk",
    "load_breast_cancer",
    "load_cleveland",
    "load_clinical_cohort",
    "load_diabetes",
    "load_diabetes_130",
    "load_support2",
    "make_clinical_cohort",
]
