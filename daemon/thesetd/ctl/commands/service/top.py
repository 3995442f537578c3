"""`thesetctl top`: the content of the status page, live in a terminal of 60 or more columns.

Tested in tests/ctl/commands/service/test_top.py.
"""

import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from thesetd.ctl import views
from thesetd.ctl.failures import Broken, ProblemReply, Unreachable
from thesetd.ctl.session import Seconds, Session, json_option, pass_session
from thesetd.ctl.times import when
from thesetd.domain.music.names import printable
from thesetd.domain.work.ages import span
from thesetd.ports.probes import is_trouble
from thesetd.ports.surface.rows.page import SHOW_STATUS

if TYPE_CHECKING:
    from thesetd.ctl.commands.service.keyboard import LiveWait

EVERY_S = 2.0
LANES, STATES = ("interactive", "high", "medium", "low"), ("ready", "deferred", "running", "dead")
BAR = 16
USUAL_S = 10.0  # the database records every few seconds what Redis has received
StyledLines = Iterator[tuple[str, str]]  # a line and its style


@click.command()
@click.option(
    "--every", type=Seconds(0.5, 3600), default=EVERY_S, show_default=True, help="Refresh interval in seconds."
)
@click.option("--once", is_flag=True, help="Print once and exit; the default if the output is not a terminal.")
@json_option
@pass_session
def top(session: Session, every: float, *, once: bool) -> None:
    """Show health, imports, providers, queue, failures, schedules, freshness and nodes, live until `q` or Ctrl-C.

    Example: thesetctl top --every 5
    """
    if session.as_json or once or not views.on_terminal():
        session.show(session.daemon.ask(SHOW_STATUS), _print)
        return
    from thesetd.ctl.commands.service.keyboard import quit_by_key  # noqa: PLC0415 - only a terminal has a keyboard

    with suppress(KeyboardInterrupt), quit_by_key() as wait:
        _live(session, every, wait)


def _print(document: Mapping[str, Any]) -> None:
    for text, _ in lines(document):
        views.echo(text)


def _live(session: Session, every: float, wait: "LiveWait") -> None:
    from rich.live import Live  # noqa: PLC0415 - rich takes 20 ms to load, which only a terminal has to pay
    from rich.text import Text  # noqa: PLC0415 - as above

    document: Mapping[str, Any] | None = None
    with Live(screen=True, auto_refresh=False) as live:
        wait.shows(live)
        while True:
            trouble = ""
            try:
                document = wait.call(lambda: session.daemon.ask(SHOW_STATUS))
            except (Unreachable, Broken, ProblemReply) as error:
                trouble = f"no answer, retrying: {error}"
            width, height = shutil.get_terminal_size()
            shown = [(trouble, "bold red")] if trouble else []
            shown += list(lines(document)) if document else []
            text = Text(no_wrap=True)
            for line, style in wrapped_lines(shown, width)[: height - 1]:
                text.append(f"{line}\n", style)
            live.update(text, refresh=True)
            wait.sleep(every)


def wrapped_lines(shown: Iterable[tuple[str, str]], width: int) -> list[tuple[str, str]]:
    """Return lines that fit: longer ones continue in the next line, nothing is cut."""
    return [
        (part, style)
        for line, style in shown
        for part in textwrap.wrap(printable(line), width, subsequent_indent="      ", drop_whitespace=bool(line))
        or [""]
    ]


def lines(document: Mapping[str, Any]) -> StyledLines:
    """Return all lines, the most important first: a short terminal shows only the beginning."""
    at = datetime.fromisoformat(document["at"])
    word, style = ("ready", "bold green") if document["ready"] else ("NOT READY", "bold red")
    yield f"thesetd {document['version']}  {word}  {at:%H:%M:%S} UTC", style
    for name, text in document["checks"].items():
        if is_trouble(text):
            yield f"! {name}: {text}", "red"
    yield from _imports(document)
    yield from _providers(document, at)
    yield from _queue(document, at)
    yield from _failures(document)
    yield from _actors(document["actors"])
    yield from _schedules(document["schedules"], at)
    if document["survey"] is not None:
        yield from _freshness(document["survey"]["freshness"], at)
        yield from _nodes(document["survey"]["nodes"], at)


def _imports(document: Mapping[str, Any]) -> StyledLines:
    yield "", ""
    yield "IMPORTS", "bold"
    if document["jobs_trouble"]:
        yield f"unknown: {document['jobs_trouble']}", "red"
    elif not document["imports"]:
        yield "none is running or waiting", "dim"
    for one in document["imports"]:
        job = one["job"]
        said = job["message"] if job["state"] == "running" else one["why"] or job["message"]
        name = f"{job['name']} (job {job['job_id']})" if job["name"] else f"job {job['job_id']}"
        yield f"{_bar(job['progress'], 100)} {job['progress']:>3} %  {name}", ""
        yield f"      {said}", "dim"


def _bar(value: float, limit: float) -> str:
    done = round(BAR * min(value, limit) / limit) if limit else 0
    return f"[{'#' * done}{'.' * (BAR - done)}]"


