"""Reads what an album's title says about its tracks.

The rules differ from those of tracks: "Live in Texas" is a concert as an album and may be a verb as a song, and an
edition that lists its contents ("Deluxe + Live", "Studio & Live") says nothing about any single track.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import attrs

from thesetd.domain.music.titles import Title, read_title
from thesetd.domain.music.versions import Version
from thesetd.domain.wording.concerts import is_festival, is_recorded, is_verb
from thesetd.domain.wording.grammar import VERB_BEFORE, VERB_BESIDE
from thesetd.domain.wording.senses import Item, Unit, units
from thesetd.domain.wording.vocabulary import Sense

__all__ = ["LENDING", "AlbumTitle", "is_collection", "perhaps_live", "read_album"]

_CACHED = 4096
# An album of one of these classes passes it on to its tracks; an album of remixes often holds the original too.
LENDING = frozenset(
    {
        *(Version.REMASTER, Version.LIVE, Version.ACOUSTIC, Version.DEMO, Version.INSTRUMENTAL, Version.COMMENTARY),
        *(Version.KARAOKE, Version.ACAPPELLA),
    }
)
_CONTENTS = {Sense.WRAPPING, Sense.STUDIO, Sense.DEMO, Sense.REMIX}
_JOINED = re.compile(
    r"[+&/,]|\s(?:and|y|e|et|und|och|og|i|with|plus|incl\.?|including|mit|con|com|avec)\s", re.IGNORECASE
)
_SENTENCE = re.compile(r"[.:!?]\s*")
_LIVE_AT = re.compile(
    r"""
    (?: .*\W )? (?: Live|LIVE ) (?: \s (?: &|[Aa]nd|AND ) \s \w+ )?  # "Live & Acoustic at"
    \s (?: [Aa]t|[Ff]rom|AT|FROM|@ ) \s (?: (?: [Tt]he|THE ) \s )? [^a-z\s]
    """,
    re.DOTALL | re.VERBOSE,
)
_BEFORE_LIVE = re.compile(r"(\w+)\W+live\b", re.IGNORECASE)
_COLLECTION = re.compile(
    r"""
    .*\b (?: greatest\shits | (?:the\s)?(?:very\s)?best\sof | the\sessential | (?:hits|singles)\scollection
           | anthology | grandes\s[eé]xitos | lo\smejor\sde | o\smelhor\sde | le\smeilleur\sde | il\smeglio\sdi
           | das\sbeste | grootste\shits | лучшее | the\s(?:complete|collected|definitive)\s | platinum\scollection ) \b
    """,
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_DATE = re.compile(
    r"(?:^|(?<=[\s(]))(?:\d{4}([-./])\d{1,2}\1\d{1,2}|\d{1,2}([-./])\d{1,2}\2(?:\d{4}|\d{2}))(?=$|[\s:,)])"
)
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)\b")
_IN = frozenset({"en", "em", "no", "na", "desde", "w"})
_MAX_READ = 500  # characters
_DATE_PARTS = 3  # a day, a month and a year


@attrs.frozen
class AlbumTitle:
    """What an album's title says: `lent` applies to tracks without a class of their own, `shown` to the album."""

    lent: Mapping[Version, str]
    shown: Mapping[Version, str]


@lru_cache(_CACHED)
def read_album(title: str) -> AlbumTitle:
    """Read an album's title."""
    album = read_title(title)
    if not album.raw or len(album.raw) > _MAX_READ:
        return AlbumTitle({}, {})
    mixed = any(_is_contents(q.text) for q in album.qualifiers)
    shown = {version: words for version, words in album.shown.items() if not mixed or version is Version.REMASTER}
    if Version.LIVE not in shown and not mixed and (words := _concert(album)):
        shown[Version.LIVE] = words
    if not shown.keys() - {Version.LIVE} and _says_only(Sense.ACOUSTIC, album.name):
        shown[Version.ACOUSTIC] = album.name
    if not shown and _says_only(Sense.DEMO, album.name):
        shown[Version.DEMO] = album.name
    lent = {version: words for version, words in shown.items() if version in LENDING}
    return AlbumTitle(lent, shown)


def is_collection(title: str) -> bool:
    """Return whether an album's name shows a collection of older recordings."""
    return bool(_COLLECTION.match(title[:_MAX_READ]))


def perhaps_live(title: str) -> bool:
    """Return whether an album's name may show a concert: "Live in the Moment", "Long Live"."""
    return any("live" in unit.text.split() for unit in units(title[:_MAX_READ]))


def _is_contents(text: str) -> bool:
    """Return whether a qualifier lists the contents of an edition: "(Deluxe + Live)"."""
    senses = {sense for unit in units(text) for sense in unit.senses}
    several = {Sense.LIVE, Sense.CONCERT} & senses or "live" in text.casefold() or Sense.REMIX in senses
    return bool(_JOINED.search(text) and several and senses & _CONTENTS)


