"""Looks up users and groups by name, off the event loop: the system may query a directory service that does not answer.

A look-up that hangs keeps its thread, so only a few run at once.
"""

from collections.abc import Callable
from typing import TypeVar

import trio

from thesetd.domain.errors import ListenerUnavailable

T = TypeVar("T")

PATIENCE_S = 5.0
_THREADS = 4
_limiter: trio.lowlevel.RunVar[trio.CapacityLimiter] = trio.lowlevel.RunVar("look-ups of names")


async def look_up(find: Callable[[], T], *, within_s: float = PATIENCE_S) -> T:
    """Run a look-up of users or groups in a thread and return its result.

    Raises:
        ListenerUnavailable: it did not finish in time. Its own errors are raised, too.
    """
    try:
        limiter = _limiter.get()
    except LookupError:
        limiter = trio.CapacityLimiter(_THREADS)
        _limiter.set(limiter)
    with trio.move_on_after(within_s):
        return await trio.to_thread.run_sync(find, abandon_on_cancel=True, limiter=limiter)
    raise ListenerUnavailable(f"users and groups cannot be looked up: no answer within {within_s:g} s (nsswitch.conf)")
