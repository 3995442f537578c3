"""Repeats a request that the daemon cannot accept yet: an import that is requested twice is done once."""

import time
from collections.abc import Callable
from typing import TypeVar

from thesetd.ctl.failures import ProblemReply

T = TypeVar("T")

_UNAVAILABLE = 503


def insist(
    ask: Callable[[], T],
    wait_s: float,
    *,
    on_wait: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> T:
    """Repeat a request until the daemon accepts it, or asks to retry later than `wait_s` after the start.

    `on_wait` is called once, with the reason.

    Raises:
        ProblemReply: it refuses for another reason, or keeps refusing.
    """
    give_up_at, waited = now() + wait_s, False
    while True:
        try:
            return ask()
        except ProblemReply as refusal:
            pause_s = refusal.retry_after_s
            if refusal.status != _UNAVAILABLE or pause_s is None or now() + pause_s > give_up_at:
                raise
            if not waited:
                on_wait(f"{refusal}: retrying for up to {wait_s:g} s")
                waited = True
        sleep(pause_s)
