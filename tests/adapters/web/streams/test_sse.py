import itertools
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
import trio.testing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fake_live
from patience import LONGEST_S
from thesetd.adapters.web.control import control_app
from thesetd.adapters.web.listener.doors import Doors
from thesetd.adapters.web.listener.push import OUTGOING
from thesetd.adapters.web.listener.serve import serve_unix
from thesetd.adapters.web.streams import replays, sse
from thesetd.adapters.web.streams.live_frames import LiveFrames
from thesetd.adapters.web.streams.replays import Replays, frame
from thesetd.adapters.web.streams.sse import EventStream
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.work.jobs import JobKind, JobState
from thesetd.domain.work.progress import Stage
from thesetd.ports.surface.endpoints import PlaceKind


class Reader:
    """The server's side of a connection: collects what is sent, lets a script run before each write."""

    def __init__(self, before_write: Callable[[], None] = lambda: None) -> None:
        self.before_write = before_write
        self.sent = b""
        self.ended = False
        self.gone = trio.Event()
        self.blocked: trio.Event | None = None

    async def send(self, message: Any) -> None:
        """Take a message, when the reader reads."""
        self.before_write()
        if self.blocked is not None:
            await self.blocked.wait()
        await trio.lowlevel.checkpoint()
        self.sent += message.get("body", b"")
        self.ended = message["type"] == "http.response.body" and not message["more_body"]

    async def receive(self):
        """Wait until the reader leaves."""
        await self.gone.wait()
        return {"type": "http.disconnect"}

    @property
    def seqs(self) -> list[int]:
        """The sequence numbers that were sent."""
        lines = self.sent.decode().split("\n")
        return [int(line.removeprefix("id: ")) for line in lines if line.startswith("id: ")]

    async def run(self, stream: EventStream) -> None:
        """Serve the stream to this reader."""
        await stream({"type": "http", "method": "GET"}, self.receive, self.send)


class DirectReader(Reader):
    """A reader on a connection that offers its own writes; its socket takes so many bytes at once."""

    def __init__(self, before_write: Callable[[], None], accepts: Iterator[int]) -> None:
        super().__init__(before_write)
        self.accepts = accepts

    def write_now(self, data: bytes) -> int:
        """Take a part at once."""
        taken = data[: next(self.accepts, len(data))]
        self.sent += taken
        return len(taken)

    async def write(self, data: bytes) -> None:
        """Take the rest when the reader reads."""
        await self.send({"type": "rest", "body": data})

    async def run(self, stream: EventStream) -> None:
        """Serve the stream to this reader."""
        scope = {"type": "http", "method": "GET", "http_version": "1.0", "extensions": {OUTGOING: self}}
        await stream(scope, self.receive, self.send)


class Script:
    """Commits a job's events one by one, at the moments that a test draws; some are told later than committed."""

    def __init__(self, daemon: Any, moments: Iterator[int]) -> None:
        self.daemon = daemon
        self.moments = moments
        self.untold = []
        self.left = [*[Stage.SYNCING_CATALOG] * 8, Stage.COMPLETED]

    def step(self, *_: object) -> None:
        """Let the world move on a little: 0 nothing, 1 commit and tell, 2 commit only, 3 tell what is untold."""
        match next(self.moments, 1):
            case 1:
                self.commit()
                self.tell()
            case 2:
                self.commit()
            case 3:
                self.tell()

    def commit(self) -> None:
        """Put the next event in the database, untold."""
        if self.left:
            self.daemon.commit(JobId(2), Stage.SYNCING_CATALOG)  # another job's, which must not be heard
            event, _ = self.daemon.commit(JobId(1), self.left.pop(0))
            self.untold.append(event)

    def tell(self) -> None:
        """Tell what is untold."""
        for event in self.untold:
            self.daemon.tell(event)
        self.untold.clear()

    async def rest(self) -> None:
        """Play what is left."""
        while self.left or self.untold:
            await trio.testing.wait_all_tasks_blocked()
            self.step()


