"""Requests to providers, within hard bounds: the only module that knows httpx.

A provider is not trusted. One deadline stands above the whole exchange (httpx's read timeout starts again with every
byte); bytes are counted on the wire and after decompression (3.5 kB of `gzip, gzip` become 4 GB otherwise); only one
content encoding is accepted; a redirect is followed within its own origin and never further; proxies from the
environment and cookies are ignored. No URL, header or exception of httpx leaves this module: they may hold a key.
"""

import http.cookiejar
import zlib
from collections.abc import Mapping
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
MAX_BODY_BYTES = 32 << 20
MAX_HOPS = 3
HTTP_UNAUTHORIZED = 401


@attrs.frozen(kw_only=True)
class Credentials:
    """What authorises one request: headers and query parameters to add."""

    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    params: Mapping[str, str] = attrs.field(factory=dict, repr=False)


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
    ) -> Response:
        """Make one request and read the whole answer, whatever its status.

        Raises:
            Unavailable: no answer within the deadline, or one that breaks a bound.
            BadPayload: a body that says it is JSON and is not, by strict rules.
        """
        try:
            with trio.fail_after(self._timeout_s):
                return await self._follow(method, url, params, headers, form)
        except trio.TooSlowError:
            raise Unavailable(self._provider, f"no complete answer within {self._timeout_s:g} s") from None
        except httpx.HTTPError as error:
            raise Unavailable(self._provider, f"connection failed ({type(error).__name__})") from None
        except (httpx.InvalidURL, ValueError) as error:
            raise Unavailable(self._provider, f"unusable answer ({type(error).__name__})") from None

    async def _follow(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        form: Mapping[str, str] | None,
    ) -> Response:
        target = httpx.URL(url)
        if params:
            target = target.copy_merge_params(dict(params))
        for _ in range(MAX_HOPS + 1):
            request = self._client.build_request(method, target, headers=dict(headers or {}), data=form)
            answer = await self._client.send(request, stream=True)
            try:
                if not answer.has_redirect_location:
                    return await self._read(answer)
                onward = target.join(answer.headers["location"])
            finally:
                await answer.aclose()
            if origin(onward) != origin(target):
                raise Unavailable(self._provider, "redirected to another origin")
            target = onward
        raise Unavailable(self._provider, f"more than {MAX_HOPS} redirects")

    async def _read(self, answer: httpx.Response) -> Response:
        body = await self._body(answer)
        kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
        text, parsed = "", None
        if kind in {"", "application/json"} or kind.endswith("+json"):
            parsed, text = self._parse(body, strict=kind != "" and answer.is_success)
        if parsed is None and not text:
            text = body[:2000].decode("utf-8", "replace")
        return Response(
            status=answer.status_code,
            headers={name.lower(): value for name, value in answer.headers.items()},
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
        encoding = answer.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"identity", "gzip"}:
            raise Unavailable(self._provider, "unknown content encoding")
        inflate = zlib.decompressobj(31) if encoding == "gzip" else None
        wire, body = 0, bytearray()
        async for chunk in answer.aiter_raw():
            wire += len(chunk)
            if wire > MAX_WIRE_BYTES:
                raise Unavailable(self._provider, f"more than {MAX_WIRE_BYTES} bytes on the wire")
            try:
                body += inflate.decompress(chunk, MAX_BODY_BYTES + 1 - len(body)) if inflate else chunk
            except zlib.error:
                raise Unavailable(self._provider, "broken gzip stream") from None
            if len(body) > MAX_BODY_BYTES:
                raise Unavailable(self._provider, f"more than {MAX_BODY_BYTES} bytes of body")
        if inflate is not None and not inflate.eof and wire:
            raise Unavailable(self._provider, "gzip stream incomplete")
        return bytes(body)


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
        return await self._session.exchange("GET", url, params=params, headers=credentials.headers)


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Give what must stay the same for a credential to be sent along."""
    return url.scheme, url.host, url.port
