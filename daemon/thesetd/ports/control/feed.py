"""Reads changes as they are published."""

from collections.abc import Collection
from typing import Protocol

from thesetd.domain.changes import ChangeKind, Changes
from thesetd.domain.ids import Seq


class Feed(Protocol):
    """The change feed of a running daemon."""

    async def changes(self, *, since: Seq | None, kinds: Collection[ChangeKind] = (), limit: int) -> Changes:
        """Return published changes; see `thesetd.ports.store.ChangeStore`."""
        ...

    async def news(self, since: Seq) -> Seq | None:
        """Wait until a change after this number is published; return the last number, None if the daemon stops."""
        ...
