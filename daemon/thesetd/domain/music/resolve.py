"""Which artist is meant: among search hits of one name, and among another provider's candidates.

A name is accepted only where it is equal after folding; a search engine's first hit means nothing ("Gorillaz" is found
after "GorillaT"). Of several artists of one name none is guessed, with one exception: a single one of them has an
audience.
"""

from collections.abc import Sequence

from rapidfuzz.fuzz import ratio

from thesetd.domain.errors import AmbiguousArtist, Candidate, UnknownArtist
from thesetd.domain.music.names import clean, fold, one_name
from thesetd.domain.music.records import Artist

DOMINANCE = 50  # the best known of a name has at least this many times the followers of the next ...
OBSCURE_FOLLOWERS = 20_000  # ... and the next has fewer than this: nobody asks for it without saying which
CLOSE = 5  # names offered where none is equal
CLOSE_RATIO = 60.0  # likeness of folded names in percent, below which a name is no help


def choose(reference: str, hits: Sequence[Artist]) -> Artist:
    """Choose the artist of this name among the catalogue's search hits; the order of the hits does not matter.

    Raises:
        UnknownArtist: no hit has this name; `close` holds those that look alike.
        AmbiguousArtist: several have it, and neither audience nor spelling decides.
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


def same_artist(known: Artist, other: Artist) -> bool | None:
    """Return whether two records are of one artist by their ids: True, False, or None where the ids say nothing.

    Two different Ticketmaster ids are no contradiction: an artist has one at each of its sources.
    """
    linked = [(known.spotify_id, other.spotify_id), (known.mbid, other.mbid)]
    pairs = [(mine, theirs) for mine, theirs in linked if mine is not None and theirs is not None]
    if any(mine == theirs for mine, theirs in pairs):
        return True
    if known.ticketmaster_id is not None and known.ticketmaster_id == other.ticketmaster_id:
        return True
    return False if pairs else None


def match_artist(known: Artist, candidates: Sequence[Artist]) -> Artist | None:
    """Find the known artist among another provider's candidates; None if it is not there or not proven.

    An id in common decides if the names agree: an act of another name that links to the artist plays its songs, in
    whatever language it says so. Without one, the only candidate of equal folded name is taken unless its ids
    contradict; a namesake that is known to be another artist still makes the name prove nothing.
    """
    linked = [one for one in _distinct(candidates) if same_artist(known, one) and one_name(known.name, one.name)]
    if linked:
        return min(linked, key=lambda one: fold(one.name) != fold(known.name))
    named = namesakes(known, candidates)
    return named[0] if len(named) == 1 and same_artist(known, named[0]) is None else None


def namesakes(known: Artist, candidates: Sequence[Artist]) -> list[Artist]:
    """Return the candidates that have the artist's folded name."""
    name = fold(known.name)
    return [one for one in _distinct(candidates) if name and fold(one.name) == name]


def _distinct(candidates: Sequence[Artist]) -> list[Artist]:
    return sorted(dict.fromkeys(candidates), key=repr)


def _dominant(by_audience: Sequence[Artist]) -> bool:
    """Whether the first of several has nearly all of their audience; False where any audience is unknown."""
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
