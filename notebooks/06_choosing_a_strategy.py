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
# # Which pruning, and how strong?
#
# There are many ways to prune a boosted model: fewer trees, smaller trees, both together, with old leaf values or with
# new ones. Which is best depends on the model and on the table. `PruningSearchCV` tries those that fit and answers with
# one model and the whole front of size against loss. This notebook is about reading that front and choosing from it.
#
# The table is SUPPORT2 (9,105 seriously ill adults, death in hospital; see notebook 2). LightGBM takes its missing
# values and its categories as they are.

# %%
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.model_selection import train_test_split

from treeprune import PruningFrontDisplay, PruningSearchCV, compare, footprint, footprint_table, prune
from treeprune.datasets import load_support2

pd.set_option("display.max_colwidth", 60)

data = load_support2()
X_train, X_test, y_train, y_test = train_test_split(
    data.X, data.y, test_size=0.4, stratify=data.y, random_state=0
)
model = LGBMClassifier(n_estimators=200, random_state=0, n_jobs=1, verbose=-1)
fitted = model.fit(X_train, y_train)

# %% [markdown]
# ## Search
#
# The model is fitted once in each of five folds, and every strategy prunes these same fits. What chooses inside a
# strategy never judges what came of it. After each fold the worse half of the strategies is dropped (successive
# halving), so that all this costs a few cross-validations of the model and not dozens.

# %%
search = PruningSearchCV(model).fit(X_train, y_train)
chosen = search.results_.query("chosen").squeeze()

print(
    f"{search.n_candidates_} candidates, of which {(search.results_.n_folds == 5).sum()} stayed for all five folds"
)
print(f"chosen: {search.best_strategy_} with {search.best_params_}")
print(f"{search.loss_name_} {search.whole_loss_:.4f} before, {chosen.loss:.4f} after (over folds)")
search.results_.groupby("strategy").agg(candidates=("loss", "size"), most_folds=("n_folds", "max"))

# %% [markdown]
# ## The front
#
# Each point is a candidate; the front joins those that no other one beats in both size and loss. Small points fell behind
# early. The chosen one carries the mark.

# %%
PruningFrontDisplay.from_estimator(search)
# %% [markdown]
# The dotted line is the model as it was, and the chosen one lies well below: 200 trees were too many for these patients, the
# model had begun to learn them by heart. Pruning does not only make it smaller here.

# %%
assert chosen.loss < search.whole_loss_
columns = ["strategy", "parameters", "nodes", "trees", "loss", "loss_se", "n_folds", "chosen"]
search.results_.query("front")[columns].round(4)

# %% [markdown]
# ## A budget
#
# Joint pruning of a boosted model is dear, so without a budget the search looks at its smallest models only: the front above
# has a gap to the left of whole trees. If you want a small model, say so. Budgets are what the model may have at the most:
# `max_nodes`, `max_trees`, `max_features`, `max_bytes`, or `max_ms` for a thousand rows.

# %%
tight = PruningSearchCV(model, max_nodes=300).fit(X_train, y_train)
assert tight.best_strategy_ == "joint" != search.best_strategy_
PruningFrontDisplay.from_estimator(tight)
# %% [markdown]
# In 300 nodes only a few whole trees fit (each has about sixty nodes). Parts of more trees, with leaf values fitted anew, are
# better: another strategy wins under another budget.
#
# ## What "1se" means
#
# The least loss of many candidates is partly luck. The rule of one standard error does not ask for it: it takes the
# *smallest* model whose loss exceeds the least by no more than one standard error of the *difference*, fold by fold.
# Differences count because a hard fold is hard for every candidate: their standard error is far below the `loss_se` of
# either, which the error bars of most pictures show. It need not use up the 300 nodes that were allowed:

# %%
judged_by_all = tight.results_.query("n_folds == 5 and strategy == 'joint'")[columns].sort_values("loss")
least = judged_by_all.iloc[0]
assert tight.results_.query("chosen").nodes.item() < least.nodes
judged_by_all.head().round(4)

# %% [markdown]
# `rule="min"` would take the first line.
#
# ## Not worse by more than a margin
#
# If you have to show that the smaller model may take the place of the old one, choose by non-inferiority
# (`rule="non_inferior"`). The margin is in units of the loss, and has to be laid down before anybody sees the rows. The rule takes
# the smallest model that is shown to be worse than the *old* one by less than the margin. Where the old one is a poor
# yardstick, that can be a much smaller model than the other rules take, which compare with the *best*.

# %%
not_worse = PruningSearchCV(model, ["joint"], max_nodes=300, rule="non_inferior", margin=0.01).fit(
    X_train, y_train
)

found = {"1se": search, "1se, 300 nodes": tight, "non_inferior, 300 nodes": not_worse}
table = pd.concat(
    [each.results_.query("chosen")[columns] for each in found.values()], keys=found
).droplevel(1)
size = table["nodes"]
assert size["non_inferior, 300 nodes"] < size["1se, 300 nodes"] < size["1se"]
table.drop(columns="chosen").round(4)

# %% [markdown]
# ## Judge on rows apart
#
# The search has looked at many candidates, and the loss of its winner is flattered. The test patients have taken no part.

# %%
models = {"before": fitted} | {name: each.estimator_ for name, each in found.items()}
judged = pd.DataFrame({name: compare(fitted, each, X_test, y_test).after for name, each in models.items()})
assert (judged.loc["log loss", ["1se", "1se, 300 nodes"]] < judged.loc["log loss", "before"] - 0.01).all()
judged.loc[["trees", "nodes", "features used", "AUC", "log loss", "Brier", "calibration slope"]].T.round(4)

# %% [markdown]
# Look at the last line. Its log loss is that of the old model, as was asked for, with less than a hundredth of the nodes; but its
# AUC is far lower. The old model ranks patients well and is badly calibrated (its slope is far below 1, it is too sure), and the
# log loss counts both. A margin protects only what it is a margin of: choose the loss (`loss=`) as carefully as the margin.

# %%
last = judged["non_inferior, 300 nodes"]
assert last["log loss"] < judged.loc["log loss", "before"] + 0.01
assert last["AUC"] < judged.loc["AUC", "before"] - 0.02
assert judged.loc["calibration slope", "before"] < 0.7
assert last["nodes"] < judged.loc["nodes", "before"] / 100

# %% [markdown]
# ## What it takes to run
#
# `footprint` measures: nodes, bytes in memory and on disk, nodes that a row meets, time for one row and for all. Times
# are of this machine; the rest is the same everywhere.

# %%
sizes = [footprint(each, X_test, n_repeats=5) for each in models.values()]
footprint_table(sizes, list(models)).round(2)

# %% [markdown]
# ## In one call, for a model that is fitted already
#
# `prune` runs the same search on a model that you hold, by rows that it has not seen, and gives the native model. More stands
# on the page *Which method, and how strongly?* of the documentation.

# %%
X_choose, X_last, y_choose, y_last = train_test_split(X_test, y_test, test_size=0.5, random_state=0)
small = prune(fitted, X_choose, y_choose, method="tree_count")
assert type(small) is type(fitted)
print(compare(fitted, small, X_last, y_last))
