"""Checks everything that a run needs, in the order in which it needs it.

A check changes nothing permanently: the schema's missing steps are rehearsed in a transaction that is rolled back,
Redis is tested with the daemon's scratch names, and no call is made that a provider counts. A daemon that runs
meanwhile is not affected.
"""

import random
import shutil
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import trio

from thesetd.adapters.aio import AsyncioBridge, open_loop
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.embedded import postgres as private_postgres
from thesetd.adapters.embedded import redis as private_redis
from thesetd.adapters.embedded.lock import inspect_state
from thesetd.adapters.http import HttpSession
from thesetd.adapters.postgres.examination import Examination
from thesetd.adapters.providers.registry import PROVIDERS
from thesetd.adapters.providers.spec import ProviderSpec
from thesetd.adapters.redis.address import parse
from thesetd.adapters.redis.bus import RedisBus
from thesetd.adapters.redis.link import RedisServer
from thesetd.adapters.redis.probes import RedisProbes
from thesetd.adapters.redis_limiter import LimitsProbe, RedisLog
from thesetd.adapters.web.access.peers import PeerAccess
from thesetd.adapters.web.listener.serve import inspect_tcp, tls_context
from thesetd.adapters.web.listener.unix_socket import inspect_socket
from thesetd.app.checking.findings import Finding, FindingVerdict, trying
from thesetd.app.configuration.config import Config
from thesetd.app.listeners import host_and_port
from thesetd.domain.gate.credentials import fingerprint
from thesetd.domain.ids import ProviderName
from thesetd.domain.room import lacks_room

INDICATIVE = "memory", "channel"  # probes of Redis whose failure is harmless


async def check_everything(config: Config, environ: Mapping[str, str]) -> list[Finding]:
    """Try everything that the configuration names, one thing after the other."""
    found = await _places(config, environ)
    async with open_loop():
        bridge = AsyncioBridge()
        found += await _database(config, bridge)
        found += await _redis(config, bridge)
    for spec in PROVIDERS:
        found += await _provider(spec, config.providers[spec.name])
    return found


async def _places(config: Config, environ: Mapping[str, str]) -> list[Finding]:
    """Check the folder and the two addresses that a run needs exclusively; a running daemon may hold them."""
    runs = False

    async def state() -> str:
        nonlocal runs
        text, runs = inspect_state(config.state_dir)
        return text

    async def control() -> str:
        path = config.socket_path(environ)
        made = path.parent == config.state_dir
        return inspect_socket(path, group=config.control.group, folder_is_made=made)

    async def http() -> str:
        return await inspect_tcp(*host_and_port(config.http.listen), daemon_runs=runs)

    async def api() -> str:
        keys = config.http
        if keys.tls_certificate and keys.tls_key:
            tls_context(keys.tls_certificate, keys.tls_key)
        return await inspect_tcp(*host_and_port(keys.api or ""), daemon_runs=runs, key="http.api")

    async def scopes() -> str:
        PeerAccess.named(config.control.scopes())
        return "users and groups exist"

    attempts = {"state_dir": state, "control.socket": control, "http.listen": http}
    attempts |= {"http.api": api} if config.http.api else {}
    attempts |= {"control": scopes} if config.control.is_narrowed else {}
    found: list[Finding] = []
    for what, attempt in attempts.items():
        mild = FindingVerdict.WAITS if what.startswith("http") else FindingVerdict.REFUSED
        found += await trying(what, attempt, otherwise=mild)
    found.append(_disk(config.state_dir))
    return found + [Finding(key, FindingVerdict.WARNING, reason) for key, reason in config.http.exposed()]


def _disk(folder: Path) -> Finding:
    """Check the disk space for the state: private servers, and data kept through an outage."""
    place = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    usage = shutil.disk_usage(place)
    verdict = FindingVerdict.WARNING if lacks_room(usage.free, usage.total) else FindingVerdict.OK
    return Finding("disk", verdict, f"{usage.free >> 20:,} MiB are free at {place}")


