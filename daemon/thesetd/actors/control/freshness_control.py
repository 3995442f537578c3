"""Runs of schedules, pins and interest; implements `thesetd.ports.freshness.FreshnessDesk`."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import attrs

from thesetd.domain.freshness.interest import read_interest
from thesetd.domain.freshness.pins import Pin, PinView, read_ages, read_aspect, read_reason, read_until
from thesetd.domain.freshness.runs import PastRun
from thesetd.domain.work.jobs import KnownArtist
from thesetd.ports.clock import Clock
from thesetd.ports.freshness import FreshnessStore, InterestStore


class FindsArtists(Protocol):
    """Something that finds the artist a reference means."""

    async def known(self, reference: str) -> KnownArtist:
        """Return the stored artist; see `thesetd.actors.control.curating.Curator`."""
        ...


@attrs.frozen(kw_only=True)
class FreshnessControl:
    """Parses operators' input and stores it in the database, where every node finds it."""

    store: FreshnessStore
    interests: InterestStore
    artists: FindsArtists
    schedules: Collection[str]
    clock: Clock

    async def runs(self, schedule: str, limit: int) -> tuple[PastRun, ...]:
        """Return a schedule's last runs; see `FreshnessDesk`."""
        if schedule not in self.schedules:
            raise KeyError(schedule)
        return await self.store.runs(schedule, limit=limit)

    async def pins(self) -> tuple[PinView, ...]:
        """Return the active pins; see `FreshnessDesk`."""
        return await self.store.pins(now=self.clock.now())

    async def pin(self, artist: str, ages: Sequence[str], why: str, until: str | None) -> tuple[PinView, ...]:
        """Pin aspects of an artist; see `FreshnessDesk`."""
        now = self.clock.now()
        wanted, reason, end = read_ages(ages), read_reason(why), read_until(until, now)
        known = await self.artists.known(artist)
        pins = [
            Pin(artist_id=known.id, aspect=aspect, max_age=age, why=reason, since=now, until=end)
            for aspect, age in wanted.items()
        ]
        await self.store.pin(pins)
        return tuple(view for view in await self.pins() if view.pin.artist_id == known.id)

    async def unpin(self, artist: str, aspects: Sequence[str]) -> int:
        """Delete pins of an artist; see `FreshnessDesk`."""
        wanted = [read_aspect(name) for name in aspects]
        return await self.store.unpin((await self.artists.known(artist)).id, wanted)

    async def interest(self, report: Mapping[str, object]) -> int:
        """Store what the application reports; see `FreshnessDesk`."""
        return await self.interests.note_interest(read_interest(report), at=self.clock.now())
