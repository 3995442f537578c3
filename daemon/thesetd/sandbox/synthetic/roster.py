"""Makes the artists: their identities at each provider, and which of them play together."""

from collections.abc import Callable

import attrs

from thesetd.sandbox.synthetic.chance import happens, one_in, stream
from thesetd.sandbox.synthetic.ids import Mint
from thesetd.sandbox.synthetic.names import GENRES, ODD_NAMES, band_name, near_name

NAMESAKES = (3, 7)  # two artists of exactly the same name
_LINK_SHARES = {"musicbrainz": 0.54, "spotify": 0.30, "homepage": 0.5}  # shares among 500 recorded music attractions
_ON_TICKETMASTER, _ON_SETLISTFM = 0.92, 0.92
_ATTEMPTS = 50
_NEAR_EVERY = 20  # one of this many artists has the name of the previous one with a letter changed


@attrs.frozen(kw_only=True)
class Artist:
    """An artist. An id is None if that provider does not know the artist; `links` are on the attraction."""

    index: int
    name: str
    spotify_id: str
    attraction_id: str | None
    mbid: str | None
    genres: tuple[str, ...]
    followers: int
    popularity: int
    links: frozenset[str]
    guest: int

    @property
    def slfm_name(self) -> str:
        """Return the name in MusicBrainz' typography: with real hyphens and apostrophes."""
        return self.name.replace("-", "\u2010").replace("'", "\u2019")

    @property
    def sort_name(self) -> str:
        """Return the sort name: the article comes last."""
        return f"{self.name[4:]}, The" if self.name.startswith("The ") else self.name


def make_roster(seed: int, count: int, mint: Mint) -> tuple[Artist, ...]:
    """Make the artists. Each has one guest (featured on a song, support on tour), and is the guest of one other."""
    circle = list(range(count))
    stream(seed, "circle").shuffle(circle)
    guests = {artist: circle[(place + 1) % count] for place, artist in enumerate(circle)}
    names = _names(seed, count)
    return tuple(_artist(seed, mint, index, names[index], guests[index]) for index in range(count))


def _names(seed: int, count: int) -> list[str]:
    dice = stream(seed, "names")
    names: list[str] = []
    taken: set[str] = set(ODD_NAMES)
    for index in range(count):
        if index == NAMESAKES[1]:
            name = names[NAMESAKES[0]]
        elif one_in(index, _NEAR_EVERY, _NEAR_EVERY - 1):
            name = _fresh(taken, lambda: near_name(names[-1], dice))
        elif one_in(index, _NEAR_EVERY, 0) and index // _NEAR_EVERY < len(ODD_NAMES):
            name = ODD_NAMES[index // _NEAR_EVERY]
        else:
            name = _fresh(taken, lambda: band_name(dice))
        names.append(name)
        taken.add(name)
    return names


def _fresh(taken: set[str], make: Callable[[], str]) -> str:
    for _ in range(_ATTEMPTS):
        if (name := make()) not in taken:
            return name
    return f"{name} {len(taken)}"


def _artist(seed: int, mint: Mint, index: int, name: str, guest: int) -> Artist:
    dice = stream(seed, "artist", index)
    popularity = int(5 + 90 * dice.random() ** 1.5)
    links = frozenset(link for link, share in _LINK_SHARES.items() if happens(dice, share))
    return Artist(
        index=index,
        name=name,
        spotify_id=mint.spotify("artist", index),
        attraction_id=mint.attraction(index) if happens(dice, _ON_TICKETMASTER) else None,
        mbid=mint.mbid(index) if happens(dice, _ON_SETLISTFM) else None,
        genres=tuple(dice.sample(GENRES, dice.choice((0, 1, 2, 3)))),
        followers=int(10 ** (2 + popularity / 18) * (1 + dice.random())),
        popularity=popularity,
        links=links,
        guest=guest,
    )
