"""Decides whether two names of one artist's songs, in any recording and spelling, mean the same song.

The class of a recording does not distinguish songs; numerals and "(Continued)" do. A subtitle may be missing on one
side, but two subtitles must agree. In names of ten or more letters, one letter may differ, and an article that begins a
name may be missing. A mash-up, a sketch or a talk about a song is not the song.
"""

import re
import unicodedata
from collections.abc import Collection
from enum import Enum
from functools import lru_cache

import attrs

from thesetd.domain.music.keys import bare, compact, numbers, spellings, tokens
from thesetd.domain.music.names import fold
from thesetd.domain.music.titles import Title, read_title
from thesetd.domain.music.versions import Version
from thesetd.domain.wording.vocabulary import Sense, entries

__all__ = [
    "LONG_NAME",
    "Likeness",
    "Name",
    "has_symbols",
    "likeness",
    "medley_parts",
    "name_of",
    "names_recording",
    "same_song",
]

LONG_NAME = 10  # length of a name, in letters and blanks, from which one letter may differ
_CACHED = 8192
_SHORTEST_WORD = 4  # length of a word in which one letter may differ
_YEAR = re.compile(r"(?<=\w)\s+[('\[]?(?:19|20)\d\d[)'\]]?$")
_OPENING = re.compile(r"[(\[]([^()\[\]]*)[)\]]\s*(?=\S)")
_MEDLEY = frozenset(fold(entry) for entry in entries(Sense.MEDLEY))
_CONTINUED = frozenset(fold(entry) for entry in entries(Sense.CONTINUED))
_LOOSE = frozenset(fold(e) for sense in (Sense.LITTLE, Sense.PLACE, Sense.AND) for e in entries(sense)) - {"n"}
_NEGATIONS = frozenset(
    [
        "dont",
        "not",
        "no",
        "never",
        "cant",
        "wont",
        "aint",
        "isnt",
        "do",
        "nicht",
        "kein",
        "keine",
        "ne",
        "pas",
        "non",
        "не",
        "nie",
        "nao",
        "num",
        "sem",
        "sin",
        "без",
    ]
)
_SYMBOL = re.compile(r"[^\w\s.,'’‘`´\"“”\-–—_&+/:;()\[\]!?…]|(?<=\w)[!](?=\w)")


@attrs.frozen
class Name:
    """A parsed name: `whole` is without versions and years, `head` also without what is in `subtitles`.

    `numbers` are the values of all numerals of the whole. `pieces`: it names several songs. `aside`: it is not a song,
    but a sketch of one or a talk about one.
    """

    whole: str
    head: str
    subtitles: tuple[str, ...]
    alone: tuple[str, ...]  # parts that may stand for the whole: a longer subtitle, a head without its opening
    numbers: tuple[str, ...]
    year: str
    continued: bool
    pieces: bool
    aside: bool


@lru_cache(_CACHED)
def name_of(title: str) -> Name:
    """Parse a title."""
    said = read_title(title)
    base = read_title(said.base)
    head = base.name
    year = ""
    if (dated := _YEAR.search(head)) and not set(tokens(head[: dated.start()])[-1:]) & _LOOSE:
        head, year = head[: dated.start()], dated[0].strip(" ()[]'")
    parts = [q for q in base.qualifiers if not q.guest and not q.is_year and tokens(q.text)]
    whole = " ".join([head, *(q.text for q in parts)])
    continued = any(fold(q.text) in _CONTINUED for q in parts)
    subtitles = tuple(q.text for q in parts if not _is_number(q.text) and fold(q.text) not in _CONTINUED)
    several = tuple(q.text for q in parts if q.bracketed and len(tokens(q.text)) > 1 and q.text in subtitles)
    opened = _OPENING.match(head)
    rest = head[opened.end() :] if opened and not set(tokens(opened[1])) <= _NEGATIONS else ""
    return Name(
        whole=whole,
        head=head,
        subtitles=subtitles,
        alone=tuple(filter(None, (*several, rest))),
        numbers=numbers(tokens(whole)),
        year=year,
        continued=continued,
        pieces=_is_medley(said),
        aside=said.sketch or Version.COMMENTARY in said.shown,
    )


def _is_number(text: str) -> bool:
    words = tokens(text)
    return len(numbers(words)) == len(words)


def _is_medley(title: Title) -> bool:
    words = [word for text in (title.name, *(q.text for q in title.qualifiers)) for word in fold(text).split()]
    return any(word in _MEDLEY for word in words) or "mash up" in " ".join(words)


class Likeness(Enum):
    """How two names of the same song are alike."""

    SPELLING = "the same name, spelt in another way"
    PART = "one of them lacks a subtitle, or is a part that may stand for it"
    LETTER = "one letter of a long name differs, or one of them lacks its article"


def same_song(one: str, other: str) -> bool:
    """Return whether two titles of one artist name the same song; the order does not matter."""
    return likeness(one, other) is not None


def likeness(one: str, other: str) -> Likeness | None:
    """Return how two titles of one artist name the same song, None if they do not; the order does not matter."""
    a, b = name_of(one), name_of(other)
    years_differ = bool(a.year and b.year) and a.year != b.year
    if (a.pieces, a.continued, a.aside, a.numbers) != (b.pieces, b.continued, b.aside, b.numbers) or years_differ:
        return None
    if found := _spelt_alike(a.whole, b.whole):
        return found
    return Likeness.PART if not a.pieces and _alike_in_part(a, b) else None


