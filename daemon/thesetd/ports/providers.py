"""What the import asks of providers, as requests to send; each call is one HTTP request, none is made here."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

import attrs

from thesetd.domain.gate.calls import Call, Page
from thesetd.domain.ids import ProviderName
from thesetd.domain.music.records import ActualSetlist, Album, Artist, Reject, Show, Song, Venue


@attrs.frozen(kw_only=True)
class AlbumDetails:
    """An album with the first page of its songs; `more_songs` asks for the rest, None when that is all."""

    album: Album
    songs: tuple[Song, ...]
    more_songs: Call[Page[Song]] | None = None


@attrs.frozen(kw_only=True)
class ShowDetails:
    """A show with the venue it names, where the answer held one, and what of it cannot be used."""

    show: Show
    venue: Venue | None = None
    rejects: tuple[Reject, ...] = ()


@attrs.frozen(kw_only=True)
class SetlistDetails:
    """A past concert: what was played, and the show and venue that the setlist speaks of."""

    setlist: ActualSetlist
    show: Show
    venue: Venue | None = None


class Artists(Protocol):
    """A provider that knows artists."""

    @property
    def provider(self) -> ProviderName:
        """Name the provider, as in configuration and metrics."""
        ...

    def search_artists(self, name: str) -> Call[Page[Artist]]:
        """Search by name, best first by the provider's own idea, which must not be trusted."""
        ...

    def artist(self, provider_id: str) -> Call[Artist]:
        """Look one artist up by the provider's id."""
        ...

    def downgrade(self, capability: str) -> bool:
        """Hear that `capability` is gone (`CapabilityGone`) and stop counting on it.

        Returns whether calls planned from now on do without it; False for what the provider cannot do without, and
        always where a provider offers the same to everybody.
        """
        ...


@runtime_checkable
class Adaptive(Protocol):
    """A provider whose credentials differ in what they may do, and that finds out by being refused."""

    def remember(self) -> tuple[str, ...]:
        """Name what was found to be gone, sorted; nothing where the operator has said what to count on."""
        ...

    def probe(self, capability: str) -> Call[Any]:
        """Build a call that succeeds, or finds nothing, only where a capability that `remember` named is back."""
        ...

    def restore(self, gone: Collection[str]) -> None:
        """Count on everything but these from now on; nothing happens where the operator has said what to count on."""
        ...


class Catalog(Artists, Protocol):
    """A provider of albums and songs."""

    def artist_albums(self, artist_id: str) -> Sequence[Call[Page[Album]]]:
        """List the artist's own albums, singles and compilations: the lists to page, together complete."""
        ...

    def albums(self, album_ids: Sequence[str]) -> Sequence[Call[tuple[AlbumDetails, ...]]]:
        """Fetch albums with their songs in as few calls as the profile allows.

        An answer without an album that was asked for means that the provider does not have it.
        """
        ...

    def top_songs(self, artist_id: str) -> Call[tuple[Song, ...]] | None:
        """Ask for the most popular songs now; None where the profile has no such endpoint."""
        ...


class Shows(Artists, Protocol):
    """A provider of coming concerts."""

    def artist_shows(self, artist_id: str, since: datetime) -> Sequence[Call[Page[ShowDetails]]]:
        """List the artist's shows that start at or after `since` (aware UTC): the lists to page, together complete."""
        ...


class Setlists(Artists, Protocol):
    """A provider of what was played."""

    def artist_setlists(self, mbid: str) -> Call[Page[SetlistDetails]]:
        """List the artist's setlists, newest first, future ones included."""
        ...
