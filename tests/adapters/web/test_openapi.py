import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import attrs
import pytest
import trio
from prometheus_client import CollectorRegistry
from starlette.routing import Route

from patience import LONGEST_S
from surface_asks import CONTROL, SLOW, Ask, asks
from thesetd import __version__
from thesetd.adapters.web import requests, table
from thesetd.adapters.web.access.policy import Everybody
from thesetd.adapters.web.control import control_app
from thesetd.adapters.web.listener.serve import serve_unix
from thesetd.adapters.web.observe import observe_app
from thesetd.adapters.web.openapi import openapi_document
from thesetd.adapters.web.problems import problem_of
from thesetd.adapters.web.schema import Schemas, example
from thesetd.domain.documents import read_document, written
from thesetd.domain.errors import (
    UnknownArtist,
)
from thesetd.domain.ids import JobId
from thesetd.domain.work.diagnosis import CallStage, Cause
from thesetd.domain.work.jobs import JobKind, JobState, Lane
from thesetd.domain.work.progress import Event, Stage
from thesetd.ports.surface import routes as row
from thesetd.ports.surface.endpoints import EVENTS, ApiRoute, Scope
from thesetd.ports.surface.jobs import ImportStatus
from thesetd.ports.surface.routes import PARAMETERS, ROUTES, TAGS

PREFIX = "urn:thesetd:problem:"
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
        target: Any = openapi_document()
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


def response_schema(endpoint: ApiRoute[Any], status: int) -> dict[str, Any]:
    """Return what the document promises for an answer."""
    response = openapi_document()["paths"][endpoint.path][endpoint.method.lower()]["responses"][str(status)]
    (content,) = response["content"].values()
    return content["schema"]


@pytest.fixture
async def control(daemon: Any, sockets: Any, connect: Any, nursery: trio.Nursery) -> AsyncIterator[Any]:
    """Yield a client of a control socket whose daemon has a job."""
    await nursery.start(serve_unix, control_app(daemon.surface), sockets / "c")
    daemon.add_job("Gorillaz")
    async with connect(sockets / "c") as client:
        yield client


@pytest.mark.parametrize("ask", list(asks()), ids=str)
async def test_answers(control: Any, daemon: Any, monkeypatch: pytest.MonkeyPatch, ask: Ask):
    """Each row answers as it documents: its success and each of its refusals, in status, kind and form."""
    ask.before(daemon)
    monkeypatch.setattr(requests, "BODY_TIMEOUT_S", 0.01 if ask.body is SLOW else LONGEST_S)
    if ask.body is SLOW:
        answer = await control.ask_slowly(ask.row.method, ask.target)
    else:
        answer = await control.ask(ask.row.method, ask.target, ask.data)
    assert answer.status == ask.status
    if ask.kind:
        assert answer.json["type"] == PREFIX + ask.kind
    assert list(faults(answer.json, response_schema(ask.row, ask.status))) == []
    if ask.row.location and not ask.kind:
        assert answer.headers["location"] == ask.row.location.format_map(answer.json)


def test_every_refusal_is_provoked():
    """No row documents an answer that no request above leads to."""
    documented = {
        (endpoint.name, status, kind)
        for endpoint in CONTROL
        for status, refusal in endpoint.refused().items()
        for kind in refusal.kinds
    }
    documented |= {(endpoint.name, endpoint.status, "") for endpoint in CONTROL if endpoint.media != EVENTS}
    assert {(ask.row.name, ask.status, ask.kind) for ask in asks()} == documented


def test_routes(daemon: Any):
    """Each listener serves its rows of the table and nothing else, and the document describes the control socket's."""
    described = {
        (path, method.upper())
        for path, item in openapi_document()["paths"].items()
        for method in item
        if method != "parameters"
    }
    apps = {
        "control": control_app(daemon.surface),
        "http": observe_app(CollectorRegistry(), daemon, daemon, daemon, daemon.glances),
    }
    for listener, app in apps.items():
        routes = [route for route in app.routes if isinstance(route, Route)]
        served = {(route.path_format, method) for route in routes for method in (route.methods or set()) - {"HEAD"}}
        assert served == {(one.path, one.method) for one in ROUTES if listener in one.listeners}
    assert described == {(one.path, one.method) for one in CONTROL}


def test_a_row_needs_a_handler_and_a_handler_a_row():
    """Half an addition does not start: a row without a handler, or a handler without a row, is named."""
    handlers = {one: None for one in ROUTES if "http" in one.listeners}
    assert len(table.routes_of("http", handlers, Everybody())) == len(handlers)
    missing = {one: None for one in handlers if one is not row.PROBE_LIFE}
    with pytest.raises(LookupError, match="GET /healthz"):
        table.routes_of("http", missing, Everybody())
    with pytest.raises(LookupError, match="POST /reload"):
        table.routes_of("http", handlers | {row.RELOAD: None}, Everybody())


