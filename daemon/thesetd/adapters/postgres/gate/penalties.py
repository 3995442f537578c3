"""Stores rate-limit penalties in PostgreSQL, where they survive restarts; one row per provider and credential."""

from datetime import datetime, timedelta

import asyncpg

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.text import MAX_REASON, storable
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.gate.penalties import Penalty, merged
from thesetd.domain.ids import ProviderName

PROBE_S = 30.0  # by then a node that began a probe has received its answer or timed out

_CURRENT = """
select blocked_since, blocked_until, strikes, reason from thesetd.provider_state
where provider = $1 and credential = $2 and blocked_until is not null
"""
_BLOCK = """
update thesetd.provider_state
set blocked_since = $3, blocked_until = $4, strikes = $5, reason = $6, probe_until = null
where provider = $1 and credential = $2
"""
_PROBE = """
update thesetd.provider_state set probe_until = $4
where provider = $1 and credential = $2 and (probe_until is null or probe_until <= $3) returning true
"""
_PROBED_UNTIL = "select probe_until from thesetd.provider_state where provider = $1 and credential = $2"


class PostgresPenalties:
    """The `PenaltyBox` over PostgreSQL alone: the truth, at the price of a round trip each time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def current(self, provider: ProviderName, credential: Fingerprint) -> Penalty | None:
        """Return the last penalty; see `thesetd.ports.gate.PenaltyBox`."""

        async def work(connection: Connection) -> Penalty | None:
            return _penalty(await connection.fetchrow(_CURRENT, provider, credential))

        return await self._database.read(work)

    async def block(self, provider: ProviderName, credential: Fingerprint, penalty: Penalty) -> Penalty:
        """Merge a penalty with what is known, one node after another; see `thesetd.ports.gate.PenaltyBox`."""

        async def work(connection: Connection) -> Penalty:
            await connection.execute(
                "insert into thesetd.provider_state (provider, credential) values ($1, $2) on conflict do nothing",
                provider,
                credential,
            )
            known = _penalty(await connection.fetchrow(f"{_CURRENT} for update", provider, credential))
            joined = merged(known, penalty)
            reason = storable(joined.reason)[:MAX_REASON]
            await connection.execute(_BLOCK, provider, credential, joined.since, joined.until, joined.strikes, reason)
            return joined

        return await self._database.note(work)

    async def clear(self, provider: ProviderName, credential: Fingerprint) -> None:
        """Forget the strikes; see `thesetd.ports.gate.PenaltyBox`."""

        async def work(connection: Connection) -> None:
            await connection.execute(
                "update thesetd.provider_state set strikes = 0 where provider = $1 and credential = $2",
                provider,
                credential,
            )

        await self._database.note(work)

    async def probe(self, provider: ProviderName, credential: Fingerprint, *, now: datetime) -> float:
        """Claim the probe; see `thesetd.ports.gate.PenaltyBox`."""

        async def work(connection: Connection) -> float:
            until = now + timedelta(seconds=PROBE_S)
            if await connection.fetchval(_PROBE, provider, credential, now, until):
                return 0.0
            taken_until = await connection.fetchval(_PROBED_UNTIL, provider, credential)
            return 0.0 if taken_until is None else max(0.0, (taken_until - now).total_seconds())

        try:
            return await self._database.note(work)
        except StoreUnavailable:
            return 0.0


def _penalty(row: asyncpg.Record | None) -> Penalty | None:
    if row is None:
        return None
    return Penalty(since=row["blocked_since"], until=row["blocked_until"], strikes=row["strikes"], reason=row["reason"])
