"""Diabetes 130-US hospitals, on a small file of the same form (the real one is not here)."""

import numpy as np
import pandas as pd
import pytest

from treeprune.datasets import load_diabetes_130
from treeprune.datasets.diabetes_130 import _NUMBERS, _parse
from treeprune.datasets.diagnoses import GROUPS, diagnosis_group

DRUGS = ("metformin", "insulin", "examide", "metformin-pioglitazone")
ROW = {
    "encounter_id": "1",
    "patient_nbr": "100",
    "race": "Caucasian",
    "gender": "Female",
    "age": "[70-80)",
    "weight": "?",
    "admission_type_id": "1",
    "discharge_disposition_id": "1",
    "admission_source_id": "7",
    "payer_code": "MC",
    "medical_specialty": "Cardiology",
    **dict.fromkeys(_NUMBERS, "3"),
    "diag_1": "428",
    "diag_2": "250.83",
    "diag_3": "V57",
    "max_glu_serum": "None",
    "A1Cresult": ">8",
    **dict.fromkeys(DRUGS, "No"),
    "change": "Ch",
    "diabetesMed": "Yes",
    "readmitted": "NO",
}
CHANGES = (
    {},
    {"readmitted": "<30", "encounter_id": "2"},  # the same patient again
    {"readmitted": ">30", "patient_nbr": "101", "race": "?", "gender": "Unknown/Invalid"},
    {"discharge_disposition_id": "11", "patient_nbr": "102"},  # died
    {"discharge_disposition_id": "13", "patient_nbr": "103", "readmitted": "<30"},  # hospice
    {"age": "[0-10)", "weight": ">200", "admission_type_id": "6", "diag_1": "?", "insulin": "Up"},
    {"age": "[60-70)", "A1Cresult": "", "max_glu_serum": "", "change": "No", "diabetesMed": "No"},
    {"discharge_disposition_id": "22", "medical_specialty": "?", "num_medications": "81"},
)


def write(folder, changes=CHANGES):
    pd.DataFrame([ROW | change for change in changes]).to_csv(folder / "diabetic_data.csv", index=False)
    return {"data_home": folder, "verify": False, "download": False}


def test_rows_outcomes_and_patients(tmp_path):
    where = write(tmp_path)
    data = load_diabetes_130(**where)
    assert data.y.tolist() == [0, 1, 0, 0, 0, 0]  # those who died or went to a hospice are gone
    assert load_diabetes_130(target="readmitted", **where).y.tolist() == [0, 1, 1, 0, 0, 0]
    assert data.y.name == "readmitted_30d"
    assert data.groups.tolist() == [100, 100, 101, 100, 100, 100]
    assert data.groups.index.equals(data.X.index)
    assert not {"encounter_id", "patient_nbr", "readmitted"} & set(data.X.columns)
    assert data.card.n_rows == 6


def test_columns(tmp_path):
    X = load_diabetes_130(**write(tmp_path)).X
    assert X["num_medications"].tolist() == [3, 3, 3, 3, 3, 81]
    assert X["num_medications"].dtype == np.float64
    assert X["change"].tolist() == [1, 1, 1, 1, 0, 1]
    assert X["gender"].isna().tolist() == [False, False, True, False, False, False]
    assert X["race"].isna().sum() == 1
    assert X["age"].tolist() == ["70 to 79"] * 3 + ["0 to 9", "60 to 69", "70 to 79"]
    assert X["weight"].dropna().tolist() == ["200 kg"]
    assert X["admission_type_id"].isna().sum() == 1
    assert X["A1Cresult"].tolist() == ["over 8"] * 4 + ["not measured", "over 8"]
    assert (X["max_glu_serum"] == "not measured").all()
    assert X["insulin"].tolist() == ["no", "no", "no", "up", "no", "no"]
    assert X["diag_1"].dropna().tolist() == ["circulatory"] * 5
    assert X["medical_specialty"].isna().sum() == 1
    assert X["discharge_disposition_id"].tolist() == ["1"] * 5 + ["22"]
    assert not any(
        set("[]<") & set(str(c))
        for name in X
        if X[name].dtype == "category"
        for c in X[name].cat.categories
    )


def test_subgroups(tmp_path):
    groups = load_diabetes_130(**write(tmp_path)).subgroups
    assert groups["age_band"].tolist() == ["70 and over"] * 3 + ["under 50", "50 to 69", "70 and over"]
    assert list(groups) == ["sex", "age_band", "race"]


def test_diagnoses_by_the_table_of_the_paper():
    cases = {
        "390": "circulatory", "459.9": "circulatory", "785": "circulatory", "460": "respiratory",
        "786.05": "respiratory", "519": "respiratory", "520": "digestive", "787": "digestive",
        "250": "diabetes", "250.99": "diabetes", "249": "other", "251": "other", "800": "injury",
        "999": "injury", "710": "musculoskeletal", "739": "musculoskeletal", "740": "other",
        "580": "genitourinary", "788": "genitourinary", "140": "neoplasms", "239.9": "neoplasms",
        "240": "other", "V57": "other", "E909": "other", "38": "other",
    }  # fmt: skip
    found = diagnosis_group(pd.Series([*cases, np.nan], dtype=object))
    assert found.tolist()[:-1] == list(cases.values())
    assert pd.isna(found.iloc[-1])
    assert set(found.cat.categories) == set(GROUPS) == set(cases.values())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"readmitted": "maybe"}, "must hold NO, <30 and >30 alone"),
        ({"race": "Martian"}, "column 'race' holds 'Martian', which nobody knows"),
        ({"insulin": "much"}, "column 'insulin' holds 'much', which nobody knows"),
    ],
)
def test_values_that_nobody_knows(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        load_diabetes_130(**write(tmp_path, [{}, change]))


def test_other_files_are_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no table"):
        _parse(b"")
    with pytest.raises(ValueError, match="has no column time_in_hospital"):
        _parse(b"a,b\n1,2\n")
    where = write(tmp_path) | {"verify": True}
    with pytest.raises(ValueError, match="no known version of the file"):
        load_diabetes_130(**where)
    with pytest.raises(ValueError, match="target must be 'readmitted_30d' or 'readmitted'"):
        load_diabetes_130(target="died")
