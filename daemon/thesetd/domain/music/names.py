"""Folds names, as users and providers write them, to what all spellings have in common."""

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = re.compile("['’‘`´ʼ′.]")
# Canonical combining classes (Unicode 15, 4.3): the optional vowel points of Hebrew, Arabic and Syriac, and from 200 on
# what is placed around Latin, Greek and Cyrillic letters.
_POINTS = range(10, 37)
_ACCENTS = 200
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_JOINERS = frozenset("&+")
# Signs that names are styled with, and the letters that they resemble. An exclamation mark is one between letters only.
_STYLED = str.maketrans({"$": "s", "¢": "c", "€": "e", "£": "l", "¥": "y", "₩": "w", "@": "a"})
_STYLED_I = re.compile(r"(?<=[^\W\d_])!(?=[^\W\d_])")
# Characters that NFKD leaves unchanged although readers take them for plain letters.
_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i"}
    | {"&": " & ", "+": " + "}
)

# The same for the characters of most names: letters, digits and "$" stay, apostrophes go, the rest separates words.
_PLAIN = {i: " " for i in range(128) if not chr(i).isalnum() and chr(i) != "$"}
_PLAIN |= {ord(ch): "" for ch in "'.`"} | {ord("&"): " & ", ord("+"): " + "}

_LINE_ENDS = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
# What a terminal obeys instead of printing: control characters (ECMA-48), and what overrides the direction of text
# (UAX 9, 2). Surrogates cannot be encoded.
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def fold(name: str) -> str:
    """Fold a name for comparison: case, accents, punctuation and spacing are ignored; letters of any script are kept.

    Signs that stand for letters stay, for they distinguish names: "$NOT" is neither "Snot" nor "Not". "&" reads "and",
    and so does "+" between words ("+44" keeps it). A name of signs only (the bands "!!!" and "+/-") folds to its own
    characters, never to the empty string.
    """
    return _folded(name)


@lru_cache(maxsize=8192)  # the same name is folded for every comparison
def _folded(name: str) -> str:
    if name.isascii() and (quick := _conjoined(name.lower().translate(_PLAIN))):
        return quick
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    plain = "".join(ch for ch in text.translate(_LETTERS) if not _ignored(ch))
    words = "".join(ch if _in_word(ch) else " " for ch in unicodedata.normalize("NFC", _APOSTROPHES.sub("", plain)))
    return _conjoined(words) or _squeeze(plain) or _squeeze(name)


def _conjoined(text: str) -> str:
    """Write out the signs that mean "and"; the empty string for a text without any letter or digit."""
    if not any(ch.isalnum() for ch in text):
        return ""
    words = text.split()
    if _JOINERS.isdisjoint(text):
        return " ".join(words)
    inner = range(1, len(words) - 1)
    return " ".join("and" if w == "&" or (w == "+" and i in inner) else w for i, w in enumerate(words))


def stylised(name: str) -> str:
    """Fold a name with its signs read as the letters they resemble: "Ke$tral" as "kestral".

    That is a guess: use it only where something better than the name agrees, or to propose candidates.
    """
    if not any(ch.isalpha() for ch in name):
        return fold(name)
    return fold(_STYLED_I.sub("i", name.translate(_STYLED)))


def _ignored(ch: str) -> bool:
    """Return whether a character is an accent or invisible; marks that make another letter (ガ, हि, ก่) are not."""
    place = unicodedata.combining(ch)
    return (
        place in _POINTS or place >= _ACCENTS or unicodedata.category(ch) in {"Cf", "Me"} or "\ufe00" <= ch <= "\ufe0f"
    )


def _in_word(ch: str) -> bool:
    return ch.isalnum() or unicodedata.category(ch) in {"Mn", "Mc", "Sc"} or ch in _JOINERS


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def slugify(name: str, fallback: str) -> str:
    """Make the last part of a page's address: lower-case ASCII words joined by hyphens.

    `fallback` (an id) is used if a name has no Latin letter or digit, even if it has signs that resemble one; it is
    lower-cased only for the address.
    """
    own = fold(name.replace("$", "s")) if re.search("[a-z0-9]", fold(name)) else ""
    return _NOT_SLUG.sub("-", own).strip("-")[:80].strip("-") or _NOT_SLUG.sub("-", fallback.lower()).strip("-")


def clean(text: str) -> str:
    """Make text fit to store: NFC, without control characters (NUL above all), outer blanks and doubled spaces."""
    if text.isascii() and text.isprintable():
        return _squeeze(text)
    kept = "".join(ch if unicodedata.category(ch) not in {"Cc", "Cs"} else " " for ch in text)
    return _squeeze(unicodedata.normalize("NFC", kept))


def printable(text: str) -> str:
    """Make text fit to print in one line: line ends and tabs become spaces, other control characters escapes.

    Overrides of the direction of text are control characters here; JSON and the database keep the text as it is.
    """
    if text.isprintable():
        return text
    return _OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), _LINE_ENDS.sub(" ", text))
