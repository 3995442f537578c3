import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.errors import AmbiguousArtist, UnknownArtist
from thesetd.domain.music.names import fold
from thesetd.domain.music.records import Artist
from thesetd.domain.music.resolve import CLOSE, DOMINANCE, OBSCURE_FOLLOWERS, choose

AT = datetime(2026, 11, 22, tzinfo=UTC)
ANY = st.text(alphabet=st.characters(exclude_categories=()))


def artist(name: str, spotify_id: str | None = None, **fields: Any) -> Artist:
    """Make an artist."""
    return Artist(name=name, slug="x", fetched_at=AT, spotify_id=spotify_id, **fields)


NAMES = st.sampled_from(["Nirvana", "NIRVANA", "nirvana", "Nírvana", "Nirvana UK", "!!!", "???", ""])
IDS = st.none() | st.sampled_from("abcd")
ARTISTS = st.builds(
    artist,
    NAMES | ANY,
    IDS,
    followers=st.none() | st.sampled_from([0, 10, OBSCURE_FOLLOWERS, 10**7]),
    mbid=st.none() | st.sampled_from("mn"),
    ticketmaster_id=st.none() | st.sampled_from("st"),
)


@given(NAMES | ANY, st.lists(ARTISTS, max_size=6), st.randoms(use_true_random=False))
def test_the_choice_does_not_depend_on_the_rank(reference: str, hits: list[Artist], random: Any):
    """Hits in another order lead to the same artist or the same question."""
    shuffled = [*hits]
    random.shuffle(shuffled)
    assert _outcome(reference, hits) == _outcome(reference, shuffled)


@given(NAMES | ANY, st.lists(ARTISTS, max_size=6))
def test_only_an_equal_name_is_chosen(reference: str, hits: list[Artist]):
    """The chosen artist, and all that are offered as ambiguous, carry the name that was asked for."""
    match _outcome(reference, hits):
        case Artist() as chosen:
            assert chosen in hits
            assert fold(chosen.name) == fold(reference)
        case ("ambiguous", candidates):
            assert len({c.spotify_id for c in candidates}) == len(candidates) > 1
            assert {fold(c.name) for c in candidates} == {fold(reference)}
        case ("unknown", close):
            assert len(close) <= CLOSE


def _outcome(reference: str, hits: list[Artist]) -> Any:
    try:
        return choose(reference, hits)
    except AmbiguousArtist as error:
        return "ambiguous", error.candidates
    except UnknownArtist as error:
        return "unknown", error.close


def test_rank_one_is_not_the_artist(corpus: Path):
    """In a recorded search for "gorillaz" another artist ranks first and the wanted one is missing: none is chosen."""
    hits = _recorded(corpus, "spotdl24-artist-3a-gorillaz-artist.json")
    assert hits[0].name == "GorillaT"
    with pytest.raises(UnknownArtist) as caught:
        choose("gorillaz", hits)
    assert {"GorillaT", "GORILLAS"} < {candidate.name for candidate in caught.value.close}


def test_the_exact_name_among_many(corpus: Path):
    """Among the hits of two recorded searches the one of equal name is chosen."""
    names = ("spotdl24-artist-3a-gorillaz-artist.json", "spotdl25-artist-3a-gorillaz-artist.json")
    hits = [hit for name in names for hit in _recorded(corpus, name)]
    assert choose("gorillaz", hits).spotify_id == "3AA28KZvwAUcZuOKwyblJQ"


def _recorded(corpus: Path, name: str) -> list[Artist]:
    body = json.loads((corpus / "spotify/search" / name).read_text(encoding="utf-8"))
    return [artist(hit["name"], hit["id"], followers=hit["followers"]["total"]) for hit in body["artists"]["items"]]


def test_a_close_name_is_offered_not_taken():
    """A misspelt name is unknown; the error offers the likest names, best first, and nothing unlike."""
    hits = [artist("GorillaT", "a"), artist("Gorillaz", "b", followers=10**7), artist("Zebra Katz", "c")]
    with pytest.raises(UnknownArtist) as caught:
        choose("GORILLAS", hits)
    assert [candidate.name for candidate in caught.value.close] == ["Gorillaz", "GorillaT"]


def test_the_one_with_an_audience_is_meant():
    """Of several artists of one name the one is taken beside whom nobody knows the others, in whatever spelling."""
    famous = artist("Nirvana", "a", followers=10**7)
    hits = [artist("NIRVANA", "b", followers=OBSCURE_FOLLOWERS - 1), famous, artist("nirvana", "c", followers=0)]
    assert choose("nirvana", hits) is famous


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (DOMINANCE * OBSCURE_FOLLOWERS, OBSCURE_FOLLOWERS),  # the next is known as well
        (DOMINANCE * 100 - 1, 100),  # the first is not known enough
        (0, 0),
        (10**7, None),  # nothing is known of the next
        (None, None),  # as in Development Mode
    ],
)
def test_two_artists_of_one_name_are_a_question(first: int | None, second: int | None):
    """Without a clear difference in audience the person has to choose, from candidates with the largest first."""
    hits = [artist("Nirvana", "b", followers=second), artist("Nirvana", "a", followers=first, genres=("grunge",))]
    with pytest.raises(AmbiguousArtist) as caught:
        choose("nirvana", hits)
    assert [candidate.spotify_id for candidate in caught.value.candidates] == ["a", "b"]
    assert caught.value.candidates[0].genres == ("grunge",)


def test_spelling_decides_where_audience_does_not():
    """Where exactly one artist is spelled as it was typed, that one is meant."""
    hits = [artist("MØ", "a"), artist("Mo", "b"), artist("mo", "c")]
    assert choose(" Mo ", hits).spotify_id == "b"
    with pytest.raises(AmbiguousArtist):
        choose("MO", hits)
    with pytest.raises(AmbiguousArtist):
        choose("Mo", [*hits, artist("Mo", "d")])


def test_a_blank_name_is_nobody():
    """Hits without a name never answer a blank reference."""
    with pytest.raises(UnknownArtist):
        choose(" ", [artist("", "a")])
