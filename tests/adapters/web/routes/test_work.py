"""Orders, pauses and causes over the control socket."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from thesetd.adapters.web.control import control_app
from thesetd.adapters.web.listener.serve import serve_unix
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.ids import JobId
from thesetd.domain.work.jobs import JobKind, JobState
from thesetd.domain.work.progress import Stage


@pytest.fixture
async def client(daemon: Any, sockets: Path, connect: Any, nursery: trio.Nursery) -> AsyncIterator[Any]:
    """Yield a client of a control socket over the daemon in memory."""
    app = control_app(daemon.surface)
    await nursery.start(serve_unix, app, sockets / "c")
    async with connect(sockets / "c") as client:
        yield client


def state(daemon: Any, job_id: int, state: JobState) -> None:
    """Put a job into a state."""
    daemon.jobs[job_id] = attrs.evolve(daemon.jobs[JobId(job_id)], state=state)


async def test_a_job_is_cancelled_once(client: Any, daemon: Any):
    """The answer says what it was and is; who follows it is told; a second time there is nothing to cancel."""
    daemon.add_job("Gorillaz")
    answer = await client.ask("POST", "/jobs/1/cancel")
    assert answer.status == HTTPStatus.OK
    assert answer.json == {"job_id": 1, "before": "running", "state": "cancelled", "joined": None}
    assert daemon.log[-1].progress.stage is Stage.CANCELLED
    answer = await client.ask("POST", "/jobs/1/cancel")
    assert answer.status == HTTPStatus.CONFLICT
    assert answer.json["detail"] == "job 1 is cancelled: there is nothing to cancel"
    assert (answer.json["state"], answer.json["type"]) == ("cancelled", "urn:thesetd:problem:wrong-state")


@pytest.mark.parametrize("end", [JobState.FAILED, JobState.DEAD, JobState.CANCELLED])
async def test_what_ended_without_success_is_retried(client: Any, daemon: Any, end: JobState):
    """It is ready again."""
    daemon.add_job("Gorillaz")
    state(daemon, 1, end)
    answer = await client.ask("POST", "/jobs/1/retry")
    assert answer.json == {"job_id": 1, "before": end.value, "state": "ready", "joined": None}


@pytest.mark.parametrize(
    ("end", "detail"),
    [
        (JobState.DONE, "job 1 is done: there is nothing to retry"),
        (JobState.READY, "job 1 is ready: it is not finished yet, `thesetctl why` says what it waits for"),
        (JobState.RUNNING, "job 1 is running: it is not finished yet, `thesetctl why` says what it waits for"),
    ],
)
async def test_what_need_not_be_retried_is_not(client: Any, daemon: Any, end: JobState, detail: str):
    """A 409 says which state it is in."""
    daemon.add_job("Gorillaz")
    state(daemon, 1, end)
    answer = await client.ask("POST", "/jobs/1/retry")
    assert (answer.status, answer.json["detail"], answer.json["state"]) == (HTTPStatus.CONFLICT, detail, end.value)


async def test_a_retry_may_join_another_job(client: Any, daemon: Any):
    """It says which one, and its own job stays as it is."""
    for name in "ABC":
        daemon.add_job(name)
    state(daemon, 3, JobState.FAILED)
    answer = await client.ask("POST", "/jobs/3/retry")
    assert answer.status == HTTPStatus.OK
    assert answer.json == {"job_id": 3, "before": "failed", "state": "failed", "joined": 1}


@pytest.mark.parametrize("typed", ["2", "x", "-1", "9223372036854775808", "0"])
@pytest.mark.parametrize(("method", "what"), [("POST", "cancel"), ("POST", "retry"), ("GET", "why")])
async def test_an_unknown_job_is_a_404(client: Any, daemon: Any, typed: str, method: str, what: str):
    """An id that is no job's, or no id at all."""
    daemon.add_job("Gorillaz")
    answer = await client.ask(method, f"/jobs/{typed}/{what}")
    assert (answer.status, answer.json["type"]) == (HTTPStatus.NOT_FOUND, "urn:thesetd:problem:unknown-job")


async def test_orders_need_the_database(client: Any, daemon: Any):
    """While it is away nothing can be ordered, and the answer says when to come back."""
    daemon.failures["order"] = StoreUnavailable("away")
    answer = await client.ask("POST", "/jobs/1/cancel")
    assert (answer.status, answer.headers["retry-after"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "5")


async def test_imports_are_jobs_but_not_all_jobs_are_imports(client: Any, daemon: Any):
    """The one list holds what people asked for, the other everything."""
    daemon.add_job("Gorillaz")
    daemon.add_job("", kind=JobKind.SWEEP)
    assert [job["job_id"] for job in (await client.ask("GET", "/imports")).json["imports"]] == [1]
    assert [job["job_id"] for job in (await client.ask("GET", "/jobs")).json["jobs"]] == [2, 1]


async def test_a_pause_is_put_and_deleted(client: Any):
    """Both as often as one likes; the list shows what still ends."""
    first, again = [(await client.ask("PUT", "/pauses/spotify")).json for _ in range(2)]
    assert first == {
        "what": "spotify",
        "kind": "provider",
        "since": "2025-11-22T12:00:00+00:00",
        "waits_for": "calls in flight on n",
    }
    assert again["since"] == first["since"]
    assert (await client.ask("GET", "/pauses")).json == {"pauses": [first | {"waits_for": ""}]}
    resumed = [(await client.ask("DELETE", "/pauses/spotify")).json["resumed"] for _ in range(2)]
    assert resumed == [True, False]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_what_cannot_be_paused_gets_a_list_of_what_can(client: Any, method: str):
    """Providers, schedules, and all."""
    answer = await client.ask(method, "/pauses/moon")
    assert answer.status == HTTPStatus.NOT_FOUND
    assert answer.json["names"] == ["spotify", "sync-trending", "cleanup-old-data", "all"]
    assert answer.json["detail"].startswith("nothing that can be paused is called 'moon': expected one of spotify, ")


async def test_a_pause_cannot_be_got_by_itself(client: Any):
    """The 405 says what is possible."""
    answer = await client.ask("GET", "/pauses/spotify")
    assert answer.status == HTTPStatus.METHOD_NOT_ALLOWED
    assert set(answer.headers["allow"].split(", ")) == {"PUT", "DELETE"}


async def test_why(client: Any, daemon: Any):
    """The cause, and the calls behind it."""
    daemon.add_job("Gorillaz")
    answer = (await client.ask("GET", "/jobs/1/why")).json
    assert (answer["cause"], answer["state"], answer["earliest"]) == ("slot", "running", "2025-11-22T12:00:00+00:00")
    waiting = {"provider": "spotify", "endpoint": "albums", "place": "slot", "wait_s": 12.5, "ahead": 0, "reason": ""}
    again = {"endpoint": "artist", "place": "backoff", "wait_s": 0.5, "reason": "HTTP 502"}
    assert answer["calls"] == [waiting, waiting | again]
