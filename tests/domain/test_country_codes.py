"""Codes of countries: those that are assigned."""

import pytest

from thesetd.domain.country_codes import is_country


@pytest.mark.parametrize(
    ("code", "known"),
    [("GB", True), ("US", True), ("AX", True), ("UK", False), ("ZZ", False), ("XK", False), ("us", False), ("", False)],
)
def test_a_code_is_assigned(code: str, *, known: bool) -> None:
    """UK is reserved, not assigned; XK is in use without being assigned; codes are in upper case."""
    assert is_country(code) is known
