"""Reads old events for streams: in pages, one reader after the other, slowly enough not to affect imports.

A new stream needs its first page at once; the rest of a long replay can wait. So there are two queues, each serving one
page at a time, and after each page a pause in proportion to the time the page took: a slow database slows replays down,
not the other way round. Readers queue in order, so each gets a page before any gets its next one.

Numbers of events have no gaps and events never change, so a full page is always the same. Pages of all jobs end at
multiples of `PAGE`, so that readers that began at different places can share them.
"""

import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TypeVar

import attrs
import trio

from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.work.progress import CommittedEvent
from thesetd.ports.store import StatusStore

PAGE = 100  # events: about 35 kB, less than a socket accepts in one piece
SHORTEST_PAUSE_S = 0.002  # pause after a cached page, for its write: at most 50,000 events a second
_FIRST_SHARE, _LATER_SHARE = 1.0, 3.0  # pause per second that a page took: so half of the time is used, or a quarter
_AWAY_S = 1.0  # no query for this long after a refusal: hundreds of readers share one
_REMEMBERED = 32  # cached full pages: readers of one replay are never far from each other

T = TypeVar("T")


def frame(event: CommittedEvent) -> bytes:
    """Return an event as a frame of a stream; its id is what Last-Event-ID sends back.

    It has no `event:` line, so that it reaches `onmessage` of a plain EventSource.
    """
    return f"id: {event.seq}\ndata: {event.text}\n\n".encode()


@attrs.frozen(kw_only=True)
class ReplayedEvents:
    """Some events as frames of a stream.

    `last` is the number of the last one, `more` whether others may follow, `final` whether the last one ends its job.
    """

    data: bytes
    last: Seq
    more: bool
    final: bool


@attrs.define
class _Turnstile:
    share: float
    lock: trio.Lock = attrs.field(factory=trio.Lock)
    free_at: float = 0.0

    async def __aenter__(self) -> None:
        await self.lock.acquire()
        try:
            await trio.sleep_until(self.free_at)
        except BaseException:
            self.lock.release()
            raise
        self.free_at = trio.current_time()

    async def __aexit__(self, *_: object) -> None:
        now = trio.current_time()
        self.free_at = now + max(SHORTEST_PAUSE_S, self.share * (now - self.free_at))
        self.lock.release()


class Replays:
    """Reads pages for all streams of the process."""

    def __init__(self, statuses: StatusStore) -> None:
        """Take the store of events."""
        self._statuses = statuses
        self._first, self._later = _Turnstile(_FIRST_SHARE), _Turnstile(_LATER_SHARE)
        self._pages: OrderedDict[tuple[JobId | None, Seq], ReplayedEvents] = OrderedDict()
        self._away_until = -math.inf

    async def ended(self, job_id: JobId) -> bool:
        """Return whether a job has ended or does not exist.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        async with self._first:
            status = await self._read(partial(self._statuses.status, job_id))
        return status is None or status.state.final

    async def reach(self, seq: Seq) -> bool:
        """Return whether an event with this number or a later one exists.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        async with self._first:
            return bool(await self._read(partial(self._statuses.events, after=Seq(seq - 1), job_id=None, limit=1)))

    async def page(self, after: Seq, job_id: JobId | None, *, first: bool = True) -> ReplayedEvents | None:
        """Wait for this reader's turn and return the events after a number; None if there are none.

        Args:
            after: the last event that the reader has.
            job_id: the job of the events; None for all jobs.
            first: whether the reader is waiting for its first page.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        async with self._first if first else self._later:
            key = (job_id, after)
            if (page := self._pages.get(key)) is not None:
                self._pages.move_to_end(key)
                return page
            limit = PAGE if job_id is not None else PAGE - after % PAGE
            events = await self._read(partial(self._statuses.events, after=after, job_id=job_id, limit=limit))
            if not events:
                return None
            page = _page(to_the_end(events) if job_id is not None else events, more=len(events) == limit)
            if page.more:
                self._remember(key, page)
            return page

    async def _read(self, question: Callable[[], Awaitable[T]]) -> T:
        if trio.current_time() < self._away_until:
            raise StoreUnavailable("it did not answer a moment ago")
        try:
            return await question()
        except StoreUnavailable:
            self._away_until = trio.current_time() + _AWAY_S
            raise

    def _remember(self, key: tuple[JobId | None, Seq], page: ReplayedEvents) -> None:
        self._pages[key] = page
        if len(self._pages) > _REMEMBERED:
            self._pages.popitem(last=False)


def _page(events: Iterable[CommittedEvent], *, more: bool) -> ReplayedEvents:
    batch = tuple(events)
    return ReplayedEvents(
        data=b"".join(map(frame, batch)), last=batch[-1].seq, more=more, final=batch[-1].progress.stage.final
    )


def to_the_end(events: Iterable[CommittedEvent]) -> Iterable[CommittedEvent]:
    """Cut one job's events after the first final one: a job that was retried continues in the next stream."""
    for event in events:
        yield event
        if event.progress.stage.final:
            return
