"""Titles of songs and albums: which version they announce, and which song they name.

A title is read by its structure. What stands in trailing brackets or after a spaced dash is a *part*; all before is
the *head*. Only parts tell the version: "Live and Let Die" is no concert recording, "Ignition - Remix" is a remix.
Two things without brackets are parts as well because providers write them so: "Song feat. X" and "Song Remix".

Nothing is dropped on what this module guesses: rows keep their raw title, and the class can be computed again.

Source: titles in recorded Spotify and setlist.fm responses, 2017 to 2026.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

import attrs

from thesetd.domain.names import fold
from thesetd.domain.versions import Version, announced, collection, foremost, perhaps_live, surely_live

__all__ = [
    "Classified",
    "Version",
    "album_version",
    "base_title",
    "classify",
    "song_key",
    "song_version",
    "track_version",
]

LIVE_SHARE = 0.6  # of an album's tracks, from which a doubtful "Live" in its title counts
MAX_STRUCTURED = 500  # characters; a longer title is all head, so that reading one is cheap whatever it holds


@attrs.frozen
class Classified:
    """A version and the words of the title that show it; empty where nothing speaks against a plain studio song."""

    version: Version
    evidence: str = ""


@attrs.frozen
class _Part:
    """A bracket group or a dashed section: `raw` as it stands, with brackets and blanks; `text` what it says."""

    raw: str
    text: str


_BRACKETS = {"(": ")", "[": "]", "（": "）", "【": "】"}
_DASH = re.compile(r"\s[-–—]\s")
_LIST = re.compile(r"\s/\s|;|,|\s[-–—]\s")
_BARE = re.compile(
    r"\s(?:feat\.?|ft\.|featuring)\s.+$|\s(?:the\s)?remix(?:es)?$|\strack(?:[ -]by[ -]track)?\scommentary$",
    re.IGNORECASE | re.DOTALL,
)
# "(with The Weeknd)" is a guest, "(With or Without You)" a title.
_GUEST = re.compile(
    r"(?:feat\b|ft\b|featuring\b|med\s|w/|with\s(?!(?:a|it|me|my|no|or|u|us|you|your|her|him|them|love)\b))",
    re.IGNORECASE,
)

_YEAR = re.compile(r"\d{4}")
# Sequels and movements: "White Wedding - Pt. 1 / Remastered 2002" stays the first part.
_NUMBERED = re.compile(
    r"(?:pt|part|parte|book|act|chapter|no)\b\.?\s?(?:\d+|[ivx]+|one|two|three|four|five)\b|#\s?\d", re.IGNORECASE
)

# An album of this class lends it to its tracks; an album of remixes often holds the original too.
_LENDING = frozenset(
    {Version.REMASTER, Version.LIVE, Version.ACOUSTIC, Version.DEMO, Version.INSTRUMENTAL, Version.COMMENTARY}
)
_PLAIN = frozenset({Version.STUDIO, Version.REMASTER})


def classify(title: str) -> Classified:
    """Give the version that a song's title announces, with the words that show it."""
    shown = {version: part.text for part in reversed(_split(title)[1]) if (version := _part_version(part))}
    version = foremost(set(shown)) or Version.STUDIO
    return Classified(version, shown[version] if version is not Version.STUDIO else "")


def song_version(title: str) -> Version:
    """Give the version that a song's title announces; radio, single and extended edits are studio songs."""
    return classify(title).version


def base_title(title: str) -> str:
    """Give the title without its version and its guests, in the typography it has.

    Brackets and dashed sections that name no version belong to the name: "(I Can't Get No) Satisfaction",
    "My My, Hey Hey - Out Of The Blue". Never empty where the title is not.
    """
    title = title.strip()
    while len(shorter := _without_version(title)) < len(title):
        title = shorter
    return title


def song_key(title: str) -> str:
    """Give what all versions of a song have in common and no other song of the artist has.

    Case, accents and punctuation do not count; numbers do, so sequels differ.
    """
    return fold(base_title(title))


