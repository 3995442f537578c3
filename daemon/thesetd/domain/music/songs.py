"""Groups tracks into songs, which users vote on: one song for all of its recordings, however the catalogue changes.

A track is assigned to a song by the first of these that decides: an operator's decision, the song that has it already,
its ISRC, its name. A track that fits no song becomes a new song. A song is never deleted, never gets another key, and
keeps its id when its face (the recording that represents it) changes; a manual merge only points one song at another.

Grouping is a function of the stored songs and the tracks; the order of the tracks does not matter.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import Generic, NamedTuple, TypeVar

import attrs

from thesetd.domain.frozen import frozen_row
from thesetd.domain.music.keys import bare, compact, spellings
from thesetd.domain.music.same_song import Likeness, has_symbols, likeness, name_of
from thesetd.domain.music.titles import base_title, read_title
from thesetd.domain.music.versions import Version, is_offered

__all__ = ["Grouping", "SongTrack", "StoredSong", "choose_face", "group", "song_row_key"]

Id = TypeVar("Id", bound=Hashable)  # the type of the caller's names for songs

_KINDS = {"album": 0, "ep": 1, "single": 2, "compilation": 3}
# The classes that are offered, the preferred ones first; a missing class ranks with the last.
_CLASSES = {Version.STUDIO: 0, Version.REMASTER: 0, Version.INTRO: 0, Version.EDIT: 1, Version.ACOUSTIC: 2}
_NO_SONG = frozenset({Version.COMMENTARY, Version.KARAOKE, Version.COVER})
_EDGE = 5  # letters at either end of a name; if signs stand for letters, one of the ends is without them
_SHORTEST_LONG = 7  # letters, blanks not counted, of a name in which one letter may differ
_CACHED = 8192  # titles whose forms are known
_LONGEST = 80  # letters, up to which a name is looked up with each letter left out


@frozen_row(kw_only=True)
class SongTrack:
    """The data of a track that grouping needs; `eligible`: the artist is credited and the album is the artist's own."""

    spotify_id: str
    title: str
    classes: frozenset[Version]
    album_title: str = ""
    album_kind: str = "album"
    isrc: str | None = None
    duration_ms: int | None = None
    released_on: date | None = None
    disc_number: int = 1
    track_number: int = 0
    playable: bool = True
    eligible: bool = True
    offered: bool = attrs.field(init=False, eq=False, repr=False)  # whether it may stand for its song in a vote

    @offered.default
    def _offered(self) -> bool:
        return self.eligible and is_offered(self.classes, self.duration_ms)


@frozen_row(kw_only=True)
class StoredSong(Generic[Id]):
    """A song that exists. `merged_into` is the song that an operator merged it into.

    `bare`: it is known from setlists only. It is found as if it were created for its recordings now: by its own key,
    else by the first of the act's own songs.
    """

    id: Id
    key: str
    title: str
    isrcs: frozenset[str] = frozenset()
    merged_into: Id | None = None
    bare: bool = False


class NewSong(NamedTuple):
    """A song to be created, named by its key. A tuple is hashed without a call of Python's, which happens often."""

    key: str
    title: str


@attrs.frozen(kw_only=True)
class Grouping(Generic[Id]):
    """The result: `songs` maps tracks to songs, stored or new; a track that is not a song is absent.

    `faces` has the representing track of each song that has an offered one. `doubtful` are pairs of stored songs that
    share a recording, for an operator to merge.
    """

    songs: Mapping[str, Id | NewSong]
    faces: Mapping[Id | NewSong, SongTrack]
    doubtful: frozenset[tuple[Id, Id]]

    @property
    def new(self) -> tuple[NewSong, ...]:
        """Return the songs to be created, each once, in order of their keys."""
        return tuple(sorted({s for s in self.songs.values() if isinstance(s, NewSong)}, key=lambda song: song.key))


def song_row_key(title: str, album_title: str = "") -> str:
    """Return the key of a song.

    A generic title ("Intro") names a different piece on every album, so its key includes the album.
    """
    name = read_title(title)
    key = name.key
    label = name.shown.get(Version.INTRO) == name.name and name.base == name.name and ":" not in name.name
    return f"{key}@{compact(base_title(album_title))}" if label and album_title else key


def group(
    tracks: Sequence[SongTrack],
    stored: Sequence[StoredSong[Id]] = (),
    *,
    links: Mapping[str, Id] | None = None,
    by_hand: Mapping[str, Id] | None = None,
) -> Grouping[Id]:
    """Assign tracks to songs and choose the songs' faces.

    Args:
        tracks: all tracks of one artist.
        stored: the artist's songs as they are, merged ones too.
        links: the song of each track that has one, as decided before.
        by_hand: the songs of tracks that an operator assigned.
    """
    shelf = _Shelf(stored, tracks)
    songs: dict[str, Id | NewSong] = {}
    doubtful: set[tuple[Id, Id]] = set()
    waiting = sorted({track.spotify_id: track for track in tracks}.values(), key=_reading_order)
    while waiting:  # a placed track may bring the recording (ISRC) by which another track is found
        placed = len(songs)
        for track in waiting:
            song = shelf.place(track, (links or {}).get(track.spotify_id), (by_hand or {}).get(track.spotify_id))
            if song is not None:
                songs[track.spotify_id] = song
                doubtful |= shelf.rivals(track, song)
        waiting = [track for track in waiting if track.spotify_id not in songs] if len(songs) > placed else []
    faces = {song: face for song, of in _by_song(tracks, songs).items() if (face := choose_face(of)) is not None}
    return Grouping(songs=songs, faces=faces, doubtful=frozenset(doubtful))


