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
# # Prune a tree that is already fitted
#
# You hold a decision tree that is too large to read. This notebook makes it small, shows the whole trade-off
# between size and loss, and says for every split why it went. The table is the Wisconsin breast cancer data that
# comes with scikit-learn: 569 tumours, 30 measurements of cell nuclei, benign or malignant.

# %%
from sklearn.datasets import load_breast_cancer
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier, export_text

from treeprune import (
    CostComplexityPruner,
    ErrorBasedPruner,
    PruningPathDisplay,
    ReducedErrorPruner,
    compare,
)

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
malignant = (y == 0).map({True: "malignant", False: "benign"})
X_rest, X_test, y_rest, y_test = train_test_split(
    X, malignant, test_size=0.3, stratify=malignant, random_state=1
)
X_train, X_val, y_train, y_val = train_test_split(
    X_rest, y_rest, test_size=0.4, stratify=y_rest, random_state=1
)

tree = DecisionTreeClassifier(random_state=0).fit(X_train, y_train)
tree.get_n_leaves()

# %% [markdown]
# ## Held-out rows judge every split
#
# Reduced-error pruning walks from the leaves to the root. A split stays only if it lowers the loss (here the Brier
# score) on rows that the tree has not seen. `FrozenEstimator` says: this model is fitted, leave it as it is. The
# result is a plain `DecisionTreeClassifier`, and `tree` is untouched.

# %%
by_rows = ReducedErrorPruner(FrozenEstimator(tree)).fit(X_val, y_val)
print(export_text(by_rows.estimator_, feature_names=list(X.columns)))

# %% [markdown]
# The plan is the audit record: each split that became a leaf, in words, with the patients it rested on.

# %%
by_rows.plan_.to_frame()[["node", "depth", "split", "support_rows", "leaves_removed", "loss_increase"]]

# %% [markdown]
# Did it help? On a third set of rows, which neither growing nor pruning has seen:

# %%
compare(tree, by_rows.estimator_, X_test, y_test)

# %% [markdown]
# ## The whole path
#
# Cost-complexity pruning orders all splits by how much risk they save for each leaf they cost. One array of
# strengths holds the whole nested path, so one fit a fold scores *every* size. The picture shows the loss of each
# size with its standard error; the rule takes the smallest tree that is within one standard error of the best.

# %%
path = CostComplexityPruner(DecisionTreeClassifier(random_state=0)).fit(X_rest, y_rest)
PruningPathDisplay.from_estimator(path)
path.path_.to_frame().round(4)

# %% [markdown]
# The rule is yours to choose. With few patients a standard error is wide, and the rule then asks for very small
# trees. `rule="min"` takes the least loss, `max_leaf_nodes` an exact size, even one that no strength reaches.

# %%
for settings in ({"rule": "1se"}, {"rule": "min"}, {"max_leaf_nodes": 4}, {"ccp_alpha": 0.01}):
    pruner = CostComplexityPruner(DecisionTreeClassifier(random_state=0), **settings)
    small = pruner.fit(X_rest, y_rest).estimator_
    print(settings, "->", small.get_n_leaves(), "leaves, accuracy", round(small.score(X_test, y_test), 3))

# %% [markdown]
# ## No rows to spare
#
# The counts inside the tree are enough for the classical estimates: C4.5's error-based pruning, minimum description
# length and others. `smallest_leaf` makes sure that every leaf rests on at least so many patients.

# %%
for method in ("error_based", "pessimistic", "minimum_error", "description_length", "smallest_leaf"):
    small = ErrorBasedPruner(FrozenEstimator(tree), method=method).fit(X_train).estimator_
    print(f"{method:20} {small.get_n_leaves():2} leaves, accuracy {small.score(X_test, y_test):.3f}")
