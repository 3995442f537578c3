"""The refresh index in memory; see `thesetd.adapters.postgres.queue.refresh`."""

import math
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import attrs

from thesetd.domain.freshness.copies import (
    DAY_S,
    DUE_DAYS,
    SHARING,
    Aspect,
    Copy,
    Demand,
    Look,
    Shared,
    due_after,
    first_shared,
    looked,
    pause_after,
    weight,
)
from thesetd.domain.freshness.interest import Interest, faded
from thesetd.domain.freshness.nights import Night
from thesetd.domain.work.batches import Picks

Key = tuple[Aspect, UUID]


@attrs.define
class FakeIndex:
    """What looks found, which looks were ordered until when, and each aspect's threshold."""

    copies: dict[Key, Copy] = attrs.field(factory=dict)
    orders: dict[Key, tuple[int, datetime]] = attrs.field(factory=dict)
    ordered_for: dict[Key, datetime] = attrs.field(factory=dict)
    shared: dict[tuple[Aspect, ...], Shared] = attrs.field(factory=dict)
    demands: dict[UUID, Demand] = attrs.field(factory=dict)
    told: dict[UUID, tuple[int, float, datetime]] = attrs.field(factory=dict)
    timed: set[UUID] = attrs.field(factory=set)

    def hint(self, key: Key, at: datetime) -> None:
        """Make a copy due now that was looked at before."""
        if (copy := self.copies.get(key)) and copy.looked_at and copy.looked_at < at < copy.due_at:
            self.copies[key] = attrs.evolve(copy, due_at=at)

    def hasten(self, artist: UUID, nights: Sequence[Night], at: datetime) -> None:
        """Make setlists due earlier that are awaited since shows are known."""
        key = (Aspect.SETLISTS, artist)
        if (copy := self.copies.get(key)) and copy.looked_at and nights:
            worth = weight(Aspect.SETLISTS, self._demand(artist, at))
            shared = self.shared[SHARING[Aspect.SETLISTS]]
            due_at = due_after(copy.rate, copy.looked_at, shared, weight=worth, nights=nights)
            if due_at < copy.due_at:
                self.copies[key] = attrs.evolve(copy, due_at=due_at)
                self.timed.add(artist)

    def copy(self) -> "FakeIndex":
        """Return one that can be changed alone."""
        return FakeIndex(
            dict(self.copies),
            dict(self.orders),
            dict(self.ordered_for),
            dict(self.shared),
            dict(self.demands),
            self.told,
            set(self.timed),
        )

    def look(
        self,
        artist: UUID,
        look: Look,
        demand: Demand,
        at: datetime,
        sale: datetime | None = None,
        nights: Sequence[Night] = (),
    ) -> None:
        """Learn from a look."""
        self.demands[artist] = demand
        key, worth = (look.aspect, artist), weight(look.aspect, self._demand(artist, at))
        sharing = SHARING[look.aspect]
        count = sum(aspect in sharing for aspect, _ in self.copies)
        shared = self.shared.setdefault(sharing, first_shared(look.aspect, count, weight=worth))
        copy, orders = self.copies.get(key), self.orders.pop(key, (0, at))[0]
        copy = attrs.evolve(copy, orders=orders) if copy else None
        self.copies[key], self.shared[sharing] = looked(
            copy, look, shared, weight=worth, now=at, sale=sale, nights=nights
        )
        if look.aspect is Aspect.SETLISTS:
            (self.timed.add if nights else self.timed.discard)(artist)

    def order(self, picks: Picks, at: datetime) -> None:
        """Note looks that were ordered, and those that are taken over."""
        for artist, moment in zip(picks.artists, picks.moments_from(at), strict=True):
            key = (picks.aspect, artist)
            if not self.is_ordered(key, at):
                orders = self.orders.get(key, (0, at))[0]
                self.orders[key] = orders + 1, at + pause_after(orders)
                self.ordered_for[key] = moment
            self.ordered_for[key] = min(self.ordered_for[key], moment)

    def place(self, key: Key, popularity: int | None, now: datetime) -> tuple[bool, float]:
        """Return a copy's place in the order in which looks are ordered: what is past its floor, then by due time."""
        copy, until = self.copies.get(key), self.orders[key][1].timestamp() if key in self.orders else -math.inf
        unseen = -float(-1 if popularity is None else popularity)  # before all others, the most popular first
        looked_at = copy.looked_at if copy else None
        floor_at = max(until, looked_at.timestamp() + DUE_DAYS * DAY_S if looked_at else unseen)
        due = max(until, copy.due_at.timestamp() if copy and looked_at else unseen)
        behind = floor_at <= now.timestamp()
        return not behind, floor_at if behind else due

    def rank(self, key: Key, popularity: int | None, now: datetime) -> tuple[bool, float]:
        """Return a copy's place among those that may be ordered: past its floor, then by age in its intervals."""
        copy, (not_behind, at) = self.copies.get(key), self.place(key, popularity, now)
        if not_behind and copy and copy.looked_at:
            interval_s = max(1.0, (copy.due_at - copy.looked_at).total_seconds())
            at = -(now - copy.looked_at).total_seconds() / interval_s
        return not_behind, at

    def is_free(self, key: Key, *, now: datetime, before: datetime, latest: datetime | None = None) -> bool:
        """Return whether a look may be ordered now of a copy that was last looked at before then.

        One that was ordered for later than `latest` may be taken over.
        """
        is_later = latest is not None and key in self.ordered_for and self.ordered_for[key] > latest
        return not self.is_young(key, before) and (is_later or not self.is_ordered(key, now))

    def looked_at(self, key: Key) -> datetime | None:
        """Return when a copy was looked at last."""
        copy = self.copies.get(key)
        return copy.looked_at if copy else None

    def is_young(self, key: Key, before: datetime) -> bool:
        """Return whether a copy was looked at after that moment."""
        copy = self.copies.get(key)
        return copy is not None and copy.looked_at is not None and copy.looked_at > before

    def is_ordered(self, key: Key, now: datetime) -> bool:
        """Return whether a look was ordered that may still come."""
        ordered = self.orders.get(key)
        return ordered is not None and ordered[1] > now

    def interest(self, artist: UUID, told: Interest, at: datetime) -> None:
        """Keep what the application tells, and make due earlier what is worth it."""
        followers, visits, since = self.told.get(artist, (0, 0.0, at))
        followers = followers if told.followers is None else told.followers
        self.told[artist] = followers, faded(visits, since, at) + (told.visits or 0), at
        for (aspect, row), copy in self.copies.items():
            if row == artist and copy.looked_at:
                worth = weight(aspect, self._demand(artist, at))
                due_at = due_after(copy.rate, copy.looked_at, self.shared[SHARING[aspect]], weight=worth)
                self.copies[aspect, row] = attrs.evolve(copy, due_at=min(copy.due_at, due_at))

    def _demand(self, artist: UUID, at: datetime) -> Demand:
        followers, visits, since = self.told.get(artist, (0, 0.0, at))
        return attrs.evolve(self.demands[artist], followers=followers, visits=faded(visits, since, at))
