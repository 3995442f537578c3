"""Decides which words of a qualifier show a concert, a broadcast or a filmed session."""

import re
from collections.abc import Callable, Mapping, Sequence

from thesetd.domain.wording.grammar import (
    LIVE_AND,
    MUSIC,
    NO_PLACE,
    ROOMS,
    VERB_AFTER,
    VERB_AFTER_WITH,
    VERB_BEFORE,
    VERB_BESIDE,
    VERB_OBJECTS,
)
from thesetd.domain.wording.senses import FUNCTION_WORDS, Item, Unit
from thesetd.domain.wording.vocabulary import Sense

__all__ = ["is_enumeration", "is_festival", "is_live", "is_placed", "is_recorded", "is_verb"]

_DATE = re.compile(r"\b(?:\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2})\b")
_SHORT_YEAR = re.compile(r"['’]\d\d\b")  # "Tour '98"
_DATED = 3  # senses of words in a date and its event
_NO_CONCERT = frozenset({"pitch", "piano", "grand", "band", "ticket", "hall", "mix", "key"})
_CONCERTOS = (["konzert", "fur"], ["concierto", "para"])  # forms of classical music, before the instrument
_NO_SESSION = frozenset({"therapy", "bull", "study", "late"})
_BEFORE_PUBLIC = frozenset({Sense.LIVE, Sense.LIVE_WORD, Sense.CONCERT, Sense.AUDIENCE, Sense.STATION, Sense.FESTIVAL})
# French and the Nordic languages name a hall after these; in others they may as well stand before a town or a season.
_AT_A_PLACE = re.compile(r"\b(?:à(?:\sla\s|\sl['’]|\s)|aux?\s|på\s)", re.IGNORECASE)
_IN = frozenset({"en", "desde", "em", "no", "na", "w", "we", "v", "ve", "z"})  # after an adjective meaning "live"


def is_live(item: Item) -> bool:
    """Return whether a word of an item shows a concert."""
    return (
        item.has(Sense.LIVE)
        or any(unit.text == "live" and not is_verb(item.units, i) for i, unit in enumerate(item.units))
        or _is_live_word(item)
        or _is_concert(item)
        or _is_session(item)
        or is_recorded(item)
    )


def is_verb(words: Sequence[Unit], place: int) -> bool:
    """Return whether "live" at a place of a qualifier is the verb "to live"."""
    before = [word for unit in words[:place] for word in unit.text.split()]
    after = [word for unit in words[place + 1 :] for word in unit.text.split()]
    if before and before[-1] in VERB_BEFORE and not (after and after[0] in {"at", "from"}):
        return True
    if not after:
        return any(word in VERB_BEFORE for word in before)
    rule = _VERB_RULES.get(after[0])
    if rule is not None:
        return rule(after[1:], words[place + 2 :])
    return after[0] in VERB_AFTER or after[0] in VERB_BESIDE


def _no_place(after: Sequence[str], _: Sequence[Unit]) -> bool:
    """Distinguish "live in the moment" from "live in the hall"."""
    rest = [word for word in after if word != "the"]
    return not rest or rest[0] in NO_PLACE


def _joined(after: Sequence[str], words: Sequence[Unit]) -> bool:
    """Distinguish "live and learn" from "live and acoustic"."""
    return not after or not (words[0].senses - FUNCTION_WORDS - {Sense.PLACE} or after[0] in LIVE_AND)


def _meant_for(after: Sequence[str], words: Sequence[Unit]) -> bool:
    """Distinguish "live for love" from "live for Radio Helm"."""
    return not after or Sense.STATION not in words[0].senses


_VERB_RULES: Mapping[str, Callable[[Sequence[str], Sequence[Unit]], bool]] = {
    "on": _no_place,
    "in": _no_place,
    "from": lambda after, words: bool(after) and _no_place(after, words),
    "with": lambda after, _: not after or after[0] in VERB_AFTER_WITH,
    "to": lambda after, _: not after or after[0] not in {"air", "tape", "vinyl", "2"},
    "a": lambda after, _: not after or after[0] in VERB_OBJECTS,
    "and": _joined,
    "n": _joined,
    "for": _meant_for,
    "as": _meant_for,
}


