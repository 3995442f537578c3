"""Implements Standard Webhooks: what is sent, how it is signed, and when it is retried.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (version 1.0.0): the
signature is HMAC-SHA256 over `id.timestamp.body`, in base64 after `v1,`; secrets are base64 after `whsec_`, of 24 to 64
bytes; several signatures are separated by spaces, so that a secret can be replaced without a gap.
"""

import base64
import binascii
import hashlib
import hmac
import json
import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit, urlunsplit

import attrs

from thesetd.domain.changes import CatalogueChange, ChangeKind
from thesetd.domain.documents import Says, written
from thesetd.domain.ids import Seq

PREFIX = "whsec_"
KEY_BYTES = range(24, 65)
LONGEST_WAIT_S = 3600.0  # between two attempts
JITTER = 0.2


def parse_secrets(text: str) -> tuple[bytes, ...]:
    """Read secrets, separated by white space; the first is the newest.

    Raises:
        ValueError: one does not conform to Standard Webhooks; the message does not show it.
    """
    keys = tuple(_key(word) for word in text.split())
    if not keys:
        raise ValueError("no secret in it: write whsec_ and 24 to 64 bytes in base64")
    return keys


def _key(word: str) -> bytes:
    try:
        key = base64.b64decode(word.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not word.startswith(PREFIX) or len(key) not in KEY_BYTES:
        raise ValueError("invalid secret: expected whsec_ and 24 to 64 bytes in base64")
    return key


def signed(message_id: str, at: datetime, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """Return the headers that prove the sender and the time of a body."""
    timestamp = str(int(at.timestamp()))
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    digests = (hmac.new(key, content, hashlib.sha256).digest() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests),
    }


def message_body(kind: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    """Return a message's body: its type, the time of the event, and the document."""
    document = {"type": kind, "timestamp": at.isoformat(), "data": data}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


@attrs.frozen(kw_only=True)
class WebhookTarget:
    """A receiver: its address, the events it wants, and how long delivery is retried.

    `retry_s` is the pause after the first failure, which doubles with each one; after `give_up_s` a message is dead.
    """

    name: str
    url: str
    keys: tuple[bytes, ...] = attrs.field(repr=False)
    kinds: tuple[ChangeKind, ...] = ()
    private: bool = False
    timeout_s: float = 10.0
    retry_s: float = 5.0
    give_up_s: float = 72 * 3600.0

    @property
    def shown_url(self) -> str:
        """Return the address in a form that may be shown, without its query and user, which may be secrets."""
        parts = urlsplit(self.url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))

    def wait_s(self, attempts: int, rng: random.Random, asked_s: float | None = None) -> float:
        """Return the pause after so many failures; a receiver may request a longer one, up to an hour."""
        usual = min(self.retry_s * 2.0 ** min(attempts - 1, 30), LONGEST_WAIT_S)
        return min(max(usual * rng.uniform(1 - JITTER, 1 + JITTER), asked_s or 0.0), LONGEST_WAIT_S)


@attrs.frozen(kw_only=True)
class Message:
    """A change to be sent to a receiver; `attempts` have failed, the first of them at `first_at`."""

    change: CatalogueChange
    attempts: int
    first_at: datetime | None

    def body(self) -> bytes:
        """Return the body that is sent."""
        kind = f"{self.change.kind.value}.{self.change.action.value}"
        return message_body(kind, self.change.at, written(self.change))


@attrs.frozen(kw_only=True)
class Sent:
    """The outcome of a request: a status, or why there was none."""

    status: int | None = None
    error: str | None = None
    retry_after_s: float | None = None

    @property
    def accepted(self) -> bool:
        """Return whether the receiver has accepted it."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110, 15.3

    @property
    def why(self) -> str:
        """Return why it was not accepted, in words."""
        if self.status is not None and 300 <= self.status < 400:  # noqa: PLR2004 - RFC 9110, 15.4
            return f"answered {self.status}: redirects are not followed, correct the url"
        return self.error or f"answered {self.status}"


@attrs.frozen(kw_only=True)
class Delivery:
    """The outcome of a message: delivered, to be retried at `again_at`, or dead."""

    seq: Seq
    delivered: bool
    again_at: datetime | None = None
    error: str | None = None

    @property
    def dead(self) -> bool:
        """Return whether it is no longer retried."""
        return not self.delivered and self.again_at is None


@attrs.frozen(kw_only=True)
class WebhookServed:
    """Messages were sent to a webhook: how many were accepted, will be retried, were given up; `error` is the last."""

    webhook: str
    delivered: int
    failed: int
    dead: int
    error: str


@attrs.frozen(kw_only=True)
class WebhookView:
    """One receiver."""

    name: Annotated[str, Says(example="theset")]
    url: Annotated[str | None, Says("Null if it is no longer configured.", example="https://theset.example/hook")]
    kinds: Annotated[tuple[ChangeKind, ...], Says("The kinds of changes that it receives.")]
    cursor: Annotated[int, Says("Changes up to this number are queued or done.")]
    waiting: Annotated[int, Says("Messages that are still to be delivered.")]
    dead: Annotated[int, Says("Messages that are given up; a replay sends them again.")]
    delivered: Annotated[int, Says("Messages that it has taken.")]
    delivered_at: Annotated[datetime | None, Says("When it last took one.")]
    oldest_at: Annotated[datetime | None, Says("When the oldest waiting change was published.")]
    error: Annotated[str | None, Says("Why the last failed message failed.", example="answered 503")]
    node: Annotated[str | None, Says("The node that sends its messages.", example="node-1")]


@attrs.frozen(kw_only=True)
class MessageView:
    """A message that has failed at least once, or is dead."""

    seq: Annotated[int, Says("The number of its change.", example=41)]
    kind: ChangeKind
    id: Annotated[str, Says("The id of the row that changed.")]
    dead: bool
    attempts: Annotated[int, Says("How often it failed.", example=3)]
    again_at: Annotated[datetime | None, Says("When it is tried again.")]
    error: Annotated[str | None, Says("Why it failed last.", example="answered 503")]
