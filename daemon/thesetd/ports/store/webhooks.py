"""The queue of messages to webhooks: filled from the change feed, delivered in order or given up."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

import attrs

from thesetd.domain.changes import ChangeKind
from thesetd.domain.ids import Seq
from thesetd.domain.webhooks import Delivery, Message, MessageView, WebhookView


@attrs.frozen(kw_only=True)
class WebhookTurn:
    """The holder of a webhook: this node if `mine`; `count` grows with each turn that its node takes."""

    mine: bool
    count: int


@attrs.frozen(kw_only=True)
class Due:
    """The first due message of each artist, oldest first, and when the next one will be due."""

    messages: tuple[Message, ...]
    next_at: datetime | None


class WebhookQueue(Protocol):
    """The queue of messages; each webhook is served by one node at a time."""

    async def take_turn(
        self, hook: str, *, node: str, kinds: Collection[ChangeKind], stalled: int | None = None
    ) -> WebhookTurn:
        """Take or keep a webhook for this node, and queue the changes that have not been queued for it.

        A new webhook begins with changes published from now on. A webhook held by another node is taken only if that
        node's count is still `stalled`.
        """
        ...

    async def messages_due(self, hook: str, *, now: datetime, limit: int, but: Collection[Seq] = ()) -> Due:
        """Return messages to send now; for each artist (or row without one) only the first undelivered one.

        An artist whose first message is among `but`, the messages in flight, has none.
        """
        ...

    async def settle(self, hook: str, deliveries: Sequence[Delivery], *, node: str, now: datetime) -> None:
        """Store the outcomes of messages; nothing is stored if another node holds the webhook now."""
        ...

    async def let_go(self, node: str) -> None:
        """Release the webhooks of this node for any other node."""
        ...


class WebhookLedger(Protocol):
    """The state of webhooks for operators, and replays."""

    async def webhooks(self) -> tuple[WebhookView, ...]:
        """Return every webhook that ever had a turn, by name; those known only from the configuration are left out."""
        ...

    async def failed_messages(self, hook: str, *, limit: int) -> tuple[MessageView, ...]:
        """Return messages that failed at least once and dead ones, oldest first."""
        ...

    async def replay(self, hook: str, *, kinds: Collection[ChangeKind], since: Seq | None) -> int:
        """Queue dead messages again or, with `since`, all changes after that number; return how many."""
        ...