@given(
    moments=st.lists(st.integers(0, 3), max_size=60),
    seen=st.integers(0, 4),
    after=st.integers(0, 4),
    queue=st.sampled_from([1, 2, 256]),
    page=st.sampled_from([1, 3, 100]),
    accepts=st.none() | st.lists(st.sampled_from([0, 1, 50, 100_000]), max_size=30),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the fixture gives a class
async def test_no_gap_and_no_duplicate(
    moments: list[int],
    seen: int,
    after: int,
    queue: int,
    page: int,
    accepts: list[int] | None,
    daemon_class: Any,
    monkeypatch: Any,
):
    """Whenever events are committed and told, and whatever a socket takes at once, a reader gets each once in order."""
    daemon = daemon_class()
    daemon.add_job("A")
    daemon.add_job("B")
    script = Script(daemon, iter(moments))
    for _ in range(seen):
        script.commit()
        script.tell()
    after = Seq(min(after, daemon.log[-1].seq if daemon.log else 0))
    daemon.on_subscribe = script.step
    daemon.on_read = script.step
    reader = Reader(script.step) if accepts is None else DirectReader(script.step, itertools.cycle(accepts))
    with monkeypatch.context() as patched, trio.fail_after(LONGEST_S):
        patched.setattr(fake_live, "QUEUE", queue)
        patched.setattr(replays, "PAGE", page)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(reader.run, EventStream(daemon, Replays(daemon), job_id=JobId(1), after=after))
            nursery.start_soon(script.rest)
    assert reader.seqs == [event.seq for event in daemon.log if event.job_id == 1 and event.seq > after]
    assert reader.ended
    assert not daemon.queues


async def test_events_are_written_while_the_task_of_their_reader_sleeps(daemon: Any, nursery: trio.Nursery):
    """What the socket takes is written as the event is told; a rest wakes the reader, and comes before what follows."""
    daemon.add_job("A")
    reader = DirectReader(lambda: None, itertools.chain([100_000, 100_000, 10], itertools.repeat(100_000)))
    nursery.start_soon(reader.run, EventStream(daemon, Replays(daemon), job_id=None, after=None))
    await trio.testing.wait_all_tasks_blocked()
    daemon.advance(JobId(1), Stage.FETCHING_SHOWS)
    assert reader.seqs == [2]
    daemon.advance(JobId(1), Stage.FETCHING_SHOWS)
    daemon.advance(JobId(1), Stage.FETCHING_SHOWS)
    assert reader.sent.endswith(b"\n\nid: 3\ndata")
    await trio.testing.wait_all_tasks_blocked()
    assert reader.seqs == [2, 3, 4]


async def test_readers_of_the_same_events_share_their_bytes(daemon: Any):
    """Events are rendered once for all readers, but not for another kind of piece, nor as another's part."""
    daemon.add_job("A")
    events = tuple(daemon.advance(JobId(1), Stage.FETCHING_SHOWS) for _ in range(3))
    frames = LiveFrames()

    def marked(data: bytes) -> bytes:
        return b"<%b>" % data

    data = frames.of(events, None, marked)
    assert data == b"<" + b"".join(map(frame, events)) + b">"
    assert frames.of(tuple(events), None, marked) is data
    assert frames.of(events, None, bytes) == data[1:-1]
    assert frames.of(events[:2], None, marked) == b"<" + b"".join(map(frame, events[:2])) + b">"
    assert frames.of(events[1:], None, marked) == b"<" + b"".join(map(frame, events[1:])) + b">"
    for job in range(100):
        assert frames.of(events[:1], JobId(job), bytes) == frame(events[0])


async def test_slow_reader_catches_up(daemon: Any, autojump_clock: trio.testing.MockClock, nursery: trio.Nursery):
    """A reader that stood still while more came than the channel holds gets all of it when it reads again."""
    daemon.add_job("A")
    reader = Reader()
    nursery.start_soon(reader.run, EventStream(daemon, Replays(daemon), job_id=None, after=None))
    await trio.testing.wait_all_tasks_blocked()
    reader.blocked = trio.Event()
    for _ in range(1000):
        daemon.advance(JobId(1), Stage.SYNCING_CATALOG)
        await trio.testing.wait_all_tasks_blocked()
    reader.blocked.set()
    await trio.sleep(1)
    assert reader.seqs == list(range(2, 1002))


async def test_reader_that_stands_still_at_a_ping_catches_up(
    daemon: Any, autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
):
    """What comes while a ping cannot be written is not lost either."""
    daemon.add_job("A")
    reader = Reader()
    nursery.start_soon(reader.run, EventStream(daemon, Replays(daemon), job_id=None, after=None))
    await trio.sleep(sse.PING_S - 1)
    reader.blocked = trio.Event()
    await trio.sleep(2)
    for _ in range(600):
        daemon.advance(JobId(1), Stage.SYNCING_CATALOG)
        await trio.sleep(0.001)
    reader.blocked.set()
    await trio.sleep(1)
    assert reader.seqs == list(range(2, 602))


async def test_all_jobs_from_now_on(daemon: Any, nursery: trio.Nursery):
    """Without a last event the stream of all jobs begins with what happens next and never ends by itself."""
    daemon.add_job("A")
    reader = Reader()
    nursery.start_soon(reader.run, EventStream(daemon, Replays(daemon), job_id=None, after=None))
    await trio.testing.wait_all_tasks_blocked()
    daemon.finish(JobId(1))
    daemon.add_job("B")
    await trio.testing.wait_all_tasks_blocked()
    assert reader.seqs == [2, 3, 4, 5, 6, 7]
    assert not reader.ended


async def test_finished_job_ends_at_once(daemon: Any):
    """A reader that comes back after the final event gets an end instead of silence."""
    daemon.add_job("A")
    daemon.finish(JobId(1))
    reader = Reader()
    with trio.fail_after(LONGEST_S):
        await reader.run(EventStream(daemon, Replays(daemon), job_id=JobId(1), after=Seq(6)))
    assert (reader.seqs, reader.ended) == ([], True)


async def test_pings(daemon: Any, autojump_clock: trio.testing.MockClock, nursery: trio.Nursery):
    """While nothing happens a comment comes every 15 s."""
    daemon.add_job("A")
    reader = Reader()
    nursery.start_soon(reader.run, EventStream(daemon, Replays(daemon), job_id=JobId(1), after=Seq(0)))
    await trio.sleep(46)
    assert reader.sent.endswith(b"\n\n" + b":\n\n" * 3)


async def test_job_without_events_ends(daemon: Any, autojump_clock: trio.testing.MockClock):
    """The stream of a job that ends without a final event ends with the next ping."""
    job = daemon.add_job("", kind=JobKind.SWEEP)
    reader = Reader()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader.run, EventStream(daemon, Replays(daemon), job_id=job.job_id, after=Seq(0)))
        await trio.sleep(20)
        del daemon.jobs[job.job_id]
        with trio.fail_after(15):
            nursery.start_soon(trio.lowlevel.checkpoint)
            while not reader.ended:
                await trio.sleep(1)


