"""The real commands on real servers: what a person types and sees."""

import json
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import redis

from patience import LONGEST_S, promised
from querying import query
from real import events, until
from thesetd.ctl.doors import UnixConnection

pytestmark = pytest.mark.real

STAGES = ["initializing", "fetching-shows", "syncing-venues", "shows-complete", "syncing-catalog", "completed"]
TABLES = (
    "artists",
    "tracks",
    "thesetd.album_credits",
    "songs",
    "albums",
    "venues",
    "shows",
    "artist_shows",
    "setlists",
    "setlist_songs",
    "actual_setlists",
)


BOOKKEEPING = {
    *("public.import_status", "thesetd.jobs", "thesetd.events", "thesetd.outbox", "thesetd.api_calls"),
    *("thesetd.nodes", "thesetd.provider_state", "thesetd.schedules"),
    "thesetd.rejects",  # one that comes again is counted
    *("thesetd.changes", "thesetd.change_feed"),  # what the first import changed gets its numbers later
}


def rows_since(dsn: str, transaction: int) -> dict[str, int]:
    """Count the row versions of each table that were written from a transaction on."""
    tables = query(
        dsn, "select schemaname || '.' || tablename from pg_tables where schemaname in ('public', 'thesetd')"
    )
    counts = {t: query(dsn, f"select count(*) from {t} where xmin::text::bigint >= {transaction}") for (t,) in tables}
    return {table: rows[0][0] for table, rows in counts.items() if rows[0][0]}


def fingerprint(dsn: str) -> dict[str, Any]:
    """Tell every version of every row of the application's tables (xmin changes with each write of a row)."""
    return {
        t: query(dsn, f"select count(*), md5(string_agg(t.xmin::text || t::text, ',' order by t::text)) from {t} t")
        for t in TABLES
    }


def test_gorillaz_arrives_whole_from_the_recorded_world(
    start_daemon: Any, recorded_sandbox: Any, database_dsn: str
) -> None:
    """81 albums, 79 with tracks, 364 tracks; the two that were never recorded are reported; GorillaT is not taken."""
    daemon = start_daemon(recorded_sandbox)
    done = daemon.ctl("import", "Gorillaz", "--follow")
    assert done.returncode == 0, done.stderr
    assert "2 of 81 listed albums are unavailable" in done.stdout
    assert query(database_dsn, "select name, slug, spotify_id from artists where spotify_id is not null") == [
        ("Gorillaz", "gorillaz", "3AA28KZvwAUcZuOKwyblJQ")
    ]
    assert query(database_dsn, "select count(distinct spotify_id) from albums") == [(81,)]
    assert query(database_dsn, "select count(distinct album_id), count(distinct spotify_id) from tracks") == [(79, 364)]
    songs = query(database_dsn, "select count(*), count(spotify_id), count(*) filter (where offered) from songs")
    assert 150 < songs[0][1] == songs[0][2] < songs[0][0] < 200


def test_importing_again_changes_no_row(start_daemon: Any, recorded_sandbox: Any, database_dsn: str) -> None:
    """Every row keeps the version that the first import gave it, however the artist is named the second time."""
    daemon = start_daemon(recorded_sandbox)
    assert daemon.ctl("import", "Gorillaz", "--follow").returncode == 0
    before = fingerprint(database_dsn)
    for reference in ("gorillaz", "https://open.spotify.com/artist/3AA28KZvwAUcZuOKwyblJQ?si=x"):
        assert daemon.ctl("import", reference, "--follow").returncode == 0
    assert fingerprint(database_dsn) == before


def test_an_unchanged_artist_costs_one_row_per_list(
    start_daemon: Any, synthetic_sandbox: Any, synthetic_artist: str, database_dsn: str
) -> None:
    """Beside the import's own job, calls and events the second import writes one row per list, and none of the rest."""
    daemon = start_daemon(synthetic_sandbox)
    assert daemon.ctl("import", synthetic_artist, "--follow").returncode == 0
    ((before,),) = query(database_dsn, "select txid_current()")
    assert daemon.ctl("import", synthetic_artist, "--follow").returncode == 0
    written = rows_since(database_dsn, before)
    lists = {table: written.pop(table, 0) for table in ("thesetd.readings", "thesetd.lists", "thesetd.refresh")}
    assert written.keys() <= BOOKKEEPING
    noted = query(database_dsn, f"select kind, after::text from thesetd.changes where xact::text::bigint >= {before}")
    assert noted == []
    assert lists["thesetd.readings"] <= 5  # the profile, top tracks; venues, shows and setlists
    assert lists["thesetd.lists"] <= 3  # a list of releases for each group
    assert lists["thesetd.refresh"] <= 4  # an aspect of the artist each


