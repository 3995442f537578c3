"""Sends requests to providers, within hard limits: the only module that uses httpx2.

Providers are not trusted. One deadline covers the whole exchange (httpx2's read timeout restarts with every byte);
bodies have size limits (`thesetd.adapters.bounded_body`); redirects are followed only within the same origin, a few
times, without our credentials. No URL, header or exception of httpx2 leaves this module, since they may hold a key; and
if a provider repeats our credentials in an answer, they are blanked before anything reads it.

Requests go to httpx2's transport, not through its client: that would spend a third more on each of them, on redirects,
cookies, proxies of the environment and authentication, of which we use none.
"""

import logging
import re
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Any, Protocol

import attrs
import httpx2
import trio

from thesetd import __version__
from thesetd.adapters.bounded_body import BoundedBody
from thesetd.adapters.certificates import trust
from thesetd.adapters.route import Route, barred, is_tls, reason
from thesetd.adapters.strict_json import NoJson, decode_json
from thesetd.domain.errors import BadPayload, Suspended, Unavailable
from thesetd.domain.gate.calls import Request, Response
from thesetd.domain.ids import ProviderName
from thesetd.ports.clock import Clock
from thesetd.ports.transport import OnSent

MAX_HOPS = 3
ROUTE_S = 60.0  # until a connection blocked by a certificate or a proxy is retried: it may be fixed at any time
BLANK = "[blanked]"

_REFUSALS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_TEXT_BYTES = 2000
_ENDED = re.compile(r"[?#]")  # a URL without these ends with its path
_HEADERS: Mapping[str, str] = {
    "accept": "application/json",
    "accept-encoding": "gzip",
    "user-agent": f"thesetd/{__version__}",
}

for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # at lower levels they log addresses and headers


