"""The call log: records finished calls in batches, so that no call waits for the ledger.

The caller puts a call's record into the mailbox and continues. The mailbox keeps records while the database is
unavailable; when it is full the oldest are dropped, counted and reported. A batch stays in the mailbox until it is
written: a crash of this actor loses nothing, and writing a record twice is safe.
"""

import math
from collections import deque
from contextlib import suppress

import trio

from thesetd.domain.errors import StoreRejected, StoreUnavailable
from thesetd.domain.facts import CallsUnrecorded, StoreWaited
from thesetd.ports.gate import CallRecord, Ledger
from thesetd.ports.observer import Observer
from thesetd.ports.pulse import busy

CAPACITY = 10_000  # records of about 500 bytes; all providers at full speed fill it in an hour and a half
BATCH = 200
LINGER_S = 1.0  # how long the first record of a batch waits for others
FIRST_RETRY_S = 0.1
LONGEST_RETRY_S = 5.0
WRITE_S = 60.0  # of one attempt; the store's own timeout is far shorter
DRAIN_S = 3.0  # time for writing the rest at shutdown


class CallRecords:
    """The mailbox of the call log. It belongs to the wiring and survives the actor's crashes."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        """Start empty."""
        self._capacity = capacity
        self._waiting: deque[CallRecord] = deque()
        self._in_hand: list[CallRecord] = []
        self._dropped = 0
        self._some = trio.Event()
        self._many = trio.Event()

    def put(self, record: CallRecord) -> None:
        """Take a record; this never blocks. If there is no room the oldest waiting one is dropped."""
        if len(self._waiting) >= self._capacity:
            self._waiting.popleft()
            self._dropped += 1
        self._waiting.append(record)
        self._some.set()
        if len(self._waiting) >= BATCH:
            self._many.set()

    async def batch(self) -> list[CallRecord]:
        """Return the next batch: an unfinished one until it is `done`, else the records within `LINGER_S` of the first.

        Cancellation: nothing is taken.
        """
        if not self._in_hand:
            await self._some.wait()
            with trio.move_on_after(LINGER_S):
                await self._many.wait()
        return self.take()

    def take(self) -> list[CallRecord]:
        """Return the unfinished batch, or the waiting records, at most one batch; empty if none are waiting."""
        if not self._in_hand:
            self._in_hand = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            if not self._waiting:
                self._some = trio.Event()
            if len(self._waiting) < BATCH:
                self._many = trio.Event()
        return self._in_hand

    def done(self) -> None:
        """Remove the finished batch."""
        self._in_hand = []

    def forget_dropped(self) -> int:
        """Return how many records were dropped since the last call."""
        dropped, self._dropped = self._dropped, 0
        return dropped

    def __len__(self) -> int:
        """Return how many records are not yet written."""
        return len(self._waiting) + len(self._in_hand)


class CallLog:
    """Moves records from the mailbox to the ledger."""

    def __init__(self, mailbox: CallRecords, *, ledger: Ledger, observer: Observer) -> None:
        """Take the mailbox, which outlives this actor."""
        self._mailbox = mailbox
        self._ledger = ledger
        self._observer = observer

    async def run(self) -> None:
        """Work until cancelled, then write the remaining records for at most `DRAIN_S`."""
        try:
            while True:
                await self._write_patiently(await self._mailbox.batch())
        finally:
            if trio.current_effective_deadline() == -math.inf:  # stopped, not crashed: there is no next run
                await self._drain()

    async def _write_patiently(self, batch: list[CallRecord]) -> None:
        retry_s = FIRST_RETRY_S
        while True:
            self._tell_lost(self._mailbox.forget_dropped(), "more calls than the call log could keep")
            try:
                await self._write(batch)
            except StoreUnavailable as error:
                self._observer.notify(StoreWaited(error=str(error), retry_in_s=retry_s))
                await trio.sleep(retry_s)
                retry_s = min(2 * retry_s, LONGEST_RETRY_S)
            else:
                return

    async def _drain(self) -> None:
        with trio.move_on_after(DRAIN_S, shield=True), suppress(StoreUnavailable):
            while batch := self._mailbox.take():
                await self._write(batch)
        self._tell_lost(self._mailbox.forget_dropped() + len(self._mailbox), "stopped before they were written")

    async def _write(self, batch: list[CallRecord]) -> None:
        try:
            with busy("records calls", WRITE_S):
                await self._ledger.record(batch)
        except StoreRejected:
            await self._write_one_by_one(batch)
        self._mailbox.done()

    async def _write_one_by_one(self, batch: list[CallRecord]) -> None:
        """Write records one by one, dropping those that the database refuses."""
        for record in batch:
            try:
                with busy("records a call", WRITE_S):
                    await self._ledger.record([record])
            except StoreRejected as error:
                self._tell_lost(1, str(error))

    def _tell_lost(self, count: int, reason: str) -> None:
        if count:
            self._observer.notify(CallsUnrecorded(count=count, reason=reason))
