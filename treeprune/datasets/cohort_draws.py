"""Patients of the synthetic cohort: everything that is recorded, before anything goes missing.

Every row is made of its own uniform numbers, in a fixed order, so a larger cohort begins with the rows of a
smaller one, and the two periods do not depend on each other.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from treeprune.model.ensemble import Array

WORDS = {
    "sex": ["female", "male"],
    "site": ["north", "south", "east", "dialysis centre"],
    "admission": ["elective", "urgent", "emergency"],
    "ward": ["medicine", "surgery", "cardiology", "oncology"],
}
_SHARES = {"sex": [0.5, 0.5], "site": [0.46, 0.31, 0.18, 0.05], "ward": [0.45, 0.3, 0.15, 0.1]}
_ADMISSION_CUTS = (-0.6, 0.3)
_CONSCIOUSNESS_CUTS = (1.0, 1.6, 2.2)

LACTATE_LATER = 1.25
"""What the lactate analyser of the later period shows, for each mmol/l there is."""

_N_UNIFORM = 30


class _Draws:
    """Columns of a table of uniform numbers, each used once."""

    def __init__(self, rng: np.random.Generator, n_rows: int) -> None:
        self._table = rng.random((n_rows, _N_UNIFORM))
        self._next = 0

    def uniform(self) -> Array:
        column = self._table[:, self._next]
        self._next += 1
        return column

    def normal(self) -> Array:
        return ndtri(np.clip(self.uniform(), 1e-12, 1.0 - 1e-12))

    def word(self, name: str) -> Array:
        return np.searchsorted(np.cumsum(_SHARES[name])[:-1], self.uniform(), side="right")


def draw(rng: np.random.Generator, n_rows: int, *, later: bool) -> tuple[pd.DataFrame, Array, Array]:
    """Draw patients.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_rows : int
    later : bool
        Whether lactate is measured by the later analyser.

    Returns
    -------
    complete : pandas.DataFrame, shape (n_rows, 22)
        What would be recorded if nothing were missing, rounded as it is recorded.
    severity : ndarray of float64, shape (n_rows,)
        How ill patients look to those who order tests; it is recorded nowhere.
    uniform : ndarray of float64, shape (n_rows, 6)
        Left for the outcome (first column) and for what goes missing.
    """
    u = _Draws(rng, n_rows)
    severity = u.normal()
    kidney = 0.4 * severity + u.normal()
    inflamed = 0.5 * severity + u.normal()
    sex, site, ward = u.word("sex"), u.word("site"), u.word("ward")
    dialysis = site == 3
    age = np.clip(_rounded(66.0 + 14.0 * u.normal()), 18, 99)
    diabetes = (u.uniform() < 0.18 + 0.12 * dialysis).astype(np.float64)
    comorbidities = np.clip(np.floor(1.0 * u.normal() + 0.035 * (age - 26.0) + diabetes), 0, 6)
    admission = np.digitize(0.5 * severity + u.normal(), _ADMISSION_CUTS)
    consciousness = np.digitize(0.7 * severity + 0.7 * u.normal(), _CONSCIOUSNESS_CUTS).astype(np.float64)
    oxygen = (u.uniform() < np.clip(0.22 + 0.15 * severity, 0.02, 0.95)).astype(np.float64)
    systolic = np.clip(_rounded(128.0 + 0.1 * (age - 66.0) - 9.0 * severity + 17.0 * u.normal()), 55, 230)
    heart_rate = np.clip(
        _rounded(86.0 + 7.0 * severity - 0.1 * (systolic - 128.0) + 14.0 * u.normal()), 35, 190
    )
    respiratory_rate = np.clip(_rounded(18.0 + 2.0 * severity + 3.0 * oxygen + 3.0 * u.normal()), 8, 50)
    temperature = np.clip(_rounded(37.0 + 0.35 * inflamed + 0.45 * u.normal(), 1), 33.0, 41.5)
    lactate = np.clip(np.exp(0.35 + 0.45 * severity + 0.35 * u.normal()), 0.4, 18.0)
    creatinine = np.exp(4.45 + 0.32 * kidney + 0.2 * u.normal() + 1.35 * dialysis)
    urea = np.exp(1.85 + 0.30 * kidney + 0.004 * (age - 66.0) + 0.22 * u.normal() + 0.7 * dialysis)
    crp = np.clip(np.exp(3.4 + 0.7 * inflamed + 0.4 * u.normal()), 1.0, 500.0)
    albumin = np.clip(37.0 - 2.5 * inflamed - 0.8 * severity + 3.0 * u.normal(), 12.0, 52.0)
    haemoglobin = np.clip(12.6 + 0.8 * sex - 0.5 * kidney + 1.4 * u.normal(), 4.5, 19.0)
    sodium = np.clip(138.0 - 0.6 * severity + 4.0 * u.normal(), 110.0, 165.0)
    weekday = np.floor(7.0 * u.uniform())
    columns: dict[str, Array] = {
        "age": age,
        "sex": sex,
        "site": site,
        "admission": admission,
        "ward": ward,
        "comorbidities": comorbidities,
        "diabetes": diabetes,
        "consciousness": consciousness,
        "oxygen": oxygen,
        "systolic_bp": systolic,
        "heart_rate": heart_rate,
        "shock_index": _rounded(heart_rate / systolic, 2),
        "respiratory_rate": respiratory_rate,
        "temperature": temperature,
        "lactate": _rounded(lactate * (LACTATE_LATER if later else 1.0), 1),
        "creatinine": _rounded(creatinine),
        "urea": _rounded(urea, 1),
        "crp": _rounded(crp),
        "albumin": _rounded(albumin),
        "haemoglobin": _rounded(haemoglobin, 1),
        "sodium": _rounded(sodium),
        "weekday": weekday,
    }
    left = np.column_stack([u.uniform() for _ in range(6)])
    return pd.DataFrame(columns), severity, left


def _rounded(numbers: Array, digits: int = 0) -> Array:
    """As it stands in a record; this also hides in which bit two machines' logarithms differ."""
    return np.round(numbers, digits)
