"""Serves recorded setlist.fm bodies: every artist, venue and setlist in them, paged again."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from thesetd.sandbox.listing import Json
from thesetd.sandbox.recorded.files import bodies
from thesetd.sandbox.search import folded
from thesetd.sandbox.twins.setlistfm.source import SetlistCard

_LISTS = ("artist-setlists", "search-setlists", "user-setlists", "venue-setlists")
# Changed by the people who published them, documentation examples, and old versions of a setlist.
_NOT_AS_RECORDED = ("edited", "docs-", "-version-")


class RecordedSetlistfm:
    """A `SetlistfmSource` over the folder of recorded bodies."""

    def __init__(self, folder: Path) -> None:
        self._artists: dict[str, Json] = {}
        self._venues: dict[str, Json] = {body["id"]: body for _, body in bodies(folder / "venue")}
        self._setlists: dict[str, Json] = {}
        self._read_artists(folder)
        self._read_setlists(folder)
        self._cards = [_card(setlist) for setlist in self._setlists.values()]

    def entity(self, kind: str, slfm_id: str, now: datetime) -> Json | None:  # noqa: ARG002 - recordings do not change
        """See `SetlistfmSource.entity`."""
        return {"artist": self._artists, "venue": self._venues, "setlist": self._setlists}[kind].get(slfm_id)

    def artists(self) -> Sequence[Json]:
        """See `SetlistfmSource.artists`."""
        return list(self._artists.values())

    def setlists(self, mbid: str | None, now: datetime) -> Sequence[SetlistCard]:  # noqa: ARG002
        """See `SetlistfmSource.setlists`."""
        return [card for card in self._cards if mbid in {None, card.mbid}]

    def _read_artists(self, folder: Path) -> None:
        for _, page in bodies(folder / "search-artists"):
            self._artists.update({artist["mbid"]: artist for artist in page["artist"]})
        self._artists.update({artist["mbid"]: artist for _, artist in bodies(folder / "artist")})

    def _read_setlists(self, folder: Path) -> None:
        """Keep the latest version of each setlist, and the artist and venue that it names."""
        pages = [page["setlist"] for kind in _LISTS for _, page in bodies(folder / kind)]
        single = [
            body for name, body in bodies(folder / "setlist") if not any(mark in name for mark in _NOT_AS_RECORDED)
        ]
        for setlist in (*(one for page in pages for one in page), *single):
            known = self._setlists.get(setlist["id"])
            if known is None or _edited(setlist) > _edited(known):
                self._setlists[setlist["id"]] = setlist
        for setlist in self._setlists.values():
            self._artists.setdefault(setlist["artist"]["mbid"], setlist["artist"])
            self._venues.setdefault(setlist["venue"]["id"], setlist["venue"])


def _edited(setlist: Json) -> datetime:
    return datetime.strptime(setlist["lastUpdated"], "%Y-%m-%dT%H:%M:%S.%f%z")


def _card(setlist: Json) -> SetlistCard:
    artist, venue = setlist["artist"], setlist["venue"]
    city = venue.get("city", {})
    return SetlistCard(
        setlist_id=setlist["id"],
        mbid=artist["mbid"],
        artist=folded(artist["name"]),
        day=datetime.strptime(setlist["eventDate"], "%d-%m-%Y").replace(tzinfo=UTC).date(),
        venue_id=venue["id"],
        venue=folded(venue["name"]),
        city_id=city.get("id", ""),
        city=folded(city.get("name", "")),
        state_code=city.get("stateCode", ""),
        country_code=city.get("country", {}).get("code", ""),
        tour=folded(setlist.get("tour", {}).get("name", "")),
        last_updated=_edited(setlist),
    )
