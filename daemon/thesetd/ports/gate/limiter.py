"""The call limits of one provider's credential."""

from collections.abc import Callable, Sequence
from typing import Protocol

from thesetd.domain.gate.calls import Response
from thesetd.domain.gate.limiter import Slot
from thesetd.domain.gate.windows import Window


class Slots(Protocol):
    """The call limits of one provider's credential, slot by slot."""

    async def reserve(
        self,
        cost: int = 1,
        *,
        replies_per_s: float | None = None,
        on_wait: Callable[[float], None] | None = None,
    ) -> Slot:
        """Reserve a slot for a call of this cost in every window; the call may be sent from its moment on.

        With `replies_per_s`, the recent rate of calls that block a reply, the call is patient: it leaves room for
        those, and is spread over each window (`thesetd.domain.gate.limiter`).

        A moment beyond `thesetd.domain.gate.limiter.HORIZON_S` is not reserved: the caller has to try again later. This
        may take as long as the horizon: the method waits until a slot is near before it reserves it; `on_wait` is
        called with the moment for which the call waits, each time that changes. It never raises: if the shared store is
        unavailable it continues with this node's share.
        """
        ...

    def amend(self, slot: Slot, sent_at: float | None) -> None:
        """Report when the call of a slot left, if more than `LATE_S` after its moment; None if the call is not made.

        The slot is moved or returned with the next request to the shared store, which follows soon. A slot must not be
        returned if the provider may have counted its call.
        """
        ...

    def answered(self, slot: Slot, arrived_by: float) -> None:
        """Report the latest moment at which a slot's call reached the provider; before that it counts as arriving now.

        To be called once for each slot that is not returned, even if no answer will come.
        """
        ...


class Limiter(Slots, Protocol):
    """The same limits, with their state."""

    @property
    def doubt(self) -> str:
        """Return why nothing can be granted now although the limits may allow it.

        "" if only the limits hold calls back.
        """
        ...

    def learn(self, response: Response) -> None:
        """Tighten the limits by what the provider's headers say is left; never loosen them."""
        ...

    async def usage(self) -> tuple[tuple[Window, int], ...]:
        """Return how many slots of each window are taken now."""
        ...


class KnownLimits(Protocol):
    """The limits of one node."""

    @property
    def configured(self) -> Sequence[Window]:
        """Return its own limits, which apply while no temporary ones do."""
        ...

    @property
    def temporary_s(self) -> float:
        """Return for how many more seconds temporary limits replace these; 0.0 if there are none."""
        ...


class LimitControl(Protocol):
    """The same limits, as an operator changes them."""

    def set_windows(self, windows: Sequence[Window]) -> None:
        """Change the limits from now on; earlier calls still count, as far back as the longest window reached."""
        ...

    async def override(self, windows: Sequence[Window], for_s: float) -> None:
        """Replace all of these limits for a time, on every node; no windows, or no time, ends that.

        If the shared store is unavailable they apply on this node at once, and on the others when it is back.
        """
        ...

    @property
    def limits(self) -> KnownLimits:
        """Return this node's limits, and whether temporary ones replace them."""
        ...


class ControlledLimiter(Limiter, LimitControl, Protocol):
    """Both sides of one credential's limits, as the wiring provides them."""
