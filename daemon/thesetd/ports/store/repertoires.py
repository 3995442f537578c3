"""Reads the data that predictions are made of."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

import attrs

from thesetd.domain.ids import ProviderName
from thesetd.domain.music.records import ActualSetlist, Album, ReadList, Show, Track
from thesetd.domain.music.repertoire import RepertoireSong
from thesetd.domain.prediction.foreseen import Foreseen
from thesetd.domain.shows.sweep import SweepWindow


@attrs.frozen(kw_only=True)
class Repertoire:
    """The data of a prediction: an artist's songs, latest setlists (newest first) and coming shows.

    Songs include those that are not offered, or merged into others. `supporting` holds provider and id of the coming
    shows at which another act is the headliner. `ruled` are operators' decisions about names in setlists: the song's
    key by the name's key, None if it is not a song.
    """

    songs: tuple[RepertoireSong, ...]
    setlists: tuple[ActualSetlist, ...]
    coming: tuple[Show, ...]
    supporting: frozenset[tuple[ProviderName, str]] = frozenset()
    ruled: Mapping[str, str | None] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class StoredCatalogue:
    """An artist's albums, and the tracks that are on them or credited to the artist, in order of release.

    `songs_on` is the number of tracks of each album: 0 of one that is listed and has none.
    """

    albums: tuple[Album, ...]
    tracks: tuple[Track, ...] = ()
    songs_on: Counter[str] = attrs.field(factory=Counter)


class ForecastStore(Protocol):
    """Tells whether predictions would be the same again."""

    async def foreseen(self, artist_id: UUID, *, now: datetime) -> Foreseen:
        """Return a digest that differs if anything in the artist's repertoire does, and one of the stored setlists.

        Only setlists of the artist's coming shows count.
        """
        ...


class RepertoireStore(Protocol):
    """The stored data that the importer reads."""

    async def catalogue(
        self, artist_id: UUID, *, tracks: bool = True, only: Collection[str] | None = None
    ) -> StoredCatalogue:
        """Return the stored albums and tracks of an artist; without `tracks` only how many each album has.

        With `only`, just those of the tracks that have these ids are returned and counted, without any album.
        """
        ...

    async def lists(self, ids: Collection[UUID]) -> Mapping[UUID, ReadList]:
        """Return the stored state of these lists; lists that were never read are left out."""
        ...

    async def artists_with_tracks(self, *, after: UUID | None, limit: int) -> tuple[UUID, ...]:
        """List artists that tracks are credited to, ordered by id, after the given one."""
        ...

    async def repertoire(self, artist_id: UUID, *, now: datetime) -> Repertoire:
        """Return the repertoire of an artist; `coming` are its coming shows at their venues, without add-ons."""
        ...

    async def announced(
        self,
        about: UUID | SweepWindow | None,
        provider: ProviderName,
        *,
        now: datetime,
        countries: Collection[str] = (),
    ) -> Mapping[str, datetime | None]:
        """Return the provider's ids of active shows, with the times at which they begin, if known.

        They are those of an artist, those of a window, or all without a date.

        An artist's shows are those from the day before on, or without a day. Others are in the window's country or in
        the given ones. Shows that a list lacked and that were requested by id lately are left out: for `UNLISTED_AGE`,
        and up to `LONGEST_UNLISTED` if the answers stay the same. Of the others, those never requested come first, then
        the one requested longest ago.
        """
        ...
