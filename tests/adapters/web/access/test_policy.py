"""Every route and every scope over both doors: on the socket by the peer, on TCP by tokens; and browsers' origins."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from surface_asks import CONTROL, success
from thesetd.adapters.web.access.peers import Members, PeerAccess
from thesetd.adapters.web.access.policy import Everybody
from thesetd.adapters.web.access.tokens import TokenAccess, parse_tokens
from thesetd.adapters.web.control import control_app
from thesetd.adapters.web.listener.serve import serve_tcp, serve_unix
from thesetd.ports.surface.endpoints import EVENTS, ApiRoute, Scope

SECRETS = {scope: f"q2v9Lw7hXk3mBd5TzRc8NfJp-{scope.value}" for scope in Scope}
TOKENS = parse_tokens("\n".join(f"{scope.value} {scope.value} {secret}" for scope, secret in SECRETS.items()))
ME, NO_USERS = Members(uids=frozenset({os.getuid()}), gids=frozenset()), Members(uids=frozenset(), gids=frozenset())


@pytest.fixture
async def tcp(daemon: Any, nursery: trio.Nursery) -> str:
    """Return the address of an API with a token for each scope."""
    app = control_app(daemon.surface, access=TokenAccess(TOKENS), origins=["https://theset.example"])
    return await nursery.start(serve_tcp, app, "127.0.0.1", 0)


@pytest.fixture(params=["socket", "tcp"])
async def client_with(
    request: pytest.FixtureRequest, daemon: Any, sockets: Path, nursery: trio.Nursery, connect: Any
) -> Any:
    """Return the way to connect as a caller that has one scope."""
    if request.param == "tcp":
        app = control_app(daemon.surface, access=TokenAccess(TOKENS))
        address = await nursery.start(serve_tcp, app, "127.0.0.1", 0)
        return lambda scope: (connect(address), [("authorization", f"Bearer {SECRETS[scope]}")])
    for scope in Scope:
        others = {other: ME if other is scope else NO_USERS for other in Scope}
        app = control_app(daemon.surface, access=PeerAccess(others, own=()))
        await nursery.start(serve_unix, app, sockets / scope.value)
    return lambda scope: (connect(sockets / scope.value), [])


async def status_of(client: Any, endpoint: ApiRoute[Any], headers: list[tuple[str, str]]) -> tuple[int, Any]:
    """Ask what a route answers with success if it may; of a stream only the head is awaited."""
    ask = success(endpoint)
    if endpoint.media == EVENTS:
        await client.send(endpoint.method, ask.target, headers=headers)
        head = await client.event()
        return head.status_code, None
    answer = await client.ask(endpoint.method, ask.target, ask.data, headers)
    return answer.status, answer


@pytest.mark.parametrize("scope", Scope)
async def test_matrix(client_with: Any, daemon: Any, scope: Scope):
    """A caller with one scope is served by the routes that need it, and refused by all others, which names theirs."""
    daemon.add_job("Gorillaz")
    for endpoint in CONTROL:
        connecting, headers = client_with(scope)
        async with connecting as client:
            status, answer = await status_of(client, endpoint, headers)
        if endpoint.scope is scope:
            assert status not in {401, 403}, endpoint.name
        elif answer is None:
            assert status == 403, endpoint.name
        else:
            assert (status, answer.json["scope"]) == (403, endpoint.scope.value), endpoint.name
            assert answer.json["type"] == "urn:thesetd:problem:missing-scope"
            assert f'scope="{endpoint.scope.value}"' in answer.headers["www-authenticate"]


async def test_nobody_passes_without_a_token(tcp: str, daemon: Any, connect: Any):
    """No route of the API answers a caller without a token, or with an unknown one, whatever the method."""
    for endpoint in CONTROL:
        for headers in ([], [("authorization", "Bearer q2v9Lw7hXk3mBd5TzRc8NfJp-guess")]):
            async with connect(tcp) as client:
                status, _ = await status_of(client, endpoint, headers)
                assert status == 401, endpoint.name
    async with connect(tcp) as client:
        head = await client.ask("HEAD", "/jobs")
        assert (head.status, head.headers["www-authenticate"]) == (401, 'Bearer realm="thesetd"')
    assert (daemon.submitted, daemon.edits, daemon.paused) == ([], [], {})


async def test_without_tokens_the_api_is_read_only(daemon: Any, nursery: trio.Nursery, connect: Any):
    """As it is on loopback until tokens are configured."""
    app = control_app(daemon.surface, access=Everybody(frozenset({Scope.READ})))
    async with connect(await nursery.start(serve_tcp, app, "127.0.0.1", 0)) as client:
        assert (await client.ask("GET", "/jobs")).status == 200
        refused = await client.ask("POST", "/imports", b'{"artist": "Gorillaz"}')
        assert (refused.status, "http.tokens_file" in refused.json["detail"]) == (403, True)


@pytest.fixture
async def browser(tcp: str, connect: Any) -> AsyncIterator[Any]:
    """Yield a client of the API."""
    async with connect(tcp) as client:
        yield client


async def test_pages_of_listed_origins(browser: Any):
    """Their browsers may send a token and read the answer, also a refusal; a preflight needs no token."""
    wanted = "authorization,content-type,last-event-id,traceparent,x-request-id"
    wish = [("access-control-request-method", "POST"), ("access-control-request-headers", wanted)]
    preflight = await browser.ask("OPTIONS", "/imports", headers=[("origin", "https://theset.example"), *wish])
    assert preflight.status == 200
    assert preflight.headers["access-control-allow-origin"] == "https://theset.example"
    token = ("authorization", f"Bearer {SECRETS[Scope.READ]}")
    for headers, status in (([token], 200), ([], 401)):
        answer = await browser.ask("GET", "/jobs", headers=[("origin", "https://theset.example"), *headers])
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (status, "https://theset.example")
        assert "x-request-id" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("origin", ["https://theset.example.evil", "http://theset.example", "null"])
async def test_pages_of_other_origins(browser: Any, origin: str):
    """A browser keeps the answer from them."""
    wish = [("access-control-request-method", "GET"), ("access-control-request-headers", "authorization")]
    preflight = await browser.ask("OPTIONS", "/jobs", headers=[("origin", origin), *wish])
    assert (preflight.status, preflight.headers.get("access-control-allow-origin")) == (400, None)
    token = ("authorization", f"Bearer {SECRETS[Scope.READ]}")
    answer = await browser.ask("GET", "/jobs", headers=[("origin", origin), token])
    assert "access-control-allow-origin" not in answer.headers
