"""Documents about the daemon itself: actors, breakers, schedules, pauses, health, reloads."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import attrs

from thesetd.domain.documents import Says
from thesetd.domain.work.states import LANES


@attrs.frozen(kw_only=True)
class ActorView:
    """One actor."""

    name: Annotated[str, Says(example="writer")]
    state: Annotated[str, Says(choices=("starting", "running", "restarting", "stopped"))]
    restarts: int
    mailbox: Annotated[int, Says("Waiting messages.")] = 0
    health: Annotated[str, Says('"ok", or the work that exceeded its deadline.', example="ok")] = "ok"
    last_error: Annotated[str | None, Says(example=None)] = None
    last_error_at: datetime | None = None

    @property
    def trouble(self) -> str | None:
        """Return why it is not working; None while it is."""
        if self.state != "running":
            return self.last_error or self.state
        return None if self.health == "ok" else self.health


@attrs.frozen(kw_only=True)
class Actors:
    """The actors in start order."""

    actors: tuple[ActorView, ...]


@attrs.frozen(kw_only=True)
class BreakerView:
    """One circuit breaker."""

    name: Annotated[str, Says(example="spotify")]
    state: Annotated[str, Says(choices=("closed", "open", "half-open"))]
    failures: int
    retry_in_s: Annotated[float, Says("Seconds until the next probe while open.")] = 0.0


@attrs.frozen(kw_only=True)
class Breakers:
    """The circuit breakers."""

    breakers: tuple[BreakerView, ...]


@attrs.frozen(kw_only=True)
class ScheduleView:
    """One schedule with its plan; a paused one keeps its plan but does not fire."""

    name: Annotated[str, Says(example="sync-trending")]
    cron: Annotated[str, Says(example="0 */4 * * *")]
    lane: Annotated[str, Says(choices=LANES)]
    enabled: bool
    next_due: datetime | None
    last_fired: datetime | None
    paused: Annotated[bool, Says("Whether the schedule, or everything, is paused.")] = False
    last_success: Annotated[datetime | None, Says("When one of its jobs was last done.")] = None
    last_result: Annotated[str | None, Says("The state in which its last job ended.", example="done")] = None
    last_error: str | None = None
    zone: Annotated[str, Says("The time zone of `cron`.", example="Europe/Berlin")] = "UTC"
    configured: Annotated[
        str | None, Says("The configured cron, while another plan is set.", example="0 */6 * * *")
    ] = None
    set_until: Annotated[datetime | None, Says("When the configured plan applies again, if a time was given.")] = None


@attrs.frozen(kw_only=True)
class NewPlan:
    """A plan in place of the configured one, for a time or until it is reset."""

    cron: Annotated[str, Says("Five fields: minute, hour, day, month, weekday.", example="*/30 18-23 * * *")]
    zone: Annotated[str | None, Says("Its time zone; the configured one by default.", example="Europe/Berlin")] = None
    for_: Annotated[str | None, Says("A duration: 90s, 15m, 1h or 7d.", example="7d")] = None


@attrs.frozen(kw_only=True)
class Schedules:
    """The schedules in the order of the configuration."""

    schedules: tuple[ScheduleView, ...]


@attrs.frozen(kw_only=True)
class PauseView:
    """One pause of a provider, a schedule, or everything."""

    what: Annotated[str, Says(example="spotify")]
    kind: Annotated[str, Says(choices=("provider", "schedule", "all"))]
    since: datetime
    waits_for: Annotated[str, Says("Work that is still draining; empty when there is none.", example="")] = ""


@attrs.frozen(kw_only=True)
class Pauses:
    """Everything that is paused."""

    pauses: tuple[PauseView, ...]


@attrs.frozen(kw_only=True)
class Resumed:
    """The end of a pause."""

    what: Annotated[str, Says(example="spotify")]
    resumed: Annotated[bool, Says("Whether it was paused.")]


@attrs.frozen(kw_only=True)
class Health:
    """The health of the daemon."""

    ready: bool
    version: Annotated[str, Says(example="1.0.0")]
    checks: Annotated[
        Mapping[str, str],
        Says(
            '"ok", or what is wrong; checks named "provider ..." do not affect readiness.', example={"database": "ok"}
        ),
    ]


@attrs.frozen(kw_only=True)
class Reload:
    """The result of reloading the configuration, by when each key takes effect."""

    applied: Annotated[tuple[str, ...], Says("Keys that hold now.", example=["log.level"])]
    renewed: Annotated[tuple[str, ...], Says("Keys that hold once the actors run again, within seconds.", example=[])]
    needs_restart: Annotated[tuple[str, ...], Says("Keys that need a restart.", example=[])]


@attrs.frozen(kw_only=True)
class ConfigKey:
    """One key of the configuration; for a secret it says only whether it is set."""

    key: Annotated[str, Says(example="log.level")]
    value: Annotated[str, Says("What is in force.", example="debug")]
    default: Annotated[str, Says(example="info")]
    origin: Annotated[str, Says("What set it.", example="environment THESETD_LOG__LEVEL")]
    pending: Annotated[str | None, Says("What file and environment say now, if it is something else.")] = None
    takes_effect: Annotated[str | None, Says("What puts that in force.", example="thesetctl reload")] = None


@attrs.frozen(kw_only=True)
class Configuration:
    """The configuration in force."""

    keys: tuple[ConfigKey, ...]
    faults: Annotated[tuple[str, ...], Says("Of the configuration as it is now; a reload would be refused.")]


MOST_SAMPLE = 1_000_000


@attrs.frozen(kw_only=True)
class TappedFact:
    """Something that happened in the daemon: a call, a job's end, a breaker's change; named as in the log."""

    at: datetime
    event: Annotated[str, Says(example="CallFinished")]
    fields: Annotated[Mapping[str, Any], Says(example={"provider": "spotify", "outcome": "ok"})]
    missed: Annotated[int, Says("Facts before it that this reader was too slow for.")] = 0


@attrs.frozen(kw_only=True)
class TapFilter:
    """Which facts are wanted: those that every filter accepts."""

    event: Annotated[tuple[str, ...], Says("Only these, as the log calls them.")] = ()
    provider: Annotated[str | None, Says("Only events about this provider.", example="spotify")] = None
    job: Annotated[int | None, Says("Only events about this job.", least=0)] = None
    request: Annotated[str | None, Says("Only about this request.", example="0af7651916cd43dd")] = None
    sample: Annotated[int, Says("One in so many of each kind.", least=1, most=MOST_SAMPLE)] = 1

    def accepts(self, fact: TappedFact) -> bool:
        """Return whether a fact is wanted."""
        if self.event and fact.event not in self.event:
            return False
        wanted = {"provider": self.provider, "job_id": self.job, "request_id": self.request}
        return all(value is None or fact.fields.get(name) == value for name, value in wanted.items())
