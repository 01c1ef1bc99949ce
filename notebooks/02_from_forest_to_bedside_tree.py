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
# # From a forest to a tree at the bedside
#
# A random forest predicts well, and nobody can read it. This notebook distils one into a single tree of eight
# leaves, and then asks four questions of the tree: how faithful is it to the forest, how many patients stand behind
# each leaf, would its splits be there in another sample, and what does it cost in accuracy?
#
# The table is SUPPORT2: 9,105 seriously ill adults in five hospitals of the United States; the outcome is death in
# hospital. The loader downloads it once. Without a network it says which file to put where.

# %%
import warnings

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder
from sklearn.tree import DecisionTreeClassifier

from treeprune import PruningWarning, SplitStabilityDisplay, TreeDistiller
from treeprune.datasets import load_support2

pd.set_option("display.max_colwidth", 110)

data = load_support2()
X_train, X_test, y_train, y_test = train_test_split(
    data.X, data.y, test_size=0.3, stratify=data.y, random_state=0
)
print(
    f"{len(X_train)} patients to learn from, {len(X_test)} to judge by, {data.y.mean():.0%} died in hospital"
)

# %% [markdown]
# The card of a data set lists its traps. SUPPORT2 has many: columns that are known only later (the costs of the stay)
# or that forecast the same outcome. The loader has left them out.

# %%
print(data.card)

# %% [markdown]
# ## The teacher
#
# A forest behind an encoder for the columns that hold words. Missing values go to the trees as they are.

# %%
words = list(data.X.select_dtypes("category"))
encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1)
forest = make_pipeline(
    make_column_transformer((encoder, words), remainder="passthrough", verbose_feature_names_out=False),
    RandomForestClassifier(200, min_samples_leaf=5, random_state=0),
)

# %% [markdown]
# ## Distil
#
# `TreeDistiller` fits the forest and lets a tree learn the forest's *probabilities*. It learns from out-of-bag answers:
# each patient is spoken of by the trees that have not seen that patient. `min_real_samples_leaf=50` asks for fifty real
# patients in each leaf.
#
# It may warn. Here the warning is the first lesson, so we catch and print it.

# %%
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always", PruningWarning)
    first = TreeDistiller(forest, max_leaf_nodes=8, min_real_samples_leaf=50, random_state=0)
    first.fit(X_train, y_train)
print("\n".join(str(warning.message) for warning in said))
first.stability_.loc[0, ["feature", "same_feature", "rival"]]

# %% [markdown]
# The whole procedure was repeated ten times on other draws of the patients (bootstraps). The root asks for the disease
# group, `dzgroup`, but in most redraws another column won, and its closest rival is `dzclass`: the same diseases in coarser
# groups. Two columns that say the same share their wins. This is a property of the data and not a fault of the tree, but a reader should not
# learn that "the group matters and the class does not". The remedy is a decision by people: leave one of the two out.

# %%
distiller = TreeDistiller(
    forest,
    max_leaf_nodes=8,
    min_real_samples_leaf=50,
    exclude=["dzclass"],
    sampler=first.sampler_,  # compared once already
    random_state=0,
).fit(X_train, y_train)

assert first.stability_.loc[0, "rival"] == "dzclass"
assert distiller.answers_ == "out-of-bag"
assert first.stability_.loc[0, "same_feature"] < 0.5 < distiller.stability_.loc[0, "same_feature"]
SplitStabilityDisplay.from_distiller(distiller)
# %% [markdown]
# A bar is the share of redraws in which the split's *feature* won again, its dark part where the threshold was the same
# too. The mark is what a statistical test says from this one sample: the chance that the feature wins in another one.
# The two need not agree, and a split is worth trusting where both are high.

# %% [markdown]
# ## The tree

# %%
words_for = {"units": {"meanbp": "mmHg", "crea": "mg/dl"}, "class_names": ["survived", "died"]}
distiller.plot(**words_for)
# %% [markdown]
# The same tree in words. Exactly one rule holds for each patient, and "or missing" says where patients go who have no
# value. Read these words with care: in this table a value is often missing because nobody saw a reason to measure it.

