"""Keeps what credentials cannot do: restores it at start-up, saves what is learned, and probes again weekly.

A client learns when the API refuses something, in the middle of an import; this actor checks it every few seconds,
saves what is new, and reports it. A crash within that time costs one refused call. A loss learned `LEARNED_FOR` ago is
probed with one call per capability, bypassing the cache, whose answers may predate the loss. So an upgraded credential
is noticed, and no import pays for one that was not upgraded.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs
import trio

from thesetd.actors.asking import CallExecutor
from thesetd.actors.supervision.polls import POLLS, Polls
from thesetd.domain.errors import CapabilityGone, NotConfigured, NotFound, Paused, ProviderError, StoreUnavailable
from thesetd.domain.facts import CapabilitiesLearned
from thesetd.domain.gate.calls import Purpose
from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.ids import ProviderName
from thesetd.domain.ticks import tick_within
from thesetd.domain.work.jobs import Lane
from thesetd.ports.clock import Clock
from thesetd.ports.gate import CapabilityMemory, Learned
from thesetd.ports.observer import Observer
from thesetd.ports.providers import Adaptive
from thesetd.ports.pulse import busy

LEARNED_FOR = timedelta(days=7)
ASK_AGAIN = timedelta(hours=1)  # if a probe gave no result, as the provider is unavailable, or it could not be saved
PROBE = Purpose("probe")
SAVE_S = 60.0  # loading and saving; the store's own timeouts are far shorter


@attrs.define
class _Kept:
    """One client; `learned` is what is stored about it, None if that is nothing or was not read yet."""

    credential: Fingerprint
    client: Adaptive
    loaded: bool = False
    learned: Learned | None = None
    not_before: datetime | None = None


class CapabilityKeeper:
    """Watches the clients that learn their capabilities."""

    def __init__(
        self,
        clients: Mapping[ProviderName, tuple[Fingerprint, Adaptive]],
        *,
        fetcher: CallExecutor,
        memory: CapabilityMemory,
        clock: Clock,
        observer: Observer,
        polls: Polls = POLLS,
    ) -> None:
        """Take the clients that learn, each with its credential's fingerprint; `fetcher` must not use a cache."""
        self._kept = {name: _Kept(credential, client) for name, (credential, client) in clients.items()}
        self._fetcher = fetcher
        self._memory = memory
        self._clock = clock
        self._observer = observer
        self._poll_s = polls.capabilities_s

    async def run(self) -> None:
        """Watch the clients until cancelled; if the database is unavailable, it is tried again at the next poll."""
        while True:
            for provider, kept in self._kept.items():
                try:
                    with busy("saves learned capabilities", SAVE_S):
                        await self._look_after(provider, kept)
                except StoreUnavailable:
                    continue
            await trio.sleep_until(tick_within(trio.current_time(), self._poll_s))

    async def _look_after(self, provider: ProviderName, kept: _Kept) -> None:
        if not kept.loaded:
            await self._load(provider, kept)
        gone = kept.client.remember()
        if gone != (kept.learned.gone if kept.learned is not None else ()):
            await self._learn(provider, kept, gone)
        if self._is_due(kept):
            await self._probe(provider, kept)

    async def _load(self, provider: ProviderName, kept: _Kept) -> None:
        """Restore what was learned, in addition to what the client has found out since."""
        found = await self._memory.load(provider, kept.credential)
        if found is not None:
            kept.client.restore({*found.gone, *kept.client.remember()})
            kept.learned = found
        kept.loaded = True

    async def _learn(self, provider: ProviderName, kept: _Kept, gone: tuple[str, ...]) -> None:
        learned = Learned(gone=gone, at=self._clock.now())
        await self._memory.save(provider, kept.credential, learned)
        if kept.learned is None or kept.learned.gone != gone:
            self._observer.notify(CapabilitiesLearned(provider=provider, gone=gone))
        kept.learned = learned

    def _is_due(self, kept: _Kept) -> bool:
        if kept.learned is None or not kept.learned.gone:
            return False
        return self._clock.now() >= max(kept.learned.at + LEARNED_FOR, kept.not_before or kept.learned.at)

    async def _probe(self, provider: ProviderName, kept: _Kept) -> None:
        """Probe each missing capability; if a probe gave no result, all are probed again later."""
        assert kept.learned is not None
        kept.not_before = self._clock.now() + ASK_AGAIN
        back = set()
        for capability in kept.learned.gone:
            try:
                await self._fetcher.fetch(kept.client.probe(capability).on_behalf_of(PROBE), Lane.LOW)
            except CapabilityGone:
                continue
            except NotFound:
                back.add(capability)
            except (ProviderError, NotConfigured, Paused):
                return
            else:
                back.add(capability)
        kept.client.restore(set(kept.client.remember()) - back)
        await self._learn(provider, kept, kept.client.remember())
