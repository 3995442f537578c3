"""The synthetic world in setlist.fm's form: the played songs, as far as they have been entered by now."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from enum import Enum
from random import Random

import attrs

from thesetd.sandbox.listing import Json
from thesetd.sandbox.search import folded
from thesetd.sandbox.synthetic.chance import digest, happens, one_in, stream
from thesetd.sandbox.synthetic.names import STAGES
from thesetd.sandbox.synthetic.places import setlistfm_venue
from thesetd.sandbox.synthetic.roster import Artist
from thesetd.sandbox.synthetic.universe import Gig, Universe
from thesetd.sandbox.twins.setlistfm.source import SetlistCard

YEARS_BACK = 2
AHEAD = timedelta(days=2)  # a record appears about two days before the show, without songs
_NIGHT = time(5, 0)  # UTC on the next day: most of the songs are entered
_SETTLED = timedelta(days=2)  # after that night all of them are entered
_MISSING_AT_FIRST = 2
_DUPLICATES = 64  # numbers from here on are second records of the same evening, without songs


class WritingStage(Enum):
    """How complete a setlist is."""

    ANNOUNCED = "announced"
    FIRST_NIGHT = "first night"
    SETTLED = "settled"


@attrs.frozen
class SyntheticSetlist:
    """The present state of a setlist: the evening, its id, its stage, and since when."""

    setlist_id: str
    gig: Gig
    stage: WritingStage
    since: datetime


class SetlistfmView:
    """A `SetlistfmSource` over the universe."""

    def __init__(self, universe: Universe) -> None:
        self._universe = universe
        self._venues = {venue.slfm_id: venue for venue in universe.venues}
        self._artists = {artist.mbid: artist for artist in universe.roster if artist.mbid is not None}

    def entity(self, kind: str, slfm_id: str, now: datetime) -> Json | None:
        """See `SetlistfmSource.entity`."""
        if kind == "venue":
            venue = self._venues.get(slfm_id)
            return None if venue is None else setlistfm_venue(venue)
        if kind == "artist":
            artist = self._artists.get(slfm_id)
            return None if artist is None else _artist(artist)
        owner, year = self._universe.mint.setlist_owner(slfm_id) or (None, 0)
        artist = self._universe.artist(owner)
        if artist is None or artist.mbid is None:
            return None
        years = [one for one in _years(now) if one % 32 == year]
        found = (record for one in years for record in self._records(artist, one, now) if record.setlist_id == slfm_id)
        record = next(found, None)
        return None if record is None else self._setlist(record)

    def artists(self) -> Sequence[Json]:
        """See `SetlistfmSource.artists`."""
        return [_artist(artist) for artist in self._artists.values()]

    def setlists(self, mbid: str | None, now: datetime) -> Sequence[SetlistCard]:
        """See `SetlistfmSource.setlists`."""
        if mbid is None:
            artists = list(self._artists.values())
        else:
            artists = [self._artists[mbid]] if mbid in self._artists else []
        return [
            _card(record) for artist in artists for year in _years(now) for record in self._records(artist, year, now)
        ]

    def _records(self, artist: Artist, year: int, now: datetime) -> list[SyntheticSetlist]:
        records = []
        for gig in self._universe.gigs(artist, year):
            numbers = (gig.number, gig.number + _DUPLICATES) if one_in(gig.number, 16, 3) else (gig.number,)
            for number in numbers:
                stage, since = _written(gig, number, now)
                if now >= since:
                    setlist_id = self._universe.mint.setlist(artist.index, year, number)
                    records.append(SyntheticSetlist(setlist_id, gig, stage, since))
        return records

    def _setlist(self, record: SyntheticSetlist) -> Json:
        gig = record.gig
        version = digest(self._universe.seed, "version", record.setlist_id, record.stage.value) % 2**32
        body: Json = {
            "id": record.setlist_id,
            "versionId": f"g{version:08x}",
            "eventDate": f"{gig.day:%d-%m-%Y}",
            "lastUpdated": f"{record.since:%Y-%m-%dT%H:%M:%S.000+0000}",
            "artist": _artist(gig.artist),
            "venue": setlistfm_venue(gig.venue),
            "sets": {"set": self._sets(record)},
            "url": f"https://www.setlist.fm/setlist/artist-{gig.artist.index}/{gig.year}/{record.setlist_id}.html",
        }
        if gig.tour:
            body["tour"] = {"name": gig.tour}
        return body

    def _sets(self, record: SyntheticSetlist) -> list[Json]:
        """Return the sets.

        The same evening has the same songs at every stage, except that the last ones are missing at first.
        """
        dice = stream(self._universe.seed, "setlist", record.setlist_id)
        if happens(dice, 0.15) or record.stage is WritingStage.ANNOUNCED:
            return []
        songs = self._performance(record.gig, dice)
        encore = max(1, len(songs) // 6)
        if record.stage is WritingStage.FIRST_NIGHT:
            songs = songs[:-_MISSING_AT_FIRST]
        main: Json = {"song": songs[:-encore]}
        if happens(dice, 0.1):
            main["name"] = dice.choice(STAGES)
        return [main, {"encore": 1, "song": songs[-encore:]}]

    def _performance(self, gig: Gig, dice: Random) -> list[Json]:
        """Choose what is played, in order: own songs, and between them a cover, a medley, a solo, a tape."""
        catalogue, guest = self._universe.catalogue(gig.artist), self._universe.guest(gig.artist)
        chosen = dice.sample(catalogue.songs, min(gig.songs, len(catalogue.songs)))
        curly = happens(dice, 0.5)
        titles = [song.title.replace("'", "’") if curly else song.title for song in chosen]
        songs: list[Json] = [_annotated(title, guest, dice) for title in titles]
        foreign = dice.choice(self._universe.catalogue(guest).songs).title
        if happens(dice, 0.15):
            songs[1:3] = [{"name": f"{titles[1]} / {titles[2]}"}]
        if happens(dice, 0.3) and guest.mbid is not None:
            songs.insert(len(songs) // 2, {"name": foreign, "cover": _artist(guest)})
        if happens(dice, 0.06):
            songs.insert(len(songs) // 2, {"name": "Drum Solo"})
        if happens(dice, 0.04):
            songs.insert(2, {"name": ""})
        if happens(dice, 0.3):
            songs.insert(0, {"name": dice.choice((foreign, "", "Intro")), "tape": True})
        return songs


def _written(gig: Gig, number: int, now: datetime) -> tuple[WritingStage, datetime]:
    """Return the stage of an evening's record at this moment, and since when."""
    announced = datetime.combine(gig.day - AHEAD, time(12, 0), UTC)
    night = datetime.combine(gig.day + timedelta(days=1), _NIGHT, UTC)
    if number >= _DUPLICATES or now < night:
        return WritingStage.ANNOUNCED, announced
    return (WritingStage.SETTLED, night + _SETTLED) if now >= night + _SETTLED else (WritingStage.FIRST_NIGHT, night)


