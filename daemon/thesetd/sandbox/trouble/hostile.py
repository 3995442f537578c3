"""Answers that harm a careless client, by name: bodies that grow, drip, nest, lie or redirect elsewhere.

Source: measurements of httpx2 and the standard library's JSON against each of them; many are legal HTTP or legal JSON.
"""

import gzip
import json
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import cache
from http import HTTPStatus

import trio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from thesetd.sandbox.trouble.wire import SCRIPTS, RawAnswer, Script

HostileHandler = Callable[[Request], Awaitable[Response]]
Hostile = Callable[[Request, HostileHandler], Awaitable[Response]]

_JSON = "application/json"
_MIB = 1 << 20
_BOMB_MIB = 1024
_ENDLESS_MIB = 64  # endless for any client with a limit, but harmless to a machine
_CHUNK = b" " * 65_536
_DRIP_BYTES = 100_000
_DRIP_S = 1.0
_DEPTH = 100_000
_VALUES = 2_500_000
_WIDE_BYTES = 8_000_000
_NO_SUCH_STATUS = 999


def _gives(
    body: Callable[[], bytes], media_type: str | None = _JSON, status: int = HTTPStatus.OK, **more: str
) -> Hostile:
    headers = {name.replace("_", "-"): value for name, value in more.items()}

    async def answer(_request: Request, _handler: HostileHandler) -> Response:
        return Response(body(), status, headers, media_type)

    return answer


def _says(body: bytes, media_type: str | None = _JSON, status: int = HTTPStatus.OK, **more: str) -> Hostile:
    return _gives(lambda: body, media_type, status, **more)


def _writes(script: Script) -> Hostile:
    async def answer(_request: Request, _handler: HostileHandler) -> Response:
        return RawAnswer(script)

    return answer


@cache
def bomb() -> bytes:
    """Make a gzip stream of 1 MB that unpacks to 1 GiB of blanks.

    A flushed block is self-contained, so one that holds a mebibyte can be repeated without compressing it again.
    """
    blanks = b" " * _MIB
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = deflate.compress(blanks) + deflate.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(_BOMB_MIB):
        checksum = zlib.crc32(blanks, checksum)
    header, trailer = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff", struct.pack("<II", checksum, _BOMB_MIB * _MIB)
    return header + block * _BOMB_MIB + deflate.flush() + trailer


@cache
def _double_bomb() -> bytes:
    return gzip.compress(bomb(), mtime=0)


@cache
def _many_values() -> bytes:
    return gzip.compress(b"[" + b"[]," * _VALUES + b"[]]", mtime=0)


@cache
def _wide_text() -> bytes:
    """Make a text in which each byte takes four in memory, because of its last character."""
    return gzip.compress(b'{"name": "' + b"a" * _WIDE_BYTES + "\N{MULTIPLE MUSICAL NOTES}".encode() + b'"}', mtime=0)


