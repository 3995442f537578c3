"""Facts as they happen, for those who look."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trio

from thesetd.adapters.web.control import control_app
from thesetd.adapters.web.listener.serve import serve_unix
from thesetd.adapters.web.streams.tap import MOST_WAITING, Tap
from thesetd.domain.facts import CallFinished, JobEnded
from thesetd.domain.ids import JobId, ProviderName
from thesetd.ports.surface.daemon import TapFilter, TappedFact

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def call(provider: str = "spotify", request: str | None = None) -> CallFinished:
    """Return a call."""
    return CallFinished(
        provider=ProviderName(provider),
        endpoint="artist",
        lane="high",
        outcome="ok",
        latency_s=0.1,
        waited_s=0.0,
        request_id=request,
    )


async def heard(*facts: Any, **wanted: Any) -> list[TappedFact]:
    """Return what a reader hears of facts."""
    tap = Tap(lambda: NOW)
    _, receive = tap.begin(TapFilter(**wanted))
    for fact in facts:
        tap.notify(fact)
    tap.close()
    return [fact async for fact in receive]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({}, 5),
        ({"event": ("JobEnded",)}, 1),
        ({"provider": "word"}, 1),
        ({"job": 7}, 1),
        ({"request": "r-1"}, 1),
        ({"event": ("CallFinished",), "sample": 2}, 2),
        ({"event": ("JobEnded",), "provider": "word"}, 0),
    ],
)
async def test_a_reader_hears_what_it_wants(wanted: dict[str, Any], count: int) -> None:
    """All that every filter accepts, one in so many of each kind."""
    ended = JobEnded(job_id=JobId(7), kind="import_artist", state="done", seconds=1.0)
    facts = (call(), call("word"), ended, call(request="r-1"), call())
    assert len(await heard(*facts, **wanted)) == count


async def test_a_slow_reader_misses_facts_and_nothing_waits() -> None:
    """What it has no room for is counted."""
    tap = Tap(lambda: NOW)
    reader, _ = tap.begin(TapFilter())
    for _ in range(MOST_WAITING + 3):
        tap.notify(call())
    assert reader.missed == 3


async def test_facts_come_over_the_socket_until_the_end(
    sockets: Path, daemon: Any, connect: Any, nursery: trio.Nursery
) -> None:
    """Each is an event with its time, name and fields; closing ends the stream."""
    await nursery.start(serve_unix, control_app(daemon.surface), sockets / "c")
    async with connect(sockets / "c") as client:
        await client.listen("/tap?provider=spotify")
        daemon.tap.notify(call("word"))
        daemon.tap.notify(call())
        document = json.loads((await client.block())["data"])
        assert (document["event"], document["fields"]["provider"], document["missed"]) == ("CallFinished", "spotify", 0)
        daemon.tap.close()
        assert await client.block() is None


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("event=CallFinnished", "unknown event 'CallFinnished': expected one of ActorCrashed, "),
        ("event=CallFinished,", "unknown event '': expected one of ActorCrashed, "),
        ("provider=lastfm", "unknown provider 'lastfm': expected one of "),
    ],
)
async def test_what_never_happens_is_refused(
    query: str, detail: str, sockets: Path, daemon: Any, connect: Any, nursery: trio.Nursery
) -> None:
    """A reader would wait for it for ever."""
    await nursery.start(serve_unix, control_app(daemon.surface), sockets / "c")
    async with connect(sockets / "c") as client:
        reply = await client.ask("GET", f"/tap?{query}")
    assert reply.status == 400
    assert reply.json["detail"].startswith(detail)
