"""Settings of the tests that run over every pruner."""

import pytest


def pytest_collection_modifyitems(items):
    """Pruners that choose trees warn of a lone one; contract suites give each pruner lone trees too."""
    for item in items:
        if "tests/pruners" in item.path.as_posix():
            item.add_marker(
                pytest.mark.filterwarnings("ignore:this .* has one tree:treeprune.PruningWarning")
            )
