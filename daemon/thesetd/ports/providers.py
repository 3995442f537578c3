"""Defines what imports need from providers, as calls to be made; each call is one HTTP request, none is sent here."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Protocol, runtime_checkable

import attrs

from thesetd.domain.gate.calls import Call, Page
from thesetd.domain.identity.spaces import Space
from thesetd.domain.identity.statements import Record
from thesetd.domain.ids import ProviderName
from thesetd.domain.music.records import (
    ActualSetlist,
    Album,
    Artist,
    AudioFeatures,
    Recommendation,
    Reject,
    Show,
    Track,
    Venue,
)
from thesetd.domain.music.releases import Release
from thesetd.domain.shows.sweep import Ask


@attrs.frozen(kw_only=True)
class AlbumDetails:
    """An album with the first page of its songs; `more_songs` requests the rest, None if there is none.

    `rejects` are songs that cannot be stored.
    """

    album: Album
    songs: tuple[Track, ...]
    more_songs: Call[Page[Track]] | None = None
    rejects: tuple[Reject, ...] = ()


@attrs.frozen(kw_only=True)
class ShowDetails:
    """A show with its venue, if the answer held one, and the parts of it that cannot be used."""

    show: Show
    venue: Venue | None = None
    rejects: tuple[Reject, ...] = ()


@attrs.frozen(kw_only=True)
class SetlistDetails:
    """A past concert: the songs that were played, and the setlist's show and venue.

    `rejects` are songs that cannot be stored, if it was requested by its id; a list reports its own rejects.
    """

    setlist: ActualSetlist
    show: Show
    venue: Venue | None = None
    rejects: tuple[Reject, ...] = ()


@runtime_checkable
class Artists(Protocol):
    """A provider that knows artists."""

    @property
    def provider(self) -> ProviderName:
        """Return the provider's name, as in configuration and metrics."""
        ...

    @property
    def space(self) -> Space:
        """Return the space of its artist ids."""
        ...

    def search_artists(self, name: str) -> Call[Page[Artist]]:
        """Search by name, best first by the provider's own ranking, which must not be trusted."""
        ...

    def artist(self, provider_id: str) -> Call[Artist]:
        """Look one artist up by the provider's id."""
        ...

    def downgrade(self, capability: str) -> bool:
        """Note that `capability` is gone (`CapabilityGone`) and stop using it.

        Returns whether later calls work without it; False for a capability that is indispensable, and always if the
        provider offers the same to every client.
        """
        ...


@runtime_checkable
class Adaptive(Protocol):
    """A provider whose credentials differ in their capabilities, which are learned from refusals."""

    def remember(self) -> tuple[str, ...]:
        """Return the capabilities found to be gone, sorted; empty if the operator has configured them."""
        ...

    def probe(self, capability: str) -> Call[Any]:
        """Build a call that succeeds, or finds nothing, only if a capability from `remember` is back."""
        ...

    def restore(self, gone: Collection[str]) -> None:
        """Use everything except these from now on; this does nothing if the operator has configured capabilities."""
        ...


@runtime_checkable
class Catalog(Artists, Protocol):
    """A provider of albums and songs."""

    def artist_albums(self, artist_id: str) -> Sequence[Call[Page[Album]]]:
        """List the artist's own albums, singles and compilations: return first calls of lists, together complete."""
        ...

    def artists(self, artist_ids: Sequence[str]) -> Sequence[Call[tuple[Artist, ...]]]:
        """Look artists up in as few calls as the profile allows; unknown ones are missing from the answers."""
        ...

    def albums(self, album_ids: Sequence[str]) -> Sequence[Call[tuple[AlbumDetails, ...]]]:
        """Fetch albums with their songs in as few calls as the profile allows.

        If an answer lacks a requested album, the provider does not have it.
        """
        ...

    def top_songs(self, artist_id: str) -> Call[tuple[Track, ...]] | None:
        """Request the best-known songs, with their popularity; None if the profile has no such endpoint."""
        ...

    def popularity(self, track_ids: Sequence[str]) -> Sequence[Call[tuple[Track, ...]]]:
        """Request these tracks with their popularity; no calls if the profile would need one for each."""
        ...


@runtime_checkable
class Listens(Artists, Protocol):
    """A provider of track analyses and recommendations, for applications that still have access."""

    @property
    def refused_because(self) -> str:
        """Return why it refuses both to some applications."""
        ...

    def recommendations(self, artist_id: str, limit: int = 20) -> Sequence[Call[tuple[Recommendation, ...]]]:
        """Request tracks similar to an artist's; no call if the profile has no such endpoint."""
        ...

    def audio_features(self, song_ids: Sequence[str]) -> Sequence[Call[tuple[AudioFeatures, ...]]]:
        """Request analyses of tracks, in as few calls as the profile allows; no calls if it has no such endpoint."""
        ...


