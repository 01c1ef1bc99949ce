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
# # Pruning an XGBoost model that you already have
#
# A model file has been in service for a while, and it is too large, too slow, or more than anybody can check. You want a
# smaller file that the same service can load, and to know what changed. This notebook goes from file to file: read, prune
# in two ways, compare, look at the reasons, write.
#
# First the file. In your case it is there; here we make one, from the simulated cohort of hospital admissions that comes
# with treeprune.

# %%
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split
from xgboost import XGBClassifier

from treeprune import (
    AttributionDriftDisplay,
    JointPruner,
    ReducedErrorPruner,
    compare,
    explain,
    gate,
    info,
    load_model,
    save_model,
)
from treeprune.datasets import make_clinical_cohort

# where ipywidgets is not installed, shap's progress bar says so
warnings.filterwarnings("ignore", message="IProgress not found")
import shap  # noqa: E402

cohort = make_clinical_cohort(6000)
X_rest, X_test, y_rest, y_test = train_test_split(
    cohort.X, cohort.y, test_size=0.3, stratify=cohort.y, random_state=0
)
X_train, X_val, y_train, y_val = train_test_split(
    X_rest, y_rest, test_size=0.35, stratify=y_rest, random_state=0
)

settings = {
    "n_estimators": 300,
    "max_depth": 3,
    "learning_rate": 0.05,
    "enable_categorical": True,
    "n_jobs": 1,
}
folder = Path(tempfile.mkdtemp())
XGBClassifier(**settings).fit(X_train, y_train).save_model(folder / "in_service.ubj")

# %% [markdown]
# ## Read
#
# `load_model` proves the structure of a file before XGBoost's own loader sees it (a damaged file can end a process there).
# It gives an `XGBClassifier`, and nothing of treeprune's own.

# %%
model = load_model(folder / "in_service.ubj")
assert type(model) is XGBClassifier
print(info(model))

# %% [markdown]
# What an XGBoost file does not hold are the parameters that the model was trained with. Pruning does not need them. Training
# the same kind of model *anew* does, and the comparison below will: so write them back, from the script that made the model.

# %%
assert model.get_params()["max_depth"] is None
model.set_params(**settings)
# %% [markdown]
# ## Careful: splits that held-out rows do not miss
#
# Reduced-error pruning needs the model and rows that it has not been trained on, here `X_val`. It goes through the trees in
# the order they were grown in and makes a leaf of every split without which the loss of the *whole* model on these rows is
# no higher. Leaf values stay as they are, so the result is close to the original.

# %%
careful = ReducedErrorPruner(FrozenEstimator(model)).fit(X_val, y_val)
before, after = careful.validation_loss_
print(
    f"{len(careful.plan_.to_frame())} splits went; mean log loss of these rows {before:.4f} -> {after:.4f}"
)

# %% [markdown]
# ## Bold: the best model of at most 200 nodes
#
# Joint pruning chooses trees, subtrees and leaf values together. It needs rows to fit leaf values on (the training rows are
# right) and rows that compare sizes.

# %%
bold = JointPruner(FrozenEstimator(model), max_nodes=200).fit(X_train, y_train, X_val=X_val, y_val=y_val)
bold.path_.to_frame().tail()

# %% [markdown]
# ## Compare
#
# The training rows go in twice: as the background of SHAP values, and to train the original anew on bootstraps, so that
# bars are those of the model's own noise (notebooks 1 and 5 say more).

# %%
options = {"background": X_train, "retrain": (X_train, y_train)}
comparisons = {
    "careful": compare(model, careful, X_test, y_test, **options),
    "bold": compare(model, bold, X_test, y_test, **options),
}
columns = {"as it was": comparisons["bold"].before} | {
    name: found.after | found.between for name, found in comparisons.items()
}
pd.DataFrame(columns).round(4)

# %% [markdown]
# The careful one has about half of the nodes, the bold one less than a twentieth. Is either worse? A test of non-inferiority
# says whether it is *shown* to lose no more than 0.02 of the AUC, and how much it may lose at worst.

# %%
for name, found in comparisons.items():
    print(f"{name}: {found.outcomes.non_inferiority.text}")
    share = found.after["nodes"] / found.before["nodes"]
    assert {"careful": 0.4 < share < 0.7, "bold": share < 1 / 20}[name]
assert comparisons["careful"].outcomes.non_inferiority.passed

# %% [markdown]
# ## The same reasons?
#
# Two models can be equally good and give different reasons for the same patient. The gates compare reasons as well as
# answers; a number passes where a retraining of the original would.

# %%
verdicts = {name: gate(found) for name, found in comparisons.items()}
assert (verdicts["careful"].verdict, verdicts["bold"].verdict) == ("pass", "warn")
for name, verdict in verdicts.items():
    print(name, verdict, sep=": ")

# %% [markdown]
# The bold model is warned of because it no longer looks at some columns that the original used a little. Which?

# %%
gates = verdicts["bold"].to_frame().set_index("name")
assert gates.loc["mass on removed columns", "verdict"] == "warn"
gone = [name for name, kept in zip(X_test.columns, bold.support_, strict=True) if not kept]
print("no longer looked at:", ", ".join(gone))
AttributionDriftDisplay.from_comparison(comparisons["bold"])
# %% [markdown]
# The cohort is simulated, so the truth is known (its card has the formula): hardly any of these has an influence on the risk.
# The original had learnt noise in them. With real data nobody can tell you; this is the question that a warning hands over
# to people.

# %%
risk_depends_on = {
    "age",
    "site",
    "admission",
    "comorbidities",
    "diabetes",
    "consciousness",
    "oxygen",
    "systolic_bp",
}
risk_depends_on |= {"lactate", "creatinine", "albumin"}
print("of these the risk depends on:", ", ".join(risk_depends_on & set(gone)) or "none")
assert len(risk_depends_on & set(gone)) <= 1 < len(gone)

# %% [markdown]
# ## shap's own pictures
#
# `explain` gives exact SHAP values, checked against what XGBoost itself answers, and hands them to shap for drawing. The
# pruned model is an ordinary XGBoost model, so shap's `TreeExplainer` takes it too, and says the same.

# %%
patients = X_test.head(500)
reasons = explain(bold, patients)
print(
    f"route: {reasons.route}; sums differ from the model's own output by {reasons.residual:.1g} at the most"
)

theirs = shap.TreeExplainer(bold.estimator_).shap_values(patients)
assert np.allclose(theirs, reasons.phi, atol=1e-4)

shap.plots.beeswarm(reasons.to_shap(patients), max_display=10, plot_size=(8, 4.5))

# %% [markdown]
# Grey points are words or missing values, which have no place on a scale from low to high.
#
# ## Write
#
# The file holds nothing of treeprune's: whoever serves it needs XGBoost alone.

# %%
save_model(bold.estimator_, folder / "smaller.ubj")
for path in (folder / "in_service.ubj", folder / "smaller.ubj"):
    print(f"{path.name:16} {path.stat().st_size:>9,} bytes")

served = XGBClassifier()
served.load_model(folder / "smaller.ubj")
assert np.array_equal(served.predict_proba(X_test), bold.predict_proba(X_test))

# %% [markdown]
# LightGBM, CatBoost and scikit-learn's ensembles go the same way; *Supported models* in the documentation lists every class,
# what may be edited in it, and why not where not.
