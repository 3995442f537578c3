"""A daemon on real servers that imports from a case's world, in virtual time; what it left is read row by row."""

import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs
import trio

import querying
from cases.case_world import Act, CaseWorld
from exploring import EXPLORE
from scene import SELDOM
from simulation.on_servers import OnServers
from simulation.weather import SkewedClock
from simulation.written import Scene
from thesetd.actors.supervision.polls import Polls
from thesetd.domain.work.schedules import DEFAULTS, Schedule
from thesetd.sandbox.server import SandboxOptions, build
from thesetd.sandbox.world import World

Then = Callable[["CaseScene"], Awaitable[None]]


async def nothing(_: "CaseScene") -> None:
    """Leave it at the imports."""


class CaseScene(Scene, OnServers):
    """Lives of a daemon on one database."""

    def __init__(self, dsn: str, url: str, start: str, *, scheduled: bool = False) -> None:
        """Begin at a moment, in ISO form with its offset, with or without schedules."""
        super().__init__(dsn=dsn, url=url)
        self.scheduled = scheduled
        began = datetime.fromisoformat(start)
        self.clock = SkewedClock(began)
        limits = dict.fromkeys(("spotify",), ())
        self.app = build(SandboxOptions(limits=limits), SkewedClock(began), World("case", dict(self.world)))
        self.controls = self.app.state.controls
        self.held = CaseWorld()

    def polls(self) -> Polls:
        """Look seldom: nothing happens between the imports of a case."""
        return SELDOM

    def schedules(self) -> Mapping[str, Schedule]:
        """Return all of them, as a rule turned off: what they order costs more than the imports of a case."""
        return {name: attrs.evolve(one, enabled=self.scheduled) for name, one in DEFAULTS.items()}

    def publish(self, world: CaseWorld | None = None) -> None:
        """Let the providers hold what the world holds now."""
        if world is not None:
            self.held = world
        self.hold(**self.held.sources())

    async def imported(self, reference: str) -> str:
        """Import an artist and return the last message."""
        job_id = await self.ended(reference)
        ((message,),) = self.rows(f"select message from import_status where job_id = {job_id}")
        await trio.sleep(60.0)
        return str(message)

    async def until(self, moment: str) -> None:
        """Let time pass."""
        left = datetime.fromisoformat(moment) - self.clock.now()
        assert left > timedelta(0)
        await trio.sleep(left.total_seconds())

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the database, beside the loop of the daemon."""
        found: list[Any] = []
        thread = threading.Thread(target=lambda: found.append(querying.query(self._dsn, statement)))
        thread.start()
        thread.join()
        return [tuple(row) for row in found[0]]


SHOWS = """
select s.ticketmaster_id, s.local_date::text, to_char(s.local_time, 'HH24:MI'), s.kind, s.status, p.setlistfm_id,
    coalesce(jsonb_array_length(p.songs) + jsonb_array_length(p.encore_songs), 0)
from artists a join artist_shows l on l.artist_id = a.id join shows s on s.id = l.show_id
left join actual_setlists p on p.show_id = s.id and p.artist_id = a.id
where a.spotify_id = '{}' and s.merged_into is null and l.left_at is null and not s.is_addon
order by s.local_date, s.local_time, s.ticketmaster_id, p.setlistfm_id
"""
PAGES = "select setlistfm_id, verdict, review is not null from thesetd.setlist_pages order by 1"


@attrs.define
class Case:
    """A world, and the imports from it: each at its time by a life of its own, so that no time passes in between."""

    dsn: str
    url: str
    world: CaseWorld = attrs.field(factory=CaseWorld)
    scheduled: bool = EXPLORE
    lives: int = 0

    def at(self, moment: str, *bodies: Any, imports: Sequence[str] | None = None, then: Then = nothing) -> list[str]:
        """Let bodies come, then import the acts (or these), then do something; return the messages."""
        self.world.add(*bodies)
        self.lives += 1
        start = moment if len(moment) > 16 else f"{moment}+00:00"
        scene = CaseScene(self.dsn, self.url, start, scheduled=self.scheduled)
        scene.publish(self.world)
        messages = []

        async def story() -> None:
            acts = [self.world.acts[0].spotify_id] if imports is None else imports
            messages.extend([await scene.imported(reference) for reference in acts])
            while scene.daemon is None:
                await trio.sleep(1.0)
            await then(scene)

        scene.play_it = story
        outcome = scene.run()
        if scene.failed:
            raise scene.failed
        assert not outcome.violations, outcome.report()
        return messages

    def rows(self, statement: str) -> list[Any]:
        """Ask the database; rows of one column are plain values."""
        found = querying.query(self.dsn, statement)
        return [row[0] if len(row) == 1 else row for row in found]

    def shows(self, act: Act | None = None) -> list[Any]:
        """Return the shows of an act, by day: event, day, hour, kind, status, page and number of songs."""
        return self.rows(SHOWS.format((act or self.world.acts[0]).spotify_id))

    def played(self) -> list[Any]:
        """Return event, page and number of songs of each show."""
        return [(one[0], *one[5:]) for one in self.shows()]

    def pages(self) -> list[Any]:
        """Return each page, what it is, and whether it is to be reviewed."""
        return self.rows(PAGES)