@pytest.mark.parametrize("job_id", [JobId(1), None])
async def test_database_away_keeps_the_stream_open(
    daemon: Any, autojump_clock: trio.testing.MockClock, nursery: trio.Nursery, job_id: JobId | None
):
    """While the database is away a reader gets comments, and when it is back all that it missed, in order."""
    daemon.add_job("A")
    daemon.failures |= dict.fromkeys(("events", "status"), StoreUnavailable("away"))
    reader = Reader()
    nursery.start_soon(reader.run, EventStream(daemon, Replays(daemon), job_id=job_id, after=Seq(0)))
    await trio.sleep(60)
    assert reader.sent.count(b": the database does not answer\n\n") >= 20
    for _ in range(600):
        daemon.advance(JobId(1), Stage.SYNCING_CATALOG)
    daemon.failures.clear()
    await trio.sleep(sse.AWAY_PING_S + 2)
    assert reader.seqs == list(range(1, 602))
    daemon.finish(JobId(1))
    await trio.sleep(1)
    assert reader.ended == (job_id is not None)


async def test_database_that_goes_under_a_stream(
    daemon: Any, autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
):
    """A stream that is at rest when the database goes stays open, and goes on where it was."""
    daemon.add_job("A")
    reader = Reader()
    nursery.start_soon(reader.run, EventStream(daemon, Replays(daemon), job_id=JobId(1), after=Seq(0)))
    await trio.sleep(1)
    daemon.failures |= dict.fromkeys(("events", "status"), StoreUnavailable("away"))
    await trio.sleep(60)
    daemon.failures.clear()
    daemon.finish(JobId(1))
    await trio.sleep(sse.AWAY_PING_S + 2)
    assert (reader.seqs, reader.ended) == ([1, 2, 3, 4, 5, 6], True)