@attrs.frozen(kw_only=True)
class Credentials:
    """The authorisation of one request: headers and query parameters to add."""

    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    params: Mapping[str, str] = attrs.field(factory=dict, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secret parts; headers for content negotiation, or that name the program, are not secret."""
        values = (value.split()[-1] for name, value in self.headers.items() if value and not _negotiates(name))
        return (*values, *filter(None, self.params.values()))

    @property
    def harmless(self) -> Mapping[str, str]:
        """The headers without secrets."""
        return {name: value for name, value in self.headers.items() if _negotiates(name)}

    def taken_from(self, url: httpx2.URL) -> httpx2.URL:
        """Return a URL without the authorising parameters, and without any secret elsewhere in it."""
        kept = [(name, value) for name, value in url.params.multi_items() if name not in self.params]
        return url.copy_with(userinfo=b"", params=[pair for pair in kept if not set(pair) & set(self.secrets)])


def _negotiates(header: str) -> bool:
    """Return whether a header only negotiates content, or names the program."""
    return header.lower().startswith("accept") or header.lower() == "user-agent"


class Auth(Protocol):
    """The source of a provider's credentials."""

    async def credentials(self) -> Credentials:
        """Return current credentials, fetching them if needed.

        Raises:
            Unauthorized, Unavailable, RateLimited, NotConfigured.
        """
        ...

    def rejected(self, credentials: Credentials) -> bool:
        """Note that the provider answered 401 to these; return whether fresh ones are worth one more try."""
        ...


def by_token(auth: Auth) -> Callable[[], Awaitable[bool]]:
    """Return a proof that fetches a token: one used before proves nothing any more."""
    shown: list[Credentials] = []

    async def prove() -> bool:
        before = shown[:]
        shown[:] = [await auth.credentials()]
        return shown != before

    return prove


class HttpSession:
    """A connection pool to one provider, kept small because httpcore2 checks each idle connection for every request."""

    def __init__(
        self,
        provider: ProviderName,
        *,
        timeout_s: float,
        connections: int,
        clock: Clock,
        route: Route | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
        follows: bool = True,
        trusted: Callable[[Any], ssl.SSLContext] = trust,
    ) -> None:
        """Prepare; `transport` replaces the network and its certificates (an ASGI application, for the simulation).

        Without `follows` a redirect is an answer: following it would cost a call that no limiter has counted. `trusted`
        lets sessions share a TLS context.

        Raises:
            OSError, ssl.SSLError: the certificates of `route` cannot be used.
        """
        route = route or Route()
        self._provider = provider
        self._timeout_s = timeout_s
        self._clock = clock
        self._has_proxy = bool(route.proxy)
        self._follows = follows
        self._transport = transport or _network(route, connections, trusted(route.ca_file))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def exchange(
        self,
        method: str,
        url: httpx2.URL | str,
        *,
        params: Sequence[tuple[str, str]] = (),
        credentials: Credentials | None = None,
        form: Mapping[str, str] | None = None,
        left: OnSent | None = None,
    ) -> Response:
        """Send one request and read the whole answer, whatever its status; our secrets in it are blanked.

        A GET follows redirects within the same origin, without the credentials. `left` is called once a request without
        a form is written.

        Raises:
            Unavailable: no answer within the deadline, an answer that exceeds a limit or claims to be JSON but is not,
                or an invalid redirect.
            Suspended: the provider's certificate is not trusted, or the proxy refuses access.
            BadPayload: JSON that breaks the strict rules.
        """
        held = credentials or Credentials()
        with self._translated(), trio.fail_after(self._timeout_s):
            target = _with_params(url, [*params, *held.params.items()])
            headers = {**_headers(target), **held.headers}
            if left is None or form is not None:
                request = httpx2.Request(method, target, headers=headers, data=form)
            else:
                headers = {"host": target.netloc.decode("ascii"), **headers}
                request = httpx2.Request(method, target, headers=headers, stream=_NoBody(left))
            return await self._follow(request, held)

    async def reach(self, url: str) -> int:
        """Send a bare request without credentials, except a user in the address, and return the status of the answer.

        Raises:
            Unavailable, Suspended: as `exchange`.
        """
        with self._translated():
            request = httpx2.Request("HEAD", url, headers=_headers(httpx2.URL(url)))
            with trio.fail_after(self._timeout_s):
                answer = await self._transport.handle_async_request(request)
                await answer.aclose()
            if answer.status_code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
                raise self._refused_by_proxy(str(answer.status_code))
            return answer.status_code

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Translate httpx2's errors."""
        try:
            yield
        except trio.TooSlowError:
            raise Unavailable(self._provider, f"no complete response within {self._timeout_s:g} s") from None
        except httpx2.ProxyError as error:
            raise self._refused_by_proxy(str(error)) from None
        except httpx2.HTTPError as error:
            raise self._not_reached(error) from None
        except (httpx2.InvalidURL, ValueError) as error:
            raise Unavailable(self._provider, f"unusable answer ({type(error).__name__})") from None

    def _not_reached(self, error: httpx2.HTTPError) -> Unavailable | Suspended:
        """Distinguish an untrusted certificate, an unavailable proxy and an unavailable provider."""
        if wrong := barred(error):
            return Suspended(self._provider, wrong, ROUTE_S)
        if self._has_proxy and isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout) and not is_tls(error):
            return Unavailable(self._provider, f"the proxy does not answer ({reason(error)}): see proxy")
        return Unavailable(self._provider, f"connection failed ({reason(error)})")

    def _refused_by_proxy(self, words: str) -> Unavailable | Suspended:
        """Distinguish a proxy that refuses the daemon from one that cannot reach the provider now."""
        status = words.split(maxsplit=1)[0] if words else ""
        if status in {"401", "407"}:  # the former is from tinyproxy
            return Suspended(self._provider, f"the proxy refuses our credentials ({status}): see proxy", ROUTE_S)
        if status.startswith("4"):
            return Suspended(self._provider, f"the proxy refuses to connect us ({status})", ROUTE_S)
        return Unavailable(self._provider, f"the proxy cannot connect us ({status or 'no answer'})")

    async def _follow(self, request: httpx2.Request, held: Credentials) -> Response:
        for hop in range(MAX_HOPS + 1):
            answer = await self._transport.handle_async_request(request)
            try:
                if answer.status_code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
                    raise self._refused_by_proxy(str(answer.status_code))
                if not (answer.has_redirect_location and self._follows):
                    if hop and answer.status_code in _REFUSALS:  # says nothing about credentials, since none were sent
                        raise Unavailable(self._provider, "redirected to an address that repeats the credentials")
                    return await self._read(answer, held.secrets)
                onward = request.url.join(answer.headers["location"])
            finally:
                await answer.aclose()
            if request.method != "GET":
                raise Unavailable(self._provider, f"redirected a {request.method}")
            if origin(onward) != origin(request.url):
                raise Unavailable(self._provider, "redirected to another origin")
            request = httpx2.Request("GET", held.taken_from(onward), headers={**_HEADERS, **held.harmless})
        raise Unavailable(self._provider, f"more than {MAX_HOPS} redirects")

    async def _read(self, answer: httpx2.Response, secrets: Collection[str]) -> Response:
        body = await self._body(answer)
        for secret in secrets:
            body = body.replace(secret.encode(), BLANK.encode())
        headers = dict(answer.headers.items())
        kind = headers.get("content-type", "").split(";")[0].strip().lower()
        text, parsed = "", None
        if kind in {"", "application/json"} or kind.endswith("+json"):
            parsed, text = self._parse(body, strict=kind != "" and answer.is_success)
        if parsed is None and not text:
            text = body[:_TEXT_BYTES].decode("utf-8", "replace")
        return Response(
            status=answer.status_code,
            headers={name: _blanked(value, secrets) for name, value in headers.items()},
            received_at=self._clock.now(),
            json=parsed,
            text=text,
            body=b"" if parsed is None else body,
        )

    def _parse(self, body: bytes, *, strict: bool) -> tuple[Any, str]:
        try:
            return decode_json(body), ""
        except ValueError as error:
            sample = body[:500].decode("utf-8", "replace")
            if strict and isinstance(error, NoJson):
                raise Unavailable(self._provider, f"truncated, or not JSON: {error}") from None
            if strict:
                raise BadPayload(self._provider, f"not acceptable as JSON: {error}", sample) from None
            return None, sample

    async def _body(self, answer: httpx2.Response) -> bytes:
        body = BoundedBody(self._provider, answer.headers.get("content-encoding", "identity").strip().lower())
        chunks = answer.aiter_raw()
        async for chunk in chunks:
            try:
                body.add(chunk)
            except Unavailable:
                await _abandon(answer, chunks)
                raise
        return body.whole()


