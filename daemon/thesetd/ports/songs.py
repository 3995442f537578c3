"""What people look up and decide about songs and setlists."""

from typing import Protocol

from thesetd.domain.music.edits import Edit, Edited, SongView
from thesetd.domain.work.batches import Accepted


class SongStore(Protocol):
    """Where songs are looked up."""

    async def find_songs(self, what: str) -> tuple[SongView, ...]:
        """Give the song of an id or of a Spotify track, with its tracks; or all songs of an artist's slug, without."""
        ...


class SongDesk(Protocol):
    """What an operator asks and decides. Each raises StoreUnavailable while the database is away."""

    async def songs(self, what: str) -> tuple[SongView, ...]:
        """Look songs up; see `SongStore`."""
        ...

    async def edit(self, edit: Edit) -> Edited:
        """Carry out a decision and say what came of it."""
        ...

    async def reclassify(self) -> Accepted:
        """Have every artist's songs derived anew from what is stored; a job does it, without any call."""
        ...
