"""Where actors say what happened; logs and metrics listen."""

from typing import Protocol

from thesetd.domain.facts import Fact


class Observer(Protocol):
    """Takes facts; never raises, never blocks."""

    def notify(self, fact: Fact) -> None:
        """Notify the subscribers."""
        ...
