"""Writes names of other scripts in Latin letters, as setlist.fm's pages do.

Cyrillic, Korean and the Japanese syllabaries are spelt letter by letter; Chinese characters have no fixed spelling, so
names that contain one stay unchanged.

Source: BGN/PCGN without diacritics (Cyrillic), Revised Romanization without assimilation (Korean), Hepburn (Japanese).
"""

import re
import unicodedata
from collections.abc import Mapping

__all__ = ["romanised"]

_OTHER = re.compile("[\u0400-\u04ff\u3040-\u30ff\uac00-\ud7a3]")
_CHINESE = re.compile("[\u3400-\u9fff]")
_CYRILLIC: Mapping[str, str] = {
    **dict(
        zip(
            "абвгдезийклмнопрстуфыэіїєґў",
            [
                "a",
                "b",
                "v",
                "g",
                "d",
                "e",
                "z",
                "i",
                "y",
                "k",
                "l",
                "m",
                "n",
                "o",
                "p",
                "r",
                "s",
                "t",
                "u",
                "f",
                "y",
                "e",
                "i",
                "i",
                "e",
                "g",
                "u",
            ],
            strict=True,
        )
    ),
    "ё": "e",
    "ж": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ъ": "",
    "ь": "",
    "ю": "yu",
    "я": "ya",
    "ј": "j",
    "љ": "lj",
    "њ": "nj",
    "ћ": "c",
    "ђ": "dj",
    "џ": "dz",
}
_INITIALS = ["g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"]
_VOWELS = (
    *("a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi"),
    *("yu", "eu", "ui", "i"),
)
_FINALS = (
    *("", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t"),
    *("t", "ng", "t", "t", "k", "t", "p", "t"),
)
_KANA_VOWELS = "aiueo"
_KANA: Mapping[str, str] = {
    kana: sound
    for row, sounds in {
        "アイウエオ": "a i u e o",
        "カキクケコ": "ka ki ku ke ko",
        "ガギグゲゴ": "ga gi gu ge go",
        "サシスセソ": "sa shi su se so",
        "ザジズゼゾ": "za ji zu ze zo",
        "タチツテト": "ta chi tsu te to",
        "ダヂヅデド": "da ji zu de do",
        "ナニヌネノ": "na ni nu ne no",
        "ハヒフヘホ": "ha hi fu he ho",
        "バビブベボ": "ba bi bu be bo",
        "パピプペポ": "pa pi pu pe po",
        "マミムメモ": "ma mi mu me mo",
        "ヤユヨ": "ya yu yo",
        "ラリルレロ": "ra ri ru re ro",
        "ワヲンヴ": "wa o n vu",
    }.items()
    for kana, sound in zip(row, sounds.split(), strict=True)
}
_SMALL = {"ャ": "ya", "ュ": "yu", "ョ": "yo", "ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o"}
_DOUBLED, _LONG = "ッ", "ー"
_HANGUL, _HANGUL_LAST, _PER_INITIAL, _PER_VOWEL = 0xAC00, 0xD7A3, 588, 28
_HIRAGANA, _HIRAGANA_LAST, _TO_KATAKANA = 0x3041, 0x3096, 0x60


def romanised(name: str) -> str | None:
    """Return a name in Latin letters, None if it is in Latin letters already or has characters without a spelling."""
    name = unicodedata.normalize("NFKC", name).casefold()
    if not _OTHER.search(name) or _CHINESE.search(name):
        return None
    spelt = ""
    doubled = False
    for ch in map(_katakana, name):
        if ch == _DOUBLED:
            doubled = True
            continue
        spelt = _added(spelt, ch, doubled=doubled)
        doubled = False
    return spelt


def _katakana(ch: str) -> str:
    return chr(ord(ch) + _TO_KATAKANA) if _HIRAGANA <= ord(ch) <= _HIRAGANA_LAST else ch


def _added(spelt: str, ch: str, *, doubled: bool) -> str:
    """Return the text with one more letter spelled."""
    if ch in _SMALL:
        return _joined(spelt, _SMALL[ch])
    if ch == _LONG:
        return spelt  # a long vowel is mostly written short
    if ch in _KANA:
        sound = _KANA[ch]
        return spelt + (("t" if sound.startswith("ch") else sound[0]) if doubled else "") + sound
    if _HANGUL <= ord(ch) <= _HANGUL_LAST:
        initial, rest = divmod(ord(ch) - _HANGUL, _PER_INITIAL)
        vowel, final = divmod(rest, _PER_VOWEL)
        return spelt + _INITIALS[initial] + _VOWELS[vowel] + _FINALS[final]
    return spelt + _CYRILLIC.get(ch, ch)


def _joined(spelt: str, small: str) -> str:
    """Join a small vowel to the syllable before it: "ki" and "ya" are "kya", "shi" and "ya" are "sha"."""
    stem = spelt[:-1] if spelt[-1:] in _KANA_VOWELS else spelt
    glide = small[1:] if stem.endswith(("sh", "ch", "j")) and len(small) > 1 else small
    return stem + glide
