"""Operators' decisions about songs, setlists and venues; the writer carries them out, later imports respect them."""

from datetime import datetime
from uuid import UUID

import attrs

from thesetd.domain.music.records import Track
from thesetd.domain.music.repertoire import RepertoireSong
from thesetd.domain.shows.venue_edits import MergeVenues, SplitVenue, UndoVenueDecision

__all__ = [
    "BillActs",
    "Edit",
    "Edited",
    "LockSetlist",
    "MatchSong",
    "MergeSongs",
    "PlacePage",
    "SongDecision",
    "SongEdit",
    "SongView",
    "SplitSong",
    "UndoDecision",
    "UndoRuling",
    "VenueEdit",
]


@attrs.frozen(kw_only=True)
class MergeSongs:
    """`song` is the same song as `into`, which its recordings and the votes on it then count for."""

    song: UUID
    into: UUID


@attrs.frozen(kw_only=True)
class SplitSong:
    """Some tracks (Spotify ids) of a song are another song, called `title` or, without one, like the first of them."""

    song: UUID
    tracks: tuple[str, ...]
    title: str = ""


@attrs.frozen(kw_only=True)
class UndoDecision:
    """A merge or split is undone: everything it changed is restored."""

    number: int


@attrs.frozen(kw_only=True)
class LockSetlist:
    """A predicted setlist is locked, so that it can only gain songs, or unlocked again."""

    setlist: UUID
    locked: bool


@attrs.frozen(kw_only=True)
class PlacePage:
    """A page of setlist.fm is the setlist of a show of its act or, if no show is given, of no known show."""

    page: str
    show: UUID | None


@attrs.frozen(kw_only=True)
class MatchSong:
    """A name in the setlists of an act means one of its songs or, if no song is given, none of them."""

    slug: str
    name: str
    song: UUID | None


@attrs.frozen(kw_only=True)
class BillActs:
    """These artists (slugs), the headliner first, play at a show; an empty list means that no known artist does."""

    show: UUID
    artists: tuple[str, ...]


@attrs.frozen(kw_only=True)
class UndoRuling:
    """A ruling on a "page", on the name of a "song" or on the "bill" of a show is withdrawn."""

    about: str
    number: int


SongEdit = MergeSongs | SplitSong | UndoDecision | LockSetlist | PlacePage | MatchSong | BillActs | UndoRuling
VenueEdit = MergeVenues | SplitVenue | UndoVenueDecision
Edit = SongEdit | VenueEdit


@attrs.frozen(kw_only=True)
class Edited:
    """The outcome of an edit: its number (to undo it) and its song, or the reason why nothing was done.

    `found` is False if the edit names something that does not exist.
    """

    number: int | None = None
    song: UUID | None = None
    problem: str = ""
    found: bool = True


@attrs.frozen(kw_only=True)
class SongDecision:
    """A merge or split that an operator made."""

    number: int
    what: str
    words: str
    made_at: datetime
    undone_at: datetime | None = None


@attrs.frozen(kw_only=True)
class SongView:
    """A song with its artist, its recordings, and the operators' decisions about the artist's songs."""

    song: RepertoireSong
    artist: str
    tracks: tuple[Track, ...] = ()
    by_hand: frozenset[str] = frozenset()
    decisions: tuple[SongDecision, ...] = ()
