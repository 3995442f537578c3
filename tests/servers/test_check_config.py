"""`thesetd check-config --connect`: what it says of real servers is what a run then meets."""

import json
import os
import pwd
import socket
from pathlib import Path
from typing import Any

import pytest

from debian.postgres import PASSWORD, Cluster
from programs import Sandbox, StartDaemon, thesetd
from server_table import Seen

pytestmark = pytest.mark.real


def checked(folder: Path, **variables: str) -> tuple[int, str, dict[str, tuple[str, str]]]:
    """Return the exit code, the last line, and of each thing the verdict and the text."""
    own = {"THESETD_HTTP__LISTEN": "127.0.0.1:0", **variables}
    done = thesetd(folder, "check-config", "--connect", "--json", "--state-dir", str(folder / "state"), **own)
    assert PASSWORD not in done.stdout + done.stderr
    assert not done.stderr, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, found["outcome"], {c["what"]: (c["verdict"], c["text"]) for c in found["checks"]}


def test_a_fresh_database_is_rehearsed_and_left_as_it_was(
    postgres: Cluster, redis_server: str, sandbox: Sandbox, folder: Path, seen: Seen
) -> None:
    """All that a run would do works, exit 0; no table, no folder and no call is there afterwards."""
    owner = postgres.role()
    database = postgres.database(owner)
    mark = sandbox.mark()
    servers = {"DATABASE_URL": postgres.dsn(owner, database), "REDIS_URL": redis_server, **sandbox.environ}
    code, outcome, found = checked(folder, **servers)
    assert (code, outcome) == (0, "thesetd would start")
    assert {verdict for what, (verdict, _) in found.items() if what != "disk"} == {
        "ok"
    }  # the machine's own is what it is
    assert "a run takes steps 1 to" in found["database schema"][1]
    assert {"state_dir", "control.socket", "http.listen", "database rights", "redis limits", "spotify"} <= found.keys()
    assert postgres.sql("select count(*) from pg_namespace where nspname = 'thesetd'", database) == "0"
    assert not (folder / "state").exists()
    calls = [call for name in ("spotify", "ticketmaster", "setlistfm") for call in sandbox.calls(name, mark)]
    assert {call["method"] for call in calls} == {"HEAD"}  # without a key, of no endpoint
    done = thesetd(folder, "check-config", "--connect", "--state-dir", str(folder / "state"), **servers)
    user = pwd.getpwuid(os.geteuid()).pw_name
    first, *_, last = done.stdout.splitlines()
    assert first == f"judged     with the environment and rights of this caller, user {user}; a service may have others"
    assert last == outcome
    seen("check-config --connect: " + found["database"][1].partition(": ")[2])


def test_a_running_daemon_is_no_fault_of_its_configuration(
    postgres: Cluster, redis_server: str, sandbox: Sandbox, start_daemon: StartDaemon, folder: Path
) -> None:
    """Its folder, socket and name are said to be in use by it; exit 0."""
    owner = postgres.role()
    servers = {"DATABASE_URL": postgres.dsn(owner, postgres.database(owner)), "REDIS_URL": redis_server}
    daemon = start_daemon(sandbox, **servers)
    listen = daemon.addresses["http"].partition("//")[2]
    code, _, found = checked(folder, **servers, **sandbox.environ, THESETD_HTTP__LISTEN=listen)
    assert code == 0, found
    for what in ("state_dir", "control.socket", "http.listen", "node.name"):
        assert " now" in found[what][1], found[what]
    assert "which this version needs" in found["database schema"][1]


def test_what_a_run_would_be_refused_for_ends_with_78(postgres: Cluster, folder: Path) -> None:
    """A right, a schema, a table of somebody else's, an encoding, a password: 78, and the thing is named."""
    owner, role = postgres.role(), postgres.role()
    database = postgres.database(owner)
    postgres.sql("revoke all on schema public from public", database)
    foreign = postgres.database(owner)
    postgres.sql("create table artists (id integer)", foreign)
    latin = postgres.database(owner, "encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0")
    faults = {
        postgres.dsn(role, database): ("database schema", f"run `thesetd migrate` as {owner}"),
        postgres.dsn(owner, database, "schema=app"): ("database schema", "schema app does not exist: create it"),
        postgres.dsn(owner, foreign): (
            "database schema",
            "public.artists belongs to postgres: run `thesetd migrate` as",
        ),
        postgres.dsn(owner, latin): ("database", "encoding LATIN1 cannot hold all names"),
        postgres.dsn(owner, database, password="wrong"): ("database", "password authentication failed"),
    }
    for dsn, (what, words) in faults.items():
        servers = {"DATABASE_URL": dsn, "REDIS_URL": "redis://127.0.0.1:1/0"}
        code, outcome, found = checked(folder, **servers)
        assert code == 78, found
        assert outcome == f"thesetd would be refused (exit code 78): see {what}"
        assert found[what][0] == "refused"
        assert words in found[what][1], found[what]
        plain = {"THESETD_HTTP__LISTEN": "127.0.0.1:0", "THESETD_LOG__FORMAT": "text"}
        done = thesetd(folder, "run", "--state-dir", str(folder / "run"), **plain, **servers)
        assert (done.returncode, words in done.stderr) == (78, True), done.stderr


def test_what_may_come_good_ends_with_1(postgres: Cluster, redis_server: str, sandbox: Sandbox, folder: Path) -> None:
    """A server that is away is waited for; a Redis or a provider that is away costs readiness; a taken port is said."""
    owner = postgres.role()
    good = {"DATABASE_URL": postgres.dsn(owner, postgres.database(owner)), "REDIS_URL": redis_server}
    code, outcome, found = checked(folder, **good | sandbox.environ | {"DATABASE_URL": "postgresql://u@127.0.0.1:1/d"})
    assert (code, outcome) == (1, "thesetd would wait: see database"), found
    code, outcome, found = checked(folder, **good | sandbox.environ | {"REDIS_URL": "redis://127.0.0.1:1/0"})
    assert (code, outcome) == (1, "thesetd would start, and would not be ready: see redis")
    keys = sandbox.environ | {"THESETD_PROVIDERS__SPOTIFY__CLIENT_SECRET": "wrong-one"}
    code, outcome, found = checked(folder, **good | keys)
    assert (code, outcome) == (1, "thesetd would start, and would not be ready: see spotify"), found
    assert "refuses the credentials" in found["spotify"][1]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        code, _, found = checked(folder, **good, **sandbox.environ, THESETD_HTTP__LISTEN=listen)
        assert (code, found["http.listen"][0]) == (78, "refused")
