"""Serves recorded MusicBrainz bodies: every artist in them, with its links and the recorded part of its discography."""

from collections.abc import Sequence
from pathlib import Path

from thesetd.sandbox.listing import Json
from thesetd.sandbox.recorded.files import bodies


class RecordedMusicBrainz:
    """A `MusicBrainzSource` over the folder of recorded bodies; the body with most keys counts for an artist."""

    def __init__(self, folder: Path) -> None:
        self._artists: dict[str, Json] = {}
        for _, body in sorted(bodies(folder / "artist"), key=lambda named: len(named[1])):
            self._artists[body["id"]] = {"aliases": [], "relations": [], **self._artists.get(body["id"], {}), **body}

    def artists(self) -> Sequence[Json]:
        """See `MusicBrainzSource.artists`."""
        return list(self._artists.values())

    def artist(self, mbid: str) -> Json | None:
        """See `MusicBrainzSource.artist`."""
        return self._artists.get(mbid)

    def groups(self, mbid: str) -> Sequence[Json]:
        """See `MusicBrainzSource.groups`."""
        groups: Sequence[Json] = self._artists.get(mbid, {}).get("release-groups", [])
        return groups
