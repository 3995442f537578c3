"""Records every call."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import attrs

from thesetd.domain.gate.reserve import WindowHistory
from thesetd.domain.ids import JobId, ProviderName


@attrs.frozen(kw_only=True)
class CallRecord:
    """One row of the ledger. `outcome` is "ok" or the error class's name; None if the call is only intended.

    `key` identifies the call: its intent and its outcome share it.
    """

    key: str
    at: datetime
    provider: ProviderName
    endpoint: str
    lane: str
    purpose: str
    cost: int
    job_id: JobId | None = None
    request_id: str | None = None
    outcome: str | None = None
    status: int | None = None
    latency_s: float | None = None


class Ledger(Protocol):
    """The record of every call that was made."""

    async def intend(self, record: CallRecord) -> None:
        """Record a call before it is made, for limits that outlast a process.

        Raises:
            StoreUnavailable: it was not recorded.
        """
        ...

    async def record(self, records: Sequence[CallRecord]) -> None:
        """Record ended calls, in one batch; this completes an intent with the same key.

        Raises:
            StoreUnavailable: they were not recorded; recording them again is safe.
        """
        ...

    async def spent(self, provider: ProviderName, since: datetime) -> tuple[tuple[datetime, int], ...]:
        """Return the times and costs of calls made or intended since a moment, oldest first, to rebuild a long window.

        Raises:
            StoreUnavailable: it cannot be known now.
        """
        ...

    async def window(self, provider: ProviderName, since: datetime, piece_s: float) -> WindowHistory:
        """Return the cost of all calls and of users' calls since a moment, in intervals of `piece_s` from there.

        Raises:
            StoreUnavailable: it cannot be known now.
        """
        ...

    async def summary(self, *, by: str, since: datetime) -> tuple[dict[str, object], ...]:
        """Count calls since a moment by provider, endpoint, lane, purpose, outcome or job, the most frequent first.

        Each row has the value under the name given in `by`, then `calls`, `cost`, `ok`, and for timed calls `mean_s`
        and `slowest_s` (None if there are none). A call that is only intended has the outcome "intended". Old calls are
        rolled up by hour: then the whole hour of `since` counts, and their job is None.

        Raises:
            ValueError: `by` is invalid.
            StoreUnavailable: the ledger cannot be read now.
        """
        ...