def _providers(document: Mapping[str, Any], at: datetime) -> StyledLines:
    yield "", ""
    yield "PROVIDERS", "bold"
    if document["survey"] is None:
        yield "unknown: no recent answer from the database", "red"
        return
    open_breakers = {one["name"]: one for one in document["breakers"] if one["state"] != "closed"}
    for one in document["survey"]["providers"]:
        state, style = _provider_state(one, open_breakers.get(one["name"]), at)
        waiting = f", {one['waiting']} calls wait" if one["waiting"] else ""
        yield f"{one['name']:<13} {state}{waiting}", style
        for use in one["windows"]:
            end = f", used up {when(use['exhausted_at'], at=at)}" if use["exhausted_at"] else ""
            yield f"  {_bar(use['used'], use['limit'])} {use['used']:,} of {use['limit']:,} in {use['period']}{end}", ""


def _provider_state(one: Mapping[str, Any], breaker: Mapping[str, Any] | None, at: datetime) -> tuple[str, str]:
    if one["held_until"]:
        return f"held, next attempt {when(one['held_until'], at=at)}", "red"
    if one["penalty_until"]:
        return f"penalty, ends {when(one['penalty_until'], at=at)}", "red"
    if breaker:
        return f"breaker {breaker['state']}, next probe in {span(breaker['retry_in_s'])}", "red"
    if one["paused"]:
        return f"paused: `thesetctl resume {one['name']}`", "yellow"
    return ("open for calls", "green") if one["configured"] else ("not configured", "dim")


def _queue(document: Mapping[str, Any], at: datetime) -> StyledLines:
    survey = document["survey"]
    if survey is None:
        return
    yield "", ""
    yield f"{'LANE':<12}" + "".join(f"{state.upper():>9}" for state in STATES) + "  OLDEST", "bold"
    for lane in LANES:
        groups = [group for group in survey["jobs"] if group["lane"] == lane]
        counts = [sum(group["count"] for group in groups if group["state"] == state) for state in STATES]
        due = [datetime.fromisoformat(group["oldest"]) for group in groups if group["state"] == "ready"]
        oldest = span((at - min(due)).total_seconds()) if due else "-"
        yield f"{lane:<12}" + "".join(f"{count:>9}" for count in counts) + f"  {oldest}", ""
    oldest_event = survey["oldest_unpublished"]
    if oldest_event and (at - datetime.fromisoformat(oldest_event)).total_seconds() > USUAL_S:
        yield (
            f"events waiting for Redis: {survey['unpublished']}, the oldest {when(oldest_event, at=at)}",
            "yellow",
        )


def _failures(document: Mapping[str, Any]) -> StyledLines:
    if document["failures"]:
        yield "", ""
        yield "RECENT FAILURES", "bold"
    for one in document["failures"]:
        job = one["job"]
        yield f"{job['job_id']:>5} {job['name'] or job['kind']}: {one['why'] or job['error']}", "red"


def _schedules(schedules: Sequence[Mapping[str, Any]], at: datetime) -> StyledLines:
    if schedules:
        yield "", ""
        yield f"{'SCHEDULE':<24}{'NEXT':<12}LAST", "bold"
    for one in schedules:
        later = "off" if not one["enabled"] else "paused" if one["paused"] else when(one["next_due"], at=at)
        ended = f"{one['last_result']}, " if one["last_result"] else ""
        yield f"{one['name']:<24}{later:<12}{ended}{when(one['last_fired'], at=at, none='never')}", ""


def _actors(actors: Sequence[Mapping[str, Any]]) -> StyledLines:
    unsound = [one for one in actors if one["restarts"] or one["state"] != "running" or one["health"] != "ok"]
    if unsound:
        yield "", ""
        yield "ACTORS IN TROUBLE OR RESTARTED", "bold"
    for one in unsound:
        state = one["state"] if one["health"] == "ok" else one["health"]
        error = f": {one['last_error']}" if one["last_error"] else ""
        sound = one["state"] == "running" and one["health"] == "ok"
        yield f"{one['name']:<13} {state}, restarts: {one['restarts']}{error}", "yellow" if sound else "red"


def _freshness(ages: Sequence[Mapping[str, Any]], at: datetime) -> StyledLines:
    if ages:
        yield "", ""
        yield f"{'FRESHNESS':<12}{'ARTISTS':>9}{'DUE':>9}  {'DUE SINCE':<12}MEAN AGE", "bold"
    for one in ages:
        oldest = when(one["oldest_due"], at=at, none="-")
        yield f"{one['aspect']:<12}{one['copies']:>9,}{one['due']:>9,}  {oldest:<12}{span(one['mean_age_s'])}", ""


def _nodes(nodes: Sequence[Mapping[str, Any]], at: datetime) -> StyledLines:
    yield "", ""
    yield f"{'NODE':<24}{'STATE':<7}JOBS  STARTED", "bold"
    for one in nodes:
        state, style = ("live", "") if one["live"] else ("gone", "dim")
        yield f"{one['name']:<24}{state:<7}{one['jobs']:>4}  {when(one['started_at'], at=at)}", style
