"""The change feed: numbers what was committed, soon after each hint, and wakes the readers that wait for changes."""

from collections.abc import Collection

import trio

from thesetd.actors.supervision.looking import Lookout
from thesetd.domain.changes import ChangeKind, Changes
from thesetd.domain.ids import Seq
from thesetd.ports.clock import Clock
from thesetd.ports.observer import Observer
from thesetd.ports.store import ChangeStore

GATHER_S = 0.05  # an import commits several times a second: its changes are numbered together
RETRY_S = 1.0
LOOK_BOUND_S = 60.0  # the store bounds each of its calls far below


class ChangeFeed:
    """The `Feed` of this node."""

    def __init__(self, store: ChangeStore, *, clock: Clock, observer: Observer, look_s: float) -> None:
        """Keep the store of changes; without a hint the feed polls it every `look_s` seconds."""
        self._store = store
        self._clock = clock
        self._look_s = look_s
        self._lookout = Lookout("numbers changes", LOOK_BOUND_S, retry_s=RETRY_S, observer=observer, gather_s=GATHER_S)
        self._last = Seq(0)
        self._news = trio.Event()
        self._closed = False

    def look(self) -> None:
        """Look soon: something was committed."""
        self._lookout.hint()

    def close(self) -> None:
        """Wake all waiting readers, because the daemon stops."""
        self._closed = True
        self._news.set()

    async def run(self) -> None:
        """Publish until cancelled; what is committed then is published by the next run, or by another node."""
        await self._lookout.run(self._publish)

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
