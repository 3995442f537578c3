"""Handles credentials: cleans pasted ones, makes fingerprints that can be shown instead, removes secrets from texts."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import NewType

Fingerprint = NewType("Fingerprint", str)

_LENGTH = 16  # 64 bits: two credentials of a provider never collide, and none can be recovered


def fingerprint(credential: str) -> Fingerprint:
    """Return what identifies a credential: the first 16 hexadecimal digits of its SHA-256."""
    return Fingerprint(hashlib.sha256(credential.encode("utf-8", "surrogateescape")).hexdigest()[:_LENGTH])


_QUOTES = "\"'`´′″＂＇"
_AROUND = {"Cc", "Cf", "Zs", "Zl", "Zp", "Pi", "Pf"}  # control, invisible, white space, opening and closing quotes
_LOW_QUOTES = "‚„"  # punctuation like a bracket, by its category


def pasted(text: str) -> str:
    """Strip what copying a secret leaves around it: quotes of any kind, white space, invisible characters."""
    kept = [place for place, character in enumerate(text) if not _is_wrapping(character)]
    return text[kept[0] : kept[-1] + 1] if kept else ""


def _is_wrapping(character: str) -> bool:
    return character in _QUOTES + _LOW_QUOTES or unicodedata.category(character) in _AROUND


def check_header(_instance: object, _attribute: object, value: str) -> None:
    """Reject a credential that no HTTP header can carry: anything but visible ASCII and blanks (RFC 9110, 5.5).

    Raises:
        ValueError: its message holds no part of the credential.
    """
    if not all(" " <= character <= "~" for character in value):
        raise ValueError("the key has a character that no header can carry: copy it again from the provider's page")


HIDDEN = "(hidden)"
SHORTEST = 8  # length from which a secret is searched for in other texts: shorter ones are parts of ordinary words
_WORD = re.compile(r"[^\s'\"]+")
_OPAQUE = re.compile(r"(?![/-])[A-Za-z0-9+/=_-]{16,}[.,:;]?")  # the length of keys and tokens


def without_userinfo(text: str) -> str:
    """Hide the user, password and query string of addresses in a text."""
    return _WORD.sub(lambda found: _address(found[0]), text)


def without_secrets(text: str, known: Iterable[str]) -> str:
    """Hide secrets in a message about a faulty configuration, whichever key they were written to.

    Known secrets, parts of addresses, and anything that looks like a key (long, letters and digits, not a path) are
    hidden.
    """
    for secret in known:
        if len(secret) >= SHORTEST:
            text = re.sub(re.escape(secret), HIDDEN, text, flags=re.IGNORECASE)
    return _WORD.sub(lambda found: HIDDEN if _is_opaque(found[0]) else found[0], without_userinfo(text))


def _address(word: str) -> str:
    before, at, after = word.rpartition("@")
    scheme, separator, rest = before.partition("://")
    if rest != "user:password" and at and (separator or ":" in before):  # those of examples
        word = f"{scheme}://{HIDDEN}@{after}" if separator else f"{HIDDEN}@{after}"
    start, mark, query = word.partition("?")
    return f"{start}?{HIDDEN}" if "://" in start and mark and query else word


def _is_opaque(word: str) -> bool:
    return bool(_OPAQUE.fullmatch(word)) and any(map(str.isdigit, word)) and any(map(str.isalpha, word))