@runtime_checkable
class Shows(Artists, Protocol):
    """A provider of coming concerts."""

    def artists(self, artist_ids: Sequence[str]) -> Sequence[Call[tuple[Artist, ...]]]:
        """Look artists up in as few calls as possible; unknown ones are missing from the answers."""
        ...

    def artist_shows(
        self, artist_id: str, since: datetime, together: Collection[str] = ()
    ) -> Sequence[Call[Page[ShowDetails]]]:
        """List the artist's shows from `since` (aware UTC) on: return the first calls of lists, together complete.

        The lists of all ids in `together` are the same calls, which differ only in whose shows are taken from them.
        """
        ...

    def show(self, show_id: str) -> Call[ShowDetails]:
        """Look one show up by the provider's id; NotFound means that it no longer exists."""
        ...


@runtime_checkable
class Windows(Protocol):
    """A provider that lists the shows of a period, for all acts, sorted by id."""

    @property
    def countries(self) -> tuple[str, ...]:
        """Return the countries (two-letter ISO codes) whose shows are wanted."""
        ...

    def window(self, ask: Ask, artist_id: str = "") -> Call[Page[ShowDetails]]:
        """Request one page of a window, for one artist or all; its `next` must not be followed."""
        ...

    def undated(self) -> Sequence[Call[Page[ShowDetails]]]:
        """List the shows without a date, for all acts: no window holds them."""
        ...


@runtime_checkable
class SweptShows(Shows, Windows, Protocol):
    """A provider of shows that also lists them by date."""


@runtime_checkable
class Setlists(Artists, Protocol):
    """A provider of past setlists."""

    def artist_setlists(self, artist_id: str, page: int = 1) -> Call[Page[SetlistDetails]]:
        """List the artist's setlists from a page of the list on, newest first, including future ones."""
        ...

    def edited_setlists(self, artist_id: str, since: datetime) -> Call[Page[SetlistDetails]]:
        """List those of the artist's setlists that were edited since a moment (aware UTC), new ones among them.

        Deleted ones, and those that now belong to another artist, are not among them.
        """
        ...

    def setlist(self, setlist_id: str) -> Call[SetlistDetails]:
        """Look one setlist up by its id."""
        ...


@runtime_checkable
class Identities(Artists, Protocol):
    """A provider that knows an artist's ids elsewhere, and its discography."""

    def described(self, artist_id: str) -> Call[tuple[Record, ...]]:
        """Look one artist up, with its names and links; for a merged id, return both ids."""
        ...

    def linked(self, addresses: Sequence[str]) -> Call[tuple[Record, ...]]:
        """Look up the artists linked with any of these addresses, each once."""
        ...

    def releases(self, artist_id: str) -> Call[Page[Release]]:
        """List the artist's releases, in no particular order."""
        ...


class Role(Enum):
    """What a provider can supply. The registry states each provider's roles; jobs use every client of a role."""

    CATALOG = "catalog"
    SHOWS = "shows"
    SETLISTS = "setlists"
    IDENTITY = "identity"


@attrs.frozen(kw_only=True)
class Providers:
    """The clients of each role, in the order of the registry; the fields are the values of `Role`."""

    catalog: tuple[Catalog, ...] = ()
    shows: tuple[Shows, ...] = ()
    setlists: tuple[Setlists, ...] = ()
    identity: tuple[Identities, ...] = ()

    @classmethod
    def in_roles(cls, clients: Iterable[tuple[Any, Collection[Role]]]) -> "Providers":
        """Group clients by the roles that each of them has."""
        every = tuple(clients)
        return cls(**{role.value: tuple(client for client, roles in every if role in roles) for role in Role})

    @property
    def lead(self) -> Catalog:
        """The catalogue whose artists are imported and whose songs are offered for voting."""
        return self.catalog[0]

    def speaking(self, space: Space) -> Iterator[Artists]:
        """Return the clients that use artist ids of a space, each once."""
        return (client for client in self.every() if client.space == space)

    def every(self) -> tuple[Artists, ...]:
        """Return every client once, in the order of the roles."""
        inside: dict[ProviderName, Artists] = {}
        for role in Role:
            for client in getattr(self, role.value):
                inside.setdefault(client.provider, client)
        return tuple(inside.values())