def album_version(title: str, track_titles: Sequence[str] = ()) -> Version:
    """Give the version of an album, from its title and, where the title leaves doubt, from its tracks'.

    An album whose tracks all announce the same version is of that version ("S&M"). A "Live" that may be the verb
    counts from `LIVE_SHARE` of the tracks on; "Live at" and "Live from" before a name count at once.
    """
    title = title.strip()
    named = song_version(title)
    if named not in _PLAIN:
        return named
    tracks = [song_version(track) for track in track_titles]
    share = tracks.count(Version.LIVE) / len(tracks) if tracks else 0.0
    if surely_live(title) or (share >= LIVE_SHARE and perhaps_live(title)):
        return Version.LIVE
    if len(set(tracks)) == 1 and tracks[0] is not Version.STUDIO:
        return tracks[0]
    return Version.COMPILATION if named is Version.STUDIO and collection(title) else named


def track_version(title: str, album: Version) -> Version:
    """Give the version of a track on an album of version `album`: a live album marks every track that says nothing."""
    own = song_version(title)
    return album if own in _PLAIN and album in _LENDING else own


def _without_version(title: str) -> str:
    head, parts = _split(title)
    named = [_part_version(part) is not None for part in parts]
    if not any(named):
        return "".join([head, *(part.raw for part in parts if not _GUEST.match(part.text))]).strip()
    first = named.index(True)
    kept = (_kept(part, version=named[i], detail=i > first) for i, part in enumerate(parts))
    return "".join([head, *kept]).strip()


def _kept(part: _Part, *, version: bool, detail: bool) -> str:
    """Give what a part adds to the name when the title tells a version, whose `detail` (places, dates) comes after."""
    if not version and (not detail or _NUMBERED.match(part.text)):
        return "" if _GUEST.match(part.text) or _YEAR.fullmatch(part.text) else part.raw
    numbered = next(filter(None, map(_NUMBERED.match, _items(part.text))), None)
    return f" - {numbered[0]}" if numbered else ""


def _part_version(part: _Part) -> Version | None:
    """Give the version that a part shows, STUDIO for a mere wrapping ("Radio Edit"), None for words of the name."""
    return foremost({version for item in _items(part.text) if (version := announced(item))})


def _items(text: str) -> list[str]:
    """Split a part into what it lists, without guests, whose names mean nothing."""
    listed = text.split(";") if _GUEST.match(text) else _LIST.split(text)
    return [item for item in (piece.strip(" \"'“”‘’()[]") for piece in listed) if not _GUEST.match(item)]


def _split(title: str) -> tuple[str, list[_Part]]:
    """Split a title into head and parts; the head and each `raw`, joined, are the stripped title again."""
    title = title.strip()
    if len(title) > MAX_STRUCTURED:
        return title, []
    groups = _groups(title)
    dashes = [m.start() for m in _DASH.finditer(title) if title[: m.start()].strip()]
    cuts = [dash for dash in dashes if not any(start < dash < end for start, end in groups)]
    bounds = list(pairwise([0, *cuts, len(title)]))
    parts = [part for start, end in bounds[1:] for part in _section(title, start, end, groups)]
    head, *peeled = _section(title, *bounds[0], groups)
    bare: list[_Part] = []
    name = head.raw
    while (found := _BARE.search(name)) and name[: found.start()].strip():
        bare.insert(0, _Part(found[0], found[0].strip()))
        name = name[: found.start()]
    return name, [*bare, *peeled, *parts]


def _section(title: str, start: int, end: int, groups: Sequence[tuple[int, int]]) -> list[_Part]:
    """Cut the bracket groups off the end of a section; the first part is what stands before them, never only a dash."""
    peeled: list[_Part] = []
    for opens, closes in reversed(groups):
        before = title[start:opens].rstrip()
        if closes != start + len(title[start:end].rstrip()) or not before.strip(" \t-–—"):
            continue
        peeled.insert(0, _Part(title[start + len(before) : end], title[opens + 1 : closes - 1].strip()))
        end = start + len(before)
    return [_Part(title[start:end], title[start:end].strip().lstrip("-–—").strip()), *peeled]


def _groups(title: str) -> list[tuple[int, int]]:
    """Give start and end of bracket groups by their ends; a bracket without its partner is a character like others."""
    closed: list[tuple[int, int]] = []
    opened: list[int] = []
    for i, ch in enumerate(title):
        if ch in _BRACKETS:
            opened.append(i)
        elif opened and ch == _BRACKETS[title[opened[-1]]]:
            closed.append((opened.pop(), i + 1))
    return closed
