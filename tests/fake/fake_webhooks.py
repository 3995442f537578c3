"""Messages to webhooks over the in-memory store of `fakes`, and receivers in memory."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import attrs
import trio

from thesetd.domain.changes import CatalogueChange, ChangeKind
from thesetd.domain.ids import Seq
from thesetd.domain.webhooks import Delivery, Message, MessageView, Sent, WebhookTarget, WebhookView
from thesetd.ports.store import Due, WebhookTurn
from thesetd.ports.surface.webhooks import WebhookTested


@attrs.define
class _Queued:
    change: CatalogueChange
    dead: bool = False
    attempts: int = 0
    first_at: datetime | None = None
    again_at: datetime | None = None
    error: str | None = None

    @property
    def subject(self) -> UUID:
        return self.change.artist_id or self.change.id

    def revive(self) -> None:
        self.dead, self.attempts, self.first_at, self.again_at = False, 0, None, None


@attrs.define
class _Webhook:
    cursor: Seq
    node: str | None
    turns: int = 1
    delivered: int = 0
    delivered_at: datetime | None = None
    error: str | None = None
    queue: dict[Seq, _Queued] = attrs.field(factory=dict)


class FakeWebhooks:
    """A `WebhookQueue` and `WebhookLedger`."""

    feed: list[CatalogueChange]
    ping: Callable[[], Awaitable[None]]

    def __init__(self) -> None:
        """Start without any."""
        super().__init__()
        self.receivers: dict[str, _Webhook] = {}

    async def take_turn(
        self, hook: str, *, node: str, kinds: Collection[ChangeKind], stalled: int | None = None
    ) -> WebhookTurn:
        """Take or keep a webhook; see `thesetd.ports.store.webhooks.WebhookQueue`."""
        await self.ping()
        last = self.feed[-1].seq if self.feed else Seq(0)
        one = self.receivers.get(hook)
        if one is None:
            one = self.receivers[hook] = _Webhook(cursor=last, node=node, turns=0)
        if one.node not in {None, node} and one.turns != stalled:
            return WebhookTurn(mine=False, count=one.turns)
        one.node, one.turns = node, one.turns + 1
        for change in self.feed:
            if change.seq > one.cursor and change.kind in (kinds or ChangeKind):
                one.queue[change.seq] = _Queued(change)
        one.cursor = last
        return WebhookTurn(mine=True, count=one.turns)

    def _firsts(self, hook: str) -> list[_Queued]:
        firsts: dict[UUID, _Queued] = {}
        for _, queued in sorted(self.receivers[hook].queue.items()):
            if not queued.dead:
                firsts.setdefault(queued.subject, queued)
        return list(firsts.values())

    async def messages_due(self, hook: str, *, now: datetime, limit: int, but: Collection[Seq] = ()) -> Due:
        """Return messages to send; see `thesetd.ports.store.webhooks.WebhookQueue`."""
        await self.ping()
        firsts = [one for one in self._firsts(hook) if one.change.seq not in but]
        found = [one for one in firsts if one.again_at is None or one.again_at <= now][:limit]
        later = [one.again_at for one in firsts if one.again_at is not None and one.again_at > now]
        messages = tuple(Message(change=q.change, attempts=q.attempts, first_at=q.first_at) for q in found)
        return Due(messages=messages, next_at=None if messages else min(later, default=None))

    async def settle(self, hook: str, deliveries: Sequence[Delivery], *, node: str, now: datetime) -> None:
        """Store what became of messages; see `thesetd.ports.store.webhooks.WebhookQueue`."""
        await self.ping()
        one = self.receivers[hook]
        for delivery in deliveries if one.node == node else ():
            if delivery.delivered:
                del one.queue[delivery.seq]
                one.delivered, one.delivered_at = one.delivered + 1, now
                continue
            queued = one.queue[delivery.seq]
            queued.attempts, queued.first_at = queued.attempts + 1, queued.first_at or now
            queued.again_at, queued.dead, queued.error = delivery.again_at, delivery.dead, delivery.error
            one.error = delivery.error

    async def let_go(self, node: str) -> None:
        """Give webhooks away; see `thesetd.ports.store.webhooks.WebhookQueue`."""
        await self.ping()
        for one in self.receivers.values():
            one.node = None if one.node == node else one.node

    async def webhooks(self) -> tuple[WebhookView, ...]:
        """Return every webhook; see `thesetd.ports.store.webhooks.WebhookLedger`."""
        await self.ping()
        return tuple(_view(name, one) for name, one in sorted(self.receivers.items()))

    async def failed_messages(self, hook: str, *, limit: int) -> tuple[MessageView, ...]:
        """Return messages that failed; see `thesetd.ports.store.webhooks.WebhookLedger`."""
        await self.ping()
        failed = [one for _, one in sorted(self.receivers[hook].queue.items()) if one.attempts]
        return tuple(
            MessageView(
                seq=one.change.seq,
                kind=one.change.kind,
                id=str(one.change.id),
                dead=one.dead,
                attempts=one.attempts,
                again_at=one.again_at,
                error=one.error,
            )
            for one in failed[:limit]
        )

    async def replay(self, hook: str, *, kinds: Collection[ChangeKind], since: Seq | None) -> int:
        """Queue messages again; see `thesetd.ports.store.webhooks.WebhookLedger`."""
        await self.ping()
        one = self.receivers[hook]
        if since is None:
            again = [queued for queued in one.queue.values() if queued.dead]
        else:
            wanted = [c for c in self.feed if since < c.seq <= one.cursor and c.kind in (kinds or ChangeKind)]
            again = [one.queue.setdefault(change.seq, _Queued(change)) for change in wanted]
        for queued in again:
            queued.revive()
        return len(again)


def _view(name: str, one: _Webhook) -> WebhookView:
    waiting = [queued for queued in one.queue.values() if not queued.dead]
    return WebhookView(
        name=name,
        url=None,
        kinds=(),
        cursor=one.cursor,
        waiting=len(waiting),
        dead=len(one.queue) - len(waiting),
        delivered=one.delivered,
        delivered_at=one.delivered_at,
        oldest_at=min((queued.change.at for queued in waiting), default=None),
        error=one.error,
        node=one.node,
    )


class FakeSender:
    """Receivers that answer as a function says; `taken` are the bodies that they accepted, `tries` all ids."""

    def __init__(self, answer: Callable[[str], Sent] = lambda _: Sent(status=204)) -> None:
        """Take how to answer a message of this id."""
        self.answer = answer
        self.taken: list[Mapping[str, Any]] = []
        self.tries: list[tuple[float, str]] = []

    async def post(self, hook: WebhookTarget, body: bytes, headers: Mapping[str, str]) -> Sent:
        """Answer; see `thesetd.ports.webhooks.WebhookSender`."""
        await trio.sleep(0.01)
        self.tries.append((trio.current_time(), headers["webhook-id"]))
        sent = self.answer(headers["webhook-id"])
        if sent.accepted:
            self.taken.append({"hook": hook.name, "id": headers["webhook-id"], "body": body})
        return sent


class FakeDesk:
    """A `WebhookDesk` that knows one webhook."""

    def __init__(self) -> None:
        """Start with one that has a dead message."""
        self.since: list[Seq | None] = []
        self.accepts = True

    async def overview(self) -> Sequence[WebhookView]:
        """Return it; see `thesetd.ports.control.WebhookDesk`."""
        view = _view("theset", _Webhook(cursor=Seq(41), node="n1", error="answered 503"))
        return [attrs.evolve(view, url="https://theset.example/hook", kinds=tuple(ChangeKind), waiting=2, dead=1)]

    async def failed(self, hook: str, *, limit: int) -> Sequence[MessageView]:
        """Return its messages; see `thesetd.ports.control.WebhookDesk`."""
        self._check(hook)
        view = MessageView(
            seq=7,
            kind=ChangeKind.SHOW,
            id="00000000-0000-0000-0000-00000000002c",
            dead=True,
            attempts=9,
            again_at=None,
            error="answered 503",
        )
        return [view][:limit]

    async def replay(self, hook: str, *, since: Seq | None) -> int:
        """Queue one; see `thesetd.ports.control.WebhookDesk`."""
        self._check(hook)
        self.since.append(since)
        return 1

    async def test(self, hook: str) -> WebhookTested:
        """Answer; see `thesetd.ports.control.WebhookDesk`."""
        self._check(hook)
        answer = "answered 204" if self.accepts else "answered 500"
        return WebhookTested(webhook=hook, accepted=self.accepts, answer=answer, seconds=0.01)

    def _check(self, hook: str) -> None:
        if hook != "theset":
            raise KeyError(hook)
