import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.errors import BadReference
from thesetd.domain.music.reference import MAX_CHARACTERS, ArtistRef, ReferenceKind, parse_reference

ANY = st.text(alphabet=st.characters(exclude_categories=()))
GORILLAZ = "3AA28KZvwAUcZuOKwyblJQ"
MBID = "e21857d5-3256-4547-afb3-4b6ded592596"
SPOTIFY_IDS = st.tuples(
    st.sampled_from("01234567"), st.text(alphabet=string.ascii_letters + string.digits, min_size=21, max_size=21)
).map("".join)


@given(ANY | st.builds(str.__add__, st.sampled_from(["https://", "spotify:artist:", "open.spotify.com/"]), ANY))
def test_any_text_is_a_reference_or_refused(text: str):
    """Whatever is typed gives a reference or `BadReference`, never another error."""
    try:
        ref = parse_reference(text)
    except BadReference:
        return
    assert ref.value
    assert ref.value == ref.value.strip()
    assert str(ref) == ref.value


@given(SPOTIFY_IDS, st.sampled_from(["", "  ", "\n"]))
def test_every_form_of_a_spotify_id_is_the_same_artist(spotify_id: str, blank: str):
    """A bare id, a URI and the addresses of the web player name the same artist."""
    forms = [
        spotify_id,
        f"spotify:artist:{spotify_id}",
        f"SPOTIFY:artist:{spotify_id}",
        f"https://open.spotify.com/artist/{spotify_id}",
        f"https://open.spotify.com/artist/{spotify_id}?si=0123456789abcdef",
        f"https://open.spotify.com/intl-es/artist/{spotify_id}/",
        f"open.spotify.com/artist/{spotify_id}",
    ]
    assert {parse_reference(blank + form + blank) for form in forms} == {ArtistRef(ReferenceKind.SPOTIFY, spotify_id)}


@given(st.uuids())
def test_every_form_of_an_mbid_is_the_same_artist(mbid: object):
    """An MBID is read in any case, bare or in MusicBrainz' address."""
    text = str(mbid)
    forms = [
        text,
        text.upper(),
        f"https://musicbrainz.org/artist/{text}",
        f"https://www.musicbrainz.org/artist/{text}/events",
    ]
    assert {parse_reference(form) for form in forms} == {ArtistRef(ReferenceKind.MBID, text)}


@pytest.mark.parametrize("attraction", ["K8vZ9171oZf", "K8vZ917_K0V", "Z7r9jZ1A7jFdk", "Z698xZG2Z17aKe", "K8vZ917p-A7"])
def test_attraction_ids(attraction: str):
    """Attraction ids of Ticketmaster are known by their beginning."""
    assert parse_reference(attraction) == ArtistRef(ReferenceKind.TICKETMASTER, attraction)


@pytest.mark.parametrize(
    "name",
    [
        "Gorillaz",
        "AC/DC",
        "!!!",
        "K8vZ",
        "The 1975",
        "abcdefghijklmnopqrstuv",
        "9AA28KvwAuQlkHkeJOSc6U",
        "Spotify",
        "65daysofstatic",
    ],
)
def test_names(name: str):
    """All else is a name, also a word of 22 letters: the 128 bits of an id give a first digit of 0 to 7."""
    assert parse_reference(f" {name} ") == ArtistRef(ReferenceKind.NAME, name)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \t ", "empty"),
        ("x" * (MAX_CHARACTERS + 1), "more than"),
        ("a\x00b", "control"),
        ("a\x85b", "control"),
        ("a\ud800b", "control"),
        (f"spotify:album:{GORILLAZ}", "not an artist"),
        ("spotify:artist:short", "22 letters"),
        (f"https://open.spotify.com/track/{GORILLAZ}", "not an artist"),
        ("https://open.spotify.com/artist/", "invalid address|invalid artist address"),
        ("https://open.spotify.com/", "invalid address|invalid artist address"),
        ("https://musicbrainz.org/artist/gorillaz", "invalid address|invalid artist address"),
        (f"https://musicbrainz.org/release/{MBID}", "invalid address|invalid artist address"),
        (f"https://open.spotify.com@example.org/artist/{GORILLAZ}", "invalid address|invalid artist address"),
        ("https://[broken", "invalid address|invalid artist address"),
        ("https://example.org/artist/x", "invalid address|invalid artist address"),
    ],
)
def test_what_names_no_artist_is_refused(text: str, reason: str):
    """A refusal says what is wrong."""
    with pytest.raises(BadReference, match=reason):
        parse_reference(text)
