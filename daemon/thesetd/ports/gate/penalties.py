"""Rate-limit penalties, which outlive the process."""

from datetime import datetime
from typing import Protocol

from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.gate.penalties import Penalty
from thesetd.domain.ids import ProviderName


class PenaltyBox(Protocol):
    """Rate-limit penalties, per provider and credential; they outlive the process and a wiped Redis."""

    async def current(self, provider: ProviderName, credential: Fingerprint) -> Penalty | None:
        """Return the penalty that is in force or was the last one; None if there never was any.

        Raises:
            StoreUnavailable: no store answers and nothing is remembered.
        """
        ...

    async def block(self, provider: ProviderName, credential: Fingerprint, penalty: Penalty) -> Penalty:
        """Remember a penalty; a later answer never shortens an earlier one. Returns the one that is in force now.

        Raises:
            StoreUnavailable: it could not be remembered anywhere.
        """
        ...

    async def clear(self, provider: ProviderName, credential: Fingerprint) -> None:
        """Forget the strikes at an operator's request; a penalty in force stays in force.

        Raises:
            StoreUnavailable: they are not forgotten.
        """
        ...

    async def probe(self, provider: ProviderName, credential: Fingerprint, *, now: datetime) -> float:
        """Ask to be the one node that tests whether a ban is over: 0.0 is yes, else seconds until asking again.

        Never raises: if no store answers every node tests for itself.
        """
        ...
