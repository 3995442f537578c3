"""Names as people and providers write them, folded to what they have in common."""

import re
import unicodedata

_APOSTROPHES = re.compile("['’‘`´ʼ′.]")
_NOT_WORD = re.compile(r"[\W_]+")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
# What NFKD leaves alone although readers take it for a plain letter.
_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i", "$": "s"}
)


def fold(name: str) -> str:
    """Fold a name for comparison: case, accents, punctuation and spacing do not count; any script survives.

    A name of punctuation only (the band "!!!") folds to its own characters, never to the empty string.
    """
    text = unicodedata.normalize("NFKD", name.replace("&", " and ").replace("+", " and ")).casefold()
    text = "".join(ch for ch in text.translate(_LETTERS) if not unicodedata.combining(ch))
    words = _NOT_WORD.sub(" ", _APOSTROPHES.sub("", text)).strip()
    return words or " ".join(name.casefold().split())


def slugify(name: str, fallback: str) -> str:
    """Make the last part of a page's address: lower-case ASCII words joined by hyphens.

    `fallback` (an id) serves where a name has no Latin letter; it is lower-cased only for the address.
    """
    return _NOT_SLUG.sub("-", fold(name)).strip("-")[:80].strip("-") or _NOT_SLUG.sub("-", fallback.lower()).strip("-")


def clean(text: str) -> str:
    """Make text fit to store: NFC, without control characters (NUL above all), outer blanks and doubled spaces."""
    kept = "".join(ch if unicodedata.category(ch) not in {"Cc", "Cs"} else " " for ch in text)
    return " ".join(unicodedata.normalize("NFC", kept).split())
