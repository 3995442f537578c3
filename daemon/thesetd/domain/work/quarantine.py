"""Quarantine: a job whose nodes kept crashing runs alone on a free node, as a table of states and events.

If it kills its node again, no other job is blamed for it, and its count says when it is enough. What it stores clears
it: from then on it counts as any other. The machine decides what the importer does next; it makes no requests and
claims nothing itself.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

import attrs

from thesetd.domain.ids import JobId

ALONE_S = 30.0  # a suspect that has neither crashed its node nor stored anything by then runs on beside the others


class QuarantineState(Enum):
    """What is known of suspects."""

    QUIET = "quiet"  # none was due when the store was last asked
    UNSURE = "unsure"  # one may be due, or is
    ALONE = "alone"  # one runs, and nothing beside it


class QuarantineEvent(Enum):
    """What happens to a node's quarantine."""

    RUMOUR = "rumour"  # jobs were recovered or resumed: suspects may be among them
    TIME = "time"  # the bound of the state is over
    ASKED = "asked"  # the store is being asked whether one is due
    DUE = "due"  # the store said so
    STARTED = "started"  # one was claimed, and runs
    CLEARED = "cleared"  # it stored something, or ended


class QuarantineAct(Enum):
    """The importer's present activity."""

    CLAIM = "claim the other jobs"
    ASK = "ask whether a suspect is due"
    WAIT = "claim nothing"


# A pair that is missing cannot happen: only an unsure node asks, and only one that asked starts a suspect.
TABLE: Mapping[tuple[QuarantineState, QuarantineEvent], QuarantineState] = MappingProxyType(
    {
        (QuarantineState.QUIET, QuarantineEvent.RUMOUR): QuarantineState.UNSURE,
        (
            QuarantineState.QUIET,
            QuarantineEvent.TIME,
        ): QuarantineState.UNSURE,  # another node may give one back and crash before it runs it
        (QuarantineState.QUIET, QuarantineEvent.DUE): QuarantineState.UNSURE,
        (
            QuarantineState.QUIET,
            QuarantineEvent.CLEARED,
        ): QuarantineState.QUIET,  # of one that has run for longer than its time alone
        (QuarantineState.UNSURE, QuarantineEvent.RUMOUR): QuarantineState.UNSURE,
        (
            QuarantineState.UNSURE,
            QuarantineEvent.ASKED,
        ): QuarantineState.QUIET,  # at once: a rumour during the question asks for another one
        (QuarantineState.UNSURE, QuarantineEvent.DUE): QuarantineState.UNSURE,
        (QuarantineState.UNSURE, QuarantineEvent.STARTED): QuarantineState.ALONE,
        (QuarantineState.UNSURE, QuarantineEvent.CLEARED): QuarantineState.UNSURE,
        (QuarantineState.ALONE, QuarantineEvent.RUMOUR): QuarantineState.ALONE,
        (QuarantineState.ALONE, QuarantineEvent.TIME): QuarantineState.UNSURE,
        (QuarantineState.ALONE, QuarantineEvent.CLEARED): QuarantineState.UNSURE,  # there may be others
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
    """A node's quarantine. Times are monotonic seconds; a quiet node asks again after `ask_again_s`."""

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
        """Note that the store is being asked; without another event, its answer was that none is due."""
        self._happened(QuarantineEvent.ASKED)
        self.until = now + self.ask_again_s

    def due(self) -> None:
        """Note that a suspect is due."""
        self._happened(QuarantineEvent.DUE)

    def started(self, suspect: JobId, now: float) -> None:
        """Note that a suspect runs alone from now on."""
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
