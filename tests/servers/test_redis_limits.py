"""Two nodes keep a limit together whatever their Redis does, judged by the log of the sandbox.

`make test` runs a shortened form; `make prove-redis` takes two minutes for each refusal, and ten runs of 20 s for each
policy of a full Redis.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError, ResponseError

import exploring
from bench.worlds import violations
from debian.processes import until
from debian.redis import RedisNode, redis_node
from patience import promised
from programs import Daemon, Sandbox, StartDaemon
from server_table import Seen
from servers_readiness import becomes
from thesetd.domain.gate.windows import Window

pytestmark = pytest.mark.real
LIMIT, FOR_S, FLAP_S = (Window(30, 20.0), 130.0, 5.0) if exploring.EXPLORE else (Window(10, 3.0), 20.0, 2.0)
FULL_LIMIT, FULL_FOR_S, RUNS = (Window(10, 4.0), 40.0, 10) if exploring.EXPLORE else (LIMIT, FOR_S, 1)
MANY = None if exploring.EXPLORE else 1  # of what a test is repeated for
WANTED = 40 if exploring.EXPLORE else 24  # artists, which cost more calls than the limit allows in the time
VALUES_PER_S, VALUE = 150, "x" * 3000


@pytest.fixture
def new_redis() -> Iterator[Callable[..., RedisNode]]:
    """Yield a function that runs a Redis for this test alone; settings are its arguments."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(redis_node(**settings))


def two(
    start_daemon: StartDaemon, sandbox: Sandbox, folder: Path, dsn: str, url: str, limit: Window = LIMIT
) -> list[Daemon]:
    """Start two nodes on one database and one Redis."""
    variables = {
        "DATABASE_URL": dsn,
        "REDIS_URL": url,
        "THESETD_PROVIDERS__SPOTIFY__LIMITS": f"{limit.count}/{limit.seconds:g}s",
        "THESETD_PROVIDERS__SPOTIFY__MODE": "development",
    }
    return [
        start_daemon(sandbox, **variables, STATE_DIRECTORY=str(folder / name), THESETD_NODE__NAME=name)
        for name in ("a", "b")
    ]


def wanted(nodes: list[Daemon], artists: list[str]) -> None:
    """Ask both nodes for more than the limit allows; the replies may be late."""
    with ThreadPoolExecutor(4) as pool:
        for number, artist in enumerate(artists):
            pool.submit(nodes[number % 2].ctl, "import", artist)


def judged(sandbox: Sandbox, since: int, limit: Window = LIMIT) -> tuple[int, int]:
    """Return the calls that arrived since then, and how many of them were one too many."""
    times = [entry["monotonic_s"] for entry in sandbox.calls("spotify", since)]
    return len(times), violations(times, limit)


def full(client: "Redis[Any]") -> None:
    """Fill a server's memory, until it refuses or evicts."""
    with suppress(ResponseError):
        for number in count():
            client.set(f"other:first:{number}", VALUE)
            if client.info("stats")["evicted_keys"]:
                return


@contextmanager
def beside(step: Callable[[int], None], every_s: float) -> Iterator[None]:
    """Do something over and over, in a thread."""
    over = threading.Event()

    def work() -> None:
        number = 0
        while not over.wait(every_s):
            with suppress(RedisError):
                step(number)
            number += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.case(15)
@pytest.mark.case(16)
@pytest.mark.parametrize("rights", [("~theset:*", "&*", "+@all"), ("~*", "&*", "+@all", "-@scripting")][:MANY])
def test_two_refused_nodes_share_the_limit(
    new_redis: Callable[..., RedisNode],
    database_dsn: str,
    sandbox: Sandbox,
    artists: list[str],
    folder: Path,
    start_daemon: StartDaemon,
    seen: Seen,
    rights: tuple[str, ...],
) -> None:
    """Neither takes itself for the only one; readiness is red with NOPERM, and calls are made all the same."""
    since = sandbox.mark()
    nodes = two(start_daemon, sandbox, folder, database_dsn, new_redis().user(*rights))
    for node in nodes:
        becomes(node, 503, "redis limits", "NOPERM")
    began = time.monotonic()
    wanted(nodes, artists[:WANTED])
    time.sleep(max(0.0, began + FOR_S - time.monotonic()))
    made, too_many = judged(sandbox, since)
    assert too_many == 0
    assert made > 0
    seen(f"{' '.join(rights)}: {made} calls in {FOR_S:.0f} s, {too_many} over {LIMIT}; NOPERM told")


