"""One life of the daemon's process, which ends when it is told to, and the border that all its calls pass.

A killed process does nothing more: no `finally` of it reaches the outside. So from the moment of the kill every call
at the border ends in `Killed`, also behind a shield, and what its actors tell is not heard.
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import trio

from simulation.weather import Weather
from thesetd.domain.errors import StoreError
from thesetd.domain.facts import Fact

READS = frozenset(
    {"status", "statuses", "events", "find_artist", "schedules", "artists_for", "repertoire", "current"}
    | {"load", "spent", "summary", "get", "peek", "usage", "reserve", "probe", "hint", "held", "told", "last"}
    | {"position"}
)
WRITES = frozenset({"write", "write_all"})


class Killed(BaseException):
    """The process is gone. No actor may catch this, and none can go on after it."""


@attrs.define(eq=False)
class Life:
    """A process. `kill_at` is the number of crossings of the border after which it is killed, 0 for never.

    `crossings` counts both ends of every call: going out, and coming back with the answer.
    """

    number: int
    tell: Callable[[int, Fact], None]
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    dead: bool = False
    crossings: int = 0
    kill_at: int = 0
    fail_at: int = 0
    failure: Callable[[str], Exception | None] = attrs.field(default=lambda _: None)

    def kill(self) -> None:
        """End at once."""
        self.dead = True
        self.scope.cancel()

    def cross(self, kind: str) -> None:
        """Count a crossing; the one that it was to die at, or fail at, does.

        Raises:
            Killed: there is no such process any more.
            Exception: the one that this crossing was to fail with.
        """
        self.crossings += 1
        if self.crossings == self.kill_at:
            self.kill()
        if self.dead:
            raise Killed
        if self.crossings == self.fail_at and (failure := self.failure(kind)) is not None:
            raise failure

    def notify(self, fact: Fact) -> None:
        """Hear a fact, while there is a process that could tell it; see `Observer`."""
        if not self.dead:
            self.tell(self.number, fact)


@attrs.define
class Border:
    """Wraps one adapter: its coroutine functions cross the border, everything else is left as it is.

    `seen` is told of each effect, right after it: name, arguments with the named ones as the last, result. `later` runs
    what a dead process had sent. What is `instant` takes no time.
    """

    target: Any
    kind: str
    life: Life
    weather: Weather
    seen: Callable[[str, tuple[Any, ...], Any], None] = attrs.field(default=lambda *_: None)
    later: Callable[[Callable[[], Awaitable[None]]], None] | None = None
    instant: frozenset[str] = frozenset()
    _calls: dict[str, Callable[..., Awaitable[Any]]] = attrs.field(factory=dict)

    def __getattr__(self, name: str) -> Any:
        if name in self._calls:
            return self._calls[name]
        value = getattr(self.target, name)
        if not inspect.iscoroutinefunction(value):
            return value

        async def call(*args: Any, **kwargs: Any) -> Any:
            with trio.CancelScope(shield=name not in READS):
                return await self._perform(name, value, args, kwargs)

        return self._calls.setdefault(name, call)

    async def _perform(
        self, name: str, function: Callable[..., Awaitable[Any]], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        try:
            self.life.cross(self.kind)
            await self._delay(name)
        except Killed:
            self._arrive_late(name, function, args, kwargs)
            raise
        self.weather.refuse(self.kind)
        result = await function(*args, **kwargs)
        self.seen(name, (*args, kwargs), result)
        self.life.cross(self.kind)
        await self._delay(name)
        self.weather.lose(self.kind)
        return result

    async def _delay(self, name: str) -> None:
        if name not in self.instant:
            await self.weather.delay()
            if self.life.dead:
                raise Killed

    def _arrive_late(
        self, name: str, function: Callable[..., Awaitable[Any]], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        weather = self.weather
        if name not in WRITES or self.later is None or not weather.dice.random() < weather.late_rate:
            return

        async def arrive() -> None:
            await trio.sleep(weather.dice.uniform(0.0, weather.late_s))
            try:
                result = await function(*args, **kwargs)
            except StoreError:  # nobody is there to hear that it was refused
                return
            self.seen(name, (*args, kwargs), result)

        self.later(arrive)
