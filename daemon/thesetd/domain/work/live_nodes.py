"""Tracks which nodes of a database are alive, by their beats; nodes divide a limit by it while Redis is unavailable.

A name counts for a while after it was last seen alive: the node's calls count that long too, and while the database
restarts no node holds its name. While the database is unavailable no node is forgotten, because it may still be alive.
"""

from collections.abc import Iterable

import attrs

NEWS_S = 6.0  # three beats: by then every node knows of a node that started or stopped
LINGER_S = 15.0  # longer than nodes take to reclaim their names after a restart of the database
KEPT_S = 3600.0


@attrs.define
class LiveNodes:
    """Remembers when each node was last seen alive, in monotonic seconds."""

    _seen: dict[str, float] = attrs.field(factory=dict)
    _heard_at: float | None = None

    def heard(self, names: Iterable[str], now: float) -> None:
        """Record the names that are held now."""
        self._heard_at = now
        self._seen |= dict.fromkeys(names, now)
        self._seen = {name: at for name, at in self._seen.items() if at >= now - KEPT_S}

    def within(self, seconds: float) -> frozenset[str] | None:
        """Return the nodes that were alive within this many seconds before the last beat, None before the first."""
        if self._heard_at is None:
            return None
        oldest = self._heard_at - seconds
        return frozenset(name for name, at in self._seen.items() if at >= oldest)