def test_every_stage_is_published_in_order_and_percents_never_fall(
    start_daemon: Any, synthetic_sandbox: Any, synthetic_artist: str, redis_server: str, database_dsn: str
) -> None:
    """A subscriber of theset:progress, the followed command and the database tell the same story."""
    daemon = start_daemon(synthetic_sandbox)
    heard: list[dict[str, Any]] = []
    with redis.Redis.from_url(redis_server) as client, client.pubsub() as channel:
        channel.subscribe("theset:progress")
        assert channel.get_message(timeout=LONGEST_S)
        followed = daemon.ctl("--json", "import", synthetic_artist, "--follow")
        reply, *told = events(followed.stdout)
        while not heard or heard[-1]["status"] != "completed":
            message = channel.get_message(timeout=LONGEST_S)
            assert message is not None
            heard.append(json.loads(message["data"]))
    assert followed.returncode == 0
    assert list(dict.fromkeys(event["status"] for event in heard)) == STAGES
    percents = [event["progress"] for event in heard]
    assert percents == sorted(percents)
    assert [event["seq"] for event in heard] == sorted({event["seq"] for event in heard})
    fields = {"seq", "job_id", "artist_id", "slug", "status", "progress", "message", "counts", "at", "request_id"}
    assert set(heard[0]) == fields | {"expected_at", "expected_from", "expected_until"}
    assert told[-1] == heard[-1]
    assert {event["job_id"] for event in heard} == {reply["job_id"]}
    stored = query(database_dsn, "select status, progress, completed_at is not null from import_status")
    assert stored == [("completed", 100, True)]
    landed = heard[-1]["counts"]
    assert landed["albums"] == landed["albums_total"] > 0
    assert min(landed[name] for name in ("songs", "shows", "venues", "past_setlists", "setlists")) > 0


def test_a_terminated_daemon_gives_its_job_back_and_the_next_one_continues(
    start_daemon: Any, synthetic_sandbox: Any, synthetic_artist: str, database_dsn: str
) -> None:
    """SIGTERM in mid-import: exit 0 in time, the job is ready; after the restart it ends completed by itself."""
    synthetic_sandbox.ask("faults", {"provider": "spotify", "shape": "slow", "count": 200}, "POST")
    daemon = start_daemon(synthetic_sandbox)
    job = json.loads(daemon.ctl("--json", "import", synthetic_artist).stdout)
    until(lambda: query(database_dsn, "select state from thesetd.jobs") == [("running",)])
    started = time.monotonic()
    assert daemon.running.stop() == 0
    assert promised(time.monotonic() - started, 20)
    assert query(database_dsn, "select state, node from thesetd.jobs") == [("ready", None)]
    synthetic_sandbox.ask("faults", method="DELETE")
    again = start_daemon(synthetic_sandbox)
    followed = again.ctl("tail", str(job["job_id"]), "--json")
    assert events(followed.stdout)[-1]["status"] == "completed"


def test_a_killed_daemon_loses_nothing(
    start_daemon: Any, synthetic_sandbox: Any, synthetic_artist: str, database_dsn: str
) -> None:
    """SIGKILL in mid-import: the next daemon finds the orphan, runs it to its end, and the rows are those of an undisturbed import."""  # noqa: E501
    synthetic_sandbox.ask("faults", {"provider": "spotify", "shape": "slow", "count": 200}, "POST")
    daemon = start_daemon(synthetic_sandbox)
    job = json.loads(daemon.ctl("--json", "import", synthetic_artist).stdout)
    until(lambda: query(database_dsn, "select state from thesetd.jobs") == [("running",)])
    assert daemon.running.stop(signal.SIGKILL) == -signal.SIGKILL
    synthetic_sandbox.ask("faults", method="DELETE")
    again = start_daemon(synthetic_sandbox)
    until(lambda: query(database_dsn, "select state from thesetd.jobs") == [("done",)])
    status = json.loads(again.ctl("--json", "status", str(job["job_id"])).stdout)
    assert (status["status"], status["progress"]) == ("completed", 100)


