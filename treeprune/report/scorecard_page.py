"""A scorecard as a clinician reads it: one line an item, and what a total means."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

_STYLE = """
.treeprune-scorecard{font:14px/1.4 system-ui,sans-serif;color:#111;background:#fff;max-width:44em;
padding:1em}
.treeprune-scorecard table{border-collapse:collapse;margin:.6em 0 1.2em;width:100%;color:#111}
.treeprune-scorecard caption{font-weight:600;text-align:left;padding:.2em 0}
.treeprune-scorecard th,.treeprune-scorecard td{padding:.25em .6em;border-bottom:1px solid #ccc;
text-align:right;background:#fff;font-variant-numeric:tabular-nums}
.treeprune-scorecard th:first-child,.treeprune-scorecard td:first-child{text-align:left}
.treeprune-scorecard thead th{border-bottom:2px solid #111}
.treeprune-scorecard .points{font-weight:600;white-space:nowrap}
.treeprune-scorecard p{margin:.3em 0;color:#444}
@media print{.treeprune-scorecard{padding:0}.treeprune-scorecard tr{break-inside:avoid}}
"""


@dataclass(frozen=True)
class ScorecardPage:
    """What is printed.

    Parameters
    ----------
    title : str
    items : tuple of (str, int)
        Lines and their points.
    columns : tuple of str
        Heads of the table of totals.
    totals : tuple of tuple of str
        Its rows.
    notes : tuple of str
    """

    title: str
    items: tuple[tuple[str, int], ...]
    columns: tuple[str, ...]
    totals: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]

    def text(self) -> str:
        """Plain text."""
        item = max(len(text) for text, _ in (("item", 0), *self.items))
        lines = [self.title, "", f"{'item':<{item}}  points"]
        lines += [f"{text:<{item}}  {signed(points):>6}" for text, points in self.items]
        table = (self.columns, *self.totals)
        widths = [max(len(row[c]) for row in table) for c in range(len(self.columns))]
        lines.append("")
        for first, *others in table:
            cells = [f"{cell:>{w}}" for cell, w in zip(others, widths[1:], strict=True)]
            lines.append("  ".join([f"{first:<{widths[0]}}", *cells]))
        return "\n".join([*lines, "", *self.notes])

    def fragment(self) -> str:
        """HTML that stands in a page of others."""
        items = "".join(
            f'<tr><td>{escape(text)}</td><td class="points">{signed(points)}</td></tr>'
            for text, points in self.items
        )
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in self.columns)
        totals = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in self.totals
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return (
            f'<div class="treeprune-scorecard"><style>{_STYLE}</style>'
            f"<table><caption>{escape(self.title)}</caption>"
            f'<thead><tr><th scope="col">item</th><th scope="col">points</th></tr></thead>'
            f"<tbody>{items}</tbody></table>"
            f"<table><caption>Add up the points, and read the risk</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{totals}</tbody></table>{notes}</div>"
        )

    def document(self) -> str:
        """A whole HTML page, which needs no other file."""
        return (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            f"<title>{escape(self.title)}</title></head><body>{self.fragment()}</body></html>\n"
        )


def signed(points: int) -> str:
    """Points with their sign."""
    return f"{points:+d}" if points else "0"


def percent(share: float) -> str:
    """A share in percent; nothing is called 0 % or 100 % that is not."""
    if 0 < share < 0.001:
        return "<0.1%"
    if 0.999 < share < 1:
        return ">99.9%"
    return f"{share:.1%}"
