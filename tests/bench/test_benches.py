"""The programs of this folder still start, and their daemons do what is asked of them; what that takes they measure."""

from importlib import import_module
from pathlib import Path

import pytest
import trio

from bench import enqueue, imports, jobs
from bench.worlds import variables
from patience import LONGEST_S
from programs import begin, stopping
from thesetd.adapters.providers.registry import PROVIDERS
from thesetd.app.configuration.config import load
from thesetd.sandbox.server import addresses

PROGRAMS = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("test_"))
NOWHERE = "http://127.0.0.1:1"
WORLD = {f"THESETD_{key.upper().replace('.', '__')}": value for key, value in addresses(NOWHERE).items()}
PEERS = {f"{name}_{what}_URL": NOWHERE for name in imports.WORKERS for what in ("BASE", "TOKEN")}
SERVERS = {"DATABASE_URL": "postgresql:///theset", "REDIS_URL": "redis://127.0.0.1"}
ENVIRONS = {
    "sandbox": variables(WORLD, Path("/nowhere")),
    "peers": imports.variables({**PEERS, **SERVERS}, "extended"),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_program_finds_what_it_imports(name: str) -> None:
    """And does nothing before it is run."""
    assert import_module(f"bench.{name}")


@pytest.mark.parametrize("name", ENVIRONS)
def test_every_provider_is_set_up(name: str) -> None:
    """A daemon that lacks a provider's keys refuses imports."""
    config = load(None, ENVIRONS[name], state_dir="/nowhere")
    assert not [spec.name for spec in PROVIDERS if not spec.optional and config.providers[spec.name].missing()]


@pytest.mark.real
async def test_jobs_pass_through_queue_importer_and_writer(schema_dsn: str) -> None:
    """Those that are there, and those of the process that fills the queue meanwhile."""
    with trio.fail_after(LONGEST_S):
        drained, sustained = await jobs.measure(schema_dsn, 1, 0.1, jobs.TOGETHER)
    assert drained[0] > 0
    assert len(sustained) == 1


@pytest.mark.real
def test_an_import_of_a_stored_artist_is_accepted(schema_dsn: str, empty_redis: str, tmp_path: Path) -> None:
    """Without asking a provider, also while all work is paused."""
    trio.run(enqueue.fill, schema_dsn, 3)
    servers = {"DATABASE_URL": schema_dsn, "REDIS_URL": empty_redis}
    with stopping() as started:
        daemon = begin(tmp_path, started, None, forked=True, **WORLD, **servers)
        enqueue.on_plain_loop(enqueue.ask(str(daemon.socket), "PUT /pauses/all"))
        names = [enqueue.spotify_id(number) for number in (1, 2, 3)]
        assert len(enqueue.on_plain_loop(enqueue.send(str(daemon.socket), 1000.0, names))) == 3


@pytest.mark.real
def test_rows_are_committed_beside_no_daemon(schema_dsn: str) -> None:
    """Which is what accepting is compared with."""
    assert len(enqueue.on_plain_loop(enqueue.commit(schema_dsn, 1000.0, 3))) == 3