def test_a_provider_in_a_storm_costs_only_its_own_part(
    start_daemon: Any, synthetic_sandbox: Any, synthetic_artist: str, database_dsn: str
) -> None:
    """With Ticketmaster down the catalogue still arrives, and the shows become a job for later."""
    synthetic_sandbox.ask("faults", {"provider": "ticketmaster", "shape": "502", "count": 1000}, "POST")
    daemon = start_daemon(synthetic_sandbox)
    done = daemon.ctl("--json", "import", synthetic_artist, "--follow")
    synthetic_sandbox.ask("faults", method="DELETE")
    last = events(done.stdout)[-1]
    assert (last["status"], done.returncode) == ("completed", 0)
    assert "ticketmaster is asked again at" in last["message"]
    assert query(database_dsn, "select kind, state from thesetd.jobs where kind = 'refresh_shows'") == [
        ("refresh_shows", "ready")
    ]


REFUSED = (
    ("zz no such artist zz", 1, "no artist found"),
    ("", 2, "empty"),
    ("x" * 10_000, 2, "10000 characters"),
    ("spotify:artist:123", 2, "22 letters and digits"),
    ("https://open.spotify.com/album/4aawyAB9vmqN3uQ7FjRGTy", 2, "not an artist"),
)


def test_bad_input_gets_one_clear_line_and_leaves_nothing(
    start_daemon: Any, synthetic_sandbox: Any, database_dsn: str
) -> None:
    """The line is on standard error, the exit code is proper, no row of anything was made."""
    daemon = start_daemon(synthetic_sandbox)
    for reference, code, text in REFUSED:
        refused = daemon.ctl("import", reference)
        assert (refused.returncode, refused.stdout) == (code, ""), reference
        assert text in refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1, refused.stderr
    assert query(database_dsn, "select (select count(*) from artists) + (select count(*) from thesetd.jobs)") == [(0,)]


def test_an_ambiguous_name_is_answered_with_candidates(
    start_daemon: Any, synthetic_sandbox: Any, ambiguous_artist: str, database_dsn: str
) -> None:
    """The ids are listed; one of them imports."""
    daemon = start_daemon(synthetic_sandbox)
    refused = daemon.ctl("--json", "import", ambiguous_artist)
    assert refused.returncode == 1
    candidates = json.loads(refused.stdout or refused.stderr)["candidates"]
    assert len(candidates) >= 2
    assert query(database_dsn, "select count(*) from artists") == [(0,)]
    chosen = daemon.ctl("import", candidates[0].get("id") or candidates[0]["spotify_id"], "--follow")
    assert chosen.returncode == 0, chosen.stderr


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({}, "providers.spotify.client_id"),
        ({"SPOTIFY_CLIENT_ID": "x", "SPOTIFY_CLIENT_SECRET": "wrong"}, "client_secret"),
    ],
)
def test_keys_that_are_missing_or_wrong(
    start_daemon: Any,
    synthetic_sandbox: Any,
    synthetic_artist: str,
    database_dsn: str,
    variables: dict[str, str],
    text: str,
) -> None:
    """The daemon warns and runs, the import is refused with what to set, nothing is stored."""
    addresses = {name: value for name, value in synthetic_sandbox.environ.items() if name.endswith("URL")}
    daemon = start_daemon(None, **addresses, **variables)
    unused = [json.loads(line) for line in daemon.running.log().splitlines() if "ProviderUnused" in line]
    assert [(line["provider"], line["level"]) for line in unused] == [
        *([] if variables else [("spotify", "warning")]),
        ("ticketmaster", "warning"),
        ("setlistfm", "warning"),
    ]
    assert unused[-1]["keys"] == ["providers.setlistfm.api_key"]
    refused = daemon.ctl("import", synthetic_artist, "--wait", "1")
    assert refused.returncode == 1
    assert text in refused.stderr
    assert query(database_dsn, "select (select count(*) from artists) + (select count(*) from thesetd.jobs)") == [(0,)]


