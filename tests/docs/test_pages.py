"""The site speaks of everything that is public, and of nothing else."""

import importlib.util
import re
from pathlib import Path

import pytest

import treeprune

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *DOCS.glob("guide/*.md"), *DOCS.glob("howto/*.md")])


def public_names():
    names = {f"treeprune.{name}" for name in treeprune.__all__}
    if importlib.util.find_spec("treeprune.datasets") is not None:
        datasets = importlib.import_module("treeprune.datasets")
        names |= {f"treeprune.datasets.{name}" for name in datasets.__all__}
    return names


def test_the_reference_names_what_is_public_and_each_name_once():
    page = (DOCS / "api.rst").read_text()
    named = re.findall(r"^   ~(treeprune\.[\w.]+)$", page, re.MULTILINE)
    assert sorted(named) == sorted(public_names())


def displays():
    return [name for name in treeprune.__all__ if name.endswith("Display")]


@pytest.mark.parametrize("name", displays())
def test_each_picture_is_in_the_gallery(name):
    examples = [path.read_text() for path in (DOCS / "gallery").glob("plot_*.py")]
    assert sum(f"`~treeprune.{name}`" in text for text in examples) == 1
    assert any(re.search(rf"^{name}\.from_", text, re.MULTILINE) for text in examples)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_references_are_there_and_are_referred_to(page):
    known = set(re.findall(r"^\((\w+)\)=$", (DOCS / "references.md").read_text(), re.MULTILINE))
    asked = set(re.findall(r"\{ref\}`[^`]*<(\w+)>`", page.read_text()))
    assert asked <= known


def test_what_the_readme_leads_to_has_links_that_work_off_the_site():
    text = (DOCS / "concepts.md").read_text()
    targets = re.findall(r"\]\(([\w/-]+\.md)\)", text)
    assert "{doc}" not in text
    assert targets
    assert all((DOCS / target).is_file() for target in targets)


def test_every_reference_is_cited():
    known = set(re.findall(r"^\((\w+)\)=$", (DOCS / "references.md").read_text(), re.MULTILINE))
    cited = {name for page in PAGES for name in re.findall(r"\{ref\}`[^`]*<(\w+)>`", page.read_text())}
    assert known == cited


def test_method_pages_say_when_not_to_use_the_method():
    pages = {page.stem: page.read_text() for page in (DOCS / "guide").glob("*.md") if page.stem != "index"}
    assert all("## When not to use it" in text for text in pages.values())
