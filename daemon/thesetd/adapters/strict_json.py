"""JSON as PostgreSQL and the mapping can live with it: strict where the standard library is lenient.

Refused: more than 64 levels, duplicate keys, integers beyond 64 bits, NaN and infinities, NUL and lone surrogates in
text (either kills a whole batch of rows), bytes that are not UTF-8.
"""

import json
import math
import re
from typing import Any

MAX_DEPTH = 64

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"')
_BRACKET = re.compile(rb"[\[\]{}]")
_BAD_TEXT = re.compile("[\x00\ud800-\udfff]")
_INT_DIGITS = 20


def decode_json(body: bytes) -> Any:
    """Parse a body.

    Raises:
        ValueError: it is not JSON, or breaks one of the rules above; the text names the rule, never the content.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from None
    _check_depth(body)
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON at character {error.pos}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    _check_text(value)
    return value


def _check_depth(body: bytes) -> None:
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", body)):
        if bracket in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError(f"nested more than {MAX_DEPTH} levels")
        else:
            depth -= 1


def _check_text(value: Any) -> None:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            if _BAD_TEXT.search(item):
                raise ValueError("NUL or lone surrogate in a string")
        elif isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            stack.extend(item)
            stack.extend(item.values())


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
