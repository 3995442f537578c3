"""What stands between a call and its provider: cache, penalty, limits, ledger; shared by all nodes where it can be."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

import attrs

from thesetd.domain.gate.calls import Request, Response
from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.gate.limiter import Slot
from thesetd.domain.gate.penalties import Penalty
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import JobId, ProviderName


class Slots(Protocol):
    """The call limits of one provider's credential, slot by slot."""

    async def reserve(
        self,
        cost: int = 1,
        *,
        interactive_per_s: float | None = None,
        on_wait: Callable[[float], None] | None = None,
    ) -> Slot:
        """Reserve a slot for a call of this cost in every window; the call may be sent from its moment on.

        With `interactive_per_s`, the recent rate of calls that somebody waits for, the call is a patient one: it leaves
        room for those, and is spread over each window (`thesetd.domain.gate.limiter`).

        A moment beyond `thesetd.domain.gate.limiter.HORIZON_S` is not reserved: the caller has to come again. May take
        as long as the horizon itself: a slot that is not near is waited for here, before it is reserved; `on_wait` is
        told the moment for which the call waits, whenever that is known anew. Never raises: with the shared store lost
        it goes on with this node's share.
        """
        ...

    def amend(self, slot: Slot, sent_at: float | None) -> None:
        """Say when the call of a slot left, if more than `LATE_S` after its moment; None where no call comes of it.

        The slot is moved or given back with the next question to the shared store, which is asked soon. Nothing may be
        given back that the provider may have counted.
        """
        ...

    def answered(self, slot: Slot, arrived_by: float) -> None:
        """Say when the provider has seen the call of a slot at the latest; until then it counts as if it arrived now.

        To be called once for each slot that is not given back, also where no answer will come.
        """
        ...


class Limiter(Slots, Protocol):
    """The same limits, with what is known of them."""

    @property
    def doubt(self) -> str:
        """Say why nothing can be granted now although the limits may allow it; "" where only they hold calls back."""
        ...

    def learn(self, response: Response) -> None:
        """Tighten by what the provider's own headers say is left; never loosen."""
        ...

    async def usage(self) -> tuple[tuple[Window, int], ...]:
        """Say for each window how many slots are taken now."""
        ...


class LimitControl(Protocol):
    """The same limits, as an operator changes them."""

    def set_windows(self, windows: Sequence[Window]) -> None:
        """Change the limits from now on; what was counted stays counted, as far back as the longest window reached."""
        ...

    async def override(self, windows: Sequence[Window], for_s: float) -> None:
        """Put other limits in the place of all of these for a time, on every node; none, or no time, lifts them.

        With the shared store lost they hold on this node at once, and on the others when it is back.
        """
        ...

    @property
    def temporary_s(self) -> float:
        """Return for how many seconds more other limits are in the place of these; 0.0 where none are."""
        ...


class ControlledLimiter(Limiter, LimitControl, Protocol):
    """Both sides of one credential's limits, as the wiring hands them out."""


class PenaltyBox(Protocol):
    """Rate-limit penalties, per provider and credential; they outlive the process and a wiped Redis."""

    async def current(self, provider: ProviderName, credential: Fingerprint) -> Penalty | None:
        """Return the order that is in force or was the last one; None where there never was any.

        Raises:
            StoreUnavailable: no store answers and nothing is remembered.
        """
        ...

    async def block(self, provider: ProviderName, credential: Fingerprint, penalty: Penalty) -> Penalty:
        """Remember an order; a later answer never shortens an earlier one. Gives what is in force now.

        Raises:
            StoreUnavailable: it could not be remembered anywhere.
        """
        ...

    async def clear(self, provider: ProviderName, credential: Fingerprint) -> None:
        """Forget the strikes, as an operator may wish; an order in force stays in force.

        Raises:
            StoreUnavailable: they are not forgotten.
        """
        ...

    async def probe(self, provider: ProviderName, credential: Fingerprint, *, now: datetime) -> float:
        """Ask to be the one node that tests whether a ban is over: 0.0 is yes, else seconds until asking again.

        Never raises: where no store answers every node tests for itself.
        """
        ...


@attrs.frozen(kw_only=True)
class Learned:
    """Capabilities that a credential was found not to have, sorted, and when it was found (aware UTC)."""

    gone: tuple[str, ...]
    at: datetime


class CapabilityMemory(Protocol):
    """What was learned of credentials that offer different things to different holders."""

    async def load(self, provider: ProviderName, credential: Fingerprint) -> Learned | None:
        """Return what was learned last, however long ago; None where nothing was.

        Raises:
            StoreUnavailable: it cannot be known now.
        """
        ...

    async def save(self, provider: ProviderName, credential: Fingerprint, learned: Learned) -> None:
        """Remember what was learned instead of what was known before.

        Raises:
            StoreUnavailable: it is not remembered.
        """
        ...


@attrs.frozen(kw_only=True)
class Cached:
    """A stored answer. Times are aware UTC: fresh until `fresh_until`, instead of an error until `stale_until`."""

    response: Response
    refresh_after: datetime
    fresh_until: datetime
    stale_until: datetime


class ResponseCache(Protocol):
    """Answers kept for a while; losing them costs calls, nothing else. Never raises."""

    async def get(self, request: Request) -> Cached | None:
        """Return what is kept for an equal request, fresh or stale."""
        ...

    async def put(self, request: Request, response: Response) -> None:
        """Keep an answer, as long as its endpoint's lifetimes say; answers that may not be kept are ignored."""
        ...

    async def invalidate(self, tags: Sequence[str], before: datetime | None = None) -> int:
        """Forget all answers with one of these tags (`thesetd.domain.gate.subjects`), on every node.

        Those that were received after `before` (aware UTC) stay, if that is less than a minute ago. Gives how many of
        them this process held; other nodes hear of it within seconds.
        """
        ...

    async def claim(self, request: Request) -> bool:
        """Return whether this node may make the call: False while another node is making an equal one.

        A claim lapses by itself, and when the answer is put. With the shared store lost everybody may.
        """
        ...

    async def release(self, request: Request) -> None:
        """Give up this node's claim, where it has one: the call brought no answer to keep."""
        ...


class MeasuredCache(ResponseCache, Protocol):
    """The cache as an operator sees it."""

    def size(self) -> dict[str, int]:
        """Return how full this process' part is."""
        ...


class Fuse(Protocol):
    """A breaker as those see it who call something through it; `thesetd.actors.supervision.guard.Guard` is one."""

    def admit(self) -> float:
        """Let a call through (0.0), or say how many seconds to wait; an admitted call must run in `judge`."""
        ...

    def judge(self) -> AbstractContextManager[None]:
        """Watch the admitted call in this block and learn from how it ends."""
        ...


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

    async def summary(self, *, by: str, since: datetime) -> tuple[dict[str, object], ...]:
        """Count calls since then by provider, endpoint, lane, purpose, outcome or job, the most frequent first.

        Each row has the value under the name that `by` gives, then `calls`, `cost`, `ok`, and of those that were timed
        `mean_s` and `slowest_s` (None where none was). A call that is only intended has the outcome "intended". Calls
        long ago are summed up by the hour: the hour of `since` counts as a whole then, and their job is None.

        Raises:
            ValueError: `by` is none of these.
            StoreUnavailable: it cannot be known now.
        """
        ...
