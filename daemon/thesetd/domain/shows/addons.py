"""Recognises add-ons that are sold with a concert, by the place of words in their names.

The names of acts and places are removed first. If nothing is left, or anything that is not about things for sale, the
event is a concert: "Hotel Marea" is an act, "The Balcony Tour" a tour, "Live im Parkhaus" a place. A part that is
separated from the act by a dash or a colon, or follows it directly, and consists only of words about something for sale
is an add-on: "Balcony Tables", "Shuttlebus ab Zürich", "Cena prima del concerto". A name without any act is an add-on
only if one of its words can mean nothing else ("Ticket Insurance"). A quicker way in ("Fast Lane") and a visit to the
house ("Backstage Tour") are recognised by two words together, since each alone also occurs in titles.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache

from thesetd.domain.music.names import fold
from thesetd.domain.wording.addon_words import (
    ARTICLES,
    HASTE,
    HOUSES,
    JOINING,
    LINKS,
    ORIGINS,
    PRODUCTIONS,
    QUALITIES,
    SURE,
    SURE_VISITS,
    THINGS,
    VISITS,
    WAYS,
    WAYS_IN,
)

_PART = re.compile(r"(\s[-–—/]|[-–—/]\s|[|:()\[\]])")  # dashes as promoters type them
_ACT = "\x01"
_FOR_SALE = SURE | THINGS | QUALITIES
_WAYS = HASTE | WAYS | WAYS_IN
_VISITS = VISITS | SURE_VISITS | HOUSES
_NAMED = 2  # words of a place's name that a visit to it names
_ENDINGS = ("s", "e", "n", "en", "es", "er", "x", "m", "em", "y", "i", "a", "u")
_JOINTS = ("", "s", "n", "en", "es")
_SHORTEST = 3  # fewest letters of a word in a compound
_ELIDED = re.compile("[dl][aeiouh]")  # "d'hôtel", as names are folded
_CACHED = 1024  # names; the nights of a tour have one, with the same acts
_LONGEST = 8  # most words of an act's name


def sells_beside(name: str, acts: Iterable[str] = (), places: Iterable[str] = ()) -> bool:
    """Return whether an event's name means something that is sold with a concert of these acts at these places."""
    apart, alone = _said(name, tuple(acts))
    if not apart:
        return False
    here = frozenset(word for place in places for word in fold(place).split())
    if any(_is_way_in(words, here) or _is_visit(words, here) for words, _ in apart if not alone):
        return True
    if any(PRODUCTIONS.intersection(words) for words, _ in apart):
        return False
    return any(_sells(words, here, strict=alone or titled, alone=alone) for words, titled in apart)


@lru_cache(_CACHED)
def _said(name: str, acts: tuple[str, ...]) -> tuple[tuple[tuple[tuple[str, ...], bool], ...], bool]:
    """Return the words of each part of a name, without the acts, and whether that part may be a title.

    The second value is whether the name is one part without an act.
    """
    folded = [fold(act) for act in acts if fold(act)]
    pieces = _PART.split(name)
    # A colon is followed by the name of a programme: there every word has to be about something for sale.
    marked = zip(pieces[::2], ["", *pieces[1::2]], strict=True)
    parts = [(_without(fold(part), folded), mark == ":") for part, mark in marked if part.strip()]
    apart = ((tuple(word for word in part if word != _ACT), titled) for part, titled in parts if not _goes_on(part))
    alone = len(parts) == 1 and _ACT not in parts[0][0]
    return tuple((words, titled) for words, titled in apart if words), alone


def extends(name: str, bases: Iterable[str]) -> bool:
    """Return whether a name is a base and, after a dash, colon or bracket, text that is not a tour or programme."""
    known = {fold(base) for base in bases}
    first, *rest = [part for part in _PART.split(name)[::2] if part.strip()] or [""]
    return fold(first) in known and bool(rest) and not any(PRODUCTIONS.intersection(fold(one).split()) for one in rest)


