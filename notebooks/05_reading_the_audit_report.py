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
# # Reading the audit report
#
# Somebody has to sign that the smaller model may take the place of the one in service. `PruningReport` is the evidence for
# that person: one page of HTML that needs no network, and the same as JSON. This notebook makes three reports about one
# model, one that passes, one that is warned of and one that fails, and reads them section by section.
#
# The data are a simulated cohort of hospital admissions with a trap that we know of: at the dialysis centre, 5 % of the
# patients, creatinine is high and means nothing.

# %%
import IPython.display as notebook
import pandas as pd
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split
from xgboost import XGBClassifier

from treeprune import (
    FeaturePruner,
    JointPruner,
    PruningReport,
    ReducedErrorPruner,
    SubgroupForestDisplay,
    compare,
)
from treeprune.datasets import make_clinical_cohort

pd.set_option("display.max_colwidth", 90)

cohort = make_clinical_cohort(6000)
X_rest, X_test, y_rest, y_test = train_test_split(
    cohort.X, cohort.y, test_size=0.3, stratify=cohort.y, random_state=0
)
X_train, X_val, y_train, y_val = train_test_split(
    X_rest, y_rest, test_size=0.35, stratify=y_rest, random_state=0
)
subgroups = cohort.subgroups.loc[X_test.index]

model = XGBClassifier(
    n_estimators=300, max_depth=3, learning_rate=0.05, enable_categorical=True, random_state=0, n_jobs=1
).fit(X_train, y_train)

# %% [markdown]
# ## Three candidates
#
# Careful (fewer splits, leaf values as they were), bold (200 nodes at the most), and cheap (eight columns at the most, so that
# less has to be collected).

# %%
frozen = FrozenEstimator(model)
held_out = {"X_val": X_val, "y_val": y_val}
pruners = {
    "careful": ReducedErrorPruner(frozen).fit(X_val, y_val),
    "bold": JointPruner(frozen, max_nodes=200).fit(X_train, y_train, **held_out),
    "cheap": FeaturePruner(frozen, max_features=8, max_nodes=150, values="refit", ridge=30, target="y").fit(
        X_train, y_train, **held_out
    ),
}
judged = pd.DataFrame({name: compare(model, each, X_test, y_test).after for name, each in pruners.items()})
assert judged.loc["AUC"].max() - judged.loc["AUC"].min() < 0.01
judged.round(4)

# %% [markdown]
# Their AUCs are within 0.01 of each other, and somebody who looks at this table alone would take the cheap one.
#
# ## The reports
#
# A report is made from a comparison. What goes in: test rows that none of the models has seen, subgroups, the training rows
# (for the noise floor), the fitted pruner (its record says what went and why), and who did what with which rows.

# %%
reports = {}
for name, pruner in pruners.items():
    comparison = compare(
        model, pruner, X_test, y_test, background=X_train, retrain=(X_train, y_train), subgroups=subgroups
    )
    reports[name] = PruningReport(
        comparison,
        pruner=pruner,
        before_name="the model in service",
        after_name=f"the {name} model",
        data_roles={"train": X_train, "select": X_val},
        n_candidates=len(pruners),
        intended_use="Early warning at admission; a nurse looks at every alarm.",
        limits=["Not validated for patients under 18."],
    )
verdicts = {name: report.verdict for name, report in reports.items()}
assert verdicts == {"careful": "pass", "bold": "warn", "cheap": "fail"}
print(verdicts)

# %% [markdown]
# ## What the verdict means
#
# The verdict is the worst of all gates. **Pass**: no evidence against taking the smaller model. **Warn**: look at it, and say in
# writing why it is acceptable. **Fail**: it is another model. It may still be a good one, but then it has to be validated as a
# new model and not passed off as the old one. **Not assessed**: the rows do not allow a verdict. No report says "safe".

# %%
print(reports["cheap"].explain())

# %% [markdown]
# `origin` says where a bar comes from. **floor**: the original was trained anew five times, on bootstraps of its training
# rows, and `passes` is the worst of these. A model moves that much by chance alone, so nobody can ask more of a pruned one.
# Without `retrain=` bars are fixed (**default**), and your hospital can set its own (**policy**).

