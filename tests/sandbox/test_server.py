"""The sandbox over a real socket, and as a program."""

import json
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trio

from patience import LONGEST_S
from thesetd.sandbox import server
from thesetd.sandbox.server import SandboxOptions, addresses, listen, serve
from thesetd.sandbox.trouble.wire import SCRIPTS

PROGRAM = (sys.executable, "-c", "from thesetd.sandbox.cli import sandbox; sandbox()")


async def test_it_serves_on_a_free_port_and_stops_at_once(clock: Any) -> None:
    """The base address is reported when it answers; cancelling ends it although a connection is open."""
    async with trio.open_nursery() as nursery:
        base = await nursery.start(partial(serve, SandboxOptions(artists=10), clock))
        where = addresses(base)
        async with httpx2.AsyncClient(trust_env=False) as client:
            token = await client.post(
                where["providers.spotify.token_url"],
                data={"grant_type": "client_credentials"},
                auth=("sandbox", "sandbox-secret"),
            )
            headers = {"authorization": f"Bearer {token.json()['access_token']}"}
            found = await client.get(
                f"{where['providers.spotify.base_url']}/search", params={"q": "x", "type": "artist"}, headers=headers
            )
            assert found.json()["artists"]["href"].startswith(f"{base}/spotify/v1/search?")
            events = await client.get(
                f"{where['providers.ticketmaster.base_url']}/events.json", params={"apikey": "sandbox-key"}
            )
            assert events.status_code == 200
            artists = await client.get(
                f"{where['providers.setlistfm.base_url']}/search/artists",
                headers={"x-api-key": "sandbox-key", "accept": "application/json"},
            )
            assert artists.status_code == 200
            with trio.fail_after(LONGEST_S):
                nursery.cancel_scope.cancel()
                await trio.sleep_forever()