def phrases_of(name: str) -> frozenset[str]:
    """Return every run of words within one part of an event's name, folded: one of them may be an act that plays."""
    parts = [fold(part).split() for part in re.split(r"[|:()\[\],;/+]|\s[-–—]\s", name)]
    return frozenset(
        " ".join(words[start:end])
        for words in parts
        for start in range(len(words))
        for end in range(start + 1, min(start + _LONGEST, len(words)) + 1)
    )


def _sells(words: Sequence[str], here: frozenset[str], *, strict: bool, alone: bool) -> bool:
    """Judge the words of one part; `alone` if the name has no other part, `strict` if it may be a title."""
    sure = _known(words[0], SURE) or _known(words[-1], SURE)
    if alone:
        return sure and _all_for_sale(words, here)
    if sure and not strict and words[0] not in ARTICLES:
        return True
    things = [word for word in words if _known(word, THINGS | SURE)]
    titled = words[0] in ARTICLES and len(things) == len(words) - 1  # for example, "La Navette" is a title
    return bool(things) and not titled and _all_for_sale(words, here)


def _is_way_in(words: Sequence[str], here: frozenset[str]) -> bool:
    """Return whether a part is a quicker way in: "Fast Lane", "Accès prioritaire", "Schnelleinlass"."""
    if not _all_for_sale(words, here, _FOR_SALE | _WAYS) or words[0] in ARTICLES:
        return False
    both = any(_listed(word, HASTE) for word in words) and any(_listed(word, WAYS) for word in words)
    return both or any(word in WAYS_IN or _is_compound(word, HASTE, WAYS) for word in words)


def _is_compound(word: str, befores: frozenset[str], heads: frozenset[str]) -> bool:
    return any(before in befores and head in heads for before, head in _halves(word))


def _is_visit(words: Sequence[str], here: frozenset[str]) -> bool:
    """Return whether a part is a visit to the house: "Backstage Tour", "Führung", "Harbour Arena Tour"."""
    if words[0] in ARTICLES or not _all_for_sale(words, here, _FOR_SALE | _VISITS):
        return False
    if any(word in SURE_VISITS or _is_compound(word, HOUSES, SURE_VISITS) for word in words):
        return True
    house = any(word in HOUSES for word in words) or sum(word in here for word in words) >= _NAMED
    return house and any(word in VISITS for word in words)


def _goes_on(words: Sequence[str]) -> bool:
    """Return whether a name continues after its act: as a sentence ("at the Terrace") or with another act."""
    if words[0] != _ACT or len(words) == 1 or words[1] not in LINKS:
        return False
    return words[1] not in JOINING or words[2:3] == [] or words[2] in ARTICLES or words[2] == _ACT


def _all_for_sale(words: Sequence[str], here: frozenset[str], known: frozenset[str] = _FOR_SALE) -> bool:
    origin = False
    for word in words:
        if not (origin or word.isdigit() or word in here or word in LINKS or word in ORIGINS or _known(word, known)):
            return False
        origin = word in ORIGINS or (origin and word in LINKS)
    return True


@cache
def _known(word: str, words: frozenset[str]) -> bool:
    """Return whether a word or its singular is one of these, or a compound with one of these as a half."""
    both = words | _FOR_SALE
    return _listed(word, words) or any(
        before in both and head in both and (before in words or head in words) for before, head in _halves(word)
    )


def _halves(word: str) -> Iterator[tuple[str, str]]:
    """Yield each way to cut a compound in two, without the letters that join them."""
    for cut in range(_SHORTEST, len(word) - _SHORTEST + 1):
        befores = {word[:cut].removesuffix(joint) for joint in _JOINTS}
        yield from ((before, word[cut:]) for before in befores if len(before) >= _SHORTEST)


def _listed(word: str, words: frozenset[str]) -> bool:
    singulars = (word.removesuffix(end) for end in _ENDINGS if word.endswith(end))
    if word in words or any(one in words for one in singulars if len(one) >= _SHORTEST):
        return True
    return _ELIDED.match(word) is not None and word[1:] in words


def _without(part: str, acts: Iterable[str]) -> list[str]:
    for act in sorted(acts, key=len, reverse=True):
        part = re.sub(rf"(?<!\w){re.escape(act)}(?!\w)", f" {_ACT} ", part)
    return part.split()
