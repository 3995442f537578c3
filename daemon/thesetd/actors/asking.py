"""Implements request and reply between actors: send a command, wait for its single answer."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import trio

from thesetd.actors.gate.lanes import LaneMailbox
from thesetd.actors.messages import Fetch, Fetched, Reply, Write
from thesetd.actors.replies import NoAnswer, OneReply
from thesetd.domain.errors import StoreUnavailable, ThesetdError, Unavailable
from thesetd.domain.gate.calls import Call
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.jobs import Lane
from thesetd.ports.pulse import idle

PATIENCE_S = 10.0  # how long a caller waits for the database; a repeated request joins one that was stored after all

T = TypeVar("T")


class LostReply(ThesetdError):
    """The actor that held the command crashed before it answered; the command may or may not have been carried out."""


async def ask(send: Callable[[Reply[T]], Awaitable[None]]) -> T:
    """Send a command with a new reply channel and return its answer.

    Raises:
        LostReply: the receiving actor crashed while handling the command.
        ThesetdError: the actor refused the command with it.
    """
    reply: Reply[T] = OneReply()
    try:
        with idle():  # the answering actor has a pulse of its own
            await send(reply)
            answer = await reply.receive()
        return answer.take()
    except NoAnswer:
        raise LostReply("the actor restarted before it answered") from None
    finally:
        reply.wanted = False


class CallExecutor(Protocol):
    """Something that performs calls."""

    async def fetch(self, call: Call[T], lane: Lane) -> T:
        """Perform a call and return its parsed answer.

        Raises:
            ProviderError: from the call's parser or the pool; a crash of the pool counts as Unavailable.
            NotConfigured: the provider has no credentials.
        """
        ...


class PooledCallExecutor:
    """Sends calls to the pool of their provider; see `CallExecutor`."""

    def __init__(self, pools: dict[ProviderName, LaneMailbox]) -> None:
        """Take the pools' mailboxes."""
        self._pools = pools

    async def fetch(self, call: Call[T], lane: Lane) -> T:
        """Perform a call; see `CallExecutor`."""
        return (await self.perform(call, lane)).outcome.take()

    async def perform(self, call: Call[T], lane: Lane) -> Fetched[T]:
        """Perform a call and return its response too.

        NotFound is part of the outcome, other errors are raised as in `fetch`.
        """
        mailbox = self._pools[call.request.provider]

        async def send(reply: Reply[Fetched[T]]) -> None:
            await mailbox.send(Fetch(call=call, lane=lane, waiting_since=trio.current_time(), reply=reply))

        try:
            return await ask(send)
        except LostReply:
            raise Unavailable(call.request.provider, "the pool restarted during the call") from None


class WriterHandle:
    """Sends batches to the writer."""

    def __init__(self, mailbox: trio.MemorySendChannel[Write]) -> None:
        """Take the writer's mailbox."""
        self._mailbox = mailbox

    async def write_soon(self, batch: Batch) -> Written:
        """Store a batch for a waiting caller, waiting at most `PATIENCE_S`.

        Raises:
            StoreUnavailable: it is not known to be stored; it may still be stored, later or when the database is back.
            StoreError: as in `write`.
        """
        with trio.move_on_after(PATIENCE_S):
            return await self._write(batch, Lane.INTERACTIVE, is_for_reply=True)
        raise StoreUnavailable(f"the database has not stored it within {PATIENCE_S:g} s")

    async def post(self, batch: Batch, lane: Lane) -> Callable[[], Awaitable[bool]]:
        """Send a batch of a job in this lane, and return what waits for it.

        That function returns True once the batch is committed, False if it was lost unanswered, and raises as `write`
        does. A lost batch is not sent again, since later ones of its job may be stored by then.
        """
        reply: Reply[Written] = OneReply()
        with idle():
            await self._mailbox.send(Write(batch=batch, lane=lane, reply=reply))

        async def committed() -> bool:
            try:
                with idle():
                    (await reply.receive()).take()
            except NoAnswer:
                return False
            finally:
                reply.wanted = False
            return True

        return committed

    async def write(self, batch: Batch, lane: Lane = Lane.LOW) -> Written:
        """Store a batch of a job in this lane and wait until it is committed, however long the database is unavailable.

        Raises:
            LostLease: the batch's job runs elsewhere.
            StoreRejected: the whole batch is refused.
        """
        return await self._write(batch, lane, is_for_reply=False)

    async def _write(self, batch: Batch, lane: Lane, *, is_for_reply: bool) -> Written:
        def command(reply: Reply[Written]) -> Write:
            return Write(batch=batch, lane=lane, is_for_reply=is_for_reply, reply=reply)

        while True:
            try:
                return await ask(lambda reply: self._mailbox.send(command(reply)))
            except LostReply:
                continue  # any batch may be written again: rows are upserts, and the fence guards the checkpoint
