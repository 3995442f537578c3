"""Spotify as different applications see it: Development Mode, modes that change, refusals of the account as a whole."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from querying import query
from real import events, until

pytestmark = pytest.mark.real

DEVELOPMENT = 'provider = "spotify"\nafter_calls = 0\nmode = "development"'


@pytest.fixture
def sandbox(synthetic_sandbox: Any) -> Iterator[Any]:
    """Yield the synthetic world, and put it back in order afterwards."""
    yield synthetic_sandbox
    synthetic_sandbox.ask("reset", {}, "POST")


def test_development_mode_is_found_out_once(start_daemon: Any, sandbox: Any, unique_artists: list[str]) -> None:
    """With `mode = auto` the first import by name completes although pages of 50 are refused; the second asks no more for them."""  # noqa: E501
    sandbox.play(DEVELOPMENT)
    daemon = start_daemon(sandbox)
    done = daemon.ctl("import", unique_artists[0], "--follow")
    assert done.returncode == 0, done.stderr
    assert {call["status"] for call in sandbox.calls("spotify")} >= {400, 403}
    before = sandbox.mark()
    done = daemon.ctl("import", unique_artists[1], "--follow")
    assert done.returncode == 0, done.stderr
    assert {call["status"] for call in sandbox.calls("spotify", before)} == {200}


@pytest.mark.parametrize("calls", [1, 2, 4])
def test_a_surface_that_shrinks_in_mid_import(
    start_daemon: Any, sandbox: Any, unique_artists: list[str], calls: int
) -> None:
    """After any number of calls Development Mode begins: the import goes on with what is left, and brings all."""
    sandbox.play(DEVELOPMENT.replace("after_calls = 0", f"after_calls = {calls}"))
    daemon = start_daemon(sandbox)
    done = daemon.ctl("--json", "import", unique_artists[2], "--follow")
    last = events(done.stdout)[-1]
    assert (last["status"], last["message"]) == ("completed", "Import complete!")
    assert last["counts"]["albums"] == last["counts"]["albums_total"] > 0


def test_a_surface_that_shrinks_between_two_pages(start_daemon: Any, recorded_sandbox: Any, database_dsn: str) -> None:
    """The second page of 50 is refused where the first was given: the list is read anew in small pages, to its end."""
    recorded_sandbox.play(DEVELOPMENT.replace("after_calls = 0", 'after_calls = 1\nendpoint = "artist-albums"'))
    before = recorded_sandbox.mark()
    daemon = start_daemon(recorded_sandbox)
    done = daemon.ctl("import", "Gorillaz", "--follow")
    calls = [call for call in recorded_sandbox.calls("spotify", before) if call["endpoint"] == "artist-albums"]
    recorded_sandbox.ask("reset", {}, "POST")
    assert done.returncode == 0, done.stderr
    assert [call["status"] for call in calls[:2]] == [200, 400]
    assert query(database_dsn, "select count(*) from albums") == [(81,)]


def deferred(dsn: str) -> bool:
    """Return whether the import waits for its time."""
    waits = "state = 'ready' and not_before > created_at + interval '30 seconds'"
    return bool(query(dsn, f"select 1 from thesetd.jobs where {waits}"))


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ('after_calls = 2\nshape = "403-premium"\ncount = 1000', "no active Premium subscription"),
        ('after_calls = 0\nendpoint = "artist-albums"\nshape = "401-expired"\ncount = 9', "a fresh token"),
    ],
)
def test_a_refused_account_is_held_and_the_import_waits(
    start_daemon: Any, sandbox: Any, unique_artists: list[str], database_dsn: str, step: str, reason: str
) -> None:
    """The job is deferred with the reason, nobody asks on, and limits, readiness and log say why."""
    sandbox.play(f'provider = "spotify"\n{step}')
    daemon = start_daemon(sandbox)
    job = json.loads(daemon.ctl("--json", "import", unique_artists[3]).stdout)
    until(lambda: deferred(database_dsn))
    status = json.loads(daemon.ctl("--json", "status", str(job["job_id"])).stdout)
    assert status["message"].startswith("Waiting until ")
    assert reason in status["message"]
    before = sandbox.mark()
    reply = json.loads(daemon.ctl("--json", "import", unique_artists[4]).stdout or "{}")
    assert sandbox.calls("spotify", before) == []
    assert "premium" not in step or reply["status"] == "initializing"
    held = next(v for v in json.loads(daemon.ctl("--json", "limits").stdout)["limits"] if v["provider"] == "spotify")
    assert held["blocked_until"] is not None
    assert reason in held["reason"]
    assert reason in daemon.ctl("limits").stdout
    code, text = daemon.get("/readyz")
    assert code == 200
    assert reason in json.loads(text)["checks"]["provider spotify"]
    assert reason in daemon.running.log()


def test_an_expired_token_costs_one_more_call(start_daemon: Any, sandbox: Any, unique_artists: list[str]) -> None:
    """401 in mid-import: the token is fetched anew, the call repeated, and nobody notices."""
    sandbox.play('provider = "spotify"\nafter_calls = 2\ntokens = "expire"')
    daemon = start_daemon(sandbox)
    done = daemon.ctl("--json", "import", unique_artists[5], "--follow")
    assert events(done.stdout)[-1]["message"] == "Import complete!"
    assert any(call["status"] == 401 for call in sandbox.calls("spotify"))


def test_credentials_that_are_withdrawn_while_it_runs(
    start_daemon: Any, sandbox: Any, unique_artists: list[str], database_dsn: str
) -> None:
    """The running import waits; a new one is refused at once with the keys to look at."""
    daemon = start_daemon(sandbox)
    assert daemon.ctl("import", unique_artists[6], "--follow").returncode == 0
    sandbox.ask("faults", {"provider": "spotify", "endpoint": "token", "shape": "400-token", "count": 1000}, "POST")
    sandbox.play('provider = "spotify"\nafter_calls = 1\ntokens = "expire"')
    daemon.ctl("import", unique_artists[8])
    until(lambda: deferred(database_dsn))
    assert query(database_dsn, "select attempts from thesetd.jobs where state = 'ready'") == [(0,)]
    refused = daemon.ctl("import", unique_artists[7])
    assert refused.returncode == 1
    assert "client_secret" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
