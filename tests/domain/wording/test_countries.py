import pytest

from thesetd.domain.wording.countries import is_foreign


@pytest.mark.parametrize(
    ("code", "name", "foreign"),
    [
        ("CL", "Chili", True),
        ("DE", "Deutschland", True),
        ("GB", "Royaume-Uni", True),
        ("DE", "Germany", False),
        ("MX", "México", False),  # written so in English as well
        ("FR", "Spagna", False),  # of another country: nothing is known of this pair
        ("XX", "Deutschland", False),
        ("", "", False),
    ],
)
def test_a_country_named_in_another_language(code: str, name: str, *, foreign: bool):
    """Its name tells that an answer was made in another language; an unknown name tells nothing."""
    assert is_foreign(code, name) is foreign