@pytest.mark.in_full
@pytest.mark.case(17)
def test_two_nodes_whose_redis_refuses_now_and_then(
    new_redis: Callable[..., RedisNode],
    database_dsn: str,
    sandbox: Sandbox,
    artists: list[str],
    folder: Path,
    start_daemon: StartDaemon,
    seen: Seen,
) -> None:
    """Each change of mind costs calls and breaks no limit."""
    redis = new_redis()
    since = sandbox.mark()
    nodes = two(start_daemon, sandbox, folder, database_dsn, redis.user("~*", "&*", "+@all"))

    def change(number: int) -> None:
        redis("ACL", "SETUSER", "daemon", "+@scripting" if number % 2 else "-@scripting")

    with beside(change, FLAP_S):
        began = time.monotonic()
        wanted(nodes, artists[WANTED : 2 * WANTED])
        time.sleep(max(0.0, began + FOR_S - time.monotonic()))
    redis("ACL", "SETUSER", "daemon", "+@scripting")
    for node in nodes:
        becomes(node, 200, "redis limits", "ok")
    made, too_many = judged(sandbox, since)
    assert too_many == 0
    assert made > 0
    seen(f"{made} calls in {FOR_S:.0f} s, {too_many} over {LIMIT}, green within 10 s of the last change")


@pytest.mark.in_full
@pytest.mark.case(19)
@pytest.mark.parametrize("policy", ["noeviction", "allkeys-lru", "volatile-lru"][:MANY])
def test_two_nodes_at_the_edge_of_the_memory_of_redis(
    new_redis: Callable[..., RedisNode],
    database_dsn: str,
    sandbox: Sandbox,
    artists: list[str],
    folder: Path,
    start_daemon: StartDaemon,
    seen: Seen,
    policy: str,
) -> None:
    """Beside a client that fills it no limit is broken, half of it is used, and health names the cause.

    `make prove-redis` compares ten runs with what two nodes make on a Redis that has room, alone.
    """
    usual = FULL_LIMIT.count / FULL_LIMIT.seconds  # calls a second of two nodes that nothing disturbs
    for run in range(-1 if exploring.EXPLORE else 0, RUNS):
        alone = run < 0
        redis = new_redis() if alone else new_redis(maxmemory="6mb", maxmemory_policy=policy)
        client = redis.client()
        step_s = 0.1

        def fill(number: int, client: "Redis[Any]" = client, step_s: float = step_s) -> None:
            for part in range(int(VALUES_PER_S * step_s)):
                client.set(f"other:{number}:{part}", VALUE)

        def named(node: Daemon) -> float:
            return until(lambda: "maxmemory-policy" in node.ctl("health").stdout, "health names it")

        since = sandbox.mark()
        nodes = two(start_daemon, sandbox, folder, database_dsn, redis.url, FULL_LIMIT)
        if not alone:
            full(client)
        with nullcontext() if alone else beside(fill, step_s):
            began = time.monotonic()
            named_s = 0.0 if alone else named(nodes[0])
            assert promised(named_s, 10)
            wanted(nodes, artists[(run * 50 + 50) % 200 :][:WANTED])
            time.sleep(max(0.0, began + FULL_FOR_S - time.monotonic()))
        made, too_many = judged(sandbox, since, FULL_LIMIT)
        rate = made / (time.monotonic() - began)
        for node in nodes:
            node.running.stop()
        client.close()
        assert too_many == 0
        assert made > 0
        assert alone or rate >= usual / 2
        told = f"{policy}: {made} calls, {rate:.2f} a second, {too_many} over {FULL_LIMIT}"
        if alone:
            usual = rate
            seen(f"{told}; with room, alone")
        else:
            seen(f"{told}; the policy named by health after {named_s:.1f} s")
