"""A scorecard's numbers as frames, and as the page that is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from treeprune.criteria.scorecard.cells import LEAST_ROWS, Cells, Seen, readable_width, score_cells
from treeprune.criteria.scorecard.items import Item, ItemLine
from treeprune.criteria.scorecard.line import Line
from treeprune.criteria.scorecard.measure import rounding_loss
from treeprune.criteria.scorecard.problem import RoundingProblem
from treeprune.criteria.scorecard.search import Rounding, naive_rounding
from treeprune.model.ensemble import Array
from treeprune.report.scorecard_page import ScorecardPage, percent

if TYPE_CHECKING:
    import pandas as pd

_MOST_LINES = 15


def points_frame(items: list[Item], points: Array) -> pd.DataFrame:
    """One row for each line of a scorecard."""
    import pandas as pd

    lines, first = list[ItemLine](), 0
    for item in items:
        n = item.n_levels
        lines += item.lines(points[first : first + n])
        first += n
    return pd.DataFrame(lines, columns=["column", "item", "unit", "low", "high", "points"])


def cells_frame(cells: Cells) -> pd.DataFrame:
    """One row for each range of totals; a number of rows below 11 is missing, and so is what they had."""
    import pandas as pd

    few = cells.rows < LEAST_ROWS
    frame = pd.DataFrame(
        {
            "low": pd.array([pd.NA, *cells.low[1:]], "Int64"),
            "high": pd.array([*cells.high[:-1], pd.NA], "Int64"),
            "probability": cells.probability,
            "rows": pd.array(np.where(few, 0, cells.rows), "Int64"),
            "share": cells.share,
        }
    )
    frame["rows"] = frame["rows"].mask(few)
    if cells.observed is not None:
        frame["observed"] = np.where(few, np.nan, cells.observed)
    return frame


def rounding_frame(
    problem: RoundingProblem,
    start: float,
    levels: Array,
    own: Array,
    target: Array,
    weight: Array,
    found: Rounding,
) -> pd.DataFrame:
    """What the model, naive rounding and the scorecard say of the rows.

    Parameters
    ----------
    problem : RoundingProblem
    start : float
        The model's log odds where all counts are 0.
    levels : ndarray of int64, shape (n_rows, n_levels)
    own, target, weight : ndarray of float64, shape (n_rows,)
        The model's log odds; what is to be met; weights.
    found : Rounding

    Returns
    -------
    pandas.DataFrame
    """
    import pandas as pd

    naive, scale = naive_rounding(problem)
    totals, line = levels @ naive, problem.line(naive)
    log_odds = {
        "model": own,
        "naive rounding": start + totals / scale,
        "naive rounding, line refitted": line.intercept + line.slope * totals,
        "scorecard": found.line.intercept + found.line.slope * (levels @ found.points),
    }
    rows = {name: rounding_loss(said, own, target, weight) for name, said in log_odds.items()}
    return pd.DataFrame.from_dict(rows, orient="index")


def page_of(
    event: str, points: pd.DataFrame, seen: Seen, line: Line, rounding: pd.DataFrame
) -> ScorecardPage:
    """What is printed: columns without any points are named in a note.

    Parameters
    ----------
    event : str
    points : pandas.DataFrame
        Of `points_frame`.
    seen : Seen
    line : Line
    rounding : pandas.DataFrame
        Of `rounding_frame`.

    Returns
    -------
    ScorecardPage
    """
    used = points.groupby("column")["points"].transform(lambda own: own.abs().max()) > 0
    items = tuple((str(text), int(own)) for text, own in points.loc[used, ["item", "points"]].to_numpy())
    cells = score_cells(seen, readable_width(seen.totals, _MOST_LINES))
    columns = ("total", "risk", "rows", "share", *([] if cells.observed is None else ["observed"]))
    totals = tuple(_cell(cells, k) for k in range(len(cells.rows)))
    notes = _notes(points[~used], line, rounding)
    if cells.observed is not None and np.isnan(cells.observed).any():
        few = f"fewer than {LEAST_ROWS} with the event"
        notes += (f"No share is shown that would tell of {few}, or without.",)
    return ScorecardPage(f"Risk of {event}", items, columns, totals, notes)


def _cell(cells: Cells, k: int) -> tuple[str, ...]:
    few = cells.rows[k] < LEAST_ROWS
    rows = f"<{LEAST_ROWS}" if few else f"{cells.rows[k]:,}"
    words = [_range(cells, k), percent(cells.probability[k]), rows, percent(cells.share[k])]
    if cells.observed is not None:
        words.append("" if few or np.isnan(cells.observed[k]) else percent(cells.observed[k]))
    return tuple(words)


def _range(cells: Cells, k: int) -> str:
    low, high, last = cells.low[k], cells.high[k], len(cells.low) - 1
    if last == 0:
        return "any"
    if k in (0, last):
        return f"{low} and more" if k else f"{high} and less"
    return f"{low}" if low == high else f"{low} to {high}"


def _notes(unused: pd.DataFrame, line: Line, rounding: pd.DataFrame) -> tuple[str, ...]:
    card, model, naive = (
        rounding.loc[name] for name in ("scorecard", "model", "naive rounding, line refitted")
    )
    notes = [
        f"Risk at a total of T points: 1 / (1 + exp({-line.intercept:.4g} - {line.slope:.4g} T)).",
        f"Rounding changed the model's probability by {card['mean_change']:.3f} on average and "
        f"{card['max_change']:.3f} at the most. Log loss {card['log_loss']:.4f}, of the model "
        f"{model['log_loss']:.4f}, of naive rounding {naive['log_loss']:.4f}; AUC {card['auc']:.3f}, of "
        f"the model {model['auc']:.3f}.",
    ]
    if len(unused):
        notes.append(f"Rounded to no points: {', '.join(dict.fromkeys(unused['column']))}.")
    return tuple(notes)
