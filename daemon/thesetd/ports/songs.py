"""What people look up and decide about songs and setlists."""

from typing import Protocol

from thesetd.domain.music.edits import Edit, Edited, SongView
from thesetd.domain.setlists.views import PredictionScore, Review
from thesetd.domain.work.accepted import Accepted


class SongStore(Protocol):
    """Where songs are looked up."""

    async def find_songs(self, what: str) -> tuple[SongView, ...]:
        """Return the song of an id or a Spotify track, with its tracks; or all songs of an artist's slug, without."""
        ...


class ReviewStore(Protocol):
    """What is not certain, and how good predictions were."""

    async def reviews(self, *, limit: int) -> tuple[Review, ...]:
        """List what is not certain: pages of setlist.fm, the latest first, then names; `limit` of each."""
        ...

    async def scores(self, slug: str | None, *, limit: int) -> tuple[PredictionScore, ...]:
        """Return how good predictions were: of all and of the artists with most, or of one artist."""
        ...


class SongDesk(Protocol):
    """What an operator asks and decides. Each raises StoreUnavailable while the database is away."""

    async def songs(self, what: str) -> tuple[SongView, ...]:
        """Look songs up; see `SongStore`."""
        ...

    async def edit(self, edit: Edit) -> Edited:
        """Carry out a decision and return the outcome."""
        ...

    async def reclassify(self) -> Accepted:
        """Enqueue a job that derives every artist's songs again from stored rows, without calls."""
        ...

    async def reviews(self, *, limit: int) -> tuple[Review, ...]:
        """List what is not certain; see `ReviewStore`."""
        ...

    async def scores(self, slug: str | None, *, limit: int) -> tuple[PredictionScore, ...]:
        """Return how good predictions were; see `SongStore`."""
        ...
