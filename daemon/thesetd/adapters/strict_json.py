"""Parses JSON in a form that PostgreSQL and the mapping accept: strict where the standard library is lenient.

It rejects more than 64 levels, duplicate keys, integers beyond 64 bits, NaN and infinities, bytes that are not UTF-8,
and more values than any page has: a body with two bytes per value would take thirty times its size in memory. A text
with NUL or a lone surrogate, which PostgreSQL refuses, is replaced by an object, which no text field accepts.
"""

import json
import math
import re
from collections.abc import Callable
from itertools import chain
from typing import Any

MAX_DEPTH = 64
MAX_MARKS = 500_000  # commas, colons and opening brackets; the densest recorded page has 77,000

_MARKS = (b",", b":", b"[", b"{")
_BAD_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_BAD_TEXT = re.compile("[\x00\ud800-\udfff]")
_INT_DIGITS = 20
# What may stand before an integer (the last byte of a byte order mark, too), and so many digits that it may need more
# than 64 bits: few bodies have that anywhere, and the others are read without a function for each integer.
_DIGITS = bytes.maketrans(b"123456789:,[- \n\r\t\xbf", b"000000000" + b":" * 9)
_LONG = b"0" * 19
_HOLDERS = frozenset({dict, list})  # the types that the parser makes of objects and lists


UNSTORABLE = "text with NUL or half a surrogate pair"


class NoJson(ValueError):
    """A body that is not JSON: truncated, or another kind of text."""


def decode_json(body: bytes) -> Any:
    """Parse a body.

    Raises:
        NoJson: it is not JSON.
        ValueError: it breaks one of the rules above; the message names the rule, never the content.
    """
    if sum(map(body.count, _MARKS)) > MAX_MARKS:
        raise ValueError(f"more than {MAX_MARKS} values")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NoJson(f"not UTF-8 at byte {error.start}") from None
    value = _parse(text, _integer if _has_long_integers(body) else int)
    # Only escapes can contain them: a bare NUL is not JSON, and UTF-8 has no surrogates.
    _check(value, text_too=_BAD_ESCAPE.search(body) is not None)
    return value


def decode_accepted(body: bytes) -> Any:
    """Parse a body that `decode_json` has accepted before: the same value, without checking it again.

    Raises:
        ValueError: it is not such a body.
    """
    return decode_json(body) if _BAD_ESCAPE.search(body) else json.loads(body.decode("utf-8-sig"))


def _has_long_integers(body: bytes) -> bool:
    digits = body.translate(_DIGITS)
    return b":" + _LONG in digits or digits.startswith(_LONG)


def _parse(text: str, parse_int: Callable[[str], int]) -> Any:
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_int=parse_int, parse_float=_float, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        raise NoJson(f"not JSON at character {error.pos}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _check(value: Any, *, text_too: bool) -> None:
    """Traverse the value level by level; mark texts that cannot be stored, if there may be any."""
    if text_too and isinstance(value, str) and _BAD_TEXT.search(value):
        raise ValueError("NUL or lone surrogate in a string")
    level: list[Any] = [value] if type(value) in _HOLDERS else []
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError(f"nested more than {MAX_DEPTH} levels")
        if text_too:
            for item in level:
                _mark(item)
        parts = chain.from_iterable([item.values() if type(item) is dict else item for item in level])
        level = [part for part in parts if type(part) in _HOLDERS]


def _mark(holder: Any) -> None:
    """Replace each text that cannot be stored by an object; fields with such a name are left out."""
    for key, part in list(holder.items() if type(holder) is dict else enumerate(holder)):
        if isinstance(key, str) and _BAD_TEXT.search(key):
            del holder[key]
        elif isinstance(part, str) and _BAD_TEXT.search(part):
            holder[key] = {UNSTORABLE: _BAD_TEXT.sub("\ufffd", part)}


def _integer(text: str) -> int:
    if len(text) > _INT_DIGITS or not -(1 << 63) <= (value := int(text)) < 1 << 63:
        raise ValueError("integer beyond 64 bits")
    return value


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("number beyond range")
    return value


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is not a JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("duplicate key in an object")
    return value
