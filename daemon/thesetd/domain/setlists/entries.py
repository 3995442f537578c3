"""The entries of a setlist: songs, medleys, tapes, nameless entries, and what fills the time between songs."""

import re
from collections.abc import Collection, Iterator, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

import attrs

from thesetd.domain.names import fold
from thesetd.domain.titles import base_title, song_key

key_of = lru_cache(maxsize=8192)(song_key)  # the same few hundred names fill an artist's setlists

MEDLEY = " / "  # setlist.fm joins the parts of a medley so; a bare slash belongs to a title ("Weird Fishes/Arpeggi")

# Labels of what is no composition. Some are real titles ("Intro" by The xx): the catalogue is asked first.
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


class EntryClass(Enum):
    """What an entry of a setlist is."""

    SONG = "song"
    MEDLEY = "medley"
    TAPE = "tape"
    NAMELESS = "nameless"
    FILLER = "filler"


@attrs.frozen(kw_only=True)
class Entry:
    """An entry with the titles it names: one for a song, several for a medley, none for what is no song."""

    kind: EntryClass
    titles: tuple[str, ...] = ()


def read_entry(song: Mapping[str, Any], known: Collection[str] = ()) -> Entry:
    """Classify one entry of an `ActualSetlist`.

    Args:
        song: the stored entry; a value of another type than text counts as not said.
        known: keys of songs that exist. The whole name is tried before it is split or taken for filler.
    """
    name = song.get("name")
    title = name.strip() if isinstance(name, str) else ""
    if song.get("tape"):
        return Entry(kind=EntryClass.TAPE)
    if not key_of(title):
        return Entry(kind=EntryClass.NAMELESS)
    if key_of(title) in known:
        return Entry(kind=EntryClass.SONG, titles=(title,))
    parts = tuple(part for piece in title.split(MEDLEY) if key_of(part := piece.strip()))
    if len(parts) > 1:
        return Entry(kind=EntryClass.MEDLEY, titles=parts)
    if is_filler(title):
        return Entry(kind=EntryClass.FILLER)
    return Entry(kind=EntryClass.SONG, titles=(title,))


def is_filler(title: str) -> bool:
    """Whether a name is a label ("Drum Solo", "Interlude") that no composition need have."""
    return bool(_FILLER.fullmatch(fold(base_title(title))))


def performed_titles(songs: Collection[Mapping[str, Any]], known: Collection[str] = ()) -> Iterator[str]:
    """Yield the titles of the songs that were performed, parts of medleys one by one; filler only if it is known."""
    for song in songs:
        for title in read_entry(song, known).titles:
            if key_of(title) in known or not is_filler(title):
                yield title
