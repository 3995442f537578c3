"""Sends messages to the receivers of webhooks."""

from collections.abc import Mapping
from typing import Protocol

import attrs

from thesetd.domain.webhooks import Sent, WebhookTarget


class WebhookSender(Protocol):
    """Sends one request; every outcome is returned, none raised."""

    async def post(self, hook: WebhookTarget, body: bytes, headers: Mapping[str, str]) -> Sent:
        """POST a body within the hook's deadline. Redirects are not followed; private addresses need `private`."""
        ...


class NoSender:
    """Sends nothing; used if no webhook is configured."""

    async def post(self, hook: WebhookTarget, body: bytes, headers: Mapping[str, str]) -> Sent:  # noqa: ARG002 - the port's
        """Return that nothing was sent; see `WebhookSender`."""
        return Sent(error="webhooks are not served here")


@attrs.frozen(kw_only=True)
class WebhookOutlet:
    """The receivers, their sender, and what distinguishes this database's messages from another's."""

    hooks: tuple[WebhookTarget, ...] = ()
    sender: WebhookSender = attrs.field(factory=NoSender)
    mark: str = "0"
