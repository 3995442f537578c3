"""The refresh index in memory; see `thesetd.adapters.postgres.queue.refresh`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import attrs

from thesetd.domain.freshness.copies import Aspect, Copy, Look, Shared, first_shared, looked, pause_after, weight

Key = tuple[Aspect, UUID]


@attrs.define
class FakeIndex:
    """What looks found, which looks were ordered until when, and each aspect's threshold."""

    copies: dict[Key, Copy] = attrs.field(factory=dict)
    orders: dict[Key, tuple[int, datetime]] = attrs.field(factory=dict)
    shared: dict[Aspect, Shared] = attrs.field(factory=dict)
    since: dict[Key, datetime] = attrs.field(factory=dict)

    def copy(self) -> "FakeIndex":
        """Return one that can be changed alone."""
        return FakeIndex(dict(self.copies), dict(self.orders), dict(self.shared), dict(self.since))

    def look(self, artist: UUID, look: Look, *, popularity: int | None, wishes: int, at: datetime) -> None:
        """Learn from a look."""
        key, worth = (look.aspect, artist), weight(look.aspect, popularity=popularity, wishes=wishes)
        count = sum(aspect is look.aspect for aspect, _ in self.copies)
        shared = self.shared.setdefault(look.aspect, first_shared(look.aspect, count, weight=worth))
        copy, orders = self.copies.get(key), self.orders.pop(key, (0, at))[0]
        copy = attrs.evolve(copy, orders=orders) if copy else None
        self.copies[key], self.shared[look.aspect] = looked(copy, look, shared, weight=worth, now=at)

    def order(self, aspect: Aspect, artists: Sequence[UUID], at: datetime) -> None:
        """Note looks that were ordered."""
        for artist in artists:
            orders = self.orders.get((aspect, artist), (0, at))[0]
            self.orders[aspect, artist] = orders + 1, at + pause_after(orders)
            self.since.setdefault((aspect, artist), at)

    def due(self, key: Key) -> float:
        """Return when a copy is due, as a timestamp; one that nobody looked at is since its first order, or ever."""
        copy, since = self.copies.get(key), self.since.get(key)
        moment = copy.due_at if copy else since
        return moment.timestamp() if moment else 0.0

    def is_free(self, key: Key, *, now: datetime, before: datetime) -> bool:
        """Return whether a look may be ordered now of a copy that was last looked at before then."""
        copy, ordered = self.copies.get(key), self.orders.get(key)
        young = copy is not None and copy.looked_at is not None and copy.looked_at > before
        return not young and (ordered is None or ordered[1] <= now)
