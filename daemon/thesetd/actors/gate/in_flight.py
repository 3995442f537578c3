"""Tracks the calls in one gate: the stage of each, and how to call back those that wait.

A pause closes the gate: waiting calls are refused, no others are admitted, and the calls in flight finish.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import attrs
import trio

from thesetd.actors.messages import Fetch
from thesetd.domain.errors import Paused
from thesetd.domain.ids import JobId, ProviderName
from thesetd.domain.work.diagnosis import CallSnapshot, CallStage
from thesetd.ports.pulse import idle

LONGEST_WAIT_S = 60.0  # the longest wait of a worker; for a longer one the call goes back to its job, which is deferred


@attrs.define(eq=False)
class Passage:
    """One call on its way. `until` is on trio's clock, None if it does not wait for a moment; `reason` says why."""

    fetch: Fetch
    place: CallStage = CallStage.PASSING
    until: float | None = None
    reason: str = ""
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    over: trio.Event = attrs.field(factory=trio.Event)

    def stand(self, place: CallStage, until: float | None = None, reason: str = "") -> None:
        """Set the stage of the call, which is shown to operators."""
        self.place, self.until, self.reason = place, until, reason

    async def wait(self, place: CallStage, seconds: float, reason: str = "") -> None:
        """Wait, visibly to operators, unless the wait is ended early."""
        until, self.over = trio.current_time() + seconds, trio.Event()
        self.stand(place, until, reason)
        with idle(), trio.move_on_at(until):
            await self.over.wait()
        self.stand(CallStage.PASSING)

    def check(self, provider: ProviderName) -> None:
        """Admit a call that was not called back.

        This is the last check: there is no checkpoint between it and the call.

        Raises:
            Paused: it was called back.
        """
        if self.scope.cancel_called:
            raise Paused(provider)


class InFlight:
    """All calls on their way through one gate."""

    def __init__(self, provider: ProviderName) -> None:
        """Start open and without calls."""
        self._provider = provider
        self._under_way: set[Passage] = set()
        self.closed = False

    @contextmanager
    def track(self, fetch: Fetch) -> Iterator[Passage]:
        """Let a call pass while the block runs.

        Raises:
            Paused: the gate is closed, or was closed while the call waited.
        """
        if self.closed:
            raise Paused(self._provider)
        passage = Passage(fetch)
        self._under_way.add(passage)
        try:
            with passage.scope:
                yield passage
        finally:
            self._under_way.discard(passage)
        if passage.scope.cancelled_caught:
            raise Paused(self._provider)

    def drain(self) -> None:
        """Admit no more calls, and refuse those that wait."""
        self.closed = True
        for passage in self._under_way:
            if passage.place is not CallStage.WIRE:
                passage.scope.cancel()

    def open(self) -> None:
        """Admit calls again."""
        self.closed = False

    def wake(self, place: CallStage) -> None:
        """Let calls that wait at a stage check again: the reason for their wait has ended early."""
        for passage in self._under_way:
            if passage.place is place:
                passage.over.set()

    def __len__(self) -> int:
        """Return the number of calls on their way."""
        return len(self._under_way)

    def of(self, job_id: JobId) -> tuple[CallSnapshot, ...]:
        """Return where the calls of a job are."""
        now = trio.current_time()
        return tuple(
            CallSnapshot(
                provider=self._provider,
                endpoint=passage.fetch.call.request.endpoint,
                place=passage.place,
                wait_s=None if passage.until is None else max(0.0, passage.until - now),
                reason=passage.reason,
            )
            for passage in self._under_way
            if passage.fetch.call.purpose.job_id == job_id
        )
