"""Documents about webhooks."""

from typing import Annotated

import attrs

from thesetd.domain.documents import Says
from thesetd.domain.webhooks import MessageView, WebhookView

MOST_MESSAGES = 500  # most messages in one list


@attrs.frozen(kw_only=True)
class WebhookList:
    """All webhooks, by name."""

    webhooks: tuple[WebhookView, ...]


@attrs.frozen(kw_only=True)
class WebhookDetails:
    """A webhook with its messages that failed at least once, oldest first."""

    webhook: WebhookView
    messages: tuple[MessageView, ...]


@attrs.frozen(kw_only=True)
class ReplayWanted:
    """What to send again."""

    since: Annotated[
        int | None, Says("All changes after this number; without it, the messages that are dead.", least=0)
    ] = None


@attrs.frozen(kw_only=True)
class Replayed:
    """What will be sent again."""

    webhook: Annotated[str, Says(example="theset")]
    messages: Annotated[int, Says("How many.", example=3)]


@attrs.frozen(kw_only=True)
class WebhookTested:
    """The outcome of a test message."""

    webhook: Annotated[str, Says(example="theset")]
    accepted: bool
    answer: Annotated[str, Says("The answer in words.", example="answered 200")]
    seconds: float
