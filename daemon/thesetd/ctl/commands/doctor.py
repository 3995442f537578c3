"""`thesetctl doctor`: what is wrong, and the command or the change that mends it.

It looks at a running daemon through its status. If none answers it asks `thesetd check-config --connect`, which
tries configuration, permissions, servers, rights and keys with the environment of its caller. Clock and disk are looked
at in both cases.

Tested in tests/ctl/test_doctor.py.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs
import click

from thesetd.ctl import tables, views
from thesetd.ctl.failures import Broken, ProblemReply, Unreachable
from thesetd.ctl.session import Session, json_option, pass_session
from thesetd.ctl.times import when
from thesetd.ports.surface.rows.page import SHOW_STATUS

FAILED = 1
CHECK_S = 60.0
LEAST_FREE, LEAST_SHARE = 1 << 30, 0.05  # of a disk: bytes, and part of it
# What mends a check of the daemon that failed, by how its name begins; the first that fits counts.
MENDS: Mapping[str, str] = {
    "database rights": "as the owner run the GRANT lines of README.md",
    "database schema": "thesetd migrate",
    "database connections": "raise max_connections of PostgreSQL, or lower database.connections",
    "database": "systemctl status postgresql; thesetd check-config --connect",
    "redis memory": "redis-cli config set maxmemory-policy noeviction",
    "redis channel": "set redis.channel to a name of its own",
    "redis": "systemctl status redis-server; thesetd check-config --connect",
    "provider ": "correct the keys of [providers.{0}], then thesetctl reload",
    "pause of ": "thesetctl resume {0}",
    "actor ": "thesetctl logs --actor {0}",
}


@attrs.frozen
class Complaint:
    """One thing that was looked at: `level` is ok, warning or bad; `mend` is what to do."""

    level: str
    what: str
    text: str
    mend: str = ""


@click.command()
@json_option
@pass_session
def doctor(session: Session) -> None:
    """Say what is wrong with the daemon and its surroundings, and what mends it; exit with 1 if anything is.

    Example: thesetctl doctor
    """
    found = list(_daemon(session)) + list(_clock()) + list(_disk())
    bad = [one for one in found if one.level != "ok"]
    session.show({"healthy": not bad, "found": [attrs.asdict(one) for one in found]}, lambda _: _draw(found))
    if any(one.level == "bad" for one in found):
        click.get_current_context().exit(FAILED)


def _draw(found: list[Complaint]) -> None:
    for one in found:
        colour = {"ok": "green", "warning": "yellow", "bad": "red"}[one.level]
        level = click.style(f"{one.level:<8}", fg=colour) if views.on_terminal() else f"{one.level:<8}"
        click.echo(f"{level} {one.what}: {one.text}")
        if one.mend:
            click.echo(f"{'':<8} mend: {one.mend}")
    if all(one.level == "ok" for one in found):
        tables.pairs({"healthy": "nothing is wrong"})


def _daemon(session: Session) -> Iterator[Complaint]:
    try:
        status = session.daemon.ask(SHOW_STATUS)
    except (Unreachable, Broken) as error:
        yield Complaint("bad", "daemon", str(error), "systemctl start thesetd")
        yield from _configuration()
    except ProblemReply as refusal:  # it is starting, and says what it waits for
        yield Complaint("bad", "daemon", str(refusal), "thesetctl health; thesetd check-config --connect")
        yield from _configuration()
    else:
        yield Complaint("ok", "daemon", f"version {status['version']} answers")
        yield from examined(status)


def examined(status: Mapping[str, Any]) -> Iterator[Complaint]:
    """Name everything in a daemon's status that needs somebody."""
    for name, text in status["checks"].items():
        if text != "ok" and not text.startswith(("ok,", "not proved")):
            level = "warning" if name.startswith(("provider ", "pause of ", "redis memory", "redis channel")) else "bad"
            yield Complaint(level, name, text, _mend(name))
    for one in status["breakers"]:
        if one["state"] == "open":
            text = f"open after {one['failures']} failures"
            yield Complaint("warning", f"breaker {one['name']}", text, f"thesetctl breakers reset {one['name']}")
    for one in status["schedules"]:
        if one["enabled"] and one["last_result"] not in {None, "done"}:
            text = f"its last job is {one['last_result']}: {one['last_error'] or 'no reason was recorded'}"
            yield Complaint("warning", f"schedule {one['name']}", text, f"thesetctl schedules {one['name']}")
    if status["survey"] is not None:
        yield from _surveyed(status["survey"], datetime.fromisoformat(status["at"]))


