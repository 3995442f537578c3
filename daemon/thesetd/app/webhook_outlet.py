"""Makes what the webhooks' actor uses outside the process: receivers, their sender, and the mark of this database.

Tested in tests/app/configuration/test_webhooks.py.
"""

from contextlib import AsyncExitStack

from thesetd.adapters.webhook_sender import HttpWebhookSender
from thesetd.app.configuration.config import Config
from thesetd.ports.webhooks import WebhookOutlet


def webhook_outlet(config: Config, mark: str, stack: AsyncExitStack) -> WebhookOutlet:
    """Return the outlet; connections are closed with the stack."""
    if not config.webhooks:
        return WebhookOutlet()
    sender = HttpWebhookSender()
    stack.push_async_callback(sender.aclose)
    return WebhookOutlet(hooks=config.hooks(), sender=sender, mark=mark.replace("-", ""))