def _says_only(sense: Sense, name: str) -> bool:
    """Return whether an album's name says only what it holds: "Acústico", "The Acoustic Sessions", "Demos 1990"."""
    words = units(name)
    return any(sense in unit.senses for unit in words) and all(unit.senses for unit in words)


def _concert(album: Title) -> str:
    """Return the words of an album's name that show a concert, "" if it shows none."""
    name = album.name
    opening = units(name)
    verb = opening[0].text == "live" and is_verb(opening, 0) if opening else False
    if _LIVE_AT.match(album.raw) and not _is_subject(album.raw) and not verb:
        return album.raw
    if _is_dated(album.raw):
        return album.raw
    sentences = [piece.strip() for piece in _SENTENCE.split(name) if piece.strip()]
    plain = all(len(piece.split()) == 1 for piece in sentences) and len(sentences) > 1
    return next((piece for piece in sentences if _is_concert(piece, alone=not plain)), "")


def _is_dated(raw: str) -> bool:
    """Whether an album is called by a whole date and a place: "2010-06-12: Bonn", "May 11, 1973 - Dunmore Hall"."""
    rest, found = _DATE.subn("", raw, count=1)
    if not found:
        words = units(_ORDINAL.sub(r"\1", raw))
        return len(words) > _DATE_PARTS and (_is_day(words[:_DATE_PARTS]) or _is_day(words[-_DATE_PARTS:]))
    return any(not unit.senses or Sense.VENUE in unit.senses for unit in units(rest))


def _is_day(words: Sequence[Unit]) -> bool:
    """Whether these words are a day, a month by its name and a year."""
    months = sum(Sense.MONTH in unit.senses for unit in words)
    numbers = [unit for unit in words if Sense.NUMBER in unit.senses]
    return (months, len(numbers)) == (1, 2) and Sense.YEAR in words[-1].senses


def _is_subject(raw: str) -> bool:
    """Return whether a subject before "live" makes it the verb: "We Live at Night"."""
    return any(match[1].casefold() in VERB_BEFORE for match in _BEFORE_LIVE.finditer(raw))


def _is_concert(piece: str, *, alone: bool) -> bool:
    """Return whether a sentence of an album's name shows a concert. `alone`: a single word is enough."""
    words = units(piece)
    if not words:
        return False
    if words[0].text == "live":
        return _opens_live(words, piece, alone=alone)
    if any(Sense.LIVE in unit.senses for unit in words):
        return len(words) > 1 or alone
    if Sense.LIVE_WORD in words[0].senses:
        return alone if len(words) == 1 else words[1].text in _IN
    return _names_concert(words) or _is_broadcast(words) or _is_elsewhere(piece, words)


def _is_broadcast(words: Sequence[Unit]) -> bool:
    """Return whether an album names a station's recordings, or a tour and its year."""
    senses = {sense for unit in words for sense in unit.senses}
    recorded = Sense.SESSION in senses or words[-1].text in {"recordings", "broadcasts", "tapes"}
    if Sense.STATION in senses and (recorded or words[0].text == "at"):
        return True
    return senses >= {Sense.TOUR, Sense.YEAR} and Sense.WRAPPING not in senses


def _is_elsewhere(piece: str, words: Sequence[Unit]) -> bool:
    """Return whether an album's name is a festival and its year, or says that it was recorded before an audience."""
    return is_festival(words) or (Sense.RECORDED in words[0].senses and is_recorded(Item(piece, words)))


def _opens_live(words: Sequence[Unit], piece: str, *, alone: bool) -> bool:
    """Return whether an album that begins with "Live" is a concert: "Live in Texas", but not "Live Wires"."""
    if len(words) == 1:
        return alone
    if is_verb(words, 0) or words[1].text in VERB_BESIDE:
        return False
    if words[1].senses & {Sense.NUMBER, Sense.NOUN, Sense.SESSION, Sense.STATION, Sense.ACOUSTIC, Sense.VENUE}:
        return True
    raw = piece.split()
    following = [word for word in raw[2:] if word.casefold() != "the"]
    return words[1].senses >= {Sense.PLACE} and bool(following) and not following[0][:1].islower()


def _names_concert(words: Sequence[Unit]) -> bool:
    place = next((i for i, unit in enumerate(words) if Sense.CONCERT in unit.senses), None)
    if place is None:
        return False
    following = words[place + 1 :]
    if all(Sense.NUMBER in unit.senses for unit in following):
        return True
    opens = all(unit.senses & {Sense.LITTLE, Sense.NUMBER, Sense.OWN} for unit in words[:place])
    placed = Sense.PLACE in following[0].senses and following[0].text not in {"de", "di", "do", "da", "du", "del"}
    return opens and placed
