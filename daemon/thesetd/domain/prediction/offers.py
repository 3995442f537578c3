"""Songs of a catalogue that may be predicted, and how well people know them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import attrs

from thesetd.domain.music.studio import StudioSong
from thesetd.domain.setlists.matching import Catalogue, Known

NEW_ALBUM_DAYS = 400  # after its release an unplayed album no longer counts as coming
NEW_ALBUM_SHARE = 0.35  # of a set that comes from an album released after the last known concert
NEW_ALBUM_HALF_LIFE = 2.0  # concerts without its songs that halve this share
FAMILIAR_SPREAD = 12.0  # songs over which most debuts from the catalogue fall
LIKELIEST_NEW = 0.85  # no unplayed song is likelier
LIKELIEST_DEBUT = 0.25


@attrs.frozen(kw_only=True)
class Offer:
    """A song of the catalogue; `top_rank` counts from 1 among the artist's top tracks, popularity is 0 to 100."""

    key: str
    title: str
    spotify_id: str | None = None
    popularity: int | None = None
    top_rank: int | None = None
    album_id: str = ""
    album_name: str = ""
    is_album: bool = True
    released_on: date | None = None
    track: tuple[int, int] = (1, 0)


def offers_of(songs: Iterable[StudioSong], top_tracks: Sequence[str] = ()) -> tuple[Offer, ...]:
    """Return the songs offered for voting as candidates; `top_tracks` are Spotify ids or keys, best first."""
    rank = {track: number for number, track in reversed(list(enumerate(top_tracks, start=1)))}
    return tuple(
        Offer(
            key=one.key,
            title=one.title,
            spotify_id=one.song.spotify_id,
            popularity=one.popularity,
            top_rank=rank.get(one.song.spotify_id, rank.get(one.key)),
            album_id=one.album.spotify_id,
            album_name=one.album.name,
            is_album=one.album.album_type == "album",
            released_on=one.album.released_on,
            track=one.song.place,
        )
        for one in songs
    )


def catalogue_of(offers: Iterable[Offer]) -> Catalogue:
    """Return the songs as a catalogue in which names of setlists are found, by their keys."""
    return Catalogue(Known(id=offer.key, title=offer.title) for offer in offers)


def appeal(offer: Offer) -> tuple[int, int, int, tuple[int, int], str]:
    """Return a sort key, best known first: top tracks, then popularity, then the newest album in its order."""
    released = (offer.released_on or date.min).toordinal()
    unknown = offer.top_rank is None
    popularity = -1 if offer.popularity is None else offer.popularity
    return (offer.top_rank or 0) if not unknown else 1000, -popularity, -released, offer.track, offer.key


def debuts(unplayed: Sequence[Offer], mass: float) -> dict[str, float]:
    """Share the expected number of debuts among unplayed songs, the best known first."""
    ranked = sorted(unplayed, key=appeal)
    weights = [2 ** (-rank / FAMILIAR_SPREAD) for rank in range(len(ranked))]
    total = sum(weights)
    return {o.key: min(LIKELIEST_DEBUT, mass * weight / total) for o, weight in zip(ranked, weights, strict=True)}


def from_new_album(songs: Sequence[Offer], mass: float) -> dict[str, float]:
    """Expect so many songs of a new album: about the first `mass` of them, best known first, hardly the others."""
    return {
        offer.key: LIKELIEST_NEW / (1 + math.exp(rank - mass - 1))
        for rank, offer in enumerate(sorted(songs, key=appeal))
        if mass > 0
    }


def new_album_songs(
    offers: Sequence[Offer], played: Mapping[str, date], nights: Sequence[date], day: date
) -> tuple[tuple[Offer, ...], float]:
    """Return the unplayed songs of an album that came out lately, and the share of a set they are expected to fill.

    Args:
        offers: the catalogue.
        played: for each song ever played its last day.
        nights: the days of past concerts.
        day: the day of the coming concert.
    """
    albums: dict[str, list[Offer]] = {}
    for offer in offers:
        if offer.is_album and offer.released_on and 0 <= (day - offer.released_on).days <= NEW_ALBUM_DAYS:
            albums.setdefault(offer.album_id, []).append(offer)
    best: tuple[tuple[Offer, ...], float] = ((), 0.0)
    for songs in albums.values():
        released = songs[0].released_on or day
        since = [night for night in nights if night >= released]
        if any(played.get(offer.key, date.min) >= released for offer in songs) and since:
            continue  # the concerts since its release tell more than the release
        share = NEW_ALBUM_SHARE * 2 ** (-len(since) / NEW_ALBUM_HALF_LIFE)
        unplayed = tuple(offer for offer in songs if offer.key not in played)
        if unplayed and share > best[1]:
            best = unplayed, share
    return best
