"""How long tests wait for what comes anyway, on a machine of any speed, and where seconds are promised.

A bound on the wall clock only ends what hangs: it is the same long one everywhere. What is promised in seconds is shown
in virtual time, and measured where the machine is known to be idle: in `make prove` and `make prove-servers`.
"""

import random
from collections.abc import Awaitable, Callable

import trio

from exploring import EXPLORE

LONGEST_S = 180.0
LATER, SOONER = 1.25, 0.8  # after a cancel and after an answer: about as many of one as of the other


def promised(took_s: float, within_s: float) -> bool:
    """Return whether something took as long as is promised, at most; on a machine of unknown speed it did."""
    return took_s < within_s or not EXPLORE


async def cancelling(
    call: Callable[[int], Awaitable[object]],
    *,
    of_each: int,
    rng: random.Random,
    after: Callable[[int], Awaitable[object]] | None = None,
) -> tuple[set[int], set[int]]:
    """Make calls, each with a cancel at a random moment; return the numbers of the answered and of the cancelled.

    The moments follow how long a call takes, and calls are made until there were so many of each kind. Something may
    be done after each.
    """
    answered, cancelled, longest_s = set[int](), set[int](), 0.01
    while min(len(answered), len(cancelled)) < of_each:
        number = len(answered) + len(cancelled)
        assert number < 40 * of_each, f"{len(answered)} were answered, {len(cancelled)} were cancelled"
        with trio.move_on_after(rng.uniform(0.0, longest_s)) as scope:
            await call(number)
            answered.add(number)
            longest_s *= SOONER
        if number not in answered:
            assert scope.cancelled_caught
            cancelled.add(number)
            longest_s *= LATER
        if after is not None:
            await after(number)
    return answered, cancelled