async def test_daemon_stops_while_its_database_is_away(
    daemon: Any, autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
):
    """A stream that waits for the database ends with the daemon at once."""
    daemon.failures |= dict.fromkeys(("events", "status"), StoreUnavailable("away"))
    reader = Reader()
    nursery.start_soon(reader.run, EventStream(daemon, Replays(daemon), job_id=JobId(1), after=Seq(0)))
    await trio.sleep(sse.AWAY_PING_S * 2.5)
    daemon.close()
    await trio.testing.wait_all_tasks_blocked()
    assert reader.ended


@pytest.mark.parametrize("target", ["/imports/1/events", "/events?after=2"])
async def test_database_away_when_a_stream_is_asked_for(path: Path, daemon: Any, connect: Any, target: str):
    """A stream begins also while the database is away, since a browser never comes back from a refusal."""
    daemon.add_job("A")
    daemon.failures |= dict.fromkeys(("events", "status"), StoreUnavailable("away"))
    async with connect(path) as client:
        await client.listen(target, ())
        assert client.answer.status_code == 200


@pytest.mark.parametrize("job_id", [JobId(1), None])
async def test_a_number_of_a_time_that_was_undone(daemon: Any, nursery: trio.Nursery, job_id: JobId | None):
    """A reader whose last event the database never had (a restored dump) gets everything, then what happens next."""
    daemon.add_job("A")
    daemon.advance(JobId(1), Stage.FETCHING_SHOWS)
    reader = Reader()
    nursery.start_soon(reader.run, EventStream(daemon, Replays(daemon), job_id=job_id, after=Seq(900)))
    await trio.testing.wait_all_tasks_blocked(0.02)
    daemon.finish(JobId(1))
    await trio.testing.wait_all_tasks_blocked(0.02)
    assert reader.seqs == list(range(1, daemon.log[-1].seq + 1))


async def test_daemon_stops(daemon: Any, nursery: trio.Nursery):
    """When the daemon stops, its readers get what is left and an end."""
    daemon.add_job("A")
    reader = Reader()
    nursery.start_soon(reader.run, EventStream(daemon, Replays(daemon), job_id=None, after=None))
    await trio.testing.wait_all_tasks_blocked()
    daemon.advance(JobId(1), Stage.FETCHING_SHOWS)
    daemon.close()
    await trio.testing.wait_all_tasks_blocked()
    assert (reader.seqs, reader.ended) == ([2], True)


async def test_events_after_the_last_round(daemon: Any, nursery: trio.Nursery):
    """What is committed while the daemon stops is written as well: a gap before later events would stay one."""
    daemon.add_job("A")
    reader = DirectReader(lambda: None, itertools.repeat(100_000))
    nursery.start_soon(reader.run, EventStream(daemon, Replays(daemon), job_id=None, after=None))
    await trio.testing.wait_all_tasks_blocked()
    daemon.close()
    daemon.advance(JobId(1), Stage.FETCHING_SHOWS)
    daemon.advance(JobId(1), Stage.FETCHING_SHOWS)
    await trio.testing.wait_all_tasks_blocked()
    assert (reader.seqs, reader.ended) == ([2, 3], True)


async def test_reader_leaves(daemon: Any):
    """A reader that is gone leaves no subscription behind."""
    daemon.add_job("A")
    reader = Reader()
    reader.gone.set()
    with trio.fail_after(LONGEST_S):
        await reader.run(EventStream(daemon, Replays(daemon), job_id=JobId(1), after=Seq(0)))
    assert not daemon.queues


