"""The page of supported models says what the contract suite tests."""

import pytest

from tests.backends import compatibility


def test_the_page_is_up_to_date():
    for package in ("xgboost", "catboost"):
        pytest.importorskip(package, reason=f"the page has lines about {package}")
    assert compatibility.PAGE.read_text() == compatibility.page(), (
        "run python -m tests.backends.compatibility"
    )
