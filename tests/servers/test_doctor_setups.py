"""`thesetctl doctor` on set-ups that are really broken: each names the cause and what mends it.

Some in every run, all of them with `make prove-doctor`, which prints them as a table.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from debian.certificates import Authority
from debian.postgres import Cluster
from debian.redis import RedisNode, redis_node
from exploring import EXPLORE, sample
from patience import LONGEST_S
from programs import PROGRAMS, Sandbox, clean_environ

pytestmark = pytest.mark.real

NEWER = """
create schema thesetd authorization {owner};
create table thesetd.migrations (number integer, name text, checksum text, applied_at timestamptz);
insert into thesetd.migrations select number, 'later', 'x', now() from generate_series(1, 9999) number;
alter table thesetd.migrations owner to {owner};
"""


@attrs.define
class Stage:
    """What a set-up is broken on: working servers, a folder, and the variables of a set-up that works."""

    folder: Path
    postgres: Cluster
    redis: RedisNode
    authority: Authority
    works: dict[str, str]
    taken: str
    before: tuple[str, ...] = ()

    def database(self, statements: str = "", options: str = "", role: str = "") -> dict[str, str]:
        """Return the variable of a new database, in which its owner may have done something."""
        owner = self.postgres.role(role)
        name = self.postgres.database(owner, options)
        if statements:
            self.postgres.sql(statements.format(name=name, owner=owner), name)
        return {"DATABASE_URL": self.postgres.dsn(owner, name)}

    def another_role(self, grants: str) -> dict[str, str]:
        """Return the variable of a role in a database of another one."""
        owner, role = self.postgres.role(), self.postgres.role()
        name = self.postgres.database(owner)
        self.postgres.sql(grants.format(role=role), name)
        return {"DATABASE_URL": self.postgres.dsn(role, name)}

    def file(self, name: str, text: str = "", mode: int = 0o600) -> str:
        """Write a file and return its path."""
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def config(self, text: str) -> dict[str, str]:
        """Return the variable of a configuration file."""
        return {"THESETD_CONFIG": self.file("t.toml", text)}

    def program(self, name: str, text: str) -> dict[str, str]:
        """Put a program before others of its name."""
        self.file(name, f"#!/bin/sh\n{text}\n", 0o755)
        return {"PATH": f"{self.folder}:{os.environ['PATH']}"}

    def mounted(self, options: str, then: str = "true") -> dict[str, str]:
        """Have the state on a file system of its own, which nobody else sees."""
        state = self.folder / "own"
        state.mkdir(mode=0o700)
        mount = f'mount -t tmpfs -o {options} none {state} && {then} && exec "$@"'
        self.before = ("unshare", "--mount", "sh", "-c", mount, "sh")
        return {"THESETD_STATE_DIR": str(state / "state")}


def _evicting(at: Stage) -> Mapping[str, str]:
    at.redis("config", "set", "maxmemory", "100mb")
    at.redis("config", "set", "maxmemory-policy", "allkeys-lru")
    return {}


def _others_state(at: Stage) -> Mapping[str, str]:
    state = at.folder / "theirs"
    state.mkdir(mode=0o700)
    shutil.chown(state, "nobody")
    return {"THESETD_STATE_DIR": str(state)}


def _other_zones(at: Stage) -> Mapping[str, str]:
    zones = at.folder / "zones/America"
    zones.mkdir(parents=True)
    (zones / "New_York").write_bytes(b"TZif of another kind")
    return {"PYTHONTZPATH": str(zones.parent)}


def _full(at: Stage) -> Mapping[str, str]:
    return at.mounted("size=1m,mode=700", f"(head -c 2000000 /dev/zero > {at.folder}/own/x 2>/dev/null; true)")


def _no_certificate(at: Stage) -> Mapping[str, str]:
    pair = {
        "THESETD_HTTP__TLS_CERTIFICATE": at.file("c.pem", "none"),
        "THESETD_HTTP__TLS_KEY": at.file("k.pem", "none"),
    }
    return {"THESETD_HTTP__API": "127.0.0.1:0", **pair}


@attrs.frozen
class Broken:
    """A set-up that is broken: how, and what the doctor names, with words of the cause and of what mends it."""

    breaks: Callable[[Stage], Mapping[str, str]]
    what: str
    cause: str
    mend: str


SETUPS: Mapping[str, Broken] = {
    "unknown key": Broken(
        lambda _: {"THESETD_LOG__LEVLE": "x"}, "configuration", "log.levle: no such key", "thesetctl config show"
    ),
    "file is no TOML": Broken(lambda at: at.config("[log\n"), "configuration", "t.toml", "edit /"),
    "file is absent": Broken(
        lambda _: {"THESETD_CONFIG": "/nowhere/t.toml"}, "configuration", "cannot be read", "THESETD_CONFIG"
    ),
    "invalid limit": Broken(
        lambda _: {"THESETD_PROVIDERS__SPOTIFY__LIMITS": "many"},
        "configuration",
        "invalid limit 'many'",
        "thesetctl config show",
    ),
    "state_dir is a file": Broken(
        lambda at: {"THESETD_STATE_DIR": at.file("f")}, "state_dir", "f", "install -d -m 700 -o thesetd"
    ),
    "state_dir is another user's": Broken(_others_state, "state_dir", "belongs to another user", "chown"),
    "state_dir is read-only": Broken(lambda at: at.mounted("ro"), "state_dir", "takes no folder", "install -d"),
    "disk of the state is full": Broken(_full, "disk", "0 MiB are free", "du -xh"),
    "socket's path is taken": Broken(
        lambda at: {"THESETD_CONTROL__SOCKET": at.file("plain")}, "control.socket", "plain", "rm "
    ),
    "unknown group": Broken(
        lambda _: {"THESETD_CONTROL__GROUP": "nobodys"}, "control.socket", "nobodys", "groupadd --system nobodys"
    ),
    "unknown group of operators": Broken(
        lambda _: {"THESETD_CONTROL__OPERATE_BY": "@nobodys"}, "control", "nobodys", "groupadd --system nobodys"
    ),
    "port is in use": Broken(lambda at: {"THESETD_HTTP__LISTEN": at.taken}, "http.listen", "in use", "ss -ltnp"),
    "certificate is none": Broken(_no_certificate, "http.api", "certificate", "openssl x509"),
    "database server is down": Broken(
        lambda _: {"DATABASE_URL": "postgresql://u:p@127.0.0.1:1/theset"},
        "database",
        "127.0.0.1",
        "systemctl start postgresql",
    ),
    "database server has no such host": Broken(
        lambda _: {"DATABASE_URL": "postgresql://u:p@nowhere.invalid/theset"},
        "database",
        "nowhere.invalid",
        "getent hosts",
    ),
    "no such database": Broken(
        lambda at: {"DATABASE_URL": at.postgres.dsn(at.postgres.role(), "nothing")}, "database", "nothing", "createdb"
    ),
    "wrong password": Broken(
        lambda at: {"DATABASE_URL": at.postgres.dsn(at.postgres.role(), "postgres", password="wrong")},
        "database",
        "password",
        "alter role",
    ),
    "encoding of the database": Broken(
        lambda at: at.database(options="encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0"),
        "database",
        "LATIN1",
        "createdb --encoding UTF8",
    ),
    "read-only database": Broken(
        lambda at: at.database("alter database {name} set default_transaction_read_only = on"),
        "database",
        "read-only",
        "name the primary",
    ),
    "no connection is left for the role": Broken(
        lambda at: at.database(role="connection limit 0"), "database", "too many connections", "connection limit"
    ),
    "no right to make tables": Broken(
        lambda at: at.another_role("revoke all on schema public from public"),
        "database schema",
        "thesetd migrate",
        "thesetd migrate",
    ),
    "schema of a later version": Broken(lambda at: at.database(NEWER), "database schema", "9999", "pip install"),
    "a table of another application": Broken(
        lambda at: at.database("create table artists (id integer)"),
        "database schema",
        "or name another schema",
        "thesetd migrate",
    ),
    "redis is down": Broken(
        lambda _: {"REDIS_URL": "redis://127.0.0.1:1/0"}, "redis", "connection refused", "systemctl start redis-server"
    ),
    "redis wants another password": Broken(
        lambda at: {"REDIS_URL": at.redis.url.replace("redis://", "redis://nobody:wrong@")},
        "redis",
        "password",
        "redis.url",
    ),
    "redis forbids scripts": Broken(
        lambda at: {"REDIS_URL": at.redis.user("~*", "&*", "+@all", "-eval", "-evalsha")},
        "redis limits",
        "eval",
        "ACL SETUSER",
    ),
    "redis evicts keys": Broken(_evicting, "redis memory", "allkeys-lru", "maxmemory-policy noeviction"),
    "no keys": Broken(
        lambda at: {name: "" for name in at.works if name.endswith("CLIENT_SECRET")},
        "provider spotify",
        "client_secret",
        "[providers.spotify]",
    ),
    "rejected keys": Broken(
        lambda _: {"THESETD_PROVIDERS__SPOTIFY__CLIENT_SECRET": "wrong-one"},
        "provider spotify",
        "refuses the credentials",
        "[providers.spotify]",
    ),
    "provider is out of reach": Broken(
        lambda _: {"THESETD_PROVIDERS__TICKETMASTER__BASE_URL": "http://127.0.0.1:1"},
        "provider ticketmaster",
        "connection failed",
        "curl -I",
    ),
    "clock is not set": Broken(
        lambda at: at.program("timedatectl", "echo no"), "clock", "not synchronised", "timedatectl set-ntp true"
    ),
    "time zones are damaged": Broken(_other_zones, "time zones", "America/New_York", "tzdata"),
}


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisNode]:
    """Yield a Redis that the set-ups share."""
    with redis_node() as running:
        yield running


@pytest.fixture(scope="module")
def database(postgres: Cluster) -> str:
    """Return a database that works."""
    owner = postgres.role()
    return postgres.dsn(owner, postgres.database(owner))


@pytest.fixture
def stage(
    folder: Path, postgres: Cluster, redis: RedisNode, authority: Authority, database: str, sandbox: Sandbox
) -> Iterator[Stage]:
    """Yield a set-up that works."""
    redis("config", "set", "maxmemory-policy", "noeviction")
    with _listening() as taken:
        works = {
            "DATABASE_URL": database,
            "REDIS_URL": redis.url,
            "THESETD_HTTP__LISTEN": "127.0.0.1:0",
            "THESETD_STATE_DIR": str(folder / "state"),
            **sandbox.environ,
        }
        yield Stage(folder, postgres, redis, authority, works, taken)


@contextmanager
def _listening() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Collect what was found, and print it where all is tried."""
    rows: list[tuple[str, dict[str, Any]]] = []
    yield rows
    if EXPLORE:
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            for number, (name, one) in enumerate(rows, 1):
                sys.stdout.write(f"\n{number:>2} {name}\n   {one['what']}: {one['text']}\n   mend: {one['mend']}\n")


