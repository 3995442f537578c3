"""Decides which venues of two providers are one place.

Halls are renamed, sponsors come and go, and each provider keeps other names, so names alone decide only clear cases:
equal words in the same city, with or without a seller's additions (the city, a state, a sponsor in front). Two halls of
one sponsor, of one city or of one neighbourhood are never joined because of a shared word. Concerts decide the rest: if
each provider lists the same acts on the same nights in a city, each at one of the two venues, again and again, the two
are the same place.
"""

import re
from collections.abc import Hashable, Iterable
from datetime import date
from enum import Enum
from functools import lru_cache

import attrs

from thesetd.domain.distance import distance_km
from thesetd.domain.music.names import fold
from thesetd.domain.wording.cities import WHOLE_WORD, town_of, towns_spelled

NEAR_KM = 0.3  # one hall has several addresses; Source: venues of one name and several ids at Ticketmaster
FAR_KM = 1.5  # farther apart, two venues are never one place, whatever their names
ENOUGH_NIGHTS = 2
RENAMED_NIGHTS = 3  # if other nights of the hall are at a namesake of it
_SHORT_CITY = 4  # fewest letters of an abbreviation ("Atl")
_PLACEHOLDER = re.compile(
    r"^(?:#?\d* ?(?:general use|general admission|tba|tbd|tbc|to be (?:announced|determined|confirmed)|unknown|various"
    r"|venue|online|virtual|livestream|various venues|test(?: venue)?|n a|secret location|location to be announced))$"
    r"|\b(?:do not use|please do not|not in use)\b"
)
_ROOM = re.compile(r"^(.+?) (?:at|in|im|beim|@|of|inside|au|en|del?) (?:the )?(.+)$")
_ADDED = re.compile(r"\s+(?:presented|powered|sponsored) by .*$|\s*[-,(]\s*[A-Z]{2}\)?\s*$")


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KINDS = _set(
    "arena center centre stadium stadion theater theatre hall club coliseum amphitheater amphitheatre pavilion dome"
    " auditorium garden gardens ballroom house park field forum bowl ground grounds halle saal teatro salle palais"
    " palace opera lounge bar room music civic memorial venue"
)
_ADDITIONS = _set("hockey basketball concerts arms nightclub grote zaal main stage hall mainstage")
# Prefixes that make a name another place; a sponsor does not.
_TELLS_APART = _set(
    "old new north south east west little small grand upper lower mini studio outdoor indoor alte neue nouveau vieux"
    " nuevo nova stary great royal"
)
_SAME_WORD = WHOLE_WORD | {"centre": "center", "theatre": "theater", "amphitheatre": "amphitheater"}


class VenueVerdict(Enum):
    """The decision about two venues; `REVIEW` is left to an operator."""

    SAME = "same"
    REVIEW = "review"
    APART = "apart"


@attrs.frozen(kw_only=True)
class VenueAddress:
    """A venue as one provider knows it."""

    name: str
    city: str = ""
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@attrs.frozen
class Nights:
    """Nights of acts that both providers know in one city: `shared` are at both venues, `apart` at one and a third."""

    shared: int = 0
    apart: int = 0


NO_NIGHTS = Nights()
ActNight = tuple[Hashable, date]  # an act, by any name, and its night


def nights_of(
    here: Iterable[ActNight],
    there: Iterable[ActNight],
    elsewhere: Iterable[ActNight],
    namesakes: Iterable[ActNight] = (),
) -> Nights:
    """Count the nights that two venues share.

    `elsewhere` are the second provider's concerts at other venues in the city, `namesakes` those at a venue that has
    the first one's name. A hall that was renamed has some nights under either name, one after the other: these do not
    count as apart. Two halls have theirs in between.
    """
    mine, theirs = set(here), set(there)
    shared, others, named = mine & theirs, (mine & set(elsewhere)) - theirs, (mine & set(namesakes)) - theirs
    renamed = len(shared) >= RENAMED_NIGHTS and _one_after_the_other(shared, named)
    return Nights(len(shared), len(others if renamed else others | named))


def _one_after_the_other(some: Iterable[ActNight], others: Iterable[ActNight]) -> bool:
    days, later = sorted(day for _, day in some), sorted(day for _, day in others)
    return not days or not later or days[-1] < later[0] or later[-1] < days[0]


