"""Remembers what the last predictions of artists were made of: from the same, they would be the same again.

They are made again, too, if what is stored of them is not what was stored then: another node may have predicted in the
meantime, and a setlist that is no longer locked takes all of a prediction.
"""

from uuid import UUID

import attrs

MOST = 20_000  # artists that are remembered: a few megabytes


@attrs.frozen
class Foreseen:
    """Predictions of an artist's coming shows: digests of what they are made of and of what is stored, and how many."""

    inputs: str
    stored: str
    setlists: int


@attrs.frozen
class MadePredictions:
    """The last predictions of an artist, and of how many studio songs they were made."""

    foreseen: Foreseen
    songs: int


@attrs.define
class LastPredictions:
    """The last predictions of each artist, made by this process; of too many, the oldest are forgotten."""

    most: int = MOST
    _kept: dict[UUID, MadePredictions] = attrs.field(factory=dict)

    def of(self, artist: UUID) -> MadePredictions | None:
        """Return the last predictions of an artist."""
        return self._kept.get(artist)

    def keep(self, artist: UUID, made: MadePredictions) -> None:
        """Remember predictions."""
        self._kept.pop(artist, None)
        self._kept[artist] = made
        if len(self._kept) > self.most:
            del self._kept[next(iter(self._kept))]