def choose_face(tracks: Iterable[SongTrack]) -> SongTrack | None:
    """Choose the recording that represents a song: the best-known studio recording, or None if no track may.

    A playable track comes before an unplayable one, the recording itself before its edit, an album before a single, a
    single before a compilation; then the earlier release, the original before its remaster, the plain title before
    others.
    """
    offered = [track for track in tracks if track.offered]
    return min(offered, key=_preference, default=None) if len(offered) > 1 else next(iter(offered), None)


def _preference(track: SongTrack) -> tuple[bool, int, int, date, bool, bool, int, int, str]:
    """Return the sort key of a recording: the smaller, the better the choice."""
    return (
        not track.playable,
        max(_CLASSES.get(version, len(_CLASSES)) for version in track.classes),
        _KINDS.get(track.album_kind, len(_KINDS)),
        track.released_on or date.max,
        Version.REMASTER in track.classes,
        base_title(track.title) != track.title,
        track.disc_number,
        track.track_number,
        track.spotify_id,
    )


def _reading_order(track: SongTrack) -> tuple[bool, bool, bool, int, date, str]:
    """Return the sort key that puts the best names of a song first, whatever order the tracks arrive in."""
    plain = base_title(track.title) == track.title
    return (
        not track.eligible,
        not track.offered,
        not plain,
        len(track.title),
        track.released_on or date.max,
        track.spotify_id,
    )


def _by_song(tracks: Iterable[SongTrack], songs: Mapping[str, Id | NewSong]) -> Mapping[Id | NewSong, list[SongTrack]]:
    found: dict[Id | NewSong, list[SongTrack]] = defaultdict(list)
    for track in tracks:
        if track.spotify_id in songs:
            found[songs[track.spotify_id]].append(track)
    return found


@attrs.define
class _Held(Generic[Id]):
    """A song on the shelf, with everything its tracks are compared with."""

    ref: Id | NewSong
    title: str


