"""Decides what a page of setlist.fm describes: a concert, or something smaller on that day.

Words alone are not enough: a stadium concert may be "broadcast on the radio" and its `info` may mention the soundcheck.
They count only for a set clearly shorter than the act's usual one. Sources: `info`, set names, tour and venue names of
600 recorded pages, 1964 to 2026, and setlist.fm's guidelines (radio and TV sessions are allowed as pages).
"""

import re
from collections.abc import Iterable
from enum import Enum
from statistics import median

from thesetd.domain.music.names import fold

SHORT = 0.6  # share of the usual number of songs, below which words about a session or VIP set count
FRAGMENT = 0.4  # share of the usual number, below which a page is not evidence of a whole concert
SHORT_UNKNOWN = 8  # songs; fewer count as short if nothing else is known of the act


class PageKind(Enum):
    """What a page describes; statistics and predictions use concerts only."""

    CONCERT = "concert"
    SESSION = "session"
    TV = "tv"
    VIP = "vip"
    STREET = "street"


class BillSlot(Enum):
    """An act's place on the bill, which decides how long it plays."""

    HEADLINE = "headline"
    SUPPORT = "support"
    FESTIVAL = "festival"


# Words for one thing in the languages of the recorded pages; matched as whole words in folded text.
_WORDS = {
    PageKind.VIP: (
        "vip|v i p|meet and greet|pre show|preshow|before the doors|before doors|soundcheck party|early entry"
        "|ticket holders|fan club (?:set|show|party|event)|private (?:set|party|event)|q and a"
    ),
    PageKind.TV: (
        "tv|television|televised|televisi[oó]n|fernsehen|late night with|late show with|tonight show|morning show"
        "|talk ?show|breakfast show|award|awards|ceremony|telethon"
    ),
    PageKind.SESSION: (
        "radio|session|sessions|studio|studios|broadcast|on air|podcast|webcast|live ?stream|livestream|in studio"
        "|rundfunk|emisora|emission|kexp|bbc|npr|record store|in store|instore"
    ),
    PageKind.STREET: (
        "street|streets|busking|busked|balcony|sidewalk|pavement|subway|rooftop|flash ?mob|flatbed|plaza|plazuela"
        "|strasse|fussgangerzone|video shoot|music video|pop up|popup"
    ),
}
_PATTERNS = {kind: re.compile(rf"\b(?:{words})\b") for kind, words in _WORDS.items()}
# The name of a public square proves nothing: halls and festival grounds have such names too.
_NOT_FROM_VENUE = frozenset({PageKind.VIP, PageKind.STREET})

_SUPPORT = re.compile(
    r"\b(?:support (?:act|guests?|slot|set|for)|supporting|special guests? (?:for|of)"
    r"|opening (?:act|performance|set|for)|opened for|vorgruppe|premiere partie|telonero\w*|opener for)\b"
)
# What editors type if there is no tour; folded.
_NO_TOUR = re.compile(
    r"(?:no|unknown|various|misc\w*|n a|none|other|unassigned)(?: (?:tours?|info|assigned|dates?|name))*|tour"
)
_FESTIVAL = re.compile(r"\b(?:festivals?|fest|festivalen|open air|openair)\b")


def kind_of(
    songs: int, *, usual: int | None = None, info: str = "", set_names: Iterable[str] = (), venue: str = ""
) -> PageKind:
    """Return what a page describes.

    Args:
        songs: the number of songs performed.
        usual: the act's usual number (see `usual_length`), None if unknown.
        info: the page's note.
        set_names: names of its sets, "Before the doors" for example.
        venue: the venue's name, "Radio Helm" for example.
    """
    if songs >= (SHORT_UNKNOWN + 1 if usual is None else SHORT * usual):
        return PageKind.CONCERT
    return told_kind(songs, info=info, set_names=set_names, venue=venue)


def told_kind(songs: int, *, info: str = "", set_names: Iterable[str] = (), venue: str = "") -> PageKind:
    """Return the kind that the words of a page name, whatever its size; see `kind_of`."""
    said = fold(" . ".join([info, *set_names]))
    for kind, pattern in _PATTERNS.items():
        # An empty page may be a concert that was announced as a broadcast.
        noted = (songs or kind is PageKind.VIP) and pattern.search(said)
        if noted or (kind not in _NOT_FROM_VENUE and pattern.search(fold(venue))):
            return kind
    return PageKind.CONCERT


def usual_length(counts: Iterable[int]) -> int | None:
    """Return the usual number of songs of an act: the median of its pages with songs, None if there is none.

    Pages whose words call them something smaller (see `told_kind`) do not count: an act with only street sets has no
    known usual length.
    """
    known = [count for count in counts if count > 0]
    return round(median(known)) if known else None


def tour_name(said: str) -> str:
    """Return the name of a tour, "" for one of the ways to say that there is none."""
    return "" if _NO_TOUR.fullmatch(fold(said)) else said


def slot_of(info: str, tour: str = "", venue: str = "") -> BillSlot:
    """Return an act's place on the bill according to its page; a page that does not say is a headliner's."""
    said = fold(f"{info} . {tour}")
    if _SUPPORT.search(said):
        return BillSlot.SUPPORT
    return BillSlot.FESTIVAL if _FESTIVAL.search(f"{said} . {fold(venue)}") else BillSlot.HEADLINE
