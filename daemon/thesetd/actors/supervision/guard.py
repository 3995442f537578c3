"""Applies a breaker inside an actor: it records how each call ended, and notifies the observer of state changes."""

from collections.abc import Iterator
from contextlib import contextmanager

import trio

from thesetd.domain.errors import ThesetdError
from thesetd.domain.facts import BreakerMoved
from thesetd.domain.gate.breaker import Breaker, BreakerState
from thesetd.ports.observer import Observer


class BreakerGuard:
    """One breaker, the errors that count for it, and its observer."""

    def __init__(self, breaker: Breaker, counted: type[ThesetdError], observer: Observer) -> None:
        """Take the breaker, which outlives the actor's crashes."""
        self._breaker = breaker
        self._counted = counted
        self._observer = observer

    def rest_s(self) -> float:
        """Return how many seconds an open breaker still rests; only `admit` lets a call through."""
        return self._breaker.retry_in_s(trio.current_time())

    def admit(self) -> float:
        """Return 0.0 to let a call through, or the seconds to wait before asking again."""
        before = self._breaker.state
        wait = self._breaker.admit(trio.current_time())
        self._tell(before)
        return wait

    @contextmanager
    def judge(self) -> Iterator[None]:
        """Watch the admitted call in this block: only `counted` errors are failures, other answers are successes.

        Cancellation and internal errors say nothing about the target's health.
        """
        before, reason = self._breaker.state, ""
        try:
            yield
        except self._counted as error:
            self._breaker.failed(trio.current_time())
            reason = str(error)
            raise
        except ThesetdError:
            self._breaker.succeeded()
            raise
        except BaseException:
            self._breaker.abandoned()
            raise
        else:
            self._breaker.succeeded()
        finally:
            self._tell(before, reason)

    def _tell(self, before: BreakerState, reason: str = "") -> None:
        state = self._breaker.state
        if state is not before:
            cause = reason if state is BreakerState.OPEN else ""
            self._observer.notify(BreakerMoved(breaker=self._breaker.name, state=state.value, reason=cause))
