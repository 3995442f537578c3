"""Runs of schedules, pins and interest, over the in-memory store of `fakes`."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from fake_world import World
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.freshness.interest import Interest
from thesetd.domain.freshness.pins import Pin, PinView
from thesetd.domain.freshness.runs import PastRun
from thesetd.domain.work.jobs import JobState, KnownArtist
from thesetd.ports.freshness import Overdue


class FakeFreshness:
    """A `FreshnessStore` and `InterestStore`."""

    world: World
    ping: Callable[[], Awaitable[None]]

    async def runs(self, schedule: str, *, limit: int) -> tuple[PastRun, ...]:
        """Return a schedule's last runs; see `thesetd.ports.freshness.FreshnessStore`."""
        await self.ping()
        kept = [one for one in self.world.runs.values() if one.run.schedule == schedule]
        kept.sort(key=lambda one: (one.at, one.job_id), reverse=True)
        return tuple(map(self._past, kept[:limit]))

    async def pins(self, *, now: datetime) -> tuple[PinView, ...]:
        """Return the pins that hold; see `thesetd.ports.freshness.FreshnessStore`."""
        await self.ping()
        found = []
        for pin in self._holding(now):
            known = self.world.known(pin.artist_id)
            assert known is not None
            found.append(PinView(pin=pin, slug=known.slug, name=known.name, looked_at=self._looked_at(pin)))
        return tuple(sorted(found, key=lambda view: (view.name, view.pin.aspect.value)))

    async def pin(self, pins: Sequence[Pin]) -> None:
        """Keep pins; see `thesetd.ports.freshness.FreshnessStore`."""
        await self.ping()
        for pin in pins:
            self.world.pins[pin.artist_id, pin.aspect] = pin

    async def unpin(self, artist_id: UUID, aspects: Sequence[Aspect]) -> int:
        """Delete pins of an artist; see `thesetd.ports.freshness.FreshnessStore`."""
        await self.ping()
        gone = [key for key in self.world.pins if key[0] == artist_id and key[1] in (aspects or Aspect)]
        for key in gone:
            del self.world.pins[key]
        return len(gone)

    async def overdue(self, *, now: datetime, limit: int) -> tuple[Overdue, ...]:
        """Return artists whose pinned aspects are too old; see `thesetd.ports.freshness.FreshnessStore`."""
        await self.ping()
        found: dict[Aspect, list[KnownArtist]] = defaultdict(list)
        for pin in self._holding(now):
            known = self.world.known(pin.artist_id)
            if known and self.world.index.is_free((pin.aspect, pin.artist_id), now=now, before=now - pin.max_age):
                found[pin.aspect].append(known)
        return tuple(Overdue(aspect=aspect, artists=tuple(artists[:limit])) for aspect, artists in found.items())

    async def note_interest(self, interests: Sequence[Interest], *, at: datetime) -> int:
        """Keep what the application tells; see `thesetd.ports.freshness.InterestStore`."""
        await self.ping()
        rows = {known.slug: row for row in self.world.artists if (known := self.world.known(row))}
        for told in interests:
            if told.slug in rows:
                self.world.index.interest(rows[told.slug], told, at)
        return sum(told.slug not in rows for told in interests)

    def _holding(self, now: datetime) -> list[Pin]:
        return [pin for pin in self.world.pins.values() if pin.until is None or pin.until > now]

    def _looked_at(self, pin: Pin) -> datetime | None:
        copy = self.world.index.copies.get((pin.aspect, pin.artist_id))
        return copy.looked_at if copy else None

    def _past(self, kept: PastRun) -> PastRun:
        job = self.world.jobs.get(kept.job_id)
        made = [one for one in self.world.jobs.values() if one.new.args.get("run") == kept.job_id]
        failed = sum(one.state in {JobState.FAILED, JobState.DEAD} for one in made)
        return PastRun(
            job_id=kept.job_id,
            at=kept.at,
            state=job.state if job else None,
            run=kept.run,
            looked=kept.looked,
            changed=kept.changed,
            failed=failed,
            remarks=tuple(job.checkpoint.get("notes", ())) if job else (),
        )
