"""Defines the messages between actors. Commands carry the reply channel for their single answer."""

from typing import Any, Generic, NoReturn, TypeVar

import attrs

from thesetd.actors.replies import OneReply
from thesetd.domain.errors import NotFound, ThesetdError
from thesetd.domain.gate.calls import Call, Response
from thesetd.domain.ids import Seq
from thesetd.domain.music.reference import ArtistRef
from thesetd.domain.work.accepted import Accepted
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.jobs import Lane
from thesetd.domain.work.progress import CommittedEvent

T = TypeVar("T")


@attrs.frozen
class Answer(Generic[T]):
    """A successful result."""

    value: T

    def take(self) -> T:
        """Return the value."""
        return self.value


@attrs.frozen
class Refusal:
    """A failed result."""

    error: ThesetdError

    def take(self) -> NoReturn:
        """Raise the error."""
        raise self.error


Reply = OneReply[Answer[T] | Refusal]


def respond(reply: Reply[T], answer: Answer[T] | Refusal) -> None:
    """Send the single answer of a command; its caller may be gone."""
    reply.send_nowait(answer)


@attrs.frozen(kw_only=True)
class Fetched(Generic[T]):
    """The outcome of a call: the response, which may be cached, and its parsed value.

    `outcome` fails only with NotFound, which is an answer like any other; with other errors the `Fetch` itself fails.
    """

    response: Response
    outcome: Answer[T] | Refusal

    @property
    def answered(self) -> bool:
        """Return whether the outcome is a value, not a refusal."""
        return isinstance(self.outcome, Answer)


def parsed(call: Call[T], response: Response) -> Fetched[T]:
    """Apply a call's parser.

    Raises:
        ProviderError: the response is not a valid answer.
    """
    try:
        return Fetched(response=response, outcome=Answer(call.parse(response)))
    except NotFound as error:
        return Fetched(response=response, outcome=Refusal(error))


@attrs.frozen(kw_only=True)
class Fetch:
    """To a pool: perform a call. `waiting_since` is on trio's clock."""

    call: Call[Any]
    lane: Lane
    waiting_since: float
    reply: Reply[Fetched[Any]]

    @property
    def is_for_reply(self) -> bool:
        """Return whether the call blocks a reply: it does not belong to a job."""
        return self.lane is Lane.INTERACTIVE and self.call.purpose.job_id is None


@attrs.frozen(kw_only=True)
class Write:
    """To the writer: store a batch. A caller waits for a reply if it `is_for_reply`."""

    batch: Batch
    lane: Lane
    is_for_reply: bool = False
    reply: Reply[Written]


@attrs.frozen(kw_only=True)
class Submit:
    """To the importer: accept an import that a user requested."""

    ref: ArtistRef
    reply: Reply[Accepted]
    request_id: str | None = None


@attrs.frozen(kw_only=True)
class Wake:
    """To the importer: there may be a job to claim. It is a hint; the importer also polls."""


@attrs.frozen(kw_only=True)
class RevalidateLeases:
    """To the importer: running jobs may have been taken away (by an order or a rescue); check which are still held."""


@attrs.frozen(kw_only=True)
class Rescued:
    """To the importer: jobs of crashed nodes are ready again, possibly one that crashes its nodes."""


@attrs.frozen(kw_only=True)
class ReleaseAll:
    """To the importer: everything is paused; give back the running jobs."""


@attrs.frozen(kw_only=True)
class Resume:
    """To the importer: not everything is paused any more."""


ToImporter = Submit | Wake | RevalidateLeases | Rescued | ReleaseAll | Resume


@attrs.frozen(kw_only=True)
class Publish:
    """To the broadcaster: these events were committed here, at least one, without gaps."""

    events: tuple[CommittedEvent, ...]


@attrs.frozen(kw_only=True)
class Committed:
    """To the broadcaster: some node committed events up to this number."""

    seq: Seq


ToBroadcaster = Publish | Committed


@attrs.frozen(kw_only=True)
class Refresh:
    """To the refresher: refresh an entry that the cache still holds."""

    call: Call[Any]
