"""Credentials: as they are pasted, and what stands for one where it must not be itself (rows, keys, logs)."""

import hashlib
import unicodedata
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