# %%
print(distiller.to_rules(**words_for))

# %% [markdown]
# ## Who stands behind a leaf?
#
# For each leaf: real patients (`n`) and deaths (`n_1`), the share that died with its 95 % interval (Wilson), and what the
# tree says (`model`), which is what the forest says on average. The last column asks whether that lies inside the interval.

# %%
leaves = distiller.leaf_table_[["n", "n_1", "share", "low", "high", "model"]].copy()
leaves["inside"] = leaves["model"].between(leaves["low"], leaves["high"])
assert leaves["n"].min() >= 50
assert leaves["n"].sum() == len(X_train)
leaves = leaves.sort_values("share")
assert list(leaves.index[~leaves["inside"]]) == [leaves.index[0], leaves.index[-1]]
leaves.round(3)

# %% [markdown]
# Where it lies outside, at both ends, the tree repeats the forest, and the forest leans towards the mean: forests shrink
# extreme risks.
# If you need calibrated numbers in the leaves, take `share`. If the tree is to explain the forest, take `model`.

# %% [markdown]
# ## How faithful is it?
#
# Held-out fidelity is the share of the variance of the forest's probabilities that the tree explains (R squared against
# the teacher, not against the outcome). `fidelity_` comes from cross-validation; the test patients say the same.

# %%
on_test = distiller.fidelity(X_test, subgroups=X_test[["sex"]])
r2, error = distiller.fidelity_
print(f"cross-validated   {r2:.3f} (standard error {error:.3f})")
print(f"test patients     {on_test.r2:.3f}, same side of 1/2 for {on_test.agreement:.1%}")
print(f"probabilities move by {on_test.mean_change:.3f} on average, by {on_test.max_change:.3f} at most")
assert 0.7 < on_test.r2 < 0.8
on_test.subgroups.to_frame().query("metric == 'fidelity R2'")[["column", "subgroup", "n", "after"]].round(3)

# %% [markdown]
# Eight leaves cannot say all that 200 trees say: about a quarter of the variance is lost. The mean change hides where; so
# `regions` looks for the groups of patients in whom tree and forest differ most.

# %%
for region in on_test.regions:
    print(
        f"{region.n:5} patients, mean change {region.mean_change:.3f}: {' and '.join(map(str, region.conditions))}"
    )

# %% [markdown]
# ## What does it cost?
#
# The honest rival is a tree of the same size grown on the outcome itself.

# %%
on_outcome = make_pipeline(
    forest[0], DecisionTreeClassifier(max_leaf_nodes=8, min_samples_leaf=50, random_state=0)
).fit(X_train, y_train)
teacher = distiller.teacher_
answers = {
    "forest": teacher.predict_proba(X_test)[:, 1],
    "distilled tree": distiller.predict_proba(X_test)[:, 1],
    "tree grown on the outcome": on_outcome.predict_proba(X_test)[:, 1],
}
spoken = answers["forest"]
table = pd.DataFrame(
    {
        name: {
            "AUC": roc_auc_score(y_test, said),
            "fidelity to the forest": 1 - np.mean((said - spoken) ** 2) / spoken.var(),
        }
        for name, said in answers.items()
    }
).T
auc, fidelity = table["AUC"], table["fidelity to the forest"]
assert auc["forest"] - auc["distilled tree"] > 0.03
assert abs(auc["distilled tree"] - auc["tree grown on the outcome"]) < 0.02
assert fidelity["distilled tree"] > fidelity["tree grown on the outcome"] + 0.03
table.round(3)

# %% [markdown]
# The distilled tree is well below the forest and hardly better than a tree grown on the outcome; it is closer to the
# forest, which is what it is for. If you only need a good small model and no one has to read it as a whole, prune the
# forest instead (notebook 6). The page *Distillation* of the documentation has these figures for six tables, and for the
# stability of the splits.

# %% [markdown]
# ## Hand it over
#
# As Python without any dependency, or as one SQL statement, each run against the tree on the test patients.

# %%
code = distiller.to_python()
print(distiller.check_parity(code, X_test))
print(distiller.check_parity(distiller.to_sql(), X_test))
print("\n".join(code.splitlines()[:12]))
