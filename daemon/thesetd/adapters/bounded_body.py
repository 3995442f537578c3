"""Collects bodies of answers within size limits: bytes are counted on the wire and after decompression.

A gzip stream is unpacked in slices, so that nothing grows far beyond the limits; 3.5 kB of `gzip, gzip` could become 4
GB, so only one encoding is accepted.
"""

import zlib
from collections.abc import Iterator

from thesetd.domain.errors import Unavailable
from thesetd.domain.ids import ProviderName

MAX_WIRE_BYTES = 8 << 20  # the largest recorded page (160 Ticketmaster events) has 2.4 MB uncompressed
MAX_BODY_BYTES = 8 << 20  # as text with a single rare character, each byte takes four

_SLICE_BYTES = 64 << 10


class BoundedBody:
    """The body of one answer while it is received."""

    def __init__(self, provider: ProviderName, encoding: str) -> None:
        """Start with nothing; `encoding` is the content encoding, lower case.

        Raises:
            Unavailable: the encoding is not accepted.
        """
        if encoding not in {"identity", "gzip"}:
            raise Unavailable(provider, "unknown content encoding")
        self._provider = provider
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS) if encoding == "gzip" else None
        self._wire_bytes = 0
        self._body = bytearray()

    def add(self, chunk: bytes) -> None:
        """Take the next bytes from the wire.

        Raises:
            Unavailable: there are too many bytes, packed or unpacked, or they are not gzip.
        """
        self._wire_bytes += len(chunk)
        if self._wire_bytes > MAX_WIRE_BYTES:
            raise Unavailable(self._provider, f"more than {MAX_WIRE_BYTES} bytes on the wire")
        try:
            for piece in self._unpacked(chunk):
                self._body += piece
                if len(self._body) > MAX_BODY_BYTES:
                    raise Unavailable(self._provider, f"more than {MAX_BODY_BYTES} bytes of body")
        except zlib.error:
            raise Unavailable(self._provider, "broken gzip stream") from None

    def whole(self) -> bytes:
        """Return the body.

        Raises:
            Unavailable: its gzip stream has not ended, or has data after its end.
        """
        stream = self._inflate
        if stream is not None and self._wire_bytes and (not stream.eof or stream.unused_data):
            raise Unavailable(self._provider, "gzip stream incomplete, or more behind it")
        return bytes(self._body)

    def _unpacked(self, chunk: bytes) -> Iterator[bytes]:
        if self._inflate is None:
            yield chunk
            return
        while chunk:  # output still pending comes with the next bytes: gzip ends with a checksum
            yield self._inflate.decompress(chunk, _SLICE_BYTES)
            chunk = self._inflate.unconsumed_tail
