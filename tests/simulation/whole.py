"""A simulation of the whole daemon: its lives on one host, the people, the providers and what goes wrong.

Everything is a function of the plan: trio's clock is virtual and jumps ahead when all tasks sleep, the order of tasks
comes from the seed (`scheduling`), and so do ids, latencies and faults. No server, file or thread takes part.
"""

import random
import subprocess
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

import attrs
import trio
import trio.testing

from simulation.audit import Audit, crashes_are_planted, mailboxes_stay_bounded
from simulation.chaos import Crash, wreak
from simulation.final import catalogue, judge
from simulation.host import Host, Servers, cast_of
from simulation.journal import Journal
from simulation.life import Killed, Life
from simulation.people import People
from simulation.scheduling import deterministic
from simulation.small_world import shortened
from simulation.steps import Steps
from simulation.traffic import Traffic
from simulation.weather import SkewedClock, Weather
from thesetd.actors.control.daemon import Daemon
from thesetd.actors.supervision.polls import POLLS, Polls
from thesetd.actors.supervision.supervisor import GaveUp
from thesetd.app.wiring import Adapters, wire
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.facts import Fact
from thesetd.domain.gate.windows import parse_window
from thesetd.domain.ids import JobId
from thesetd.domain.work.jobs import JobState
from thesetd.domain.work.schedules import DEFAULTS, Schedule
from thesetd.sandbox.controls import Controls
from thesetd.sandbox.server import SandboxOptions, build
from thesetd.sandbox.synthetic.universe import Universe
from thesetd.sandbox.world import World, synthetic_world

Planted = Callable[["Simulation", Adapters], Adapters]
DAY_S = 86_400.0
WORLD_SEED, WORLD_ARTISTS = 1, 40
LOOK_S = 30.0
LONGEST_DOWN_S = 30.0
AGAIN_S = 5.0


@attrs.frozen(kw_only=True)
class Plan:
    """What to simulate. `faults` names those that may happen, all where it is empty.

    `most` bounds each artist's albums, shows and setlists, 0 for no bound; `limits` ("5/60s") are those of
    every provider in place of the default ones.
    `poll_s` is how often idle actors look (0: as they do), `swept` how many artists a schedule is about at most.
    `calm_s` is how long the daemon may take at the end, when nothing goes wrong any more, to keep its promises.
    """

    seed: int
    days: float = 1.0
    artists: int = 4
    most: int = 0
    imports_a_day: float = 12.0
    faults_a_day: float = 24.0
    limits: str = ""
    poll_s: float = 0.0
    swept: int = 500
    faults: frozenset[str] = frozenset()
    lost_rate: float = 0.002
    late_rate: float = 0.3
    calm_s: float = 2 * DAY_S
    settle_s: float = 660.0  # the scheduler looks at the wall clock every five minutes

    @property
    def command(self) -> str:
        """Return the command that repeats it."""
        fields = [field for field in attrs.fields(Plan) if field.name != "faults"]
        own = [f"--{f.name.replace('_', '-')} {getattr(self, f.name)}" for f in fields if getattr(self, f.name) != ""]
        faults = [f"--faults {','.join(sorted(self.faults))}"] if self.faults else []
        return " ".join(["python tests/simulation/run.py", *own, *faults])


@attrs.frozen(kw_only=True)
class Outcome:
    """What came of a plan, in memory or on `servers`."""

    plan: Plan
    servers: bool
    sha256: str
    violations: tuple[str, ...]
    lines: int
    lives: int
    calls: int
    refused: int
    promised: int
    jobs: int
    happened: dict[str, int]
    virtual_s: float
    wall_s: float
    last: tuple[str, ...]

    @property
    def command(self) -> str:
        """Return the command that repeats it."""
        return f"{self.plan.command} --servers" if self.servers else self.plan.command

    def report(self) -> str:
        """Say everything that a failing run has to say, and the one command that repeats it."""
        head = "\n".join(self.violations[:20])
        return f"{head}\n{''.join(self.last[-30:])}repeat with: {self.command}\ncommit: {commit()}"


@lru_cache
def cast(count: int) -> tuple[Any, ...]:
    """Return the artists that people ask for."""
    return tuple(cast_of(Universe(WORLD_SEED, WORLD_ARTISTS), count))


@lru_cache
def world(most: int) -> World:
    """Return what the emulated providers know; it depends on nothing else, so all runs share it."""
    whole = synthetic_world(WORLD_SEED, WORLD_ARTISTS)
    return shortened(whole, most) if most else whole


def commit() -> str:
    """Name the commit of this checkout."""
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or "unknown"