def _mend(name: str) -> str:
    begin = next((begin for begin in MENDS if name.startswith(begin)), None)
    return MENDS[begin].format(name.removeprefix(begin)) if begin else "thesetctl health"


def _surveyed(survey: Mapping[str, Any], at: datetime) -> Iterator[Complaint]:
    for one in survey["providers"]:
        name = one["name"]
        if one["penalty_until"]:
            text = f"blocks calls, ends {when(one['penalty_until'], at=at)}"
            yield Complaint("warning", f"provider {name}", text, "wait; lower the limit if it comes again")
        for use in one["windows"]:
            if use["left"] == 0 and use["period"].endswith("d"):
                text = f"all {use['limit']:,} calls in {use['period']} are used"
                yield Complaint("warning", f"quota of {name}", text, "thesetctl calls --by purpose --since 24h")
    dead = sum(group["count"] for group in survey["jobs"] if group["state"] == "dead")
    if dead:
        yield Complaint("warning", "jobs", f"{dead} dead", "thesetctl dead; then thesetctl dead replay --all")
    oldest = survey["oldest_unpublished"]
    if oldest and (at - datetime.fromisoformat(oldest)).total_seconds() > 60:  # noqa: PLR2004 - a minute
        text = f"{survey['unpublished']} events wait for Redis"
        yield Complaint("warning", "events", text, "systemctl status redis-server")


def _configuration() -> Iterator[Complaint]:
    """Ask the daemon's own program what a start would come to."""
    program = shutil.which("thesetd", path=str(Path(sys.executable).parent)) or shutil.which("thesetd")
    if program is None:
        yield Complaint("warning", "configuration", "thesetd is not installed here", "run it on the daemon's machine")
        return
    command = [program, "check-config", "--connect", "--json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=CHECK_S, check=False)  # noqa: S603 - no shell
    except subprocess.TimeoutExpired:
        yield Complaint("bad", "configuration", f"no result within {CHECK_S:g} s", " ".join(command))
        return
    for line in done.stderr.splitlines():
        yield Complaint("bad", "configuration", line.removeprefix("thesetd: "), "correct it, then thesetctl doctor")
    for one in json.loads(done.stdout)["checks"] if done.stdout.strip() else ():
        level = {"ok": "ok", "warning": "warning"}.get(one["verdict"], "bad")
        yield Complaint(level, one["what"], one["text"], "" if level == "ok" else _mend(one["what"]))


def _clock() -> Iterator[Complaint]:
    """Yield a complaint about a clock that is not set from the network, if systemd knows: nodes need it to agree."""
    program = shutil.which("timedatectl")
    if program is None:
        return
    command = [program, "show", "--property", "NTPSynchronized", "--value"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=CHECK_S, check=False)  # noqa: S603 - no shell
    except subprocess.TimeoutExpired:
        yield Complaint("warning", "clock", f"timedatectl did not answer within {CHECK_S:g} s", "timedatectl")
        return
    if done.stdout.strip() == "no":
        yield Complaint("warning", "clock", "it is not synchronised", "timedatectl set-ntp true")


def _disk(places: tuple[str, ...] = ("/var/lib", "/var/log", "/tmp")) -> Iterator[Complaint]:  # noqa: S108 - looked at
    for place in places:
        if not Path(place).exists():
            continue
        usage = shutil.disk_usage(place)
        if usage.free < LEAST_FREE or usage.free < LEAST_SHARE * usage.total:
            text = f"{usage.free >> 20:,} MiB are free"
            yield Complaint("warning", f"disk of {place}", text, f"free some: du -xh {place} | sort -h | tail")
            return
    yield Complaint("ok", "disk", "there is room")
