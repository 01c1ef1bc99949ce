"""Which rows may exist, and draws of those alone."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given

from tests.sampling.tables import mixed_table, wild_tables
from treeprune.sampling.columns import infer_columns
from treeprune.sampling.forest import fit_forest
from treeprune.sampling.plausible import SeenTogether, draw_allowed


def _states(row, nominal):
    return [
        "missing" if np.isnan(x) else x if flag else "present" for x, flag in zip(row, nominal, strict=True)
    ]


def _brute(seen_rows, rows, nominal):
    known = [_states(row, nominal) for row in seen_rows]
    pairs = [(a, b, k[a], k[b]) for k in known for a, b in combinations(range(len(nominal)), 2)]
    single = [(a, k[a]) for k in known for a in range(len(nominal))]
    found = []
    for row in rows:
        s = _states(row, nominal)
        found.append(
            all((a, s[a]) in single for a in range(len(s)))
            and all((a, b, s[a], s[b]) in pairs for a, b in combinations(range(len(s)), 2))
        )
    return found


@given(table=wild_tables())
def test_seen_together_equals_brute_force(table):
    rows, nominal, weight = table
    seen = SeenTogether(rows, infer_columns(rows, nominal, weight), weight)
    rng = np.random.default_rng(0)
    shuffled = np.column_stack([rng.permutation(column) for column in rows.T])
    counts = rows[weight > 0]
    assert seen(counts).all()
    assert seen(shuffled).tolist() == _brute(counts, shuffled, nominal)


class _Cycle:
    """Sampler that counts up."""

    def __init__(self):
        self.drawn = 0

    def draw(self, n, rng):
        self.drawn += n
        return np.arange(self.drawn - n, self.drawn, dtype=float)[:, None] % 1000


@pytest.mark.parametrize("n", [0, 1, 300, 5000])
@pytest.mark.parametrize("limit", [1000, 500, 20])
def test_refused_rows_are_drawn_again(n, limit):
    found = draw_allowed(_Cycle(), n, np.random.default_rng(0), lambda rows: rows[:, 0] < limit)
    assert found.rows.shape == (n, 1)
    assert (found.rows < limit).all()
    if n == 5000:
        assert found.refused == pytest.approx(1 - limit / 1000, abs=0.02)


def test_without_limits_nothing_is_refused():
    found = draw_allowed(_Cycle(), 10, np.random.default_rng(0))
    np.testing.assert_array_equal(found.rows[:, 0], np.arange(10))
    assert found.refused == 0


@pytest.mark.parametrize("limit", [0, 5])
def test_too_narrow_limits_are_an_error(limit):
    sampler = _Cycle()
    with pytest.raises(ValueError, match=r"rows .* were refused \((100.00|99.5\d)%\)"):
        draw_allowed(sampler, 1000, np.random.default_rng(0), lambda rows: rows[:, 0] < limit)
    assert sampler.drawn < 200_000


@pytest.mark.parametrize("answer", [1.0, True, np.ones(7, bool), np.ones((256, 1), bool), np.ones(256)])
def test_the_constraint_must_answer_with_booleans(answer):
    with pytest.raises(ValueError, match="allowed must answer with 256 booleans"):
        draw_allowed(_Cycle(), 10, np.random.default_rng(0), lambda rows: answer)


def test_the_constraint_gets_a_copy():
    def allowed(rows):
        rows[:] = -1
        return np.ones(len(rows), bool)

    assert (draw_allowed(_Cycle(), 10, np.random.default_rng(0), allowed).rows >= 0).all()


def test_rows_of_a_forest_keep_to_pairs_that_were_seen():
    rows, columns = mixed_table(0, 400)
    seen = SeenTogether(rows, columns)
    sampler = fit_forest(rows, columns, random_state=0)
    plain = sampler.draw(4000, np.random.default_rng(0))
    never = (plain[:, 4] == 2) & (plain[:, 5] >= 2)
    assert never.any()
    assert not seen(plain)[never].any()
    found = draw_allowed(sampler, 4000, np.random.default_rng(0), lambda x: x[:, 1] > -5, seen=seen)
    assert not ((found.rows[:, 4] == 2) & (found.rows[:, 5] >= 2)).any()
    assert 0 < found.refused < 0.5
    with pytest.raises(ValueError, match="rows must have 7 columns"):
        seen(rows[:, :3])
