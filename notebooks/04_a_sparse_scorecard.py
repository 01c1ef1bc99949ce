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
# # A sparse scorecard
#
# Where there is no computer at hand, a risk score of whole points is still the model that gets used. The usual way to one
# is to fit a logistic model, drop what is "not significant" and round the coefficients. This notebook does it with three
# questions answered on the way: which columns, how sure is that choice, and what does rounding cost?
#
# The data are a simulated cohort of hospital admissions; the outcome is death within 30 days. Because it is simulated, we can
# look up which columns really count (the card of the data says it).

# %%
import IPython.display as notebook
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from treeprune import (
    FeaturePathDisplay,
    L1FeaturePruner,
    Scorecard,
    StabilityDisplay,
    coefficient_intervals,
    selection_stability,
)
from treeprune.datasets import make_clinical_cohort

cohort = make_clinical_cohort(4000)
X_train, X_test, y_train, y_test = train_test_split(
    cohort.X, cohort.y, test_size=0.4, stratify=cohort.y, random_state=0
)

# %% [markdown]
# Words become columns of zeros and ones, missing values the median. (A median hides *that* a value was missing. Here lactate
# is missing the more often the less ill a patient looks, so the median, which is normal, does little harm. Ask before you
# impute.)

# %%
prepare = make_column_transformer(
    (SimpleImputer(strategy="median"), make_column_selector(dtype_include="number")),
    (OneHotEncoder(drop="first", sparse_output=False), make_column_selector(dtype_include="category")),
    verbose_feature_names_out=False,
).set_output(transform="pandas")
A_train, A_test = prepare.fit_transform(X_train), prepare.transform(X_test)
full = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(A_train, y_train)
print(A_train.shape)

# %% [markdown]
# ## Which columns?
#
# `L1FeaturePruner` fits the whole path of a lasso, chooses a strength by cross-validation, and refits what is left with less
# shrinkage (relaxed lasso). The levels of one categorical column come and go together (group lasso): "ward" is a question,
# "ward = oncology" is not.
#
# The rule of one standard error takes the strongest penalty, so the fewest columns, whose loss is within one standard error
# of the least.

# %%
selector = L1FeaturePruner(LogisticRegression(), rule="1se", cv=5, n_strengths=40)
pruner = selector.fit(A_train, y_train)
assert pruner.n_features_ <= 10
print(f"{pruner.n_features_} of {pruner.groups_.max() + 1} questions are left:")
print(", ".join(pruner.get_feature_names_out()))

# %%
FeaturePathDisplay.from_estimator(pruner, A_train)
# %% [markdown]
# ## How sure is that choice?
#
# Not very, and one should know it. `selection_stability` repeats the selection on random halves of the patients (stability
# selection, in complementary pairs).

# %%
stability = selection_stability(selector, A_train, y_train, n_resamples=20)
print(stability)
StabilityDisplay.from_stability(stability)
# %% [markdown]
# Some columns are there in every half, so their place on the card is safe. Others come and go, because columns that say much
# the same stand in for each other. What does the truth say?

# %%
counts = [
    "age",
    "site",
    "admission",
    "comorbidities",
    "diabetes",
    "consciousness",
    "oxygen",
    "systolic_bp",
    "lactate",
]
counts += ["creatinine", "albumin"]
frequency = pd.Series(stability.thing_frequency, stability.things).sort_values(ascending=False)
chosen = frequency.to_frame("share of halves").assign(counts=[name in counts for name in frequency.index])
always = chosen[chosen["share of halves"] == 1]
assert len(always) >= 3
assert always["counts"].all()
chosen.head(12)

# %% [markdown]
# All that are selected in every half do count. Some of the others do not: urea goes along with creatinine, the respiratory
# rate with oxygen, and they were taken in their place. A score like that can predict well; it must not be read as a list of
# causes.
#
# ## What are the coefficients worth?
#
# `coefficient_intervals` repeats the whole procedure, selection and all, on bootstraps. The interval holds the middle 90 % of
# what came out, with 0 where a column was dropped. It is no confidence interval for a true effect (no interval after
# selection is), and the object says so itself.

# %%
intervals = coefficient_intervals(selector, A_train, y_train, n_resamples=25)
intervals.to_frame().query("selected").round(3)

# %% [markdown]
# ## Points
#
# `Scorecard` looks for whole points that lose least log loss, instead of rounding coefficients one by one. At most five
# points for an item:

# %%
card = Scorecard(pruner, max_points=5).fit(A_train, y_train)
notebook.display(card)

# %% [markdown]
# Add up the points, look up the risk. "observed" is what happened to the patients with such a total; it is left out, and
# totals are merged, where it would be about fewer than eleven patients.

# %%
patients = A_test.head(5)
pd.DataFrame(
    {"total": card.total_points(patients), "risk": card.predict_proba(patients)[:, 1].round(3)},
    index=patients.index,
)

# %% [markdown]
# ## What did rounding cost?
#
# On the training rows, beside what naive rounding costs (the largest coefficient becomes five points, the others in
# proportion):

# %%
rounding = card.rounding_
assert rounding.loc["scorecard", "log_loss"] < rounding.loc["naive rounding", "log_loss"]
rounding.round(4)

# %% [markdown]
# And on patients that nothing has seen, from the model of all columns to the card:

# %%
steps = {"all columns": full, "selected columns": pruner, "scorecard": card}
loss = pd.DataFrame(
    {
        name: {
            "AUC": roc_auc_score(y_test, model.predict_proba(A_test)[:, 1]),
            "log loss": log_loss(y_test, model.predict_proba(A_test)),
        }
        for name, model in steps.items()
    }
).T
best = roc_auc_score(y_test, cohort.true_risk[X_test.index])
assert loss.loc["all columns", "AUC"] - loss.loc["scorecard", "AUC"] < 0.02
assert (
    loss.loc["selected columns", "AUC"] - loss.loc["scorecard", "AUC"]
    < (best - loss.loc["all columns", "AUC"]) / 2
)
print(f"AUC of the true risk, the most that anybody can reach here: {best:.3f}")
loss.round(4)

# %% [markdown]
# The card loses less than 0.02 of the AUC to the model of all columns. Most of what is missing up to the true risk is not
# the fault of rounding: a sum of points knows no thresholds and no "only together with".
#
# If a linear model is fitted already and you want to keep what it says, `LinearModelPruner` takes columns out of *it* and lets
# the others take over; `Scorecard` takes its result in the same way. `card.to_html()` is a page to print.
# The page *Scorecards* of the documentation has the mathematics and the papers.
