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

        With `replies_per_s`, the recent rate of calls that a reply waits for, the call is a patient one: it leaves
        room for those, and is spread over each window (`thesetd.domain.gate.limiter`).

        A moment beyond `thesetd.domain.gate.limiter.HORIZON_S` is not reserved: the caller has to come again. May take
        as long as the horizon itself: a slot that is not near is waited for here, before it is reserved; `on_wait` is
        called with the moment for which the call waits, each time that changes. Never raises: with the shared store
        lost it continues with this node's share.
        """
        ...

    def amend(self, slot: Slot, sent_at: float | None) -> None:
        """Say when the call of a slot left, if more than `LATE_S` after its moment; None if no call comes of it.

        The slot is moved or given back with the next question to the shared store, which is asked soon. Nothing may be
        given back that the provider may have counted.
        """
        ...

    def answered(self, slot: Slot, arrived_by: float) -> None:
        """Say when the provider has seen the call of a slot at the latest; until then it counts as if it arrived now.

        To be called once for each slot that is not given back, also if no answer will come.
        """
        ...


class Limiter(Slots, Protocol):
    """The same limits, with what is known of them."""

    @property
    def doubt(self) -> str:
        """Say why nothing can be granted now although the limits may allow it; "" if only they hold calls back."""
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
        """Return for how many seconds more other limits are in the place of these; 0.0 if none are."""
        ...


class ControlledLimiter(Limiter, LimitControl, Protocol):
    """Both sides of one credential's limits, as the wiring hands them out."""