def test_table():
    """Every row has a name of its own, a known tag, a scope if it is the control socket's, and described parameters."""
    assert len({one.name for one in ROUTES}) == len({one.place for one in ROUTES}) == len(ROUTES)
    assert {one.tag for one in ROUTES} == set(TAGS)
    assert all(one.scope for one in CONTROL)
    assert {name for one in ROUTES for name in one.parameters} == set(PARAMETERS)
    spending = {one.name for one in CONTROL if one.method == "GET" and one.scope is not Scope.READ}
    assert spending == {"recommend", "hearSongs"}  # they take calls of a provider's quota
    assert {one.scope.value for one in CONTROL if one.method != "GET"} == {"import", "operate"}


def test_references():
    """Every reference leads somewhere, every component is used, and every operation has its tag and examples."""
    text = str(openapi_document())
    used = set(re.findall(r"#/components/(\w+/\w+)", text))
    assert used == {f"schemas/{name}" for name in openapi_document()["components"]["schemas"]}
    operations = [item[m] for item in openapi_document()["paths"].values() for m in item if m != "parameters"]
    assert all(operation["tags"] and operation["x-scope"] for operation in operations)
    contents = [
        content
        for operation in operations
        for response in operation["responses"].values()
        for kind, content in response.get("content", {}).items()
        if kind != EVENTS
    ]
    assert all("example" in content for content in contents)


def test_examples():
    """The document's examples are as its schemas say."""
    for item in openapi_document()["paths"].values():
        for method in item.keys() - {"parameters"}:
            for response in item[method]["responses"].values():
                for content in response.get("content", {}).values():
                    assert list(faults(content.get("example", ""), content["schema"])) == []


def test_what_is_sent_may_lack_what_is_optional():
    """Members with a default are required in answers, and may be left out of bodies, also within lists."""
    schemas = openapi_document()["components"]["schemas"]
    assert schemas["NewPin"]["required"] == ["artist", "ages", "why"]
    assert schemas["ArtistInterest"]["required"] == ["slug"]
    assert "waits_for" in schemas["ImportStatus"]["required"]


def test_enumerations():
    """The document lists the states, stages, kinds and lanes that the program has."""
    schemas = openapi_document()["components"]["schemas"]
    assert schemas["Event"]["properties"]["status"]["enum"] == [stage.value for stage in Stage]
    assert schemas["ImportStatus"]["properties"]["state"]["enum"] == [state.value for state in JobState]
    assert schemas["ImportStatus"]["properties"]["kind"]["enum"] == [kind.value for kind in JobKind]
    assert schemas["ImportStatus"]["properties"]["lane"]["enum"] == [lane.label for lane in Lane]
    assert schemas["Diagnosis"]["properties"]["cause"]["enum"] == [cause.value for cause in Cause]
    assert schemas["CallSnapshot"]["properties"]["place"]["enum"] == [place.name.lower() for place in CallStage]


def test_event(daemon: Any):
    """An event is as the document describes it, and what reads it back knows the same."""
    daemon.add_job("A")
    event = daemon.advance(JobId(1), Stage.SYNCING_CATALOG, albums=3, albums_total=9)
    assert list(faults(event.as_json(), {"$ref": "#/components/schemas/Event"})) == []
    assert written(read_document(Event, event.as_json())) == event.as_json()


@pytest.mark.parametrize("cls", dict.fromkeys(one.answers for one in CONTROL if attrs.has(one.answers)), ids=str)
def test_documents_are_read_as_they_are_written(cls: Any):
    """Every document of the table survives being read and written again; members that are not known are left out."""
    shown = example(cls)
    assert written(read_document(cls, shown | {"added_later": 1})) == shown


def test_what_is_no_document_is_refused():
    """A document without a member, or with one of another type, is not read."""
    shown = example(ImportStatus)
    for wrong in (
        {**shown, "attempts": "1"},
        {**shown, "state": "lost"},
        {n: v for n, v in shown.items() if n != "lane"},
    ):
        with pytest.raises((KeyError, TypeError, ValueError)):
            read_document(ImportStatus, wrong)


def test_two_documents_of_one_name_are_refused():
    """Two classes that would be called the same in the description are an error."""
    schemas = Schemas()
    schemas.of(type("ImportStatusView", (ImportStatus,), {}))
    with pytest.raises(LookupError, match="ImportStatus"):
        schemas.of(ImportStatus)


def test_the_check_can_fail():
    """The check itself sees what is missing, wrong, or not described."""
    event = {"$ref": "#/components/schemas/Event"}
    found = list(faults({"seq": "1", "status": "lost", "x": 1}, event))
    assert {"$.seq is no ['integer']", "$.x is not described", "$.at is missing"} <= set(found)
    assert problem_of(UnknownArtist("x")).as_json().keys() >= {"type", "title", "status", "detail", "close"}


def test_version():
    """The document carries the program's version."""
    assert openapi_document()["info"]["version"] == __version__
