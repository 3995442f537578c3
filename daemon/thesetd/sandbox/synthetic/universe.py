"""The whole synthetic world: artists and venues are made at once, the rest on demand, and then cached."""

from datetime import date

import attrs

from thesetd.sandbox.synthetic.catalogue import Catalogue, make_catalogue
from thesetd.sandbox.synthetic.ids import Mint
from thesetd.sandbox.synthetic.places import Venue, make_venues
from thesetd.sandbox.synthetic.roster import Artist, make_roster
from thesetd.sandbox.synthetic.tours import FESTIVALS, Festival, Show, festival_title, make_festivals, make_tour

MAX_ARTISTS = 3000
MIN_ARTISTS = 10
_SUPPORT_NUMBERS, _FESTIVAL_NUMBERS = 24, 48  # first number of these gigs; a tour has at most 24 shows


@attrs.frozen(kw_only=True)
class Gig:
    """An artist's performance: on its own tour, as support, or at a festival.

    `number` is unique for artist and year.
    """

    artist: Artist
    year: int
    number: int
    day: date
    venue: Venue
    tour: str
    songs: int


class Universe:
    """Everything determined by a seed and a number of artists."""

    def __init__(self, seed: int, artists: int) -> None:
        self.seed = seed
        self.mint = Mint(seed)
        self.roster = make_roster(seed, artists, self.mint)
        self.venues = make_venues(seed, self.mint)
        self.festival_titles = tuple(festival_title(seed, index) for index in range(FESTIVALS))
        self._hosts = {artist.guest: artist for artist in self.roster}
        self._catalogues: dict[int, Catalogue] = {}
        self._tours: dict[tuple[int, int], tuple[Show, ...]] = {}
        self._festivals: dict[int, tuple[Festival, ...]] = {}

    def artist(self, index: int | None) -> Artist | None:
        """Return the artist with this number, None if there is none."""
        return self.roster[index] if index is not None and index < len(self.roster) else None

    def guest(self, artist: Artist) -> Artist:
        """Return the artist that is featured on the artist's songs and opens its shows."""
        return self.roster[artist.guest]

    def host(self, artist: Artist) -> Artist:
        """Return the artist whose guest the artist is."""
        return self._hosts[artist.index]

    def catalogue(self, artist: Artist) -> Catalogue:
        """Return an artist's catalogue."""
        if artist.index not in self._catalogues:
            self._catalogues[artist.index] = make_catalogue(self.seed, self.mint, artist, self.guest(artist))
        return self._catalogues[artist.index]

    def tour(self, artist: Artist, year: int) -> tuple[Show, ...]:
        """Return the shows of the tour that an artist begins in a year, in order."""
        key = artist.index, year
        if key not in self._tours:
            self._tours[key] = make_tour(self.seed, artist, year, self.venues)
        return self._tours[key]

    def festivals(self, year: int) -> tuple[Festival, ...]:
        """Return the festivals of a year."""
        if year not in self._festivals:
            self._festivals[year] = make_festivals(self.seed, year, len(self.roster), self.venues)
        return self._festivals[year]

    def gigs(self, artist: Artist, year: int) -> list[Gig]:
        """Return every evening on which the artist plays, by the year in which the tour began."""
        own = [self._gig(artist, show, show.number, 18) for show in self.tour(artist, year) if show.played]
        support = [
            self._gig(artist, show, _SUPPORT_NUMBERS + show.number, 6)
            for show in self.tour(self.host(artist), year)
            if show.played and show.support
        ]
        festivals = [
            Gig(
                artist=artist,
                year=year,
                number=_FESTIVAL_NUMBERS + festival.index,
                day=festival.day_of(artist.index),
                venue=festival.venue,
                tour=festival.name,
                songs=10,
            )
            for festival in self.festivals(year)
            if artist.index in festival.line_up
        ]
        return [*own, *support, *festivals]

    @staticmethod
    def _gig(artist: Artist, show: Show, number: int, songs: int) -> Gig:
        return Gig(
            artist=artist, year=show.year, number=number, day=show.day, venue=show.venue, tour=show.tour, songs=songs
        )
