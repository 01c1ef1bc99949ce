"""What other documents take from the report."""

import json
from xml.etree import ElementTree

import pytest

from tests.audit.helpers import kind_report, tree_report
from treeprune.audit.checklist import CHECKLIST, HEADINGS, HUMAN
from treeprune.audit.words import ABSENT, safe_for_markdown, safe_for_spreadsheets, shown

# elements of the CHAI Applied Model Card v0.2 that must be there, in order; https://mc.chai.org
CHAI = {
    "BasicInfo": ["ModelName", "ModelDeveloper", "DeveloperContact"],
    "ReleaseInfo": ["ReleaseStage", "ReleaseDate", "ReleaseVersion", "GlobalAvailability"],
    "ModelSummary": ["Summary", "Keywords"],
    "UsesAndDirections": ["IntendedUseAndWorkflow", "PrimaryIntendedUsers", "HowToUse",
                          "TargetedPatientPopulation", "CautionedOutOfScopeSettings"],
    "Warnings": ["KnownRisksAndLimitations", "KnownBiasesOrEthicalConsiderations", "ClinicalRiskLevel"],
    "TrustIngredients": ["AISystemFacts", "TransparencyInformation"],
    "KeyMetrics": ["UsefulnessUsabilityEfficacy", "FairnessEquity", "SafetyReliability"],
    "Resources": ["PeerReviewedPublications", "PatientConsentOrDisclosure"],
    "Bibliography": [],
}  # fmt: skip
FACTS = ["OutcomesAndOutputs", "ModelType", "InputDataSource", "OutputAndInputDataTypes",
         "DevelopmentDataCharacterization", "BiasMitigationApproaches", "OngoingMaintenance"]  # fmt: skip
METRIC = ["MetricGoal", "Results", "Interpretation", "TestType", "TestingDataDescription",
          "ValidationProcessAndJustification"]  # fmt: skip


@pytest.mark.parametrize(
    "make", [tree_report, lambda: kind_report("numbers"), lambda: kind_report("linear")]
)
def test_the_chai_card_has_its_elements_in_order(make):
    root = ElementTree.fromstring(make().to_chai_xml())
    space = "{https://mc.chai.org/v0.2/schema.xsd}"
    assert root.tag == f"{space}AppliedModelCard"
    assert {
        child.tag.removeprefix(space): [c.tag.removeprefix(space) for c in child] for child in root
    } == CHAI
    assert [child.tag.removeprefix(space) for child in root] == list(CHAI)
    facts = root.find(f"{space}TrustIngredients/{space}AISystemFacts")
    assert [c.tag.removeprefix(space) for c in facts] == FACTS
    for metric in root.find(f"{space}KeyMetrics"):
        assert [c.tag.removeprefix(space) for c in metric] == METRIC
        results = metric.find(f"{space}Results")
        assert len(results) >= 1
        for result in results:
            assert [c.tag.removeprefix(space) for c in result] == ["Label", "ValueJson"]
            json.loads(result[1].text)


def test_what_only_people_know_is_left_to_them():
    chai = tree_report().to_chai()
    assert chai["Warnings"]["ClinicalRiskLevel"] == HUMAN
    assert chai["UsesAndDirections"]["IntendedUseAndWorkflow"] == "A test."
    assert chai["Warnings"]["KnownRisksAndLimitations"] == "Adults only."
    auc = chai["KeyMetrics"]["UsefulnessUsabilityEfficacy"]["Results"][0]
    own = tree_report().comparison.outcomes.areas.before
    assert auc["Label"] == "AUC, before"
    assert json.loads(auc["ValueJson"])["estimate"] == own.estimate


def test_a_model_card_of_skops(tmp_path):
    pytest.importorskip("skops")
    card = tree_report().to_model_card()
    card.save(tmp_path / "README.md")
    text = (tmp_path / "README.md").read_text("utf-8")
    assert "## Outcomes" in text
    assert "| difference in AUC |" in text
    assert HUMAN in text
    assert "Adults only." in text


def test_provenance_names_models_data_and_software():
    found = json.loads(json.dumps(tree_report().to_provenance()))
    models = found["models"]
    assert models["after"]["was-derived-from"] == models["before"]["sha256"] != models["after"]["sha256"]
    assert set(found["data"]) == {"train", "test"}
    assert found["test-rows-are-new"] is True
    assert found["method"] == "CostComplexityPruner"
    assert {"treeprune", "numpy", "scikit-learn", "Python"} <= set(found["software"])


def test_the_checklist_points_to_sections():
    report = tree_report()
    headings = {section.key: section.heading for section in report.sections}
    assert {key: headings[key] for key in HEADINGS} == HEADINGS
    assert {key for item in CHECKLIST for key in item.keys} <= set(HEADINGS)
    rows = next(s for s in report.sections if s.key == "checklist").tables[0].rows
    assert len(rows) == len(CHECKLIST)
    assert sum(row[2] == HUMAN for row in rows) == sum(not item.keys for item in CHECKLIST) > 10
    trees = next(s for s in kind_report("trees").sections if s.key == "checklist").tables[0].rows
    assert any("Subgroups (not assessed)" in row[2] for row in trees)


@pytest.mark.parametrize(
    ("x", "text"),
    [(None, ABSENT), (True, "yes"), (3, "3"), (1234567, "1,234,567"), (0.123456, "0.1235"), (2.0, "2"),
     (12345.678, "12,345.7"), (1e300, "1e+300"), (-0.00001234, "-1.234e-05"), ("a", "a")],
)  # fmt: skip
def test_numbers_as_they_are_read(x, text):
    assert shown(x) == text


@pytest.mark.parametrize("x", ["=1+1", "+1", "-1", "@x", " =1", "\t=1"])
def test_formulas_are_text_in_spreadsheets(x):
    assert safe_for_spreadsheets(x)[0] in "'\\"
    assert safe_for_spreadsheets(-1.5) == -1.5
    assert safe_for_spreadsheets("age") == "age"


def test_markdown_is_text():
    assert safe_for_markdown("<b>|*a*") == r"&lt;b&gt;\|\*a\*"
