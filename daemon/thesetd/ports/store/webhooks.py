"""Messages to webhooks: queued from the change feed, taken in order, given up or delivered."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

import attrs

from thesetd.domain.changes import ChangeKind
from thesetd.domain.ids import Seq
from thesetd.domain.webhooks import Delivery, Message, MessageView, WebhookView


@attrs.frozen(kw_only=True)
class WebhookTurn:
    """Whose turn a webhook is: ours, if `mine`; `count` grows with each turn that its node takes."""

    mine: bool
    count: int


@attrs.frozen(kw_only=True)
class Due:
    """The first messages of each artist that are due, oldest first, and when the next one will be."""

    messages: tuple[Message, ...]
    next_at: datetime | None


class WebhookQueue(Protocol):
    """What is to be sent, each webhook by one node at a time."""

    async def take_turn(
        self, hook: str, *, node: str, kinds: Collection[ChangeKind], stalled: int | None = None
    ) -> WebhookTurn:
        """Take or keep a webhook for this node, and queue the changes that it has not been told of.

        A new one begins with what is published from now on. One that another node holds is taken only if that node's
        count is still `stalled`.
        """
        ...

    async def messages_due(self, hook: str, *, now: datetime, limit: int) -> Due:
        """Return messages to send now; of each artist (or row without one) only the first that is not delivered."""
        ...

    async def settle(self, hook: str, deliveries: Sequence[Delivery], *, node: str, now: datetime) -> None:
        """Store what became of messages; nothing is stored if another node holds the webhook by now."""
        ...

    async def let_go(self, node: str) -> None:
        """Release the webhooks of this node to whichever node comes first."""
        ...


class WebhookLedger(Protocol):
    """What operators see of webhooks, and replays."""

    async def webhooks(self) -> tuple[WebhookView, ...]:
        """Return every webhook that ever had a turn, by name; what only the configuration knows is left out."""
        ...

    async def failed_messages(self, hook: str, *, limit: int) -> tuple[MessageView, ...]:
        """Return messages that failed at least once and dead ones, oldest first."""
        ...

    async def replay(self, hook: str, *, kinds: Collection[ChangeKind], since: Seq | None) -> int:
        """Queue dead messages again or, with `since`, all changes after that number; return how many."""
        ...
