"""Follows a job across broken connections and restarts of the daemon, without gaps or repeated events."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any

from thesetd.ctl.client import DaemonClient
from thesetd.ctl.failures import Broken, ProblemReply, Unreachable
from thesetd.ports.surface.rows.imports import FOLLOW_ALL, FOLLOW_IMPORT, SHOW_IMPORT

COMPLETED = "completed"  # final status of an event; after any other end a job may have been requested again and resumed
ENDED = frozenset({"done", "failed", "cancelled", "dead"})  # final states of a job
PATIENCE_S = 60.0  # a drain takes up to 30 s, the next start 4 s
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 2.0
_UNAVAILABLE = 503

EventDocument = dict[str, Any]


class Follower:
    """Reads a stream and, when it breaks, reopens it after the last event received."""

    def __init__(
        self,
        daemon: DaemonClient,
        *,
        met: bool,
        on_break: Callable[[str], None],
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the daemon to follow.

        Args:
            daemon: the client to use.
            met: whether the daemon has answered before; one that never did is not awaited.
            on_break: called with the reason why a stream has to be reopened, once until it sends something.
            sleep: waits for seconds.
            now: returns monotonic seconds.
        """
        self._daemon = daemon
        self._met = met
        self._on_break = on_break
        self._sleep = sleep
        self._now = now
        self._last: int | None = None
        self._give_up_at: float | None = None
        self._pause_s = _FIRST_PAUSE_S

    def job(self, job_id: int) -> Iterator[EventDocument]:
        """Yield a job's events from the first on; ends after its final one, or when the job ended without one.

        Raises:
            Unreachable: the daemon was not running, or did not come back within a minute.
            ProblemReply: there is no such job, or the daemon refuses for another reason.
        """
        with closing(self._events(FOLLOW_IMPORT.at(job_id=job_id), lambda: self._ended(job_id))) as events:
            for event in events:
                yield event
                if event["status"] == COMPLETED:
                    return

    def everything(self) -> Iterator[EventDocument]:
        """Return the events of all jobs from now on, for ever; see `job` for what it raises."""
        return self._events(FOLLOW_ALL.path, lambda: False)

    def _events(self, target: str, ended: Callable[[], bool]) -> Generator[EventDocument, None, None]:
        while True:
            reason: Broken | Unreachable | ProblemReply
            try:
                with self._daemon.stream(target, self._last) as items:
                    yield from self._seen(items)
                if ended():
                    return
                reason = Broken("the daemon ended the stream")
            except (Broken, Unreachable, ProblemReply) as error:
                reason = error
            self._wait(reason)

    def _seen(self, items: Iterator[EventDocument | None]) -> Iterator[EventDocument]:
        for item in items:
            self._met, self._give_up_at, self._pause_s = True, None, _FIRST_PAUSE_S
            if item is not None:
                self._last = item["seq"]
                yield item

    def _ended(self, job_id: int) -> bool:
        return self._daemon.ask(SHOW_IMPORT, job_id=job_id)["state"] in ENDED

    def _wait(self, reason: Broken | Unreachable | ProblemReply) -> None:
        """Pause before the next attempt, or raise if there is nothing to wait for."""
        self._met = self._met or isinstance(reason, Broken)
        if not self._met or (isinstance(reason, ProblemReply) and reason.status != _UNAVAILABLE):
            raise reason
        if self._give_up_at is None:
            self._give_up_at = self._now() + PATIENCE_S
            self._on_break(f"{reason}: waiting for it to come back")
        if self._now() >= self._give_up_at:
            raise Unreachable(f"the daemon did not come back within {PATIENCE_S:.0f} s: {reason}") from reason
        self._sleep(self._pause_s)
        self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)