def test_frame(daemon: Any):
    """An event stands in the stream with its number and its JSON on one line, and without a name: for `onmessage`."""
    daemon.add_job("A")
    event = daemon.advance(JobId(1), Stage.SYNCING_CATALOG, albums=1)
    name, data = frame(event).decode().removesuffix("\n\n").split("\n")
    assert name == "id: 2"
    assert json.loads(data.removeprefix("data: ")) == event.as_json()


@pytest.fixture
async def path(daemon: Any, sockets: Path, nursery: trio.Nursery):
    """Give the path of a control socket."""
    await nursery.start(
        serve_unix,
        control_app(daemon.surface),
        sockets / "c",
    )
    return sockets / "c"


@pytest.mark.parametrize(
    ("target", "headers", "seqs"),
    [
        ("/imports/1/events", (), [1, 2, 3, 4, 5, 6]),
        ("/imports/1/events", (("last-event-id", "4"),), [5, 6]),
        ("/imports/1/events?after=5", (), [6]),
        ("/imports/1/events?after=5", (("last-event-id", "2"),), [3, 4, 5, 6]),
        ("/imports/1/events?after=900", (), [1, 2, 3, 4, 5, 6]),
    ],
)
async def test_resume_on_the_socket(follow: Any, target: str, headers: Any, seqs: list[int]):
    """On the socket, too, the header, or else the parameter, says where a stream continues."""
    assert await follow(target, headers) == seqs


@pytest.mark.parametrize("head", ["HTTP/1.0", "HTTP/1.1\r\nhost: x"])
async def test_reader_that_reads_late(path: Path, daemon: Any, connect: Any, head: str):
    """A replay that fills the socket's buffer waits for its reader, and what was cut in the middle goes on there."""
    daemon.add_job("A")
    for _ in range(2000):
        daemon.advance(JobId(1), Stage.SYNCING_CATALOG)
    async with connect(path) as client:
        await client.stream.send_all(f"GET /events?after=0 {head}\r\n\r\n".encode())
        await trio.testing.wait_all_tasks_blocked(0.05)
        text = b""
        with trio.fail_after(LONGEST_S):
            while b'"seq":2001,' not in text:
                text += await client.stream.receive_some(65536)
    body = re.sub(rb"\r\n[0-9a-f]+\r\n", b"", text.partition(b"\r\n\r\n")[2])
    found = [json.loads(line[6:])["seq"] for line in body.split(b"\n") if line.startswith(b"data: ")]
    assert found == list(range(1, 2002))


@pytest.mark.parametrize("after", [6, 7, 8])
async def test_nothing_follows_a_job_that_has_ended(path: Path, daemon: Any, connect: Any, after: int):
    """A reader that has all of a finished job is told 204, on which an EventSource rests."""
    daemon.add_job("A")
    daemon.finish(JobId(1))
    daemon.add_job("B")
    daemon.add_job("C")
    async with connect(path) as client:
        answer = await client.ask("GET", "/imports/1/events", headers=[("last-event-id", str(after))])
        assert (answer.status, answer.body) == (204, b"")
        assert (await client.ask("GET", "/imports/1/events", headers=[("last-event-id", "6")])).status == 204


async def test_job_that_ended_without_events(path: Path, daemon: Any, connect: Any):
    """A job that has ended and never had an event is a 204 as well: an EventSource would come back for ever."""
    job = daemon.add_job("", kind=JobKind.SWEEP)
    daemon.jobs[job.job_id] = attrs.evolve(job, state=JobState.DONE)
    async with connect(path) as client:
        assert (await client.ask("GET", "/imports/1/events")).status == 204


async def test_job_that_was_tried_again(path: Path, daemon: Any, connect: Any):
    """A stream ends with the first event that ends its job; what a retry told comes after a reconnect."""
    daemon.add_job("A")
    daemon.advance(JobId(1), Stage.FAILED)
    daemon.jobs[JobId(1)] = attrs.evolve(daemon.jobs[JobId(1)], status=Stage.INITIALIZING.value)
    daemon.finish(JobId(1))
    for after, seqs in ((0, [1, 2]), (2, [3, 4, 5, 6, 7])):
        async with connect(path) as client:
            await client.listen(f"/imports/1/events?after={after}")
            assert await client.seqs() == seqs


