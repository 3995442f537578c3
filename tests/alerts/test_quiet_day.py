"""No alert fires while nothing is wrong: days of the daemon in virtual time, under the shipped rules.

`make prove` has all of them, which takes minutes; `make test` has the hours around a midnight.
"""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest

from alerts.quiet import Day, Deed, alerts_of
from exploring import EXPLORE
from thesetd.actors.control.daemon import Daemon
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER

pytestmark = pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is absent (Debian package prometheus)")

HOUR_S = 3600.0
NEW_YORK = "America/New_York"
# A Sunday that is the first of a month, and on which the clocks of New York go back: every schedule fires.
AUTUMN = datetime(2026, 10, 31, 20, 0, tzinfo=UTC)
SPRING = datetime(2026, 3, 8, 2, 0, tzinfo=UTC)  # they go forward five hours later
BEFORE_MIDNIGHT = datetime(2026, 6, 30, 22, 50, tzinfo=UTC)
EVERYBODY = frozenset({SPOTIFY, TICKETMASTER, SETLISTFM})


def paused(what: str, since_h: float, until_h: float) -> dict[float, Deed]:
    """Return an operator's pause."""

    async def pause(daemon: Daemon) -> None:
        await daemon.operator.pause(what)

    async def resume(daemon: Daemon) -> None:
        await daemon.operator.resume(what)

    return {since_h * HOUR_S: pause, until_h * HOUR_S: resume}


# Users' imports that wait for a pause are an alert.
NOBODY = Day(start=BEFORE_MIDNIGHT, days=0.4, imports_a_day=0.001)
DAYS = {
    "a month's first Sunday, when clocks go back": Day(start=AUTUMN, zone=NEW_YORK),
    "clocks go forward": Day(start=SPRING, zone=NEW_YORK, days=0.5),
    "midnight": Day(start=BEFORE_MIDNIGHT, days=0.15),
    "no provider is configured": Day(start=BEFORE_MIDNIGHT, days=0.5, without=EVERYBODY, imports_a_day=0.001),
    "Ticketmaster is not configured": Day(start=BEFORE_MIDNIGHT, days=0.5, without=frozenset({TICKETMASTER})),
    "setlist.fm is not configured": Day(start=BEFORE_MIDNIGHT, days=0.5, without=frozenset({SETLISTFM})),
    "schedules are switched off": Day(start=BEFORE_MIDNIGHT, days=0.3, enabled=False),
    "a schedule is paused over midnight": Day(
        start=BEFORE_MIDNIGHT, days=0.09, deeds=paused("sync-upcoming-shows", 0.1, 1.5)
    ),
    "a provider is paused": attrs.evolve(NOBODY, deeds=paused("ticketmaster", 0.5, 8.0)),
    "everything is paused": attrs.evolve(NOBODY, deeds=paused("all", 0.5, 8.0)),
}
ALWAYS = ("a schedule is paused over midnight",)


@pytest.mark.parametrize("day", DAYS if EXPLORE else ALWAYS)
def test_nothing_fires_while_nothing_is_wrong(tmp_path: Path, day: str) -> None:
    """Neither after the start nor at full hours, midnight and changed clocks, nor with parts paused or switched off."""
    assert alerts_of(DAYS[day], tmp_path) == {}


def test_a_daemon_that_was_away_is_absent_and_nothing_else(tmp_path: Path) -> None:
    """After two hours without the daemon its schedules are overdue for a moment, and due times are made up at once."""
    day = Day(
        start=BEFORE_MIDNIGHT,
        days=0.16,
        back_at=3 * HOUR_S,
        deeds={HOUR_S: lambda daemon: daemon.stop()},
    )
    found = alerts_of(day, tmp_path)
    assert found.keys() == {"ThesetdAbsent"}
    assert timedelta(hours=1) < found["ThesetdAbsent"] < timedelta(hours=1, minutes=5)
