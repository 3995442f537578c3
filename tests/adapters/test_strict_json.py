"""JSON that is accepted, and what is not."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.adapters.strict_json import MAX_DEPTH, MAX_MARKS, UNSTORABLE, decode_accepted, decode_json

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
LEAVES = (
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats(allow_nan=False, allow_infinity=False) | TEXT
)  # fmt: skip
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4))


@given(value=JSON, ascii_only=st.booleans())
def test_what_is_fine_is_read_as_it_stands(*, value: Any, ascii_only: bool) -> None:
    """Every value that PostgreSQL can hold is read back equal, escaped or not, with a byte order mark or without."""
    body = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert decode_json(body) == value
    assert decode_json(b"\xef\xbb\xbf" + body) == value
    assert decode_accepted(b"\xef\xbb\xbf" + body) == value


@pytest.mark.parametrize("body", [b'{"a": "\\u0000", "b": 1}', b'{"\\ud800": 1}', b'["\\ud83d\\ude00", 1.0, -0.5e3]'])
def test_an_accepted_body_is_read_again_as_it_was(body: bytes) -> None:
    """A text that cannot be stored is marked again, a field without a name left out again."""
    assert decode_accepted(body) == decode_json(body)


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """Nothing but a ValueError ever comes out, and its text is short."""
    try:
        decode_json(body)
    except ValueError as error:
        reason = str(error)
    else:
        reason = ""
    assert len(reason) < 80


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"a": 1, "a": 2}', "duplicate key"),
        (b'"\\udc00"', "NUL or lone surrogate"),
        (b'"\x00"', "not JSON at character 1"),
        (b"9223372036854775808", "64 bits"),
        (b"-9223372036854775809", "64 bits"),
        (b"\xef\xbb\xbf9223372036854775808", "64 bits"),
        (b'{"a":9223372036854775808}', "64 bits"),
        (b'{"a" : -9223372036854775809}', "64 bits"),
        (b"[9223372036854775808]", "64 bits"),
        (b"[1,9223372036854775808]", "64 bits"),
        (b"[1,\t\r\n9223372036854775808]", "64 bits"),
        (b"1" + b"0" * 5000, "64 bits"),
        (b"1e400", "beyond range"),
        (b"[NaN]", "NaN is not a JSON number"),
        (b"-Infinity", "-Infinity is not a JSON number"),
        (b"[1,]", "not JSON at character"),
        (b"", "not JSON at character 0"),
        (b"{} x", "not JSON at character 3"),
        (b'"\xff"', "not UTF-8 at byte 1"),
        (b'"\xed\xa0\x80"', "not UTF-8 at byte 1"),
        (b"[" * 100_000 + b"]" * 100_000, "nested"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested"),
        (b"[" + b"[]," * (MAX_MARKS // 2) + b"[]]", f"more than {MAX_MARKS} values"),
    ],
)
def test_what_is_refused(body: bytes, reason: str) -> None:
    """Each rule has its reason, which names the rule and not the content."""
    with pytest.raises(ValueError, match=reason):
        decode_json(body)


@given(st.integers(1, 2 * MAX_DEPTH), st.sampled_from(["[]", "{}", '"x"', "5", '["\\ud83d\\ude00"]']))
def test_depth_is_counted_exactly(depth: int, inside: str) -> None:
    """So many levels are read and not one more, whatever stands in the innermost."""
    levels = depth + (inside[0] in "[{")
    body = ("[" * depth + inside + "]" * depth).encode()
    if levels <= MAX_DEPTH:
        assert decode_json(body) == json.loads(body)
    else:
        with pytest.raises(ValueError, match="nested"):
            decode_json(body)


def test_pairs_of_surrogates_and_escaped_backslashes_are_fine() -> None:
    """An emoji in escapes is one character, and a backslash before "u0000" makes it plain text."""
    assert decode_json(b'"\\ud83d\\ude00"') == "\U0001f600"
    assert decode_json(b'"\\\\u0000"') == "\\u0000"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'["\\u0000", "x"]', [{UNSTORABLE: "\ufffd"}, "x"]),
        (b'{"\\u0000": 1, "b": 2}', {"b": 2}),
        (b'{"a": {"b": ["\\uD800x", "\\ud83d\\ude00"]}}', {"a": {"b": [{UNSTORABLE: "\ufffdx"}, "\N{GRINNING FACE}"]}}),
    ],
)
def test_a_text_that_cannot_be_stored_costs_only_itself(body: bytes, value: Any) -> None:
    """An object stands in its place, which no field of text takes, also after it was kept and read again."""
    assert decode_json(body) == value
    assert decode_json(json.dumps(value).encode()) == value