def test_a_key_that_is_taken_away_is_missed_at_once(
    start_daemon: Any, synthetic_sandbox: Any, synthetic_artist: str, database_dsn: str
) -> None:
    """Calls were made with it just now, but nobody waits for a slot without it: an import is refused and not stored."""
    limits = {"THESETD_PROVIDERS__SPOTIFY__LIMITS": "100/60s"}  # what the ledger tells of a minute holds calls up
    daemon = start_daemon(synthetic_sandbox, **limits)
    assert daemon.ctl("import", synthetic_artist, "--follow").returncode == 0
    assert daemon.running.stop() == 0
    addresses = {name: value for name, value in synthetic_sandbox.environ.items() if name.endswith("URL")}
    refused = start_daemon(None, **addresses, **limits).ctl("import", "Somebody else")
    assert (refused.returncode, "providers.spotify.client_id" in refused.stderr) == (1, True)
    assert query(database_dsn, "select count(*) from thesetd.jobs") == [(1,)]


def test_a_taken_socket_is_refused_and_left_alone(start_daemon: Any, folder: Path) -> None:
    """A second daemon at the same socket says so and exits 78; the first one keeps answering."""
    daemon = start_daemon()
    second = subprocess.run(
        [*daemon.running.process.args[:2], "--state-dir", str(folder / "other")],
        env={**daemon.environ, "THESETD_CONTROL__SOCKET": str(daemon.socket), "THESETD_NODE__NAME": "second"},
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    assert second.returncode == 78
    assert "another daemon listens on" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1
    assert daemon.ctl("actors").returncode == 0


def test_a_database_that_refuses_is_one_clear_line(
    launch: Any, synthetic_sandbox: Any, free_port: int, redis_server: str
) -> None:
    """It is waited for: host and port are named once, no password, no traceback; SIGTERM ends the wait with 0."""
    daemon = launch(
        synthetic_sandbox, DATABASE_URL=f"postgresql://u:hush@127.0.0.1:{free_port}/x", REDIS_URL=redis_server
    )
    until(lambda: f"port {free_port}" in daemon.running.log())
    assert "hush" not in daemon.running.log()
    assert len(daemon.running.log().strip().splitlines()) == 1
    assert daemon.running.stop() == 0


def test_health_readiness_and_metrics(start_daemon: Any, synthetic_sandbox: Any, synthetic_artist: str) -> None:
    """The read-only listener answers; the metrics tell of the import; no secret is anywhere."""
    daemon = start_daemon(synthetic_sandbox)
    assert daemon.ctl("import", synthetic_artist, "--follow").returncode == 0
    assert daemon.get("/healthz")[0] == 200
    assert daemon.get("/readyz")[0] == 200
    code, text = daemon.get("/metrics")
    assert code == 200
    assert 'thesetd_jobs_ended_total{kind="import_artist",state="done"} 1.0' in text
    assert 'thesetd_actor_up{actor="importer"} 1.0' in text
    assert 'thesetd_breaker_state{breaker="spotify",state="closed"} 1.0' in text
    for secret in ("sandbox-secret", "sandbox-key"):
        assert secret not in text
        assert secret not in daemon.running.log()


def test_the_schedules_run_by_hand(
    start_daemon: Any, synthetic_sandbox: Any, synthetic_artist: str, database_dsn: str
) -> None:
    """Each of the eight makes its job, every job that follows ends done, and data that is complete is not rewritten."""
    daemon = start_daemon(synthetic_sandbox)
    assert daemon.ctl("import", synthetic_artist, "--follow").returncode == 0
    names = [schedule["name"] for schedule in json.loads(daemon.ctl("--json", "schedules").stdout)["schedules"]]
    assert len(names) == 8
    before = fingerprint(database_dsn)
    for name in names:
        assert daemon.ctl("schedules", "run", name).returncode == 0
        until(lambda: not query(database_dsn, "select 1 from thesetd.jobs where state in ('ready', 'running')"))
    assert query(database_dsn, "select kind, error from thesetd.jobs where state <> 'done'") == []
    kinds = {kind for (kind,) in query(database_dsn, "select distinct kind from thesetd.jobs")}
    assert {"sweep", "cleanup", "refresh_shows", "refresh_catalog"} <= kinds
    assert fingerprint(database_dsn) == before


@pytest.mark.usefixtures("redis_program")
def test_embedded_servers_come_and_go_with_the_daemon(
    start_embedded: Any, folder: Path, synthetic_sandbox: Any, synthetic_artist: str
) -> None:
    """With nothing configured the daemon brings servers, keeps the data, takes over after SIGKILL, leaves none."""
    first = start_embedded(synthetic_sandbox)
    assert first.ctl("import", synthetic_artist, "--follow").returncode == 0
    first.running.stop(signal.SIGKILL)
    second = start_embedded(synthetic_sandbox)
    known = query(second.addresses["database"], "select count(*) from artists where spotify_id is not null")
    assert known == [(1,)]
    assert second.running.stop() == 0
    assert [path for path in processes() if str(folder).encode() in path] == []


def processes() -> list[bytes]:
    """Return the command lines of all processes."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            lines.append(path.read_bytes())
    return lines


def ask(daemon: Any, method: str, target: str, body: Any = None, **headers: str) -> tuple[str, Any]:
    """Return the id that an answer has, and its document."""
    connection = UnixConnection(daemon.socket, 60.0)
    connection.request(method, target, json.dumps(body) if body else None, {"Host": "localhost", **headers})
    answer = connection.getresponse()
    found = answer.getheader("X-Request-Id"), json.loads(answer.read())
    connection.close()
    return found  # type: ignore[return-value]


def test_one_id_leads_from_a_request_to_all_that_it_caused(
    start_daemon: Any, recorded_sandbox: Any, database_dsn: str
) -> None:
    """The client's id is in the answer, the job, its calls, its events, and the lines of the log."""
    daemon = start_daemon(recorded_sandbox, THESETD_LOG__LEVEL="debug")
    named, accepted = ask(daemon, "POST", "/imports", {"artist": "Gorillaz"}, **{"X-Request-Id": "web-7f.1"})
    assert named == "web-7f.1"
    followed = daemon.ctl("tail", str(accepted["job_id"]), "--json")
    told = ask(daemon, "GET", "/jobs?request=web-7f.1")[1]["jobs"]
    assert [(job["job_id"], job["request_id"], job["typed"]) for job in told] == [
        (accepted["job_id"], "web-7f.1", "Gorillaz")
    ]
    calls = "select distinct request_id from thesetd.api_calls"
    until(lambda: query(database_dsn, calls) == [("web-7f.1",)])  # the ledger is written beside the job
    assert query(database_dsn, "select distinct request_id from thesetd.events") == [("web-7f.1",)]
    assert {event["request_id"] for event in events(followed.stdout)} == {"web-7f.1"}
    statuses = "select s.job_id, s.status from import_status s join thesetd.jobs j on j.id = s.job_id"
    assert query(database_dsn, f"{statuses} where j.args->>'request_id' = 'web-7f.1'") == [
        (accepted["job_id"], "completed")
    ]
    lines = [json.loads(line) for line in daemon.running.log().splitlines() if '"web-7f.1"' in line]
    assert {"ImportAnswered", "JobClaimed", "CallFinished", "JobEnded"} <= {line["event"] for line in lines}
    assert "done" in daemon.ctl("why", "web-7f.1").stdout


def test_a_trace_is_followed_through_a_refresh(start_daemon: Any, recorded_sandbox: Any, database_dsn: str) -> None:
    """Without an id of its own a request has that of its trace; one without either gets one from the daemon."""
    daemon = start_daemon(recorded_sandbox)
    made, accepted = ask(daemon, "POST", "/imports", {"artist": "Gorillaz"})
    assert len(made) == 32
    assert daemon.ctl("tail", str(accepted["job_id"])).returncode == 0
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    named, refresh = ask(daemon, "POST", "/artists/gorillaz/refresh", **headers)
    assert named == trace
    assert ask(daemon, "GET", f"/jobs/{refresh['job_id']}")[1]["request_id"] == trace
    calls = "select distinct request_id from thesetd.api_calls where job_id = 1"
    until(lambda: query(database_dsn, calls) == [(made,)])
