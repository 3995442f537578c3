"""What actors send one another. Commands carry the channel on which the answer goes back; it holds one answer."""

from contextlib import suppress
from typing import Any, Generic, TypeVar

import attrs
import trio

from thesetd.domain.batches import Accepted, Batch, Written
from thesetd.domain.calls import Call
from thesetd.domain.errors import ThesetdError
from thesetd.domain.jobs import Lane
from thesetd.domain.progress import CommittedEvent
from thesetd.domain.reference import ArtistRef

T = TypeVar("T")


@attrs.frozen
class Answer(Generic[T]):
    """A result that worked."""

    value: T


@attrs.frozen
class Refusal:
    """A result that did not."""

    error: ThesetdError


Reply = trio.MemorySendChannel[Answer[T] | Refusal]


def respond(reply: Reply[T], answer: Answer[T] | Refusal) -> None:
    """Send the one answer of a command; whoever asked may be gone."""
    with suppress(trio.BrokenResourceError):
        reply.send_nowait(answer)


@attrs.frozen(kw_only=True)
class Fetch:
    """To a pool: perform a call. `waiting_since` is on trio's clock."""

    call: Call[Any]
    lane: Lane
    waiting_since: float
    reply: Reply[Any]


@attrs.frozen(kw_only=True)
class Write:
    """To the writer: store a batch."""

    batch: Batch
    reply: Reply[Written]


@attrs.frozen(kw_only=True)
class Submit:
    """To the importer: accept an import that a person asked for."""

    ref: ArtistRef
    reply: Reply[Accepted]


@attrs.frozen(kw_only=True)
class Wake:
    """To the importer: there may be a job to claim. A hint; the importer also looks by itself."""


ToImporter = Submit | Wake


@attrs.frozen(kw_only=True)
class Publish:
    """To the broadcaster: these events are committed."""

    events: tuple[CommittedEvent, ...]
