"""Detects hung nodes: those that still hold their name but whose beat counter has stopped.

Beats are counted, not dated, and the time is measured locally, so the clocks of two hosts are never compared.
"""

from collections.abc import Mapping

import attrs

PATIENCE_S = 30.0  # fifteen beats; longer than a database takes to restart


@attrs.define(kw_only=True)
class Watch:
    """Remembers when each node's beat counter last changed, in monotonic seconds."""

    patience_s: float = PATIENCE_S
    _moved: dict[str, tuple[int, float]] = attrs.field(factory=dict)

    def hung(self, beats: Mapping[str, int], now: float) -> tuple[str, ...]:
        """Return the nodes whose `beats` have not changed for too long; absent nodes are forgotten."""
        self._moved = {
            name: before if (before := self._moved.get(name)) and before[0] == count else (count, now)
            for name, count in beats.items()
        }
        return tuple(sorted(name for name, (_, moved) in self._moved.items() if now - moved >= self.patience_s))
