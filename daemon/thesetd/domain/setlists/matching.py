"""Matches songs of a setlist to songs of a catalogue.

Candidates are the artist's own songs and, if the page marks an entry as a cover, those of the covered artist. The whole
name is tried before it is split into the parts of a medley. Tapes and nameless entries match nothing; solos, jams and
other labels match only a song with exactly that name. A title in katakana is also found by its sound. An operator's
decision about a name comes first. A name that fits several songs equally is left open, with the songs that it may mean.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any

import attrs

from thesetd.domain.frozen import frozen_row
from thesetd.domain.music.keys import bare, compact, spellings
from thesetd.domain.music.same_song import name_of, names_recording, same_song
from thesetd.domain.setlists.entries import EntryClass, entry_class, is_filler, is_nameless, split_medley
from thesetd.domain.setlists.sounds import is_katakana, sounds_of

_CACHED = 8192  # titles whose ends are known
ENDS = 4  # letters at either end of a name; if one letter differs, one of the ends is still equal


class Method(Enum):
    """How an entry was matched to its song."""

    RULED = "ruled"  # by an operator
    EXACT = "exact"  # the same name, except for spelling and version
    ALIKE = "alike"  # differs by a subtitle, or by one letter of a long name
    SOUND = "sound"  # the same word in katakana
    UNSURE = "unsure"  # several songs fit equally well
    NEW = "new"  # in no catalogue
    NONE = "none"  # not a song


SCORES = {
    Method.RULED: 1.0,
    Method.EXACT: 1.0,
    Method.ALIKE: 0.9,
    Method.SOUND: 0.8,
    Method.UNSURE: 0.5,
    Method.NEW: 0.0,
    Method.NONE: 0.0,
}


@frozen_row(kw_only=True)
class IndexedSong:
    """A song of a catalogue; `albums` are the titles of its albums, `names` its other names."""

    id: str
    title: str
    albums: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Match:
    """One song that an entry names. `cover`: the song is the covered artist's. `part` counts a medley's from 1."""

    title: str
    song: str | None
    method: Method
    part: int = 1
    cover: bool = False
    candidates: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """The confidence, from 0 to 1."""
        return SCORES[self.method]


@attrs.frozen(kw_only=True)
class EntryMatch:
    """The class of an entry and the songs it names, in order; tapes, nameless entries and fillers name none."""

    kind: EntryClass
    matches: tuple[Match, ...] = ()


class SongIndex:
    """An index of one artist's songs by the names that pages use."""

    def __init__(self, songs: Iterable[IndexedSong], rulings: Mapping[str, str | None] | None = None) -> None:
        """Index songs; `rulings` are operators' decisions, by `keys.compact` of the name, None for "not a song"."""
        self._songs = {song.id: song for song in sorted(songs, key=lambda song: song.id)}
        self._rulings = dict(rulings or {})
        self._exact: dict[str, set[str]] = defaultdict(set)
        for song in self._songs.values():
            for name in (song.title, *song.names):
                for key in spellings(name_of(name).whole):
                    self._exact[key].add(song.id)
        self._found: dict[str, Match] = {}

    @cached_property
    def _near(self) -> Mapping[tuple[str, tuple[str, ...]], set[str]]:
        """The songs by the ends of their names and the numbers in them, without which no two names are alike.

        Most pages name only songs that need no such look-up.
        """
        found: dict[tuple[str, tuple[str, ...]], set[str]] = defaultdict(set)
        for song in self._songs.values():
            for name in (song.title, *song.names):
                numbers = name_of(name).numbers
                for end in _ends(name):
                    found[end, numbers].add(song.id)
        return found

    @cached_property
    def _sounds(self) -> Mapping[str, set[str]]:
        """The songs by the sounds of their names in katakana."""
        found: dict[str, set[str]] = defaultdict(set)
        for song in self._songs.values():
            for name in (song.title, *song.names):
                for sound in sounds_of(name_of(name).whole) if is_katakana(name) else ():
                    found[sound].add(song.id)
        return found

    def find(self, title: str) -> Match:
        """Return the song that a name means."""
        if title not in self._found:
            self._found[title] = self._find(title)
        return self._found[title]

    def has(self, title: str) -> bool:
        """Return whether a name is that of a known song, or was ruled not to be a song."""
        return self.find(title).method not in {Method.NEW, Method.UNSURE}

    def _find(self, title: str) -> Match:
        key = compact(title)
        if key in self._rulings:
            ruled = self._rulings[key]
            return Match(title=title, song=ruled, method=Method.RULED if ruled is not None else Method.NONE)
        method, found = self._nearest(title)
        if len(found) == 1:
            return Match(title=title, song=found[0], method=method)
        unsure = Method.UNSURE if found else Method.NEW
        return Match(title=title, song=None, method=unsure, candidates=tuple(found))

    def _nearest(self, title: str) -> tuple[Method, list[str]]:
        """Return the songs that a name may mean, by the most reliable method that finds any."""
        whole = name_of(title).whole
        exact = {song for form in spellings(whole) for song in self._exact.get(form, ())}
        found = sorted(song for song in exact if self._means(title, song))
        if found or is_filler(title):
            return Method.EXACT, found
        numbers = name_of(title).numbers
        near = {song for end in _ends(title) for song in self._near.get((end, numbers), ())}
        if found := sorted(song for song in near - exact if self._means(title, song)):
            return Method.ALIKE, found
        sounds = sounds_of(whole) if self._sounds else ()
        return Method.SOUND, sorted({song for sound in sounds for song in self._sounds.get(sound, ())})

    def _means(self, title: str, song_id: str) -> bool:
        """Return whether the whole name means a song; its parts are tried one by one after it."""
        song = self._songs[song_id]
        names = [name for name in (song.title, *song.names) if same_song(title, name)]
        return any(names_recording(title, name, album=album) for name in names for album in song.albums or ("",))


