"""Queries the shared log of reservations in Redis, with one call of the script `log.lua` per query."""

import json
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import Any, TypeVar

import attrs
import trio

from thesetd.adapters.redis.link import RedisServer
from thesetd.adapters.redis.wire import RedisScript
from thesetd.domain.errors import BusUnavailable
from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.ids import ProviderName

TIMEOUT_S = 0.5  # for connecting and for each answer: calls wait for it, but losing Redis costs more than waiting
CONNECTIONS = 1  # of redis-py's, which nothing here uses
US = 1_000_000
KEYS = ("log", "state")
_STANDINGS, _VERDICTS = ("shared", "wait", "found"), ("granted", "later", "limits", "join")
SCRIPT = RedisScript(resources.files(__package__).joinpath("log.lua").read_text("utf-8"))

T = TypeVar("T")


class LogLost(Exception):
    """Redis does not answer properly; the command may have been carried out."""


@attrs.frozen
class Timed:
    """When a query was sent and its answer received (our clock), and the time of Redis, all in seconds."""

    sent: float
    received: float
    theirs: float


@attrs.frozen
class LogStanding:
    """The state of the log.

    `status` is "shared" (slots are granted), "wait" (not yet), or "found" (the past is unknown: the caller has to
    rebuild the log from the ledger). `nodes` are the recently seen ones, with the moment on the clock of Redis.
    `lately` is the content of a shared log, by unit, after reservations were submitted; None if it was not returned.
    """

    time: Timed
    status: str
    generation: int
    limits: str
    limits_for_s: float
    nodes: Mapping[str, float]
    lately: Mapping[str, float] | None


@attrs.frozen
class LogVerdict:
    """The outcome of a request for slots; moments are on the clock of Redis.

    `status` is "granted" (the `moments` are reserved, perhaps fewer than requested), "later" (none is: the next one is
    too far away), "limits" (other limits are in force), or "join" (the log has changed since the caller's last query).
    `next` is the moment of the next such slot.
    """

    time: Timed
    status: str
    moments: tuple[float, ...]
    next: float


class RedisLog:
    """One credential's log; its user sends one query at a time."""

    def __init__(
        self,
        server: RedisServer,
        *,
        provider: ProviderName,
        credential: Fingerprint,
        epoch_s: Callable[[], float] | None = None,
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            server: which Redis.
            provider: the provider of the limits.
            credential: the credential, which is part of the keys.
            epoch_s: the time to use instead of the clock of Redis, in seconds since 1970: a simulation's.
        """
        self._link = server.link(timeout_s=TIMEOUT_S, connections=CONNECTIONS, text=True)
        self._epoch_s = epoch_s
        self._keys = [f"thesetd:limit:{provider}:{credential}:{key}" for key in KEYS]

    async def contact(self, question: Mapping[str, Any]) -> LogStanding:
        """Report this node; submit reservations, peers, limits, or the ledger's entries.

        Raises:
            LogLost: Redis does not answer.
        """
        sent = trio.current_time()

        def read(answer: Any) -> LogStanding:
            status, generation, now, limits, lasting, nodes, *more = answer
            time = Timed(sent, trio.current_time(), now / US)
            lately = _scored(more[0]) if more else None
            known = _one_of(_STANDINGS, status)
            return LogStanding(time, known, int(generation), limits, lasting / US, _scored(nodes), lately)

        return await self._ask("contact", question, read)

    async def reserve(self, question: Mapping[str, Any]) -> LogVerdict:
        """Request slots.

        Raises:
            LogLost: Redis does not answer; slots may have been reserved.
        """
        sent = trio.current_time()

        def read(answer: Any) -> LogVerdict:
            status, moments, now, further = answer
            time = Timed(sent, trio.current_time(), now / US)
            known = _one_of(_VERDICTS, status)
            return LogVerdict(time, known, tuple(moment / US for moment in moments), further / US)

        return await self._ask("reserve", question, read)

    async def usage(self, question: Mapping[str, Any]) -> list[int]:
        """Return the usage of each window.

        Raises:
            LogLost: Redis does not answer.
        """
        return await self._ask("usage", question, lambda answer: [int(taken) for taken in answer])

    async def leave(self, question: Mapping[str, Any]) -> None:
        """Sign off: this node will make no more calls.

        Raises:
            LogLost: Redis does not answer.
        """
        await self._ask("leave", question, lambda _: None)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._link.aclose()

    async def _ask(self, name: str, question: Mapping[str, Any], read: Callable[[Any], T]) -> T:
        full = {**question, "question": name}
        if self._epoch_s is not None:
            full["now"] = round(self._epoch_s() * US)
        try:
            about = f"keys {self._keys[0]} and ...:{KEYS[1]}"
            answer = await self._link.run(SCRIPT, self._keys, [json.dumps(full)], about=about)
            async with self._link.reading():
                return read(answer)
        except BusUnavailable as error:
            raise LogLost(str(error)) from None


def _one_of(known: tuple[str, ...], word: Any) -> str:
    if word not in known:
        raise ValueError("an answer to another query")
    return str(word)


def _scored(pairs: Sequence[str]) -> dict[str, float]:
    return {name: float(score) / US for name, score in zip(pairs[::2], pairs[1::2], strict=True)}
