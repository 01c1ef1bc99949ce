"""The demo: every figure it prints is that of the models it saves."""

import re
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from sklearn import metrics
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier

from treeprune import demo
from treeprune.__main__ import main
from treeprune.commands.printing import table_in_words

ROOT = Path(__file__).parents[1]
LEAKS = (
    "death,slos,d.time,hday,charges,totcst,totmcst,avtisst,dnr,dnrday,sfdm2,adlp,adls,adlsc,"
    "sps,aps,surv2m,surv6m,prg2m,prg6m"
)
VARYING = {"prediction ms", "bytes"}
WHOLE = {"trees", "nodes", "leaves", "depth", "features used"}


def in_words(name: str, value: float) -> str:
    return f"{value:,.0f}" if name in WHOLE else f"{value:.4f}"


def sizes(model) -> dict[str, float]:
    trees = [member.tree_ for member in getattr(model, "estimators_", [model])]
    used = [tree.feature[tree.children_left >= 0] for tree in trees]
    return {
        "trees": len(trees),
        "nodes": sum(tree.node_count for tree in trees),
        "leaves": sum(tree.n_leaves for tree in trees),
        "depth": max(tree.max_depth for tree in trees),
        "features used": len(np.unique(np.concatenate(used))),
    }


def expected_column(model, before, X, y) -> dict[str, float]:
    """Figures of a binary classifier by scikit-learn alone; those of the pair if there is one before."""
    p = model.predict_proba(X)
    figures = sizes(model) | {
        "AUC": metrics.roc_auc_score(y, p[:, 1]),
        "log loss": metrics.log_loss(y, p),
        "Brier": metrics.brier_score_loss(y, p[:, 1], pos_label=model.classes_[1]),
    }
    if before is not None:
        change = np.abs(before.predict_proba(X) - p)
        figures |= {
            "same class": np.mean(before.predict(X) == model.predict(X)),
            "mean |change|": change.mean(),
            "max |change|": change.max(),
        }
    return figures


def split(X, y, seed):
    return train_test_split(X, y, test_size=0.3, random_state=seed, stratify=y)


def breast_cancer():
    X, benign = load_breast_cancer(return_X_y=True, as_frame=True)
    return X, 1 - benign


def read_table(text: str) -> pd.DataFrame:
    """The table that the demo prints, from any text that holds it."""
    lines = [
        [cell.strip() for cell in re.split("[│┃]", line)[1:-1]]
        for line in text.splitlines()
        if re.match("^[│┃]", line.strip())
    ]
    assert lines, "there is no table in the text"
    head, *body = lines
    return pd.DataFrame([row[1:] for row in body], index=[row[0] for row in body], columns=head[1:])


@pytest.fixture(scope="module")
def small_run(tmp_path_factory):
    folder, said = tmp_path_factory.mktemp("demo"), []
    X, y = demo.load_table(None, None)
    result = demo.run(X, y, folder, n_trees=5, seed=3, n_jobs=1, verbose=False, say=said.append)
    return result, folder, said


def test_every_figure_is_that_of_the_saved_models(small_run):
    result, folder, _ = small_run
    X_train, X_test, y_train, y_test = split(*breast_cancer(), 3)
    words = table_in_words(result.frame)
    for name, grown in (
        ("tree", DecisionTreeClassifier(random_state=3)),
        ("forest", RandomForestClassifier(5, random_state=3)),
    ):
        before = grown.fit(X_train, y_train)
        after = joblib.load(folder / f"pruned_{name}.joblib")
        assert type(after) is type(before)
        for column, figures in (
            (name, expected_column(before, None, X_test, y_test)),
            (f"pruned {name}", expected_column(after, before, X_test, y_test)),
        ):
            for metric, value in figures.items():
                assert words.loc[metric, column] == in_words(metric, value), (metric, column)
            rest = set(words.index[words[column] != ""]) - set(figures)
            assert rest == VARYING | {"calibration slope"}


def test_it_saves_the_models_and_a_picture_and_says_what_it_does(small_run):
    result, folder, said = small_run
    assert sorted(p.name for p in folder.iterdir()) == [
        "pruned_forest.joblib",
        "pruned_tree.joblib",
        "pruning_paths.png",
    ]
    assert sorted(result.files) == sorted(folder.iterdir())
    assert (folder / "pruning_paths.png").read_bytes().startswith(b"\x89PNG")
    assert not pyplot.get_fignums()
    assert (
        said[0] == "398 rows to train on, 171 to judge by, 30 columns (30 after encoding), target malignant"
    )
    assert [line.split()[4] for line in said if line.startswith("growing")] == ["tree", "forest"]
    assert sum(str(comparison) in line for line in said for comparison in result.comparisons.values()) == 2


def test_the_pruned_models_are_smaller(small_run):
    frame = small_run[0].frame
    for name in ("tree", "forest"):
        assert frame.loc["nodes", f"pruned {name}"] < frame.loc["nodes", name]


def test_on_the_command_line(small_run, tmp_path, capsys):
    code = main(
        ["demo", "--trees", "5", "--seed", "3", "--n-jobs", "1", "--output", str(tmp_path / "a" / "b")]
    )
    out = capsys.readouterr().out
    assert code == 0
    printed, expected = read_table(out), table_in_words(small_run[0].frame)
    assert list(printed.columns) == list(expected.columns)
    pd.testing.assert_frame_equal(
        printed.drop(list(VARYING)), expected.drop(list(VARYING)), check_names=False, check_dtype=False
    )
    for file in ("pruned_tree.joblib", "pruned_forest.joblib", "pruning_paths.png"):
        assert f"saved {tmp_path / 'a' / 'b' / file}" in out
        assert (tmp_path / "a" / "b" / file).exists()


def test_the_figures_in_the_docs_are_those_of_the_default_run(tmp_path, capsys):
    stated = read_table((ROOT / "docs" / "demo.md").read_text(encoding="utf-8"))
    assert main(["demo", "--output", str(tmp_path)]) == 0
    fresh = read_table(capsys.readouterr().out)
    pd.testing.assert_frame_equal(stated.drop(list(VARYING)), fresh.drop(list(VARYING)))
    assert set(VARYING) <= set(stated.index)


def test_all_pages_exclude_the_same_columns_of_support2():
    command = f"python -m treeprune demo --data support2.csv --target hospdead --exclude {LEAKS}\n"
    for page in (ROOT / "docs" / "demo.md", ROOT / "datasets" / "README.md"):
        assert command in page.read_text(encoding="utf-8")
    reasons = (ROOT / "datasets" / "README.md").read_text(encoding="utf-8").partition("Left out")[2]
    assert sorted(re.findall(r"`([\w.]+)`", reasons)) == sorted(LEAKS.split(","))
