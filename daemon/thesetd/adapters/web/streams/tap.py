"""Streams facts about the daemon as server-sent events.

A fact costs nothing while there are no readers. A reader that is too slow misses facts and is sent their number;
nothing waits for it. Like log lines, facts hold no secrets.

Tested in tests/adapters/web/streams/test_tap.py
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs
import trio

from thesetd.adapters.web.listener.push import Push
from thesetd.adapters.web.streams.response import HEAD, PING, PING_S, SseResponse
from thesetd.domain.documents import one_line
from thesetd.domain.facts import Fact
from thesetd.ports.surface.daemon import TapFilter, TappedFact

MOST_WAITING = 256  # queue of one reader: one second of a busy daemon
_PLAIN = (str, int, float, bool, type(None))


@attrs.define
class _Reader:
    wanted: TapFilter
    send: trio.MemorySendChannel[TappedFact]
    seen: Counter[str] = attrs.field(factory=Counter)
    missed: int = 0

    def offer(self, fact: TappedFact) -> None:
        """Pass on a sample of each kind of fact."""
        if not self.wanted.accepts(fact):
            return
        self.seen[fact.event] += 1
        if (self.seen[fact.event] - 1) % self.wanted.sample:
            return
        try:
            self.send.send_nowait(fact)
        except trio.WouldBlock:
            self.missed += 1


class Tap:
    """An observer whose facts readers may follow; see `thesetd.ports.observer.Observer`."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Take the clock."""
        self._now = now
        self._readers: list[_Reader] = []

    def notify(self, fact: Fact) -> None:
        """Offer a fact to every reader."""
        if not self._readers:
            return
        tapped = TappedFact(at=self._now(), event=type(fact).__name__, fields=_fields(attrs.asdict(fact)))
        for reader in self._readers:
            reader.offer(tapped)

    def close(self) -> None:
        """End all streams."""
        for reader in self._readers:
            reader.send.close()
        self._readers.clear()

    def stream(self, wanted: TapFilter) -> "TapStream":
        """Return a response that sends facts from now on."""
        return TapStream(self, wanted)

    def begin(self, wanted: TapFilter) -> tuple[_Reader, trio.MemoryReceiveChannel[TappedFact]]:
        """Add a reader."""
        send, receive = trio.open_memory_channel[TappedFact](MOST_WAITING)
        reader = _Reader(wanted, send)
        self._readers.append(reader)
        return reader, receive

    def end(self, reader: _Reader) -> None:
        """Remove a reader."""
        if reader in self._readers:
            self._readers.remove(reader)


class TapStream(SseResponse):
    """A response that sends facts until the reader is gone or the daemon stops."""

    def __init__(self, tap: Tap, wanted: TapFilter) -> None:
        """Take the filter."""
        super().__init__()
        self._tap = tap
        self._wanted = wanted

    async def tell(self, push: Push) -> None:
        """Write each fact as it arrives."""
        reader, facts = self._tap.begin(self._wanted)
        try:
            await push(HEAD)
            while True:
                with trio.move_on_after(PING_S) as silence:
                    fact = await facts.receive()
                if silence.cancelled_caught:
                    await push(PING)
                    continue
                missed, reader.missed = reader.missed, 0
                more = attrs.evolve(fact, missed=missed) if missed else fact
                await push(f"data: {one_line(more)}\n\n".encode())
        except trio.EndOfChannel:
            return
        finally:
            self._tap.end(reader)


def _fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values that JSON can hold; all others as text."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, _PLAIN) else str(value)
