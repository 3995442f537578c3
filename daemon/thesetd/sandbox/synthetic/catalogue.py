"""Generates an artist's catalogue: songs, and the albums, singles, reissues and oddities on which they were published.

A song exists once and is published many times: single and album share its ISRC under two track ids, a deluxe edition
repeats the album, a remaster has its own name, a live album different recordings.
"""

import math
from collections.abc import Iterable, Sequence

import attrs

from thesetd.sandbox.synthetic.chance import happens, one_in, stream
from thesetd.sandbox.synthetic.ids import Mint
from thesetd.sandbox.synthetic.names import REMIXERS, album_title, sequel, song_title
from thesetd.sandbox.synthetic.roster import Artist

LAST_YEAR = 2025  # the last year: what the daemon stores does not depend on the day it runs
_GROUP_ORDER = {"album": 0, "single": 1, "compilation": 2}
_UNKNOWN_DATE = "0000"  # recorded on a takedown
_BONUS = ("Demo", "Acoustic", "Live from Union Hall", "Instrumental")


@attrs.frozen(kw_only=True)
class Song:
    """A song by its bare title. `guest` is the roster index of a featured artist."""

    number: int
    title: str
    isrc: str
    duration_ms: int
    explicit: bool
    guest: int | None = None


@attrs.frozen(kw_only=True)
class Track:
    """A published recording of a song."""

    spotify_id: str
    song: Song
    name: str
    isrc: str
    duration_ms: int
    number: int
    disc: int = 1


@attrs.frozen(kw_only=True)
class Album:
    """A publication. `group` is also its album type; `taken_down` blanks name, images and ids."""

    spotify_id: str
    name: str
    group: str
    release_date: str
    precision: str
    tracks: tuple[Track, ...]
    label: str
    upc: str
    popularity: int
    taken_down: bool = False


@attrs.frozen
class Catalogue:
    """Everything of one artist, albums in Spotify's order: by group, newest first within a group."""

    songs: tuple[Song, ...]
    albums: tuple[Album, ...]


@attrs.frozen
class _Cut:
    """A song as it should be published: `suffix` is the qualifier, `rerecorded` gives it a separate ISRC."""

    song: Song
    suffix: str = ""
    rerecorded: bool = False


def make_catalogue(seed: int, mint: Mint, artist: Artist, guest: Artist) -> Catalogue:
    """Make an artist's catalogue."""
    return _Press(seed, mint, artist, guest).run()