class Simulation:
    """One run of a plan."""

    on_servers = False

    def __init__(
        self, plan: Plan, servers: Servers | None = None, out: TextIO | None = None, planted: Planted = lambda _, it: it
    ) -> None:
        """Prepare; `servers` and `planted` are those of a test where something is not in order."""
        self.planted = planted
        self.plan = plan
        self.journal = Journal(out)
        self.happened: Counter[str] = Counter()
        self.clock = SkewedClock()
        self.steps = Steps()
        self.mock = trio.testing.MockClock(autojump_threshold=0)
        self.weather = Weather(
            random.Random(f"{plan.seed}:weather"), lost_rate=plan.lost_rate, late_rate=plan.late_rate
        )
        self.servers = servers or Servers()
        self.servers.swept = plan.swept
        self.audit = Audit(self.journal)
        self.cast = list(cast(plan.artists))
        self.first = [artist.name for artist in self.cast[:2]]
        self.people = People(self, random.Random(f"{plan.seed}:people"))
        self.bombs: dict[str, trio.Event] = {}
        self.life: Life | None = None
        self.daemon: Daemon | None = None
        self.on_life: Callable[[Life], None] = lambda _: None
        self._over = False
        true_clock = SkewedClock()  # the providers' own: nobody sets it
        options = SandboxOptions(
            seed=plan.seed,
            artists=WORLD_ARTISTS,
            limits={"spotify": ()},
            latency_s=0.05,
            jitter_s=0.3,
            error_rate=0.002,
        )
        self.app = build(options, true_clock, world(plan.most))
        self.controls: Controls = self.app.state.controls
        self._dice = random.Random(f"{plan.seed}:host")

    def run(self) -> Outcome:
        """Run the plan to its end and judge what is left."""
        began = time.perf_counter()
        self.play()
        self.audit.violations += judge(self)
        return Outcome(
            plan=self.plan,
            servers=self.on_servers,
            sha256=self.journal.sha256,
            violations=(*self.audit.violations, *self.host.traffic.violations),
            lines=self.journal.lines,
            lives=self.host.lives,
            calls=self.host.traffic.sent,
            refused=self.host.traffic.refused,
            promised=len(self.people.promised),
            jobs=len(self.audit.ended),
            happened=dict(self.happened),
            virtual_s=self.virtual_s,
            wall_s=time.perf_counter() - began,
            last=tuple(self.journal.last),
        )

    def play(self) -> None:
        """Run the plan to its end."""
        with deterministic(self.plan.seed):
            self.ended_at, self.virtual_s = trio.run(self.main, clock=self.mock, instruments=[self.steps])

    def expected(self, spotify_id: str) -> frozenset[tuple[str, str]]:
        """Name the albums and songs that an import of this artist stores when nothing goes wrong."""
        return undisturbed(spotify_id, self.plan.most)

    def polls(self) -> Polls:
        """Return how often idle actors look."""
        return polls_of(self.plan)

    def schedules(self) -> Mapping[str, Schedule]:
        """Return what runs by itself, and when."""
        return DEFAULTS

    def make_host(self, **parts: Any) -> Host:
        """Return the machine."""
        return Host(**parts)

    def heard(self, life: int, fact: Fact) -> None:
        """Hear what an actor tells its observer."""
        self.journal.fact(life, fact)
        self.audit.violations += crashes_are_planted(fact)

    def stored(self, spotify_id: str) -> frozenset[tuple[str, str]]:
        """Name the albums and songs that are stored of an artist."""
        return catalogue(self.servers.store.world, spotify_id)

    def told(self) -> list[int] | None:
        """Return the numbers of the events that Redis was told, None where that cannot be seen."""
        return [event.seq for event in self.servers.bus.published]

    def acknowledged(self, job_id: JobId, reference: str) -> None:
        """Hear of a promise: what was acknowledged has to be there already."""
        if self.state_of(job_id) is None:
            self.audit.violations.append(f"acknowledged_means_committed: job {job_id} of {reference!r} is nowhere")

    def state_of(self, job_id: JobId) -> JobState | None:
        """Return how a job stands in the store, whoever may ask it now; None where there never was one."""
        job = self.servers.store.world.jobs.get(job_id)
        return job.state if job is not None else self.audit.ended.get(job_id)

    async def main(self) -> tuple[datetime, float]:
        """Be the main task of the run; give when it ended, by the machine's clock and by trio's."""
        async with trio.open_nursery() as everything:
            self.host = self.make_host(
                seed=self.plan.seed,
                servers=self.servers,
                app=self.app,
                clock=self.clock,
                weather=self.weather,
                journal=self.journal,
                traffic=Traffic(self.journal, self.clock, {}),
                audit=self.audit,
                later=everything.start_soon,
                tell=self.heard,
                polls=self.polls(),
                schedules=self.schedules(),
            )
            if self.plan.limits:
                windows = (parse_window(self.plan.limits),)
                self.host.settings = {k: attrs.evolve(one, limits=windows) for k, one in self.host.settings.items()}
            self.host.traffic.limits = {name: one.limits for name, one in self.host.settings.items()}
            everything.start_soon(self._live)
            everything.start_soon(self._watch)
            end = self.plan.days * DAY_S
            if self.plan.faults_a_day:
                everything.start_soon(wreak, self, DAY_S / self.plan.faults_a_day, self.plan.faults, end)
            await trio.sleep_until(end)
            await self._calm_down(end + self.plan.calm_s)
            self._over = True
            if self.daemon is not None:
                self.daemon.stop()
            await trio.sleep(LONGEST_DOWN_S * 4)
            everything.cancel_scope.cancel()
        self.journal.note("end")
        return self.clock.now(), trio.current_time()

    async def _calm_down(self, until: float) -> None:
        self.journal.note("calm")
        self.weather.calm()
        self.controls.faults.clear()
        while (self.first or self.people.waiting()) and trio.current_time() < until:
            await trio.sleep(LOOK_S)
        await trio.sleep(self.plan.settle_s)

    async def _watch(self) -> None:
        while True:
            if self.daemon is not None:
                self.audit.violations += mailboxes_stay_bounded(self.daemon.actors())
            await trio.sleep(LOOK_S * 4)

    async def _live(self) -> None:
        while not self._over:
            life = self.life = self.host.life()
            self.journal.note(f"life {life.number}")
            self.on_life(life)
            try:
                with life.scope:
                    await self._run(life)
            except* StoreUnavailable as group:
                self.journal.note(f"life {life.number} could not begin: {_leaf(group)}")
                await trio.sleep(AGAIN_S)
            except* (Killed, GaveUp) as group:
                self.journal.note(f"life {life.number} ended: {_leaf(group)}")
            except* Exception as group:  # noqa: BLE001 - whatever ends a process, another one follows
                self.journal.note(f"life {life.number} ended: {_leaf(group)}")
                if not life.dead:
                    self.audit.violations.append(f"crashes_stay_with_their_actor: {_leaf(group)}")
            life.dead, self.life, self.daemon = True, None, None
            self.host.traffic.died(self.weather)
            await trio.sleep(self._dice.uniform(0.1, LONGEST_DOWN_S) if self._dice.random() < 0.5 else 0.1)

    async def _run(self, life: Life) -> None:
        async with AsyncExitStack() as stack:
            actor_settings, adapters = await self.host.begin(life, stack)
            await self._work(life, wire(actor_settings, self.planted(self, adapters), life, {}))

    async def _work(self, life: Life, daemon: Daemon) -> None:
        self.daemon = daemon
        self.bombs.clear()
        for child in daemon.supervisor._children:
            child.spec = attrs.evolve(child.spec, run=self._mined(child.spec.name, child.spec.run))
        every_s = DAY_S / self.plan.imports_a_day
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.people.come, every_s, self.first, self.plan.days * DAY_S)
            await daemon.supervisor.run()
            nursery.cancel_scope.cancel()

    def _mined(self, name: str, run: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def explode() -> None:
            bomb = self.bombs[name] = trio.Event()
            await bomb.wait()
            raise Crash(f"{name} crashed")

        async def mined() -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(explode)
                await run()
                nursery.cancel_scope.cancel()

        return mined


def polls_of(plan: Plan) -> Polls:
    """Return how often idle actors look: that costs as much in virtual time as work does."""
    s = plan.poll_s
    more = {"beat_s": s, "jobs_s": s, "pauses_s": max(s, POLLS.pauses_s), "capabilities_s": s} if s else {}
    return attrs.evolve(POLLS, **more)


def _leaf(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__} {error}"


@lru_cache
def undisturbed(spotify_id: str, most: int) -> frozenset[tuple[str, str]]:
    """Import one artist while nothing goes wrong, and name the albums and songs that it has then."""
    plan = Plan(seed=0, days=0.005, artists=0, most=most, imports_a_day=0.001, faults_a_day=0.0, settle_s=0.0)
    quiet = Simulation(attrs.evolve(plan, lost_rate=0.0))
    quiet.first = [spotify_id]
    quiet.play()
    return catalogue(quiet.servers.store.world, spotify_id)


def simulate(plan: Plan, servers: Servers | None = None, **more: Any) -> Outcome:
    """Run a plan on servers in memory."""
    return Simulation(plan, servers, **more).run()
