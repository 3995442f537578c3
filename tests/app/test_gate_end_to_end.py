"""The gate through the real commands: bans, limits, ledger and cache on real servers."""

import json
import signal
from functools import partial
from typing import Any

import pytest
import redis

from changing_world import changing_world
from querying import query
from real import until

pytestmark = pytest.mark.real


@pytest.fixture
def calls_of(synthetic_sandbox: Any) -> Any:
    """Return the way to count what has arrived at a provider since this was asked for."""
    start = len(synthetic_sandbox.ask("log")["entries"])

    def count(provider: str) -> int:
        entries = synthetic_sandbox.ask("log")["entries"][start:]
        return sum(entry["provider"] == provider and entry["endpoint"] != "token" for entry in entries)

    return count


def test_a_ban_outlives_sigkill_and_a_wiped_redis(
    start_daemon: Any, synthetic_sandbox: Any, synthetic_artist: str, redis_server: str, calls_of: Any
) -> None:
    """After a 429 of 13 hours no call reaches Spotify, not from the next daemon either; imports wait and say so."""
    fault = {"provider": "spotify", "shape": "429-quota", "endpoint": "search", "count": 1, "retry_after": "48925"}
    synthetic_sandbox.ask("faults", fault, "POST")
    daemon = start_daemon(synthetic_sandbox)
    reply = json.loads(daemon.ctl("--json", "import", synthetic_artist).stdout)
    assert reply["artist_id"] is None
    made = calls_of("spotify")
    assert made == 1
    daemon.running.stop(signal.SIGKILL)
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    again = start_daemon(synthetic_sandbox)
    limits = json.loads(again.ctl("--json", "limits").stdout)["limits"]
    assert next(view for view in limits if view["provider"] == "spotify")["blocked_until"] is not None
    other = json.loads(again.ctl("--json", "import", "0" * 22).stdout)
    assert (other["artist_id"], other["status"]) == (None, "initializing")
    status = json.loads(again.ctl("--json", "status", str(reply["job_id"])).stdout)
    assert (status["state"], status["not_before"] is not None) == ("ready", True)
    assert calls_of("spotify") == made


def test_every_call_is_in_the_ledger_and_the_second_import_needs_none(
    start_daemon: Any, synthetic_sandbox: Any, synthetic_artist: str, calls_of: Any
) -> None:
    """The ledger counts what the provider saw; where an hour is young enough, an import again asks nobody anything."""
    start_daemon = partial(start_daemon, THESETD_CACHE__IMPORT_AGE_S="3600")
    daemon = start_daemon(synthetic_sandbox)
    assert daemon.ctl("import", synthetic_artist, "--follow").returncode == 0
    seen = {provider: calls_of(provider) for provider in ("spotify", "ticketmaster", "setlistfm")}
    assert daemon.running.stop() == 0
    daemon = start_daemon(synthetic_sandbox)
    counted = json.loads(daemon.ctl("--json", "calls", "--by", "provider", "--since", "1h").stdout)["calls"]
    assert {row["provider"]: row["calls"] for row in counted} == seen
    assert daemon.ctl("import", synthetic_artist, "--follow").returncode == 0
    assert {provider: calls_of(provider) for provider in seen} == seen
    cache = json.loads(daemon.ctl("--json", "cache").stdout)
    assert cache["misses"] == 0
    assert daemon.ctl("cache", "invalidate", "--artist", synthetic_artist).returncode == 0
    assert daemon.ctl("import", synthetic_artist, "--follow").returncode == 0
    assert calls_of("spotify") > seen["spotify"]


def test_an_import_again_sees_what_changed(
    start_daemon: Any, synthetic_sandbox: Any, synthetic_artist: str, database_dsn: str, redis_server: str
) -> None:
    """Nothing comes from answers of before: artist, album, show and setlist are new; older answers are forgotten."""

    def change(found: dict[str, Any]) -> dict[str, Any]:
        if "followers" in found:
            found["followers"] = {"href": None, "total": 4242}
        if found.get("album_type"):
            found["name"] += " (again)"
        if {"start", "status"} <= found.keys():  # the dates of an event
            found["status"] = {"code": "cancelled"}
        if "tour" in found:
            found["tour"] = {"name": "Another tour"}
        return found

    with changing_world(synthetic_sandbox.base) as world:
        environ = {name: v.replace(synthetic_sandbox.base, world.base) for name, v in synthetic_sandbox.environ.items()}
        daemon = start_daemon(None, **environ)
        assert daemon.ctl("import", synthetic_artist, "--follow").returncode == 0
        world.change = change
        assert daemon.ctl("import", synthetic_artist, "--follow").returncode == 0
    assert query(database_dsn, "select distinct followers from artists where spotify_id is not null") == [(4242,)]
    assert query(database_dsn, "select count(*) from albums where name not like '% (again)'") == [(0,)]
    coming = "ticketmaster_id is not null and not is_addon"
    assert query(database_dsn, f"select distinct status from shows where {coming}") == [("cancelled",)]
    assert query(database_dsn, "select distinct tour from actual_setlists where tour is not null") == [
        ("Another tour",)
    ]
    with redis.Redis.from_url(redis_server) as client:
        forgotten = client.zrange(client.keys("theset:cache:*:forgotten")[0], 0, -1)
    assert {tag.partition(b":")[0] for tag in forgotten} == {b"shows", b"catalog"}


def test_a_refresh_that_a_user_requests_bypasses_the_cache(
    start_daemon: Any, synthetic_sandbox: Any, synthetic_artist: str, calls_of: Any
) -> None:
    """Right after an import, whose answers are fresh, the provider is asked again."""
    daemon = start_daemon(synthetic_sandbox)
    assert daemon.ctl("import", synthetic_artist, "--follow").returncode == 0
    for provider, aspect in (("ticketmaster", "shows"), ("setlistfm", "setlists")):
        before = calls_of(provider)
        assert daemon.ctl("artist", "refresh", synthetic_artist, aspect).returncode == 0
        until(lambda provider=provider, before=before: calls_of(provider) > before)


def test_new_limits_end_those_that_were_for_a_time(start_daemon: Any, synthetic_sandbox: Any) -> None:
    """What an operator set last is in force and shown, whatever was set for an hour before, and for how long it is."""
    daemon = start_daemon(synthetic_sandbox)
    for command in (("50/60s", "--for", "1h"), ("20/60s",)):
        shown = daemon.ctl("--json", "limits", "set", "spotify", *command)
        views = {view["provider"]: view for view in json.loads(shown.stdout)["limits"]}
        assert [window["limit"] for window in views["spotify"]["windows"]] == [command[0]]
        until = {provider for provider, view in views.items() if view["temporary_until"] is not None}
        assert until == ({"spotify"} if "--for" in command else set())


def test_limits_are_changed_while_running(start_daemon: Any, synthetic_sandbox: Any) -> None:
    """What was set is what is shown, and nonsense is refused in one line."""
    daemon = start_daemon(synthetic_sandbox)
    assert daemon.ctl("limits", "set", "spotify", "50/60s", "--for", "1h").returncode == 0
    views = {view["provider"]: view for view in json.loads(daemon.ctl("--json", "limits").stdout)["limits"]}
    assert [window["limit"] for window in views["spotify"]["windows"]] == ["50/60s"]
    lasting = json.loads(daemon.ctl("--json", "limits", "set", "spotify", "40/60s,900/1d").stdout)["limits"]
    assert [window["limit"] for window in lasting[0]["windows"]] == ["40/60s", "900/1d"]
    refused = daemon.ctl("limits", "set", "spotify", "nonsense")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
