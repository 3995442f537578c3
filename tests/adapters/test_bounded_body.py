"""Bodies within their bounds, however they come."""

import gzip
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.adapters.bounded_body import MAX_BODY_BYTES, BoundedBody
from thesetd.domain.errors import Unavailable
from thesetd.domain.ids import SPOTIFY


def pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    """Cut bytes into pieces."""
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    for start, end in pairwise(places):
        yield data[start:end]


@given(
    seed=st.binary(max_size=100),
    times=st.integers(1, 3_000),
    cuts=st.lists(st.integers(0, 300_000), max_size=10),
    packed=st.booleans(),
)
def test_a_body_is_the_same_however_it_is_cut(*, seed: bytes, times: int, cuts: list[int], packed: bool) -> None:
    """Packed or plain, in any pieces, what was sent is what is read."""
    data = seed * times
    body = BoundedBody(SPOTIFY, "gzip" if packed else "identity")
    for piece in pieces(gzip.compress(data) if packed else data, cuts):
        body.add(piece)
    assert body.whole() == data


@pytest.mark.parametrize("size", [MAX_BODY_BYTES, MAX_BODY_BYTES + 1])
def test_the_bound_of_a_body_is_exact(size: int) -> None:
    """The largest body is read, packed too; one byte more is refused."""
    body = BoundedBody(SPOTIFY, "gzip")
    packed = gzip.compress(b" " * size)
    if size == MAX_BODY_BYTES:
        body.add(packed)
        assert len(body.whole()) == size
    else:
        with pytest.raises(Unavailable, match="bytes of body"):
            body.add(packed)


def test_a_gzip_stream_is_whole_and_alone() -> None:
    """A stream that has not ended, or with something behind it, is no answer."""
    for data in (gzip.compress(b"{}")[:-1], gzip.compress(b"{}") + b"x"):
        body = BoundedBody(SPOTIFY, "gzip")
        body.add(data)
        with pytest.raises(Unavailable, match="incomplete"):
            body.whole()
