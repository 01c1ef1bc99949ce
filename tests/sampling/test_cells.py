"""Cells and draws from them against plain Python."""

import numpy as np

from treeprune.sampling.cells import Values, cells_of, draw_from


def test_small_leaves_are_joined_to_their_neighbours():
    leaf = np.array([[3], [1], [1], [7], [3], [3], [9], [1], [5]])
    cells = cells_of(leaf, np.ones(9), 3)
    assert cells.start[0, :4].tolist() == [0, 3, 6, 9]
    assert cells.member[0].tolist() == [1, 2, 7, 0, 4, 5, 8, 3, 6]
    assert cells.cell[0].tolist() == [1, 0, 0, 2, 1, 1, 2, 0, 2]
    without_5 = cells_of(leaf[:-1], np.ones(8), 3)
    assert without_5.start[0, :3].tolist() == [0, 3, 8]
    assert without_5.cell[0].tolist() == [1, 0, 0, 1, 1, 1, 1, 0]
    few = cells_of(leaf[:2], np.ones(2), 3)
    assert few.start[0, :2].tolist() == [0, 2]
    assert few.cell[0].tolist() == [0, 0]


def test_cells_are_a_partition_of_unions_of_leaves():
    rng = np.random.default_rng(0)
    leaf, weight = rng.integers(0, 40, (200, 5)), rng.random(200)
    cells = cells_of(leaf, weight, 4)
    for t in range(5):
        assert sorted(cells.member[t]) == list(range(200))
        n_cells = cells.cell[t].max() + 1
        for c in range(n_cells):
            members = cells.member[t, cells.start[t, c] : cells.start[t, c + 1]]
            assert len(members) >= 4
            assert (cells.cell[t, members] == c).all()
        for number in np.unique(leaf[:, t]):
            assert len(np.unique(cells.cell[t, leaf[:, t] == number])) == 1
        np.testing.assert_allclose(np.diff(cells.up_to[t]), weight[cells.member[t]])


def _plain(cells, values, weight, tree, row, uniform):
    """One drawn row, column by column."""
    found = []
    for j in range(values.code.shape[1]):
        members = [i for i in cells.member[tree] if cells.cell[tree, i] == cells.cell[tree, row]]
        share = np.cumsum(weight[members]) / weight[members].sum()
        one, other = (
            values.code[members[int(np.searchsorted(share, u, side="right"))], j]
            for u in uniform[3 * j : 3 * j + 2]
        )
        x = values.value[one]
        if one >= 0 and not values.kept[one] and other >= 0 and other != one:
            x += 0.5 * uniform[3 * j + 2] * (values.value[one + np.sign(other - one)] - x)
        found.append(np.nan if one < 0 else x)
    return found


def test_draws_equal_plain_python():
    rng = np.random.default_rng(1)
    n, n_values = 60, 12
    leaf, weight = rng.integers(0, 9, (n, 3)), rng.choice([0.3, 1.0, 4.0], n)
    code = rng.integers(-1, n_values, (n, 2))
    code[:, 1] = np.where(code[:, 1] < 0, -1, code[:, 1] + n_values)
    value = np.sort(rng.normal(size=(2, n_values)), axis=1).ravel()
    values = Values(code.astype(np.int32), value, rng.random(2 * n_values) < 0.3)
    cells = cells_of(leaf, weight, 5)
    tree, row, uniform = rng.integers(0, 3, 300), rng.integers(0, n, 300), rng.random((300, 6))
    drawn = np.empty((300, 2))
    draw_from(cells, values, tree, row, uniform, drawn)
    plain = [_plain(cells, values, weight, *of_row) for of_row in zip(tree, row, uniform, strict=True)]
    np.testing.assert_allclose(drawn, plain)
    assert np.isnan(drawn).any()
