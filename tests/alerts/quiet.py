"""An undisturbed day of the whole daemon in virtual time, as Prometheus would scrape it: no alert may fire.

The day is that of `simulation`, without faults: people import, the schedules run, and a scrape a minute is kept. It
begins with the process, so the rules see a daemon that has just started. What the database alone knows, as how fresh
copies are, is not in it.
"""

import inspect
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import trio
from prometheus_client import CollectorRegistry

from alerts.scrapes import Scrape, chosen, fired, named
from simulation.host import Host
from simulation.life import Life
from simulation.weather import SkewedClock
from simulation.whole import DAY_S, Plan, Simulation
from thesetd.actors.control.daemon import Daemon
from thesetd.actors.control.surveyor import Surveyor
from thesetd.adapters.metrics.observer import MetricsObserver
from thesetd.adapters.metrics.state import BuildCollector, StateCollector
from thesetd.app.measuring import known
from thesetd.app.wiring import ActorSettings, Adapters
from thesetd.domain.facts import Fact
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.schedules import DEFAULTS, Schedule

EVERY_S = 60
BORN_S = 10.0  # from the start of the process to the first scrape

Deed = Callable[[Daemon], Any]


@attrs.frozen(kw_only=True)
class Day:
    """When a day begins, what is configured, and what an operator does at some second of it.

    `back_at` is when a process that an operator has stopped is started again.
    """

    start: datetime
    days: float = 1.0
    zone: str = "UTC"
    enabled: bool = True
    imports_a_day: float = 24.0
    without: frozenset[ProviderName] = frozenset()
    deeds: Mapping[float, Deed] = attrs.field(factory=dict)
    back_at: float = 0.0

    @property
    def schedules(self) -> Mapping[str, Schedule]:
        """Return the schedules as they are configured."""
        return {name: attrs.evolve(one, zone=self.zone, enabled=self.enabled) for name, one in DEFAULTS.items()}


@attrs.define(kw_only=True)
class QuietHost(Host):
    """The machine, with the configuration of the day."""

    day: Day

    async def begin(self, life: Life, stack: AsyncExitStack) -> tuple[ActorSettings, Adapters]:
        """Start as configured, and not before an operator does; see `Host`."""
        if life.number > 1:
            await trio.sleep_until(self.day.back_at)
        settings, adapters = await Host.begin(self, life, stack)
        return attrs.evolve(settings, schedules=self.day.schedules), adapters


class QuietDay(Simulation):
    """A day in which nothing goes wrong; `scrapes` is what Prometheus has of it."""

    def __init__(self, day: Day) -> None:
        """Prepare."""
        plan = Plan(
            seed=5,
            days=day.days,
            artists=4,
            most=6,
            imports_a_day=day.imports_a_day,
            faults_a_day=0.0,
            lost_rate=0.0,
            late_rate=0.0,
            poll_s=20.0,
            swept=20,
            settle_s=0.0,
        )
        super().__init__(plan)
        self.clock = SkewedClock(day.start)
        self.day = day
        self.scrapes: list[Scrape] = []
        self.first = []
        self._wanted = named()
        self._metrics: MetricsObserver | None = None
        self._registry: CollectorRegistry | None = None

    def make_host(self, **parts: Any) -> Host:
        """Return the machine with what is configured on this day."""
        host = QuietHost(day=self.day, **parts)
        for name in self.day.without:
            host.settings = {**host.settings, name: _keyless(host.settings[name])}
        return host

    def heard(self, life: int, fact: Fact) -> None:
        """Count what an actor tells."""
        super().heard(life, fact)
        if self._metrics is not None:
            self._metrics.notify(fact)

    async def _work(self, life: Life, daemon: Daemon) -> None:
        self._registry = registry = CollectorRegistry()
        registry.register(BuildCollector())
        self._metrics = MetricsObserver(registry, known())
        self._metrics.bear_breakers(*(breaker.name for breaker in daemon.breakers()))
        surveyor = Surveyor(self.servers.store.surveys, clock=self.clock, observer=life)
        registry.register(StateCollector(daemon, surveyor, paused=lambda: daemon.pauser.paused))
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(surveyor.run, daemon)
                await super()._work(life, daemon)
                nursery.cancel_scope.cancel()
        finally:
            self._registry = None

    async def _watch(self) -> None:
        """Scrape every minute, and let the operator do what the day has."""
        async with trio.open_nursery() as nursery:
            for at, deed in self.day.deeds.items():
                nursery.start_soon(self._do, at, deed)
            await trio.sleep(BORN_S)
            while trio.current_time() < self.day.days * DAY_S:
                self.scrapes.append(Scrape(self.clock.now().timestamp(), self._scrape()))
                await trio.sleep(EVERY_S)

    async def _do(self, at: float, deed: Deed) -> None:
        await trio.sleep_until(at)
        assert self.daemon is not None
        done = deed(self.daemon)
        if inspect.isawaitable(done):
            await done

    def _scrape(self) -> Mapping[Any, float]:
        if self._registry is None:
            return {}
        return chosen(self._registry.collect(), self._wanted)


def _keyless(settings: Any) -> Any:
    """Return a provider's settings without its keys."""
    bare = type(settings)()
    return attrs.evolve(settings, **{key: getattr(bare, key) for key in bare.missing()})


def alerts_of(day: Day, folder: Path) -> Mapping[str, timedelta]:
    """Live through a day; return when each alert fired first, after its beginning."""
    quiet = QuietDay(day)
    quiet.play()
    assert len(quiet.scrapes) >= day.days * DAY_S / EVERY_S
    found = fired(quiet.scrapes, folder, 0, step_s=EVERY_S, before_s=0)
    return {name: timedelta(seconds=at) for name, at in found.items()}
