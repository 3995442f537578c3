"""The keeper of what credentials cannot do: restores it at the start, saves what is learned, and forgets after a week.

A client learns when the API refuses something, in the middle of an import; this actor looks at it every `LOOK_S` and
saves what is new. A crash within that time costs one refused call. After `LEARNED_FOR` the client plans with everything
again: that is how a credential which was upgraded is noticed, at the price of a refused call where it was not.
"""

from collections.abc import Mapping
from datetime import timedelta

import attrs
import trio

from thesetd.domain.credentials import Fingerprint
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.ids import ProviderName
from thesetd.ports.clock import Clock
from thesetd.ports.gate import CapabilityMemory, Learned
from thesetd.ports.providers import Adaptive
from thesetd.ports.pulse import busy

LEARNED_FOR = timedelta(days=7)
LOOK_S = 10.0
SAVE_S = 60.0  # loading and saving; the store bounds each far below


@attrs.define
class _Kept:
    """One client; `learned` is what the memory holds of it, as far as it counts; None also before it was asked."""

    credential: Fingerprint
    client: Adaptive
    loaded: bool = False
    learned: Learned | None = None


class CapabilityKeeper:
    """Watches the clients that learn."""

    def __init__(
        self,
        clients: Mapping[ProviderName, tuple[Fingerprint, Adaptive]],
        *,
        memory: CapabilityMemory,
        clock: Clock,
    ) -> None:
        """Take the clients that learn, each with its credential's fingerprint."""
        self._kept = {name: _Kept(credential, client) for name, (credential, client) in clients.items()}
        self._memory = memory
        self._clock = clock

    async def run(self) -> None:
        """Look after the clients until cancelled; a database that is away is asked again at the next look."""
        while True:
            for provider, kept in self._kept.items():
                try:
                    with busy("looks after what is learned", SAVE_S):
                        await self._look_after(provider, kept)
                except StoreUnavailable:
                    continue
            await trio.sleep(LOOK_S)

    async def _look_after(self, provider: ProviderName, kept: _Kept) -> None:
        if not kept.loaded:
            await self._load(provider, kept)
        if kept.learned is not None and self._clock.now() - kept.learned.at >= LEARNED_FOR:
            kept.learned = None
            kept.client.restore(())
        gone = kept.client.remember()
        if gone and (kept.learned is None or gone != kept.learned.gone):
            learned = Learned(gone=gone, at=self._clock.now())
            await self._memory.save(provider, kept.credential, learned)
            kept.learned = learned

    async def _load(self, provider: ProviderName, kept: _Kept) -> None:
        """Restore what was learned within its time, beside what the client has found out since."""
        found = await self._memory.load(provider, kept.credential)
        if found is not None and self._clock.now() - found.at < LEARNED_FOR:
            kept.client.restore({*found.gone, *kept.client.remember()})
            kept.learned = found
        kept.loaded = True
