"""Proves credentials: a refused key is known before an import uses it, and so is a key that works again.

Real calls prove a key by themselves, at no extra cost. This actor makes a call only if there is none: after start-up,
if none was made within `FIRST_S`, and when a hold is over, which an idle daemon would otherwise keep for ever. Such a
call goes through the gate like any other, in the lowest lane, bypassing the cache, and into the ledger; it requests an
artist that the provider has long known. A provider whose credentials can be proved without using its quota (Spotify: by
a new token) is proved at once, and every `BESIDE_S` while it is held.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import attrs
import trio

from thesetd.actors.asking import CallExecutor
from thesetd.actors.gate.gate import Gate
from thesetd.actors.supervision.polls import POLLS, Polls
from thesetd.domain.errors import NotConfigured, Paused, ProviderError, ThesetdError
from thesetd.domain.gate.calls import Call, Purpose
from thesetd.domain.ids import ProviderName
from thesetd.domain.ticks import tick_within
from thesetd.domain.work.jobs import Lane
from thesetd.ports.pulse import busy

FIRST_S = 30.0  # time in which most daemons have made a real call
AGAIN_S = 300.0  # after a call without a result: each costs a slot of the quota
BESIDE_S = 120.0
PROOF = Purpose("probe")
PROVE_S = 120.0  # one proof outside the quota; the transport's own timeout is far shorter


@attrs.frozen(kw_only=True)
class Proof:
    """How to prove one provider's credentials.

    `beside` does so without using its quota: it returns whether it did, and raises the provider's refusal.
    """

    call: Call[Any]
    beside: Callable[[], Awaitable[bool]] | None = None


class CredentialProver:
    """Proves the credentials of each provider that has any."""

    def __init__(
        self,
        proofs: Mapping[ProviderName, Proof],
        *,
        gates: Mapping[ProviderName, Gate],
        fetcher: CallExecutor,
        polls: Polls = POLLS,
    ) -> None:
        """Take the proofs; `fetcher` must not use a cache."""
        self._proofs = proofs
        self._gates = gates
        self._fetcher = fetcher
        self._poll_s = polls.credentials_s

    async def run(self) -> None:
        """Prove until cancelled."""
        async with trio.open_nursery() as nursery:
            for provider, proof in self._proofs.items():
                nursery.start_soon(self._watch, self._gates[provider], proof)
            await trio.sleep_forever()

    async def _watch(self, gate: Gate, proof: Proof) -> None:
        began = beside_at = trio.current_time()
        call_at = began + FIRST_S
        await self._beside(gate, proof)
        while True:
            await trio.sleep_until(tick_within(trio.current_time(), self._poll_s))
            now = trio.current_time()
            if gate.hold.reason is not None and now - beside_at >= BESIDE_S:
                beside_at = now
                await self._beside(gate, proof)
            if _is_missing(gate) and now >= call_at:
                await self._call(proof)
                call_at = trio.current_time() + AGAIN_S

    async def _beside(self, gate: Gate, proof: Proof) -> None:
        """Prove the credentials without using the quota, if that is possible now; the next call then tests the hold."""
        if proof.beside is None or gate.in_flight.closed or await gate.penalties.in_force():
            return
        try:
            with busy("proves credentials", PROVE_S):
                proved = await proof.beside()
        except NotConfigured:
            return
        except ThesetdError as error:
            gate.hold.record(error)
        else:
            if proved:
                gate.hold.proved()

    async def _call(self, proof: Proof) -> None:
        try:
            await self._fetcher.fetch(proof.call.on_behalf_of(PROOF), Lane.LOW)
        except (ProviderError, NotConfigured, Paused):
            return  # the gate has recorded it


def _is_missing(gate: Gate) -> bool:
    """Return whether a call is needed as proof: no recent one was accepted, and no pause holds calls."""
    hold = gate.hold
    return hold.left_s == 0.0 if hold.reason is not None else hold.proved_at is None
