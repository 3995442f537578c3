from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from thesetd.ctl.client import DaemonClient
from thesetd.ctl.doors import SocketDoor
from thesetd.ctl.failures import Broken, ProblemReply, Unreachable
from thesetd.ctl.follow import PATIENCE_S, Follower
from thesetd.domain.ids import JobId
from thesetd.domain.work.progress import Stage

BUSY = ProblemReply(503, {"detail": "the database does not answer"})
GONE = Unreachable("no daemon")
CUT = Broken("cut")
PING = None


def event(seq: int, status: str = "syncing-catalog") -> dict[str, Any]:
    """Make an event."""
    return {"seq": seq, "status": status}


class Scripted:
    """A daemon whose connections go by a script: each a list of items and, last, how it ends."""

    def __init__(self, connections: Sequence[Sequence[Any]], state: str = "running") -> None:
        self.connections = list(connections)
        self.state = state
        self.asked: list[int | None] = []
        self.now = 0.0
        self.breaks: list[str] = []

    @contextmanager
    def stream(self, _: str, after: int | None) -> Iterator[Iterator[Any]]:
        """Play the next connection."""
        self.asked.append(after)
        items = self.connections.pop(0) if len(self.connections) > 1 else self.connections[0]
        if items and items[0] in (GONE, BUSY):
            raise items[0]
        yield self._play(items)

    def ask(self, _: object, **__: object) -> dict[str, Any]:
        """Tell the job's state."""
        return {"state": self.state}

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def follower(self, *, met: bool = True) -> Follower:
        """Make a follower of this daemon."""
        return Follower(self, met=met, on_break=self.breaks.append, sleep=self.sleep, now=lambda: self.now)

    def _play(self, items: Sequence[Any]) -> Iterator[Any]:
        for item in items:
            if isinstance(item, Exception):
                raise item
            yield item


def test_ends_with_the_final_event() -> None:
    """After the final event nothing more is asked."""
    daemon = Scripted([[event(1), event(2, "completed"), event(3)]])
    assert [e["seq"] for e in daemon.follower().job(1)] == [1, 2]
    assert daemon.asked == [None]


@pytest.mark.parametrize("cut", [CUT, GONE, BUSY])
def test_comes_back(cut: Exception) -> None:
    """Whatever breaks a stream, it goes on after the last event that was seen, and the break is told once."""
    daemon = Scripted([[event(1), CUT], [cut], [cut], [event(2), event(3, "completed")]])
    assert [e["seq"] for e in daemon.follower().job(1)] == [1, 2, 3]
    assert daemon.asked == [None, 1, 1, 1]
    assert daemon.breaks == ["cut: waiting for it to come back"]


def test_stream_that_ends_early() -> None:
    """A stream that ends in good order before the job did is opened again, after a pause."""
    daemon = Scripted([[event(1)], [event(2, "completed")]])
    assert [e["seq"] for e in daemon.follower().job(1)] == [1, 2]
    assert daemon.now > 0


def test_job_that_ended_without_event() -> None:
    """A job that is over without a final event ends the following."""
    daemon = Scripted([[event(1)]], state="done")
    assert [e["seq"] for e in daemon.follower().job(1)] == [1]


@pytest.mark.parametrize("refusal", [GONE, BUSY])
def test_daemon_that_was_never_there(refusal: Exception) -> None:
    """The first time, no daemon, or one that says no, is not waited for."""
    daemon = Scripted([[refusal]])
    with pytest.raises(type(refusal)):
        list(daemon.follower(met=False).job(1))
    assert daemon.now == 0


def test_unknown_job() -> None:
    """A refusal other than "come again" ends the following, also after a break."""
    daemon = Scripted([[event(1), CUT], [ProblemReply(404, {"detail": "no job"})]])
    with pytest.raises(ProblemReply, match="no job"):
        list(daemon.follower().job(1))


def test_patience_ends() -> None:
    """A daemon that does not come back is waited for for a minute, with at most 40 tries."""
    daemon = Scripted([[event(1), CUT], [GONE]])
    with pytest.raises(Unreachable, match="did not come back within 60 s: no daemon"):
        list(daemon.follower().job(1))
    assert PATIENCE_S <= daemon.now < PATIENCE_S + 3
    assert len(daemon.asked) < 40


def test_sign_of_life_renews_patience() -> None:
    """A connection that gave a sign of life, if only a ping, makes the next break a new one."""
    daemon = Scripted([[CUT], *[[PING, CUT]] * 100, [event(1, "completed")]])
    assert [e["seq"] for e in daemon.follower().job(1)] == [1]
    assert len(daemon.breaks) == 101


def test_everything_goes_on_after_final_events() -> None:
    """The stream of all jobs does not end with one of them."""
    daemon = Scripted([[event(1, "completed"), event(2, "failed"), event(3)]])
    events = daemon.follower().everything()
    assert [next(events)["seq"] for _ in range(3)] == [1, 2, 3]


@given(cuts=st.lists(st.integers(0, 3), max_size=8), total=st.integers(1, 9))
def test_no_gap_and_no_duplicate(cuts: list[int], total: int) -> None:
    """Wherever the stream is cut, all events come once, in order, from a daemon that continues where it is asked to."""

    class Honest(Scripted):
        @contextmanager
        def stream(self, _: str, after: int | None) -> Iterator[Iterator[Any]]:
            events = [event(seq) for seq in range((after or 0) + 1, total)] + [event(total, "completed")]
            yield self._play([*events[: cuts.pop()], CUT] if cuts else events)

    assert [e["seq"] for e in Honest([[]]).follower().job(1)] == list(range(1, total + 1))


def test_restart_of_a_real_listener(server: Any) -> None:
    """Over a real socket that closes and opens again, with events committed meanwhile, nothing is lost or doubled."""
    job_id = server.add_job("Gorillaz")

    async def play(followed: JobId) -> None:
        server.on_follow(play_rest)
        server.daemon.advance(followed, Stage.FETCHING_SHOWS)
        await trio.testing.wait_all_tasks_blocked()
        await server.pause_listening()
        server.daemon.advance(followed, Stage.SYNCING_VENUES)
        await server.resume_listening()

    async def play_rest(followed: JobId) -> None:
        server.daemon.advance(followed, Stage.SHOWS_COMPLETE)
        server.daemon.advance(followed, Stage.COMPLETED)

    server.on_follow(play)
    breaks: list[str] = []
    events = list(Follower(DaemonClient(SocketDoor(server.path)), met=True, on_break=breaks.append).job(job_id))
    assert [e["seq"] for e in events] == [1, 2, 3, 4, 5]
    assert len(breaks) == 1


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_a_job_that_was_asked_for_again_is_followed_on(end: str) -> None:
    """An end that was not the last one is shown and passed."""
    daemon = Scripted([[event(1, end), event(2, "initializing"), event(3, "completed")]])
    assert [e["seq"] for e in daemon.follower().job(1)] == [1, 2, 3]


@pytest.mark.parametrize("cut", [CUT, GONE, BUSY])
def test_a_daemon_that_goes_away_right_after_the_end_is_waited_for(cut: Exception) -> None:
    """Whether the job goes on is asked again when it is back."""

    class Leaving(Scripted):
        def ask(self, row: object, **parameters: object) -> dict[str, Any]:
            if not self.breaks:
                raise cut
            return super().ask(row, **parameters)

    daemon = Leaving([[event(1, "failed")], []], state="failed")
    assert [e["seq"] for e in daemon.follower().job(1)] == [1]
    assert len(daemon.breaks) == 1
