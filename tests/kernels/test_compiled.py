"""Compiled kernels: what is kept on disk is always the right code, and never in the way."""

import gc
import importlib
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numba
import numpy as np
import pytest

import treeprune
from treeprune.kernels.disk_cache import DiskCache

pytestmark = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")


# ------------------------------------------------------------------------------- in this process
@pytest.fixture
def load(tmp_path, monkeypatch):
    """Write modules and import them as a new process would."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # an edit within a second would go unseen
    monkeypatch.syspath_prepend(tmp_path)

    written = set()

    def forget():
        for name in written:
            sys.modules.pop(name, None)

    def load(**sources):
        forget()
        for name, source in sources.items():
            header = "import numpy as np\nfrom treeprune.kernels.compiled import kernel\n"
            (tmp_path / f"{name}.py").write_text(header + source)
            written.add(name)
        importlib.invalidate_caches()
        return [importlib.import_module(name) for name in sources][-1]

    yield load
    forget()


TWICE = "@kernel\ndef outer(x):\n    return 2 * x\n"


def hits(compiled):
    return sum(compiled.stats.cache_hits.values())


def kept(folder):
    return sorted(folder.rglob("*.nbc"))


def test_the_code_is_kept_beside_the_file(load, tmp_path):
    assert load(plain=TWICE).outer(3) == 6
    assert [p.parent for p in kept(tmp_path)] == [tmp_path / "__pycache__"]
    again = load(plain=TWICE).outer
    assert again(3) == 6
    assert hits(again) == 1


def test_each_type_has_its_code(load, tmp_path):
    values = [3, 3.5, np.arange(3), np.arange(3.0), np.arange(3.0)[::2]]
    for value in values:
        load(plain=TWICE).outer(value)
    assert len(kept(tmp_path)) == len(values)
    again = load(plain=TWICE).outer
    for value in values:
        np.testing.assert_array_equal(again(value), 2 * value)
    assert hits(again) == len(values)


OUTER = "from inner import inner\n@kernel\ndef outer(x):\n    return inner(x) + 1\n"
MIDDLE = "from innermost import innermost\n@kernel\ndef inner(x):\n    return innermost(x)\n"
CHANGES = {
    "a kernel of another file": {
        "before": {"inner": "@kernel\ndef inner(x):\n    return x + 10\n"},
        "after": {"inner": "@kernel\ndef inner(x):\n    return x + 20\n"},
    },
    "a kernel behind a kernel": {
        "before": {"innermost": "@kernel\ndef innermost(x):\n    return x + 10\n", "inner": MIDDLE},
        "after": {"innermost": "@kernel\ndef innermost(x):\n    return x + 20\n", "inner": MIDDLE},
    },
    "a constant": {
        "before": {"inner": "STEP = 10\n@kernel\ndef inner(x):\n    return x + STEP\n"},
        "after": {"inner": "STEP = 20\n@kernel\ndef inner(x):\n    return x + STEP\n"},
    },
    "a constant array": {
        "before": {"inner": "STEPS = np.array([7, 10])\n@kernel\ndef inner(x):\n    return x + STEPS[1]\n"},
        "after": {"inner": "STEPS = np.array([7, 20])\n@kernel\ndef inner(x):\n    return x + STEPS[1]\n"},
    },
    "a function within": {
        "before": {"inner": "@kernel\ndef inner(x):\n    f = lambda y: y + 10\n    return f(x)\n"},
        "after": {"inner": "@kernel\ndef inner(x):\n    f = lambda y: y + 20\n    return f(x)\n"},
    },
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_in_another_file_is_seen(change, load):
    """numba's own cache looks at the caller's file only."""
    assert load(**change["before"], outer=OUTER).outer(1) == 12
    assert load(**change["after"], outer=OUTER).outer(1) == 22
    back = load(**change["before"], outer=OUTER).outer
    assert back(1) == 12
    assert hits(back) == 1


PART = "from treeprune.kernels.compiled import part\n@part\ndef inner(x):\n    return x + {}\n"


def test_a_part_is_kept_inside_its_callers(load, tmp_path):
    assert load(inner=PART.format(10), outer=OUTER).outer(1) == 12
    assert [p.name.split(".")[0] for p in kept(tmp_path)] == ["outer"]
    changed = load(inner=PART.format(20), outer=OUTER).outer
    assert changed(1) == 22
    again = load(inner=PART.format(20), outer=OUTER).outer
    assert again(1) == 22
    assert hits(again) == 1


def test_a_change_of_how_a_kernel_is_compiled_is_seen(load):
    """Of the kernel itself, and of one that it calls."""
    inner = "@kernel\ndef inner(x):\n    return x + 10\n"
    assert load(inner=inner, outer=OUTER).outer(1) == 12
    borrowed = "from treeprune.kernels.compiled import borrower\n" + inner.replace("@kernel", "@borrower")
    outer = load(inner=borrowed, outer=OUTER)
    for compiled, answer in ((outer.inner, 11), (outer.outer, 12)):
        assert compiled(1) == answer
        assert hits(compiled) == 0


def test_a_part_is_not_for_python(load):
    """Before and after some kernel had it compiled."""
    outer = load(inner=PART.format(10), outer=OUTER)
    for _ in range(2):
        with pytest.raises(TypeError, match="only kernels"):
            outer.inner(1)
        assert outer.outer(1) == 12


BORROWER = """
from treeprune.kernels.compiled import borrower
@borrower
def outer(x):
    total = 0.0
    rest = x[1:]
    for i in range(rest.shape[0]):
        total += rest[i]
    return total
