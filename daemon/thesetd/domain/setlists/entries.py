"""Classifies the entries of a setlist: songs, medleys, tapes, nameless entries, and fillers between songs."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any

from thesetd.domain.music.names import fold
from thesetd.domain.music.titles import base_title, song_key

performed_key = lru_cache(maxsize=8192)(song_key)  # the same few hundred names fill an artist's setlists

MEDLEY = " / "  # the separator of a medley's parts; a bare slash belongs to a title ("Weird Fishes/Arpeggi")

# Careless forms of the medley separator: one blank missing, two slashes, other signs.
_SLOPPY = re.compile(r"\s*/{2,}\s*|\s+/\s*|\s*/\s+|\s*[\u2044\u2215\uff0f]\s*|\s+[>|]\s+")
MOST_SLASHES = 4  # parts that one title may have

# Labels of parts that are not compositions. Some are real titles ("Intro" by The xx), so the catalogue is searched
# first.
_INSTRUMENT = r"""
    (?: drums? | guitar | bass | piano | keyboards? | organ | percussion | saxophone | sax | trumpet | violin
      | harmonica | synth | vocals? | dj ) \s
"""
_FILLER = re.compile(
    rf"""
    .*\b {_INSTRUMENT} (?: and \s \w+ \s )?
        (?: solos? | duet | duel | battle | jam | break | interlude | intro | doodle )
  | .*\b doodle
  | (?: \w+ \s ){{0,2}} solos?
  | (?: (?: acoustic | band | blues | closing | encore | final | free | funk | improvised | instrumental
           | opening ) \s )?
    (?: jams? | improvisation | improv )
  | (?: \w+ \s )? (?: intro | outro | interlude | introductions? | intermission )
  | band \s intros? | encore \s break | speech | talk | banter | video
    """,
    re.VERBOSE,
)


# What editors type for an unidentified song, for which setlist.fm prescribes an empty name; folded. A catalogue may
# have such a title and is searched first; "Untitled" is not listed, since it is a real title too often.
_WORK = (
    r"(?:songs?|tracks?|tunes?|titles?|titres?|instrumentals?|titel|lied|chanson|cancion|cancao|canzone|piosenka|sarki)"
)
_UNKNOWN = r"""
    (?: unknown | unidentified | unnamed | unbekannt(?: e[rs]? )? | inconnue? | desconocid[oa] | sconosciut[oa]
      | desconhecid[oa] | nieznan[ya] | bilinmeyen )
"""
_NAMELESS = re.compile(
    rf"""
    (?: (?: (?:new|old) \s )? {_UNKNOWN} (?: \s new )? (?: \s {_WORK} )?
      | {_WORK} \s {_UNKNOWN}
      | (?: new | unreleased | untitled ) (?: \s new )? \s {_WORK}
      | tba | tbd | tbc | n \s a | id | id \s id
    ) (?: \s (?: no \s )? \d+ )?
    """,
    re.VERBOSE,
)
_BRACKETED = re.compile(r"[\[(<{].*[\])>}]")  # "[unknown]" is not a title even if the artist has a song "Unknown"


class EntryClass(Enum):
    """The class of an entry of a setlist."""

    SONG = "song"
    MEDLEY = "medley"
    TAPE = "tape"
    NAMELESS = "nameless"
    FILLER = "filler"


def entry_class(song: Mapping[str, Any], known: Callable[[str], bool]) -> EntryClass:
    """Classify one entry of an `ActualSetlist`.

    Args:
        song: the stored entry; a value that is not text counts as missing.
        known: whether a title is that of a known song. The whole name is tried before it is split or taken for a
            filler.
    """
    name = song.get("name")
    title = name.strip() if isinstance(name, str) else ""
    if song.get("tape"):
        return EntryClass.TAPE
    if not performed_key(title) or (_BRACKETED.fullmatch(title) and is_nameless(title)):
        return EntryClass.NAMELESS
    if known(title):
        return EntryClass.SONG
    if is_nameless(title):
        return EntryClass.NAMELESS
    if len(split_medley(title, known)) > 1:
        return EntryClass.MEDLEY
    return EntryClass.FILLER if is_filler(title) else EntryClass.SONG


def split_name(name: str) -> tuple[str, ...]:
    """Return the parts of a medley's name, or the name alone."""
    return tuple(part for piece in name.split(MEDLEY) if performed_key(part := piece.strip(" /")))


def split_medley(name: str, known: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the parts of a medley's name, or the name alone, according to the catalogue.

    Parts that form one title with a slash stay together; separators other than space, slash, space count only if all
    titles between them are known.
    """
    pieces: list[str] = []
    for piece in split_name(name):
        parts = [part for part in _SLOPPY.split(piece) if performed_key(part)]
        pieces += parts if len(parts) > 1 and not known(piece) and all(map(known, parts)) else [piece]
    return tuple(_kept_together(pieces, known))


def _kept_together(pieces: Sequence[str], known: Callable[[str], bool]) -> Iterator[str]:
    start = 0
    while start < len(pieces):
        ends = range(min(len(pieces), start + MOST_SLASHES), start + 1, -1)
        end = next((end for end in ends if known(MEDLEY.join(pieces[start:end]))), start + 1)
        yield MEDLEY.join(pieces[start:end])
        start = end


def is_nameless(title: str) -> bool:
    """Return whether a name says that the song's name is unknown: empty, only signs, "Unknown", "new song"."""
    return not any(sign.isalnum() for sign in title) or bool(_NAMELESS.fullmatch(fold(title)))


def is_filler(title: str) -> bool:
    """Return whether a name is a label ("Drum Solo", "Interlude") that need not be a composition."""
    return bool(_FILLER.fullmatch(fold(base_title(title))))
