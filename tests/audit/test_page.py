"""The page: no script, no network, readable by everybody, and hostile names stay names."""

import re
from functools import cache
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from tests.audit.helpers import Page, artefacts, images, kind_report, patients, tree_report
from treeprune import CostComplexityPruner, compare
from treeprune.audit.report import PruningReport

HOSTILE = ["</script><img src=x onerror=alert(1)>", '=HYPERLINK("http://x.y")', "$x^", "| `a` [b](http://c)",
           "line\nbreak\x00"]  # fmt: skip


@cache
def hostile_report():
    X, y = patients()
    X = X.set_axis(HOSTILE, axis=1)
    before = DecisionTreeClassifier(max_depth=5, random_state=0).fit(X[:240], y[:240])
    pruner = CostComplexityPruner(before, max_leaf_nodes=5).fit(X[:240], y[:240])
    groups = {HOSTILE[0]: np.where(np.arange(163) % 2, HOSTILE[1], "<b>even</b>\x01")}
    comparison = compare(before, pruner, X[240:], y[240:], background=X[:240], subgroups=groups)
    return PruningReport(
        comparison, pruner=pruner, before_name=HOSTILE[0], after_name=HOSTILE[1],
        limits=["<script>alert(2)</script>"], author=HOSTILE[3], command="<iframe src=//x>\nsecond\x02",
        intended_use="<b onclick=x>\n\x03",
    )  # fmt: skip


@pytest.mark.parametrize("make", [tree_report, hostile_report, lambda: kind_report("linear")])
def test_no_script_and_no_address(make):
    text = make().to_html()
    page = Page(text)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "iframe", "object", "embed", "link", "form", "base", "b"}
    for tag, attrs in page.elements:
        assert not [name for name in attrs if name.startswith("on")]
        for name in ("src", "href"):
            if name in attrs:
                assert attrs[name].startswith(("#", "data:image/svg+xml;base64,")), (tag, attrs)
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv"))
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert not re.search(r"url\(|@import", re.sub(r"clip-path=\"url\(#", "", text))


@pytest.mark.parametrize("make", [tree_report, hostile_report, lambda: kind_report("linear")])
def test_everybody_can_read_it(make):
    page = Page(make().to_html())
    assert page.all("html")[0]["lang"] == "en"
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert all(len(a["alt"]) > 40 for a in page.all("img"))
    assert all(a.get("scope") in ("col", "row") for a in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in page.all("a")} <= set(ids)
    assert page.elements[[t for t, _ in page.elements].index("body") + 1][1]["class"] == "skip"
    assert len(page.all("main", "nav", "header", "footer")) == 4


def _luminance(color):
    parts = np.array([int(color[k : k + 2], 16) for k in (0, 2, 4)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_text_has_contrast():
    style = re.search(r"<style>(.*?)</style>", tree_report().to_html(), re.S)[1]
    colors = set(re.findall(r"[{;]color:#([0-9a-f]{6})", style))
    assert len(colors) >= 5
    for color in colors:
        for ground in ("ffffff", "f4f4f4"):
            assert (_luminance(ground) + 0.05) / (_luminance(color) + 0.05) >= 4.5, color


def test_pictures_are_whole_and_say_no_date():
    for image in images(tree_report().to_html()):
        ElementTree.fromstring(image)
        assert "<script" not in image
        assert not re.search(r"20\d\d-\d\d-\d\dT", image)


def test_hostile_names_are_inert_everywhere():
    report = hostile_report()
    texts = artefacts(report)
    for name in ("html", "notebook", "card", "chai"):
        assert "<img src=x" not in texts[name], name
        assert "<script>alert" not in texts[name], name
    assert "&lt;/script&gt;&lt;img" in texts["html"]
    assert any("$x^" in image for name, image in texts.items() if name.startswith("image"))
    for name, image in texts.items():
        if name.startswith("image"):
            tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(image).iter()}
            assert not tags & {"img", "script", "a"}
    ElementTree.fromstring(texts["chai"])
    assert "[b](http" not in texts["card"]
    assert r"\[b\]\(http" in texts["card"]
    for x in report.to_frame().to_numpy(object).ravel():
        assert not isinstance(x, str) or not x.startswith(("=", "+", "-", "@"))
    for name, text in texts.items():
        assert not re.search("[\x00-\x08\x0b-\x1f]", text), name
    assert "second" in texts["html"]
    named = PruningReport(report.comparison, after_name="=cmd").to_chai()
    assert named["BasicInfo"]["ModelName"] == "=cmd"


def test_text_in_a_column_of_numbers_stands_as_they_do():
    text = tree_report().to_html()
    assert re.search(r'<th scope="row">thresholds</th>\s*<td class="number">0\.3, 0\.5</td>', text)
    assert re.search(
        r'<th scope="row">margin</th>\s*<td class="number">0\.02</td>\s*<td class="words', text
    )


def test_a_notebook_shows_it_without_rights():
    frame = Page(tree_report()._repr_html_())
    (attrs,) = frame.all("iframe")
    assert attrs["sandbox"] == ""
    assert attrs["srcdoc"] == tree_report().to_html()
    assert len(frame.elements) == 1
