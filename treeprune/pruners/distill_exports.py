"""A distilled tree in other forms: rules, SQL, Python, pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd
from sklearn.utils.validation import check_is_fitted

from treeprune.export.parity import Parity, check_parity
from treeprune.export.python_source import to_python
from treeprune.export.rules import Rules, to_rules
from treeprune.export.sql import to_sql
from treeprune.model.ensemble import TreeEnsemble
from treeprune.pruners.distill_fitting import DistillerFitting
from treeprune.report.tree_picture import TreeDisplay
from treeprune.report.tree_picture_svg import tree_svg


class DistillerExports(DistillerFitting):
    """What `TreeDistiller` can be written as."""

    @property
    def _drawn(self) -> dict[str, Any]:
        return {"table": self.leaf_table_, "categories": self._words, "missing": self._has_missing}

    @property
    def _fitted_trees(self) -> TreeEnsemble:
        check_is_fitted(self)
        return self._trees

    def to_rules(
        self, *, units: Mapping[str, str] | None = None, class_names: Sequence[Any] | None = None
    ) -> Rules:
        """Write the tree as rules in plain words, the leaf of most real rows first.

        Parameters
        ----------
        units : mapping of str to str, optional
            Column -> unit, as ``{"age": "years"}``.
        class_names : sequence of str, optional
            In the order of `classes_`.

        Returns
        -------
        Rules
        """
        trees = self._fitted_trees
        return to_rules(
            trees, units=units, categories=self._words, class_names=class_names,
            counts=None if self.leaf_table_ is None else self.leaf_table_["n"].tolist(),
            missing=self._has_missing,
        )  # fmt: skip

    def to_sql(
        self,
        *,
        table: str | tuple[str, ...] = "patients",
        key: str | None = None,
        dialect: Literal["sqlite", "postgres", "duckdb"] = "sqlite",
    ) -> str:
        """Write the tree as one SELECT; parameters as for `treeprune.to_sql`."""
        return to_sql(self._fitted_trees, table=table, key=key, dialect=dialect, categories=self._words)

    def to_python(self) -> str:
        """Write the tree as Python source without dependencies, see `treeprune.to_python`."""
        return to_python(self._fitted_trees, categories=self._words)

    def check_parity(self, export: str, X: Any) -> Parity:
        """Run an export on rows and hold it against the tree.

        Parameters
        ----------
        export : str
            From `to_sql` (for SQLite) or `to_python`.
        X : table, shape (n_rows, n_features)

        Returns
        -------
        Parity
        """
        names = self._fitted_trees.feature_names
        codes = self._codes.encode(X)
        named = hasattr(self, "feature_names_in_")
        rows = pd.DataFrame(codes, columns=self.feature_names_in_) if named else codes
        return check_parity(export, self.tree_, rows, feature_names=names, categories=self._words)

    def plot(
        self,
        *,
        ax: Any = None,
        units: Mapping[str, str] | None = None,
        class_names: Sequence[Any] | None = None,
    ) -> TreeDisplay:
        """Draw the tree, with the real rows and events of each leaf.

        Parameters
        ----------
        ax : matplotlib Axes, optional
        units : mapping of str to str, optional
        class_names : sequence of str, optional
            In the order of `classes_`.

        Returns
        -------
        TreeDisplay
        """
        return TreeDisplay.from_estimator(
            self._fitted_trees, ax=ax, units=units, class_names=class_names, **self._drawn
        )

    def to_svg(
        self, *, units: Mapping[str, str] | None = None, class_names: Sequence[Any] | None = None
    ) -> str:
        """Draw the tree as a self-contained SVG that screen readers can read; parameters as for `plot`."""
        return tree_svg(self._fitted_trees, units=units, class_names=class_names, **self._drawn)

    def _repr_html_(self) -> str:
        if not hasattr(self, "leaf_table_"):
            return str(super()._repr_html_())
        return self.to_svg()
