"""Codes of countries: those that are assigned."""

import pytest

from thesetd.domain.country_codes import is_country, meant_country


@pytest.mark.parametrize(
    ("code", "known"),
    [("GB", True), ("US", True), ("AX", True), ("UK", False), ("ZZ", False), ("XK", False), ("us", False), ("", False)],
)
def test_a_code_is_assigned(code: str, *, known: bool) -> None:
    """UK is reserved, not assigned; XK is in use without being assigned; codes are in upper case."""
    assert is_country(code) is known


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("UK", "GB"),
        ("EL", "GR"),
        ("USA", "US"),
        ("ENGLAND", "GB"),
        ('["GB"]', "codes with commas between them, without brackets: GB,DE"),
        ("XX", "two letters of ISO 3166-1, for example GB or DE"),
        ("", "two letters of ISO 3166-1, for example GB or DE"),
    ],
)
def test_a_wrong_code_says_which_is_meant(text: str, meant: str):
    """Codes of other standards and names; else the form."""
    assert not is_country(text)
    assert meant_country(text) == meant
    assert is_country(meant) or len(meant) > 2