# %%
gates = reports["cheap"].gates.to_frame()
gates[["name", "value", "passes", "warns", "origin", "verdict"]].round(3)

# %% [markdown]
# Answers and reasons of the cheap model are closer to the original than the worst of the retrainings: the first five gates
# pass.
# What fails is *mass on removed columns*: more than a quarter of the original's SHAP values were on columns (or groups of
# correlated columns) that the cheap model does not look at any more.

# %%
failed = gates.query("verdict == 'fail'")
assert list(failed["name"]) == ["mass on removed columns"]
assert failed["value"].item() > 0.25
assert (gates.query("origin == 'floor'")["verdict"] == "pass").all()
[name for name, kept in zip(X_train.columns, pruners["cheap"].support_, strict=True) if not kept]

# %% [markdown]
# ## Section by section
#
# The order is that of a predetermined change control plan: what was changed, by which protocol, with what impact, and what
# only people can supply.

# %%
sections = {section.key: section for section in reports["cheap"].sections}
pd.DataFrame(
    [(s.part, s.heading, len(s.measures), len(s.tables), len(s.figures)) for s in sections.values()],
    columns=["part", "section", "numbers", "tables", "pictures"],
)

# %% [markdown]
# **Identity.** Which two models are these? Digests of the numbers in them, not of files: the same model saved twice has
# one digest.


# %%
def show(key, most=6):
    for table in sections[key].tables:
        frame = pd.DataFrame(list(table.rows), columns=list(table.columns))
        print(f"{table.caption} ({len(frame)} rows)")
        notebook.display(frame.head(most))


show("identity")

# %% [markdown]
# **Data roles.** Rows are compared by hashes. A test row that is equal to a training row would be said here.

# %%
print(" ".join(sections["data"].text))
assert sections["data"].text[0].startswith("No test row is equal")

# %% [markdown]
# **Outcomes.** Both models against what happened, each difference with an interval. All numbers of a report stand in one
# table with unit, meaning and interval.

# %%
numbers = reports["cheap"].to_frame()
numbers[numbers["section"].str.contains("outcome", case=False)][
    ["name", "value", "low", "high", "unit"]
].round(4)

# %% [markdown]
# **Subgroups.** Here is the trap. On all patients the cheap model is nearly as good. At the dialysis centre it is not.

# %%
comparison = reports["cheap"].comparison
SubgroupForestDisplay.from_comparison(comparison, metric="log loss")
# %%
table = comparison.subgroups.to_frame().query("metric == 'log loss'").set_index(["column", "subgroup"])
everybody, centre = table.loc[("", "all rows")], table.loc[("site", "dialysis centre")]
print(f"all patients      {everybody.difference:+.4f}  ({everybody.low:+.4f} to {everybody.high:+.4f})")
print(
    f"dialysis centre   {centre.difference:+.4f}  ({centre.low:+.4f} to {centre.high:+.4f}), {centre.n} patients"
)
assert centre.low > 0
assert centre.difference > 5 * everybody.difference
assert not pruners["cheap"].support_[X_train.columns.get_loc("site")]

# %% [markdown]
# `site` was among the columns that went. Without it the model takes the creatinine of dialysis patients for a sign of danger.
# The original knew better; no overall number says so. (Nor does the gate on removed columns know about dialysis. It knows
# that the original used these columns. Looking at subgroups tells you for whom that mattered.)
#
# Note what the table does *not* show: at the dialysis centre fewer than eleven patients died, so the count is hidden, and so
# is another one from which it could be found by subtraction. No row of data and no small cell gets into a report.

# %%
assert centre.hidden == "<11"
assert pd.isna(centre.events)
table.loc["site", ["n", "events", "hidden", "before", "after", "difference", "low", "high"]].round(4)

# %% [markdown]
# ## Side by side
#
# Several candidates on the same test rows. Remember that the more candidates one tries, the more likely one of them looks
# good by chance: the report says how many there were.

# %%
side = PruningReport.compare(list(reports.values()))
side.to_frame()

# %% [markdown]
# ## The page
#
# This is the page itself, as a reader gets it. Scroll in it; `report.to_html("audit.html")` and `report.to_json("audit.json")`
# write files. *The audit report* in the documentation explains each section.

# %%
notebook.display(reports["cheap"])
