"""What actors send one another. Commands carry the way back of their one answer."""

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
    """A result that worked."""

    value: T

    def take(self) -> T:
        """Return the value."""
        return self.value


@attrs.frozen
class Refusal:
    """A result that did not."""

    error: ThesetdError

    def take(self) -> NoReturn:
        """Raise the error."""
        raise self.error


Reply = OneReply[Answer[T] | Refusal]


def respond(reply: Reply[T], answer: Answer[T] | Refusal) -> None:
    """Send the one answer of a command; the caller that asked may be gone."""
    reply.send_nowait(answer)


@attrs.frozen(kw_only=True)
class Fetched(Generic[T]):
    """The outcome of a call: the response, which may be kept, and what its parser made of it.

    `outcome` refuses with NotFound only, which is an answer like any other; other errors refuse the `Fetch` itself.
    """

    response: Response
    outcome: Answer[T] | Refusal

    @property
    def answered(self) -> bool:
        """Return whether the outcome is a value, no refusal."""
        return isinstance(self.outcome, Answer)


def parsed(call: Call[T], response: Response) -> Fetched[T]:
    """Apply a call's parser.

    Raises:
        ProviderError: the response is no answer.
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
        """Return whether a person waits for the answer itself: no job does yet."""
        return self.lane is Lane.INTERACTIVE and self.call.purpose.job_id is None


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
    request_id: str | None = None


@attrs.frozen(kw_only=True)
class Wake:
    """To the importer: there may be a job to claim. A hint; the importer also looks by itself."""


@attrs.frozen(kw_only=True)
class Recheck:
    """To the importer: somebody may have taken running jobs away (an order, a rescue); look which are still held."""


@attrs.frozen(kw_only=True)
class Rescued:
    """To the importer: jobs of crashed nodes are ready again, perhaps one that crashes its nodes."""


@attrs.frozen(kw_only=True)
class GiveBack:
    """To the importer: everything is paused; give back what runs."""


@attrs.frozen(kw_only=True)
class GoOn:
    """To the importer: not everything is paused any more."""


ToImporter = Submit | Wake | Recheck | Rescued | GiveBack | GoOn


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
