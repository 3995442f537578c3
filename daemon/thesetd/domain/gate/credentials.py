"""Credentials: as they are pasted, what stands for one where it must not be itself, and how texts are freed of them."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import NewType

Fingerprint = NewType("Fingerprint", str)

_LENGTH = 16  # 64 bits: two credentials of one provider never meet, and none can be read back


def fingerprint(credential: str) -> Fingerprint:
    """Tell this credential from another: the first 16 hexadecimal digits of its SHA-256."""
    return Fingerprint(hashlib.sha256(credential.encode("utf-8", "surrogateescape")).hexdigest()[:_LENGTH])


_QUOTES = "\"'`´′″＂＇"
_AROUND = {"Cc", "Cf", "Zs", "Zl", "Zp", "Pi", "Pf"}  # control, invisible, white space, quotes that open or close
_LOW_QUOTES = "‚„"  # punctuation like a bracket, by its category


def pasted(text: str) -> str:
    """Take off what copying a secret leaves around it: quotes of any kind, white space, invisible characters."""
    kept = [place for place, character in enumerate(text) if not _is_wrapping(character)]
    return text[kept[0] : kept[-1] + 1] if kept else ""


def _is_wrapping(character: str) -> bool:
    return character in _QUOTES + _LOW_QUOTES or unicodedata.category(character) in _AROUND


def check_header(_instance: object, _attribute: object, value: str) -> None:
    """Refuse a credential that no HTTP header can carry: anything but visible ASCII and blanks (RFC 9110, 5.5).

    Raises:
        ValueError: the text holds nothing of the credential.
    """
    if not all(" " <= character <= "~" for character in value):
        raise ValueError("the key has a character that no header can carry: copy it again from the provider's page")


HIDDEN = "(hidden)"
SHORTEST = 8  # characters of a secret that is looked for in other texts: shorter ones are parts of ordinary words
_WORD = re.compile(r"[^\s'\"]+")
_OPAQUE = re.compile(r"(?![/-])[A-Za-z0-9+/=_-]{16,}[.,:;]?")  # as keys and tokens are


def without_userinfo(text: str) -> str:
    """Hide user and password of addresses in a text, and what follows a question mark in them."""
    return _WORD.sub(lambda found: _address(found[0]), text)


def without_secrets(text: str, known: Iterable[str]) -> str:
    """Hide what is secret in words about a faulty configuration, whichever key it was written to.

    Known secrets, parts of addresses, and what looks like a key: long, of letters and digits, and no path.
    """
    for secret in known:
        if len(secret) >= SHORTEST:
            text = re.sub(re.escape(secret), HIDDEN, text, flags=re.IGNORECASE)
    return _WORD.sub(lambda found: HIDDEN if _is_opaque(found[0]) else found[0], without_userinfo(text))


def _address(word: str) -> str:
    before, at, after = word.rpartition("@")
    scheme, separator, rest = before.partition("://")
    if rest != "user:password" and at and (separator or ":" in before):  # those are of an example
        word = f"{scheme}://{HIDDEN}@{after}" if separator else f"{HIDDEN}@{after}"
    start, mark, query = word.partition("?")
    return f"{start}?{HIDDEN}" if "://" in start and mark and query else word


def _is_opaque(word: str) -> bool:
    return bool(_OPAQUE.fullmatch(word)) and any(map(str.isdigit, word)) and any(map(str.isalpha, word))
