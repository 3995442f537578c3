"""Quarantine: a job whose nodes kept crashing runs alone on a free node, as a table of states and events.

If it crashes its node again, no other job is blamed, and its own count decides when to give up. It is cleared as soon
as it gets further than those nodes did: from then on it is a job like any other. The state machine decides what the
importer does next; it makes no requests and claims no jobs itself.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

import attrs

from thesetd.domain.ids import JobId

ALONE_S = 30.0  # a suspect that has neither crashed nor got further by then continues, and other jobs run again


class QuarantineState(Enum):
    """The states: what this node knows of suspects."""

    QUIET = "quiet"  # no suspect was due when the store was last queried
    UNSURE = "unsure"  # a suspect is due, or may be
    ALONE = "alone"  # a suspect is running, and no other job


class QuarantineEvent(Enum):
    """The events that change the state."""

    RUMOUR = "rumour"  # jobs were recovered or resumed, possibly suspects
    TIME = "time"  # the time limit of the state has passed
    ASKED = "asked"  # the store is being queried for a due suspect
    DUE = "due"  # the store found one
    STARTED = "started"  # a suspect was claimed and is running
    CLEARED = "cleared"  # the suspect got further, or ended


class QuarantineAct(Enum):
    """What the importer does in a state."""

    CLAIM = "claim the other jobs"
    ASK = "ask whether a suspect is due"
    WAIT = "claim nothing"


# A missing pair cannot happen: only a node in UNSURE queries the store, and only after that does it start a suspect.
TABLE: Mapping[tuple[QuarantineState, QuarantineEvent], QuarantineState] = MappingProxyType(
    {
        (QuarantineState.QUIET, QuarantineEvent.RUMOUR): QuarantineState.UNSURE,
        (
            QuarantineState.QUIET,
            QuarantineEvent.TIME,
        ): QuarantineState.UNSURE,  # another node may give a suspect back, or crash before running it
        (QuarantineState.QUIET, QuarantineEvent.DUE): QuarantineState.UNSURE,
        (
            QuarantineState.QUIET,
            QuarantineEvent.CLEARED,
        ): QuarantineState.QUIET,  # about a suspect that has run for longer than its time alone
        (QuarantineState.UNSURE, QuarantineEvent.RUMOUR): QuarantineState.UNSURE,
        (
            QuarantineState.UNSURE,
            QuarantineEvent.ASKED,
        ): QuarantineState.QUIET,  # set before the reply: a rumour during the query causes another query
        (QuarantineState.UNSURE, QuarantineEvent.DUE): QuarantineState.UNSURE,
        (QuarantineState.UNSURE, QuarantineEvent.STARTED): QuarantineState.ALONE,
        (QuarantineState.UNSURE, QuarantineEvent.CLEARED): QuarantineState.UNSURE,
        (QuarantineState.ALONE, QuarantineEvent.RUMOUR): QuarantineState.ALONE,
        (QuarantineState.ALONE, QuarantineEvent.TIME): QuarantineState.UNSURE,
        (QuarantineState.ALONE, QuarantineEvent.CLEARED): QuarantineState.UNSURE,  # there may be other suspects
    }
)
ACTS: Mapping[QuarantineState, QuarantineAct] = MappingProxyType(
    {
        QuarantineState.QUIET: QuarantineAct.CLAIM,
        QuarantineState.UNSURE: QuarantineAct.ASK,
        QuarantineState.ALONE: QuarantineAct.WAIT,
    }
)


@attrs.define(kw_only=True)
class Quarantine:
    """A node's quarantine. Times are monotonic seconds; a quiet node queries the store again after `ask_again_s`."""

    ask_again_s: float
    state: QuarantineState = QuarantineState.UNSURE
    until: float = 0.0
    suspect: JobId | None = None

    def act(self, now: float) -> QuarantineAct:
        """Return what to do now."""
        if self.state is not QuarantineState.UNSURE and now >= self.until:
            self._happened(QuarantineEvent.TIME)
        return ACTS[self.state]

    def rumour(self) -> None:
        """Note that there may be suspects."""
        self._happened(QuarantineEvent.RUMOUR)

    def asked(self, now: float) -> None:
        """Note that the store is being queried; if no other event follows, no suspect was due."""
        self._happened(QuarantineEvent.ASKED)
        self.until = now + self.ask_again_s

    def due(self) -> None:
        """Note that a suspect is due."""
        self._happened(QuarantineEvent.DUE)

    def started(self, suspect: JobId, now: float) -> None:
        """Note that a suspect now runs alone."""
        self._happened(QuarantineEvent.STARTED)
        self.suspect, self.until = suspect, now + ALONE_S

    def cleared(self, job_id: JobId) -> bool:
        """Note that a job stored something, or ended; return whether it was the suspect."""
        if job_id != self.suspect:
            return False
        self._happened(QuarantineEvent.CLEARED)
        self.suspect = None
        return True

    def _happened(self, event: QuarantineEvent) -> None:
        self.state = TABLE[self.state, event]
