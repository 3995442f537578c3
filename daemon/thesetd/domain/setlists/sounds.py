"""Compares names in katakana that are words of other languages, by their sound: "Syncopation" is シンコペーション.

A syllabary adds vowels and has one letter for several sounds, so what both spellings share is the sequence of their
consonants: l is r, v is b, th and sh are s, an r at the end of a syllable is silent. Two names with equal sequences
that are long enough are taken for one. Only names that hold a katakana are compared in this way.
"""

import re
import unicodedata
from collections.abc import Sequence

from thesetd.domain.music.names import fold
from thesetd.domain.wording.romanised import romanised

SHORTEST = 3  # consonants; a shorter sequence fits too many words
_KATAKANA = re.compile("[\u30a1-\u30fa]")
_BETWEEN = re.compile(r"[\W_]+")
_DOUBLED = re.compile(r"([a-z])\1+")
_VOWEL = "[aeiouy]"
# Replacements that turn spellings into sounds, in this order.
_LATIN: Sequence[tuple[re.Pattern[str], str]] = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"\bof\b", "ov"),
        (r"\bkn", "n"),
        (r"\bwr", "r"),
        (r"mb\b", "m"),
        (r"wh(?=o)", "h"),
        (r"gh", ""),
        (r"tch", "t"),
        (r"dg", "j"),
        (r"[ts]i(?=on)", "s"),
        (r"ck|qu|q", "k"),
        (r"sch|sh|th", "s"),
        (r"ph", "f"),
        (r"ch", "t"),
        (r"c(?=[eiy])", "s"),
        (r"ts", "t"),
        (r"c", "k"),
        (r"x", "ks"),
        (rf"(?<={_VOWEL})r(?!{_VOWEL})", ""),
        (rf"h(?!{_VOWEL})", ""),
    )
]
_KANA: Sequence[tuple[re.Pattern[str], str]] = [(re.compile("sh"), "s"), (re.compile("ch|ts"), "t")]
_ONE = str.maketrans({"l": "r", "v": "b", "f": "h", "z": "s", "j": "s"})
_UNHEARD = re.compile(r"[^bdghkmnprst0-9]")


def sounds_of(name: str) -> frozenset[str]:
    """Return the sounds of a name, or of only its katakana parts if it has parts in Chinese characters.

    It is empty for a name that is too short.
    """
    name = unicodedata.normalize("NFKC", name)
    if not is_katakana(name):
        return _long_enough(_row(fold(name), _LATIN))
    spelt = romanised(name)
    parts = [spelt] if spelt is not None else [romanised(part) for part in _BETWEEN.split(name) if is_katakana(part)]
    return frozenset[str]().union(*(_long_enough(_row(part, _KANA)) for part in parts if part is not None))


def is_katakana(name: str) -> bool:
    """Return whether a name holds a katakana."""
    return bool(_KATAKANA.search(name))


def _row(spelt: str, rules: Sequence[tuple[re.Pattern[str], str]]) -> str:
    said = _DOUBLED.sub(r"\1", spelt)
    for pattern, sound in rules:
        said = pattern.sub(sound, said)
    return _UNHEARD.sub("", said.translate(_ONE))


def _long_enough(row: str) -> frozenset[str]:
    return frozenset({row}) if len(row) >= SHORTEST else frozenset()