def _alike_in_part(a: Name, b: Name) -> bool:
    """Return whether one name is the other without its subtitle, or one of the parts that may stand for it."""
    if a.subtitles and b.subtitles:
        return _subtitles_agree(a, b)
    plain, longer = (a, b) if b.subtitles or b.alone else (b, a)
    if plain.subtitles or (plain.alone and longer.alone):
        return False
    forms = (longer.head, *longer.alone) if longer.subtitles else longer.alone
    return any(_alike(plain.whole, form) for form in forms)


def _subtitles_agree(a: Name, b: Name) -> bool:
    """Return whether one name has all the subtitles of the other, and the heads agree."""
    if not _alike(a.head, b.head):
        return False
    fewer, more = sorted((a.subtitles, b.subtitles), key=len)
    return bool(fewer) and all(any(_alike(x, y) for y in more) for x in fewer)


def _alike(one: str, other: str) -> bool:
    """Return whether two names are spellings of one."""
    return _spelt_alike(one, other) is not None


def _spelt_alike(one: str, other: str) -> Likeness | None:
    if spellings(one) & spellings(other):
        return Likeness.SPELLING if compact(one) else None
    a, b = tokens(one), tokens(other)
    if numbers(a) != numbers(b):
        return None
    if _masked(one, other):
        return Likeness.SPELLING
    return Likeness.LETTER if _one_letter(" ".join(a), " ".join(b)) or _by_article(one, other) else None


def _by_article(one: str, other: str) -> bool:
    """Return whether the names differ in the article that one of them begins with."""
    without = {compact(one): bare(other), compact(other): bare(one)}
    return any(whole == rest and len(rest) >= _SHORTEST_WORD for whole, rest in without.items())


def _one_letter(a: str, b: str) -> bool:
    """Return whether one letter was changed, left out or added inside a longer word of a long name."""
    if len(a) > len(b):
        a, b = b, a
    if len(b) < LONG_NAME or len(b) - len(a) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    rest = len(a) - start - (len(a) == len(b))
    swapped = len(a) == len(b) and a[start : start + 2] == b[start : start + 2][::-1]
    rest -= swapped
    if rest > 0 and a[-rest:] != b[-rest:]:
        return False
    begins = b.rfind(" ", 0, start) + 1
    ends = b.find(" ", start)
    word = b[begins : ends if ends >= 0 else len(b)]
    changed = a[start : start + 1] + b[start] if len(a) == len(b) else b[start]
    plural = len(a) < len(b) and b[start] == "s" and start - begins == len(word) - 1
    long_enough = len(word) - (len(a) < len(b)) >= (_SHORTEST_WORD - plural)
    return changed.isalpha() and start > begins and long_enough


@lru_cache(_CACHED)
def has_symbols(name: str) -> bool:
    """Return whether a name has signs that may stand for letters."""
    return bool(_SYMBOL.search(name))


def _masked(one: str, other: str) -> bool:
    """Return whether signs stand for letters on either side, one sign for each letter: "Sh*t", "Ca$h"."""
    if not (has_symbols(one) or has_symbols(other)):
        return False
    a, b = _signed(one), _signed(other)
    if len(a) != len(b):
        return False
    agree = sum(x == y and x.isalnum() for x, y in zip(a, b, strict=True))
    fits = all(x == y or not x.isalnum() or not y.isalnum() for x, y in zip(a, b, strict=True))
    return fits and agree >= max(3, len(a) // 2)


def _signed(name: str) -> str:
    """Return a name's letters and the signs among them."""
    plain = "".join(ch for ch in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(ch))
    kept = (word for word in plain.split() if any(ch.isalnum() for ch in word))
    return "".join(ch for word in kept for ch in word if ch.isalnum() or _SYMBOL.match(ch) or ch == "!").rstrip("!")


def medley_parts(name: str) -> tuple[str, ...]:
    """Return the songs that a setlist's name joins with " / "; empty if it names only one."""
    parts = tuple(part.strip() for part in name.split(" / ") if part.strip())
    return parts if len(parts) > 1 else ()


def names_recording(
    played: str,
    title: str,
    *,
    album: str = "",
    place: str = "",
    tape: bool = False,
    among: Collection[str] = (),
) -> bool:
    """Return whether a name in a setlist means a track of the same artist.

    Args:
        played: the song as the setlist names it.
        title: the track's title.
        album: the title of its album.
        place: the album that the piece is from, by the setlist's note.
        tape: the piece was played from tape; a remix then means only that remix.
        among: the artist's other titles; if one of them fits the name exactly, the name does not mean this track.
    """
    if not same_song(played, title):
        parts = medley_parts(played)
        return bool(parts) and any(names_recording(part, title, album=album, among=among) for part in parts)
    if _is_better(played, title, among):
        return False
    if tape and Version.REMIX in read_title(played).shown and Version.REMIX not in read_title(title).shown:
        return False
    said = place or _labelled_place(played)
    return not (said and album) or compact(said) in compact(album)


def _labelled_place(played: str) -> str:
    """Return the album in the brackets of a generic title: "Intro (Lanterns)"."""
    title = read_title(played)
    label = Version.INTRO in title.shown and title.shown[Version.INTRO] == title.name
    return next((q.text for q in title.qualifiers if q.bracketed and not q.said), "") if label else ""


def _is_better(played: str, title: str, among: Collection[str]) -> bool:
    """Return whether another title fits a name exactly and this one does not."""
    exact = spellings(name_of(played).whole)
    return not exact & spellings(name_of(title).whole) and any(exact & spellings(name_of(o).whole) for o in among)
