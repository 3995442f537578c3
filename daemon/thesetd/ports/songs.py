"""Looks up songs and setlists, and takes operators' decisions about them."""

from typing import Protocol

from thesetd.domain.music.edits import Edit, Edited, SongView
from thesetd.domain.setlists.views import PredictionScore, Review
from thesetd.domain.work.accepted import Accepted


class SongStore(Protocol):
    """Looks up songs."""

    async def find_songs(self, what: str) -> tuple[SongView, ...]:
        """Return the song of an id or a Spotify track, with its tracks.

        Or all songs of an artist's slug, without tracks.
        """
        ...


class ReviewStore(Protocol):
    """Uncertain matches, and the scores of predictions."""

    async def reviews(self, *, limit: int) -> tuple[Review, ...]:
        """List uncertain pages of setlist.fm, the latest first, then uncertain names; `limit` of each."""
        ...

    async def scores(self, slug: str | None, *, limit: int) -> tuple[PredictionScore, ...]:
        """Return the scores of predictions: of all and of the artists with most, or of one artist."""
        ...


class SongDesk(Protocol):
    """Operators' queries and decisions. Each method raises StoreUnavailable while the database is unavailable."""

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
        """List uncertain pages and names; see `ReviewStore`."""
        ...

    async def scores(self, slug: str | None, *, limit: int) -> tuple[PredictionScore, ...]:
        """Return the scores of predictions; see `ReviewStore`."""
        ...
