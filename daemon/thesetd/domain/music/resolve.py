"""Chooses the artist that is meant among search hits for a name.

A name is accepted only if it is equal after folding; a search engine's first hit means nothing ("Gorillaz" is found
after "GorillaT"). If several artists share the name, none is guessed, unless only one of them has an audience.
"""

from collections.abc import Sequence

from rapidfuzz.fuzz import ratio

from thesetd.domain.errors import AmbiguousArtist, Candidate, UnknownArtist
from thesetd.domain.music.names import clean, fold
from thesetd.domain.music.records import Artist

DOMINANCE = 50  # the best known artist of a name has at least this many times the followers of the next one ...
OBSCURE_FOLLOWERS = 20_000  # ... and the next one has fewer than this, so a bare name hardly means it
CLOSE = 5  # suggestions if no name is equal
CLOSE_RATIO = 60.0  # likeness of folded names in percent, below which a name is not suggested


def choose(reference: str, hits: Sequence[Artist]) -> Artist:
    """Choose the artist of this name among the catalogue's search hits; the order of the hits does not matter.

    Raises:
        UnknownArtist: no hit has this name; `close` holds similar names.
        AmbiguousArtist: several hits have it, and neither audience nor spelling decides.
    """
    by_id = {hit.spotify_id: hit for hit in sorted(hits, key=repr) if hit.spotify_id is not None}
    wanted = fold(reference)
    equal = sorted((hit for hit in by_id.values() if wanted and fold(hit.name) == wanted), key=_by_audience)
    if not equal:
        raise UnknownArtist(reference, _close(wanted, list(by_id.values())))
    if len(equal) == 1 or _dominant(equal):
        return equal[0]
    spelled = [hit for hit in equal if hit.name == clean(reference)]
    if len(spelled) == 1:
        return spelled[0]
    raise AmbiguousArtist(reference, [_candidate(hit) for hit in equal])


def _dominant(by_audience: Sequence[Artist]) -> bool:
    """Return whether the first of several has nearly all of their audience; False if any audience is unknown."""
    followers = [artist.followers for artist in by_audience if artist.followers is not None]
    if len(followers) < len(by_audience):
        return False
    first, second = followers[:2]
    return second < OBSCURE_FOLLOWERS and first >= DOMINANCE * max(second, 1)


def _close(wanted: str, hits: Sequence[Artist]) -> list[Candidate]:
    likeness = {hit.spotify_id: ratio(wanted, fold(hit.name)) for hit in hits}
    alike = [hit for hit in hits if likeness[hit.spotify_id] >= CLOSE_RATIO]
    return [_candidate(hit) for hit in sorted(alike, key=lambda hit: (-likeness[hit.spotify_id], _by_audience(hit)))][
        :CLOSE
    ]


def _by_audience(artist: Artist) -> tuple[int, str, str]:
    return -(artist.followers or 0), artist.name, artist.spotify_id or ""


def _candidate(artist: Artist) -> Candidate:
    assert artist.spotify_id is not None
    return Candidate(
        name=artist.name, spotify_id=artist.spotify_id, followers=artist.followers, genres=artist.genres or ()
    )
