"""Tables and models of the tests of the search."""

from sklearn.ensemble import RandomForestClassifier

from tests.strategies import random_table


def table(n=240, kind="binary", seed=0):
    return random_table(seed, n, kind)


def forest(n=8, **options):
    return RandomForestClassifier(n, random_state=0, **options)
