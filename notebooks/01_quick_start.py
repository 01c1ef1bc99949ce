# ---
# jupyter:
#   jupytext:
#     formats: py:percent,ipynb
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Quick start: prune a fitted model, compare, save
#
# You hold a trained model that is larger than it has to be. This notebook makes it about twenty times smaller, looks at
# what that changed, and saves the result in its own format. Five minutes.
#
# The table is a simulated cohort of hospital admissions that comes with treeprune: 22 columns (words and missing values
# among them), and the outcome is death within 30 days. No row is a patient.

# %%
import tempfile
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split

from treeprune import (
    CalibrationPairDisplay,
    JointPruner,
    SizeLossDisplay,
    compare,
    gate,
    info,
    load_model,
    save_model,
)
from treeprune.datasets import make_clinical_cohort

cohort = make_clinical_cohort(6000)
X_rest, X_test, y_rest, y_test = train_test_split(
    cohort.X, cohort.y, test_size=0.3, stratify=cohort.y, random_state=0
)
X_train, X_val, y_train, y_val = train_test_split(
    X_rest, y_rest, test_size=0.35, stratify=y_rest, random_state=0
)
print(f"{len(X_train)} rows train, {len(X_val)} choose, {len(X_test)} judge; {cohort.y.mean():.0%} died")

# %% [markdown]
# Three sets of rows, since three things must not be mixed up: the model learns from the first, the second chooses how
# small it may become, and the third judges what came of it.
#
# ## The model that you have

# %%
model = HistGradientBoostingClassifier(max_iter=300, max_leaf_nodes=8, learning_rate=0.05, random_state=0)
model.fit(X_train, y_train)
answers_before = model.predict_proba(X_test)
print(info(model))

# %% [markdown]
# ## Prune
#
# `FrozenEstimator` is scikit-learn's way to say: this model is fitted, leave it as it is. `JointPruner` then looks for the
# best 300 nodes: which trees, how deep, and with which values in their leaves. What comes out is no new kind of model. It
# is a `HistGradientBoostingClassifier` like the one that went in, and that one is untouched.

# %%
pruner = JointPruner(FrozenEstimator(model), max_nodes=300).fit(X_train, y_train, X_val=X_val, y_val=y_val)
small = pruner.estimator_

assert type(small) is HistGradientBoostingClassifier
assert np.array_equal(model.predict_proba(X_test), answers_before)
print(info(small))

# %% [markdown]
# Every size was tried on the rows that choose; the mark shows the one that was taken. (With few events the curve is flat
# and noisy: of sizes that cannot be told apart, the pruner takes the one truest to the model before.)

# %%
SizeLossDisplay.from_estimator(pruner)
# %% [markdown]
# ## Compare
#
# Side by side on the rows that judge. The lower lines are about the pair: for how many rows the class is the same, and
# how far a probability moved.

# %%
comparison = compare(model, small, X_test, y_test, background=X_train, retrain=(X_train, y_train))
assert comparison.after["nodes"] < comparison.before["nodes"] / 15
comparison.to_frame().round(4)

# %% [markdown]
# Is it worse? A difference without an interval says little. The test is one of non-inferiority: the smaller model may lose
# no more than a margin (0.02 of the AUC unless you say otherwise; lay it down before you look).

# %%
difference = comparison.outcomes.difference
print(f"AUC: {difference.estimate:+.4f}, 95% interval from {difference.low:+.4f} to {difference.high:+.4f}")
print(comparison.outcomes.non_inferiority.text)
assert comparison.outcomes.non_inferiority.passed

# %% [markdown]
# Do probabilities still mean what they say? Points on the diagonal do.

# %%
CalibrationPairDisplay.from_comparison(comparison)
# %% [markdown]
# ## A verdict
#
# `gate` holds the pair against bars. Most bars are measured and not chosen: the original was trained five more times on
# bootstraps of its own training rows (`retrain=`), and the smaller model passes where it is no further from the original
# than such a retraining is. That is the noise floor. It covers the answers and the reasons (SHAP values) for them.

# %%
verdict = gate(comparison)
assert verdict.verdict == "pass"
print(verdict)

# %% [markdown]
# ## Save
#
# In the model's own format: skops here, since this is a scikit-learn model; UBJSON or JSON for XGBoost, text for LightGBM.
# Files are checked before they are opened, and pickles never are.

# %%
with tempfile.TemporaryDirectory() as folder:
    for name, each in (("before", model), ("after", small)):
        save_model(each, Path(folder, name))
        print(f"{name:7} {Path(folder, name).stat().st_size:>10,} bytes")
    again = load_model(Path(folder, "after"))

assert np.array_equal(again.predict_proba(X_test), small.predict_proba(X_test))

# %% [markdown]
# ## Where next
#
# | you want | notebook |
# |---|---|
# | one tree that a person can read | 2, from forest to bedside tree |
# | to prune an XGBoost file, and to see whether its reasons stay | 3, an XGBoost model you already have |
# | whole points on a card | 4, a sparse scorecard |
# | evidence for those who have to approve it | 5, reading the audit report |
# | to know which method, and how strong | 6, choosing a strategy |
# | C or ONNX for a small device | 7, to the edge |
#
# If you do not want to think about methods at all: `treeprune.prune(model, X_val, y_val)` tries those that fit. The page
# *Which pruner when* of the documentation has a table.
