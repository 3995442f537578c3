"""What the import asks of providers, as requests to send; each call is one HTTP request, none is made here."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    """An album with the first page of its songs; `more_songs` asks for the rest, None when that is all.

    `rejects` are songs that cannot be stored.
    """

    album: Album
    songs: tuple[Track, ...]
    more_songs: Call[Page[Track]] | None = None
    rejects: tuple[Reject, ...] = ()


@attrs.frozen(kw_only=True)
class ShowDetails:
    """A show with the venue it names, where the answer held one, and what of it cannot be used."""

    show: Show
    venue: Venue | None = None
    rejects: tuple[Reject, ...] = ()


@attrs.frozen(kw_only=True)
class SetlistDetails:
    """A past concert: what was played, and the show and venue that the setlist speaks of.

    `rejects` are songs that cannot be stored, where it was asked for by its id; a list tells them itself.
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
        """Name the provider, as in configuration and metrics."""
        ...

    @property
    def space(self) -> Space:
        """Name the space of the ids that it calls artists by."""
        ...

    def search_artists(self, name: str) -> Call[Page[Artist]]:
        """Search by name, best first by the provider's own idea, which must not be trusted."""
        ...

    def artist(self, provider_id: str) -> Call[Artist]:
        """Look one artist up by the provider's id."""
        ...

    def downgrade(self, capability: str) -> bool:
        """Note that `capability` is gone (`CapabilityGone`) and stop counting on it.

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
        """Count on everything but these from now on; nothing happens if the operator has said what to count on."""
        ...


@runtime_checkable
class Catalog(Artists, Protocol):
    """A provider of albums and songs."""

    def artist_albums(self, artist_id: str) -> Sequence[Call[Page[Album]]]:
        """List the artist's own albums, singles and compilations: the lists to page, together complete."""
        ...

    def artists(self, artist_ids: Sequence[str]) -> Sequence[Call[tuple[Artist, ...]]]:
        """Look artists up in as few calls as the profile allows; unknown ones are missing in the answers."""
        ...

    def albums(self, album_ids: Sequence[str]) -> Sequence[Call[tuple[AlbumDetails, ...]]]:
        """Fetch albums with their songs in as few calls as the profile allows.

        An answer without an album that was asked for means that the provider does not have it.
        """
        ...

    def popular_songs(self, artist_id: str, track_ids: Sequence[str]) -> Sequence[Call[tuple[Track, ...]]]:
        """Ask which songs people know best: the top ones, or how popular these tracks are; no calls if neither is told.

        Tracks come with their popularity.
        """
        ...


@runtime_checkable
class Listens(Artists, Protocol):
    """A provider that tells what tracks sound like and which are like an artist's, to those it still lets ask."""

    @property
    def refused_because(self) -> str:
        """Return why it refuses both to some applications."""
        ...

    def recommendations(self, artist_id: str, limit: int = 20) -> Sequence[Call[tuple[Recommendation, ...]]]:
        """Ask for tracks like an artist's; no call if the profile has no such endpoint."""
        ...

    def audio_features(self, song_ids: Sequence[str]) -> Sequence[Call[tuple[AudioFeatures, ...]]]:
        """Ask what tracks sound like, in as few calls as the profile allows; no calls if it has no such endpoint."""
        ...


@runtime_checkable
class Shows(Artists, Protocol):
    """A provider of coming concerts."""

    def artist_shows(self, artist_id: str, since: datetime) -> Sequence[Call[Page[ShowDetails]]]:
        """List the artist's shows that start at or after `since` (aware UTC): the lists to page, together complete."""
        ...

    def show(self, show_id: str) -> Call[ShowDetails]:
        """Look one show up by the provider's id; NotFound says that there is none any more."""
        ...


@runtime_checkable
class Windows(Protocol):
    """A provider that lists the shows of a stretch of time, whoever plays, sorted by id."""

    @property
    def countries(self) -> tuple[str, ...]:
        """Name the countries (ISO codes of two letters) whose shows are wanted."""
        ...

    def window(self, ask: Ask, artist_id: str = "") -> Call[Page[ShowDetails]]:
        """Ask for one page of a window, of one artist or of all; its `next` is not to be followed."""
        ...

    def undated(self) -> Sequence[Call[Page[ShowDetails]]]:
        """List the shows without a date, whoever plays: no window holds them."""
        ...


@runtime_checkable
class SweptShows(Shows, Windows, Protocol):
    """A provider of shows that lists them by dates as well."""


@runtime_checkable
class Setlists(Artists, Protocol):
    """A provider of what was played."""

    def artist_setlists(self, artist_id: str, page: int = 1) -> Call[Page[SetlistDetails]]:
        """List the artist's setlists from a page of the list on, newest first, future ones included."""
        ...

    def setlist(self, setlist_id: str) -> Call[SetlistDetails]:
        """Look one setlist up by its id."""
        ...


@runtime_checkable
class Identities(Artists, Protocol):
    """A provider that knows what others call an artist, and its discography."""

    def described(self, artist_id: str) -> Call[tuple[Record, ...]]:
        """Look one artist up, with its names and links; of an id that was merged, both are told."""
        ...

    def linked(self, addresses: Sequence[str]) -> Call[tuple[Record, ...]]:
        """Look up the artists that are linked with any of these addresses, each once."""
        ...

    def releases(self, artist_id: str) -> Call[Page[Release]]:
        """List the artist's releases, in no particular order."""
        ...


class Role(Enum):
    """What a provider can bring. A registered provider says which; jobs ask every client of a role."""

    CATALOG = "catalog"
    SHOWS = "shows"
    SETLISTS = "setlists"
    IDENTITY = "identity"


PROTOCOLS: Mapping[Role, type] = {
    Role.CATALOG: Catalog,
    Role.SHOWS: Shows,
    Role.SETLISTS: Setlists,
    Role.IDENTITY: Identities,
}


@attrs.frozen(kw_only=True)
class Providers:
    """The clients of each role, in the order of the registry; the fields are the values of `Role`."""

    catalog: tuple[Catalog, ...] = ()
    shows: tuple[Shows, ...] = ()
    setlists: tuple[Setlists, ...] = ()
    identity: tuple[Identities, ...] = ()

    @classmethod
    def in_roles(cls, clients: Iterable[tuple[Any, Collection[Role]]]) -> "Providers":
        """Sort clients into the roles that each of them has."""
        every = tuple(clients)
        return cls(**{role.value: tuple(client for client, roles in every if role in roles) for role in Role})

    @property
    def lead(self) -> Catalog:
        """The catalogue whose artists are imported: people vote on its songs."""
        return self.catalog[0]

    def speaking(self, space: Space) -> Iterator[Artists]:
        """Return the clients that call artists by ids of a space, each once."""
        return (client for client in self.every() if client.space == space)

    def every(self) -> tuple[Artists, ...]:
        """Return every client once, in the order of the roles."""
        inside: dict[ProviderName, Artists] = {}
        for role in Role:
            for client in getattr(self, role.value):
                inside.setdefault(client.provider, client)
        return tuple(inside.values())
