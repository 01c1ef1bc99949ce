"""What stays in a race, on losses made by hand."""

from types import SimpleNamespace

import numpy as np

from treeprune.search.candidates import Sizes, Smaller, Variant
from treeprune.search.choose import choose
from treeprune.search.limits import Limits
from treeprune.search.race import Heat, Race


class Made(Smaller):
    """A model whose losses are given."""

    def __init__(self, loss, nodes):
        self.loss, self.nodes = loss, nodes

    def losses(self, jury):
        return self.loss[jury.places]

    def sizes(self):
        return Sizes(nodes=self.nodes, trees=1, leaves=1, depth=1, features=1)

    def written(self, X):
        raise NotImplementedError

    def support(self, n_columns):
        raise NotImplementedError

    def plan(self):
        raise NotImplementedError


class Family(Variant):
    """Models of given sizes and losses."""

    strategy = "made"

    def __init__(self, models):
        super().__init__([{"nodes": model.nodes} for model in models])
        self._models = models

    def models(self, fitted, wanted):
        return [model if asked else None for model, asked in zip(self._models, wanted, strict=True)]


def taken(sizes, above, rule, margin, n_folds=5, n=500):
    """Size that a whole race takes; losses are so far above the model as it was, with noise."""
    rng = np.random.default_rng(0)
    base = rng.gamma(1.0, size=n)
    family = [
        Made(base + mean + 0.3 * rng.permutation(np.repeat([-1.0, 1.0], n // 2)), size)
        for size, mean in zip(sizes, above, strict=True)
    ]
    variants = [Family([Made(base, 1000)]), Family(family)]
    parts = np.array_split(np.arange(n), n_folds)
    race = Race(variants, np.ones(n), np.arange(n), parts, Limits(), rule, margin)
    for number, places in enumerate(parts, start=1):
        race.run(Heat(None, SimpleNamespace(places=places), places, []), last=number == n_folds)
        if number < n_folds:
            race.halve(0.5**number)
    order, n_near = choose(race.verdicts, race.measure, race.allowed(), rule, margin, 0)
    assert n_near > 0
    return race.measure[order[0]]


def test_what_is_within_the_margin_but_not_shown_to_be_drives_nothing_out():
    # in the end what is below 0.1 - 1.96 * 0.3 / sqrt(500) = 0.074 is shown to be
    sizes = [1, 2, 4, 8, 16, 32, 64, 128]
    above = [0.5, 0.095, 0.094, 0.093, 0.092, 0.02, 0.01, 0.0]
    assert taken(sizes, above, "non_inferior", 0.1) == 32
