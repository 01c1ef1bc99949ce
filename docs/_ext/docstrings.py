"""What pages of the reference show of docstrings."""

import re
from typing import Any

from sphinx.application import Sphinx


def _own_members(app: Sphinx, what: str, name: str, member: Any, skip: bool, options: Any) -> bool | None:
    """Show what treeprune defines, not all that comes with scikit-learn's base classes."""
    behind = getattr(member, "fget", None) or getattr(member, "__func__", member)
    home = getattr(behind, "__module__", None) or ""
    return None if home.startswith("treeprune") else True


def _initials(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """A line that begins with somebody's initial is no item of a list."""
    lines[:] = [re.sub(r"^(\s*[A-Z])\. ", r"\1\\. ", line) for line in lines]


def setup(app: Sphinx) -> dict[str, Any]:
    """Enter both."""
    app.connect("autodoc-skip-member", _own_members)
    app.connect("autodoc-process-docstring", _initials, priority=400)  # before numpydoc
    return {"parallel_read_safe": True, "parallel_write_safe": True}
