"""The commands about schedules: list them, show the last runs of one, run one now, set when one fires."""

from functools import partial
from typing import Any

import click

from thesetd.ctl import tables, views
from thesetd.ctl.session import Number, Session, json_option, pass_session
from thesetd.ctl.times import when
from thesetd.ctl.values import SCHEDULES
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.schedules import LIST_SCHEDULES, RESET_PLAN, RUN_SCHEDULE, SET_PLAN

_PAUSES = ("pause", "resume")  # commands of their own, which stop and start providers too
_SHOW, _CLEANUP = "show", "cleanup-old-data"


class _Schedules(click.Group):
    """A group whose argument may be the name of a schedule, which is short for `show NAME`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if len(args) > 1 and args[0] in _PAUSES:
            raise click.UsageError(f"schedules has no {args[0]}: write `thesetctl {args[0]} {args[1]}`", ctx)
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = [_SHOW, *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_Schedules, invoke_without_command=True)
@json_option
@watched
@click.pass_context
def schedules(ctx: click.Context) -> None:
    """List the schedules; `schedules NAME` shows the last runs of one, `schedules run NAME` runs it now.

    Example: thesetctl schedules sync-trending
    """
    if ctx.invoked_subcommand is None:
        session = ctx.ensure_object(Session)
        session.show(session.daemon.ask(LIST_SCHEDULES), _draw_schedules)


def _draw_schedules(document: dict[str, Any]) -> None:
    headings = ("SCHEDULE", "CRON", "LANE", "NEXT", "LAST FIRED", "LAST RESULT")
    rows = [
        (s["name"], _plan_text(s), s["lane"], _next_text(s), when(s["last_fired"]), _result_text(s))
        for s in document["schedules"]
    ]
    tables.table(headings, rows)


def _plan_text(schedule: dict[str, Any]) -> str:
    zone = "" if schedule["zone"] == "UTC" else f" {schedule['zone']}"
    if schedule["configured"] is None:
        return f"{schedule['cron']}{zone}"
    until = f", ends {when(schedule['set_until'])}" if schedule["set_until"] else ""
    return f"{schedule['cron']}{zone} (set{until})"


def _result_text(schedule: dict[str, Any]) -> str:
    if not schedule["last_result"]:
        return "-"
    error = f": {schedule['last_error']}" if schedule["last_error"] else ""
    return f"{schedule['last_result']}{error}"


def _next_text(schedule: dict[str, Any]) -> str:
    if not schedule["enabled"]:
        return "off"
    return "paused" if schedule["paused"] else when(schedule["next_due"])


@schedules.command(_SHOW)
@click.argument("name", shell_complete=SCHEDULES)
@click.option("--limit", type=Number(1, 200), default=10, show_default=True, help="Maximum number of runs.")
@json_option
@watched
@pass_session
def show(session: Session, name: str, limit: int) -> None:
    """Show the last runs of the schedule NAME: targets met, targets missed with the reasons, and calls made.

    Example: thesetctl schedules show sync-trending --limit 5
    """
    from thesetd.ports.surface.rows.schedule_runs import SHOW_SCHEDULE  # noqa: PLC0415 - 20 ms that no list has to pay

    session.show(session.daemon.ask(SHOW_SCHEDULE, query=[("limit", limit)], name=name), _draw_runs)


def _draw_runs(document: dict[str, Any]) -> None:
    shown = {"schedule": document["name"], "cron": _plan_text(document), "next": _next_text(document)}
    tables.pairs(shown | ({"configured": document["configured"]} if document["configured"] else {}))
    views.echo()
    if not document["runs"]:
        views.echo("no run is recorded yet")
        return
    headings = ("RUN", "JOB", "TARGET", "ARTISTS", "MET", "ORDERED", "CHANGED", "CALLS", "MISSED; REMARKS")
    tables.table(headings, [_run_row(run) for run in document["runs"]])


def _run_row(run: dict[str, Any]) -> tuple[str, ...]:
    missed = ", ".join(f"{count} {reason}" for reason, count in run["missed"].items())
    counts = (run["artists"], run["met"], run["ordered"], run["changed"], run["calls"])
    rest = "; ".join(filter(None, [missed, *run["remarks"]])) or "-"
    at = when(run["at"]) + (" by hand" if run["by_hand"] else "")
    return (at, str(run["job_id"]), run["target"] or "-", *map(str, counts), rest)


@schedules.command("run")
@click.argument("name", shell_complete=SCHEDULES)
@click.option("--dry-run", is_flag=True, help="Show what cleanup-old-data would delete, clear or mark, and do nothing.")
@json_option
@pass_session
def run_schedule(session: Session, name: str, *, dry_run: bool) -> None:
    """Run the schedule NAME now; its next planned run does not change.

    Example: thesetctl schedules run sync-trending
    """
    if dry_run:
        if name != _CLEANUP:
            raise click.UsageError(f"--dry-run is for {_CLEANUP}; `thesetctl plan refresh` shows the others")
        from thesetd.ctl.commands.plan import draw_rows  # noqa: PLC0415 - as above
        from thesetd.ports.surface.rows.plans import PLAN_CLEANUP  # noqa: PLC0415 - as above

        session.show(session.daemon.ask(PLAN_CLEANUP), draw_rows)
        return
    session.show(session.daemon.ask(RUN_SCHEDULE, name=name), partial(_draw_fired, name))


def _draw_fired(name: str, document: dict[str, Any]) -> None:
    views.echo(f"{name}: job {document['job_id']}, see `thesetctl status {document['job_id']}`")


@schedules.command("set", context_settings={"ignore_unknown_options": True})  # "-5 4 * * *" is an invalid expression
@click.argument("name", shell_complete=SCHEDULES)
@click.argument("cron")
@click.option("--zone", help="Time zone of CRON, for example Europe/Berlin; the configured one by default.")
@click.option("--for", "for_", metavar="TIME", help="Duration, for example 90s, 15m, 1h or 7d; until reset by default.")
@json_option
@pass_session
def set_plan(session: Session, name: str, cron: str, *, zone: str | None, for_: str | None) -> None:
    """Fire the schedule NAME by CRON instead of its configured plan, on every node and across restarts.

    CRON has five fields: minute, hour, day, month, weekday.

    Example: thesetctl schedules set sync-upcoming-shows "*/20 * * * *" --for 7d
    """
    options = {"zone": zone, "for": for_}  # an empty one is sent too: a variable of a shell that is not set
    body = {"cron": cron} | {name: value for name, value in options.items() if value is not None}
    session.show(session.daemon.ask(SET_PLAN, body=body, name=name), _draw_plan)


@schedules.command("reset")
@click.argument("name", shell_complete=SCHEDULES)
@json_option
@pass_session
def reset_plan(session: Session, name: str) -> None:
    """Return to the configured plan of the schedule NAME.

    Example: thesetctl schedules reset sync-upcoming-shows
    """
    session.show(session.daemon.ask(RESET_PLAN, name=name), _draw_plan)


def _draw_plan(document: dict[str, Any]) -> None:
    views.echo(f"{document['name']}: {_plan_text(document)}, next {_next_text(document)}")
