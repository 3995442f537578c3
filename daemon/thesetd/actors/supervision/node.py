"""The node: sends this process's heartbeats, releases the jobs of crashed nodes, and passes hints on.

Hints make other nodes' commits known at once; polling finds everything that they announce, a little later.
"""

from collections.abc import Callable

import trio

from thesetd.actors.messages import Committed, Rescued, RevalidateLeases, ToBroadcaster, ToImporter, Wake
from thesetd.actors.supervision.polls import POLLS, Polls
from thesetd.domain.errors import ConfigError, NameTaken, StoreUnavailable
from thesetd.domain.facts import JobsRecovered, StoreWaited
from thesetd.domain.ticks import tick_within
from thesetd.domain.work.heartbeat_monitor import Watch
from thesetd.domain.work.jobs import Owner
from thesetd.ports.clock import Clock
from thesetd.ports.observer import Observer
from thesetd.ports.pulse import busy, idle
from thesetd.ports.store import HintKind, JobStore, NodeStore

RETRY_S = 0.5
GATHER_S = 0.005  # before a hint is passed on: they come in bursts, and as an echo of this node's own commits
GRACE_S = 10.0  # after the database was unavailable: live nodes reclaim their names within a beat or two
LONGEST_BEAT_S = 60.0  # the store's calls have far shorter timeouts


class Node:
    """One node among those that share a database."""

    def __init__(
        self,
        owner: Owner,
        *,
        nodes: NodeStore,
        jobs: JobStore,
        importer: trio.MemorySendChannel[ToImporter],
        broadcaster: trio.MemorySendChannel[ToBroadcaster],
        clock: Clock,
        observer: Observer,
        on_pauses: Callable[[], None] = lambda: None,
        on_changes: Callable[[], None] = lambda: None,
        on_live: Callable[[frozenset[str], float], None] = lambda _names, _now: None,
        polls: Polls = POLLS,
    ) -> None:
        """Take the identity of this process, which it acquired before anything else was started.

        `on_pauses` is called when any node has paused or resumed something, `on_changes` when the catalogue has
        changed, `on_live` after each beat with the names of live nodes.
        """
        self._owner = owner
        self._nodes = nodes
        self._jobs = jobs
        self._importer = importer
        self._broadcaster = broadcaster
        self._clock = clock
        self._observer = observer
        self._on_pauses = on_pauses
        self._on_changes = on_changes
        self._on_live = on_live
        self._beat_s = polls.beat_s
        self._watch = Watch()
        self._wait_until = 0.0

    async def run(self) -> None:
        """Send heartbeats until cancelled.

        Raises:
            ConfigError: another process runs as this node now; a restart would fight over the name.
        """
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._pass_hints_on)
            while True:
                try:
                    with busy("sends a heartbeat", LONGEST_BEAT_S):
                        await self._beat()
                    wait_s = self._beat_s
                except NameTaken as error:
                    raise ConfigError([f"node.name: {error}"]) from error
                except StoreUnavailable as error:
                    self._observer.notify(StoreWaited(error=str(error), retry_in_s=RETRY_S))
                    wait_s = RETRY_S
                await trio.sleep_until(tick_within(trio.current_time(), wait_s))

    async def _beat(self) -> None:
        standing, now = await self._nodes.beat(self._owner), trio.current_time()
        self._on_live(standing.live, now)
        hung = self._watch.hung(standing.beats, now)
        if standing.retaken:
            self._wait_until = now + GRACE_S
        if now < self._wait_until:
            return
        count = await self._jobs.recover(owner=self._owner, presumed_dead=hung, now=self._clock.now())
        if count:
            self._observer.notify(JobsRecovered(count=count))
            with idle():
                await self._importer.send(Rescued())

    async def _pass_hints_on(self) -> None:
        while True:
            hint = await self._nodes.hint()
            await trio.sleep(GATHER_S)
            match hint.left:
                case HintKind.JOBS:
                    await self._importer.send(Wake())
                case HintKind.ORDERS:
                    await self._importer.send(RevalidateLeases())
                    await self._importer.send(Wake())
                case HintKind.PAUSES:
                    self._on_pauses()
                case HintKind.CHANGES:
                    self._on_changes()
                case HintKind.EVENTS:
                    if hint.seq is not None:
                        await self._broadcaster.send(Committed(seq=hint.seq))
