import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
import trio.testing

from thesetd.adapters.web.control import control_app
from thesetd.adapters.web.listener.connection import MAX_BODY_BYTES
from thesetd.adapters.web.listener.serve import serve_unix
from thesetd.domain.errors import AmbiguousArtist, Candidate, StoreUnavailable, UnknownArtist
from thesetd.domain.work.jobs import JobKind, JobState
from thesetd.domain.work.progress import Stage

GORILLAZ = Candidate(name="Gorillaz", spotify_id="3AA28KZvwAUcZuOKwyblJQ", followers=9, genres=("pop",))


@pytest.fixture
async def ask(daemon: Any, sockets: Path, connect: Any, nursery: trio.Nursery) -> Callable[..., Any]:
    """Return the way to ask the control socket one thing."""
    path = sockets / "c"
    await nursery.start(
        serve_unix,
        control_app(daemon.surface),
        path,
    )

    async def once(method: str, target: str, body: object = None, headers: Any = ()) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        async with connect(path) as client:
            return await client.ask(method, target, data, headers)

    return once


def problem(answer: Any, status: int, kind: str) -> dict:
    """Check that an answer is this problem, in the form of RFC 9457."""
    document = answer.json
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert document["type"] == f"urn:thesetd:problem:{kind}"
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    return document


async def test_submit_accepts(ask: Any):
    """An import is answered with 202, its ids, and the place of its status."""
    answer = await ask("POST", "/imports", {"artist": "Gorillaz"})
    assert answer.status == 202
    assert answer.headers["location"] == "/imports/1"
    assert answer.json == {
        "job_id": 1,
        "artist_id": "00000000-0000-0000-0000-00000000002a",
        "slug": "gorillaz",
        "name": "Gorillaz",
        "status": "initializing",
        "joined": False,
        "expected_at": None,
        "expected_from": None,
        "expected_until": None,
    }


async def test_submit_joins(ask: Any):
    """Asking again while the import runs gives the same job and says so."""
    await ask("POST", "/imports", {"artist": "Gorillaz"})
    answer = await ask("POST", "/imports", {"artist": "Gorillaz"})
    assert (answer.json["job_id"], answer.json["joined"]) == (1, True)


async def test_submit_without_artist_yet(ask: Any, daemon: Any):
    """While a provider is slow the reply comes with nulls in place of the artist."""
    job = daemon.add_job("Slow")
    daemon.jobs[job.job_id] = attrs.evolve(job, artist_id=None, slug=None)
    answer = await ask("POST", "/imports", {"artist": "Slow"})
    assert (answer.json["artist_id"], answer.json["slug"]) == (None, None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'{"artist": "a", "artist": "b"}',
        b'{"artist": NaN}',
        b"[" * 1000,
    ],
)
async def test_submit_refuses_what_is_not_json(ask: Any, daemon: Any, body: bytes):
    """A body that is not strict JSON is a 400 and never reaches the intake."""
    problem(await ask("POST", "/imports", body), 400, "bad-json")
    assert daemon.submitted == []


@pytest.mark.parametrize(
    "body", [[], "x", 5, None, {}, {"artist": 5}, {"artist": None}, {"artist": "\0"}, {"artist": "a", "lane": "x"}]
)
async def test_submit_refuses_the_wrong_shape(ask: Any, daemon: Any, body: object):
    """JSON that is not {"artist": text}, without NUL, is a 400 that shows the right form."""
    document = problem(await ask("POST", "/imports", json.dumps(body).encode()), 400, "bad-body")
    assert '{"artist": "Gorillaz"}' in document["detail"]
    assert daemon.submitted == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, "artist is missing: the body must be"),
        ({"artist": 5}, "artist must be text without NUL: the body must be"),
        ({"artist": "a", "lane": "x"}, "there is no 'lane': the body must be"),
        ({"artist": "a", "x" * 99: "x"}, f"there is no {'x' * 40!r}: the body must be"),
    ],
)
async def test_the_wrong_shape_names_the_member(ask: Any, body: object, fault: str):
    """The one that is missing, is of another type, or is not known."""
    document = problem(await ask("POST", "/imports", json.dumps(body).encode()), 400, "bad-body")
    assert document["detail"].startswith(fault)


