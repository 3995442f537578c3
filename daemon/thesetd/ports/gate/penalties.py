"""Stores rate-limit penalties, which outlive the process."""

from datetime import datetime
from typing import Protocol

from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.gate.penalties import Penalty
from thesetd.domain.ids import ProviderName


class PenaltyBox(Protocol):
    """Rate-limit penalties, per provider and credential; they outlive the process and a wiped Redis."""

    async def current(self, provider: ProviderName, credential: Fingerprint) -> Penalty | None:
        """Return the penalty in force, or the last one; None if there never was any.

        Raises:
            StoreUnavailable: no store is reachable and nothing is remembered.
        """
        ...

    async def block(self, provider: ProviderName, credential: Fingerprint, penalty: Penalty) -> Penalty:
        """Store a penalty; a later one never shortens an earlier one. Returns the one in force now.

        Raises:
            StoreUnavailable: no store accepted it.
        """
        ...

    async def clear(self, provider: ProviderName, credential: Fingerprint) -> None:
        """Forget the strikes at an operator's request; a penalty in force stays in force.

        Raises:
            StoreUnavailable: they were not forgotten.
        """
        ...

    async def probe(self, provider: ProviderName, credential: Fingerprint, *, now: datetime) -> float:
        """Claim the right to probe whether a ban is over: return 0.0 if granted, else the seconds until a retry.

        It never raises: if no store is reachable, every node probes for itself.
        """
        ...
