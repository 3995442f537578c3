"""Defines what a world must provide for MusicBrainz; the synthetic and the recorded world both do.

Bodies are MusicBrainz's own JSON without paging.
"""

from collections.abc import Sequence
from typing import Protocol

from thesetd.sandbox.listing import Json


class MusicBrainzSource(Protocol):
    """Artists with their links, and their release groups."""

    def artists(self) -> Sequence[Json]:
        """Return every artist's body, with aliases and relations."""
        ...

    def artist(self, mbid: str) -> Json | None:
        """Return an artist's body, for a merged id the survivor's, None if there is none."""
        ...

    def groups(self, mbid: str) -> Sequence[Json]:
        """Return the release groups of an artist."""
        ...