@pytest.mark.parametrize(
    "artist", ["", "  ", "x" * 10_000, "spotify:artist:short", "spotify:album:3AA28KZvwAUcZuOKwyblJQ"]
)
async def test_submit_refuses_what_names_no_artist(ask: Any, artist: str):
    """Empty, too long and malformed references are 400."""
    problem(await ask("POST", "/imports", {"artist": artist}), 400, "bad-reference")


async def test_submit_refuses_a_large_body(ask: Any):
    """A body of one byte more than 64 KiB is a 413; one of exactly 64 KiB is read."""
    start, end = b'{"artist": "', b'"}'
    exactly = start + b"x" * (MAX_BODY_BYTES - len(start) - len(end)) + end
    problem(await ask("POST", "/imports", exactly), 400, "bad-reference")
    problem(await ask("POST", "/imports", exactly + b" "), 413, "body-too-large")


async def test_submit_unknown_artist(ask: Any, daemon: Any):
    """An unknown artist is a 404 that offers names that look alike."""
    daemon.references["Gorilaz"] = UnknownArtist("Gorilaz", [GORILLAZ])
    document = problem(await ask("POST", "/imports", {"artist": "Gorilaz"}), 404, "unknown-artist")
    assert document["close"] == [
        {"id": "3AA28KZvwAUcZuOKwyblJQ", "name": "Gorillaz", "followers": 9, "genres": ["pop"]}
    ]


async def test_submit_ambiguous_artist(ask: Any, daemon: Any):
    """A name that several artists carry is a 409 that lists them with their ids."""
    daemon.references["Nirvana"] = AmbiguousArtist("Nirvana", [GORILLAZ, attrs.evolve(GORILLAZ, followers=None)])
    document = problem(await ask("POST", "/imports", {"artist": "Nirvana"}), 409, "ambiguous-artist")
    assert [c["followers"] for c in document["candidates"]] == [9, None]


@pytest.mark.parametrize(
    ("method", "target", "failing"),
    [
        ("POST", "/imports", "submit"),
        ("GET", "/imports", "statuses"),
        ("GET", "/imports/1", "status"),
        ("GET", "/jobs", "statuses"),
        ("GET", "/schedules", "schedules"),
        ("POST", "/schedules/sync-trending/run", "run_schedule"),
    ],
)
async def test_database_away(ask: Any, daemon: Any, method: str, target: str, failing: str):
    """While the database is away every route that needs it answers 503 with Retry-After, and no text of the driver."""
    daemon.failures[failing] = StoreUnavailable("postgresql://user:secret@host/db refused")
    answer = await ask(method, target, {"artist": "Gorillaz"} if target == "/imports" and method == "POST" else None)
    problem(answer, 503, "database-unavailable")
    assert answer.headers["retry-after"] == "5"
    assert b"secret" not in answer.body


async def test_crash_shows_no_internals(ask: Any, daemon: Any, caplog: pytest.LogCaptureFixture):
    """An error that nobody expected answers 500 without its text, which goes to the log, and the next request works."""
    daemon.failures["submit"] = ZeroDivisionError("inner secret")
    answer = await ask("POST", "/imports", {"artist": "Gorillaz"})
    problem(answer, 500, "internal-error")
    assert b"secret" not in answer.body
    await trio.testing.wait_all_tasks_blocked()
    assert "inner secret" in caplog.text
    del daemon.failures["submit"]
    assert (await ask("POST", "/imports", {"artist": "Gorillaz"})).status == 202


async def test_show_import(ask: Any, daemon: Any):
    """A job is shown with its stage, percent, message and counts."""
    job = daemon.add_job("Gorillaz")
    daemon.advance(job.job_id, Stage.SYNCING_CATALOG, part=0.5, albums=40, albums_total=81)
    shown = (await ask("GET", "/imports/1")).json
    assert (shown["status"], shown["progress"], shown["counts"]) == (
        "syncing-catalog",
        92,
        {"albums": 40, "albums_total": 81},
    )
    assert shown["created_at"] == "2025-11-22T12:00:00+00:00"


