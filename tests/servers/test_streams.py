"""Streams behind Debian's nginx, and in what follows them: Node's EventSource and Chromium's."""

import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from datetime import datetime
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from debian.nginx import Nginx, proxy
from debian.processes import program, until
from exploring import EXPLORE
from patience import LONGEST_S, promised
from programs import Daemon, Sandbox, begin, stopping
from server_table import Seen
from thesetd.adapters.web.streams.sse import PING_S
from thesetd.ctl.client import DaemonClient as Control
from thesetd.ctl.doors import SocketDoor
from thesetd.ctl.follow import Follower
from thesetd.ports.surface import routes

pytestmark = pytest.mark.real

TIMES = 20
CLOSE = "HTTP/1.1\r\nhost: x\r\nconnection: close"
HEADS = {
    "HTTP/1.0": "HTTP/1.0\r\nconnection: close",
    "HTTP/1.1, close": CLOSE,
    "HTTP/1.1, keep-alive": "HTTP/1.1\r\nhost: x",
}
REST_S = 30 if EXPLORE else 2  # an EventSource that does not rest comes back after a second
PAGE = """<!doctype html><title>stream</title><script>
const source = new EventSource("%s"), seqs = [];
source.onmessage = (event) => seqs.push(JSON.parse(event.data).seq);
source.onerror = () => {
  if (source.readyState !== EventSource.CLOSED) return;
  fetch("/report?" + encodeURIComponent(JSON.stringify({ seqs, state: source.readyState })));
};
</script>"""


@pytest.fixture(scope="module")
def daemon(slow_sandbox: Sandbox) -> Iterator[Daemon]:
    """Yield a daemon with its private servers, which all tests here share."""
    with tempfile.TemporaryDirectory(prefix="thesetd-") as name, stopping() as started:
        yield begin(Path(name), started, slow_sandbox, forked=True)


@pytest.fixture(params=["tcp", "unix"])
def nginx(request: pytest.FixtureRequest, daemon: Daemon, folder: Path) -> Iterator[Nginx]:
    """Yield nginx with a bare proxy_pass before one of the daemon's listeners."""
    upstream = daemon.addresses["http"] if request.param == "tcp" else f"http://unix:{daemon.socket}:"
    (folder / "nginx").mkdir()
    with proxy(folder / "nginx", upstream) as running:
        yield running


def ask_for_import(daemon: Daemon, artist: str) -> int:
    """Ask for an import and do not wait for it."""
    return int(Control(SocketDoor(daemon.socket)).ask(routes.SUBMIT_IMPORT, {"artist": artist})["job_id"])


def finished_import(daemon: Daemon, artist: str) -> tuple[int, list[int]]:
    """Import an artist to the end; give the job and the numbers of its events."""
    job = ask_for_import(daemon, artist)
    return job, [
        event["seq"] for event in Follower(Control(SocketDoor(daemon.socket)), met=True, on_break=print).job(job)
    ]