async def test_proxies_are_told_to_pass_on_each_event(path: Path, daemon: Any, connect: Any):
    """A stream, and the answer to a HEAD, ask proxies neither to keep, nor to compress, nor to gather what they get."""
    daemon.add_job("A")
    for target in ("/events", "/imports/1/events"):
        async with connect(path) as client:
            answer = await client.ask("HEAD", target)
            assert answer.headers["x-accel-buffering"] == "no"
            assert answer.headers["cache-control"] == "no-store, no-transform"


@pytest.mark.parametrize(
    ("head", "end"),
    [
        ("GET /imports/1/events HTTP/1.0\r\n\r\n", b""),
        ("GET /imports/1/events HTTP/1.0\r\nconnection: close\r\n\r\n", b""),
        ("GET /imports/1/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", b""),
        ("GET /imports/1/events HTTP/1.1\r\nhost: x\r\n\r\n", b"\r\n0\r\n\r\n"),
    ],
)
async def test_streams_end(sockets: Path, daemon: Any, nursery: trio.Nursery, head: str, end: bytes):
    """The stream of a finished job ends with its last event, by a close or by its last chunk, and frees its place."""
    daemon.add_job("A")
    daemon.finish(JobId(1))
    doors = Doors()
    app = control_app(daemon.surface, doors=doors)
    await nursery.start(serve_unix, app, sockets / "c")
    for _ in range(20):
        async with await trio.open_unix_socket(sockets / "c") as stream:
            await stream.send_all(head.encode())
            text, piece = b"", b"-"
            with trio.fail_after(LONGEST_S):
                while piece and not (end and text.endswith(end)):
                    piece = await stream.receive_some(65536)
                    text += piece
            assert text.count(b"\nid: ") == 6
    await trio.testing.wait_all_tasks_blocked()
    assert doors.taken[PlaceKind.STREAM] == 0
    assert not daemon.queues


@pytest.fixture
def follow(path: Path, daemon: Any, connect: Any) -> Callable[..., Awaitable[list[int]]]:
    """Return the way to follow a job that has ended, to the stream's end."""
    daemon.add_job("A")
    daemon.finish(JobId(1))

    async def followed(target: str, headers: Sequence[tuple[str, str]]) -> list[int]:
        async with connect(path) as client:
            await client.listen(target, headers)
            assert dict(client.answer.headers)[b"content-type"] == b"text/event-stream; charset=utf-8"
            return await client.seqs()

    return followed


async def test_all_jobs_resume_on_the_socket(path: Any, daemon: Any, connect: Any):
    """The stream of all jobs replays from the event that it is given, then goes live."""
    daemon.add_job("A")
    daemon.add_job("B")
    async with connect(path) as client:
        await client.listen("/events?after=1")
        assert (await client.block())["id"] == "2"
        daemon.advance(JobId(1), Stage.FETCHING_SHOWS)
        assert (await client.block())["id"] == "3"


async def test_readers_that_stall_or_vanish_hold_no_other_up(path: Any, daemon: Any, connect: Any):
    """A third reader gets each event when it happens, in order; the one that stalled gets all of them later."""
    daemon.add_job("A")
    async with connect(path) as reader, connect(path) as stalled:
        await stalled.listen("/events")
        await reader.listen("/events")
        async with connect(path) as vanishing:
            await vanishing.listen("/events")
            for seq in range(2, 2000):
                daemon.advance(JobId(1), Stage.SYNCING_CATALOG)
                assert (await reader.block())["id"] == str(seq)
                if seq == 100:
                    await vanishing.stream.aclose()
        with trio.fail_after(LONGEST_S):
            assert [(await stalled.block())["id"] for _ in range(2, 2000)] == list(map(str, range(2, 2000)))


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "9" * 30])
async def test_bad_event_id(path: Any, daemon: Any, connect: Any, after: str):
    """A last event that is no number is a 400."""
    daemon.add_job("A")
    for target in (f"/events?after={after}", f"/imports/1/events?after={after}"):
        async with connect(path) as client:
            assert (await client.ask("GET", target)).status == 400
