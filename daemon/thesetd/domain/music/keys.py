"""Computes keys of names: what all spellings of a song's name have in common.

Numbers count by value, so "Part Two", "Pt. II" and "2" are equal; blanks, case, accents and punctuation are ignored. A
key holds no blanks: "Moon Light" is "Moonlight".
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from thesetd.domain.music.names import fold
from thesetd.domain.wording.romanised import romanised
from thesetd.domain.wording.vocabulary import Sense, entries

__all__ = ["bare", "compact", "numbers", "spellings", "tokens"]

_CACHED = 8192
MAX_READ = 500  # characters of a name; the rest of a longer name is kept unchanged
_PARTS = frozenset(fold(entry) for entry in entries(Sense.PART))
_ANDS = frozenset(fold(entry) for entry in entries(Sense.AND))
_COUNTS = {
    word: value
    for words in (
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
        ("uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez"),
        ("eins", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun", "zehn"),
        ("un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"),
    )
    for value, word in enumerate(words, 1)
}
_ROMAN = re.compile(r"(x{0,3})(ix|iv|v?i{0,3})")
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10}
_HASH = re.compile(r"(?:#|№|\b[Nn][or]\.)\s?(?=\d)")
_DROPPED = re.compile(r"(?<=\w\w)in['’](?=\W|$)", re.IGNORECASE)
# Words that are written in several ways; keys hold no blanks, so "want to" is one of them.
_WRITTEN_OUT = (
    {"mr": "mister", "dr": "doctor", "st": "saint", "mt": "mount"}
    | {"thru": "through", "nite": "night", "nites": "nights", "tonite": "tonight", "lite": "light", "luv": "love"}
    | {"til": "until", "till": "until", "cuz": "because", "coz": "because", "gimme": "giveme", "lemme": "letme"}
    | {"wanna": "wantto", "gonna": "goingto", "gotta": "gotto", "kinda": "kindof", "outta": "outof", "em": "them"}
    | dict.fromkeys(("ouverture", "obertura", "abertura", "uvertura", "uwertura"), "overture")
)
# Leading articles, but for those that are other words in English titles ("Die", "I", "O", "As").
_ARTICLES = frozenset(
    [
        *("the", "a", "an", "der", "das", "ein", "eine", "le", "la", "les", "une", "el", "los", "las", "una"),
        *("il", "lo", "gli", "os", "het", "een"),
    ]
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


@lru_cache(_CACHED)
def tokens(name: str) -> tuple[str, ...]:
    """Return the words of a name, folded, with part words dropped and numerals as digits."""
    if len(name) > MAX_READ:
        return (fold(name),)
    upper = {fold(word) for word in re.findall(r"[IVX]{2,}(?!\w)", name)}
    return tuple(_counted(fold(_HASH.sub(" ", name)).split(), upper))


def _counted(words: Sequence[str], upper: set[str]) -> Iterator[str]:
    """Read numerals: Roman ones in capitals or after a part word, words for numbers after a part word."""
    after_part = False
    for i, word in enumerate(words):
        after_part = i > 0 and (words[i - 1] in _PARTS or (after_part and _value(words[i - 1]) is not None))
        value = _value(word) if after_part or word in upper else None
        if word in _PARTS and i + 1 < len(words) and _value(words[i + 1]) is not None:
            continue
        yield word if value is None else str(value)


def _value(word: str) -> int | None:
    if word.isdigit() and word.isascii():
        return int(word[:9])
    if word in _COUNTS:
        return _COUNTS[word]
    if word and (match := _ROMAN.fullmatch(word)):
        values = [_ROMAN_DIGITS[digit] for digit in match[0]]
        return sum(-v if any(v < after for after in values[i + 1 : i + 2]) else v for i, v in enumerate(values))
    return None


def numbers(words: Sequence[str]) -> tuple[str, ...]:
    """Return the numbers among words, in their order."""
    return tuple(word for word in words if any(ch.isdigit() for ch in word))


def compact(name: str) -> str:
    """Return the key of a name; empty only for a blank one."""
    return "".join(tokens(name))


def bare(name: str) -> str:
    """Return the key of a name without the article that it begins with; "" if it begins with none."""
    words = tokens(name)
    return "".join(words[1:]) if words and words[0] in _ARTICLES else ""


@lru_cache(_CACHED)
def spellings(name: str) -> frozenset[str]:
    """Return the keys of a name in all common spellings: "ö" as "oe", "y" as "&", "я" as "ya", "Mr." as "Mister"."""
    forms = {tokens(name)}
    if len(name) <= MAX_READ and (latin := romanised(name)):
        forms.add(tokens(latin))
    if (spelt := unicodedata.normalize("NFC", name).translate(_UMLAUTS)) != name:
        forms.add(tokens(spelt))
    if len(name) <= MAX_READ and (whole := _DROPPED.sub("ing", name)) != name:  # "Dancin'"
        forms.add(tokens(whole))
    forms |= {tuple(_WRITTEN_OUT.get(word, word) for word in form) for form in forms}
    forms |= {tuple("and" if 0 < i < len(form) - 1 and w in _ANDS else w for i, w in enumerate(form)) for form in forms}
    return frozenset("".join(form) for form in forms)