"""


def test_a_borrower_holds_nothing_back(load):
    outer, x = load(borrowing=BORROWER).outer, np.arange(4.0)
    assert outer(x) == 6
    before = sys.getrefcount(x)
    assert outer(x) == 6
    assert sys.getrefcount(x) == before


def test_a_borrower_that_makes_an_array_is_refused(load):
    source = BORROWER.replace("x[1:]", "np.empty(3)")
    with pytest.raises(numba.core.errors.TypingError):
        load(making=source).outer(np.arange(4.0))


@pytest.mark.parametrize("source", [TWICE, "@kernel\ndef outer(x):\n    return x.nothing\n"])
def test_the_garbage_is_collected_as_before(source, load):
    before = gc.get_threshold()
    gc.set_threshold(701, 11, 12)
    try:
        with suppress(numba.core.errors.TypingError):
            load(some=source).outer(3)
        assert gc.get_threshold() == (701, 11, 12)
    finally:
        gc.set_threshold(*before)


def test_a_kernel_that_calls_itself_has_a_key(load):
    source = """
@kernel
def outer(n):
    return 0 if n == 0 else n + outer(n - 1)
"""
    assert load(recursive=source).outer(4) == 10
    again = load(recursive=source).outer
    assert again(4) == 10
    assert hits(again) == 1


def test_code_with_checks_of_indices_is_other_code(load, monkeypatch):
    last = "@kernel\ndef outer(x, i):\n    return x[i]\n"
    monkeypatch.setattr(numba.config, "BOUNDSCHECK", None)
    load(last=last).outer(np.arange(3), 2)
    monkeypatch.setattr(numba.config, "BOUNDSCHECK", 1)
    with pytest.raises(IndexError):
        load(last=last).outer(np.arange(3), 3)


@pytest.mark.parametrize("damage", [b"", b"\x80", b"no pickle at all", "half"])
def test_a_damaged_file_is_compiled_again(damage, load, tmp_path):
    load(plain=TWICE).outer(3)
    (file,) = kept(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if damage == "half" else damage)
    again = load(plain=TWICE).outer
    assert again(3) == 6
    assert hits(again) == 0
    mended = load(plain=TWICE).outer
    assert mended(3) == 6
    assert hits(mended) == 1


def test_code_in_a_file_of_another_key_is_not_taken(load, tmp_path):
    whole, real = load(plain=TWICE).outer, load(plain=TWICE).outer
    whole(3)
    (of_whole,) = kept(tmp_path)
    real(3.5)
    (of_real,) = set(kept(tmp_path)) - {of_whole}
    shutil.copy(of_whole, of_real)
    again = load(plain=TWICE).outer
    assert again(3.5) == 7.0
    assert hits(again) == 0


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), PermissionError(13, "denied")])
def test_a_disk_that_takes_nothing_is_no_error(error, load, tmp_path, monkeypatch):
    def write(self, name, data):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(numba.core.caching.IndexDataCacheFile, "_save_data", write)
        assert load(plain=TWICE).outer(3) == 6
    assert not kept(tmp_path)


def test_a_folder_that_is_gone_at_the_first_call_is_no_error(load, tmp_path):
    outer = load(plain=TWICE).outer
    shutil.rmtree(tmp_path / "__pycache__")
    (tmp_path / "__pycache__").touch()
    assert outer(3) == 6


def test_every_kernel_of_the_package_is_kept_so():
    """Also that numba asks the cache that it is given."""
    kernels = {
        f"{name}.{key}": value
        for name, module in list(sys.modules.items())
        if name.startswith("treeprune.")
        for key, value in vars(module).items()
        if hasattr(value, "py_func")
    }
    parts = {k for k, v in kernels.items() if v.targetoptions.get("no_cpython_wrapper")}
    assert kernels.keys() > parts > set()
    assert {k for k, v in kernels.items() if not isinstance(v._cache, DiskCache)} == parts
    assert {k for k, v in kernels.items() if not v.targetoptions.get("nogil")} == set()


# ------------------------------------------------------------------------------- in new processes
USE = """
import numpy as np
from treeprune.criteria.leaf_cost import _cheapest
import treeprune
left, right = np.array([1, -1, -1], np.int32), np.array([2, -1, -1], np.int32)
zeros = np.zeros(3)
cost, collapse = np.ones(3), np.zeros(3, bool)
_cheapest(left, right, cost, zeros, zeros, False, cost.copy(), cost.copy(), collapse)
assert collapse.tolist() == [True, False, False]
print(treeprune.__file__, sum(_cheapest.stats.cache_hits.values()))
"""


def environment(site, home):
    """As for a user: no settings of ours, `home` as the only place to write to."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA_", "XDG_", "PYTHON"))}
    return own | {"PYTHONPATH": str(site), "HOME": str(home), "XDG_CACHE_HOME": str(home)}


