"""Combines many observers into one."""

from collections.abc import Sequence

from thesetd.domain.facts import Fact
from thesetd.ports.observer import Observer


class Observers:
    """Passes each fact on to all; see `thesetd.ports.observer.Observer`."""

    def __init__(self, listeners: Sequence[Observer]) -> None:
        """Take the observers."""
        self._listeners = tuple(listeners)

    def notify(self, fact: Fact) -> None:
        """Notify all observers."""
        for listener in self._listeners:
            listener.notify(fact)
