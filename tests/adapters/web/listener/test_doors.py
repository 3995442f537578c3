from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from prometheus_client import CollectorRegistry

from patience import LONGEST_S
from thesetd.adapters.web.control import control_app
from thesetd.adapters.web.listener.doors import KINDS, PLACES, Doors
from thesetd.adapters.web.listener.serve import serve_unix
from thesetd.adapters.web.observe import observe_app
from thesetd.ports.surface.endpoints import PlaceKind

Refusals = list[PlaceKind]


def apps(daemon: Any, doors: Doors):
    """Yield both applications."""
    yield control_app(daemon.surface, doors=doors)
    yield observe_app(CollectorRegistry(), daemon, daemon, daemon, daemon.glances, doors=doors)


@pytest.fixture
def refusals() -> Refusals:
    """Return the list of what was refused."""
    return []


@pytest.fixture
def doors(refusals: Refusals) -> Doors:
    """Return doors with few places."""
    made = Doors(streams=3, on_refusal=refusals.append)
    made.places |= {PlaceKind.IMPORT: 2, PlaceKind.COMMAND: 2, PlaceKind.PROBE: 1}
    return made


@pytest.fixture
async def path(daemon: Any, doors: Doors, sockets: Path, nursery: trio.Nursery) -> Path:
    """Return the path of a control socket with these doors."""
    await nursery.start(serve_unix, next(apps(daemon, doors)), sockets / "c")
    return sockets / "c"


def test_kinds_name_routes(daemon: Any):
    """Every line of the table is a route of one of the listeners."""
    routes = [route for app in apps(daemon, Doors()) for route in app.routes]
    assert {(method, route.path_format) for route in routes for method in route.methods} >= KINDS.keys()


async def test_streams_beyond_their_places(path: Path, doors: Doors, refusals: Refusals, daemon: Any, connect: Any):
    """A stream too many is told when to come back; all else is served, and a place that is free is given again."""
    daemon.add_job("A")
    async with AsyncExitStack() as stack:
        for target in ("/events", "/imports/1/events", "/events"):
            await (await stack.enter_async_context(connect(path))).listen(target)
        client = await stack.enter_async_context(connect(path))
        answer = await client.ask("GET", "/events")
        assert (answer.status, answer.headers["retry-after"]) == (503, "10")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["type"] == "urn:thesetd:problem:too-many-streams"
        for method, target, status in (("GET", "/health", 200), ("GET", "/jobs", 200), ("HEAD", "/events", 200)):
            assert (await client.ask(method, target)).status == status
        assert (await client.ask("POST", "/imports", b'{"artist": "B"}')).status == 202
    assert refusals == [PlaceKind.STREAM]
    await trio.testing.wait_all_tasks_blocked()
    assert doors.taken[PlaceKind.STREAM] == 0
    async with connect(path) as client:
        await client.listen("/events")


@pytest.mark.parametrize("kind", [PlaceKind.IMPORT, PlaceKind.COMMAND, PlaceKind.PROBE])
async def test_no_kind_locks_out_another(path: Path, doors: Doors, connect: Any, kind: PlaceKind):
    """While all places of one kind are taken, the next of that kind is refused and the other kinds are served."""
    requests = {
        PlaceKind.IMPORT: ("POST", "/imports", b'{"artist": "A"}'),
        PlaceKind.COMMAND: ("GET", "/jobs", b""),
        PlaceKind.PROBE: ("GET", "/health", b""),
    }
    doors.taken[kind] = doors.places[kind]
    async with connect(path) as client:
        for other, (method, target, body) in requests.items():
            answer = await client.ask(method, target, body)
            assert (answer.status == 503) == (other is kind)
            assert ("retry-after" in answer.headers) == (other is kind)


async def test_a_request_keeps_its_place_until_it_is_answered(
    path: Path, doors: Doors, daemon: Any, connect: Any, monkeypatch: Any
):
    """An import that waits for a provider holds a place of its kind, and gives it back with its answer."""
    answered, submit = trio.Event(), daemon.submit

    async def late(*asked: Any) -> Any:
        await answered.wait()
        return await submit(*asked)

    monkeypatch.setattr(daemon, "submit", late)
    async with connect(path) as client:
        await client.send("POST", "/imports", b'{"artist": "A"}')
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert doors.taken[PlaceKind.IMPORT] == 1
        answered.set()
        assert (await client.event()).status_code == 202
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert doors.taken[PlaceKind.IMPORT] == 0


async def test_refused_methods_and_unknown_paths_take_no_place(path: Path, doors: Doors, connect: Any):
    """A 405 says what is allowed, a 404 where to look; both are answered while all places are taken."""
    for kind in PlaceKind:
        doors.taken[kind] = doors.places[kind]
    async with connect(path) as client:
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            answer = await client.ask(method, "/events")
            assert (answer.status, set(answer.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})
        for target in ("/events/", "/imports/1/events/2", "/nowhere"):
            assert (await client.ask("GET", target)).status == 404


def test_places_fit_the_listener(doors: Doors):
    """Commands and probes have places however many streams there are."""
    assert Doors(streams=1).places == {**PLACES, PlaceKind.STREAM: 1}


async def test_many_idle_readers_lock_out_nobody(daemon: Any, sockets: Path, connect: Any, nursery: trio.Nursery):
    """With as many readers as there are places, imports, commands and probes are answered on new connections."""
    doors = Doors(streams=300)
    await nursery.start(serve_unix, next(apps(daemon, doors)), sockets / "c")
    async with AsyncExitStack() as stack:
        for _ in range(300):
            client = await stack.enter_async_context(connect(sockets / "c"))
            await client.send("GET", "/events")
        with trio.fail_after(LONGEST_S):
            while doors.taken[PlaceKind.STREAM] < 300:
                await trio.testing.wait_all_tasks_blocked(0.01)
        for method, target, body, status in (
            ("POST", "/imports", b'{"artist": "A"}', 202),
            ("GET", "/imports", b"", 200),
            ("GET", "/health", b"", 200),
            ("GET", "/events", b"", 503),
        ):
            async with connect(sockets / "c") as client:
                with trio.fail_after(LONGEST_S):
                    assert (await client.ask(method, target, body)).status == status
