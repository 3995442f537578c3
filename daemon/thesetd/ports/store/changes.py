"""The change feed: committed changes are numbered once, and read by number."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from thesetd.domain.changes import ChangeKind, Changes
from thesetd.domain.ids import Seq


class ChangeStore(Protocol):
    """What changed in the catalogue."""

    async def publish_changes(self, *, now: datetime) -> Seq:
        """Number new committed changes, notify listeners in the database, and return the last number.

        Any number of nodes may do so concurrently; each change gets one number, and numbers follow commit order.
        """
        ...

    async def changes_after(self, *, since: Seq | None, kinds: Collection[ChangeKind] = (), limit: int) -> Changes:
        """Return published changes after a number, in order; None begins with the oldest one kept.

        If the numbers after `since` are not all kept, or the feed has not reached it, the page is empty and does not
        reach `since`.
        """
        ...
