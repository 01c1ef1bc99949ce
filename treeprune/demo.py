"""The main job on real data: grow a tree and a forest, prune them, show what changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from treeprune.evidence.comparison import Comparison
from treeprune.faithfulness.compare import compare
from treeprune.files import replacing
from treeprune.pruners.cost_complexity import CostComplexityPruner
from treeprune.pruners.parameters import check_n_jobs, check_whole_number
from treeprune.report.displays import PruningPathDisplay

_MOST_CLASSES = 20
_TEST_SHARE = 0.3


@dataclass(frozen=True, eq=False)
class DemoResult:
    """What the demo found.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a metric, one column a model.
    comparisons : dict of str to Comparison
        For ``"tree"`` and ``"forest"``.
    files : list of pathlib.Path
        What was saved.
    """

    frame: pd.DataFrame
    comparisons: dict[str, Comparison]
    files: list[Path]


def load_table(
    path: Path | None, target: str | None, exclude: Sequence[str] = ()
) -> tuple[pd.DataFrame, pd.Series[Any]]:
    """Read the table of the demo.

    Parameters
    ----------
    path : pathlib.Path or None
        A CSV file; scikit-learn's breast cancer table if None.
    target : str or None
        Column to predict; rows without it are dropped.
        Only with a path, as `exclude`.
    exclude : sequence of str
        Columns that the model must not see, such as those known only after the outcome.

    Returns
    -------
    X : pandas.DataFrame
        Text as it stands; columns without a name (row numbers) are dropped.
    y : pandas.Series

    Raises
    ------
    ValueError
        If a column does not exist, none is left to predict from, or the target has one value only.
    """
    if path is None:
        if target is not None or exclude:
            raise ValueError(
                "--target and --exclude name columns of a table of your own: give it by --data"
            )
        X, malignant = load_breast_cancer(return_X_y=True, as_frame=True)
        return X, (malignant == 0).rename("malignant").astype(int)
    if target is None:
        raise ValueError("--data needs --target, the column to predict")
    table = pd.read_csv(path)
    missing = [name for name in (target, *exclude) if name not in table.columns]
    if missing:
        raise ValueError(f"{path.name} has no column {', '.join(missing)}")
    table = table.dropna(subset=[target])
    if table[target].nunique() < 2:
        raise ValueError(f"column {target} has one value only: there is nothing to predict")
    unnamed = [name for name in table.columns if str(name).startswith("Unnamed:")]
    X = table.drop(columns=[target, *exclude, *unnamed])
    if X.shape[1] == 0:
        raise ValueError(f"no column of {path.name} is left to predict {target} from")
    return X, table[target]


def _with_equals(column: str, category: Any) -> str:
    return f"{column}={category}"


def encoder(verbose: bool = False) -> ColumnTransformer:
    """Text columns become one column a category; numbers stay, and so do missing ones.

    Parameters
    ----------
    verbose : bool
        Longer names: ``text__sex=f`` in place of ``sex_f``.

    Returns
    -------
    sklearn.compose.ColumnTransformer
        Not fitted.
    """
    one_hot = OneHotEncoder(
        sparse_output=False,
        handle_unknown="infrequent_if_exist",
        max_categories=_MOST_CLASSES,
        feature_name_combiner=_with_equals if verbose else "concat",
    )
    text = make_column_selector(dtype_exclude=np.number)
    encode = ColumnTransformer(
        [("text", one_hot, text)], remainder="passthrough", verbose_feature_names_out=verbose
    )
    return encode.set_output(transform="pandas")


def fit_encoder(X: pd.DataFrame) -> ColumnTransformer:
    """Fitted `encoder`, with the longer names where the short ones are not unique.

    Parameters
    ----------
    X : pandas.DataFrame

    Returns
    -------
    sklearn.compose.ColumnTransformer
    """
    try:
        return encoder().fit(X)
    except ValueError:  # sex = f beside a column sex_f; any other fault shows again
        return encoder(verbose=True).fit(X)


def _check_folder(output: Path) -> None:
    """Refuse a folder that cannot be made because a file stands in its way."""
    existing = next((path for path in (output, *output.parents) if path.exists()), None)
    if existing is not None and not existing.is_dir():
        raise NotADirectoryError(f"{existing} is a file: the output needs a folder")


def _models(classify: bool, n_trees: int, seed: int, n_jobs: int | None) -> dict[str, Any]:
    tree = DecisionTreeClassifier if classify else DecisionTreeRegressor
    forest = RandomForestClassifier if classify else RandomForestRegressor
    return {
        "tree": tree(random_state=seed),
        "forest": forest(n_trees, random_state=seed, n_jobs=n_jobs),
    }


def run(
    X: pd.DataFrame,
    y: pd.Series[Any],
    output: Path,
    *,
    n_trees: int = 200,
    seed: int = 0,
    n_jobs: int | None = -1,
    verbose: bool = True,
    say: Callable[[str], None] = print,
) -> DemoResult:
    """Grow, prune, compare on rows that no model has seen, save.

    Parameters
    ----------
    X, y : table and outcome
    output : pathlib.Path
        Folder for the pruned models and the picture of their paths; made if it does not exist.
    n_trees : int
    seed : int
    n_jobs : int, optional
    verbose : bool
        Show progress bars.
    say : callable
        Takes each line of progress.

    Returns
    -------
    DemoResult

    Raises
    ------
    ValueError
        If a number is not legal.
    NotADirectoryError
        If `output` is, or lies below, a file.
    """
    from matplotlib.figure import Figure

    check_whole_number("the number of trees", n_trees, 1)
    check_n_jobs(n_jobs)
    _check_folder(output)
    classify = y.nunique() <= _MOST_CLASSES or not pd.api.types.is_numeric_dtype(y)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=_TEST_SHARE, random_state=seed, stratify=y if classify else None
    )
    encode = fit_encoder(X_train)
    X_train, X_test = encode.transform(X_train), encode.transform(X_test)
    say(
        f"{len(X_train)} rows to train on, {len(X_test)} to judge by, "
        f"{X.shape[1]} columns ({X_train.shape[1]} after encoding), target {y.name}"
    )
    output.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(11, 4), layout="constrained")
    columns: dict[str, dict[str, float]] = {}
    comparisons, files = {}, []
    for (name, model), ax in zip(
        _models(classify, n_trees, seed, n_jobs).items(), figure.subplots(1, 2), strict=True
    ):
        say(f"growing and pruning the {name} (5-fold cross-validation of the whole path)")
        grown = model.fit(X_train, y_train)
        pruner = CostComplexityPruner(model, n_jobs=n_jobs, verbose=verbose).fit(X_train, y_train)
        comparison = compare(grown, pruner.estimator_, X_test, y_test)
        say(f"  {comparison}")
        columns[name] = comparison.before
        columns[f"pruned {name}"] = comparison.after | comparison.between
        comparisons[name] = comparison
        PruningPathDisplay.from_estimator(pruner, ax=ax)
        files.append(output / f"pruned_{name}.joblib")
        with replacing(files[-1]) as temporary:
            joblib.dump(pruner.estimator_, temporary)
    files.append(output / "pruning_paths.png")
    with replacing(files[-1]) as temporary:
        figure.savefig(temporary, dpi=150)
    return DemoResult(pd.DataFrame(columns), comparisons, files)
