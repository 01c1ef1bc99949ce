"""Orders by votes as the papers define them, row by row in exact fractions: slow twins."""

from fractions import Fraction
from itertools import combinations
from math import ceil

from treeprune.statistics.votes import TreeVotes


class Plain:
    """The numbers of `TreeVotes` as lists and fractions."""

    def __init__(self, votes: TreeVotes):
        self.codes, self.truth = votes.codes.tolist(), votes.truth.tolist()
        self.weight = [Fraction(w) for w in votes.weight]
        self.factor = [Fraction(f) for f in votes.factors]
        self.trees, self.rows = range(len(self.codes)), range(len(self.truth))
        self.classes = range(votes.n_classes)

    def shares(self, trees, i):
        return [
            sum((self.factor[t] for t in trees if self.codes[t][i] == c), Fraction(0)) for c in self.classes
        ]

    def vote(self, trees, i):
        shares = self.shares(trees, i)
        return shares.index(max(shares))

    def error(self, trees):
        return sum(self.weight[i] for i in self.rows if self.vote(trees, i) != self.truth[i])

    def right(self, t, i):
        return self.codes[t][i] == self.truth[i]

    def signature(self, t):
        return [1 if self.right(t, i) else -1 for i in self.rows]

    def product(self, a, b):
        return sum((w * x * y for w, x, y in zip(self.weight, a, b, strict=True)), Fraction(0))


def greedily(v, cost):
    """Each time the tree of the least cost, of equal ones the first."""
    order = []
    while len(order) < len(v.trees):
        left = [t for t in v.trees if t not in order]
        order.append(min(left, key=lambda t: cost(order, t)))
    return order


def reduced_error(votes):
    v = Plain(votes)
    return greedily(v, lambda order, t: v.error([*order, t]))


def reduced_error_backfitted(votes):
    v, members, sets = Plain(votes), [], []
    for size in range(1, len(v.trees) + 1):
        out = [t for t in v.trees if t not in members]
        members.append(min(out, key=lambda t: v.error([*members, t])))
        changed, rounds = size > 2, 0
        while changed and rounds < 100:
            changed, rounds = False, rounds + 1
            for i, member in enumerate(members):
                rest = [t for t in members if t != member]
                out = [t for t in v.trees if t not in members]
                better = [t for t in out if v.error([*rest, t]) < v.error(members)]
                if better:
                    members[i] = min(better, key=lambda t: v.error([*rest, t]))
                    changed = True
        sets.append(sorted(members))
    return sets


def complementarity(votes):
    v = Plain(votes)

    def cost(order, t):
        wrong = [i for i in v.rows if not order or v.vote(order, i) != v.truth[i]]
        return -sum(v.weight[i] for i in wrong if v.right(t, i))

    return greedily(v, cost)


def margin_distance(votes, p):
    v, p = Plain(votes), Fraction(p)
    whole = sum(v.factor)

    def cost(order, t):
        total = [sum(v.factor[s] * v.signature(s)[i] for s in [*order, t]) / whole for i in v.rows]
        return sum(w * (p - x) ** 2 for w, x in zip(v.weight, total, strict=True))

    return greedily(v, cost)


def drep(votes, rho):
    v = Plain(votes)
    order = [min(v.trees, key=lambda t: v.error([t]))]
    while len(order) < len(v.trees):
        left = [t for t in v.trees if t not in order]
        vote = [v.vote(order, i) for i in v.rows]
        agreement = {t: sum(v.weight[i] for i in v.rows if v.codes[t][i] == vote[i]) for t in left}
        near = sorted(left, key=agreement.get)[: ceil(Fraction(str(rho)) * len(left))]
        order.append(min(sorted(near), key=lambda t: v.error([*order, t])))
    return order


def individual_contribution(votes):
    v = Plain(votes)

    def contribution(t):
        total = Fraction(0)
        for i in v.rows:
            shares = v.shares(v.trees, i)
            most, second = ([*sorted(shares, reverse=True), Fraction(0)])[:2]
            own, right = shares[v.codes[t][i]], shares[v.truth[i]]
            if not v.right(t, i):
                total += v.weight[i] * (right - own - most)
            elif v.vote(v.trees, i) == v.truth[i]:
                total += v.weight[i] * second
            else:
                total += v.weight[i] * (2 * most - own)
        return total

    return sorted(v.trees, key=lambda t: -contribution(t))


def orientation(votes):
    v = Plain(votes)
    ones, whole = [Fraction(1)] * len(v.rows), sum(v.factor)
    ensemble = [sum(v.factor[t] * v.signature(t)[i] for t in v.trees) / whole for i in v.rows]
    length = v.product(ensemble, ensemble)
    along = v.product(ones, ensemble) / length if length else 0
    reference = [o - along * e for o, e in zip(ones, ensemble, strict=True)]
    # signatures are equally long, so the angle grows as the product falls
    return sorted(v.trees, key=lambda t: -v.product(v.signature(t), reference))


def cohen_kappa(v, t, u):
    whole = sum(v.weight)
    share = [
        [sum(v.weight[i] for i in v.rows if v.codes[s][i] == c) / whole for c in v.classes] for s in (t, u)
    ]
    same = sum(v.weight[i] for i in v.rows if v.codes[t][i] == v.codes[u][i]) / whole
    chance = sum(a * b for a, b in zip(*share, strict=True))
    return Fraction(1) if chance == 1 else (same - chance) / (1 - chance)


def kappa(votes):
    v = Plain(votes)
    value = {pair: cohen_kappa(v, *pair) for pair in combinations(v.trees, 2)}
    order = list(dict.fromkeys(t for pair in sorted(value, key=value.get) for t in pair))
    return order or [0]