async def _endless(_request: Request, _handler: HostileHandler) -> Response:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(_ENDLESS_MIB * _MIB // len(_CHUNK)):
            yield _CHUNK

    return StreamingResponse(body(), media_type=_JSON)


async def _drip(_request: Request, _handler: HostileHandler) -> Response:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(_DRIP_BYTES):
            yield b" "
            await trio.sleep(_DRIP_S)

    return StreamingResponse(body(), headers={"content-length": str(_DRIP_BYTES)}, media_type=_JSON)


async def _led_away(request: Request, _handler: HostileHandler) -> Response:
    """Redirect to this same server under another name; a caller that follows it appears in the log."""
    other = "127.0.0.1" if request.url.hostname == "localhost" else "localhost"
    return Response(status_code=HTTPStatus.FOUND, headers={"location": str(request.url.replace(hostname=other))})


async def _led_in_circles(request: Request, _handler: HostileHandler) -> Response:
    return Response(status_code=HTTPStatus.FOUND, headers={"location": str(request.url)})


async def _repeated(request: Request, _handler: HostileHandler) -> Response:
    """Repeat the credentials in a header, and in a body that turns out not to be JSON."""
    sent = {**request.query_params, **request.headers}
    shown = {name: sent[name] for name in ("apikey", "x-api-key", "authorization") if name in sent}
    return Response(json.dumps(shown).encode()[:-1], headers={"x-repeated": str(shown)}, media_type=_JSON)


async def _with_cookie(request: Request, handler: HostileHandler) -> Response:
    response = await handler(request)
    response.set_cookie("track", "1")
    return response


async def _untyped(request: Request, handler: HostileHandler) -> Response:
    response = await handler(request)
    return Response(response.body, response.status_code)


async def _marked(request: Request, handler: HostileHandler) -> Response:
    """Put a byte order mark before the right answer."""
    response = await handler(request)
    return Response(b"\xef\xbb\xbf" + bytes(response.body), response.status_code, media_type=_JSON)


def _hint(text: str) -> Hostile:
    return _says(b"{}", _JSON, HTTPStatus.TOO_MANY_REQUESTS, retry_after=text)


HOSTILE: Mapping[str, Hostile] = {
    "gzip-bomb": _gives(bomb, content_encoding="gzip"),
    "gzip-gzip": _gives(_double_bomb, content_encoding="gzip, gzip"),
    "gzip-truncated": _says(gzip.compress(b'{"id": 1}', mtime=0)[:-9], content_encoding="gzip"),
    "gzip-not": _says(b'{"id": 1}', content_encoding="gzip"),
    "encoding-unknown": _says(b'{"id": 1}', content_encoding="br"),
    "many-values": _gives(_many_values, content_encoding="gzip"),
    "wide-text": _gives(_wide_text, content_encoding="gzip"),
    "endless": _endless,
    "drip": _drip,
    "nul": _says(b'{"name": "a\\u0000b"}'),
    "surrogate": _says(b'{"name": "a\\ud800b"}'),
    "bad-utf-8": _says(b'{"name": "a\xff\xfeb"}'),
    "utf-16": _says('{"name": "a"}'.encode("utf-16")),
    "integer-65-bit": _says(b'{"id": 18446744073709551616}'),
    "integer-huge": _says(b'{"id": 1' + b"0" * 400 + b"}"),
    "integer-5000": _says(b'{"id": 1' + b"0" * 5000 + b"}"),
    "float-huge": _says(b'{"id": 1e400}'),
    "nan": _says(b'{"id": NaN}'),
    "infinity": _says(b'{"id": -Infinity}'),
    "deep": _says(b"[" * _DEPTH + b"]" * _DEPTH),
    "deep-objects": _says(b'{"a":' * _DEPTH + b"1" + b"}" * _DEPTH),
    "duplicate-keys": _says(b'{"id": 1, "id": 2}'),
    "html": _says(b"<!doctype html><html><body>Please log in</body></html>", "text/html"),
    "no-json": _says(b"<html>"),
    "status-999": _says(b"{}", _JSON, _NO_SUCH_STATUS),
    "redirect-away": _led_away,
    "redirect-loop": _led_in_circles,
    "redirect-broken": _says(b"", None, HTTPStatus.FOUND, location="http://[/"),
    "repeats-credentials": _repeated,
    "cookie": _with_cookie,
    "no-content-type": _untyped,
    "byte-order-mark": _marked,
    "hint-giant": _hint("99999999999"),
    "hint-endless": _hint("9" * 400),
    "hint-far-date": _hint("Fri, 31 Dec 9999 23:59:59 GMT"),
    "hint-year-99999": _hint("Sun, 22 Nov 99999 12:00:00 GMT"),
    "hint-past": _hint("Sat, 01 Jan 2000 00:00:00 GMT"),
    "hint-negative": _hint("-1"),
    "hint-junk": _hint("soon"),
    **{name: _writes(script) for name, script in SCRIPTS.items()},
}
