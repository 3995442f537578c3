"""Defines the checks that a call passes before its request: the gate uses `ORDER`, and `config/gate.md` quotes it.

The worker waits up to `LONGEST_WAIT_S`; for a longer wait the call goes back to its job, which is deferred. For an open
breaker it waits as long as its first rest. A provider that is still down after that is left to a later job: a user's
import would wait for it, and so would that of another user behind background calls that wait.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import attrs

from thesetd.actors.gate.holds import Hold
from thesetd.actors.gate.in_flight import Passage
from thesetd.actors.gate.penalties import Penalties
from thesetd.actors.gate.quota import CallState, Quota
from thesetd.actors.supervision.guard import BreakerGuard
from thesetd.domain.errors import BreakerOpen
from thesetd.domain.gate.breaker import REST_S
from thesetd.domain.gate.lanes import Courtesy
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.diagnosis import CallStage
from thesetd.ports.clock import Clock


@attrs.frozen
class Parts:
    """The parts that the checks of one gate use."""

    provider: ProviderName
    hold: Hold
    penalties: Penalties
    quota: Quota
    guard: BreakerGuard
    clock: Clock


@attrs.define
class Attempt:
    """A call on its way through the gate.

    `permitted_at` is when no penalty held it back any more, `rest_s` is how long the breaker admits no call.
    """

    passage: Passage
    state: CallState
    courtesy: Courtesy
    permitted_at: datetime | None = None
    rest_s: float = 0.0


@attrs.frozen
class Check:
    """One check. It raises to send the call back to its job, or returns False to start over with `AGAIN`."""

    name: str
    meaning: str
    decide: Callable[[Parts, Attempt], Awaitable[bool]]
    once: bool = False


async def passes(parts: Parts, attempt: Attempt, checks: Sequence[Check]) -> bool:
    """Return whether a call passes all of these checks; no time passes between the last one and the request."""
    for check in checks:
        if not await check.decide(parts, attempt):
            return False
    return True


async def rest(parts: Parts, attempt: Attempt) -> bool:
    """Wait as long as the breaker requires, and until it would admit a probe.

    Raises:
        BreakerOpen: that takes longer than its first rest.
    """
    while (rest_s := attempt.rest_s or parts.guard.rest_s()) > 0:
        if rest_s > REST_S:
            raise BreakerOpen(parts.provider, rest_s)
        await attempt.passage.wait(CallStage.BREAKER, rest_s)
        attempt.rest_s = 0.0
    return True


async def _pause(parts: Parts, attempt: Attempt) -> bool:
    attempt.passage.check(parts.provider)
    return True


async def _hold(parts: Parts, _: Attempt) -> bool:
    parts.hold.admit()
    return True


async def _penalty(parts: Parts, attempt: Attempt) -> bool:
    await parts.penalties.wait(attempt.passage)
    attempt.permitted_at = parts.clock.now()
    return True


async def _limiter(parts: Parts, attempt: Attempt) -> bool:
    await parts.quota.take(attempt.state, attempt.courtesy, attempt.passage)
    return True


async def _ledger(parts: Parts, attempt: Attempt) -> bool:
    await parts.quota.intend(attempt.state)
    return True


async def _moment(parts: Parts, attempt: Attempt) -> bool:
    await parts.quota.wait(attempt.state, attempt.passage)
    return True


async def _still(parts: Parts, attempt: Attempt) -> bool:
    return not (await parts.penalties.in_force() or parts.quota.is_late(attempt.state))


async def _breaker(parts: Parts, attempt: Attempt) -> bool:
    attempt.rest_s = parts.guard.admit()
    return not attempt.rest_s


ORDER: tuple[Check, ...] = (
    Check(
        "pause",
        "an operator stopped this provider: waiting calls are turned back, also further down",
        _pause,
        once=True,
    ),
    Check("hold", "the provider refuses us: no calls until that may have changed, then one probe", _hold, once=True),
    Check("penalty", "the provider is rate-limiting us: no calls until it ends, then one probe, then a ramp", _penalty),
    Check("breaker", "the provider is failing: no calls for a while, then one probe, then a ramp", rest),
    Check("limiter", "a slot in every window of the quota, shared by all nodes", _limiter),
    Check("ledger", "if a quota outlasts the process, the call is recorded before it is sent", _ledger),
    Check("moment", "the call waits until its slot begins", _moment),
    Check("penalty", "again: if one began meanwhile, or the slot is over, the call starts over at `penalty`", _still),
    Check("pause", "again, for one that began meanwhile", _pause),
    Check("breaker", "again, for it admits one probe at a time; then the request is sent", _breaker),
)
AGAIN = tuple(check for check in ORDER if not check.once)
