"""The record of a lossless pruning: what went, and by which proof."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Removal:
    """One thing that went.

    Parameters
    ----------
    kind : str
        ``"equal branches"``, ``"decided above"`` or ``"outside the domain"`` of a split, ``"same
        structure"``, ``"constant"`` or ``"needless"`` of a tree.
    tree : int
        Native number of the tree.
    node : int
        Native number of the split, or of the root of a tree that went.
    depth : int
    split : str
        The question that went; empty for a tree.
    becomes : int
        Native number of the node that stands in its place; of a tree, of the tree that took over its
        values, and -1 if none did.
    nodes_removed : int
    proof : str
    """

    kind: str
    tree: int
    node: int
    depth: int
    split: str
    becomes: int
    nodes_removed: int
    proof: str


@dataclass(frozen=True, kw_only=True)
class LosslessPlan:
    """What a lossless pruning removed, and what stays the same.

    Parameters
    ----------
    removals : tuple of Removal
    n_nodes, n_trees : tuple of int
        Before and after.
    same : {"bits", "output", "class"}
        What no input of the domain can see a change of: the bits of the raw output; the raw output but for
        rounding, which is at most `bound`; or the predicted class.
    bound : float
        Largest change of a raw output; infinite where only the class is kept.
    checked : str
        On which rows the written model was compared with the model before.
    factors : tuple of float, or None
        What each tree of the model before was multiplied by, where trees were weighed anew; 0 for one that
        went.
    fewest : bool or None
        Whether it is proven that no fewer trees would do, whatever their factors, by the margin that a note
        names; None where none were weighed.
    notes : tuple of str
        What was not done, and why.
    """

    removals: tuple[Removal, ...]
    n_nodes: tuple[int, int]
    n_trees: tuple[int, int]
    same: str
    bound: float
    checked: str
    factors: tuple[float, ...] | None = None
    fewest: bool | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.removals)

    @property
    def promise(self) -> str:
        """What stays the same, in words."""
        return {
            "bits": "every raw output keeps its bits",
            "output": f"no raw output changes by more than {self.bound:.3g}",
            "class": "every predicted class stays; probabilities do not",
        }[self.same]

    def __repr__(self) -> str:
        (nodes, nodes_left), (trees, trees_left) = self.n_nodes, self.n_trees
        return (
            f"LosslessPlan({len(self)} removals, nodes {nodes} -> {nodes_left}, trees {trees} -> "
            f"{trees_left}; {self.promise})"
        )

    def __str__(self) -> str:
        lines = [repr(self), f"checked on {self.checked}", *self.notes]
        return "\n".join(lines)

    def to_frame(self) -> pd.DataFrame:
        """One row for each removal.

        Returns
        -------
        pandas.DataFrame
            ``tree`` and ``node`` number the native tree and node, ``becomes`` what stands there now.
        """
        import pandas as pd

        names = [field.name for field in fields(Removal)]
        frame = pd.DataFrame([astuple(removal) for removal in self.removals], columns=names)
        return frame.astype(dict.fromkeys(("tree", "node", "depth", "becomes", "nodes_removed"), "int64"))

    def _repr_html_(self) -> str:
        import html

        said = "".join(f"<p>{html.escape(line)}</p>" for line in str(self).splitlines())
        return said + str(self.to_frame().to_html(index=False, max_rows=20))