def _headers(url: httpx2.URL) -> Mapping[str, str]:
    """Return the headers of every request; a user in the address is one for the server before a private copy."""
    if not url.userinfo:
        return _HEADERS
    user = b64encode(f"{url.username}:{url.password}".encode()).decode()
    return {**_HEADERS, "authorization": f"Basic {user}"}


def _with_params(url: httpx2.URL | str, params: Sequence[tuple[str, str]]) -> httpx2.URL:
    """Return a URL with these parameters, which may repeat, replacing those of the same names.

    A text with neither is read once with its parameters: reading it first would double what a URL costs.
    """
    if isinstance(url, str) and params and not _ENDED.search(url):
        return httpx2.URL(url, params=params)
    url = httpx2.URL(url)
    if not params:
        return url
    named = {name for name, _ in params}
    kept = [pair for pair in url.params.multi_items() if pair[0] not in named] if url.query else []
    return url.copy_with(params=[*kept, *params])


def _network(route: Route, connections: int, context: ssl.SSLContext) -> httpx2.AsyncHTTPTransport:
    proxy = None
    if route.proxy:
        proxy = httpx2.Proxy(route.proxy, ssl_context=context if route.proxy.startswith("https:") else None)
    limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx2.AsyncHTTPTransport(verify=context, trust_env=False, proxy=proxy, limits=limits)


class _NoBody(httpx2.AsyncByteStream):
    """The body of a request that has none: it is asked for once the head, and so the whole request, is written.

    httpcore2 would also tell a hook of that, and of nine other steps of a request, which takes a twentieth of it.
    """

    def __init__(self, left: OnSent) -> None:
        self._left = left

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        self._left()
        raise StopAsyncIteration


async def _abandon(answer: httpx2.Response, chunks: AsyncIterator[bytes]) -> None:
    """Stop reading an answer. httpx2's generators end cleanly only by themselves: on a closed connection they do."""
    await answer.aclose()
    with suppress(httpx2.HTTPError, httpx2.StreamError):
        async for _ in chunks:
            pass


def _blanked(text: str, secrets: Collection[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, BLANK)
    return text


class ProviderTransport:
    """The `Transport` of one provider: base address, credentials, one retry after a refused token."""

    def __init__(self, provider: ProviderName, base_url: str, session: HttpSession, auth: Auth) -> None:
        self._provider = provider
        self._base_url = base_url.rstrip("/") + "/"
        self._origin = origin(httpx2.URL(self._base_url))
        self._session = session
        self._auth = auth

    async def send(self, request: Request, left: OnSent | None = None) -> Response:
        """Perform the request; see `thesetd.ports.transport.Transport`."""
        url = self._address(request.path)
        credentials = await self._auth.credentials()
        response = await self._attempt(url, request, credentials, left)
        if response.status == HTTPStatus.UNAUTHORIZED and self._auth.rejected(credentials):
            response = await self._attempt(url, request, await self._auth.credentials(), left)
        return response

    def _address(self, path: str) -> httpx2.URL | str:
        if "://" not in path:
            return self._base_url + path.lstrip("/")
        try:
            url = httpx2.URL(path)
            is_ours = origin(url) == self._origin
        except (httpx2.InvalidURL, ValueError):
            raise Unavailable(self._provider, "returned an unusable link") from None
        if not is_ours:
            raise Unavailable(self._provider, "returned a link to another origin")
        return url

    async def _attempt(
        self, url: httpx2.URL | str, request: Request, credentials: Credentials, left: OnSent | None
    ) -> Response:
        return await self._session.exchange("GET", url, params=request.params, credentials=credentials, left=left)


def origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    """Return the origin, which must stay the same for a credential to be sent along."""
    return url.scheme, url.host, url.port