class _Press:
    """Publishes one artist's songs, in the order of the years."""

    def __init__(self, seed: int, mint: Mint, artist: Artist, guest: Artist) -> None:
        self._dice = stream(seed, "catalogue", artist.index)
        self._mint = mint
        self._artist = artist
        self._guest = guest
        self._songs: list[Song] = []
        self._titles: set[str] = set()
        self._albums: list[Album] = []
        self._recordings = 0
        self._tracks = 0
        self._label = f"{self._dice.choice(('Harbour', 'Lantern', 'Quarry', 'Ferry'))} Recordings"

    def run(self) -> Catalogue:
        studio = self._dice.randint(1, 3 + self._artist.popularity // 15)
        year = self._dice.randint(1975, LAST_YEAR - 2 * studio)
        for _ in range(studio):
            self._era(year)
            year = min(LAST_YEAR, year + self._dice.randint(1, 4))
        self._oddities(year)
        ordered = sorted(self._albums, key=lambda album: album.release_date, reverse=True)
        return Catalogue(tuple(self._songs), tuple(sorted(ordered, key=lambda album: _GROUP_ORDER[album.group])))

    def _era(self, year: int) -> None:
        """Publish a studio album, its singles, and its later reissues."""
        songs = [self._song() for _ in range(self._dice.randint(8, 14))]
        title, cuts = album_title(self._dice), [_Cut(song) for song in songs]
        for lead in self._dice.sample(songs, self._dice.randint(1, 3)):
            self._single(lead, year)
        self._publish(title, "album", cuts, year)
        if happens(self._dice, 0.35):
            extra = [_Cut(song, f" - {kind}", rerecorded=True) for song, kind in zip(songs, _BONUS, strict=False)]
            self._publish(f"{title} (Deluxe Edition)", "album", [*cuts, *extra], year)
        if year < LAST_YEAR - 20:
            again = year + 20
            remastered = [_Cut(song, f" - Remastered {again}", rerecorded=True) for song in songs]
            self._publish(f"{title} ({again} Remaster)", "album", remastered, again)

    def _oddities(self, year: int) -> None:
        songs = self._songs
        if happens(self._dice, 0.6):
            place = self._dice.choice(("the Lyceum", "Union Hall", "Tivoli"))
            live = [_Cut(song, f" - Live at {place}", rerecorded=True) for song in self._some(14)]
            name = f"Live at {place}" if happens(self._dice, 0.7) else f"{songs[0].title} Nights"
            self._publish(name, "album", live, year)
        if happens(self._dice, 0.5):
            self._publish(f"The Best of {self._artist.name}", "compilation", map(_Cut, self._some(18)), year)
        if happens(self._dice, 0.4):
            remixes = [_Cut(songs[0], f" - {who} Remix", rerecorded=True) for who in self._dice.sample(REMIXERS, 3)]
            self._publish(f"{songs[0].title} (Remixes)", "single", remixes, year)
        if one_in(self._artist.index, 12, 4):
            session = [_Cut(song, f" - Take {take}", rerecorded=True) for take in range(1, 9) for song in self._some(8)]
            self._publish("The Complete Sessions", "compilation", session, year)
        if one_in(self._artist.index, 15, 5):
            self._publish("", "single", [_Cut(songs[-1])], year, taken_down=True)

    def _single(self, song: Song, year: int) -> None:
        cuts = [_Cut(song)]
        if happens(self._dice, 0.4):
            cuts.append(
                _Cut(
                    song,
                    self._dice.choice((" - Radio Edit", " - Instrumental", " - Acoustic Version")),
                    rerecorded=True,
                )
            )
        self._publish(self._shown(song), "single", cuts, year)

    def _song(self) -> Song:
        title = song_title(self._dice)
        number = 1
        while (named := title if number == 1 else sequel(title, number)).casefold() in self._titles:
            number += 1
        self._titles.add(named.casefold())
        featured = happens(self._dice, 0.08)
        song = Song(
            number=len(self._songs),
            title=named,
            isrc=self._isrc(),
            duration_ms=self._dice.randint(95_000, 420_000),
            explicit=happens(self._dice, 0.1),
            guest=self._guest.index if featured else None,
        )
        self._songs.append(song)
        return song

    def _publish(self, name: str, group: str, cuts: Iterable[_Cut], year: int, *, taken_down: bool = False) -> None:
        number = len(self._albums)
        tracks = tuple(self._track(cut, place) for place, cut in enumerate(cuts, start=1))
        release_date, precision = (_UNKNOWN_DATE, "year") if taken_down else self._date(year)
        self._albums.append(
            Album(
                spotify_id=self._mint.spotify("album", self._artist.index, number),
                name=name,
                group=group,
                release_date=release_date,
                precision=precision,
                tracks=tracks,
                label=self._label,
                upc=f"{self._dice.randrange(10**11, 10**12)}",
                popularity=self._dice.randint(0, self._artist.popularity),
                taken_down=taken_down,
            )
        )

    def _track(self, cut: _Cut, place: int) -> Track:
        self._tracks += 1
        disc, number = divmod(place - 1, 40)
        stretch = 0.9 + 0.2 * self._dice.random() if cut.rerecorded else 1.0
        return Track(
            spotify_id=self._mint.spotify("track", self._artist.index, self._tracks),
            song=cut.song,
            name=self._shown(cut.song) + cut.suffix,
            isrc=self._isrc() if cut.rerecorded else cut.song.isrc,
            duration_ms=math.floor(cut.song.duration_ms * stretch),
            number=number + 1,
            disc=disc + 1,
        )

    def _shown(self, song: Song) -> str:
        return song.title if song.guest is None else f"{song.title} (feat. {self._guest.name})"

    def _date(self, year: int) -> tuple[str, str]:
        month, day = self._dice.randint(1, 12), self._dice.randint(1, 28)
        texts = {"day": f"{year}-{month:02}-{day:02}", "month": f"{year}-{month:02}", "year": f"{year}"}
        (precision,) = self._dice.choices(tuple(texts), (90, 2, 8))
        return texts[precision], precision

    def _isrc(self) -> str:
        """Return the next recording's code; some registrants write it with hyphens."""
        self._recordings += 1
        owner, number = f"{self._artist.index:03X}", f"{self._recordings:05}"
        hyphen = "-" if one_in(self._recordings, 60, 59) else ""
        return hyphen.join(("QZ", owner, "25", number))

    def _some(self, count: int) -> Sequence[Song]:
        return self._dice.sample(self._songs, min(count, len(self._songs)))