def match_entry(song: Mapping[str, Any], own: SongIndex, covered: Mapping[str, SongIndex] | None = None) -> EntryMatch:
    """Match one entry of an `ActualSetlist` to songs.

    Args:
        song: the stored entry.
        own: the songs of the page's act.
        covered: the songs of other artists by MBID and, for artists without one, by name.
    """
    credit = song.get("cover")
    other = _credited(credit, covered or {}) if isinstance(credit, Mapping) else None

    def known(title: str) -> bool:
        return own.has(title) or (other is not None and other.has(title))

    kind = entry_class(song, known)
    if kind not in {EntryClass.SONG, EntryClass.MEDLEY}:
        return EntryMatch(kind=kind)
    name = str(song["name"]).strip()
    titles = split_medley(name, known) if kind is EntryClass.MEDLEY else (name,)
    matches = (
        _as_part(_best(title, own, other), part)
        for part, title in enumerate(titles, start=1)
        if len(titles) == 1 or known(title) or not (is_filler(title) or is_nameless(title))
    )
    return EntryMatch(kind=kind, matches=tuple(matches))


def _as_part(match: Match, part: int) -> Match:
    return match if match.part == part else attrs.evolve(match, part=part)


def _best(title: str, own: SongIndex, other: SongIndex | None) -> Match:
    """Return the act's own song, or else the covered artist's."""
    mine = own.find(title)
    if other is None or own.has(title):
        return mine
    return attrs.evolve(other.find(title), cover=True) if other.has(title) else mine


def _credited(credit: Mapping[str, Any], covered: Mapping[str, SongIndex]) -> SongIndex | None:
    found = covered.get(str(credit.get("mbid", "")))
    return found if found is not None else covered.get(str(credit.get("name", "")))


@lru_cache(_CACHED)
def _ends(name: str) -> frozenset[str]:
    """Return the ends of all forms of a name, by which slightly different names are found."""
    read = name_of(name)
    forms = {form for text in {name, read.whole, read.head, *read.alone} for form in (*spellings(text), bare(text))}
    return frozenset(end for form in forms if form for end in (f"{form[:ENDS]}>", f"<{form[-ENDS:]}"))
