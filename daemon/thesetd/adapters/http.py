"""Requests to providers, within hard bounds: the only module that knows httpx.

A provider is not trusted. One deadline stands above the whole exchange (httpx's read timeout starts again with every
byte); bytes are counted on the wire and after decompression (3.5 kB of `gzip, gzip` become 4 GB otherwise); only one
content encoding is accepted; a redirect is followed within its own origin and never further; proxies from the
environment and cookies are ignored. No URL, header or exception of httpx leaves this module: they may hold a key; and
what a provider repeats of our credentials is blanked before anybody reads it.
"""

import http.cookiejar
import logging
import zlib
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any, Protocol

import attrs
import httpx
import trio

from thesetd import __version__
from thesetd.adapters.strict_json import decode_json
from thesetd.domain.calls import Request, Response
from thesetd.domain.errors import BadPayload, Unavailable
from thesetd.domain.ids import ProviderName
from thesetd.ports.clock import Clock

MAX_WIRE_BYTES = 8 << 20  # the largest recorded page (160 Ticketmaster events) has 2.4 MB uncompressed
MAX_BODY_BYTES = 8 << 20  # as text with one rare character each byte takes four
MAX_HOPS = 3
HTTP_UNAUTHORIZED = 401
BLANK = "[blanked]"

_SLICE_BYTES = 64 << 10
_TEXT_BYTES = 2000

for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # below that they write addresses and headers


