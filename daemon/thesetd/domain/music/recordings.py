"""Derives the classes of a recording from its title, album, artist and length, with the evidence for each.

What a track says about itself outweighs its album; a live album marks its tracks as live if their titles name no class.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import attrs

from thesetd.domain.music.albums import LENDING, is_collection, perhaps_live, read_album
from thesetd.domain.music.names import fold
from thesetd.domain.music.titles import Title, read_title
from thesetd.domain.music.versions import SHORTEST_INTRO_MS, STUDIO_ALONE, Version, foremost, is_offered
from thesetd.domain.wording.tails import is_between

__all__ = ["Recording", "album_version", "classify"]

_CACHED = 8192  # titles of tracks whose class was read
LIVE_SHARE = 0.6  # share of an album's tracks from which a doubtful "Live" in its title counts

_WEAK = frozenset({Version.REMASTER, Version.INTRO, Version.ACOUSTIC, Version.EDIT})
# Classes that a track may have in addition to those of its album; any other class outweighs the album.
_BESIDE: Mapping[Version, frozenset[Version]] = {
    Version.LIVE: _WEAK | {Version.INSTRUMENTAL},
    Version.REMASTER: frozenset(),
    Version.ACOUSTIC: frozenset({Version.REMASTER, Version.LIVE}),
}
_REHEARSAL = re.compile(r"rehears|ensayo|repetition|prob[ae]|репетиц|リハーサル|sound\s?check", re.IGNORECASE)
_SERIES = re.compile(r"(?:#|№|no\.\s?)\d+\s*$", re.IGNORECASE)
SHORT_PIECE_MS = 100_000  # a shorter numbered piece ("Bitez #4") is not a song
_LONG_ENOUGH_MS = max(SHORT_PIECE_MS, SHORTEST_INTRO_MS)


@attrs.frozen
class Recording:
    """A recording's classes; `evidence` maps each to the words that decided it ("album: ..." if the album's did)."""

    classes: frozenset[Version]
    evidence: Mapping[Version, str]
    offered: bool

    @property
    def version(self) -> Version:
        """Return the class that takes precedence."""
        return foremost(self.classes) or Version.STUDIO


_PLAIN = Recording(STUDIO_ALONE, {}, offered=True)  # of most tracks


def classify(
    title: str, album: str = "", artist: str = "", duration_ms: int | None = None, on: Version = Version.STUDIO
) -> Recording:
    """Return the classes of a recording; STUDIO alone if nothing else applies.

    Args:
        title: the title of the track.
        album: the title of its album, "" if it is not known or `on` says enough.
        artist: the artist of the recording; a mix by the artist itself is not a remix.
        duration_ms: the length of the recording.
        on: the class of its album, if more than the album's title decided it (see `album_version`).
    """
    own, lent = read_title(title), read_album(album).lent
    if on in LENDING:
        lent = {on: on.value, **lent}
    if not (lent or own.shown or own.remixer) and (duration_ms is None or duration_ms >= _LONG_ENOUGH_MS):
        return _PLAIN
    shown = _with_album(own, _own(own, artist, duration_ms), dict(lent))
    if not shown:
        return _PLAIN
    classes = frozenset(shown)
    return Recording(classes, shown, is_offered(classes, duration_ms))


@lru_cache(_CACHED)
def _announced(title: str) -> Version:
    """Return the class of a track by its title alone."""
    return classify(title).version


def _own(title: Title, artist: str, duration_ms: int | None) -> dict[Version, str]:
    """Return what the track says about itself."""
    shown = dict(title.shown)
    if title.remixer and title.remixer == fold(artist) and not _says_remix(shown.get(Version.REMIX, "")):
        shown[Version.EDIT] = shown.pop(Version.REMIX)
    if shown.keys() & {Version.LIVE, Version.KARAOKE}:  # a tribute concert is not a cover sold as a product
        shown.pop(Version.COVER, None)
    if Version.COMMENTARY in shown:
        shown.pop(Version.INTRO, None)
    if not shown and duration_ms is not None and duration_ms < _LONG_ENOUGH_MS:
        seconds = f"{duration_ms // 1000} s"
        if duration_ms < SHORT_PIECE_MS and _SERIES.search(title.raw):
            shown[Version.COMMENTARY] = f"a numbered piece of {seconds}"
        elif duration_ms < SHORTEST_INTRO_MS and is_between(title.name):
            shown[Version.INTRO] = f"{title.name}, {seconds}"
    return shown


def _says_remix(words: str) -> bool:
    return "remix" in words.casefold()


def _with_album(title: Title, shown: dict[Version, str], lent: dict[Version, str]) -> dict[Version, str]:
    """Add what the album says, unless the track contradicts it."""
    if not lent:
        return shown
    if title.studio:
        lent.pop(Version.LIVE, None)
    if Version.LIVE in lent and Version.DEMO in shown and _REHEARSAL.search(shown[Version.DEMO]):
        shown.pop(Version.DEMO)  # a rehearsal in the hall
    for version, words in lent.items():
        if not shown.keys() - _BESIDE.get(version, _WEAK):
            shown.setdefault(version, f"album: {words}")
    return shown


def album_version(title: str, track_titles: Sequence[str] = ()) -> Version:
    """Return the class of an album, from its title and, if that is ambiguous, from those of its tracks.

    An album whose tracks all announce the same class is of that class ("S&M"). A "Live" that may be the verb counts if
    at least `LIVE_SHARE` of the tracks announce it; "Live at" and "Live from" before a name always count.
    """
    album = read_album(title)
    named = foremost(album.shown)
    if named is not None and named not in _WEAK:
        return named
    tracks = [_announced(track) for track in track_titles]
    share = tracks.count(Version.LIVE) / len(tracks) if tracks else 0.0
    if share >= LIVE_SHARE and perhaps_live(title):
        return Version.LIVE
    if len(set(tracks)) == 1 and tracks[0] not in _WEAK | {Version.STUDIO}:
        return tracks[0]
    if named in {Version.REMASTER, Version.ACOUSTIC}:
        return named
    return Version.COMPILATION if is_collection(title) else Version.STUDIO
