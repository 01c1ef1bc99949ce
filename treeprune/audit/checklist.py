"""Items of reporting guidelines and where the report speaks of them: a table, no code."""

from __future__ import annotations

from dataclasses import dataclass

HUMAN = "only a human can supply this"


@dataclass(frozen=True)
class Item:
    """An item of a guideline.

    Parameters
    ----------
    source : str
    item : str
        In short words of our own.
    keys : tuple of str
        Sections that speak of it; none if only people can.
    """

    source: str
    item: str
    keys: tuple[str, ...] = ()


_T, _P, _F, _C = "TRIPOD+AI", "PROBAST+AI", "PCCP", "CHAI model card"

CHECKLIST: tuple[Item, ...] = (
    Item(_T, "background, objectives and intended users"),
    Item(_T, "sources of data, dates, settings"),
    Item(_T, "participants, eligibility, treatments"),
    Item(_T, "outcome: definition and how it was assessed"),
    Item(_T, "predictors: definition and how they were measured"),
    Item(_T, "sample size", ("data",)),
    Item(_T, "missing data: how much, and how handled"),
    Item(_T, "division of data into parts", ("data",)),
    Item(_T, "model type, building, selection", ("change", "choice")),
    Item(_T, "measures of performance", ("outcomes",)),
    Item(_T, "updating of the model", ("change", "choice")),
    Item(_T, "class imbalance and how it was handled"),
    Item(_T, "fairness: performance in groups", ("subgroups",)),
    Item(_T, "full specification of the model", ("model", "exports")),
    Item(_T, "performance with intervals, calibration", ("outcomes",)),
    Item(_T, "limitations", ("limits",)),
    Item(_T, "usability: input quality, users' skills"),
    Item(_T, "availability of data, code, protocol", ("identity",)),
    Item(_T, "funding, conflicts of interest, registration"),
    Item(_T, "involvement of patients and the public"),
    Item(_P, "participants: are they those the model is for"),
    Item(_P, "predictors: known when the model is used"),
    Item(_P, "outcome: assessed without knowledge of predictors"),
    Item(_P, "analysis: enough rows with the outcome", ("outcomes", "data")),
    Item(_P, "analysis: discrimination and calibration", ("outcomes",)),
    Item(_P, "analysis: no leak between choice and test", ("data", "choice")),
    Item(_P, "analysis: optimism of the choice", ("choice",)),
    Item(_P, "applicability to the question at hand"),
    Item(_F, "description of modifications", ("identity", "change", "model")),
    Item(_F, "modification protocol", ("choice", "data")),
    Item(_F, "impact assessment", ("predictions", "outcomes", "attributions", "subgroups", "regions")),
    Item(_F, "monitoring after release"),
    Item(_C, "release: developer, contact, version"),
    Item(_C, "uses and directions"),
    Item(_C, "known risks and limitations", ("limits",)),
    Item(_C, "known biases", ("subgroups",)),
    Item(_C, "clinical risk level"),
    Item(
        _C,
        "key metrics: usefulness, fairness, safety",
        ("outcomes", "subgroups", "predictions", "certificate"),
    ),
    Item(_C, "ongoing maintenance, security"),
)


HEADINGS = {
    "identity": "Identity",
    "change": "What was removed, and why",
    "model": "The model itself",
    "choice": "How the model was chosen",
    "data": "Roles of data",
    "predictions": "Predictions",
    "outcomes": "Outcomes",
    "attributions": "Reasons (SHAP values)",
    "subgroups": "Subgroups",
    "regions": "Where answers change most",
    "certificate": "Certificate",
    "exports": "Exports",
    "limits": "Limits",
}
"""Headings of sections that items point to, by their keys."""


def place_of(item: Item, absent: frozenset[str]) -> str:
    """Headings of the sections that speak of an item, or that only people can.

    Parameters
    ----------
    item : Item
    absent : frozenset of str
        Keys of sections that say that nothing was assessed.
    """
    if not item.keys:
        return HUMAN
    return "; ".join(HEADINGS[key] + " (not assessed)" * (key in absent) for key in item.keys)
