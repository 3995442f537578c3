"""The prober: checks each dependency of the daemon by using it, again and again, and keeps the latest verdicts.

Readiness, health and metrics read the verdicts without waiting for any server. Each probe has its own loop, so that an
unresponsive server delays no verdict about another. A loss and a return are noticed within 10 s: a probe is repeated
after at most 5 s while it succeeds and after 1.25 s while it fails, and is given up after 3 s. For each server that
lacks something one line a minute is logged, as while it is awaited at start-up.
"""

import math
import random
from collections.abc import Sequence

import trio

from thesetd.actors.supervision.polls import POLLS, Polls
from thesetd.domain.errors import ThesetdError
from thesetd.domain.facts import DependencyLost, DependencyReturned, ServerAwaited
from thesetd.domain.ticks import tick_within
from thesetd.ports.observer import Observer
from thesetd.ports.probes import ADVICE, OK, Probe
from thesetd.ports.probes import NOT_PROVED as UNKNOWN

RETRY_S = 1.0  # while a probe fails
JITTER = 0.25  # of the pause, at most
PATIENCE_S = 3.0
SILENT = f"no answer within {PATIENCE_S:g} s"
REMIND_S = 60.0  # between two log lines about the same server


class Prober:
    """Keeps a verdict about each dependency of the daemon: "ok", or the server's message."""

    def __init__(
        self, probes: Sequence[Probe], *, observer: Observer, rng: random.Random, polls: Polls = POLLS
    ) -> None:
        """Start without verdicts."""
        self._probes = tuple(probes)
        self._observer = observer
        self._rng = rng
        self._poll_s = polls.probe_s
        self._verdicts = {probe.name: UNKNOWN for probe in probes}
        self._overdue_at = dict.fromkeys(self._verdicts, 0.0)  # the present proof, or the next one
        self._proving = set[str]()
        self._lost_at: dict[str, float] = {}
        self._changed = trio.Event()

    @property
    def verdicts(self) -> dict[str, str]:
        """Return the latest verdict of each probe, in the order of the probes."""
        return dict(self._verdicts)

    async def first_verdicts(self) -> None:
        """Wait until each probe has a verdict, which takes at most `PATIENCE_S` while the prober runs."""
        while UNKNOWN in self._verdicts.values():
            await self._changed.wait()

    async def run(self) -> None:
        """Probe until cancelled."""
        async with trio.open_nursery() as nursery:
            for probe in self._probes:
                nursery.start_soon(self._repeat, probe)
            nursery.start_soon(self._notice_silence)
            await self._remind()

    async def _remind(self) -> None:
        """Log the first thing that each server lacks, every minute."""
        while True:
            await trio.sleep(REMIND_S)
            lacking = {name.partition(" ")[0]: name for name in reversed(self._lost_at) if name not in ADVICE}
            for server, name in lacking.items():
                waited_s = round(trio.current_time() - self._lost_at[name], 1)
                self._observer.notify(ServerAwaited(server=server, error=self._verdicts[name], waited_s=waited_s))

    async def _repeat(self, probe: Probe) -> None:
        while True:
            await self._prove(probe)
            now = trio.current_time()
            if self._verdicts[probe.name] == OK:
                next_at = tick_within(now, self._poll_s * (1 + JITTER))
            else:  # nodes that lost a server at the same moment do not all probe it at the same moments
                next_at = now + RETRY_S * (1 + JITTER * self._rng.random())
            self._overdue_at[probe.name] = next_at + PATIENCE_S
            await trio.sleep_until(next_at)

    async def _prove(self, probe: Probe) -> None:
        """Reach one verdict; `_notice_silence` gives one on a probe that is slow to be cancelled."""
        self._overdue_at[probe.name] = overdue_at = trio.current_time() + PATIENCE_S
        self._proving.add(probe.name)
        try:
            with trio.move_on_at(overdue_at) as patience:
                await probe.prove()
        except ThesetdError as error:
            self._settle(probe, str(error) or type(error).__name__)
        else:
            self._settle(probe, SILENT if patience.cancelled_caught else OK)
        finally:
            self._proving.remove(probe.name)

    async def _notice_silence(self) -> None:
        """Give a verdict on each probe that takes longer than `PATIENCE_S`: one task for all, which seldom wakes."""
        while True:
            now = trio.current_time()
            for probe in self._probes:
                if probe.name in self._proving and self._overdue_at[probe.name] <= now:
                    self._settle(probe, SILENT)
            coming = [at if at > now else now + PATIENCE_S for at in self._overdue_at.values()]
            await trio.sleep_until(min(coming, default=math.inf))  # no proof that begins later is overdue before

    def _settle(self, probe: Probe, verdict: str) -> None:
        before, self._verdicts[probe.name] = self._verdicts[probe.name], verdict
        if verdict == before:
            return
        if verdict == OK:
            self._lost_at.pop(probe.name, None)
        else:
            self._lost_at.setdefault(probe.name, trio.current_time())
        if verdict != OK:
            self._observer.notify(DependencyLost(dependency=probe.name, reason=verdict))
        elif before != UNKNOWN:
            self._observer.notify(DependencyReturned(dependency=probe.name))
        self._changed.set()
        self._changed = trio.Event()
