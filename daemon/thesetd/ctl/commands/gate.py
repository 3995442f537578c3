"""The commands about the gate: limits, calls, cache, and resetting a breaker."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from thesetd.ctl import tables, views
from thesetd.ctl.session import Session, json_option, pass_session
from thesetd.ctl.times import when
from thesetd.ctl.values import GROUPINGS, PROVIDERS
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.providers import COUNT_CALLS, INVALIDATE, LIST_LIMITS, SET_LIMITS, SHOW_CACHE


@click.group(invoke_without_command=True)
@json_option
@watched
@click.pass_context
def limits(ctx: click.Context) -> None:
    """Show each provider's limits, quota forecasts, lanes and penalty, or change limits.

    Example: thesetctl limits --watch
    """
    if ctx.invoked_subcommand is None:
        session = ctx.ensure_object(Session)
        session.show(session.daemon.ask(LIST_LIMITS), _draw_limits)


@limits.command("set", context_settings={"ignore_unknown_options": True})  # "-5/60s" is an invalid limit, not an option
@click.argument("provider", shell_complete=PROVIDERS)
@click.argument("windows", metavar="LIMITS")
@click.option(
    "--for",
    "for_time",
    metavar="TIME",
    help="Duration, for example 90s, 15m, 1h or 7d; by default until the daemon restarts.",
)
@json_option
@pass_session
def set_limits(session: Session, provider: str, windows: str, for_time: str | None) -> None:
    """Set the LIMITS of PROVIDER, for example: spotify 50/60s,1000/1d.

    Example: thesetctl limits set spotify 50/60s,1000/1d --for 1h
    """
    wish = {"limits": windows} | ({"for": for_time} if for_time is not None else {})
    session.show(session.daemon.ask(SET_LIMITS, wish, provider=provider), _draw_limits)


@click.command()
@click.option(
    "--by",
    default="endpoint",
    show_default=True,
    shell_complete=lambda _ctx, _param, begun: [one for one in GROUPINGS if one.startswith(begun)],
    help="provider, endpoint, lane, purpose, outcome or job.",
)
@click.option("--since", default="24h", show_default=True, help="How far back: 90s, 15m, 1h, 7d.")
@json_option
@watched
@pass_session
def calls(session: Session, by: str, since: str) -> None:
    """Count the calls to the providers.

    Example: thesetctl calls --by lane --since 1h
    """
    document = session.daemon.ask(COUNT_CALLS, query=[("by", by), ("since", since)])
    session.show(document, lambda document: _draw_rows(document["calls"], (by, "calls")))


@click.group(invoke_without_command=True)
@json_option
@watched
@click.pass_context
def cache(ctx: click.Context) -> None:
    """Show cache statistics, or invalidate an artist's entries.

    Example: thesetctl cache
    """
    if ctx.invoked_subcommand is None:
        session = ctx.ensure_object(Session)
        session.show(session.daemon.ask(SHOW_CACHE), _draw_cache)


@cache.command()
@click.option("--artist", required=True, help="An id of a provider, or the exact name of a stored artist.")
@json_option
@pass_session
def invalidate(session: Session, artist: str) -> None:
    """Invalidate an artist's cached responses: the next import requests them again.

    Example: thesetctl cache invalidate --artist Gorillaz
    """
    document = session.daemon.ask(INVALIDATE, {"artist": artist})
    count = document["invalidated"]
    session.show(document, lambda _: views.echo(f"{count} {'response' if count == 1 else 'responses'} invalidated"))


def _draw_cache(document: dict[str, Any]) -> None:
    tables.pairs({name: _cell(value) for name, value in document.items() if not isinstance(value, list)})
    views.echo()
    _draw_rows(document["endpoints"], ("endpoint",))


def _draw_rows(rows: Sequence[Mapping[str, Any]], none: Sequence[str]) -> None:
    """Draw the daemon's counts under its own names; `none` are the headings of an empty table."""
    headings = list(rows[0]) if rows else none
    tables.table([name.upper().replace("_", " ") for name in headings], [[_cell(v) for v in r.values()] for r in rows])


def _draw_limits(document: dict[str, Any]) -> None:
    rows, remarks = [], []
    for view in document["limits"]:
        windows = ", ".join(f"{w['used']} of {w['limit']}" for w in view["windows"])
        until = f"ends {when(view['blocked_until'])}" if view["blocked_until"] else "-"
        blocked = "paused" if view["paused"] else until
        if view["blocked_until"]:
            remarks.append(f"{view['provider']} is blocked, {until}: {view['reason']}")
        remarks += [_forecast(view["provider"], window) for window in view["windows"] if window["full_at"]]
        if view["temporary_until"]:
            then = ", ".join(window["limit"] for window in view["then"]) or "no limits"
            ends = f"which end {when(view['temporary_until'])}, then {then}"
            remarks.append(f"{view['provider']} has temporary limits, {ends}")
            remarks += [
                _full_text(f"{view['provider']}: {one['limit']}", one) for one in view["then"] if one["full_at"]
            ]
        rows.append((view["provider"], windows or "-", blocked, _waiting(view["lanes"]), _shares(view["lanes"])))
    tables.table(("PROVIDER", "USED", "BLOCKED", "WAITING", "SHARES"), rows)
    for remark in remarks:
        views.print_line(remark)


def _waiting(lanes: Sequence[Mapping[str, Any]]) -> str:
    """Return the lanes with waiting calls, each with the wait of the oldest."""
    waiting = [f"{one['lane']} {one['waiting']} (for {one['oldest_s']:.0f} s)" for one in lanes if one["waiting"]]
    return ", ".join(waiting) or "-"


def _shares(lanes: Sequence[Mapping[str, Any]]) -> str:
    """Return the share of calls of each lane."""
    served = sum(lane["served"] for lane in lanes)
    return ", ".join(f"{one['lane']} {100 * one['served'] / served:.0f} %" for one in lanes if one["served"]) or "-"


def _forecast(provider: str, window: Mapping[str, Any]) -> str:
    count, quota = int(window["limit"].partition("/")[0]), f"{provider}: {window['used']} of {window['limit']} used"
    if window["used"] >= count:
        return f"{quota}{_room_text(window)}"
    return _full_text(f"{quota};", window)


def _full_text(quota: str, window: Mapping[str, Any]) -> str:
    return f"{quota} at the rate of the last hours it will be full {when(window['full_at'])}{_room_text(window)}"


def _room_text(window: Mapping[str, Any]) -> str:
    return f", with room again {when(window['room_at'])}" if window["room_at"] else ""


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return "-" if value is None else str(value)
