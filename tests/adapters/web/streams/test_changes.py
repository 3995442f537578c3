"""The change feed over HTTP: pages, refusals, and the stream with its resumption."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import trio

from thesetd.adapters.web.control import control_app
from thesetd.adapters.web.listener.serve import serve_unix
from thesetd.adapters.web.streams.changes import ChangeStream
from thesetd.domain.changes import ChangeKind
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.ids import Seq

AWAY = {"": "the database does not answer"}


@pytest.fixture
async def client(daemon: Any, sockets: Any, connect: Any, nursery: trio.Nursery) -> AsyncIterator[Any]:
    """Yield a client of the control socket."""
    await nursery.start(serve_unix, control_app(daemon.surface), sockets / "c")
    async with connect(sockets / "c") as one:
        yield one
    nursery.cancel_scope.cancel()


async def test_a_page_says_where_the_next_one_begins(daemon: Any, client: Any) -> None:
    """With the feed's two ends beside it."""
    daemon.feed.publish(kind=ChangeKind.ARTIST)
    page = (await client.ask("GET", "/changes?since=0&limit=1")).json
    assert (page["next"], page["last"], page["oldest"]) == (1, 2, 1)
    assert page["changes"][0] == {
        "seq": 1,
        "kind": "show",
        "action": "changed",
        "table": "shows",
        "id": "00000000-0000-0000-0000-00000000002c",
        "artist_id": "00000000-0000-0000-0000-00000000002a",
        "changed": ["status"],
        "before": {"status": "scheduled"},
        "after": {"status": "cancelled"},
        "job_id": 1,
        "at": "2026-06-01T12:00:00+00:00",
    }
    artists = (await client.ask("GET", "/changes?kinds=artist,setlist")).json
    assert [one["seq"] for one in artists["changes"]] == [2]


@pytest.mark.parametrize(("since", "why"), [(2, "begins with 4"), (9, "has not come so far")])
async def test_a_reader_whose_changes_are_gone_is_told_what_to_do(
    daemon: Any, client: Any, since: int, why: str
) -> None:
    """410 on both routes, with where to resume."""
    for _ in range(4):
        daemon.feed.publish()
    daemon.feed.oldest = Seq(4)
    for path in ("/changes", "/changes/stream"):
        answer = await client.ask("GET", f"{path}?since={since}")
        assert (answer.status, answer.json["type"]) == (410, "urn:thesetd:problem:changes-gone")
        assert answer.json["detail"] == f"the feed {why}: read the rows again, then resume with since=5"
        assert (answer.json["oldest"], answer.json["last"]) == (4, 5)


async def test_a_stream_goes_on_after_a_number_and_follows(daemon: Any, client: Any) -> None:
    """Last-Event-ID outranks `since`; a reader that names neither hears what is new."""
    daemon.feed.publish()
    await client.listen("/changes/stream?since=0", headers=[("last-event-id", "1")])
    assert (await client.block() or {})["id"] == "2"
    daemon.feed.publish(kind=ChangeKind.SETLIST)
    block = await client.block() or {}
    assert (block["id"], '"kind":"setlist"' in block["data"]) == ("3", True)


async def test_a_stream_without_a_number_begins_now_and_ends_with_the_daemon(daemon: Any, client: Any) -> None:
    """Only changes of the kinds that it asked for."""
    await client.listen("/changes/stream?kinds=setlist")
    daemon.feed.publish()
    daemon.feed.publish(kind=ChangeKind.SETLIST)
    assert (await client.block() or {})["id"] == "3"
    daemon.feed.close()
    assert await client.block() is None


async def test_a_stream_outlives_an_outage_of_the_database(daemon: Any, client: Any, monkeypatch: Any) -> None:
    """It says so in comments, and goes on where it was."""
    monkeypatch.setattr("thesetd.adapters.web.streams.changes.AWAY_PING_S", 0.01)
    await client.listen("/changes/stream?since=1")
    daemon.feed.failure = StoreUnavailable("away")
    daemon.feed.publish()
    assert AWAY in [await client.block() for _ in range(2)]  # the first block is the head
    daemon.feed.failure = None
    while (block := await client.block()) is not None and "id" not in block:
        continue
    assert block is not None
    assert block["id"] == "2"


async def test_an_idle_stream_is_kept_open_by_comments(daemon: Any) -> None:
    """Proxies close connections on which nothing comes."""
    sent = bytearray()

    async def send(message: Any) -> None:
        sent.extend(message.get("body", b""))
        if sent.count(b"\n:\n") == 2:
            daemon.feed.close()

    stream = ChangeStream(daemon.feed, since=Seq(1), kinds=(), ping_s=0.01)
    await stream({"type": "http", "method": "GET"}, trio.sleep_forever, send)
    assert sent.endswith(b":\n\n:\n\n")
