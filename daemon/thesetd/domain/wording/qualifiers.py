"""Reads what a qualifier of a title announces: the words in brackets or after a dash, never those of the name itself.

A qualifier is a list ("Live at Leeds / 1970; 2015 Remaster") of items. The words of each item get their senses from
`vocabulary`; a word without a sense is a name or belongs to the song. A class is announced by its word *in its place*:
at the end of an item, at its beginning before a preposition, or among words that all have a sense. "(Live Acoustic)" is
a concert, "(Live Slow, Die Late)" a subtitle, "Otto's Night Mix" a remix by Otto, "Original Mix" the act's own.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import attrs

from thesetd.domain.music.versions import Version
from thesetd.domain.wording.concerts import is_enumeration, is_live, is_placed
from thesetd.domain.wording.grammar import NO_PLACE
from thesetd.domain.wording.mixes import is_edit, is_mix_of_a_year, remixer
from thesetd.domain.wording.senses import FUNCTION_WORDS, Item, Unit, units
from thesetd.domain.wording.vocabulary import Sense

__all__ = ["NOTHING", "Announcement", "announcement_of"]

_CACHED = 8192  # cached qualifiers: a catalogue repeats few different ones
_SHORTEST_MARK = 3  # fewest letters of a word that alone marks an addition
_LIST = re.compile(r"\s?/\s|;|,\s|,$|\s[-–—|]\s|\s\+\s")
_QUOTED = re.compile(r"[\"“”„«»‘『「]|'\w")
_FILM = re.compile(
    r"\b(?:film|films|movie|game|videogame|motion picture|picture|series|serie|soundtrack|vault|ost|musical|show|anime|"
    r"netflix|disney|pelicula|novela|фильма|сериала)\b"
)


@attrs.frozen
class Announcement:
    """What a qualifier announces.

    `shown` maps classes to the item that shows them. `wrapping`: it is not part of the name. `remixer` is the folded
    name of the author of the mix or edit. `sketch`: an unfinished version. `studio`: it says that this is not a
    concert.
    """

    shown: Mapping[Version, str] = attrs.field(factory=dict)
    wrapping: bool = False
    remixer: str = ""
    sketch: bool = False
    studio: bool = False

    def __bool__(self) -> bool:
        """Return whether anything is announced, so that the qualifier is not part of the name."""
        return bool(self.shown) or self.wrapping or self.studio


NOTHING = Announcement()


@lru_cache(_CACHED)
def announcement_of(text: str) -> Announcement:
    """Return what a qualifier announces; `NOTHING` if its words belong to the name."""
    items = [Item(piece, units(piece)) for piece in _pieces(text)]
    shown: dict[Version, str] = {}
    remixers: list[str] = []
    for item in items:
        for version in _versions(item, remixers):
            shown.setdefault(version, item.raw)
    wrapping = any(map(_is_wrapping, items))
    if not shown.keys() - {Version.REMASTER} and not wrapping and is_placed(text, items):
        shown[Version.LIVE] = text
    _weigh(shown, items)
    studio = not shown.keys() - {Version.REMASTER} and any(item.has(Sense.STUDIO) and item.known() for item in items)
    return Announcement(
        shown=shown,
        wrapping=wrapping,
        remixer=next(iter(remixers), ""),
        sketch=any(item.has(Sense.SKETCH) for item in items) and Version.DEMO in shown,
        studio=studio,
    )


def _pieces(text: str) -> list[str]:
    return [piece for raw in _LIST.split(text) if (piece := raw.strip(' "“”„‘()[]~*'))]


def _weigh(shown: dict[Version, str], items: Sequence[Item]) -> None:
    """Drop classes that another word of the same qualifier explains."""
    if Version.KARAOKE in shown:
        shown.pop(Version.INSTRUMENTAL, None)
    if is_enumeration(items):
        shown.pop(Version.LIVE, None)


def _versions(item: Item, remixers: list[str]) -> Iterable[Version]:
    for version, rule in _RULES.items():
        if rule(item):
            yield version
    name = remixer(item)
    if name is not None:
        remixers.append(name)
        yield Version.REMIX
    if is_edit(item, named=bool(name)):
        yield Version.EDIT


def _at_the_end(sense: Sense, *, before: frozenset[Sense] = frozenset()) -> Callable[[Item], bool]:
    """Return the rule that a word of the sense ends the item, or is followed by a word with a sense."""

    def rule(item: Item) -> bool:
        place = item.at(sense)
        if place is None:
            return False
        following = item.units[place + 1 : place + 2]
        return all(unit.senses - before for unit in following)

    return rule


def _is_acoustic(item: Item) -> bool:
    if _at_the_end(Sense.ACOUSTIC, before=FUNCTION_WORDS)(item):
        return True
    place = item.at(Sense.KEYS)
    if place is None or item.has(Sense.INSTRUMENTAL):
        return False
    followed = Sense.NOUN in item.units[place + 1].senses if place + 1 < len(item.units) else False
    return followed or (item.known() and item.ends_at(place) and not item.has(Sense.PLACE))


def _is_demo(item: Item) -> bool:
    taken = any(one.text == "take" and Sense.NUMBER in two.senses for one, two in pairwise(item.units))
    return taken or item.has(Sense.SKETCH) or _at_the_end(Sense.DEMO, before=FUNCTION_WORDS)(item)


def _is_intro(item: Item) -> bool:
    place = item.at(Sense.INTRO)
    return (
        place is not None
        and place <= 1
        and all(unit.senses & {Sense.INTRO, Sense.NUMBER, Sense.NOUN, Sense.PART, Sense.OWN} for unit in item.units)
    )


def _is_cover(item: Item) -> bool:
    place = item.at(Sense.COVER)
    if place is None:
        return False
    following = item.units[place + 1 :]
    if not following:  # "Tribute Version", but not "In the Style of"
        return item.units[place].text.endswith("version")
    return following[0].text not in NO_PLACE


_RULES: Mapping[Version, Callable[[Item], bool]] = {
    Version.COMMENTARY: _at_the_end(Sense.SPOKEN),
    Version.LIVE: is_live,
    Version.DEMO: _is_demo,
    Version.INSTRUMENTAL: _at_the_end(Sense.INSTRUMENTAL, before=FUNCTION_WORDS),
    Version.KARAOKE: _at_the_end(Sense.KARAOKE, before=FUNCTION_WORDS),
    Version.ACAPPELLA: _at_the_end(Sense.ACAPPELLA, before=FUNCTION_WORDS),
    Version.COVER: _is_cover,
    Version.INTRO: _is_intro,
    Version.ACOUSTIC: _is_acoustic,
    Version.REMASTER: lambda item: item.has(Sense.REMASTER) or is_mix_of_a_year(item),
}


def _is_wrapping(item: Item) -> bool:
    """Return whether an item is neither part of the name nor the name of another recording."""
    if _is_source(item):
        return True
    last = next((unit for unit in reversed(item.units) if Sense.NUMBER not in unit.senses), None)
    if last is None:
        return False
    several = Sense.NOUN in last.senses and item.known() and len(item.units) > 1
    if several or last.text in {"version", "versions", "ver"} or (item.has(Sense.LANGUAGE) and item.has(Sense.NOUN)):
        return True
    if (
        last.text == "cover"
        and len(item.units) > 1
        and item.units[-2].text not in {"for", "take", "under", "to", "the"}
    ):
        return True
    marks = {Sense.WRAPPING, Sense.LENGTH, Sense.LANGUAGE}
    marked = any(unit.senses & marks and len(unit.text) >= _SHORTEST_MARK for unit in item.units)
    return marked and item.known() and not item.has(Sense.PART)


def _is_source(item: Item) -> bool:
    """Return whether an item says which film or play the song is from."""
    first = item.units[0] if item.units else Unit("")
    if first.text.startswith("contains hidden"):
        return True
    if Sense.SOURCE not in first.senses:
        return any(unit.text in {"soundtrack", "motion picture soundtrack"} for unit in item.units[:3])
    sure = " " in first.text and first.text != "from the"
    return sure or bool(_QUOTED.search(item.raw) or _FILM.search(" ".join(unit.text for unit in item.units)))
