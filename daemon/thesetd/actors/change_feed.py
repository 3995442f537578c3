"""The change feed: numbers committed changes soon after each hint, and wakes readers that wait for changes."""

from collections.abc import Collection

import trio

from thesetd.actors.supervision.polling import PollLoop
from thesetd.domain.changes import ChangeKind, Changes
from thesetd.domain.ids import Seq
from thesetd.ports.clock import Clock
from thesetd.ports.observer import Observer
from thesetd.ports.store import ChangeStore

GATHER_S = 0.2  # a busy daemon commits twenty times a second: these changes are numbered together, with one commit
RETRY_S = 1.0
LOOK_BOUND_S = 60.0  # the store's calls have far shorter timeouts


class ChangeFeed:
    """The `Feed` of this node."""

    def __init__(self, store: ChangeStore, *, clock: Clock, observer: Observer, look_s: float) -> None:
        """Take the store of changes; without a hint the feed polls it every `look_s` seconds."""
        self._store = store
        self._clock = clock
        self._look_s = look_s
        self._poll_loop = PollLoop(
            "numbers changes", LOOK_BOUND_S, retry_s=RETRY_S, observer=observer, gather_s=GATHER_S
        )
        self._last = Seq(0)
        self._news = trio.Event()
        self._closed = False

    def look(self) -> None:
        """Poll soon: something was committed."""
        self._poll_loop.wake()

    def close(self) -> None:
        """Wake all waiting readers, because the daemon stops."""
        self._closed = True
        self._news.set()

    async def run(self) -> None:
        """Publish until cancelled; later commits are published by the next run, or by another node."""
        await self._poll_loop.run(self._publish)

    async def _publish(self) -> float:
        last = await self._store.publish_changes(now=self._clock.now())
        if last != self._last:
            self._last = last
            self._news.set()
            self._news = trio.Event()
        return self._look_s

    async def changes(self, *, since: Seq | None, kinds: Collection[ChangeKind] = (), limit: int) -> Changes:
        """Return published changes; see `thesetd.ports.store.ChangeStore`."""
        return await self._store.changes_after(since=since, kinds=kinds, limit=limit)

    async def news(self, since: Seq) -> Seq | None:
        """Wait until a change after this number is published; see `thesetd.ports.control.Feed`."""
        while not self._closed and self._last <= since:
            await self._news.wait()
        return None if self._closed else self._last
