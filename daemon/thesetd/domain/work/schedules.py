"""Defines the eight schedules: when they fire, what their work is, and how urgent it is."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import attrs

from thesetd.domain.shows.local_days import zone_named
from thesetd.domain.wording.zones import FIXED, meant_zone
from thesetd.domain.work.jobs import JobKind, Lane, NewJob

HOUR = timedelta(hours=1)
# What a clean-up marks, beside the tables of which it deletes rows.
MARKS = INACTIVE, OUTDATED = ("artists inactive", "shows withdrawn")
_FIELDS = {"minute": "0-59", "hour": "0-23", "day": "1-31", "month": "1-12 or jan-dec", "weekday": "0-7 or sun-sat"}
_LEAP_DAY = datetime(2024, 2, 29, tzinfo=UTC)  # an arbitrary start for testing whether an expression ever fires


@attrs.frozen(kw_only=True)
class Schedule:
    """One schedule as configured. `cron` has five fields, in the local time of `zone`.

    `work` is the kind of job that it makes for each artist; None means that the schedule's own job does everything
    (cleanup). `target` is the age that the data it refreshes should not exceed; nothing is refreshed again before half
    of it. With `profiles` the job itself also reads names, pictures and popularity of its artists, many per call if the
    provider allows it.
    """

    name: str
    cron: str
    lane: Lane
    work: JobKind | None
    target: timedelta = timedelta(0)
    profiles: bool = False
    enabled: bool = True
    zone: str = "UTC"


@attrs.frozen(kw_only=True)
class PlanOverride:
    """A plan set at run time, which replaces the configured one until a moment (aware UTC), or until it is reset."""

    cron: str
    zone: str
    until: datetime | None = None

    def applies(self, now: datetime) -> bool:
        """Return whether it is not over yet."""
        return self.until is None or now < self.until


def overridden(schedule: Schedule, override: PlanOverride | None, now: datetime) -> Schedule:
    """Return a schedule with the plan that applies now."""
    if override is None or not override.applies(now):
        return schedule
    return attrs.evolve(schedule, cron=override.cron, zone=override.zone)


DEFAULTS: Mapping[str, Schedule] = {
    schedule.name: schedule
    for schedule in (
        Schedule(
            name="sync-upcoming-shows",
            cron="0 * * * *",
            lane=Lane.MEDIUM,
            work=JobKind.REFRESH_SHOWS,
            target=HOUR,
        ),
        Schedule(
            name="sync-active-artists",
            cron="0 */6 * * *",
            lane=Lane.HIGH,
            work=JobKind.REFRESH_SHOWS,
            target=6 * HOUR,
            profiles=True,
        ),
        Schedule(
            name="sync-trending",
            cron="0 */4 * * *",
            lane=Lane.MEDIUM,
            work=JobKind.REFRESH_CATALOG,
            target=4 * HOUR,
            profiles=True,
        ),
        Schedule(
            name="sync-popular-artists",
            cron="0 2 * * *",
            lane=Lane.MEDIUM,
            work=JobKind.REFRESH_CATALOG,
            target=24 * HOUR,
            profiles=True,
        ),
        Schedule(
            name="sync-past-setlists",
            cron="0 2 * * *",
            lane=Lane.HIGH,
            work=JobKind.REFRESH_SETLISTS,
            target=24 * HOUR,
        ),
        Schedule(
            name="sync-recent-setlists",
            cron="0 */6 * * *",
            lane=Lane.HIGH,
            work=JobKind.REFRESH_SETLISTS,
            target=6 * HOUR,
        ),
        Schedule(
            name="deep-catalog-refresh",
            cron="0 4 * * 0",
            lane=Lane.LOW,
            work=JobKind.REFRESH_CATALOG,
            target=168 * HOUR,
        ),
        Schedule(name="cleanup-old-data", cron="0 5 1 * *", lane=Lane.LOW, work=None),
    )
}


def check_cron(cron: str) -> None:
    """Check that a five-field cron expression fires at some time.

    Raises:
        ValueError: it is malformed or never fires.
    """
    from croniter import croniter  # noqa: PLC0415 - thesetctl loads this module, and never needs croniter, which is slow

    fields = cron.split()
    if len(fields) != len(_FIELDS):
        given = f"{len(fields)} fields" if len(fields) != 1 else "1 field"
        raise ValueError(f"invalid cron expression {cron!r}: {given}, expected five fields: {' '.join(_FIELDS)}")
    for place, (name, bounds) in enumerate(_FIELDS.items()):
        alone = ["*"] * len(_FIELDS)
        alone[place] = fields[place]
        if not croniter.is_valid(" ".join(alone)):
            raise ValueError(f"invalid cron expression {cron!r}: invalid {name} {fields[place]!r}, expected {bounds}")
    if not croniter.is_valid(cron):
        raise ValueError(f"invalid cron expression {cron!r}: its fields do not go together")
    try:
        next_due(cron, _LEAP_DAY)
    except ValueError:
        raise ValueError(f"{cron!r} never fires: no month that it names has such a day") from None


def check_zone(zone: str) -> None:
    """Check the name of a time zone.

    Raises:
        ValueError: there is no such zone, or it is an abbreviation that keeps no daylight saving time.
    """
    if zone in FIXED:
        raise ValueError(f"{zone} has no daylight saving time: expected {FIXED[zone]}")
    if zone_named(zone) is None:
        raise ValueError(f"unknown time zone {zone!r}: expected {meant_zone(zone)}")


def next_due(cron: str, after: datetime, zone: str = "UTC") -> datetime:
    """Return the first moment (UTC) after `after` at which the expression fires in the local time of a zone.

    A time of day that daylight saving time skips fires at the first moment after the gap. A repeated one fires once if
    its hour is named; an expression for many hours (`*`) follows elapsed time, as cron does.
    """
    from croniter import croniter  # noqa: PLC0415 - as above

    times = croniter(cron, after.astimezone(zone_named(zone) or UTC))
    found: datetime = times.get_next(datetime)
    while found.fold and "*" not in cron.split()[1]:
        found = times.get_next(datetime)
    return found.astimezone(UTC)


def job_for(schedule: Schedule, run: str, until: datetime | None = None) -> NewJob:
    """Make the job of one firing; `run` identifies the firing, so that it is never enqueued twice.

    `until` is the next firing: the work is spread over the time until then.
    """
    return NewJob(
        kind=JobKind.SWEEP if schedule.work else JobKind.CLEANUP,
        lane=schedule.lane,
        unique_key=f"schedule:{schedule.name}:{run}",
        args={"schedule": schedule.name} | ({"until": until.isoformat()} if until else {}),
    )
