"""Emulates search by name: Spotify's query language, and a ranking that need not put the equal name first."""

import re
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TypeVar

import attrs

from thesetd.domain.music.names import fold

T = TypeVar("T")

_FIELD = re.compile(r"\b(artist|album|track|isrc|upc|year|genre|label|tag):")
folded = lru_cache(maxsize=1 << 16)(fold)  # names repeat often, and folding is the slowest part of a search

_NEAR = 0.85
EQUAL_OR_NEAR, CONTAINS, SHARES_A_WORD, NOTHING = 3, 2, 1, 0


@attrs.frozen
class Query:
    """A search text, folded: the plain words and the field filters."""

    plain: str
    fields: tuple[tuple[str, str], ...]

    def field(self, name: str) -> str:
        """Return a filter's folded value, empty if missing."""
        return dict(self.fields).get(name, "")

    def wanted(self, kind: str) -> str:
        """Return the name that is searched among items of this kind."""
        return self.field(kind) or self.plain

    def key(self, kind: str) -> tuple[str, ...]:
        """Return a key that is the same for equivalent queries, by filter or by plain words."""
        return (kind, self.wanted(kind), *(f"{name}:{value}" for name, value in self.fields if name != kind))


def parse_query(text: str) -> Query:
    """Read `artist: gorillaz`, `track:"Clint Eastwood" artist:gorillaz` or plain words.

    A filter's value extends to the next filter, with or without quotes and a blank after the colon.
    """
    plain, *rest = _FIELD.split(text)
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return Query(fold(plain.strip(' "')), tuple(sorted((name, fold(value.strip(' "'))) for name, value in pairs)))


def closeness(name: str, wanted: str) -> int:
    """Return how well a folded name matches a folded query, from NOTHING to EQUAL_OR_NEAR."""
    if name == wanted:
        return EQUAL_OR_NEAR
    matcher = SequenceMatcher(None, name, wanted, autojunk=False)
    if matcher.real_quick_ratio() >= _NEAR and matcher.ratio() >= _NEAR:
        return EQUAL_OR_NEAR
    here, there = set(name.split()), set(wanted.split())
    if there <= here:
        return CONTAINS
    return SHARES_A_WORD if here & there else NOTHING


def ranked(candidates: Iterable[T], wanted: str, name: Callable[[T], str], tie: Callable[[T], str]) -> list[T]:
    """Sort candidates that resemble the wanted name, the best match first, omitting the rest.

    Equal and near names share the first rank and are ordered by `tie`, so that a client which takes the first hit
    is wrong as often as with the real search, where "GorillaT" comes before "Gorillaz" (recorded 2024-08-24).
    """
    if not wanted:
        return []
    scored = ((closeness(folded(name(one)), wanted), one) for one in candidates)
    found = [(-score, tie(one), one) for score, one in scored if score]
    return [one for _, _, one in sorted(found, key=lambda entry: entry[:2])]