@pytest.mark.parametrize("job_id", ["2", "x", "-1", "1.0", "9223372036854775808", "9" * 5000, "%D9%A1", "0"])
@pytest.mark.parametrize("what", ["", "/events"])
async def test_unknown_job(ask: Any, daemon: Any, job_id: str, what: str):
    """An id that is no job's, or no id at all, is a 404."""
    daemon.add_job("Gorillaz")
    problem(await ask("GET", f"/imports/{job_id}{what}"), 404, "unknown-job")


@pytest.mark.parametrize(("route", "key"), [("/imports", "imports"), ("/jobs", "jobs")])
async def test_list_jobs(ask: Any, daemon: Any, route: str, key: str):
    """Jobs are listed newest first, by state and up to a limit, and from where another list ended."""
    for name in ("A", "B", "C"):
        daemon.add_job(name)
    daemon.finish(2)

    async def ids(query: str) -> list[int]:
        return [job["job_id"] for job in (await ask("GET", route + query)).json[key]]

    assert await ids("") == [3, 2, 1]
    assert await ids("?limit=2") == [3, 2]
    assert await ids("?limit=2&before=2") == [1]
    assert await ids("?state=running") == [3, 1]
    assert await ids("?state=done") == await ids("?state=done,failed") == [2]
    assert await ids("?state=done&state=running&limit=500") == [3, 2, 1]
    assert await ids("?artist=B") == [2]
    assert await ids("?artist=nobody") == await ids("?artist=") == await ids("?request=") == []
    assert await ids("?since=1h") == [3, 2, 1]


async def test_jobs_of_a_kind(ask: Any, daemon: Any):
    """One or several kinds; jobs of other kinds are left out."""
    daemon.add_job("A")
    daemon.add_job("B", kind=JobKind.SWEEP)
    for query, expected in (("sweep", [2]), ("sweep,cleanup", [2]), ("import_artist&kind=sweep", [2, 1])):
        assert [job["job_id"] for job in (await ask("GET", f"/jobs?kind={query}")).json["jobs"]] == expected


@pytest.mark.parametrize("query", ["state=x", "state=", "state=running,x"])
async def test_unknown_state(ask: Any, query: str):
    """A state that does not exist is a 400 that lists those that do."""
    document = problem(await ask("GET", f"/jobs?{query}"), 400, "unknown-state")
    assert document["states"] == [state.value for state in JobState]


@pytest.mark.parametrize(
    ("method", "target", "detail"),
    [
        ("GET", "/songs/", "no such path /songs/: reference is empty in /songs/{reference}"),
        ("POST", "/songs//merge", "no such path /songs//merge: song is empty in /songs/{song}/merge"),
        ("POST", "/webhooks//test", "no such path /webhooks//test: webhook is empty in /webhooks/{webhook}/test"),
        ("GET", "/somewhere", "no such path /somewhere: GET /openapi.json lists all"),
    ],
)
async def test_an_empty_part_of_a_path_is_named(ask: Any, method: str, target: str, detail: str):
    """A variable of a shell that is not set leads to a path that does not exist."""
    assert problem(await ask(method, target), 404, "not-found")["detail"] == detail


@pytest.mark.parametrize("before", ["x", "-1", "1e9", "9" * 19])
async def test_bad_before(ask: Any, before: str):
    """What is no job's number is a 400."""
    problem(await ask("GET", f"/jobs?before={before}"), 400, "bad-before")


@pytest.mark.parametrize("target", ["/venues/a%00b", "/jobs?artist=a%00", "/jobs?a%00b=1", "/venues/%00?x"])
async def test_text_that_no_database_holds(ask: Any, target: str):
    """A NUL in a path or a query is refused before a statement fails on it."""
    answer = await ask("GET", target)
    assert (answer.status, answer.json["type"]) == (400, "urn:thesetd:problem:bad-text")


@pytest.mark.parametrize("limit", ["0", "501", "x", "", "-1", "1e9"])
async def test_bad_limit(ask: Any, limit: str):
    """A limit outside 1 to 500 is a 400."""
    problem(await ask("GET", f"/jobs?limit={limit}"), 400, "bad-limit")


