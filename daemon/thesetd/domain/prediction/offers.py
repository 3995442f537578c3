"""Selects the songs of a catalogue that may be predicted, and ranks how well known they are."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Self

import attrs

from thesetd.domain.frozen import frozen_row
from thesetd.domain.music.repertoire import RepertoireSong
from thesetd.domain.music.titles import song_key
from thesetd.domain.setlists.matching import IndexedSong, SongIndex

NEW_ALBUM_DAYS = 400  # days after its release from which an unplayed album no longer counts as new
NEW_ALBUM_SHARE = 0.35  # share of a set that comes from an album released after the last known concert
NEW_ALBUM_HALF_LIFE = 2.0  # concerts without its songs that halve this share
FAMILIAR_SPREAD = 12.0  # number of best-known songs that most debuts come from
LIKELIEST_NEW = 0.85  # highest probability of an unplayed song
LIKELIEST_DEBUT = 0.25


@frozen_row(kw_only=True)
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


def offers_of(songs: Iterable[RepertoireSong], top_tracks: Sequence[str] = ()) -> tuple[Offer, ...]:
    """Return the songs offered for voting as candidates; `top_tracks` are Spotify ids or keys, best first.

    Of several pieces with one name (the interludes of two albums) only the first is a candidate, since setlists do not
    distinguish them.
    """
    rank = {track: number for number, track in reversed(list(enumerate(top_tracks, start=1)))}
    named: dict[str, RepertoireSong] = {}
    for song in songs:
        if song.offered and (key := song_key(song.title)):
            named.setdefault(key, song)
    return tuple(_offer(song, rank) for song in named.values())


def _offer(song: RepertoireSong, rank: Mapping[str, int]) -> Offer:
    key, face = song.key or "", song.face
    if face is None:
        return Offer(key=key, title=song.title, top_rank=rank.get(key))
    return Offer(
        key=key,
        title=song.title,
        spotify_id=face.spotify_id,
        popularity=song.popularity,
        top_rank=rank.get(face.spotify_id, rank.get(key)),
        album_id=face.album_spotify_id,
        album_name=face.album,
        is_album=face.album_type == "album",
        released_on=face.released_on,
        track=face.place,
    )


def catalogue_of(offers: Iterable[Offer], ruled: Mapping[str, str | None] | None = None) -> SongIndex:
    """Return the songs by key, as a catalogue in which setlists' names are looked up; `ruled` names take precedence."""
    return SongIndex((IndexedSong(id=offer.key, title=offer.title) for offer in offers), ruled)


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
    """Return the chances of a new album's songs: high for about the first `mass` of them, best known first."""
    return {
        offer.key: LIKELIEST_NEW / (1 + math.exp(rank - mass - 1))
        for rank, offer in enumerate(sorted(songs, key=appeal))
        if mass > 0
    }


@attrs.frozen
class ReleasedOffers:
    """The offers with a release on an album, by its day, so that those of a few months are found without the others."""

    days: Sequence[int]  # ordinals
    offers: Sequence[tuple[int, Offer]]  # with their places among all

    @classmethod
    def of(cls, offers: Iterable[Offer]) -> Self:
        """Sort offers by their release."""
        dated = [(one.released_on, n, one) for n, one in enumerate(offers) if one.is_album]
        found = [(day.toordinal(), n, one) for day, n, one in dated if day is not None]
        found.sort(key=lambda one: one[:2])
        return cls([day for day, _, _ in found], [(n, one) for _, n, one in found])

    def on(self, day: date) -> list[Offer]:
        """Return those whose album is new on a day, in the order of all offers."""
        number = day.toordinal()
        found = self.offers[bisect_left(self.days, number - NEW_ALBUM_DAYS) : bisect_right(self.days, number)]
        return [one for _, one in sorted(found, key=lambda one: one[0])]


def new_album_songs(
    offers: ReleasedOffers, played: Mapping[str, date], nights: Sequence[date], day: date
) -> tuple[tuple[Offer, ...], float]:
    """Return the unplayed songs of a recently released album, and the share of a set they are expected to fill.

    Args:
        offers: those of the catalogue.
        played: the last day of each song ever played.
        nights: the days of past concerts.
        day: the day of the coming concert.
    """
    albums: dict[str, list[Offer]] = {}
    for offer in offers.on(day):
        albums.setdefault(offer.album_id, []).append(offer)
    best: tuple[tuple[Offer, ...], float] = ((), 0.0)
    for songs in albums.values():
        released = songs[0].released_on or day
        since = [night for night in nights if night >= released]
        if any(played.get(offer.key, date.min) >= released for offer in songs) and since:
            continue  # the concerts since its release are better evidence than the release
        share = NEW_ALBUM_SHARE * 2 ** (-len(since) / NEW_ALBUM_HALF_LIFE)
        unplayed = tuple(offer for offer in songs if offer.key not in played)
        if unplayed and share > best[1]:
            best = unplayed, share
    return best
