"""Shows webhooks to operators."""

from collections.abc import Sequence
from typing import Protocol

from thesetd.domain.ids import Seq
from thesetd.domain.webhooks import MessageView, WebhookView
from thesetd.ports.surface.webhooks import WebhookTested


class WebhookDesk(Protocol):
    """Webhooks, for operators. Each method except the first raises KeyError for a name that is not configured."""

    async def overview(self) -> Sequence[WebhookView]:
        """Return all webhooks, by name."""
        ...

    async def failed(self, hook: str, *, limit: int) -> Sequence[MessageView]:
        """Return messages that failed at least once and dead ones, oldest first."""
        ...

    async def replay(self, hook: str, *, since: Seq | None) -> int:
        """Queue dead messages again, or all changes after a number; return how many."""
        ...

    async def test(self, hook: str) -> WebhookTested:
        """Send a message of the type `thesetd.test` now, bypassing the queue."""
        ...
