import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity_scene import Story, act, m, s, t
from thesetd.domain.identity.spaces import MUSICBRAINZ, SPACES, SPOTIFY, Ref, read_address, read_addresses
from thesetd.domain.identity.statements import Record, RecordKind
from thesetd.domain.music.reference import VARIOUS_ARTISTS

ID = "4dIxbLlmNBIsYjFGxPAfNO"
MBID = "00000000-0000-4000-8000-0000000000ab"


@pytest.mark.parametrize(
    "address",
    [
        f"https://open.spotify.com/artist/{ID}?si=abc",
        f"https://open.spotify.com/intl-es/artist/{ID}",
        f"https://OPEN.SPOTIFY.COM/artist/{ID}",
        f"http://open.spotify.com/artist/{ID}",
        f"https://open.spotify.com/artist/{ID}/",
        f"spotify:artist:{ID}",
    ],
)
def test_every_shape_of_an_address_means_the_artist(address: str):
    """Tracking, language, case, scheme and slashes of an address do not count."""
    assert read_address(address) == Ref(SPOTIFY, ID)


@pytest.mark.parametrize(
    "address",
    [
        f"https://open.spotify.com/playlist/{ID}",
        f"https://open.spotify.com/album/{ID}",
        f"https://open.spotify.com/user/{ID}",
        "https://open.spotify.com/",
        f"https://example.org/artist/{ID}",
        "https://[",
        "Glass Orchard",
        ID,
        "",
        " ",
    ],
)
def test_other_addresses_lead_to_no_artist(address: str):
    """A link that names no artist is no link, and no fault either."""
    assert read_address(address) is None


def test_musicbrainz_ids_are_a_space_of_their_own():
    """An MBID is the same id whoever speaks of it, in either case."""
    assert read_addresses([f"https://musicbrainz.org/artist/{MBID.upper()}", ""]) == {Ref(MUSICBRAINZ, MBID)}


@pytest.mark.untraced
@given(st.text())
def test_any_text_is_read(text: str):
    """No text breaks the reading, and what is read is of a known space."""
    found = read_address(text) or read_address(f"https://open.spotify.com/artist/{text}")
    assert found is None or found.space in SPACES


@pytest.mark.parametrize(
    "nobody",
    [
        act(Ref(SPOTIFY, VARIOUS_ARTISTS), "Various Artists"),
        act(Ref(MUSICBRAINZ, "89ad4ac3-39f7-470e-963a-56509c546377"), "Various Artists"),
        act(m(1), "[unknown]"),
        act(m(1), "Harbour Fest", kind=RecordKind.NO_ACT),
    ],
)
def test_what_stands_for_nobody_is_linked_to_nothing(nobody: Record):
    """Collectives, placeholders and festivals are no artist, whatever links to them and however unique their name."""
    story = Story().meet(nobody, act(t(1), nobody.name, nobody.ref), act(s(2), nobody.name), searched=True)
    assert story.act(nobody.ref) == {nobody.ref}
    claimed = Story().meet(act(t(1), "Various Artists", Ref(SPOTIFY, VARIOUS_ARTISTS)))
    assert claimed.act(t(1)) == {t(1)}
