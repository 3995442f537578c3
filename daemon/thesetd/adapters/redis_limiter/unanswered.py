"""Tracks slots of this node whose calls have no answer yet: any of them may arrive at the provider only now."""

import math
from collections.abc import Iterator

import attrs

from thesetd.domain.gate.limiter import TRANSIT_S, Slot, counted_from

CLOSE_S = 1e-6  # two moments this close are one
STEP_S = 0.3  # a slot may be late by this before it is moved: calls answered sooner cost nothing


@attrs.define
class _Call:
    """A slot as recorded, and the moment at which its call was sent."""

    slot: Slot
    sent: float


class Unanswered:
    """Determines the moments to which slots have to be moved."""

    def __init__(self) -> None:
        """Start without any."""
        self._calls: dict[str, _Call] = {}

    def reserved(self, slot: Slot) -> None:
        """Track a slot from now on."""
        if slot.key:
            self._calls[slot.key] = _Call(slot, slot.moment)

    def amended(self, slot: Slot, sent_at: float | None) -> Slot:
        """Note that a call left late, or was not made; return the slot as it was recorded."""
        if (call := self._calls.get(slot.key)) is None:
            return slot
        recorded = call.slot
        if sent_at is None:
            del self._calls[slot.key]
        else:
            call.slot, call.sent = attrs.evolve(recorded, moment=sent_at), sent_at
        return recorded

    def overdue(self, now: float) -> Iterator[tuple[Slot, float]]:
        """Yield the late slots, as they were recorded, and the moments to move them to."""
        for call in self._calls.values():
            moment = counted_from(call.sent, now)
            if moment - call.slot.moment >= STEP_S - CLOSE_S:
                recorded, call.slot = call.slot, attrs.evolve(call.slot, moment=moment)
                yield recorded, moment

    def overdue_at(self) -> float:
        """Return when the next slot becomes late; until then the others are valid. Infinity without calls."""
        return min((call.slot.moment + TRANSIT_S + STEP_S for call in self._calls.values()), default=math.inf)

    def answered(self, slot: Slot, arrived_by: float) -> tuple[Slot, float] | None:
        """Stop tracking a slot; return it as recorded and the moment to move it to, None if nothing changes."""
        if (call := self._calls.pop(slot.key, None)) is None:
            return None
        moment = counted_from(call.sent, arrived_by)
        return (call.slot, moment) if moment != call.slot.moment else None
