"""One node's memory of recent reservations: its own, and those that it found in the log when it joined."""

import math
from collections.abc import Mapping
from typing import Any

import attrs

from thesetd.adapters.redis_limiter.log import US
from thesetd.domain.gate.limiter import Slot


class SlotMemory:
    """Slots of this node and units of others, as far back as a short window reaches; moments are on this node's clock.

    A slot that was moved or returned is amended here, and sent to the log until the log has answered.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._own: dict[str, Slot] = {}
        self._found: dict[str, float] = {}
        self._moved: dict[str, Slot] = {}
        self._freed: dict[str, Slot] = {}

    @property
    def own(self) -> tuple[Slot, ...]:
        """Return this node's reservations."""
        return tuple(self._own.values())

    @property
    def latest(self) -> float:
        """Return the moment of the latest slot that would be submitted."""
        own = max((slot.moment for slot in self._own.values()), default=-math.inf)
        return max(own, max(self._found.values(), default=-math.inf))

    def keep(self, slot: Slot, oldest: float) -> None:
        """Store a slot of this node, and delete slots before the oldest moment."""
        self._own[slot.key] = slot
        if next(iter(self._own.values())).moment < oldest:
            self._own, self._moved, self._freed = (
                _since(oldest, kept) for kept in (self._own, self._moved, self._freed)
            )

    def found(self, units: Mapping[str, float], oldest: float) -> None:
        """Store the content of a complete log."""
        self._found = {unit: moment for unit, moment in (self._found | dict(units)).items() if moment >= oldest}

    def amend(self, slot: Slot, sent_at: float | None) -> None:
        """Move a slot of this node, or return it."""
        if sent_at is None:
            self._own.pop(slot.key, None)
            self._moved.pop(slot.key, None)
            self._freed[slot.key] = slot
        else:
            self._moved[slot.key] = moved = attrs.evolve(slot, moment=sent_at)
            if slot.key in self._own:
                self._own[slot.key] = moved

    def unconfirmed(self, now: float) -> dict[str, Any]:
        """Return the amended slots that the log has not received, if there are any."""
        if not self._moved and not self._freed:
            return {}
        return {
            "moved": [[slot.key, slot.cost, round((slot.moment - now) * US)] for slot in self._moved.values()],
            "freed": [[slot.key, slot.cost] for slot in self._freed.values()],
        }

    def confirm(self, question: Mapping[str, Any]) -> None:
        """Note that the log has answered a query with these amendments."""
        for key, *_ in question.get("freed", ()):
            self._freed.pop(key, None)
        for key, *_ in question.get("moved", ()):
            self._moved.pop(key, None)

    def handed_in(self, now: float, oldest: float) -> dict[str, Any]:
        """Return everything, for a log that may lack it."""
        own = _since(oldest, self._own).values()
        found = {unit: moment for unit, moment in self._found.items() if moment >= oldest}
        return {
            "grants": [[slot.key, round((slot.moment - now) * US), slot.cost] for slot in own],
            "found": [[unit, round((moment - now) * US)] for unit, moment in found.items()],
        }


def _since(oldest: float, slots: Mapping[str, Slot]) -> dict[str, Slot]:
    return {key: slot for key, slot in slots.items() if slot.moment >= oldest}