def follow(address: str, target: str, head: str = CLOSE) -> Iterator[tuple[float, Any]]:
    """Follow a stream until the connection is closed or the last chunk came; give each event and when it came."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=LONGEST_S) as client:
        client.sendall(f"GET {target} {head}\r\n\r\n".encode())
        response, text = HTTPResponse(client), b""
        response.begin()
        while piece := response.read1(65536):
            text += piece
            now = time.time()
            while match := re.search(rb"data: (\{.*?\})\n\n", text, re.DOTALL):
                yield now, json.loads(match[1])
                text = text[match.end() :]


@pytest.mark.case(44)
def test_nginx_passes_each_event_on_at_once(daemon: Daemon, nginx: Nginx, artists: list[str], seen: Seen) -> None:
    """Behind a bare proxy_pass, gzip or not, events come while the import goes on, and not together at its end.

    It cannot end before the first has come: what it needs is paused until then.
    """
    assert daemon.ctl("pause", "setlistfm").returncode == 0
    job = ask_for_import(daemon, artists[0])
    asked, met = time.time(), []
    for at, event in follow(nginx.address, f"/imports/{job}/events"):
        if not met:
            assert daemon.ctl("resume", "setlistfm").returncode == 0
        met.append((at, datetime.fromisoformat(event["at"]).timestamp()))
    ended = met[-1][1]
    assert len(met) > 5
    assert sum(at < ended for at, _ in met) >= len(met) // 2 or not EXPLORE
    late = max(at - max(told, asked) for at, told in met)
    seen(f"{len(met)} events, the latest {late:.2f} s after its time")


@pytest.mark.case(44)
def test_nginx_begins_the_stream_of_all_jobs(nginx: Nginx, seen: Seen) -> None:
    """The stream of all jobs begins behind a bare proxy_pass before there are events, and is not cached."""
    host, port = nginx.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=LONGEST_S) as client:
        client.sendall(b"GET /events HTTP/1.1\r\nhost: x\r\n\r\n")
        head = client.recv(65536)
        while b"retry: 1000" not in head:
            head += client.recv(65536)
    assert b"x-accel-buffering" not in head.lower()  # nginx keeps what was said to it alone
    assert b"cache-control: no-store" in head.lower()
    seen("the stream begins before there are events")


@pytest.mark.case(45)
def test_streams_end(daemon: Daemon, folder: Path, artists: list[str], seen: Seen) -> None:
    """The stream of a finished import ends with its last event, however it is asked for, and leaves no place taken."""
    job, seqs = finished_import(daemon, artists[0])
    with proxy(folder, daemon.addresses["http"]) as nginx:
        ways = {**{f"direct, {name}": (daemon.addresses["http"], head) for name, head in HEADS.items()}}
        ways |= {f"nginx, {name}": (nginx.address, head) for name, head in HEADS.items()}
        for name, (address, head) in ways.items():
            slowest = 0.0
            for _ in range(TIMES):
                began = time.monotonic()
                assert [event["seq"] for _, event in follow(address, f"/imports/{job}/events", head)] == seqs
                slowest = max(slowest, time.monotonic() - began)
            assert slowest < PING_S  # nor by what is sent to see whether a reader is there
            assert promised(slowest, 1)
            seen(f"{name}: {TIMES} of {TIMES} end, the slowest after {slowest:.3f} s")
    until(lambda: "thesetd_stream_readers 0.0" in re.sub(r"\{.*?\}", "", daemon.get("/metrics")[1]), "no readers")


@pytest.mark.case(46)
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_event_source_of_node(daemon: Daemon, folder: Path, artists: list[str], seen: Seen, share: float) -> None:
    """Node's EventSource gets every event in `onmessage`, or the rest of them, is told 204 and does not come back."""
    node = program("node")
    options = subprocess.run([node, "--help"], capture_output=True, text=True, check=True).stdout
    if "--experimental-eventsource" not in options:
        pytest.skip("this Node has no EventSource: it came with 20.18")
    job, seqs = finished_import(daemon, artists[1])
    middle = seqs[int(len(seqs) * share)] if share else 0
    with proxy(folder, daemon.addresses["http"]) as nginx:
        target = f"{nginx.address}/imports/{job}/events?after={middle}"
        script = Path(__file__).parents[1] / "debian" / "event_source.mjs"
        done = subprocess.run(
            [node, "--no-warnings", "--experimental-eventsource", str(script), target, str(REST_S * 1000)],
            capture_output=True, text=True, timeout=REST_S + 30, check=True,
        )  # fmt: skip
        found = json.loads(done.stdout)
        assert found["seqs"] == [seq for seq in seqs if seq > middle]
        assert found["state"] == 2
        assert [line.split()[-1] for line in nginx.requests()] == ["200", "204"]
    seen(f"Node: {len(found['seqs'])} of {len(found['seqs'])} events in onmessage, then 204, none in {REST_S} s")


@pytest.mark.case(46)
def test_event_source_of_chromium(daemon: Daemon, folder: Path, artists: list[str], seen: Seen) -> None:
    """A page in a real browser hears all of an import that begins before it, and rests at its end."""
    chromium = program("chromium")
    with proxy(folder, daemon.addresses["http"]) as nginx:
        job = ask_for_import(daemon, artists[2])
        (folder / "page.html").write_text(PAGE % f"/imports/{job}/events")
        command = [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]
        browser = subprocess.Popen(
            [*command, "--remote-debugging-port=0", f"{nginx.address}/page"],
            env={"HOME": str(folder), "PATH": os.environ["PATH"]},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            until(lambda: any(" /report?" in line for line in nginx.requests()), "the page reports")
        finally:
            os.killpg(browser.pid, signal.SIGKILL)
            browser.wait()
        report = next(line for line in nginx.requests() if " /report?" in line).split()[1]
        found = json.loads(urllib.parse.unquote(report.partition("?")[2]))
        assert found["seqs"] == [event["seq"] for _, event in follow(nginx.address, f"/imports/{job}/events")]
        assert [line.split()[-1] for line in nginx.requests() if "/events" in line][:2] == ["200", "204"]
    seen(f"Chromium: {len(found['seqs'])} of {len(found['seqs'])} events in onmessage, then 204")
