"""The record of every call."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import attrs

from thesetd.domain.gate.reserve import WindowHistory
from thesetd.domain.ids import JobId, ProviderName


@attrs.frozen(kw_only=True)
class CallRecord:
    """One row of the ledger. `outcome` is "ok" or the error class's name; None while the call is only intended.

    `key` tells records of one call apart from others: the intent and the outcome of a call share it.
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
        """Write down a call before it is made, for limits that last longer than a process.

        Raises:
            StoreUnavailable: it is not written.
        """
        ...

    async def record(self, records: Sequence[CallRecord]) -> None:
        """Write down calls that ended, in one batch; completes an intent of the same key.

        Raises:
            StoreUnavailable: they are not written; writing them again is safe.
        """
        ...

    async def spent(self, provider: ProviderName, since: datetime) -> tuple[tuple[datetime, int], ...]:
        """Return when calls were made or intended since then, oldest first, and their cost: it rebuilds a day's window.

        Raises:
            StoreUnavailable: it cannot be known now.
        """
        ...

    async def window(self, provider: ProviderName, since: datetime, piece_s: float) -> WindowHistory:
        """Return what calls took since then, in pieces of so many seconds that begin with it, and what people's took.

        Raises:
            StoreUnavailable: it cannot be known now.
        """
        ...

    async def summary(self, *, by: str, since: datetime) -> tuple[dict[str, object], ...]:
        """Count calls since then by provider, endpoint, lane, purpose, outcome or job, the most frequent first.

        Each row has the value under the name that `by` gives, then `calls`, `cost`, `ok`, and of those that were timed
        `mean_s` and `slowest_s` (None if none was). A call that is only intended has the outcome "intended". Calls
        long ago are summed up by the hour: the hour of `since` counts as a whole then, and their job is None.

        Raises:
            ValueError: `by` is invalid.
            StoreUnavailable: it cannot be known now.
        """
        ...
