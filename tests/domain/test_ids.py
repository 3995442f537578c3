from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER, ProviderName, row_id

IDS = st.text(alphabet=st.characters(exclude_categories=("Cs",)), min_size=1)
KEYS = st.tuples(st.sampled_from(["artists", "songs"]), st.sampled_from([SPOTIFY, TICKETMASTER, SETLISTFM]), IDS)


@given(KEYS, KEYS)
def test_a_row_id_is_a_function_of_its_key(one: tuple[str, ProviderName, str], other: tuple[str, ProviderName, str]):
    """Equal keys give equal ids, other keys (another case of a letter, too) another id."""
    assert (row_id(*one) == row_id(*other)) == (one == other)


def test_row_ids_are_for_ever():
    """An id never changes between releases: rows in the database carry it."""
    assert str(row_id("artists", SPOTIFY, "3AA28KZvwAUcZuOKwyblJQ")) == "a0b9b650-118c-542a-81fc-c92b15eaf13a"


@given(KEYS)
def test_a_row_id_is_a_uuid_of_version_5(key: tuple[str, ProviderName, str]):
    """It is the name-based UUID of RFC 9562, which any other program can compute."""
    assert row_id(*key) == uuid5(UUID("6f1b2c1e-7a64-5d0b-9a53-3d3f6a1f0c52"), ":".join(key))
