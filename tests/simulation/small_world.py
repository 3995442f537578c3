"""The synthetic world with short lists: so an import is a dozen calls, and hundreds of seeds fit into a minute."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs

from thesetd.sandbox.listing import ListSlots
from thesetd.sandbox.twins.setlistfm.source import SetlistCard
from thesetd.sandbox.twins.ticketmaster.source import EventCard
from thesetd.sandbox.world import World


@attrs.define
class _Short:
    """A source of which only so much is seen."""

    source: Any
    most: int
    kept: dict[Any, Sequence[EventCard]] = attrs.field(factory=dict)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)


class _ShortSpotify(_Short):
    def listing(self, kind: str, spotify_id: str) -> ListSlots | None:
        found: ListSlots | None = self.source.listing(kind, spotify_id)
        return found if found is None or kind != "artist-albums" else found[: self.most]


class _ShortTicketmaster(_Short):
    """An event is listed for all of its acts or for none of them."""

    def events(self, attraction_ids: frozenset[str] | None, now: datetime) -> Sequence[EventCard]:
        if attraction_ids is None:
            return self._first(None, now)
        cards = (card for one in sorted(attraction_ids) for card in self._first(frozenset({one}), now))
        return list({card.event_id: card for card in cards if self._is_seen(card, now)}.values())

    def _is_seen(self, card: EventCard, now: datetime) -> bool:
        return all(card in self._first(frozenset({act}), now) for act in card.attraction_ids)

    def _first(self, attraction_ids: frozenset[str] | None, now: datetime) -> Sequence[EventCard]:
        key = attraction_ids, now.replace(minute=0, second=0, microsecond=0)
        if key not in self.kept:
            self.kept[key] = self.source.events(attraction_ids, now)[: self.most]
        return self.kept[key]


class _ShortSetlistfm(_Short):
    def setlists(self, mbid: str | None, now: datetime) -> Sequence[SetlistCard]:
        found: Sequence[SetlistCard] = self.source.setlists(mbid, now)
        return sorted(found, key=lambda card: (card.day, card.setlist_id))[: self.most]


SHORT: dict[str, Any] = {"spotify": _ShortSpotify, "ticketmaster": _ShortTicketmaster, "setlistfm": _ShortSetlistfm}


def shortened(world: World, most: int) -> World:
    """Return a world in which no artist has more than so many albums, coming shows or setlists."""
    return World(
        f"{world.label}, at most {most} of each",
        {name: SHORT[name](source, most) if name in SHORT else source for name, source in world.sources.items()},
    )
