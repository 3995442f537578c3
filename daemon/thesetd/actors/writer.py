"""The writer: the only actor that stores provider data.

Batches are stored whole, and those waiting together in one commit. Reports of running jobs are committed in parallel
with batches that have rows, which may take tenths of a second.

While the database is unavailable the batches are kept and retried; the mailbox fills and the senders wait: nothing is
dropped and nothing is lost, because each sender waits for its answer. A batch that takes too long to store is kept and
retried as well: others are stored meanwhile.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial

import trio

from thesetd.actors.messages import Answer, Publish, Refusal, ToImporter, Wake, Write, respond
from thesetd.actors.supervision.guard import BreakerGuard
from thesetd.actors.waiting_batches import FIRST_AGAIN_S, HELD, WaitingBatches
from thesetd.domain.errors import StoreError, StoreUnavailable
from thesetd.domain.facts import BatchesWritten, RowRejected, StoreWaited
from thesetd.domain.ids import JobId
from thesetd.domain.work.batches import Batch, Written
from thesetd.ports.observer import Observer
from thesetd.ports.pulse import busy, idle
from thesetd.ports.store import BatchStore

WRITE_S = 60.0  # of one commit: the store's calls have timeouts, and it finds the bad rows of a batch in several
HAND_OVER_S = 1.0  # the broadcaster never waits long itself; a longer wait means that it is gone


class Writer:
    """Stores batches and passes on their committed events."""

    def __init__(
        self,
        mailbox: trio.MemoryReceiveChannel[Write],
        broadcaster: trio.MemorySendChannel[Publish],
        importer: trio.MemorySendChannel[ToImporter],
        *,
        store: BatchStore,
        guard: BreakerGuard,
        observer: Observer,
    ) -> None:
        """Take the ends of the channels; the writer works on clones of them."""
        self._mailbox = mailbox
        self._broadcaster = broadcaster
        self._importer = importer
        self._store = store
        self._guard = guard
        self._observer = observer
        self._held = WaitingBatches()

    def waiting(self) -> int:
        """Return the number of batches that wait."""
        return len(self._held) + self._mailbox.statistics().current_buffer_used

    async def run(self) -> None:
        """Work until cancelled."""
        self._held = held = WaitingBatches()
        async with self._mailbox.clone() as mailbox, self._broadcaster.clone() as broadcaster:
            try:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(partial(self._store_from, held, broadcaster, reports=True))
                    nursery.start_soon(partial(self._store_from, held, broadcaster, reports=False))
                    while True:
                        held.add(await mailbox.receive())
                        for command in _waiting(mailbox, HELD - len(held)):
                            held.add(command)
                        await held.room()
            finally:
                held.drop()  # senders of the rest send it again

    async def _store_from(
        self, held: WaitingBatches, broadcaster: trio.MemorySendChannel[Publish], *, reports: bool
    ) -> None:
        while True:
            commands = await held.take(reports=reports)
            with busy("writes batches", WRITE_S):
                found = await self._write(held, commands)
                if found is not None:
                    await self._tell([one for one in found if isinstance(one, Written)], broadcaster)
                    for command, one in zip(commands, found, strict=True):
                        respond(command.reply, Answer(one) if isinstance(one, Written) else Refusal(one))
                    held.done(commands)

    async def _tell(self, written: Sequence[Written], broadcaster: trio.MemorySendChannel[Publish]) -> None:
        """Report what is committed, even while this actor is being stopped."""
        if any(one.enqueued or one.ordered for one in written):
            with suppress(trio.WouldBlock):  # a full mailbox makes the importer poll anyway
                self._importer.send_nowait(Wake())
        if events := sorted((event for one in written for event in one.events), key=lambda event: event.seq):
            with trio.move_on_after(HAND_OVER_S, shield=True):
                await broadcaster.send(Publish(events=tuple(events)))

    async def _write(self, held: WaitingBatches, commands: Sequence[Write]) -> Sequence[Written | StoreError] | None:
        """Store batches; while the database is unavailable to them they are put back, and None is returned."""
        batches, was_away = [command.batch for command in commands], False
        while (rest := self._guard.admit()) > 0:
            was_away = True
            with idle():
                await trio.sleep(rest)
        started = trio.current_time()
        try:
            with self._guard.judge(), busy("writes a group of batches", WRITE_S):
                stored = await self._store.write_all(batches)
        except StoreUnavailable as error:
            again_s = held.put_back(commands)
            reason = _with_job(error, batches) if again_s > FIRST_AGAIN_S else str(error)
            self._observer.notify(StoreWaited(error=reason, retry_in_s=again_s))
            return None
        if was_away:
            held.forgive()
        self._account(batches, stored, trio.current_time() - started)
        return stored

    def _account(self, batches: Sequence[Batch], stored: Sequence[Written | StoreError], seconds: float) -> None:
        changed: Counter[str] = Counter()
        jobs: list[JobId] = []
        written = rejected = events = 0
        for batch, one in zip(batches, stored, strict=True):
            if not isinstance(one, Written):
                continue
            for reject in (*batch.rows.rejects, *one.rejects):
                self._observer.notify(RowRejected(kind=reject.kind, key=reject.key, reason=reject.reason))
                rejected += 1
            written, events = written + 1, events + len(one.events)
            if one.changed:
                changed.update(one.changed)
            if batch.job is not None:
                jobs.append(batch.job.id)
        self._observer.notify(
            BatchesWritten(
                batches=written,
                changed=dict(changed),
                events=events,
                rejects=rejected,
                seconds=seconds,
                jobs=tuple(jobs),
            )
        )


def _with_job(error: StoreUnavailable, batches: Sequence[Batch]) -> str:
    """Return why a batch could not be stored again while others were, with its job."""
    jobs = [batch.job.id for batch in batches if batch.job]
    return f"{error} (only for a batch of job {jobs[0]})" if jobs else f"{error} (only for one batch)"


def _waiting(mailbox: trio.MemoryReceiveChannel[Write], limit: int) -> Iterator[Write]:
    """Take the waiting messages from the mailbox."""
    with suppress(trio.WouldBlock):
        for _ in range(limit):
            yield mailbox.receive_nowait()