def _is_live_word(item: Item) -> bool:
    place = item.at(Sense.LIVE_WORD)
    if place is None or not item.known(0, place):
        return False
    rest = item.units[place + 1 :]
    if rest and rest[0].text in _IN:
        return len(rest) > 1 and rest[1].text not in NO_PLACE
    return item.known(place) and not any(unit.senses <= FUNCTION_WORDS | {Sense.PLACE} for unit in rest)


def _is_concert(item: Item) -> bool:
    place = item.at(Sense.CONCERT)
    if place is None or any(unit.text in _NO_CONCERT for unit in item.units[place + 1 : place + 2]):
        return False
    return [unit.text for unit in item.units[place : place + 2]] not in _CONCERTOS


def _is_session(item: Item) -> bool:
    place = item.at(Sense.SESSION)
    if place is None or item.has(Sense.SKETCH):
        return False
    if item.ends_at(place):
        return place == 0 or item.units[place - 1].text not in _NO_SESSION
    following = item.units[place + 1].senses
    return item.has(Sense.STATION) or bool(
        following & {Sense.PLACE, Sense.NUMBER, Sense.LIVE, Sense.VENUE, Sense.ACOUSTIC}
    )


def is_recorded(item: Item) -> bool:
    """Return whether an item says that it was recorded before an audience or at a place of concerts."""
    place = item.at(Sense.RECORDED)
    rest = () if place is None else item.units[place + 1 :]
    senses = {sense for unit in rest for sense in unit.senses}
    if senses & _BEFORE_PUBLIC:
        return True
    if Sense.STUDIO in senses or any(unit.text in ROOMS for unit in rest):
        return False
    return Sense.VENUE in senses or (bool(rest) and Sense.MONTH not in senses and _is_at_a_place(item.raw))


def _is_at_a_place(raw: str) -> bool:
    at = _AT_A_PLACE.search(raw)
    return at is not None and raw[at.end() : at.end() + 1].isupper()


def is_festival(words: Sequence[Unit]) -> bool:
    """Return whether words are the name of a festival and a year: "Roskilde 2008", "Rock am Fluss 2012"."""
    if any(Sense.FESTIVAL in unit.senses for unit in words):
        return Sense.NUMBER in words[-1].senses
    opened = words[0].text in MUSIC and Sense.PLACE in words[min(1, len(words) - 1)].senses
    return opened and Sense.YEAR in words[-1].senses


def is_enumeration(items: Sequence[Item]) -> bool:
    """Return whether "live" stands among other verbs: "(Live, Laugh, Love)"."""
    alone = [item.units[0].text for item in items if len(item.units) == 1]
    return "live" in alone and any(word in VERB_BESIDE for word in alone)


def is_placed(text: str, items: Sequence[Item]) -> bool:
    """Return whether a qualifier names a broadcast, or a hall and day, which marks a concert even without "live"."""
    words = [unit for item in items for unit in item.units]
    senses = {sense for unit in words for sense in unit.senses}
    if not words or senses & {Sense.SOURCE, Sense.PART, Sense.WRAPPING}:
        return False
    dated = bool(_DATE.search(text)) or ({Sense.MONTH, Sense.YEAR} <= senses and len(words) >= _DATED)
    named = any(not unit.senses for unit in words)
    somewhere = bool(senses & {Sense.STATION, Sense.VENUE, Sense.FESTIVAL})
    if (dated and (named or somewhere)) or (words[0].text == "at" and somewhere):
        return True
    when = Sense.YEAR in senses or bool(_SHORT_YEAR.search(text))
    shown = items[0].units[-1].text == "show" and named and len(items) > 1  # "Ed Sullivan Show, 1965"
    if is_festival(words) or (when and (somewhere or shown or Sense.TOUR in senses)):
        return True
    closing = items[-1].units
    return " / " in text and named and len(closing) == 1 and Sense.YEAR in closing[0].senses
