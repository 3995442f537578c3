"""Splits a qualifier into words with their senses: the text is folded and looked up in `vocabulary`."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import attrs

from thesetd.domain.music.names import fold
from thesetd.domain.wording.vocabulary import Sense, entries

__all__ = ["FUNCTION_WORDS", "Item", "Unit", "is_joined_remix", "may_begin_entry", "units"]

_LONGEST = 5  # most words of an entry
_CACHED = 16384
_FIRST_YEAR, _LAST_YEAR, _YEAR_DIGITS = 1920, 2049, 4
_SHORTEST_COMPOUND = 7  # letters
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SEAM = re.compile(r"(?<=[a-z0-9])(?=[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])")
_INCH = re.compile(r"\b(?:7|10|12)\s?(?:[\"”″]|['’]{2}|-?\s?inch\b|in\b\.?)", re.IGNORECASE)
_JOINERS = {"&", "+"}
_NUMERAL = re.compile(r"\d+(?:st|nd|rd|th|er|e|a|o)?|[ivx]{1,5}|#\d+|\d+[.,]\d+")
_COUNTED = frozenset(
    {"one", "two", "three", "four", "five", "uno", "dos", "tres", "deux", "trois", "eins", "zwei", "drei"}
)
# Endings of German and Nordic compounds: after a word of the vocabulary, and after any word.
_TAILS = (
    *("version", "fassung", "aufnahme", "mitschnitt", "remix", "mix", "edit"),
    *("versie", "versio", "versjon", "versiyon"),
)
_NAMED_TAILS = ("tour", "tournee", "turne", "session", "sessions", "konzert", "konsert", "koncert", "remix")
_NO_TAIL = frozenset({"detour", "contour", "entour", "premix", "pretour"})
FUNCTION_WORDS = frozenset({Sense.LITTLE, Sense.AND})
_TRAILING = frozenset({Sense.NUMBER, Sense.NOUN, Sense.WRAPPING, Sense.MONTH, Sense.LENGTH, Sense.MIX})
_NUMBER, _YEAR = frozenset({Sense.NUMBER}), frozenset({Sense.NUMBER, Sense.YEAR})


@attrs.frozen
class Unit:
    """A word, or several that form one entry of the vocabulary, with its senses."""

    text: str
    senses: frozenset[Sense] = frozenset()


@attrs.frozen
class _Lexicon:
    """The vocabulary, indexed for look-up."""

    words: Mapping[tuple[str, ...], frozenset[Sense]]
    stems: Mapping[str, Sequence[tuple[str, Sense]]]
    ends: Sequence[tuple[str, Sense]]
    unspaced: Sequence[tuple[Sense, re.Pattern[str]]]


def _lexicon() -> _Lexicon:
    words: dict[tuple[str, ...], set[Sense]] = {}
    stems: dict[str, list[tuple[str, Sense]]] = {}
    ends: list[tuple[str, Sense]] = []
    unspaced: list[tuple[Sense, re.Pattern[str]]] = []
    for sense in Sense:
        runs = []
        for entry in entries(sense):
            folded = fold(entry.strip("*"))
            if entry.startswith("*"):
                ends.append((folded, sense))
            elif entry.endswith("*"):
                stems.setdefault(folded[:3], []).append((folded, sense))
            elif _UNSPACED.search(folded):
                runs.append(re.escape(folded))
            else:
                words.setdefault(tuple(folded.split()), set()).add(sense)
        if runs:
            unspaced.append((sense, re.compile("|".join(sorted(runs, key=len, reverse=True)))))
    return _Lexicon({k: frozenset(v) for k, v in words.items()}, stems, ends, unspaced)


_LEXICON = _lexicon()
_FIRST_WORDS = frozenset(words[0] for words in _LEXICON.words if len(words) > 1)


@lru_cache(_CACHED)
def units(text: str) -> tuple[Unit, ...]:
    """Fold a text and return the senses of its words."""
    whole = "and" if text.strip() in _JOINERS else text  # a joining sign cut out of its name is not a name
    folded = _SEAM.sub(" ", fold(_INCH.sub(" inch ", whole)))
    words = [part for word in folded.split() for part in _decomposed(word)]
    found: list[Unit] = []
    start = 0
    while start < len(words):
        for end in range(min(start + _LONGEST, len(words)), start, -1):
            senses = _LEXICON.words.get(tuple(words[start:end]))
            if senses or end == start + 1:
                found.append(_unit(" ".join(words[start:end]), senses or frozenset()))
                start = end
                break
    return tuple(found)


@lru_cache(_CACHED)
def _unit(word: str, senses: frozenset[Sense]) -> Unit:
    return Unit(word, _more(word, senses))


@lru_cache(_CACHED)
def _decomposed(word: str) -> Sequence[str]:
    """Split a German or Nordic compound whose end is a word of the vocabulary: "Akustikversion", "Hafentour"."""
    if len(word) < _SHORTEST_COMPOUND or (word,) in _LEXICON.words or word in _NO_TAIL:
        return [word]
    for tail in _TAILS:
        if word.endswith(tail) and ((rest := word[: -len(tail)]) == "live" or (rest,) in _LEXICON.words):
            return [rest, tail]
    for tail in _NAMED_TAILS:
        if word.endswith(tail) and len(word) > len(tail) + 2:
            return [word[: -len(tail)], tail]
    return [word]


def _more(word: str, senses: frozenset[Sense]) -> frozenset[Sense]:
    """Return the senses of a word with those that follow from its form."""
    if word.isdigit():
        return senses | (_YEAR if len(word) == _YEAR_DIGITS and _FIRST_YEAR <= int(word) <= _LAST_YEAR else _NUMBER)
    if _NUMERAL.fullmatch(word) or word in _COUNTED:
        senses |= _NUMBER
    senses |= {sense for stem, sense in _LEXICON.stems.get(word[:3], ()) if word.startswith(stem)}
    senses |= {sense for end, sense in _LEXICON.ends if word.endswith(end)}
    if _UNSPACED.search(word):
        senses |= {sense for sense, pattern in _LEXICON.unspaced if pattern.search(word)}
    return senses


@attrs.frozen
class Item:
    """One item of a qualifier; `raw` is its original text."""

    raw: str
    units: Sequence[Unit]

    def at(self, sense: Sense) -> int | None:
        """Return the place of the last word of a sense."""
        return next((i for i in range(len(self.units) - 1, -1, -1) if sense in self.units[i].senses), None)

    def has(self, sense: Sense) -> bool:
        """Return whether any word has the sense."""
        return self.at(sense) is not None

    def known(self, start: int = 0, end: int | None = None) -> bool:
        """Return whether all words from `start` to `end` have a sense."""
        return all(unit.senses for unit in self.units[start:end])

    def ends_at(self, place: int) -> bool:
        """Return whether only numbers and words like "version" follow."""
        return all(unit.senses & _TRAILING for unit in self.units[place + 1 :])

    def is_unspaced(self) -> bool:
        """Return whether it is of a script that puts no blanks between words."""
        return bool(_UNSPACED.search(self.raw))


def may_begin_entry(unit: Unit) -> bool:
    """Return whether a word has a sense, or may have one together with the words that follow it."""
    return bool(unit.senses) or unit.text in _FIRST_WORDS


def is_joined_remix(word: str) -> bool:
    """Return whether a word has "remix" grown onto it: "BLUELAMPREMIX"."""
    return len(word) > _SHORTEST_COMPOUND and word.endswith(("remix", "rmx")) and word not in _NO_TAIL