async def test_schedules(ask: Any):
    """Schedules are listed with their plan; one that is off has no next time."""
    schedules = (await ask("GET", "/schedules")).json["schedules"]
    assert schedules[0]["next_due"] == "2025-11-22T16:00:00+00:00"
    assert schedules[1] == {
        "name": "cleanup-old-data",
        "cron": "0 5 1 * *",
        "lane": "low",
        "enabled": False,
        "next_due": None,
        "last_fired": None,
        "paused": False,
        "last_success": None,
        "last_result": None,
        "last_error": None,
        "zone": "UTC",
        "configured": None,
        "set_until": None,
    }


async def test_run_schedule(ask: Any):
    """A schedule that is run by hand answers 202 with the job and its place."""
    answer = await ask("POST", "/schedules/sync-trending/run")
    assert (answer.status, answer.headers["location"]) == (202, "/jobs/1")
    assert answer.json == {"job_id": 1, "schedule": "sync-trending"}


async def test_unknown_schedule(ask: Any):
    """A schedule that does not exist is a 404 that lists those that do."""
    document = problem(await ask("POST", "/schedules/nope/run"), 404, "unknown-schedule")
    assert document["schedules"] == ["sync-trending", "cleanup-old-data"]


async def test_actors_and_breakers(ask: Any):
    """Actors and breakers are shown as the daemon tells them."""
    assert (await ask("GET", "/actors")).json["actors"][1] == {
        "name": "spotify",
        "state": "restarting",
        "restarts": 2,
        "mailbox": 0,
        "health": "ok",
        "last_error": "ValueError: odd",
        "last_error_at": "2025-11-22T12:00:00+00:00",
    }
    assert (await ask("GET", "/breakers")).json["breakers"][1] == {
        "name": "spotify",
        "state": "open",
        "failures": 5,
        "retry_in_s": 12.5,
    }


async def test_health(ask: Any, daemon: Any):
    """Health is 200 while all checks are ok, and 503 with the reason when one is not."""
    assert (await ask("GET", "/health")).status == 200
    daemon.checks = {"database": "ok", "redis": "connection refused"}
    answer = await ask("GET", "/health")
    assert (answer.status, answer.json["ready"], answer.json["checks"]["redis"]) == (503, False, "connection refused")


@pytest.mark.parametrize(
    "target", ["/", "/import", "/imports/", "/imports/1/", "/imports/1/x", "/../etc/passwd", "/%00"]
)
async def test_nothing_there(ask: Any, target: str):
    """A path that leads nowhere is a 404 problem, without redirects."""
    problem(await ask("GET", target), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "target", "allowed"),
    [
        ("DELETE", "/imports", {"GET", "HEAD", "POST"}),
        ("POST", "/imports/1", {"GET", "HEAD"}),
        ("GET", "/schedules/x/run", {"POST"}),
        ("POST", "/events", {"GET", "HEAD"}),
        ("PUT", "/openapi.json", {"GET", "HEAD"}),
    ],
)
async def test_wrong_method(ask: Any, method: str, target: str, allowed: set[str]):
    """A method that a resource has not is a 405 that says which it has."""
    answer = await ask(method, target)
    detail = problem(answer, 405, "method-not-allowed")["detail"]
    assert detail == f"{method} is not possible at {target}: use {answer.headers['allow']}"
    assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize("target", ["/imports", "/events", "/health"])
async def test_head(ask: Any, target: str):
    """HEAD answers without a body, also where GET would stream for ever."""
    answer = await ask("HEAD", target)
    assert (answer.status, answer.body) == (200, b"")


async def test_keep_alive(daemon: Any, sockets: Path, connect: Any, nursery: trio.Nursery):
    """Many requests go over one connection."""
    await nursery.start(
        serve_unix,
        control_app(daemon.surface),
        sockets / "c",
    )
    async with connect(sockets / "c") as client:
        for _ in range(50):
            assert (await client.ask("GET", "/health")).status == 200


async def test_many_at_once(ask: Any, daemon: Any):
    """200 clients at once are all answered."""
    answers = []

    async def one(number: int) -> None:
        answers.append((await ask("POST", "/imports", {"artist": f"Artist {number}"})).status)

    async with trio.open_nursery() as crowd:
        for number in range(200):
            crowd.start_soon(one, number)
    assert answers == [202] * 200
