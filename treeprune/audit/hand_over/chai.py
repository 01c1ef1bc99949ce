"""Fields of the CHAI Applied Model Card that evidence can fill: https://mc.chai.org/v0.2/schema.xsd."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

from treeprune.agreement.intervals import Interval
from treeprune.audit.checklist import HUMAN
from treeprune.audit.context import Context
from treeprune.audit.parts import cell
from treeprune.audit.plain_words import explanation
from treeprune.audit.sections.identity import family
from treeprune.export.vocabulary import plain

_NAMESPACE = "https://mc.chai.org/v0.2/schema.xsd"


def chai_fields(context: Context, created: str) -> dict[str, Any]:
    """All mandatory fields in their order; those that only people can fill say so.

    Parameters
    ----------
    context : Context
    created : str

    Returns
    -------
    dict
        Nested as the elements are; ``Results`` is a list of labels and values.
    """
    pair = context.comparison.pair
    limits = " ".join(context.limits) or HUMAN
    return {
        "BasicInfo": {
            "ModelName": context.after_name,
            "ModelDeveloper": context.author or HUMAN,
            "DeveloperContact": HUMAN,
        },
        "ReleaseInfo": {
            "ReleaseStage": HUMAN,
            "ReleaseDate": f"{HUMAN}; this card was made on {created[:10]}",
            "ReleaseVersion": HUMAN,
            "GlobalAvailability": HUMAN,
        },
        "ModelSummary": {"Summary": explanation(context), "Keywords": {"Keyword": "pruned model"}},
        "UsesAndDirections": {
            "IntendedUseAndWorkflow": context.intended_use or HUMAN,
            "PrimaryIntendedUsers": HUMAN,
            "HowToUse": HUMAN,
            "TargetedPatientPopulation": HUMAN,
            "CautionedOutOfScopeSettings": HUMAN,
        },
        "Warnings": {
            "KnownRisksAndLimitations": limits,
            "KnownBiasesOrEthicalConsiderations": HUMAN,
            "ClinicalRiskLevel": HUMAN,
        },
        "TrustIngredients": {
            "AISystemFacts": {
                "OutcomesAndOutputs": f"{pair.kind} outcome; answers: {context.unit}. Definition: {HUMAN}",
                "ModelType": family(pair.after.model),
                "InputDataSource": HUMAN,
                "OutputAndInputDataTypes": f"{pair.X.shape[1]} columns in. {HUMAN}",
                "DevelopmentDataCharacterization": HUMAN,
                "BiasMitigationApproaches": HUMAN,
                "OngoingMaintenance": HUMAN,
            },
            "TransparencyInformation": {"FundingSource": HUMAN, "StakeholdersConsulted": HUMAN},
        },
        "KeyMetrics": {
            "UsefulnessUsabilityEfficacy": _metric(context, _usefulness(context)),
            "FairnessEquity": _metric(context, _fairness(context)),
            "SafetyReliability": _metric(context, _safety(context)),
        },
        "Resources": {"PeerReviewedPublications": HUMAN, "PatientConsentOrDisclosure": HUMAN},
        "Bibliography": HUMAN,
    }


def _metric(context: Context, results: dict[str, Any]) -> dict[str, Any]:
    return {
        "MetricGoal": HUMAN,
        "Results": [
            {"Label": label, "ValueJson": json.dumps(value)}
            for label, value in (results or {"not assessed": None}).items()
        ],
        "Interpretation": HUMAN,
        "TestType": "comparison of the model before with the model after on held-out rows",
        "TestingDataDescription": f"{context.rows}. {HUMAN}",
        "ValidationProcessAndJustification": HUMAN,
    }


def _plain(own: Interval) -> dict[str, Any]:
    names = ("estimate", "low", "high", "confidence")
    return {name: cell(getattr(own, name)) for name in names} | {"method": own.method}


def _usefulness(context: Context) -> dict[str, Any]:
    found = context.comparison.outcomes
    results: dict[str, Any] = {}
    if found.areas is not None:
        results |= {f"AUC, {name}": _plain(getattr(found.areas, name)) for name in ("before", "after")}
    if found.difference is not None:
        results[f"difference in {found.measure}"] = _plain(found.difference)
    return results


def _fairness(context: Context) -> dict[str, Any]:
    found = context.comparison.subgroups
    if found is None:
        return {}
    return {
        plain(f"{change.name}, after minus before, {group.column}: {group.label}"): _plain(
            change.difference
        )
        for group in found.subgroups[1:]
        for change in group.changes
    }


def _safety(context: Context) -> dict[str, Any]:
    change = context.comparison.predictions.change
    results = {f"absolute change of {level:.0%} of rows at most": cell(x) for level, x in change.quantiles}
    results["largest absolute change"] = cell(change.maximum)
    bound = None if context.certificate is None else context.certificate.get("bound")
    return results if bound is None else results | {"bound on the change over a domain": cell(bound)}


def chai_xml(fields: dict[str, Any]) -> str:
    """Fields as an XML document.

    Parameters
    ----------
    fields : dict
        From `chai_fields`.

    Returns
    -------
    str
    """
    ElementTree.register_namespace("", _NAMESPACE)
    root = ElementTree.Element(f"{{{_NAMESPACE}}}AppliedModelCard")
    _fill(root, fields)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _fill(parent: ElementTree.Element, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        element = ElementTree.SubElement(parent, f"{{{_NAMESPACE}}}{name}")
        if isinstance(value, dict):
            _fill(element, value)
        elif isinstance(value, list):
            for each in value:
                _fill(ElementTree.SubElement(element, f"{{{_NAMESPACE}}}MetricResult"), each)
        else:
            element.text = value
