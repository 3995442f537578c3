"""The way to webhooks' receivers."""

from collections.abc import Mapping
from typing import Protocol

import attrs

from thesetd.domain.webhooks import Sent, WebhookTarget


class WebhookSender(Protocol):
    """Sends one request; whatever comes of it is an answer."""

    async def post(self, hook: WebhookTarget, body: bytes, headers: Mapping[str, str]) -> Sent:
        """POST a body within the hook's deadline. Redirects are not followed; private addresses need `private`."""
        ...


class NoSender:
    """Sends nothing, where no webhook is configured."""

    async def post(self, hook: WebhookTarget, body: bytes, headers: Mapping[str, str]) -> Sent:  # noqa: ARG002 - the port's
        """Say so; see `WebhookSender`."""
        return Sent(error="webhooks are not served here")


@attrs.frozen(kw_only=True)
class WebhookOutlet:
    """The receivers, the way to them, and what tells this database's messages from those of another."""

    hooks: tuple[WebhookTarget, ...] = ()
    sender: WebhookSender = attrs.field(factory=NoSender)
    mark: str = "0"