def examined(stage: Stage, changes: Mapping[str, str]) -> tuple[int, list[dict[str, Any]]]:
    """Run the doctor in a set-up whose daemon does not run."""
    environ = clean_environ(stage.folder) | stage.works | changes
    environ = {name: value for name, value in environ.items() if value}
    command = [str(PROGRAMS / "thesetctl"), "--socket", str(stage.folder / "none"), "doctor", "--json"]
    command = [*stage.before, *command]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=LONGEST_S)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)["found"]


def complaints(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what is wrong beside the daemon that does not run."""
    return [one for one in found if one["level"] != "ok" and one["what"] != "daemon"]


@pytest.mark.parametrize("name", sample(list(SETUPS), 12))
def test_a_broken_set_up_is_named_with_what_mends_it(
    stage: Stage, table: list[tuple[str, dict[str, Any]]], name: str
) -> None:
    """One of the complaints is about it, says why, and names the command or the change that mends it."""
    broken = SETUPS[name]
    if broken.breaks in {_full, _others_state} and os.geteuid() != 0:
        pytest.skip("mounts and owners are root's to change")
    code, found = examined(stage, broken.breaks(stage))
    named = [one for one in complaints(found) if one["what"].startswith(broken.what) and broken.cause in one["text"]]
    assert code == 1
    assert named, complaints(found)
    table.append((name, named[0]))
    assert broken.mend in named[0]["mend"], named[0]


def test_a_set_up_that_works_lacks_the_daemon_alone(stage: Stage) -> None:
    """Nothing else is wrong with it, but for this machine's own disk."""
    _, found = examined(stage, stage.program("timedatectl", "echo yes"))
    assert [one for one in complaints(found) if not one["what"].startswith("disk")] == []
