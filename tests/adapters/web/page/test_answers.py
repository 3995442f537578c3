"""What browsers and programs receive of the page and around it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import trio
from prometheus_client import CollectorRegistry

from thesetd.adapters.web.listener.doors import Doors
from thesetd.adapters.web.listener.serve import serve_tcp
from thesetd.adapters.web.observe import observe_app
from thesetd.adapters.web.page.answers import ASSETS
from thesetd.adapters.web.standby import standby_app
from thesetd.ports.surface.endpoints import PlaceKind

BROWSER = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")]


class Deferral:
    """A daemon that waits for its database."""

    def readiness(self) -> dict[str, str]:
        """Name what is missing."""
        return {"database": "<refused>"}


@pytest.fixture
async def client(daemon: Any, connect: Any, nursery: trio.Nursery) -> AsyncIterator[Any]:
    """Yield a client of the read-only listener."""
    app = observe_app(CollectorRegistry(), daemon, daemon, daemon, daemon.glances)
    address = await nursery.start(serve_tcp, app, "127.0.0.1", 0)
    async with connect(address) as client:
        yield client


async def test_the_page_may_load_its_own_parts_alone(client: Any) -> None:
    """The policy forbids everything but style, script, icon and requests of this listener; frames are refused."""
    answer = await client.ask("GET", "/")
    policy = answer.headers["content-security-policy"]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert policy.startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", ASSETS)
async def test_style_script_and_icon_are_served(client: Any, name: str) -> None:
    """Each part that the page names is there, as what it is."""
    answer = await client.ask("GET", f"/{name}")
    assert (answer.status, answer.headers["content-type"]) == (200, ASSETS[name])
    assert f"/{name}".encode() in (await client.ask("GET", "/")).body


async def test_programs_read_the_same_as_a_document(client: Any, daemon: Any) -> None:
    """`/status` says in JSON what the page says."""
    daemon.add_job("A")
    found = (await client.ask("GET", "/status")).json
    assert found["ready"] is True
    assert found["imports"][0]["job"]["name"] == "A"


async def test_a_path_that_is_none_is_a_page_for_a_person(client: Any) -> None:
    """A browser gets a page with the way back, a program a problem document; both with 404."""
    person = await client.ask("GET", "/<nothing>", headers=BROWSER)
    program = await client.ask("GET", "/nothing")
    assert (person.status, program.status) == (404, 404)
    assert person.headers["content-type"] == "text/html; charset=utf-8"
    assert b"<nothing>" not in person.body
    assert b'<a href="/">Status page</a>' in person.body
    assert program.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "target",
    ["/nothing", "/../etc", "/page.css/", "/imports/1/events/x", "//", "/%2e%2e", "/imports", "/%ff%00", "/a?b=<c>"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH"])
async def test_whatever_path_is_none(client: Any, method: str, target: str) -> None:
    """A person gets a page, a program a problem document, with the same status."""
    person = await client.ask(method, target, headers=BROWSER)
    program = await client.ask(method, target)
    assert (person.status, person.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert (program.status, program.headers["content-type"]) == (404, "application/problem+json")


async def test_a_page_about_an_error_says_when_to_come_back(daemon: Any, connect: Any, nursery: trio.Nursery) -> None:
    """A browser gets Retry-After as a program does, where all places are taken."""
    doors = Doors()
    app = observe_app(CollectorRegistry(), daemon, daemon, daemon, daemon.glances, doors=doors)
    address = await nursery.start(serve_tcp, app, "127.0.0.1", 0)
    async with connect(address) as client:
        doors.places[PlaceKind.COMMAND] = 0
        for headers in (BROWSER, []):
            full = await client.ask("GET", "/status", headers=headers)
            assert (full.status, full.headers["retry-after"]) == (503, "2")
            assert full.headers["content-type"].startswith("text/html" if headers else "application/problem+json")


async def test_a_daemon_that_starts_says_so_to_a_person(connect: Any, nursery: trio.Nursery) -> None:
    """The page says what is waited for, and renews itself until the daemon is there."""
    address = await nursery.start(serve_tcp, standby_app(CollectorRegistry(), Deferral()), "127.0.0.1", 0)
    async with connect(address) as client:
        answer = await client.ask("GET", "/", headers=BROWSER)
        style = await client.ask("GET", "/page.css")
    assert answer.status == 503
    assert b"database: &lt;refused&gt;" in answer.body
    assert b'http-equiv="refresh"' in answer.body
    assert b"/page.js" in answer.body
    assert style.status == 200
