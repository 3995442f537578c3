import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

from thesetd import __version__
from thesetd.adapters.web.control import control_app
from thesetd.adapters.web.listener.serve import serve_unix
from thesetd.adapters.web.openapi import document
from thesetd.adapters.web.problems import problem_of
from thesetd.domain.errors import AmbiguousArtist, Candidate, UnknownArtist
from thesetd.domain.ids import JobId
from thesetd.domain.work.jobs import JobKind, JobState, Lane
from thesetd.domain.work.progress import Stage
from thesetd.domain.work.why import Cause, Place

PYTHON_TYPES = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference."""
    while "$ref" in schema:
        target: Any = document()
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema


def faults(value: Any, schema: dict[str, Any], where: str = "$") -> Iterator[str]:
    """List what a value breaks, for the part of JSON Schema that the document uses."""
    schema = resolve(schema)
    for part in schema.get("allOf", []):
        yield from faults(value, part, where)
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(isinstance(value, PYTHON_TYPES[name]) for name in types):
        yield f"{where} is no {types}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where} is none of {schema['enum']}"
    if isinstance(value, dict):
        yield from object_faults(value, schema, where)
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from faults(item, schema.get("items", {}), f"{where}[{index}]")


def object_faults(value: dict[str, Any], schema: dict[str, Any], where: str) -> Iterator[str]:
    """List what an object's members break."""
    properties, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    yield from (f"{where}.{name} is missing" for name in schema.get("required", []) if name not in value)
    for name, item in value.items():
        if name not in properties and more is False:
            yield f"{where}.{name} is not described"
        else:
            described = properties.get(name, more)
            yield from faults(item, described if isinstance(described, dict) else {}, f"{where}.{name}")


def response_schema(path: str, method: str, status: int) -> dict[str, Any]:
    """Return what the document promises for an answer."""
    response = resolve(document()["paths"][path][method]["responses"][str(status)])
    (content,) = response["content"].values()
    return content["schema"]


def test_routes(daemon: Any):
    """The document describes exactly the routes and methods that there are."""
    described = {
        (path, method.upper())
        for path, item in document()["paths"].items()
        for method in item
        if method != "parameters"
    }
    routes = control_app(
        daemon,
        daemon,
        daemon,
        daemon,
        daemon,
        cache=daemon,
        operator=daemon,
        reloader=daemon,
        clock=daemon,
        songs=daemon,
        curator=daemon.curator,
        freshness=daemon.freshness,
    ).routes
    assert described == {
        (route.path_format, method) for route in routes for method in route.methods if method != "HEAD"
    }


def test_references():
    """Every reference leads somewhere, every component is used, and operation ids are unique."""
    text = str(document())
    used = set(re.findall(r"#/components/(\w+/\w+)", text))
    defined = {f"{kind}/{name}" for kind, items in document()["components"].items() for name in items}
    assert used == defined - {"schemas/Event"}
    ids = re.findall(r"'operationId': '(\w+)'", text)
    assert len(ids) == len(set(ids))


def test_enumerations():
    """The document lists the states, stages, kinds and lanes that the program has."""
    schemas = document()["components"]["schemas"]
    assert schemas["Event"]["properties"]["status"]["enum"] == [stage.value for stage in Stage]
    assert schemas["Import"]["properties"]["state"]["enum"] == [state.value for state in JobState]
    assert schemas["Import"]["properties"]["kind"]["enum"] == [kind.value for kind in JobKind]
    assert schemas["Import"]["properties"]["lane"]["enum"] == [lane.label for lane in Lane]
    assert schemas["Why"]["properties"]["cause"]["enum"] == [cause.value for cause in Cause]
    places = schemas["Why"]["properties"]["calls"]["items"]["properties"]["place"]["enum"]
    assert places == [place.name.lower() for place in Place]


def test_event(daemon: Any):
    """An event is as the document describes it."""
    daemon.add_job("A")
    event = daemon.advance(JobId(1), Stage.SYNCING_CATALOG, albums=3, albums_total=9)
    assert list(faults(event.as_json(), {"$ref": "#/components/schemas/Event"})) == []


SONG = "00000000-0000-0000-0000-00000000002b"


