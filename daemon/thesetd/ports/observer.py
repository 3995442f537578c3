"""Receives facts from actors; logs and metrics subscribe."""

from typing import Protocol

from thesetd.domain.facts import Fact


class Observer(Protocol):
    """Takes facts; never raises, never blocks."""

    def notify(self, fact: Fact) -> None:
        """Notify the subscribers."""
        ...
