"""One state or province has one name, however a provider writes it."""

import pytest

from thesetd.domain.shows.states import state_name


@pytest.mark.parametrize(
    ("country", "text", "name"),
    [
        ("CA", "ON", "Ontario"),
        ("CA", "Ontario", "Ontario"),
        ("CA", "Québec", "Quebec"),
        ("CA", "QC", "Quebec"),
        ("US", "TX", "Texas"),
        ("US", "texas", "Texas"),
        ("US", "Washington, D.C.", "District of Columbia"),
        ("US", "DC", "District of Columbia"),
        ("US", "WA", "Washington"),
        ("AU", "WA", "Western Australia"),
        ("AU", "NT", "Northern Territory"),
        ("CA", "NT", "Northwest Territories"),
        ("DE", "NW", "NW"),  # of a country whose codes no provider sends alone
        ("US", "Ontario", "Ontario"),  # nothing is known of this pair
        (None, "ON", "ON"),
        ("CA", "", None),
    ],
)
def test_a_state_has_one_name(country: str | None, text: str, name: str | None) -> None:
    """Code, name and other spellings of one state give its English name; what is unknown stays as it is."""
    assert state_name(country, text) == name