def _years(now: datetime) -> range:
    return range(now.year - YEARS_BACK, (now + AHEAD).year + 1)


def _annotated(title: str, guest: Artist, dice: Random) -> Json:
    song: Json = {"name": title}
    if happens(dice, 0.08):
        song["info"] = dice.choice(("acoustic", ">", "snippet", "first time since 2009", ""))
    if happens(dice, 0.04) and guest.mbid is not None:
        song["with"] = _artist(guest)
    return song


def _artist(artist: Artist) -> Json:
    return {
        "mbid": artist.mbid,
        "name": artist.slfm_name,
        "sortName": artist.sort_name,
        "disambiguation": "" if artist.genres == () else f"{artist.genres[0]} act",
        "url": f"https://www.setlist.fm/setlists/artist-{artist.index}.html",
    }


def _card(record: SyntheticSetlist) -> SetlistCard:
    gig, city = record.gig, record.gig.venue.city
    return SetlistCard(
        setlist_id=record.setlist_id,
        mbid=gig.artist.mbid or "",
        artist=folded(gig.artist.slfm_name),
        day=gig.day,
        venue_id=gig.venue.slfm_id,
        venue=folded(gig.venue.slfm_name),
        city_id=city.geonames_id,
        city=folded(city.name),
        state_code=city.state_code,
        country_code=city.country_code,
        tour=folded(gig.tour),
        last_updated=record.since,
    )
