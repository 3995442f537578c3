"""An observer that keeps what it hears, and lets a test wait for it."""

from collections.abc import Callable
from typing import TypeVar

import trio

from thesetd.domain.facts import Fact

F = TypeVar("F", bound=Fact)


class Recorder:
    """Keeps every fact; see `thesetd.ports.observer.Observer`."""

    def __init__(self) -> None:
        """Start with nothing heard."""
        self.facts: list[Fact] = []
        self._heard = trio.Event()

    def notify(self, fact: Fact) -> None:
        """Keep a fact."""
        self.facts.append(fact)
        self._heard.set()

    def of(self, kind: type[F]) -> list[F]:
        """Return the facts of one kind."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    async def until(self, condition: Callable[["Recorder"], bool]) -> None:
        """Wait until what was heard fulfils a condition."""
        while not condition(self):
            self._heard = trio.Event()
            await self._heard.wait()