def judge(one: VenueAddress, other: VenueAddress, nights: Nights = NO_NIGHTS) -> VenueVerdict:
    """Decide whether two venues are one place."""
    if is_placeholder(one.name) or is_placeholder(other.name) or _contradict(one, other) or _is_room(one, other):
        return VenueVerdict.APART
    if not _in_one_city(one, other):
        return _across_cities(one, other, nights)
    if _equal_names(one, other):
        return VenueVerdict.SAME
    if nights.shared >= ENOUGH_NIGHTS and nights.apart * 4 <= nights.shared:
        return VenueVerdict.SAME
    related = bool(_own_words(one) & _own_words(other))
    if nights.shared and not nights.apart and related:
        return VenueVerdict.SAME
    return VenueVerdict.REVIEW if nights.shared or related else VenueVerdict.APART


def marks_of(place: VenueAddress) -> frozenset[str]:
    """Return marks of a venue's names.

    Two venues of a town that `judge` may find equal or related by names share one.
    """
    words = _words(place) | frozenset(fold(place.name).split())
    return frozenset(word for word in words if word not in _KINDS) | {f"={fold(place.name)}"}


def is_placeholder(name: str) -> bool:
    """Return whether a name is a placeholder and not a place."""
    return not name.strip() or _PLACEHOLDER.search(fold(name)) is not None


def _contradict(one: VenueAddress, other: VenueAddress) -> bool:
    distance = distance_km(one, other)
    return (distance is not None and distance > FAR_KM) or bool(
        one.country and other.country and one.country != other.country
    )


def _is_room(one: VenueAddress, other: VenueAddress) -> bool:
    """Return whether one is a room within the other ("The Basement at Harbour Arena")."""
    rooms = ((_ROOM.match(fold(room.name)), fold(house.name)) for room, house in ((one, other), (other, one)))
    return any(found and found[2] == house.removeprefix("the ") for found, house in rooms)


def _across_cities(one: VenueAddress, other: VenueAddress, nights: Nights) -> VenueVerdict:
    """Decide about two halls with different city names: two languages, a suburb, or two halls of a chain.

    Only concerts can decide this, and only for halls of one name in one country.
    """
    if not nights.shared or not one.country or one.country != other.country or not _equal_names(one, other):
        return VenueVerdict.APART
    return VenueVerdict.SAME if nights.shared >= ENOUGH_NIGHTS and not nights.apart else VenueVerdict.REVIEW


def _in_one_city(one: VenueAddress, other: VenueAddress) -> bool:
    here, there = town_of(one.city), town_of(other.city)
    distance = distance_km(one, other)
    if here == there or (distance is not None and distance <= NEAR_KM):
        return True
    short, long = sorted((here, there), key=len)
    return 3 <= len(short) <= _SHORT_CITY and " " not in long and long.startswith(short)  # noqa: PLR2004  # letters


def _words(place: VenueAddress) -> frozenset[str]:
    """Return the words of a name without the city and a seller's additions."""
    return _words_apart(place.name, place.city)


@lru_cache(maxsize=8192)
def _words_apart(name: str, of_city: str) -> frozenset[str]:
    words = [_SAME_WORD.get(word, word) for word in fold(_ADDED.sub("", name.strip())).split()]
    city = {*town_of(of_city).split(), *fold(of_city).split(), *towns_spelled(of_city)}
    bare = frozenset(word for word in words if word not in {"the", "at", "of", "in"} and word not in city)
    return bare or frozenset(words)


def _own_words(place: VenueAddress) -> frozenset[str]:
    """Return the words that distinguish a place, without those for its kind."""
    return frozenset(word for word in _words(place) if word not in _KINDS and word not in _ADDITIONS)


def _equal_names(one: VenueAddress, other: VenueAddress) -> bool:
    """Compare names: equal words, or one has in addition what sellers append and sponsors prepend."""
    if fold(one.name) == fold(other.name):
        return True
    fewer, more = sorted((_words(one), _words(other)), key=lambda words: (len(words), sorted(words)))
    own = frozenset(word for word in fewer if word not in _KINDS)
    if fewer == more:
        return bool(own)
    extra = more - fewer
    if not own or not fewer < more:
        return False
    if extra <= _ADDITIONS or (extra <= _KINDS and len(own) > 1):
        return True
    (first, *_), longer = extra, one if _words(one) == more else other
    sponsored = fold(longer.name).removeprefix("the ").startswith(first) and first not in _TELLS_APART
    return len(extra) == 1 and not extra & _KINDS and len(fewer) > 1 and sponsored
