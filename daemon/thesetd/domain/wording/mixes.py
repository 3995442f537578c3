"""Decides what a mix in a qualifier is: another artist's remix, or the act's own recording in a different length."""

import re

from thesetd.domain.wording.senses import Item, is_joined_remix
from thesetd.domain.wording.vocabulary import Sense

__all__ = ["is_edit", "is_mix_of_a_year", "remixer"]

_POSSESSIVE = re.compile(r"\w['’]s?\s")
_BY = frozenset({"by", "de", "di", "von", "par", "por", "от", "av"})
_RADIO_CUTS = frozenset({"radio", "single", "video", "tv", "short", "radyo", "promo"})
_LENGTHS = frozenset({"extended", "full length", "uncut", "unedited", "tv size", "game size", "abridged"})
_PRONOUNS = frozenset({"me", "you", "us", "them", "him", "her", "everybody", "everyone", "i", "we", "they"})
_OTHERS = (Sense.ACOUSTIC, Sense.INSTRUMENTAL, Sense.KARAOKE, Sense.ACAPPELLA, Sense.DEMO, Sense.KEYS)


def remixer(item: Item) -> str | None:
    """Return the remixer that an item names, "" if it names none, None if it is not a remix."""
    words = item.units
    texts = [unit.text for unit in words]
    if item.has(Sense.REMIX) or any(map(is_joined_remix, texts)):
        return " ".join(unit.text for unit in words if not unit.senses)
    if any(text in {"vs", "versus"} and 0 < i < len(texts) - 1 for i, text in enumerate(texts)) and not _PRONOUNS & {
        *texts
    }:
        return " ".join(texts)
    if (place := item.at(Sense.TRADE)) is not None and item.ends_at(place):
        return " ".join(texts[:place])
    if (place := item.at(Sense.GENRE)) is not None and item.ends_at(place) and place + 1 < len(words):
        return ""
    if (place := item.at(Sense.MIX)) is not None:
        return _mixer(item, place)
    names_length = item.has(Sense.LENGTH) and not item.has(Sense.NOUN)
    return texts[0] if names_length and _POSSESSIVE.search(item.raw) and not item.known() else None


def _mixer(item: Item, place: int) -> str | None:
    """Return the author of the mix or edit, None for the act's own."""
    words = item.units
    by = place + 1 < len(words) and words[place + 1].text in _BY
    names = words[place + 2 :] if by else words[:place]
    if not by and not item.ends_at(place):
        return None
    unknown = [unit.text for unit in names if not unit.senses]
    return " ".join(unit.text for unit in names if Sense.LENGTH not in unit.senses) if unknown else None


def is_edit(item: Item, *, named: bool) -> bool:
    """Return whether an item is the act's own recording in a different length, or a remix cut for the radio."""
    texts = {unit.text for unit in item.units}
    if named:
        return bool(texts & _RADIO_CUTS and texts & {"edit", "mix", "version"})
    if not item.known() or any(map(item.has, (Sense.REMIX, Sense.TRADE, Sense.SOURCE, Sense.GENRE))):
        return False
    if item.has(Sense.MIX):
        sized = item.has(Sense.LENGTH) or bool(texts & (_RADIO_CUTS | {"edit", "edits", "original"}))
        own = not any(map(item.has, _OTHERS)) and not is_mix_of_a_year(item)
        return sized or (own and not texts & {"mono", "stereo"})
    wrapped = any(Sense.WRAPPING in unit.senses and Sense.OWN not in unit.senses for unit in item.units)
    if not item.has(Sense.LENGTH) or wrapped or item.has(Sense.STUDIO):
        return False
    return item.has(Sense.NOUN) or bool(texts & _LENGTHS) or texts >= {"radio", "cut"} or item.is_unspaced()


def is_mix_of_a_year(item: Item) -> bool:
    """Return whether an item is "2019 Mix" or "50th Anniversary Mix": the same recording in another transfer."""
    texts = [unit.text for unit in item.units]
    return (
        len(texts) > 1
        and texts[-1] == "mix"
        and all(
            Sense.NUMBER in unit.senses or unit.text in {"anniversary", "the", "stereo"} for unit in item.units[:-1]
        )
        and any(Sense.NUMBER in unit.senses for unit in item.units[:-1])
    )
