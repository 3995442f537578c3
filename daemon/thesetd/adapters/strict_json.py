"""JSON as PostgreSQL and the mapping can live with it: strict where the standard library is lenient.

Refused: more than 64 levels, duplicate keys, integers beyond 64 bits, NaN and infinities, NUL and lone surrogates in
text (either kills a whole batch of rows), bytes that are not UTF-8, and more values than any page has: a body of two
bytes a value would fill thirty times its size.
"""

import json
import math
import re
from typing import Any

MAX_DEPTH = 64
MAX_MARKS = 500_000  # commas, colons and opening brackets; the densest recorded page has 77,000

_MARKS = (b",", b":", b"[", b"{")
_BAD_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_BAD_TEXT = re.compile("[\x00\ud800-\udfff]")
_INT_DIGITS = 20


def decode_json(body: bytes) -> Any:
    """Parse a body.

    Raises:
        ValueError: it is not JSON, or breaks one of the rules above; the text names the rule, never the content.
    """
    if sum(map(body.count, _MARKS)) > MAX_MARKS:
        raise ValueError(f"more than {MAX_MARKS} values")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from None
    value = _parse(text)
    # Only an escape can bring them in: a bare NUL is no JSON, and UTF-8 has no surrogates.
    _check(value, text_too=_BAD_ESCAPE.search(body) is not None)
    return value


def _parse(text: str) -> Any:
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON at character {error.pos}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _check(value: Any, *, text_too: bool) -> None:
    """Go through the value level by level."""
    level, depth = [value], 0
    while level:
        deeper: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                deeper.extend(item.values())
                if text_too:
                    deeper.extend(item)
            elif isinstance(item, list):
                deeper.extend(item)
            elif text_too and isinstance(item, str) and _BAD_TEXT.search(item):
                raise ValueError("NUL or lone surrogate in a string")
        depth += any(isinstance(item, dict | list) for item in level)
        if depth > MAX_DEPTH:
            raise ValueError(f"nested more than {MAX_DEPTH} levels")
        level = deeper


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
    raise ValueError(f"{text} is no JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("duplicate key in an object")
    return value
