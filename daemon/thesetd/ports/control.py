"""What the control socket and the read-only listener may ask of the running daemon."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from thesetd.domain.identity.decisions import Verb
from thesetd.domain.identity.reporting import Identified
from thesetd.domain.identity.verdicts import Review
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.work.accepted import Accepted
from thesetd.domain.work.batches import Decided
from thesetd.domain.work.jobs import Action, Ordered
from thesetd.domain.work.progress import CommittedEvent
from thesetd.domain.work.why import Why
from thesetd.ports.surface.daemon import ActorView, BreakerView, PauseView, Reload, ScheduleView
from thesetd.ports.surface.gate import LimitsView


class Intake(Protocol):
    """Where work is asked for; an answer means that it is committed."""

    async def submit(self, reference: str) -> Accepted:
        """Accept the import of an artist: resolve it, store it, enqueue the job.

        While a provider is slow or limited the answer may come without artist id and slug: the job resolves it later.

        Raises:
            BadReference, UnknownArtist, AmbiguousArtist: what was typed names no artist, or several.
            NotConfigured, Unauthorized: the operator has to set or correct a key.
            StoreUnavailable: nothing can be accepted now.
        """
        ...

    async def run_schedule(self, name: str) -> JobId:
        """Fire a schedule now, beside its plan.

        Raises:
            KeyError: there is no schedule of that name.
            StoreUnavailable: nothing can be accepted now.
        """
        ...


class Lagged(Exception):
    """A subscription's queue overflowed: events from `first` on were dropped, and are in the database."""

    def __init__(self, first: Seq) -> None:
        """Name the first event that was dropped."""
        super().__init__(first)
        self.first = first


class Subscription(Protocol):
    """A bounded queue of events for one reader; a reader that is too slow loses the oldest, and may replay them."""

    async def receive_all(self) -> tuple[CommittedEvent, ...]:
        """Wait for events and return all that are queued, oldest first.

        Raises:
            Lagged: the queue overflowed; it is empty now.
            trio.EndOfChannel: the daemon is stopping.
        """
        ...


class Live(Protocol):
    """Where events can be heard as they are committed."""

    def subscribe(self, job_id: JobId | None = None) -> AbstractAsyncContextManager[Subscription]:
        """Listen to one job, or to all."""
        ...


class Overview(Protocol):
    """What an operator looks at."""

    def actors(self) -> tuple[ActorView, ...]:
        """List the actors in start order."""
        ...

    def breakers(self) -> tuple[BreakerView, ...]:
        """List the breakers."""
        ...

    async def schedules(self) -> tuple[ScheduleView, ...]:
        """List the schedules in the order of the configuration."""
        ...

    def dependencies(self) -> dict[str, str]:
        """Say of each thing the daemon needs of a server what its last proof showed: "ok", or the server's words."""
        ...

    def readiness(self) -> dict[str, str]:
        """Say all of these, and which providers are held, what is paused, and which actors do not do their work."""
        ...


class Operator(Protocol):
    """What an operator orders, and asks about single jobs. Each raises StoreUnavailable where the database is away."""

    async def order(self, job_id: JobId, action: Action) -> Ordered:
        """Cancel a job or do it again, wherever it runs, and say what came of it."""
        ...

    async def pauses(self) -> tuple[PauseView, ...]:
        """Show all that is paused."""
        ...

    async def pause(self, what: str) -> PauseView:
        """Pause a provider, a schedule, or all, on every node and until it is resumed; it may be paused already.

        Raises:
            KeyError: there is nothing of that name.
        """
        ...

    async def resume(self, what: str) -> bool:
        """End a pause; False where there was none.

        Raises:
            KeyError: there is nothing of that name.
        """
        ...

    async def why(self, job_id: JobId) -> Why | None:
        """Return why a job is not further, None where there is none; while the database is away, just that."""
        ...


class Reloader(Protocol):
    """Reads the configuration again while the daemon runs."""

    async def reload(self) -> Reload:
        """Put in force what can be changed; the rest is named.

        Raises:
            ConfigError: the configuration has faults; nothing was changed.
        """
        ...

    def renew(self) -> None:
        """Start the actors again where the last reload needs that; to be called once its reply is sent."""
        ...


class Curator(Protocol):
    """What people see and decide of who is who. `artist` is a slug, a name or an id; an id is written in any form.

    Each raises UnknownArtist, AmbiguousArtist or BadReference for what names no artist or id.
    """

    async def artist(self, reference: str) -> Identified:
        """Show an artist's ids, links, open questions, and what people decided of it."""
        ...

    async def reviews(self, limit: int) -> tuple[Review, ...]:
        """Show what is left to decide."""
        ...

    async def join(self, verb: Verb, artist: str, other: str) -> Decided:
        """Link an id with an artist, or merge two artists."""
        ...

    async def part(self, verb: Verb, artist: str, ids: Sequence[str]) -> Decided:
        """Take some of an artist's ids from it."""
        ...

    async def undo(self, number: int) -> Decided:
        """Undo what a decision changed, exactly.

        Raises:
            UnknownDecision: there is no such decision, or it is undone.
        """
        ...


class Gatekeeper(Protocol):
    """What an operator sees and changes of the way to the providers."""

    async def limits(self) -> tuple[LimitsView, ...]:
        """Show every provider's limits, lanes and penalty."""
        ...

    async def set_limits(self, provider: str, limits: str, for_s: float | None) -> None:
        """Change a provider's limits ("50/60s,1000/1d") for so many seconds, or until the daemon is restarted.

        The former holds on every node, the latter on this one, and ends the former everywhere. What waits for quota
        goes on at once, as far as there is some now.

        Raises:
            KeyError: there is no such provider.
            ValueError: `limits` cannot be read; the text says why.
        """
        ...

    async def calls(self, *, by: str, since: datetime) -> tuple[dict[str, Any], ...]:
        """Count the calls made since then.

        Raises:
            ValueError: they cannot be counted by that.
            StoreUnavailable: the ledger cannot be read now.
        """
        ...

    def providers(self) -> dict[str, str]:
        """Say of each provider with credentials when it last took them, or until when it is not asked, and why."""
        ...

    async def reset_breaker(self, name: str) -> None:
        """Close a breaker; what waits for it goes on at once.

        Raises:
            KeyError: there is no such breaker.
        """
        ...


class CacheKeeper(Protocol):
    """What an operator sees and changes of the cache."""

    async def cache(self) -> dict[str, Any]:
        """Show the hits and misses of the cache, by layer and endpoint, and its size."""
        ...

    async def invalidate(self, artist: str) -> int:
        """Forget what is cached of an artist (an id of a provider, or an exact name); say how many answers.

        Raises:
            BadReference, UnknownArtist: it names no artist that is known here.
        """
        ...