class _Shelf(Generic[Id]):
    """The songs of an artist, found by key, ISRC and the forms of their names."""

    def __init__(self, stored: Sequence[StoredSong[Id]], tracks: Sequence[SongTrack]) -> None:
        self._stored = {song.id: song for song in stored}
        self._keys: dict[str, Id | NewSong] = {}
        self._bare: dict[str, Id] = {}
        self._isrcs: dict[str, dict[Id | NewSong, str]] = defaultdict(dict)
        self._forms: dict[str, list[_Held[Id]]] = defaultdict(list)
        self._held: list[_Held[Id]] = []
        self._slips: dict[str, list[_Held[Id]]] = defaultdict(list)
        self._slipped = 0  # so many of the held songs are found by their slips, which few tracks ask for
        self._with_symbols: list[_Held[Id]] = []
        self._series = _series(
            [*(song.title for song in stored if not song.bare), *(track.title for track in tracks if track.offered)]
        )
        for song in stored:
            if song.bare:
                self._bare.setdefault(song.key, self._resolved(song.id))
            else:
                self._put(song.key, self._resolved(song.id), song.title, song.isrcs)

    def place(self, track: SongTrack, linked: Id | None, by_hand: Id | None) -> Id | NewSong | None:
        """Return the song of a track, a new one if none fits, or None if the track is not a song."""
        if by_hand in self._stored and by_hand is not None:
            return self._resolved(by_hand)
        if name_of(track.title).aside or track.classes & _NO_SONG or not compact(track.title):
            return None
        key = song_row_key(track.title, track.album_title)
        song = self._kept(track, linked) or self._of_isrc(track) or self._keys.get(key) or self._of_name(track, key)
        if song is None:
            if not track.eligible:
                return None
            song = self._bare.get(key) or NewSong(key=key, title=base_title(track.title))
            self._put(key, song, track.title, ())
        if track.isrc:
            self._isrcs[track.isrc].setdefault(song, track.title)
        return song

    def rivals(self, track: SongTrack, song: Id | NewSong) -> set[tuple[Id, Id]]:
        """Return the pairs of stored songs that share the track's recording."""
        if isinstance(song, NewSong):
            return set()
        others = self._isrcs.get(track.isrc or "", {})
        return {(song, other) for other in others if not isinstance(other, NewSong) and other != song}

    def _put(self, key: str, ref: Id | NewSong, title: str, isrcs: Iterable[str]) -> None:
        self._keys.setdefault(key, ref)
        for isrc in isrcs:
            self._isrcs[isrc].setdefault(ref, title)
        held = _Held(ref, title)
        self._held.append(held)
        for form in _all_forms(title):
            self._forms[form].append(held)
        if has_symbols(title):
            self._with_symbols.append(held)

    def _slipping(self, title: str) -> Iterable[_Held[Id]]:
        """Return the songs whose name may differ from this one in its article, or if it is long in one letter."""
        forms = _slips(title)
        for held in self._held[self._slipped :] if forms else ():
            for form in _slips(held.title):
                self._slips[form].append(held)
        self._slipped = len(self._held) if forms else self._slipped
        return chain.from_iterable(self._slips.get(form, ()) for form in forms)

    def _resolved(self, song: Id) -> Id:
        """Follow manual merges to the song that counts; a cycle ends at the song where it is entered again."""
        seen = {song}
        while (following := self._stored[song].merged_into) in self._stored and following is not None:
            if following in seen:
                break
            seen.add(following)
            song = following
        return song

    def _kept(self, track: SongTrack, linked: Id | None) -> Id | None:
        """Keep a link, unless the track's name now means another song."""
        if linked is None or linked not in self._stored:
            return None
        song = self._stored[linked]
        agrees = track.isrc in song.isrcs or song_row_key(track.title, track.album_title) == song.key
        known = self._keys.get(song_row_key(track.title, track.album_title))
        return self._resolved(linked) if agrees or known is None or likeness(track.title, song.title) else None

    def _of_isrc(self, track: SongTrack) -> Id | NewSong | None:
        """Return the only song that has this recording, if the names do not contradict it."""
        songs = self._isrcs.get(track.isrc or "")
        if not songs:
            return None
        numbers = name_of(track.title).numbers
        fitting = [song for song, title in songs.items() if name_of(title).numbers == numbers]
        return fitting[0] if len(fitting) == 1 else None

    def _of_name(self, track: SongTrack, key: str) -> Id | NewSong | None:
        """Return the only song whose name means the same; None if there are several."""
        if "@" in key:
            return None
        found: dict[Id | NewSong, Likeness] = {}
        forms = _all_forms(track.title) if has_symbols(track.title) else _forms(track.title)
        near = {id(held): held for form in forms for held in self._forms.get(form, ())}
        if not track.offered:
            near |= {id(held): held for held in self._slipping(track.title)}
        for held in (*near.values(), *self._with_symbols):
            how = likeness(track.title, held.title)
            if how is None or (how is Likeness.LETTER and track.offered):
                continue  # a song with its own name on an album is not a misspelling of another song there
            if how is Likeness.PART and name_of(held.title if name_of(held.title).subtitles else track.title).head:
                heads = {compact(name_of(held.title).head), compact(name_of(track.title).head)}
                if heads & self._series:
                    continue
            found[held.ref] = how
        exact = [song for song, how in found.items() if how is Likeness.SPELLING]
        fitting = exact or list(found)
        return fitting[0] if len(fitting) == 1 else None


def _series(titles: Collection[str]) -> frozenset[str]:
    """Return the heads that several songs share, each with its own subtitle: "Ferry Tales - The Cook"."""
    subtitles: dict[str, set[str]] = defaultdict(set)
    for title in titles:
        name = name_of(title)
        if name.subtitles:
            subtitles[compact(name.head)].add(compact(" ".join(name.subtitles)))
    return frozenset(head for head, of in subtitles.items() if len(of) > 1)


@lru_cache(_CACHED)
def _forms(title: str) -> frozenset[str]:
    """Return the forms that a song may be looked up by: its spellings and the parts that may stand for its name."""
    name = name_of(title)
    return frozenset(form for text in {name.whole, name.head, *name.alone} for form in spellings(text))


@lru_cache(_CACHED)
def _all_forms(title: str) -> frozenset[str]:
    """Return these with both ends of the name, by which it is found if signs stand for some of its letters."""
    return _forms(title) | _ends(title)


def _slips(title: str) -> set[str]:
    """Return a name without its article, and if it is long with each of its letters left out, and as it is.

    Two names share one of these if they differ by one letter (replaced, missing or added) or by two swapped letters;
    few other pairs do, even among an artist's similar titles.
    """
    whole = name_of(title).whole
    key, rest = compact(whole), bare(whole)
    if not _SHORTEST_LONG <= len(key) <= _LONGEST:
        return {key, rest} - {""}
    return {key, rest or key} | {key[:n] + key[n + 1 :] for n in range(len(key))}


def _ends(title: str) -> set[str]:
    """Return both ends of a name, at least one of which has no sign that stands for a letter."""
    key = compact(name_of(title).whole)
    return {f"{key[:_EDGE]}…", f"…{key[-_EDGE:]}"} if len(key) > _EDGE else set()
