"""Reads titles by their structure: the name they hold, and what they add to it.

Text in trailing brackets or after a spaced dash is a *qualifier*; everything before is the *head*. Only qualifiers
announce a class of recording: "Live and Let Die" is not a concert, "Ignition - Remix" is a remix. Damaged and missing
separators ("(LIVE]", "Harbour- Live at ...", "Song Remix", "Song ao vivo") count only if the text after them announces
a class by itself. A title is read once, for its classes, its base title and its key, and is cached.

No text is lost by a wrong guess: rows keep their raw title, and it can be read again.

Source: titles in recorded Spotify and setlist.fm responses, 2017 to 2026.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import attrs

from thesetd.domain.music.keys import compact
from thesetd.domain.music.names import fold
from thesetd.domain.music.versions import Version
from thesetd.domain.wording.grammar import GUEST_MAYBE, GUEST_SURE, NOT_A_GUEST
from thesetd.domain.wording.qualifiers import NOTHING, Announcement, announcement_of
from thesetd.domain.wording.tails import bare_tail, labelled
from thesetd.domain.wording.vocabulary import Sense, entries

__all__ = ["Qualifier", "Title", "base_title", "read_title", "song_key"]

MAX_STRUCTURED = 500  # characters; a longer title is taken as all head, so that reading is cheap whatever it holds
_CACHED = 16384  # titles in the cache: those of several catalogues

_BRACKETS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "（": "）",
    "【": "】",
    "［": "］",
    "〔": "〕",
    "<": ">",
    "〈": "〉",
    "《": "》",
}
_CLOSING = "".join(_BRACKETS.values())
_DASH = re.compile(r"\s[-–—―|•·]\s|\s~\s?(?=\S)")
# "Harbour -Live", "Harbour- Live at ...", "Harbour ~Live~": separators with a blank on one side only.
_ODD_DASH = re.compile(r"(?<=\S)(?:\s[-–—~|]|[-–—~|:]\s|,\s(?=\S+\s))(?=\S)")
_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")
_GUESTS_BARE = re.compile(r"\s(?:feat\.?|ft\.|featuring)\s.+$", re.IGNORECASE | re.DOTALL)
_YEAR = re.compile(r"(?:19|20)\d\d")
# Sequels and movements: "White Wedding - Pt. 1 / Remastered 2002" stays the first part.
_NUMBERED = re.compile(
    r"(?:pt|part|parte|partie|teil|book|act|chapter|no|vol)\b\.?\s?(?:\d+|[ivx]+|one|two|three|four|five)\b|#\s?\d",
    re.IGNORECASE,
)
_CONTINUED = frozenset(fold(entry) for entry in entries(Sense.CONTINUED))
_LISTED = re.compile(r"\s/\s|;|,|\s[-–—]\s")


@attrs.frozen
class Qualifier:
    """An addition to a name: `raw` with its brackets and blanks, `text` its words, `bracketed` or after a dash."""

    raw: str
    text: str
    said: Announcement = NOTHING
    bracketed: bool = False
    guest: bool = False

    @property
    def is_year(self) -> bool:
        """Return whether it is a bare year."""
        return bool(_YEAR.fullmatch(self.text))


@attrs.frozen
class Title:
    """A title that was read.

    `name` is the head without bare additions, `base` the title without its version and guests in the typography it has,
    `key` what recordings of one song have in common. `shown` maps each class announced to the words that show it.
    `studio`: it says that this is not a concert recording. `sketch`: it is a sketch of the song rather than the song
    itself. `remixer` is the folded name of the artist whose mix it is, empty if none is named.
    """

    raw: str
    name: str
    qualifiers: tuple[Qualifier, ...]
    base: str
    key: str
    shown: Mapping[Version, str]
    studio: bool = False
    sketch: bool = False
    remixer: str = ""


@lru_cache(_CACHED)
def read_title(title: str) -> Title:
    """Read a title: its name, its additions, and the classes that these announce."""
    title = title.strip()
    name, qualifiers = _split(title)
    shown = {version: words for q in reversed(qualifiers) for version, words in q.said.shown.items()}
    shown |= {version: name.strip() for version in labelled(name)}
    base = _base(title, name, qualifiers)
    said = [qualifier.said for qualifier in qualifiers]
    return Title(
        title,
        name.strip(),
        tuple(qualifiers),
        base,
        compact(base),
        shown,
        studio=any(one.studio for one in said),
        sketch=any(one.sketch for one in said),
        remixer=next((one.remixer for one in said if one.remixer), ""),
    )


def base_title(title: str) -> str:
    """Return the title without its version and its guests, in the typography it has.

    Brackets and dashed sections that announce nothing belong to the name: "(I Can't Get No) Satisfaction", "My My, Hey
    Hey - Out Of The Blue". Only an empty title returns an empty text.
    """
    return read_title(title).base


def song_key(title: str) -> str:
    """Return a key that all versions of a song share and no other song of the artist has.

    Case, accents and punctuation are ignored; numbers count, so sequels differ.
    """
    return read_title(title).key


def _base(title: str, name: str, qualifiers: Sequence[Qualifier]) -> str:
    """Return a title, which was split into these, without its version: what remains may end with another."""
    while len(shorter := _without_version(name, qualifiers)) < len(title):
        title = shorter
        name, qualifiers = _split(title)
    return title


def _without_version(name: str, qualifiers: Sequence[Qualifier]) -> str:
    if not any(q.said for q in qualifiers):
        return "".join([name, *(q.raw for q in qualifiers if not q.guest)]).strip()
    first = next(i for i, q in enumerate(qualifiers) if q.said)
    return "".join([name, *(_kept(q, detail=i > first) for i, q in enumerate(qualifiers))]).strip()


def _kept(qualifier: Qualifier, *, detail: bool) -> str:
    """Return what a qualifier adds to the name if the title names a version, whose `detail` (places, dates) follows."""
    if not qualifier.said and (not detail or _NUMBERED.match(qualifier.text)):
        return "" if qualifier.guest or qualifier.is_year else qualifier.raw
    items = [piece.strip() for piece in _LISTED.split(qualifier.text)]
    numbered = next((match[0] for item in items if (match := _NUMBERED.match(item))), "")
    continued = next((item for item in items if fold(item) in _CONTINUED), "") if len(items) > 1 else ""
    return f" - {numbered or continued}" if numbered or continued else ""


def _split(title: str) -> tuple[str, list[Qualifier]]:
    """Split a title into its name and its additions; joined again, the name and every `raw` give the stripped title."""
    title = title.strip()
    if len(title) > MAX_STRUCTURED:
        return title, []
    groups = _groups(title)
    dashes = [m.start() for m in _DASH.finditer(title) if title[: m.start()].strip()]
    cuts = [dash for dash in dashes if not any(start < dash < end for start, end in groups)]
    bounds = list(pairwise([0, *cuts, len(title)]))
    parts = [part for start, end in bounds[1:] for part in _section(title, start, end, groups)]
    head, *peeled = _section(title, *bounds[0], groups)
    name, bare = _peel(head.raw)
    return name, [*bare, *peeled, *parts]


def _peel(name: str) -> tuple[str, list[Qualifier]]:
    """Cut unbracketed additions off the end of a head, from the last to the first."""
    bare: list[Qualifier] = []
    while (start := next(filter(None, _bare_starts(name)), 0)) and name[:start].strip():
        raw = name[start:]
        bare.insert(0, _qualifier(raw, raw.strip(" \t([{-–—~|:," + _CLOSING)))
        name = name[:start]
    return name, bare


def _bare_starts(name: str) -> Iterator[int]:
    """Find where an addition without a proper separator may start; 0 if there is none."""
    if found := _GUESTS_BARE.search(name):
        yield found.start()
    odd = [m.start() for m in _ODD_DASH.finditer(name)][-1:]
    yield from (at for at in odd if announcement_of(name[at:].strip(" -–—~|:,")).shown)
    joined = [m.start() for m in _HYPHEN.finditer(name) if " " in name[: m.start()].strip()][-1:]
    yield from (at for at in joined if Version.LIVE in announcement_of(name[at + 1 :]).shown)
    opened = max(name.rfind(opening) for opening in _BRACKETS)
    if opened > 0 and announcement_of(name[opened:].strip("".join(_BRACKETS) + _CLOSING + " ")).shown:
        yield len(name[:opened].rstrip())
    yield bare_tail(name)


def _qualifier(raw: str, text: str, *, bracketed: bool = False) -> Qualifier:
    if _is_guest(text):
        listed = [announcement_of(piece) for piece in text.split(";")[1:]]
        return Qualifier(raw, text, next(filter(None, listed), NOTHING), bracketed, guest=True)
    return Qualifier(raw, text, announcement_of(text), bracketed)


def _is_guest(text: str) -> bool:
    """Return whether a qualifier names guests: "(with The Weeknd)", but not "(With or Without You)"."""
    first, *rest = text.casefold().split(maxsplit=2) or [""]
    if first.rstrip(".") in GUEST_SURE:
        return bool(rest) and not (first.startswith("part") and (first != "part." or _NUMBERED.match(text)))
    folded = text.split(maxsplit=1)[1] if rest else ""
    proper = bool(rest) and (folded[:1].isupper() or folded[:1].isdigit() or not folded[:1].islower())
    return first in GUEST_MAYBE and proper and fold(rest[0]) not in NOT_A_GUEST


def _section(title: str, start: int, end: int, groups: Sequence[tuple[int, int]]) -> list[Qualifier]:
    """Cut the bracket groups off the end of a section; the first part is the text before them, never only a dash."""
    peeled: list[Qualifier] = []
    for opens, closes in reversed(groups):
        before = title[start:opens].rstrip()
        if closes != start + len(title[start:end].rstrip()) or not before.strip(" \t-–—|~"):
            continue
        raw = title[start + len(before) : end]
        peeled.insert(0, _qualifier(raw, title[opens + 1 : closes - 1].strip(), bracketed=True))
        end = start + len(before)
    text = title[start:end].strip().lstrip("-–—―|•·~").strip(" ~")
    first = _qualifier(title[start:end], text) if start else Qualifier(title[start:end], text)
    return [first, *peeled]


def _groups(title: str) -> list[tuple[int, int]]:
    """Return the start and end of each bracket group, by its end; an unpaired bracket is an ordinary character."""
    closed: list[tuple[int, int]] = []
    opened: list[int] = []
    for i, ch in enumerate(title):
        if ch in _BRACKETS:
            opened.append(i)
        elif opened and ch == _BRACKETS[title[opened[-1]]]:
            closed.append((opened.pop(), i + 1))
    return closed
