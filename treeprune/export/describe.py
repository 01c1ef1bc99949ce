"""The way to each node in words: one condition a column, whatever number of splits it took."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isinf, isnan

from treeprune.export.cuts import shortest_decimal
from treeprune.export.questions import Question, questions
from treeprune.export.vocabulary import Name, Vocabulary, plain
from treeprune.model.ensemble import LEAF, TreeEnsemble

Side = tuple[Question, bool]


@dataclass(frozen=True)
class Region:
    """What a column may hold at a node.

    Parameters
    ----------
    low, high : float
        Numbers above `low` and up to `high`, by exact cuts.
    low_text, high_text : str
        Both as decimals; empty where there is no such bound.
    missing : bool
        Whether it may be missing.
    zero : bool
        Whether it may be 0.
    sides : tuple of (Question, bool)
        Splits on categories above, and whether the way goes left.
    """

    low: float = -inf
    high: float = inf
    low_text: str = ""
    high_text: str = ""
    missing: bool = True
    zero: bool = True
    sides: tuple[Side, ...] = ()

    @property
    def zero_between(self) -> bool:
        """Whether 0 lies between the bounds."""
        return self.low < 0 <= self.high

    def below(self, question: Question, text: str, *, left: bool) -> Region:
        """Region of a child.

        Parameters
        ----------
        question : Question
            Of the split.
        text : str
            Its threshold as a decimal.
        left : bool
            Which child.

        Returns
        -------
        Region
        """
        missing = self.missing and question.missing_left == left
        if question.codes is not None:
            return replace(self, missing=missing, sides=(*self.sides, (question, left)))
        cut = -inf if isnan(question.cut) else question.cut
        zero_left = question.missing_left if question.zero is not None else cut >= 0
        child = replace(self, missing=missing, zero=self.zero and zero_left == left)
        if left and cut < self.high:
            return replace(child, high=cut, high_text=text)
        if not left and cut > self.low:
            return replace(child, low=cut, low_text=text)
        return child


Regions = dict[int, Region]
"""Column -> what it may hold; columns without a split above are absent."""


def node_regions(ensemble: TreeEnsemble, tree: int) -> dict[int, Regions]:
    """What the columns may hold at each node of a tree.

    Parameters
    ----------
    ensemble : TreeEnsemble
    tree : int

    Returns
    -------
    dict of int to dict
        By the position of the node in the ensemble.
    """
    e, asked = ensemble, questions(ensemble)
    own = e.tree(tree)
    found: dict[int, Regions] = {own.start: {}}
    for node in range(own.start, own.stop):
        question = asked[node]
        if question is None:
            continue
        f, here = question.feature, found[node]
        t = float(e.threshold[node])
        text = ("-" if t < 0 else "") + "infinity"
        if question.codes is not None or not isinf(t):
            text = shortest_decimal(t, e.comparison, e.input_dtype)
        for child, left in ((e.left[node], True), (e.right[node], False)):
            found[int(child)] = here | {f: here.get(f, Region()).below(question, text, left=left)}
    return found


@dataclass(frozen=True)
class Phrases:
    """Words for regions.

    Parameters
    ----------
    words : Vocabulary
    strict : bool
        Whether the model asks ``x < t``, so that a threshold itself goes right.
    missing : bool
        Whether missing values are spoken of.
    most_names : int or None
        Categories that are listed, at the most.
    """

    words: Vocabulary
    strict: bool
    missing: bool = True
    most_names: int | None = None

    def condition(self, feature: int, region: Region, *, named: bool = True) -> str:
        """One column's condition.

        Parameters
        ----------
        feature : int
        region : Region
        named : bool
            Whether the name of the column stands before it.

        Returns
        -------
        str
            Empty where anything is allowed.
        """
        known = self._known(feature, region)
        missing = region.missing and self.missing
        if known is None:
            text = "missing" if missing else "never so"
        elif known:
            text = f"{known}, or missing" if missing else known
        elif region.missing or not self.missing:
            return ""
        else:
            text = "known"
        return f"{plain(self.words.names[feature])} is {text}" if named else text

    def conditions(self, regions: Regions) -> list[str]:
        """Conditions of all columns, in the order of the splits."""
        texts = (self.condition(f, region) for f, region in regions.items())
        return [text for text in texts if text]

    def _known(self, feature: int, region: Region) -> str | None:
        """What is asked of values that are there: empty for nothing, None where none is allowed."""
        parts = []
        if region.sides:
            parts.append(self._of_sides(feature, region.sides))
        if region.low_text or region.high_text:
            names = self.words.categories.get(feature)
            parts.append(self._of_names(names, region) if names else self._of_numbers(feature, region))
        if None in parts:
            return None
        return " and ".join(part for part in parts if part)

    def _of_numbers(self, feature: int, region: Region) -> str | None:
        inside = region.zero_between
        if region.low >= region.high:
            return "0" if region.zero else None
        above, below = ("at least", "below") if self.strict else ("above", "at most")
        bounds = [f"{above} {region.low_text}"] if region.low_text else []
        if region.high_text and region.high < inf:
            bounds.append(f"{below} {region.high_text}")
        unit = self.words.units.get(feature, "")
        text = " and ".join(bounds) + (f" {plain(unit)}" if unit and bounds else "")
        if region.zero and not inside:
            return f"{text}, or 0"
        if inside and not region.zero:
            return f"{text} but not 0" if text else "not 0"
        return text

    def _of_names(self, names: dict[float, Name], region: Region) -> str | None:
        def allowed(code: float) -> bool:
            return region.zero if code == 0 else region.low < code <= region.high

        kept = [name for code, name in names.items() if allowed(code)]
        if len(kept) == len(names):
            return ""
        return self._listed(kept, "one of") if kept else None

    def _of_sides(self, feature: int, sides: tuple[Side, ...]) -> str | None:
        names = self.words.categories.get(feature)
        n = max(question.n_codes for question, _ in sides)
        codes = (
            {int(code): name for code, name in names.items()} if names else {k: str(k) for k in range(n)}
        )
        kept = [name for code, name in codes.items() if _allowed(code, sides)]
        others = _allowed(max([n - 1, *codes]) + 1, sides)
        if others:
            barred = [name for name in codes.values() if name not in kept]
            return self._listed(barred, "none of", "not ") if barred else ""
        if len(kept) == len(codes):
            return "" if names else "a known category"
        return self._listed(kept, "one of") if kept else None

    def _listed(self, names: list[Name], several: str, one: str = "") -> str:
        # a name that itself looks like a list is told apart by quotes
        shown = [f'"{plain(name)}"' if {",", '"'} & set(str(name)) else plain(name) for name in names]
        if len(shown) == 1:
            return one + shown[0]
        most = self.most_names
        if most is not None and len(shown) > most + 1:
            shown = [*shown[:most], f"{len(shown) - most} more"]
        return f"{several} {', '.join(shown)}"


def _allowed(code: int, sides: tuple[Side, ...]) -> bool:
    for question, left in sides:
        assert question.codes is not None
        known = 0 <= code < question.n_codes
        goes_left = code in question.codes if known else question.others_left
        if goes_left != left:
            return False
    return True


def leaves_of(ensemble: TreeEnsemble, tree: int) -> list[int]:
    """Positions of the leaves of a tree, from left to right."""
    e, found, stack = ensemble, [], [int(ensemble.root[tree])]
    while stack:
        node = stack.pop()
        if e.left[node] == LEAF:
            found.append(node)
        else:
            stack += [int(e.right[node]), int(e.left[node])]
    return found
