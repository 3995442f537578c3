"""Mirrors rate-limit penalties in Redis: one key per provider and credential, read in one round trip.

A key `thesetd:<database>:penalty:<provider>:<fingerprint>` holds the end of the penalty in milliseconds since 1970 and,
after a blank, the penalty as JSON; "0" means that there was none when the database was read. Every key expires, but a
penalty's not before its end: if nothing is found, or something unreadable, the database has to be read.
"""

import json
from datetime import datetime
from typing import Any

import attrs

from thesetd.adapters.redis.link import RedisServer
from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.gate.penalties import Penalty
from thesetd.domain.ids import ProviderName

TIMEOUT_S = 0.5  # a call waits for this; if the mirror is unavailable, the database is read
CONNECTIONS = 2
SPARE_MS = 10_000  # how long a key outlives its penalty, and how long "0" is valid

# Two nodes may write at once: the penalty that ends later stays.
_PUT = """
local kept = redis.call('get', KEYS[1])
if not kept or (tonumber(string.match(kept, '^%d+')) or 0) <= tonumber(ARGV[1]) then
    redis.call('set', KEYS[1], ARGV[2], 'px', ARGV[3])
end
"""


@attrs.frozen
class Mirrored:
    """The content of the mirror: the last penalty, or that there was none."""

    penalty: Penalty | None


class RedisPenalties:
    """Reads and writes the mirror; losing it costs reads of the database, nothing else."""

    def __init__(self, server: RedisServer) -> None:
        """Prepare; nothing is connected yet."""
        self._name = server.name
        self._link = server.link(timeout_s=TIMEOUT_S, connections=CONNECTIONS)
        self._put = self._link.client.register_script(_PUT)

    async def get(self, provider: ProviderName, credential: Fingerprint) -> Mirrored | None:
        """Return the mirrored penalty; None if the database has to be read.

        Raises:
            BusUnavailable: Redis does not answer.
        """
        found: Any = await self._link.ask(self._link.client.get, self._key(provider, credential))
        async with self._link.reading():
            return decode(found)

    async def put(
        self, provider: ProviderName, credential: Fingerprint, penalty: Penalty | None, *, now: datetime
    ) -> None:
        """Store the database's answer, unless a penalty that ends later is already there.

        Raises:
            BusUnavailable: Redis does not answer.
        """
        until_ms = 0 if penalty is None else _ms(penalty.until)
        lives_ms = max(0, until_ms - _ms(now)) + SPARE_MS
        await self._link.ask(
            self._put, keys=[self._key(provider, credential)], args=[until_ms, encode(penalty), lives_ms]
        )

    async def forget(self, provider: ProviderName, credential: Fingerprint) -> None:
        """Make every node read the database.

        Raises:
            BusUnavailable: Redis does not answer.
        """
        await self._link.ask(self._link.client.delete, self._key(provider, credential))

    def _key(self, provider: ProviderName, credential: Fingerprint) -> str:
        return self._name("penalty", provider, credential)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._link.aclose()


def encode(penalty: Penalty | None) -> str:
    """Return the text that a key holds."""
    if penalty is None:
        return "0"
    form = {
        "since": penalty.since.isoformat(),
        "until": penalty.until.isoformat(),
        "strikes": penalty.strikes,
        "reason": penalty.reason,
    }
    return f"{_ms(penalty.until)} {json.dumps(form, separators=(',', ':'))}"


def decode(text: bytes | None) -> Mirrored | None:
    """Parse the value of a key; None if it is missing or not ours."""
    if text is None or text == b"0":
        return None if text is None else Mirrored(None)
    try:
        form = json.loads(text.partition(b" ")[2])
        since, until = datetime.fromisoformat(form["since"]), datetime.fromisoformat(form["until"])
        penalty = Penalty(since=since, until=until, strikes=int(form["strikes"]), reason=str(form["reason"]))
    except (ValueError, TypeError, KeyError):
        return None
    return Mirrored(penalty) if since.tzinfo and until.tzinfo else None


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
