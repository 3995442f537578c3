"""What operators see of freshness, in memory: one artist, one recorded run of a schedule."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from fakes import FakeStore
from sample_rows import artist
from thesetd.actors.control.freshness_control import FreshnessControl
from thesetd.domain.errors import AmbiguousArtist, UnknownArtist
from thesetd.domain.freshness.plans import NONE, Plan, ProviderPlan, Range
from thesetd.domain.freshness.runs import Audience, PastRun, Run
from thesetd.domain.ids import SPOTIFY, TICKETMASTER, JobId
from thesetd.domain.music.records import Rows
from thesetd.domain.music.reference import parse_reference
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import KnownArtist

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)


class _Clock:
    def now(self) -> datetime:
        """Return the one moment that there is."""
        return NOW


class _Artists:
    def __init__(self, store: FakeStore) -> None:
        self._store = store
        self.refused: dict[str, Exception] = {}

    async def known(self, reference: str) -> KnownArtist:
        """Return the artist of that name or slug."""
        if reference in self.refused:
            raise self.refused[reference]
        for row in self._store.world.artists:
            known = self._store.world.known(row)
            if known and reference in {known.slug, known.name}:
                return known
        raise UnknownArtist(reference)


def desk() -> FreshnessControl:
    """Return the real desk over a store in memory, which knows Gorillaz and a run of `sync-trending`."""
    store = FakeStore()
    rows = (artist(spotify_id="G", slug="gorillaz", name="Gorillaz"),)
    store._write(Batch(at=NOW, rows=Rows(artists=rows)))
    audience = Audience(artists=55, fresh=40, waiting=2)
    run = Run(
        schedule="sync-trending",
        target=timedelta(hours=4),
        by_hand=True,
        audience=audience,
        ordered=10,
        short_of="quota",
    )
    store.world.runs[JobId(41)] = PastRun(job_id=JobId(41), at=NOW, state=None, run=run, looked=8, changed=1)
    return FreshnessControl(
        store=store, interests=store, artists=_Artists(store), schedules=("sync-trending",), clock=_Clock()
    )


class FakePlanner:
    """A `Planner` that tells the same of everything."""

    async def plan_import(self, reference: str) -> Plan:
        """Tell of an import; there are twins."""
        if reference == "Twins":
            raise AmbiguousArtist(reference, [])
        if reference == "First":
            plans = (ProviderPlan(provider=SPOTIFY, calls=None, wait=None),)
            return Plan(what="import First", basis="0 imports", providers=plans, duration=None, remarks=("unknown",))
        return self._plan(f"import {parse_reference(reference).value}")

    async def plan_refresh(self, until: timedelta) -> Plan:
        """Tell of a refresh."""
        return self._plan(f"refresh {until}")

    async def plan_cleanup(self) -> Mapping[str, int]:
        """Tell of two tables."""
        return {"thesetd.jobs": 12, "thesetd.rejects": 3}

    def _plan(self, what: str) -> Plan:
        kinds, wait = {"catalog": 24.0, "profile": 6.0}, timedelta(minutes=5)
        one = ProviderPlan(provider=SPOTIFY, calls=Range(30.0, 12.0, 81.0), kinds=kinds, wait=wait, room=40)
        other = ProviderPlan(provider=TICKETMASTER, calls=NONE)
        duration = Range(320.0, 308.0, 395.0)
        return Plan(what=what, basis="7 imports", providers=(one, other), duration=duration, remarks=("a remark",))
