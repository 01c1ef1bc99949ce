"""The report as one HTML page that needs no other file, no script and no network."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Any

from treeprune.audit.parts import Cell, Measure, Section
from treeprune.audit.words import shown, spread_words

if TYPE_CHECKING:
    from jinja2 import Environment

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""Content-Security-Policy of a page: nothing but its own styles and pictures."""


@cache
def _environment() -> Environment:
    # not for those who only prune
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("treeprune.audit", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["shown"] = shown
    environment.filters["number"] = _is_number
    environment.filters["plain_measures"] = _plain_measures
    environment.globals["trusted"] = Markup  # only fragments that this package has made pass through it
    environment.globals["spread"] = spread_words
    environment.globals["policy"] = POLICY
    environment.globals["style"] = Markup(_text("style.css"))
    return environment


def _text(name: str) -> str:
    return (files("treeprune.audit") / "templates" / name).read_text("utf-8")


def _plain_measures(measures: tuple[Measure, ...]) -> list[dict[str, Cell]]:
    return [measure.to_dict() for measure in measures]


def _is_number(x: Any) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool)


def render(template: str, values: Mapping[str, Any]) -> str:
    """Fill a template of this package; all values are escaped.

    Parameters
    ----------
    template : str
    values : mapping

    Returns
    -------
    str
    """
    return _environment().get_template(template).render(values)


def by_part(sections: tuple[Section, ...]) -> list[tuple[str, list[Section]]]:
    """Sections under the headings that they stand under."""
    return [(part, list(own)) for part, own in groupby(sections, key=lambda section: section.part)]
