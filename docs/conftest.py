"""``python -m pytest docs`` runs all Python of the pages, a page an item.

Blocks with prompts are doctests, others plain code; those of one page share their names.
"""

import doctest
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)

collect_ignore_glob = ["made/*"]


class WrongExampleError(Exception):
    """An example says something else than its page."""


class Page(pytest.Item):
    """The examples of one page."""

    def runtest(self) -> None:
        """Run them in their order."""
        mpl.use("agg")
        text, names = self.path.read_text(encoding="utf-8"), {"__name__": self.path.stem}
        for found in BLOCK.finditer(text):
            block, line = found.group(1), text.count("\n", 0, found.start(1))
            if ">>> " in block:
                self._check(block, names, line)
            else:
                exec(compile("\n" * line + block, str(self.path), "exec"), names)

    def _check(self, block: str, names: dict[str, Any], line: int) -> None:
        examples = doctest.DocTestParser().get_examples(block, self.name)
        test = doctest.DocTest(examples, {}, self.name, str(self.path), line, block)
        test.globs = names
        said: list[str] = []
        runner = doctest.DocTestRunner(verbose=False, optionflags=FLAGS)
        if runner.run(test, out=said.append, clear_globs=False).failed:
            raise WrongExampleError("".join(said))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """Show an example that is wrong as doctest does."""
        if isinstance(excinfo.value, WrongExampleError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class Pages(pytest.File):
    """A file with one page in it."""

    def collect(self) -> Iterator[Page]:
        """Hand over the page if there is Python on it."""
        if BLOCK.search(self.path.read_text(encoding="utf-8")):
            yield Page.from_parent(self, name=self.path.name)


def pytest_collect_file(file_path: Path, parent: Any) -> Pages | None:
    """Find the pages."""
    return Pages.from_parent(parent, path=file_path) if file_path.suffix == ".md" else None
