import shutil
from typing import Any

import pytest
import trio
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from thesetd.adapters.web.listener.serve import serve_tcp
from thesetd.adapters.web.observe import observe_app
from thesetd.domain.ids import JobId
from thesetd.domain.work.progress import Stage


@pytest.fixture
def registry() -> CollectorRegistry:
    """Return a registry with one metric of each kind."""
    registry = CollectorRegistry()
    Counter("thesetd_calls_total", "Calls made.", ["provider"], registry=registry).labels("spotify").inc()
    Gauge("thesetd_jobs_running", "Jobs that run now.", registry=registry).set(2)
    Histogram("thesetd_call_seconds", "Seconds per call.", registry=registry).observe(0.2)
    return registry


@pytest.fixture
async def client(daemon: Any, registry: CollectorRegistry, connect: Any, nursery: trio.Nursery):
    """Yield a client of the read-only listener."""
    address = await nursery.start(
        serve_tcp, observe_app(registry, daemon, daemon, daemon, daemon.glances), "127.0.0.1", 0
    )
    async with connect(address) as client:
        yield client


async def test_metrics(client: Any):
    """Metrics come in the text format that they name."""
    answer = await client.ask("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert b'thesetd_calls_total{provider="spotify"} 1.0' in answer.body


async def test_metrics_are_rendered_once_a_second(
    client: Any, registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
):
    """Within a second all scrapes share one text; afterwards it is new."""
    gauge = Gauge("thesetd_age", "Changes.", registry=registry)
    now = trio.current_time()
    monkeypatch.setattr(trio, "current_time", lambda: now)
    await client.ask("GET", "/metrics")
    gauge.set(7)
    assert b"thesetd_age 0.0" in (await client.ask("GET", "/metrics")).body
    now += 1
    assert b"thesetd_age 7.0" in (await client.ask("GET", "/metrics")).body


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is absent (Debian package prometheus)")
async def test_promtool_is_content(client: Any):
    """`promtool check metrics` has nothing to say."""
    text = (await client.ask("GET", "/metrics")).body
    done = await trio.run_process(
        ["promtool", "check", "metrics"], stdin=text, capture_stdout=True, capture_stderr=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")


async def test_healthz(client: Any, daemon: Any):
    """The process is alive, whatever else is not."""
    daemon.checks = {"database": "refused"}
    assert (await client.ask("GET", "/healthz")).status == 200


async def test_readyz(client: Any, daemon: Any):
    """Readiness is 200 when all is ok, else 503 with the reasons."""
    assert (await client.ask("GET", "/readyz")).json["ready"] is True
    daemon.checks = {"database": "ok", "redis": "refused"}
    answer = await client.ask("GET", "/readyz")
    assert (answer.status, answer.json["checks"]) == (503, {"database": "ok", "redis": "refused"})


async def test_events(client: Any, daemon: Any):
    """Progress of all jobs is told here, too."""
    daemon.add_job("A")
    await client.listen("/events", [("last-event-id", "0")])
    daemon.advance(JobId(1), Stage.FETCHING_SHOWS)
    assert [(await client.block())["id"], (await client.block())["id"]] == ["1", "2"]


async def test_events_of_one_job(client: Any, daemon: Any):
    """Progress of one job can be followed here as on the socket, to its end."""
    daemon.add_job("A")
    daemon.finish(JobId(1))
    await client.listen("/imports/1/events")
    assert await client.seqs() == [1, 2, 3, 4, 5, 6]


async def test_unknown_path(client: Any):
    """A path that is none is told what there is."""
    answer = await client.ask("GET", "/event")
    assert answer.status == 404
    assert "/imports/{job_id}/events, /events" in answer.json["detail"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("target", ["/", "/metrics", "/readyz", "/events"])
async def test_read_only(client: Any, method: str, target: str):
    """Nothing can be changed through this listener."""
    assert (await client.ask(method, target)).status == 405


@pytest.mark.parametrize("target", ["/imports", "/actors", "/schedules/sync-trending/run"])
async def test_no_control(client: Any, target: str):
    """The control socket's resources are not here."""
    assert (await client.ask("GET", target)).status == 404
