"""What the control socket and the read-only listener may ask of the running daemon."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

import attrs

from thesetd.domain.identity.decisions import Verb
from thesetd.domain.identity.reporting import Identified
from thesetd.domain.identity.verdicts import Review
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.work.batches import Accepted, Decided
from thesetd.domain.work.jobs import Action, Ordered
from thesetd.domain.work.progress import CommittedEvent
from thesetd.domain.work.why import Why


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


@attrs.frozen(kw_only=True)
class ActorView:
    """One actor: state is starting, running, restarting or stopped; `mailbox` holds waiting messages.

    `health` is "ok", or says what it has been at for too long; `last_error_at` is aware UTC.
    """

    name: str
    state: str
    restarts: int
    mailbox: int = 0
    health: str = "ok"
    last_error: str | None = None
    last_error_at: datetime | None = None

    @property
    def trouble(self) -> str | None:
        """Return why it does not do its work; None while it does."""
        if self.state != "running":
            return self.last_error or self.state
        return None if self.health == "ok" else self.health

    def as_json(self) -> dict[str, Any]:
        """Return the form that the control socket answers with."""
        return attrs.asdict(self) | {"last_error_at": self.last_error_at and self.last_error_at.isoformat()}


@attrs.frozen(kw_only=True)
class BreakerView:
    """One breaker: state is closed, open or half-open; `retry_in_s` until the next probe while open."""

    name: str
    state: str
    failures: int
    retry_in_s: float = 0.0


@attrs.frozen(kw_only=True)
class ScheduleView:
    """One schedule with its plan; times are aware UTC. One that is paused keeps its plan and does not fire.

    `last_result` is the state in which its last job ended, with its error; `last_success` is when one was last done.
    """

    name: str
    cron: str
    lane: str
    enabled: bool
    next_due: datetime | None
    last_fired: datetime | None
    paused: bool = False
    last_success: datetime | None = None
    last_result: str | None = None
    last_error: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the form that the control socket answers with."""
        out = attrs.asdict(self)
        for name in ("next_due", "last_fired", "last_success"):
            out[name] = out[name].isoformat() if out[name] else None
        return out


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


@attrs.frozen(kw_only=True)
class WindowView:
    """One window of a limit, as "100/60s", with the slots that are taken now.

    Of a window of a day or more: `full_at` is when it is used up, if calls go on as in the last hours, and `room_at`
    when it then has room again (ISO times, UTC).
    """

    limit: str
    used: int
    full_at: str | None = None
    room_at: str | None = None


@attrs.frozen(kw_only=True)
class LaneView:
    """One lane of a provider: calls that wait, the age of the oldest in seconds, calls served since the start."""

    lane: str
    waiting: int
    oldest_s: float
    served: int


@attrs.frozen(kw_only=True)
class LimitsView:
    """What holds one provider's calls back.

    `blocked_until` is an ISO time (UTC) until which a penalty or a refusal holds, and `reason` what it said;
    `temporary_until` one while its limits are other ones for a time.
    """

    provider: str
    windows: tuple[WindowView, ...]
    lanes: tuple[LaneView, ...]
    blocked_until: str | None = None
    strikes: int = 0
    paused: bool = False
    reason: str | None = None
    temporary_until: str | None = None


@attrs.frozen(kw_only=True)
class PauseView:
    """One pause of a provider, a schedule, or all, which is its `kind`.

    `waits_for` says what still ends before nothing of it is under way, "" where that is so already.
    """

    what: str
    kind: str
    since: datetime
    waits_for: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the form that the control socket answers with."""
        return attrs.asdict(self) | {"since": self.since.isoformat()}


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


@attrs.frozen(kw_only=True)
class Reload:
    """What reading the configuration again did: keys that hold now, once the actors run again, after a restart."""

    applied: tuple[str, ...]
    renewed: tuple[str, ...]
    needs_restart: tuple[str, ...]


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
