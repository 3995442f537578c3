"""What a prediction is made of."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

import attrs

from thesetd.domain.ids import ProviderName
from thesetd.domain.music.records import ActualSetlist, Album, ReadList, Show, Track
from thesetd.domain.music.repertoire import RepertoireSong
from thesetd.domain.shows.sweep import SweepWindow


@attrs.frozen(kw_only=True)
class Repertoire:
    """What a prediction is made of: an artist's songs, latest setlists (newest first) and coming shows.

    Songs include those that are not offered, or merged into others. `supporting` holds provider and id of the coming
    shows at which another act is the headliner. `ruled` is what people decided about names in setlists: the key of a
    song by the name's, None for a name that is no song.
    """

    songs: tuple[RepertoireSong, ...]
    setlists: tuple[ActualSetlist, ...]
    coming: tuple[Show, ...]
    supporting: frozenset[tuple[ProviderName, str]] = frozenset()
    ruled: Mapping[str, str | None] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class StoredCatalogue:
    """An artist's albums, and the tracks that are on them or credited to the artist, in order of release."""

    albums: tuple[Album, ...]
    tracks: tuple[Track, ...]

    @property
    def songs_on(self) -> Counter[str]:
        """Return how many of the tracks each album has."""
        return Counter(track.album_spotify_id for track in self.tracks)


class RepertoireStore(Protocol):
    """What the importer reads back."""

    async def catalogue(self, artist_id: UUID) -> StoredCatalogue:
        """Return the stored albums and tracks of an artist."""
        ...

    async def lists(self, ids: Collection[UUID]) -> Mapping[UUID, ReadList]:
        """Return what is known about these lists; lists that were never read are left out."""
        ...

    async def artists_with_tracks(self, *, after: UUID | None, limit: int) -> tuple[UUID, ...]:
        """List artists that tracks are credited to, in order of their ids, behind that one."""
        ...

    async def repertoire(self, artist_id: UUID, *, now: datetime) -> Repertoire:
        """Return what is stored of an artist; `coming` are its coming shows at their venues, without add-ons."""
        ...

    async def announced(
        self,
        about: UUID | SweepWindow | None,
        provider: ProviderName,
        *,
        now: datetime,
        countries: Collection[str] = (),
    ) -> Mapping[str, datetime | None]:
        """Return the provider's ids of shows that are on, with the moments at which they begin, where these are known.

        They are an artist's, those of a window, or all without a date.

        An artist's are those from the day before on, or without a day. Others are at the window's country or these.
        Left out are those that a list lacked and that were asked for by their ids in the last `UNLISTED_AGE`; of the
        others those come first that were not asked for, then the one that was asked for longest ago.
        """
        ...