async def test_a_client_that_does_not_read_cannot_keep_it_from_stopping(
    clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel cuts a connection that takes no bytes, so the server's shielded send ends."""
    monkeypatch.setattr(server, "_UNREAD_MS", 300)
    with trio.fail_after(LONGEST_S):
        async with trio.open_nursery() as nursery:
            base = await nursery.start(partial(serve, SandboxOptions(artists=60, limits={"ticketmaster": ()}), clock))
            port = int(base.rsplit(":", 1)[1])
            stuck = socket.socket()
            stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stuck.connect(("127.0.0.1", port))
            ask = b"GET /ticketmaster/discovery/v2/events.json?apikey=sandbox-key&size=200 HTTP/1.1\r\nhost: x\r\n\r\n"
            stuck.sendall(ask * 20)
            async with httpx2.AsyncClient(trust_env=False, base_url=base) as client:
                while not (await client.get("/_sandbox/stats")).json()["answers"].get("ticketmaster"):
                    await trio.lowlevel.checkpoint()
            nursery.cancel_scope.cancel()
    stuck.close()


def test_a_taken_port_is_an_error() -> None:
    """Two listeners cannot have one port."""
    with listen(SandboxOptions()) as first, pytest.raises(OSError, match="in use"):
        listen(SandboxOptions(port=first.getsockname()[1]))


def _start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.real
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_program_says_where_it_is_and_ends_with_0(how: signal.Signals) -> None:
    """One JSON line names base address and environment; SIGTERM and Ctrl-C end it cleanly and in silence."""
    with _start("--json", "--artists", "12", "--seed", "4", "--setlistfm-limits", "none") as program:
        assert program.stdout is not None
        ready = json.loads(program.stdout.readline())
        assert ready["world"] == "world seed 4, 12 artists"
        environment = ready["environment"]
        assert environment["THESETD_PROVIDERS__SPOTIFY__BASE_URL"] == f"{ready['base']}/spotify/v1"
        stats = httpx2.get(f"{ready['base']}/_sandbox/stats", trust_env=False).json()
        assert stats["violations"]["setlistfm"] == {}
        program.send_signal(how)
        _, errors = program.communicate(timeout=LONGEST_S)
    assert (program.returncode, errors) == (0, "")


@pytest.mark.real
def test_the_program_has_a_ready_line_for_people() -> None:
    """The first line says what is served where."""
    with _start("--artists", "12") as program:
        assert program.stdout is not None
        first = program.stdout.readline()
        program.terminate()
        rest = program.stdout.read()
    assert first.startswith("thesetd sandbox ready: http://127.0.0.1:")
    assert first.endswith(" (world seed 1, 12 artists)\n")
    assert "export THESETD_PROVIDERS__TICKETMASTER__API_KEY=sandbox-key" in rest


@pytest.mark.real
def test_the_program_refuses_in_one_line(tmp_path: Path) -> None:
    """A missing corpus ends with 2, a taken port with 1, bad limits with 2, no host with 1; each says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        results = [
            subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, check=False, timeout=LONGEST_S)
            for arguments in (
                ("--corpus", str(tmp_path)),
                ("--artists", "12", "--port", port),
                ("--spotify-limits", "many"),
                ("--host", b"h\xf6st".decode(errors="surrogateescape")),
            )
        ]
    assert [one.returncode for one in results] == [2, 1, 2, 1]
    assert "CRAWL-INDEX.json is missing" in results[0].stderr
    assert f"127.0.0.1:{port} (Address already in use): choose another --port" in results[1].stderr
    assert "expected count/period" in results[2].stderr
    assert "unknown host name" in results[3].stderr
    assert all(len(results[place].stderr.splitlines()) == 1 for place in (0, 1, 3))


@pytest.mark.real
def test_the_program_plays_a_scenario(tmp_path: Path) -> None:
    """What the file lists goes wrong from the first arrival on, over real HTTP."""
    file = tmp_path / "storm.toml"
    file.write_text('[[at]]\nafter_calls = 1\nprovider = "ticketmaster"\nshape = "503"\ncount = 1\n')
    with _start("--json", "--artists", "12", "--scenario", str(file)) as program:
        assert program.stdout is not None
        where = json.loads(program.stdout.readline())["environment"]["THESETD_PROVIDERS__TICKETMASTER__BASE_URL"]
        with httpx2.Client(trust_env=False, params={"apikey": "sandbox-key"}) as client:
            statuses = [client.get(f"{where}/venues.json").status_code for _ in range(3)]
        program.terminate()
    assert statuses == [200, 503, 200]


@pytest.mark.real
@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (None, [": No such file or directory"]),
        (
            "[[at]]\nafter_s = -1\nprovider = 'spotify'\nshape = 'teapot'\nfo_s = 1",
            ["at[1].fo_s", "at[1].after_s", "at[1].shape"],
        ),
        ("[[at]", [": no TOML: "]),
    ],
)
def test_a_scenario_with_errors_ends_the_program(tmp_path: Path, content: str | None, lines: list[str]) -> None:
    """One line for each error, with the file and the path, and exit code 2; nothing is served."""
    file = tmp_path / "storm.toml"
    if content is not None:
        file.write_text(content)
    command = [*PROGRAM, "--artists", "12", "--scenario", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST_S)
    assert (ended.returncode, ended.stdout) == (2, "")
    told = ended.stderr.splitlines()
    assert len(told) == len(lines)
    assert all(line.startswith(str(file)) and part in line for line, part in zip(told, lines, strict=True))


async def test_one_broken_connection_leaves_the_others(clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    """An answer that breaks HTTP ends its own connection only, and is no error of the server."""
    async with trio.open_nursery() as nursery:
        base = await nursery.start(partial(serve, SandboxOptions(artists=10, limits={"setlistfm": ()}), clock))
        afresh = httpx2.Limits(max_keepalive_connections=0)  # not one that is being closed just then
        async with httpx2.AsyncClient(trust_env=False, base_url=base, limits=afresh) as client:
            for shape in sorted(SCRIPTS.keys() - {"headers-drip", "early-hints-endless"}):
                wish = {"provider": "setlistfm", "shape": shape}
                assert (await client.post("/_sandbox/faults", json=wish)).status_code == 204
                headers = {"x-api-key": "sandbox-key", "accept": "application/json"}
                with suppress(httpx2.TransportError):
                    await client.get("/setlistfm/rest/1.0/setlist/x", headers=headers)
            entries = (await client.get("/_sandbox/log")).json()["entries"]
            assert [entry["status"] for entry in entries] == [0] * (len(SCRIPTS) - 2)
        nursery.cancel_scope.cancel()
    assert not [record for record in caplog.records if record.name == "thesetd.sandbox"]
