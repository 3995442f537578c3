"""Webhooks: sends the change feed to receivers, in order for each artist, until messages are accepted or given up.

A message is deleted from the database after its receiver has accepted it, so after a crash in between it is sent again
with the same `webhook-id`; none is lost. Only the oldest message of each artist is in progress: a message that fails
holds up those of its artist and no others. A receiver that fails several times in a row is probed with one message at a
time, ever more rarely, since it is likely to be down.
"""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial

import attrs
import trio

from thesetd.actors.supervision.polling import PollLoop
from thesetd.domain.changes import ChangeKind
from thesetd.domain.ids import Seq
from thesetd.domain.webhooks import (
    Delivery,
    Message,
    MessageView,
    Sent,
    WebhookServed,
    WebhookTarget,
    WebhookView,
    message_body,
    signed,
)
from thesetd.ports.clock import Clock
from thesetd.ports.control import Feed
from thesetd.ports.observer import Observer
from thesetd.ports.store import WebhookLedger, WebhookQueue
from thesetd.ports.surface.webhooks import WebhookTested
from thesetd.ports.webhooks import WebhookOutlet

AT_ONCE = 16  # concurrent messages, of different artists
FAILING = 8  # failures in a row after which a receiver is probed; one that fails half of the time rarely gets there
REST_S, LONGEST_REST_S = 0.5, 60.0  # between probes: doubles
LOOK_S = 5.0  # also the longest wait of a new change if the database is behind a pooler
STALLED_S = 30.0  # time after which another node's webhook is taken over if it took no turn meanwhile
GATHER_S = 0.02  # answers that arrive together are stored together
RETRY_S = 1.0
LOOK_BOUND_S = 60.0  # the store's calls have timeouts far below


class Webhooks:
    """All receivers; implements `WebhookDesk` of `thesetd.ports.control`."""

    def __init__(
        self,
        outlet: WebhookOutlet,
        *,
        node: str,
        queue: WebhookQueue,
        ledger: WebhookLedger,
        feed: Feed,
        clock: Clock,
        rng: random.Random,
        observer: Observer,
    ) -> None:
        """Take the receivers, the queue of messages, and the feed that announces new ones."""
        self._hooks = {hook.name: hook for hook in outlet.hooks}
        self._mark = outlet.mark
        self._node = node
        self._queue = queue
        self._ledger = ledger
        self._sender = outlet.sender
        self._feed = feed
        self._clock = clock
        self._rng = rng
        self._observer = observer
        self._poll_loops = {
            name: PollLoop(
                f"sends to webhook {name}", LOOK_BOUND_S, retry_s=RETRY_S, observer=observer, gather_s=GATHER_S
            )
            for name in self._hooks
        }

    async def run(self) -> None:
        """Send until cancelled; another node may then take over at once."""
        try:
            async with trio.open_nursery() as nursery:
                for hook in self._hooks.values():
                    nursery.start_soon(self.receiver(hook).run)
                nursery.start_soon(self._hear)
        finally:
            if self._hooks:
                with trio.move_on_after(1, shield=True):
                    await self._queue.let_go(self._node)

    async def _hear(self) -> None:
        last = Seq(0)
        while (newer := await self._feed.news(last)) is not None:
            last = newer
            for poll_loop in self._poll_loops.values():
                poll_loop.wake()
        await trio.sleep_forever()

    async def send(self, hook: WebhookTarget, message_id: str, body: bytes) -> Sent:
        """Sign a message and send it."""
        headers = signed(message_id, self._clock.now(), body, hook.keys)
        return await self._sender.post(hook, body, headers)

    # -- for operators -------------------------------------------------------------------------------------------------

    async def overview(self) -> Sequence[WebhookView]:
        """Return all webhooks; see `thesetd.ports.control.WebhookDesk`."""
        stored = {view.name: view for view in await self._ledger.webhooks()}
        return [self._view(name, stored) for name in sorted(stored.keys() | self._hooks)]

    def _view(self, name: str, stored: Mapping[str, WebhookView]) -> WebhookView:
        hook, view = self._hooks.get(name), stored.get(name) or _untouched(name)
        return view if hook is None else attrs.evolve(view, url=hook.shown_url, kinds=hook.kinds or tuple(ChangeKind))

    async def failed(self, hook: str, *, limit: int) -> Sequence[MessageView]:
        """Return messages that failed; see `thesetd.ports.control.WebhookDesk`."""
        return await self._ledger.failed_messages(self._hooks[hook].name, limit=limit)

    async def replay(self, hook: str, *, since: Seq | None) -> int:
        """Queue messages again; see `thesetd.ports.control.WebhookDesk`."""
        count = await self._ledger.replay(hook, kinds=self._hooks[hook].kinds, since=since)
        self._poll_loops[hook].wake()
        return count

    async def test(self, hook: str) -> WebhookTested:
        """Send a test message; see `thesetd.ports.control.WebhookDesk`."""
        receiver, now, began = self._hooks[hook], self._clock.now(), trio.current_time()
        body = message_body("thesetd.test", now, {"webhook": hook})
        sent = await self.send(receiver, f"msg_{self._mark}_test_{self._rng.getrandbits(64):016x}", body)
        answer = f"answered {sent.status}" if sent.accepted else sent.why
        seconds = round(trio.current_time() - began, 3)
        return WebhookTested(webhook=hook, accepted=sent.accepted, answer=answer, seconds=seconds)

    # -- one receiver --------------------------------------------------------------------------------------------------

    def receiver(self, hook: WebhookTarget) -> "_Receiver":
        """Return the sender for one receiver."""
        poll_loop = self._poll_loops[hook.name]
        return _Receiver(
            hook, self._queue, self._node, self._clock, self._rng, self._observer, self._deliver, poll_loop
        )

    async def _deliver(self, hook: WebhookTarget, message: Message) -> Sent:
        return await self.send(hook, f"msg_{self._mark}_{message.change.seq}", message.body())


