"""Defines the eight schedules: when they fire, what their work is, and how urgent it is."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from thesetd.domain.shows.local_days import zone_named
from thesetd.domain.wording.zones import FIXED, meant_zone
from thesetd.domain.work.jobs import JobKind, Lane, NewJob

HOUR = timedelta(hours=1)
# What a clean-up marks, besides the tables of which it deletes rows.
MARKS = INACTIVE, OUTDATED = ("artists inactive", "shows withdrawn")
_OWN = frozenset({"localtime", "posixrules"})  # files of a machine beside those of zones


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


def check_zone(zone: str) -> None:
    """Check the name of a time zone.

    Raises:
        ValueError: there is no such zone; it keeps no daylight saving time, or it is the machine's own.
    """
    if zone in FIXED:
        raise ValueError(f"{zone} has no daylight saving time: expected {FIXED[zone]}")
    if zone in _OWN:
        raise ValueError(f"{zone} is another zone on every machine: expected a name like Europe/Berlin, or UTC")
    if zone_named(zone) is None:
        raise ValueError(f"unknown time zone {zone[:40]!r}: expected {meant_zone(zone)}")


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
