"""The bytes of a kept answer."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.adapters.cache.form import COMPRESS_FROM_BYTES, decode, encode
from thesetd.adapters.strict_json import decode_json
from thesetd.domain.gate.calls import Response

NOW = datetime(2026, 1, 1, tzinfo=UTC)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def response(json: Any = None, text: str = "", status: int = 200, at: datetime = NOW) -> Response:
    """Make an answer."""
    return Response(status=status, headers={}, received_at=at, json=json, text=text)


@given(
    json_values,
    st.text(st.characters(exclude_categories=())),
    st.integers(200, 599),
    st.integers(0, 10**15),
    st.just(3),
)
def test_an_answer_comes_back_as_it_was(json: Any, text: str, status: int, micros: int, repeat: int):
    """Status, body, text (whatever characters) and the moment to the microsecond, compressed or not."""
    for body in (json, [json] * (repeat * 1000)):
        there = response(body, text, status, NOW + timedelta(microseconds=micros))
        assert decode(encode(there)) == there


def test_large_answers_are_compressed_and_small_ones_are_not():
    """Below the limit the JSON lies open; above it takes a fraction of its length."""
    assert encode(response({"a": 1})).endswith(b'\n{"a":1}')
    large = encode(response(["the same words over and over"] * COMPRESS_FROM_BYTES))
    assert len(large) < COMPRESS_FROM_BYTES


@pytest.mark.parametrize(
    "body", [b'{"b": 1.50, "a": "\\u0000"}', b' [1, "\xc3\xa4\\n"] ', b"[%s1]" % (b"0.25, " * 999)]
)
def test_a_body_that_is_known_is_kept_as_it_was_received(body: bytes):
    """Byte for byte, read as strictly as at first."""
    there = attrs.evolve(response(decode_json(body)), body=body)
    found = decode(encode(there))
    assert (found, found.body) == (there, body)


def test_headers_are_not_kept():
    """A cookie or a quota of one call is in no stored byte."""
    stored = encode(Response(status=200, headers={"set-cookie": "hunter2"}, received_at=NOW, json={}))
    assert b"hunter2" not in stored


@pytest.mark.parametrize(
    "stored",
    [b"", b"w", b"w\n[]\n1", b"W\n[]\nzz", b"x\n[]\n", b'w\n[200,"no time",""]\n{}', b"w\n\xff\n{}", b'j[200,"",1,""]']
    + [b'%c\n[200,"2026-01-01T00:00:00+00:00",""]\n%s' % case for case in ((b"r", b"["), (b"w", b"["), (b"R", b"[]"))],
)
def test_other_bytes_are_refused(stored: bytes):
    """What is not ours is a ValueError, nothing else."""
    with pytest.raises(ValueError):  # noqa: PT011 - the texts come from json and datetime
        decode(stored)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_read(stored: bytes):
    """No bytes do anything but that."""
    with suppress(ValueError):
        decode(stored)
