"""What people decide about songs, setlists and venues; the writer carries it out, later imports respect it."""

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
    """`song` is the same as `into`: its recordings, and the votes on it, count for that one."""

    song: UUID
    into: UUID


@attrs.frozen(kw_only=True)
class SplitSong:
    """Some tracks (Spotify ids) of a song are another song, called `title` or as the first of them is."""

    song: UUID
    tracks: tuple[str, ...]
    title: str = ""


@attrs.frozen(kw_only=True)
class UndoDecision:
    """A merge or split is taken back: what it changed is as it was."""

    number: int


@attrs.frozen(kw_only=True)
class LockSetlist:
    """A predicted setlist only gains songs from now on, or changes again."""

    setlist: UUID
    locked: bool


@attrs.frozen(kw_only=True)
class PlacePage:
    """A page of setlist.fm is the setlist of a show of its act or, without one, of no known show."""

    page: str
    show: UUID | None


@attrs.frozen(kw_only=True)
class MatchSong:
    """A name in the setlists of an act means one of its songs or, without one, no song."""

    slug: str
    name: str
    song: UUID | None


@attrs.frozen(kw_only=True)
class BillActs:
    """These artists (slugs), the headliner first, play at a show; nobody of those that are known if there are none."""

    show: UUID
    artists: tuple[str, ...]


@attrs.frozen(kw_only=True)
class UndoRuling:
    """An answer about a "page", about the name of a "song" or about the "bill" of a show is taken back."""

    about: str
    number: int


SongEdit = MergeSongs | SplitSong | UndoDecision | LockSetlist | PlacePage | MatchSong | BillActs | UndoRuling
VenueEdit = MergeVenues | SplitVenue | UndoVenueDecision
Edit = SongEdit | VenueEdit


@attrs.frozen(kw_only=True)
class Edited:
    """The outcome of an edit: the number to undo it by and the song that it is about, or why nothing was done.

    `found` is False if what it names does not exist.
    """

    number: int | None = None
    song: UUID | None = None
    problem: str = ""
    found: bool = True


@attrs.frozen(kw_only=True)
class SongDecision:
    """A merge or split that a person made."""

    number: int
    what: str
    words: str
    made_at: datetime
    undone_at: datetime | None = None


@attrs.frozen(kw_only=True)
class SongView:
    """A song with whose it is, its recordings, and what people decided about the artist's songs."""

    song: RepertoireSong
    artist: str
    tracks: tuple[Track, ...] = ()
    by_hand: frozenset[str] = frozenset()
    decisions: tuple[SongDecision, ...] = ()
