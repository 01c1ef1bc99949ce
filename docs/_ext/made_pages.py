"""Pages that stand elsewhere in the repository, or follow from the code, written to ``docs/made``.

Notebooks and cards of data are copied, tables of benchmarks included, registers and help texts listed, at
each build.
"""

import re
import shutil
from pathlib import Path
from typing import Any

import command_line
import registers
from sphinx.application import Sphinx
from sphinx.config import Config

from treeprune.datasets import DatasetUnavailableError, load_support2

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
MADE = DOCS / "made"


def _write(page: Path, text: str) -> None:
    """Write a page if it says something new: others are not built again."""
    page.parent.mkdir(parents=True, exist_ok=True)
    if not page.exists() or page.read_text() != text:
        page.write_text(text)


def _only(folder: Path, names: set[str]) -> None:
    """Take away pages whose source is gone."""
    for page in folder.glob("*"):
        if page.name not in names:
            page.unlink()


def _notebooks() -> None:
    folder = MADE / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    for notebook in notebooks:
        copy = folder / notebook.name
        if not copy.exists() or copy.read_bytes() != notebook.read_bytes():
            shutil.copyfile(notebook, copy)
    _only(folder, {notebook.name for notebook in notebooks})


def _benchmarks() -> None:
    folder = MADE / "benchmarks"
    results = sorted((ROOT / "benchmarks" / "results").glob("*.md"))
    for result in results:
        _write(folder / result.name, f"```{{include}} ../../../benchmarks/results/{result.name}\n```\n")
    _only(folder, {result.name for result in results})


def _datasets() -> None:
    source, folder = ROOT / "datasets", MADE / "datasets"
    cards = sorted((source / "cards").glob("*.md"))
    for card in cards:
        _write(folder / "cards" / card.name, card.read_text())
    _only(folder / "cards", {card.name for card in cards})
    pages = "\n".join(f"cards/{card.stem}" for card in cards)
    contents = f"\n```{{toctree}}\n:hidden:\n\n{pages}\n```\n" if cards else ""
    _write(folder / "README.md", (source / "README.md").read_text() + contents)


def _unrunnable() -> list[str]:
    """Notebooks that read SUPPORT2, where it is not here: they are shown without outputs."""
    try:
        load_support2(download=False)
    except DatasetUnavailableError:
        reading = [p for p in (ROOT / "notebooks").glob("*.ipynb") if "load_support2" in p.read_text()]
        return [f"made/notebooks/{notebook.name}" for notebook in reading]
    return []


def _make(app: Sphinx, config: Config) -> None:
    _notebooks()
    config.nb_execution_excludepatterns = [*config.nb_execution_excludepatterns, *_unrunnable()]
    _benchmarks()
    _datasets()
    _write(MADE / "registers.md", registers.page())
    _write(MADE / "command-line.md", command_line.page())


def _links(app: Sphinx, page: str, source: list[str]) -> None:
    """Links that lead to files of the repository lead to the pages made of them."""
    source[0] = re.sub(
        r"\]\((?:\.\./)+benchmarks/results/(\w+)\.md", r"](/made/benchmarks/\1.md", source[0]
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the pages before Sphinx looks for pages."""
    app.connect("config-inited", _make)
    app.connect("source-read", _links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