@pytest.mark.parametrize(
    ("path", "request_line", "body", "status"),
    [
        ("/imports", "POST /imports", b'{"artist": "A"}', 202),
        ("/imports", "POST /imports", b"", 400),
        ("/imports", "POST /imports", b'{"artist": "Twins"}', 409),
        ("/imports", "POST /imports", b'{"artist": "Nobody"}', 404),
        ("/imports", "POST /imports", b" " * 70_000, 413),
        ("/imports", "GET /imports", b"", 200),
        ("/imports", "GET /imports?state=x", b"", 400),
        ("/imports/{job_id}", "GET /imports/1", b"", 200),
        ("/imports/{job_id}", "GET /imports/9", b"", 404),
        ("/imports/{job_id}/events", "GET /imports/9/events", b"", 404),
        ("/jobs", "GET /jobs", b"", 200),
        ("/jobs/{job_id}", "GET /jobs/1", b"", 200),
        ("/jobs/{job_id}", "GET /jobs/9", b"", 404),
        ("/jobs/{job_id}/cancel", "POST /jobs/1/cancel", b"", 200),
        ("/jobs/{job_id}/cancel", "POST /jobs/x/cancel", b"", 404),
        ("/jobs/{job_id}/retry", "POST /jobs/1/retry", b"", 409),
        ("/jobs/{job_id}/why", "GET /jobs/1/why", b"", 200),
        ("/jobs/{job_id}/why", "GET /jobs/9/why", b"", 404),
        ("/pauses", "GET /pauses", b"", 200),
        ("/pauses/{what}", "PUT /pauses/spotify", b"", 200),
        ("/pauses/{what}", "PUT /pauses/moon", b"", 404),
        ("/pauses/{what}", "DELETE /pauses/spotify", b"", 200),
        ("/pauses/{what}", "DELETE /pauses/moon", b"", 404),
        ("/events", "GET /events?after=x", b"", 400),
        ("/schedules", "GET /schedules", b"", 200),
        ("/schedules/{name}/run", "POST /schedules/sync-trending/run", b"", 202),
        ("/schedules/{name}", "GET /schedules/sync-trending", b"", 200),
        ("/schedules/{name}", "GET /schedules/sync-trending?limit=0", b"", 400),
        ("/schedules/{name}", "GET /schedules/x", b"", 404),
        ("/pins", "GET /pins", b"", 200),
        ("/pins", "POST /pins", b'{"artist": "gorillaz", "ages": "shows=1h", "why": "tour"}', 200),
        ("/pins", "POST /pins", b'{"artist": "gorillaz", "ages": "shows=1s", "why": "tour"}', 400),
        ("/pins", "POST /pins", b'{"artist": "x", "ages": "shows=1h", "why": "tour"}', 404),
        ("/pins/{artist}", "DELETE /pins/gorillaz", b"", 200),
        ("/pins/{artist}", "DELETE /pins/gorillaz?aspect=merch", b"", 400),
        ("/pins/{artist}", "DELETE /pins/x", b"", 404),
        ("/interest", "POST /interest", b'{"artists": [{"slug": "gorillaz", "visits": 3}, {"slug": "x"}]}', 200),
        ("/interest", "POST /interest", b'{"artists": [{"slug": 1}]}', 400),
        ("/interest", "POST /interest", b"[]", 400),
        ("/schedules/{name}/run", "POST /schedules/x/run", b"", 404),
        ("/actors", "GET /actors", b"", 200),
        ("/breakers", "GET /breakers", b"", 200),
        ("/breakers/{name}/reset", "POST /breakers/spotify/reset", b"", 200),
        ("/breakers/{name}/reset", "POST /breakers/x/reset", b"", 404),
        ("/limits", "GET /limits", b"", 200),
        ("/limits/{provider}", "POST /limits/spotify", b'{"limits": "50/60s", "for": "1h"}', 200),
        ("/limits/{provider}", "POST /limits/spotify", b'{"limits": "-5/60s"}', 400),
        ("/limits/{provider}", "POST /limits/spotify", b'{"limits": "50/60s", "for": "soon"}', 400),
        ("/limits/{provider}", "POST /limits/spotify", b'{"limits": 5}', 400),
        ("/limits/{provider}", "POST /limits/lastfm", b'{"limits": "50/60s"}', 404),
        ("/calls", "GET /calls?since=7d", b"", 200),
        ("/calls", "GET /calls?by=moon", b"", 400),
        ("/calls", "GET /calls?since=32d", b"", 400),
        ("/cache", "GET /cache", b"", 200),
        ("/cache/invalidate", "POST /cache/invalidate", b'{"artist": "Gorillaz"}', 200),
        ("/cache/invalidate", "POST /cache/invalidate", b'{"artist": "Nobody"}', 404),
        ("/artists/{artist}/identity", "GET /artists/mara-vell/identity", b"", 200),
        ("/artists/{artist}/identity", "GET /artists/nobody/identity", b"", 404),
        ("/identity/reviews", "GET /identity/reviews", b"", 200),
        ("/identity/decisions", "POST /identity/decisions", b'{"verb": "undo", "number": "9"}', 404),
        ("/identity/decisions", "POST /identity/decisions", b'{"verb": "praise"}', 400),
        (
            "/identity/decisions",
            "POST /identity/decisions",
            b'{"verb": "split", "artist": "mara-vell", "ids": "K8vZ1 K8vZ2"}',
            200,
        ),
        ("/health", "GET /health", b"", 200),
        ("/songs/{what}", "GET /songs/gorillaz", b"", 200),
        ("/songs/{what}", "GET /songs/nobody", b"", 404),
        ("/songs/{song}/merge", f"POST /songs/{SONG}/merge", b'{"into": "%b"}' % SONG.encode(), 200),
        ("/songs/{song}/merge", f"POST /songs/{SONG}/merge", b'{"into": "x"}', 400),
        ("/songs/{song}/merge", "POST /songs/x/merge", b'{"into": "%b"}' % SONG.encode(), 404),
        ("/songs/{song}/split", f"POST /songs/{SONG}/split", b'{"tracks": "a b", "title": "B"}', 409),
        ("/songs/{song}/split", f"POST /songs/{SONG}/split", b'{"tracks": "a", "title": "\\u0000"}', 400),
        ("/song-decisions/{number}/undo", "POST /song-decisions/1/undo", b"", 200),
        ("/song-decisions/{number}/undo", "POST /song-decisions/x/undo", b"", 404),
        ("/setlists/{setlist}/lock", f"POST /setlists/{SONG}/lock", b"", 200),
        ("/setlists/{setlist}/unlock", "POST /setlists/x/unlock", b"", 404),
        ("/reclassify", "POST /reclassify", b"", 202),
        ("/reviews", "GET /reviews", b"", 200),
        ("/setlist-pages/{page}/place", "POST /setlist-pages/63de4613/place", b'{"show": "none"}', 200),
        ("/setlist-pages/{page}/place", "POST /setlist-pages/63de4613/place", b'{"show": "x"}', 400),
        ("/song-names", "POST /song-names", b'{"artist": "gorillaz", "name": "Dare", "song": "none"}', 200),
        ("/song-names", "POST /song-names", b'{"artist": "gorillaz"}', 400),
        ("/rulings/{about}/{number}/undo", "POST /rulings/page/1/undo", b"", 200),
        ("/rulings/{about}/{number}/undo", "POST /rulings/song/x/undo", b"", 404),
        ("/predictions", "GET /predictions", b"", 200),
        ("/predictions/{slug}", "GET /predictions/gorillaz", b"", 200),
        ("/predictions/{slug}", "GET /predictions/nobody", b"", 404),
        ("/openapi.json", "GET /openapi.json", b"", 200),
    ],
)
async def test_answers(control: Any, path: str, request_line: str, body: bytes, status: int):
    """Real answers are as the document describes them."""
    method, target = request_line.split()
    answer = await control.ask(method, target, body)
    assert answer.status == status
    assert list(faults(answer.json, response_schema(path, method.lower(), status))) == []


