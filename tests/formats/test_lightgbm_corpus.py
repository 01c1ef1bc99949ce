import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.formats.lightgbm_corpus import hostile_files
from tests.formats.lightgbm_edits import base_texts, with_sizes
from treeprune.exceptions import InvalidModelError
from treeprune.formats.lightgbm_fields import numbers
from treeprune.formats.lightgbm_model import check_document
from treeprune.formats.lightgbm_text import parse, serialise

FILES = hostile_files()
TEXTS = base_texts()

# Everything a user may do with a model; prints each name first, so that the last one is to blame.
JUDGE = """
import json, math, sys, warnings
import lightgbm, numpy

warnings.simplefilter("ignore")
rng = numpy.random.default_rng(1)
for name, leaves in json.load(open("leaves.json")).items():
    print(name, flush=True)
    try:
        booster = lightgbm.Booster(model_file=name)
    # a parameter that is no number: the package itself says so
    except (json.JSONDecodeError, lightgbm.basic.LightGBMError):
        continue
    rows = rng.normal(size=(20, booster.num_feature())) * 5
    rows[::4] = numpy.nan
    rows[1::4] = numpy.floor(rows[1::4])
    raw = booster.predict(rows, raw_score=True, num_threads=1)
    assert numpy.isfinite(raw).all(), "raw"
    booster.predict(rows, num_threads=1)
    booster.predict(rows, pred_leaf=True, num_threads=1)
    text = open(name).read()
    linear = "\\nis_linear=1\\n" in text or "[linear_tree: 0]" not in text
    if not linear:  # LightGBM has no contributions for these, or where the parameters say so
        booster.predict(rows, pred_contrib=True, num_threads=1)
    if min(" ".join(booster.feature_name())) >= " ":  # a tab is legal, but no JSON in the dump
        booster.dump_model()
    lightgbm.Booster(model_str=booster.model_to_string())
    for tree, values in enumerate(leaves):
        for leaf, value in enumerate(values):
            assert booster.get_leaf_output(tree, leaf) == value, (tree, leaf)
print("done")
"""


def _is_accepted(text: str | bytes) -> bool:
    try:
        document = parse(text)
        check_document(document)
    except InvalidModelError:
        return False
    raw = text if isinstance(text, bytes) else text.encode()
    assert serialise(document).encode() == raw
    return True


def _ask_lightgbm(folder: Path, files: list[bytes]) -> None:
    leaves = {}
    for i, raw in enumerate(files):
        (folder / str(i)).write_bytes(raw)
        leaves[str(i)] = [numbers(tree, "leaf_value").tolist() for tree in parse(raw).trees]
    (folder / "leaves.json").write_text(json.dumps(leaves))
    judge = subprocess.run(
        [sys.executable, "-c", JUDGE], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    if judge.returncode or not judge.stdout.endswith("done\n"):
        last = judge.stdout.split("\n")[-2]
        (folder / "blamed").write_bytes((folder / last).read_bytes())
        pytest.fail(f"LightGBM could not stand {folder / 'blamed'}: {judge.stderr[-2000:]}")


@pytest.mark.parametrize("name", FILES)
def test_hostile_file_is_refused(name: str) -> None:
    text, why = FILES[name]
    with pytest.raises(InvalidModelError) as caught:
        check_document(parse(text))
    assert why in str(caught.value)
    assert len(str(caught.value)) < 300


def test_the_corpus_is_large_and_each_file_in_it_another() -> None:
    assert len({text for text, _ in FILES.values()}) == len(FILES) >= 150
    assert not {text for text, _ in FILES.values()} & set(TEXTS.values())


@pytest.mark.parametrize("base", TEXTS)
def test_a_file_cut_anywhere_is_refused_or_says_the_same(base: str) -> None:
    text = TEXTS[base]
    whole = parse(text)
    for size in {*range(0, len(text), 41), *range(len(text) - 40, len(text))}:
        if _is_accepted(text[:size]):
            cut = parse(text[:size])
            assert (cut.header, cut.trees) == (whole.header, whole.trees)
            # only the last line may be gone, or its end
            assert cut.tail.rstrip("\n") in (
                whole.tail.rstrip("\n"),
                whole.tail[: whole.tail.index("\n\npandas_categorical")],
            )


NUMBERS = ["0", "1", "-1", "2", "7", "-8", "99999", "2147483648", "4294967296", "1e400", "-1e300", "1e-400"]
WORDS = [
    "",
    " ",
    "nan",
    "inf",
    "-inf",
    "0,5",
    "1.",
    ".5",
    "0x1",
    "none",
    "[0:1]",
    "-1:2",
    "\t",
    "=",
    "Tree=1",
]
# more on demand: a night's worth is TREEPRUNE_FUZZ=100000
N_EXAMPLES = int(os.environ.get("TREEPRUNE_FUZZ", "1500"))
FAULTS = ["token", "token", "digit", "digit", "digit", "line", "swap", "cut"]


def damaged(random: Random) -> bytes:
    """A real model with one or two faults in it, most of them in the header or the trees."""
    text = TEXTS[random.choice(sorted(TEXTS))]
    for _ in range(random.randint(1, 2)):
        kind = random.choice(FAULTS)
        lines = text.split("\n")
        trees_end = lines.index("end of trees") if "end of trees" in lines else len(lines)
        at = random.randrange(random.choice([trees_end, trees_end, trees_end, len(lines)]))
        if kind == "token":
            key, equals, value = lines[at].partition("=")
            tokens = value.split(" ")
            tokens[random.randrange(len(tokens))] = random.choice(NUMBERS + WORDS)
            lines[at] = key + equals + " ".join(tokens)
        elif kind == "line":
            lines[at : at + 1] = random.choice([[], [lines[at]] * 2, [lines[at], ""]])
        elif kind == "swap":
            other = random.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == "cut":
            lines[at] = lines[at][: random.randint(0, len(lines[at]))]
        elif places := [i for i, c in enumerate(lines[at]) if c.isdigit()]:
            place = random.choice(places)
            lines[at] = lines[at][:place] + random.choice("0123456789-. ") + lines[at][place + 1 :]
        text = "\n".join(lines)
    if random.random() < 0.75:
        text = with_sizes(text)
    raw = bytearray(text.encode())
    if random.random() < 0.25:
        raw[random.randrange(len(raw))] = random.randrange(256)
    return bytes(raw)


def test_what_is_accepted_lightgbm_can_stand(tmp_path: Path) -> None:
    accepted: dict[bytes, None] = {}

    @seed(0)
    @settings(
        max_examples=N_EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.randoms(use_true_random=True))
    def look(random: Random) -> None:
        raw = damaged(random)
        if _is_accepted(raw):
            accepted[raw] = None

    look()
    assert len(accepted) > N_EXAMPLES // 20  # else the faults are too coarse to say anything
    _ask_lightgbm(tmp_path, list(accepted))
