"""The example of the README does what its comments say."""

import re
from pathlib import Path

import lightgbm as lgb
import numpy as np

ROOT = Path(__file__).parents[1]


def test_the_example(tmp_path, monkeypatch, capsys):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(code.strip().splitlines()) <= 22
    monkeypatch.chdir(tmp_path)
    done = {}
    exec(compile(code, "README.md", "exec"), done)
    out = capsys.readouterr().out
    model, small, comparison = done["model"], done["small"], done["comparison"]
    assert type(small) is type(model) is lgb.LGBMClassifier
    stated = [
        int(number.replace(",", "")) for number in re.findall(r"of (\d+) nodes; .* had ([\d,]+)", code)[0]
    ]
    assert [comparison.after["nodes"], comparison.before["nodes"]] == stated
    aucs = re.search(r"# (0\.\d{3}) and (0\.\d{3})", code)
    found = comparison.before["AUC"], comparison.after["AUC"]
    assert tuple(f"{auc:.3f}" for auc in found) == aucs.groups()
    assert "WARN" in out
    assert "nodes" in out
    assert "<html" in (tmp_path / "report.html").read_text(encoding="utf-8")
    bare = lgb.Booster(model_file=tmp_path / "small.txt")
    X = done["X_test"]
    np.testing.assert_array_equal(bare.predict(X), small.predict_proba(X)[:, 1])


def test_links_of_the_readme_lead_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)", text):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target