def _untouched(name: str) -> WebhookView:
    return WebhookView(
        name=name,
        url=None,
        kinds=(),
        cursor=0,
        waiting=0,
        dead=0,
        delivered=0,
        delivered_at=None,
        oldest_at=None,
        error=None,
        node=None,
    )


@attrs.frozen
class _Settled:
    """The outcome of a message; `probe` if it was sent to test whether the receiver is back."""

    delivery: Delivery
    probe: bool


@attrs.define
class _Receiver:
    """Sends to one receiver: each turn stores the outcomes of messages and sends those that are due.

    Turns do not wait for answers, so a message that is answered late, or not at all, holds up only its own artist.
    """

    hook: WebhookTarget
    queue: WebhookQueue
    node: str
    clock: Clock
    rng: random.Random
    observer: Observer
    deliver: Callable[[WebhookTarget, Message], Awaitable[Sent]]
    poll_loop: PollLoop
    under_way: set[Seq] = attrs.field(factory=set)
    settled: list[_Settled] = attrs.field(factory=list)
    failures: int = 0
    probes: int = 0
    rests_until: float = 0.0
    others_count: int | None = None
    others_since: float = 0.0

    async def run(self) -> None:
        """Send until cancelled."""
        async with trio.open_nursery() as nursery:
            await self.poll_loop.run(partial(self.look, nursery))

    async def look(self, nursery: trio.Nursery) -> float:
        """Take a turn; return the seconds until the next one, if no answer and no change comes before."""
        turn = await self.queue.take_turn(
            self.hook.name, node=self.node, kinds=self.hook.kinds, stalled=self._stalled()
        )
        if not turn.mine:
            self.settled.clear()
            if turn.count != self.others_count:
                self.others_count, self.others_since = turn.count, trio.current_time()
            return LOOK_S
        await self._settle()
        # A hint, of which an import causes several a second, cuts the wait between turns short, but not this rest.
        if (rest_s := self.rests_until - trio.current_time()) > 0:
            return min(rest_s, LOOK_S)
        return await self._send(nursery)

    def _stalled(self) -> int | None:
        """Return the count at which another node has stalled, if it has."""
        if self.others_count is None or trio.current_time() - self.others_since < STALLED_S:
            return None
        return self.others_count

    async def _send(self, nursery: trio.Nursery) -> float:
        """Start sending due messages; return the seconds until the next ones are due."""
        room = (1 if self._is_failing() else AT_ONCE) - len(self.under_way)
        if room <= 0:
            return LOOK_S
        due = await self.queue.messages_due(
            self.hook.name, now=self.clock.now(), limit=room, but=frozenset(self.under_way)
        )
        for message in due.messages:
            self.under_way.add(message.change.seq)
            nursery.start_soon(self._one, message, self._is_failing())
        wait_s = LOOK_S if due.next_at is None else (due.next_at - self.clock.now()).total_seconds()
        return min(max(wait_s, 0.0), LOOK_S)

    async def _one(self, message: Message, probe: bool) -> None:  # noqa: FBT001 - start_soon takes no keywords
        delivery = self._judged(message, await self.deliver(self.hook, message))
        self.settled.append(_Settled(delivery, probe))
        self.under_way.discard(message.change.seq)
        self.poll_loop.wake()

    async def _settle(self) -> None:
        """Store the outcomes of messages; if the store is unavailable they are kept for the next turn."""
        if not (settled := tuple(self.settled)):
            return
        deliveries = [one.delivery for one in settled]
        await self.queue.settle(self.hook.name, deliveries, node=self.node, now=self.clock.now())
        del self.settled[: len(settled)]
        self._rest(settled)
        delivered, dead = sum(d.delivered for d in deliveries), sum(d.dead for d in deliveries)
        errors = [one.error for one in deliveries if one.error]
        self.observer.notify(
            WebhookServed(
                webhook=self.hook.name,
                delivered=delivered,
                failed=len(deliveries) - delivered - dead,
                dead=dead,
                error=errors[-1] if errors else "",
            )
        )

    def _is_failing(self) -> bool:
        return self.failures >= FAILING

    def _rest(self, settled: Sequence[_Settled]) -> None:
        """Count failures in a row; a receiver that keeps failing rests between probes."""
        if any(one.delivery.delivered for one in settled):
            self.failures = self.probes = 0
            return
        self.failures += len(settled)
        self.probes += sum(one.probe for one in settled)
        if self._is_failing():
            self.rests_until = trio.current_time() + min(REST_S * 2.0 ** min(self.probes, 30), LONGEST_REST_S)

    def _judged(self, message: Message, sent: Sent) -> Delivery:
        seq, now = message.change.seq, self.clock.now()
        if sent.accepted:
            return Delivery(seq=seq, delivered=True)
        wait_s = self.hook.wait_s(message.attempts + 1, self.rng, sent.retry_after_s)
        again_at = now + timedelta(seconds=wait_s)
        first = message.first_at or now
        gives_up = (now - first).total_seconds() >= self.hook.give_up_s
        return Delivery(seq=seq, delivered=False, again_at=None if gives_up else again_at, error=sent.why)