def start(site, home, folder):
    command = [sys.executable, "-c", USE]
    return subprocess.Popen(
        command, env=environment(site, home), cwd=folder, stdout=subprocess.PIPE, text=True
    )


def finish(process, site):
    """How many codes the process found on disk."""
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    file, found = said.rsplit(maxsplit=1)
    assert Path(file).is_relative_to(site)
    return int(found)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A copy of the package in which nothing can be written, not even by root."""
    site = tmp_path_factory.mktemp("site")
    package = Path(treeprune.__file__).parent
    shutil.copytree(package, site / "treeprune", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in [site / "treeprune", *(p for p in site.rglob("*") if p.is_dir())]:
        (folder / "__pycache__").touch()
    return site


in_a_home = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows does not ask HOME for a user's folder"
)


@in_a_home
def test_where_the_package_is_read_only_the_users_folder_keeps_the_code(site, tmp_path):
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    assert finish(start(site, home, work), site) == 0
    assert kept(home)
    assert finish(start(site, home, work), site) == 1
    assert not list(work.iterdir())
    assert not kept(site)


@in_a_home
def test_where_nothing_can_be_written_each_process_compiles(site, tmp_path):
    home = tmp_path / "home"
    home.touch()
    for _ in range(2):
        assert finish(start(site, home, tmp_path), site) == 0
    assert [p.name for p in tmp_path.iterdir()] == ["home"]
    assert not kept(site)


@in_a_home
def test_processes_that_compile_at_once_do_not_disturb_each_other(site, tmp_path):
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    for process in [start(site, home, work) for _ in range(2)]:
        finish(process, site)
    assert finish(start(site, home, work), site) == 1
    assert not list(home.rglob("*.tmp.*"))