@attrs.frozen(kw_only=True)
class Credentials:
    """What authorises one request: headers and query parameters to add."""

    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    params: Mapping[str, str] = attrs.field(factory=dict, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The parts that nobody may read; headers that only negotiate what comes back are none."""
        told = (value.split()[-1] for name, value in self.headers.items() if value and not _negotiates(name))
        return (*told, *filter(None, self.params.values()))


def _negotiates(header: str) -> bool:
    return header.lower().startswith("accept")


class Auth(Protocol):
    """Where a provider's credentials come from."""

    async def credentials(self) -> Credentials:
        """Give current credentials, fetching them where that is needed.

        Raises:
            Unauthorized, Unavailable, RateLimited, NotConfigured.
        """
        ...

    def rejected(self, credentials: Credentials) -> bool:
        """Hear that the provider answered 401 to these; say whether fresh ones are worth one more try."""
        ...


class HttpSession:
    """A small connection pool to one provider. httpcore looks at each idle connection for every request: keep few."""

    def __init__(
        self,
        provider: ProviderName,
        *,
        timeout_s: float,
        connections: int,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Prepare; `transport` replaces the network (an ASGI application in process, for the simulation)."""
        self._provider = provider
        self._timeout_s = timeout_s
        self._clock = clock
        self._client = httpx.AsyncClient(
            headers={
                "accept": "application/json",
                "accept-encoding": "gzip",
                "user-agent": f"thesetd/{__version__}",
            },
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(timeout_s),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            transport=transport,
        )
        self._client.cookies.jar.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def exchange(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        secrets: Collection[str] = (),
    ) -> Response:
        """Make one request and read the whole answer, whatever its status; each of `secrets` in it is blanked.

        Raises:
            Unavailable: no answer within the deadline, or one that breaks a bound.
            BadPayload: a body that says it is JSON and is not, by strict rules.
        """
        try:
            with trio.fail_after(self._timeout_s):
                target = httpx.URL(url).copy_merge_params(dict(params)) if params else httpx.URL(url)
                return await self._follow(method, target, headers, form, secrets)
        except trio.TooSlowError:
            raise Unavailable(self._provider, f"no complete answer within {self._timeout_s:g} s") from None
        except httpx.HTTPError as error:
            raise Unavailable(self._provider, f"connection failed ({type(error).__name__})") from None
        except (httpx.InvalidURL, ValueError) as error:
            raise Unavailable(self._provider, f"unusable answer ({type(error).__name__})") from None

    async def _follow(
        self,
        method: str,
        target: httpx.URL,
        headers: Mapping[str, str] | None,
        form: Mapping[str, str] | None,
        secrets: Collection[str],
    ) -> Response:
        for _ in range(MAX_HOPS + 1):
            request = self._client.build_request(method, target, headers=dict(headers or {}), data=form)
            answer = await self._client.send(request, stream=True)
            try:
                if not answer.has_redirect_location:
                    return await self._read(answer, secrets)
                onward = target.join(answer.headers["location"])
            finally:
                await answer.aclose()
            if origin(onward) != origin(target):
                raise Unavailable(self._provider, "redirected to another origin")
            target = onward
        raise Unavailable(self._provider, f"more than {MAX_HOPS} redirects")

    async def _read(self, answer: httpx.Response, secrets: Collection[str]) -> Response:
        body = await self._body(answer)
        for secret in secrets:
            body = body.replace(secret.encode(), BLANK.encode())
        kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
        text, parsed = "", None
        if kind in {"", "application/json"} or kind.endswith("+json"):
            parsed, text = self._parse(body, strict=kind != "" and answer.is_success)
        if parsed is None and not text:
            text = body[:_TEXT_BYTES].decode("utf-8", "replace")
        return Response(
            status=answer.status_code,
            headers={name.lower(): _blanked(value, secrets) for name, value in answer.headers.items()},
            received_at=self._clock.now(),
            json=parsed,
            text=text,
        )

    def _parse(self, body: bytes, *, strict: bool) -> tuple[Any, str]:
        try:
            return decode_json(body), ""
        except ValueError as error:
            sample = body[:500].decode("utf-8", "replace")
            if strict:
                raise BadPayload(self._provider, f"not acceptable as JSON: {error}", sample) from None
            return None, sample

    async def _body(self, answer: httpx.Response) -> bytes:
        body = _Body(self._provider, answer.headers.get("content-encoding", "identity").strip().lower())
        chunks = answer.aiter_raw()
        async for chunk in chunks:
            try:
                body.add(chunk)
            except Unavailable:
                await _abandon(answer, chunks)
                raise
        return body.whole()


async def _abandon(answer: httpx.Response, chunks: AsyncIterator[bytes]) -> None:
    """Stop reading an answer. httpx's generators end cleanly only by themselves: on a closed connection they do."""
    await answer.aclose()
    with suppress(httpx.HTTPError, httpx.StreamError):
        async for _ in chunks:
            pass


def _blanked(text: str, secrets: Collection[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, BLANK)
    return text


class _Body:
    """Collects a body within its bounds; a gzip stream is unpacked in slices, so that nothing grows far beyond them."""

    def __init__(self, provider: ProviderName, encoding: str) -> None:
        if encoding not in {"identity", "gzip"}:
            raise Unavailable(provider, "unknown content encoding")
        self._provider = provider
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS) if encoding == "gzip" else None
        self._wire_bytes = 0
        self._body = bytearray()

    def add(self, chunk: bytes) -> None:
        """Take the next bytes from the wire.

        Raises:
            Unavailable: they are too many, packed or unpacked, or no gzip.
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
        """Give the body.

        Raises:
            Unavailable: its gzip stream has not ended, or something stands behind it.
        """
        stream = self._inflate
        if stream is not None and self._wire_bytes and (not stream.eof or stream.unused_data):
            raise Unavailable(self._provider, "gzip stream incomplete, or more behind it")
        return bytes(self._body)

    def _unpacked(self, chunk: bytes) -> Iterator[bytes]:
        if self._inflate is None:
            yield chunk
            return
        while chunk:  # what has not come out when all is in comes with the next bytes: gzip ends with a checksum
            yield self._inflate.decompress(chunk, _SLICE_BYTES)
            chunk = self._inflate.unconsumed_tail


class ProviderTransport:
    """The `Transport` of one provider: base address, credentials, one retry after a refused token."""

    def __init__(self, provider: ProviderName, base_url: str, session: HttpSession, auth: Auth) -> None:
        self._provider = provider
        self._base_url = base_url.rstrip("/") + "/"
        self._session = session
        self._auth = auth

    async def send(self, request: Request) -> Response:
        """Perform the request; see `thesetd.ports.transport.Transport`."""
        url = self._address(request.path)
        credentials = await self._auth.credentials()
        response = await self._attempt(url, request, credentials)
        if response.status == HTTP_UNAUTHORIZED and self._auth.rejected(credentials):
            response = await self._attempt(url, request, await self._auth.credentials())
        return response

    def _address(self, path: str) -> str:
        url = path if "://" in path else self._base_url + path.lstrip("/")
        try:
            is_ours = origin(httpx.URL(url)) == origin(httpx.URL(self._base_url))
        except (httpx.InvalidURL, ValueError):
            raise Unavailable(self._provider, "handed out an unusable link") from None
        if not is_ours:
            raise Unavailable(self._provider, "handed out a link to another origin")
        return url

    async def _attempt(self, url: str, request: Request, credentials: Credentials) -> Response:
        params = {**dict(request.params), **credentials.params}
        return await self._session.exchange(
            "GET", url, params=params, headers=credentials.headers, secrets=credentials.secrets
        )


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Give what must stay the same for a credential to be sent along."""
    return url.scheme, url.host, url.port