@pytest.fixture
async def control(daemon: Any, sockets: Path, connect: Any, nursery: trio.Nursery) -> AsyncIterator[Any]:
    """Yield a client of a control socket whose daemon has a job and knows two artists called Twins."""
    await nursery.start(
        serve_unix,
        control_app(
            daemon,
            daemon,
            daemon,
            daemon,
            daemon,
            cache=daemon,
            operator=daemon,
            reloader=daemon,
            clock=daemon,
            songs=daemon,
            curator=daemon.curator,
            freshness=daemon.freshness,
        ),
        sockets / "c",
    )
    daemon.add_job("Gorillaz")
    daemon.references["Twins"] = AmbiguousArtist("Twins", [Candidate(name="Twins", spotify_id="x")])
    async with connect(sockets / "c") as client:
        yield client


def test_the_check_can_fail():
    """The check itself sees what is missing, wrong, or not described."""
    event = {"$ref": "#/components/schemas/Event"}
    found = list(faults({"seq": "1", "status": "lost", "x": 1}, event))
    assert {"$.seq is no ['integer']", "$.x is not described", "$.at is missing"} <= set(found)
    assert problem_of(UnknownArtist("x")).as_json().keys() >= {"type", "title", "status", "detail", "close"}


def test_version():
    """The document carries the program's version."""
    assert document()["info"]["version"] == __version__
