"""Keeps rate-limit penalties for a running daemon: memory over Redis over PostgreSQL.

Memory younger than `FRESH_S` is used without any query, so a call costs no round trip; older memory queries Redis once.
PostgreSQL is authoritative. It is read at start-up, and whenever Redis does not know or does not answer; a wiped Redis
does not know. Penalties that this process received count for it at once, whatever else happens; those that PostgreSQL
could not accept are stored later, by `run`.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

import attrs
import trio

from thesetd.adapters.redis.penalties import RedisPenalties
from thesetd.domain.errors import BusUnavailable, StoreUnavailable
from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.gate.penalties import Penalty, merged
from thesetd.domain.ids import ProviderName
from thesetd.ports.clock import Clock
from thesetd.ports.gate import PenaltyBox
from thesetd.ports.pulse import busy

FRESH_S = 1.0
MIRROR_REST_S = 5.0  # how long an unresponsive Redis is not queried: each try may cost its whole timeout
READ_S = 2.0  # a slower database counts as unavailable while something is remembered
BLOCK_S = 5.0  # time for storing a penalty while the process is being stopped
WRITE_S = 60.0  # the store's calls have far shorter timeouts
FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 5.0


@attrs.define
class _Memory:
    """What this process knows about one credential; `read_at` is on trio's clock, -inf before the database was read."""

    provider: ProviderName
    credential: Fingerprint
    penalty: Penalty | None = None
    read_at: float = -math.inf
    owed: bool = False
    reading: trio.Lock = attrs.field(factory=trio.Lock)

    @property
    def was_read(self) -> bool:
        return self.read_at > -math.inf

    def learn(self, penalty: Penalty | None) -> None:
        """Take a store's record, unless this process has a newer one that the store has not received yet."""
        ours = self.penalty
        if penalty is not None and (ours is None or penalty.until >= ours.until):
            self.penalty = penalty
        elif penalty is not None:
            self.penalty = merged(ours, penalty)
        self.read_at = trio.current_time()


class SharedPenaltyBox:
    """A `thesetd.ports.gate.PenaltyBox` for all workers of a process, whose `block` never fails."""

    def __init__(self, durable: PenaltyBox, mirror: RedisPenalties, clock: Clock, *, fresh_s: float = FRESH_S) -> None:
        """Take the stores; nothing is read yet."""
        self._durable = durable
        self._mirror = mirror
        self._clock = clock
        self._fresh_s = fresh_s
        self._mirror_rests_until = -math.inf
        self._memories: dict[tuple[ProviderName, Fingerprint], _Memory] = {}
        self._owing = trio.Event()

    async def current(self, provider: ProviderName, credential: Fingerprint) -> Penalty | None:
        """Return the last penalty, from memory if that is recent; see `thesetd.ports.gate.PenaltyBox`.

        Raises:
            StoreUnavailable: neither store answers and nothing was ever read.

        Cancellation: no checkpoint where memory is fresh.
        """
        memory = self._memory(provider, credential)
        if not self._is_fresh(memory):
            async with memory.reading:
                if not self._is_fresh(memory):
                    await self._read(memory)
        return memory.penalty

    async def block(self, provider: ProviderName, credential: Fingerprint, penalty: Penalty) -> Penalty:
        """Store a penalty, here at once and then everywhere; it never raises; see `thesetd.ports.gate.PenaltyBox`.

        Cancellation: waits until the penalty is stored, at most `BLOCK_S`.
        """
        memory = self._memory(provider, credential)
        joined = memory.penalty = merged(memory.penalty, penalty)
        memory.owed = True
        with trio.move_on_after(BLOCK_S, shield=True):
            await self._show(memory)
            await self._write_down(memory)
            if memory.penalty != joined:
                await self._show(memory)
        if memory.owed:
            self._owing.set()
        return memory.penalty

    async def clear(self, provider: ProviderName, credential: Fingerprint) -> None:
        """Forget the strikes everywhere; other nodes notice within seconds; see `PenaltyBox`."""
        await self._durable.clear(provider, credential)
        memory = self._memory(provider, credential)
        if memory.penalty is not None:
            memory.penalty = attrs.evolve(memory.penalty, strikes=0)
        if self._mirror_may_be_asked():
            with self._mirror_may_fail():
                await self._mirror.forget(provider, credential)

    async def probe(self, provider: ProviderName, credential: Fingerprint, *, now: datetime) -> float:
        """Claim the probe in the database; see `thesetd.ports.gate.PenaltyBox`."""
        return await self._durable.probe(provider, credential, now=now)

    async def run(self) -> None:
        """Store what the database did not accept, until cancelled."""
        while True:
            retry_s = FIRST_RETRY_S
            while owed := [memory for memory in self._memories.values() if memory.owed]:
                await trio.sleep(retry_s)
                retry_s = min(2 * retry_s, LONGEST_RETRY_S)
                for memory in owed:
                    await self._write_down(memory)
            await self._owing.wait()
            self._owing = trio.Event()

    def _memory(self, provider: ProviderName, credential: Fingerprint) -> _Memory:
        key = (provider, credential)
        if key not in self._memories:
            self._memories[key] = _Memory(provider, credential)
        return self._memories[key]

    def _is_fresh(self, memory: _Memory) -> bool:
        return trio.current_time() - memory.read_at < self._fresh_s

    async def _read(self, memory: _Memory) -> None:
        """Query the mirror and, if it does not know, the database; the first time in the reverse order."""
        if memory.was_read:
            if not await self._read_mirror(memory) and not await self._read_durable(memory):
                memory.read_at = trio.current_time()
        elif not await self._read_durable(memory) and not await self._read_mirror(memory) and memory.penalty is None:
            raise StoreUnavailable(f"cannot read the rate-limit penalty for {memory.provider}: no store is reachable")

    async def _read_mirror(self, memory: _Memory) -> bool:
        found = None
        if self._mirror_may_be_asked():
            with self._mirror_may_fail():
                found = await self._mirror.get(memory.provider, memory.credential)
        if found is not None:
            memory.learn(found.penalty)
        return found is not None

    async def _read_durable(self, memory: _Memory) -> bool:
        with suppress(StoreUnavailable), trio.move_on_after(READ_S):
            memory.learn(await self._durable.current(memory.provider, memory.credential))
            await self._show(memory)
            return True
        return False

    async def _write_down(self, memory: _Memory) -> None:
        assert memory.penalty is not None
        with suppress(StoreUnavailable):
            with busy("records a penalty", WRITE_S):
                written = await self._durable.block(memory.provider, memory.credential, memory.penalty)
            memory.learn(written)
            memory.owed = memory.penalty != written

    async def _show(self, memory: _Memory) -> None:
        if self._mirror_may_be_asked():
            with self._mirror_may_fail():
                now = self._clock.now()
                await self._mirror.put(memory.provider, memory.credential, memory.penalty, now=now)

    def _mirror_may_be_asked(self) -> bool:
        return trio.current_time() >= self._mirror_rests_until

    @contextmanager
    def _mirror_may_fail(self) -> Iterator[None]:
        try:
            yield
        except BusUnavailable:
            self._mirror_rests_until = trio.current_time() + MIRROR_REST_S