async def _database(config: Config, bridge: AsyncioBridge) -> list[Finding]:
    keys = config.database
    if not keys.dsn:
        return await trying(
            "database", partial(_private, private_postgres.find_programs), otherwise=FindingVerdict.REFUSED
        )
    examination = Examination(
        keys.dsn, bridge, session_dsn=keys.session_dsn, connections=keys.connections, schema=keys.schema
    )
    found: list[Finding] = []
    async with AsyncExitStack() as stack:

        async def connect() -> str:
            return await stack.enter_async_context(examination.connected())

        steps: dict[str, Callable[[], Awaitable[str]]] = {
            "database": connect,
            "database schema": examination.schema,
            "database rights": examination.rights,
            "database writes": examination.writes,
            "node.name": partial(examination.name, config.node.name),
        }
        for what, step in steps.items():
            found += await trying(what, step, otherwise=FindingVerdict.WAITS)
            if found[-1].verdict is not FindingVerdict.OK:
                break  # the following checks need it
    return found


async def _redis(config: Config, bridge: AsyncioBridge) -> list[Finding]:
    if not config.redis.url:
        return await trying("redis", partial(_private, private_redis.find_program), otherwise=FindingVerdict.REFUSED)
    async with AsyncExitStack() as stack:
        server = RedisServer(parse(config.redis.url, ca_file=config.redis.ca_file), bridge, mark="check-config")
        stack.push_async_callback(server.aclose)

        async def answers() -> str:
            await server.check()
            return f"{server.address} answers"

        found = await trying("redis", answers, otherwise=FindingVerdict.NOT_READY)
        if found[0].verdict is FindingVerdict.OK:
            found += await _proved(server, config, stack)
    return found


async def _proved(server: RedisServer, config: Config, stack: AsyncExitStack) -> list[Finding]:
    """Do in Redis what the daemon does, under a separate name."""
    bus = RedisBus(server, channel=config.redis.channel)
    scratch = RedisLog(server, provider=ProviderName("probe"), credential=fingerprint("check-config"))
    limits = LimitsProbe(scratch, clock=SystemClock(), rng=random.Random(), limiters={})  # noqa: S311  # jitter
    proofs = RedisProbes(server, bus, node="check-config", channel=config.redis.channel, limits=limits.prove)
    for closing in (bus.aclose, limits.aclose, proofs.aclose):
        stack.push_async_callback(closing)
    found: list[Finding] = []
    for probe in proofs.table():
        if probe.name == "redis channel":
            continue  # it identifies the channel's owner by the database's mark, which this check does not have

        async def prove(probe: Any = probe) -> str:
            await probe.prove()
            return "works"

        mild = probe.name.endswith(INDICATIVE)
        found += await trying(probe.name, prove, otherwise=FindingVerdict.WARNING if mild else FindingVerdict.NOT_READY)
    return found


async def _private(find: Any) -> str:
    return f"a private server would be started ({find()})"


async def _provider(spec: ProviderSpec[Any], settings: Any) -> list[Finding]:
    """Reach a provider without credentials, and fetch a token if it uses tokens: neither counts as a call."""
    if missing := settings.missing():
        keys = ", ".join(f"providers.{spec.name}.{key}" for key in missing)
        verdict = FindingVerdict.OK if spec.optional else FindingVerdict.WARNING
        return [Finding(spec.name, verdict, f"{spec.title} is not used until {keys} is set")]
    session = HttpSession(
        spec.name, timeout_s=settings.timeout_s, connections=1, clock=SystemClock(), route=settings.route
    )

    async def reach() -> str:
        await spec.auth(settings, session, SystemClock()).credentials()
        await session.reach(settings.base_url)
        known = "accepts the credentials" if spec.proves_credentials else "was not shown the key: that would be a call"
        return f"{spec.title} answers and {known}"

    try:
        return await trying(spec.name, reach, otherwise=FindingVerdict.NOT_READY)
    finally:
        with trio.CancelScope(shield=True):
            await session.aclose()
