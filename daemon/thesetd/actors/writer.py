"""The writer: the only actor that stores provider data, one batch after another, each in one transaction.

While the database is away the batch in hand is kept and tried again; the mailbox fills and the senders wait: nothing is
dropped and nothing is lost, because the sender also waits for the answer.
"""

from contextlib import suppress

import trio

from thesetd.actors.guard import Guard
from thesetd.actors.messages import Answer, Publish, Refusal, ToImporter, Wake, Write, respond
from thesetd.domain.batches import Batch, Written
from thesetd.domain.errors import StoreError, StoreUnavailable
from thesetd.domain.facts import BatchWritten, RowRejected, StoreWaited
from thesetd.ports.observer import Observer
from thesetd.ports.store import BatchStore

FIRST_RETRY_S = 0.1
LONGEST_RETRY_S = 5.0
HAND_OVER_S = 1.0  # the broadcaster never waits long itself; more means that it is gone


class Writer:
    """Stores batches and passes their committed events on."""

    def __init__(
        self,
        mailbox: trio.MemoryReceiveChannel[Write],
        broadcaster: trio.MemorySendChannel[Publish],
        importer: trio.MemorySendChannel[ToImporter],
        *,
        store: BatchStore,
        guard: Guard,
        observer: Observer,
    ) -> None:
        """Take the ends of the channels; the writer works on clones of them."""
        self._mailbox = mailbox
        self._broadcaster = broadcaster
        self._importer = importer
        self._store = store
        self._guard = guard
        self._observer = observer

    async def run(self) -> None:
        """Work until cancelled."""
        async with self._mailbox.clone() as mailbox, self._broadcaster.clone() as broadcaster:
            async for command in mailbox:
                with command.reply:
                    await self._carry_out(command, broadcaster)

    async def _carry_out(self, command: Write, broadcaster: trio.MemorySendChannel[Publish]) -> None:
        try:
            written = await self._write(command.batch)
        except StoreError as error:
            answer: Answer[Written] | Refusal = Refusal(error)
        else:
            answer = Answer(written)
            await self._tell(written, broadcaster)
        respond(command.reply, answer)

    async def _tell(self, written: Written, broadcaster: trio.MemorySendChannel[Publish]) -> None:
        """Say what is committed, even when this actor is being stopped at this very moment."""
        if written.enqueued:
            with suppress(trio.WouldBlock):  # a full mailbox makes the importer look anyway
                self._importer.send_nowait(Wake())
        if written.events:
            with trio.move_on_after(HAND_OVER_S, shield=True):
                await broadcaster.send(Publish(events=written.events))

    async def _write(self, batch: Batch) -> Written:
        retry_s = FIRST_RETRY_S
        while True:
            while (rest := self._guard.admit()) > 0:
                await trio.sleep(rest)
            started = trio.current_time()
            try:
                with self._guard.judge():
                    written = await self._store.write(batch)
            except StoreUnavailable as error:
                self._observer.notify(StoreWaited(error=str(error), retry_in_s=retry_s))
                await trio.sleep(retry_s)
                retry_s = min(2 * retry_s, LONGEST_RETRY_S)
            else:
                self._account(batch, written, trio.current_time() - started)
                return written

    def _account(self, batch: Batch, written: Written, seconds: float) -> None:
        rejects = (*batch.rows.rejects, *written.rejects)
        for reject in rejects:
            self._observer.notify(RowRejected(kind=reject.kind, key=reject.key, reason=reject.reason))
        changed = dict(written.changed)
        self._observer.notify(
            BatchWritten(changed=changed, events=len(written.events), rejects=len(rejects), seconds=seconds)
        )
