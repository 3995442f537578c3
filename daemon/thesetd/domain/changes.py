"""Defines the change feed's documents: what changed in the catalogue, numbered without gaps in commit order."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import attrs

from thesetd.domain.documents import Says
from thesetd.domain.ids import JobId, Seq

KEPT_DAYS = 30  # a reader may be absent for this long


class ChangeKind(Enum):
    """What a change is about."""

    ARTIST = "artist"
    SHOW = "show"
    SETLIST = "setlist"
    PREDICTION = "prediction"
    IDENTITY = "identity"


class ChangeAction(Enum):
    """What happened to the row."""

    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"


@attrs.frozen(kw_only=True)
class CatalogueChange:
    """What one transaction changed about one row."""

    seq: Annotated[Seq, Says("Gapless and rising, in the order of commits.")]
    kind: Annotated[ChangeKind, Says("What it is about.", example="show")]
    action: Annotated[ChangeAction, Says("What happened to the row.", example="changed")]
    table: Annotated[str, Says("The table of the row.", example="shows")]
    id: Annotated[UUID, Says("The row's id.")]
    artist_id: Annotated[UUID | None, Says("The artist that it belongs to; of a show the headliner.")]
    changed: Annotated[
        tuple[str, ...],
        Says("The columns that changed; `songs`, `bill` and `ids` are parts of the row.", example=["status"]),
    ]
    before: Annotated[
        Mapping[str, Any], Says("Their values before; long ones are left out.", example={"status": "scheduled"})
    ]
    after: Annotated[
        Mapping[str, Any], Says("Their values after; long ones are left out.", example={"status": "cancelled"})
    ]
    job_id: Annotated[JobId | None, Says("The job that changed it; null if no job did.")]
    at: Annotated[datetime, Says("When it was published.")]


@attrs.frozen(kw_only=True)
class Changes:
    """Changes, ordered by number."""

    changes: tuple[CatalogueChange, ...]
    next: Annotated[Seq, Says("Pass it as `since` to get the next page.", example=41)]
    last: Annotated[Seq, Says("The feed's last number.", example=41)]
    oldest: Annotated[Seq, Says("The number of the oldest change that is kept.")]

    def reaches(self, since: Seq) -> bool:
        """Return whether the number is within the feed, and all changes after it are still kept."""
        return self.oldest - 1 <= since <= self.last
