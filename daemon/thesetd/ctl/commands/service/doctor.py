"""`thesetctl doctor`: reports what is wrong, and the command or the change that fixes it.

It examines a running daemon through its status. If none answers it runs `thesetd check-config --connect`, which tries
configuration, permissions, servers, rights and keys with the environment of its caller. Clock, time zones and disk are
checked in both cases, unless --url names a daemon on another machine.

Tested in tests/ctl/commands/service/test_doctor.py.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs
import click

from thesetd.ctl import tables, views
from thesetd.ctl.commands.service.mends import MENDS, mend_of
from thesetd.ctl.failures import Broken, ProblemReply, Unreachable
from thesetd.ctl.session import Session, json_option, pass_session
from thesetd.ctl.times import when
from thesetd.domain.room import lacks_room
from thesetd.ports.probes import is_trouble
from thesetd.ports.surface.rows.page import SHOW_STATUS

FAILED = 1
CHECK_S = 60.0
ZONES = {"America/New_York": -4, "Europe/Berlin": 2, "Asia/Tokyo": 9}  # offset from UTC in July, in hours


@attrs.frozen
class Complaint:
    """The result of one check: `level` is ok, warning or bad; `mend` is what to do."""

    level: str
    what: str
    text: str
    mend: str = ""


def complain(level: str, what: str, text: str) -> Complaint:
    """Return a complaint with its remedy."""
    return Complaint(level, what, text, "" if level == "ok" else mend_of(what, text))


@click.command()
@json_option
@pass_session
def doctor(session: Session) -> None:
    """Report what is wrong with the daemon and its environment, and how to fix it; exit with 1 if anything is wrong.

    Example: thesetctl doctor
    """
    found = [*_daemon(session), *(() if session.is_remote else (*_clock(), *_zones(), *_disk()))]
    bad = [one for one in found if one.level != "ok"]
    session.show({"healthy": not bad, "found": [attrs.asdict(one) for one in found]}, lambda _: _draw(found))
    if any(one.level == "bad" for one in found):
        click.get_current_context().exit(FAILED)


def _draw(found: list[Complaint]) -> None:
    for one in found:
        colour = {"ok": "green", "warning": "yellow", "bad": "red"}[one.level]
        views.print_line(f"{one.level:<8} {one.what}: {one.text}", 9, colour=colour)
        if one.mend:
            views.print_line(f"{'':<8} fix: {one.mend}", 15)
    if all(one.level == "ok" for one in found):
        tables.pairs({"healthy": "no problems found"})


def _daemon(session: Session) -> Iterator[Complaint]:
    try:
        status = session.daemon.ask(SHOW_STATUS)
    except (Unreachable, Broken) as error:
        if session.is_remote:
            yield Complaint("bad", "daemon", str(error), "run thesetctl doctor on its machine")
            return
        yield Complaint("bad", "daemon", str(error), "systemctl start thesetd")
        yield from _configuration()
    except ProblemReply as refusal:  # the daemon is starting, and says what it waits for
        yield Complaint("bad", "daemon", str(refusal), "thesetctl health; thesetd check-config --connect")
        if not session.is_remote:
            yield from _configuration()
    else:
        yield Complaint("ok", "daemon", f"version {status['version']} answers")
        yield from examined(status)


def examined(status: Mapping[str, Any]) -> Iterator[Complaint]:
    """Yield a complaint about everything in a daemon's status that needs an operator."""
    for name, text in status["checks"].items():
        if is_trouble(text):
            level = "warning" if name.startswith(("provider ", "pause of ", "redis memory", "redis channel")) else "bad"
            yield complain(level, name, text)
    for one in status["breakers"]:
        if one["state"] == "open":
            text = f"open after {one['failures']} failures"
            yield complain("warning", f"breaker {one['name']}", text)
    for one in status["schedules"]:
        if one["enabled"] and one["last_result"] not in {None, "done"}:
            text = f"its last job is {one['last_result']}: {one['last_error'] or 'no reason was recorded'}"
            yield complain("warning", f"schedule {one['name']}", text)
    if status["survey"] is not None:
        yield from _surveyed(status["survey"], datetime.fromisoformat(status["at"]))


def _surveyed(survey: Mapping[str, Any], at: datetime) -> Iterator[Complaint]:
    for one in survey["providers"]:
        name = one["name"]
        if one["penalty_until"]:
            text = f"blocks calls, ends {when(one['penalty_until'], at=at)}"
            yield complain("warning", f"provider {name}", text)
        for use in one["windows"]:
            if use["left"] == 0 and use["period"].endswith("d"):
                text = f"all {use['limit']:,} calls in {use['period']} are used"
                yield complain("warning", f"quota of {name}", text)
    dead = sum(group["count"] for group in survey["jobs"] if group["state"] == "dead")
    if dead:
        yield complain("warning", "jobs", f"{dead} dead")
    oldest = survey["oldest_unpublished"]
    if oldest and (at - datetime.fromisoformat(oldest)).total_seconds() > 60:  # noqa: PLR2004 - a minute
        yield complain("warning", "events", f"{survey['unpublished']} events wait for Redis")


def _configuration() -> Iterator[Complaint]:
    """Ask the daemon's own program for the outcome of a start."""
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
        yield complain("bad", "configuration", line.removeprefix("thesetd: "))
    for one in json.loads(done.stdout)["checks"] if done.stdout.strip() else ():
        level = {"ok": "ok", "warning": "warning"}.get(one["verdict"], "bad")
        yield complain(level, _subject(one["what"]), one["text"])


def _subject(what: str) -> str:
    """Return the subject of a finding of `check-config`, which uses the bare names of providers."""
    return what if any(what.startswith(row.subject) for row in MENDS) else f"provider {what}"


def _zones() -> Iterator[Complaint]:
    """Yield a complaint if the time zones of venues are missing or wrong: a concert's day is the local one."""
    for name, hours in ZONES.items():
        try:
            found = datetime(2026, 7, 1, tzinfo=ZoneInfo.no_cache(name)).utcoffset()
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            wrong = str(error) or type(error).__name__
        else:
            wrong = "" if found == timedelta(hours=hours) else f"it is {found} from UTC in July"
        if wrong:
            yield complain("bad", "time zones", f"{name}: {wrong}")
            return


def _clock() -> Iterator[Complaint]:
    """Yield a complaint about a clock that is not set from the network, if systemd knows: nodes need it to agree."""
    program = shutil.which("timedatectl")
    if program is None:
        return
    command = [program, "show", "--property", "NTPSynchronized", "--value"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=CHECK_S, check=False)  # noqa: S603 - no shell
    except subprocess.TimeoutExpired:
        yield complain("warning", "clock", f"timedatectl did not answer within {CHECK_S:g} s")
        return
    if done.stdout.strip() == "no":
        yield complain("warning", "clock", "the clock is not synchronised")


def _disk(places: tuple[str, ...] = ("/var/lib", "/var/log", "/tmp")) -> Iterator[Complaint]:  # noqa: S108 - looked at
    for place in places:
        if not Path(place).exists():
            continue
        usage = shutil.disk_usage(place)
        if lacks_room(usage.free, usage.total):
            text = f"{usage.free >> 20:,} MiB are free"
            yield complain("warning", f"disk of {place}", text)
            return
    yield Complaint("ok", "disk", "there is room")
