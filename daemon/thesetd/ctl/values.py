"""Values that a shell completes: what the daemon knows by name. Where it does not answer there are none."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from thesetd.ctl.client import Broken, DaemonClient, ProblemReply, Unreachable
from thesetd.ctl.session import Session
from thesetd.ports.surface.rows.imports import LIST_IMPORTS
from thesetd.ports.surface.rows.jobs import LIST_JOBS
from thesetd.ports.surface.rows.pauses import LIST_BREAKERS
from thesetd.ports.surface.rows.providers import LIST_LIMITS
from thesetd.ports.surface.rows.schedules import LIST_SCHEDULES

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]
Found = Iterable[tuple[object, str]]  # values, each with what it is
GROUPINGS = ("provider", "endpoint", "lane", "purpose", "outcome", "job")


def offered(find: Callable[[DaemonClient], Found]) -> Complete:
    """Make a completion of what `find` finds; nothing is offered where the daemon cannot be asked."""

    def complete(ctx: click.Context, _: click.Parameter, begun: str) -> "list[CompletionItem]":
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only a shell's question needs it

        socket = ctx.find_root().params.get("socket")
        try:
            found = list(find(Session(Path(socket) if socket else None).daemon))
        except (Unreachable, Broken, ProblemReply):
            return []
        return [CompletionItem(str(value), help=text or None) for value, text in found if str(value).startswith(begun)]

    return complete


def _providers(daemon: DaemonClient) -> Found:
    return ((view["provider"], "provider") for view in daemon.ask(LIST_LIMITS)["limits"])


def _schedules(daemon: DaemonClient) -> Found:
    return ((view["name"], view["cron"]) for view in daemon.ask(LIST_SCHEDULES)["schedules"])


def _pausable(daemon: DaemonClient) -> Found:
    return (*_providers(daemon), *_schedules(daemon), ("all", "everything"))


def _breakers(daemon: DaemonClient) -> Found:
    return ((view["name"], view["state"]) for view in daemon.ask(LIST_BREAKERS)["breakers"])


def _jobs(daemon: DaemonClient) -> Found:
    return ((job["job_id"], _about(job)) for job in daemon.ask(LIST_JOBS)["jobs"])


def _about(job: dict[str, Any]) -> str:
    return f"{job['name'] or job['kind']}, {job['state']}"


def _artists(daemon: DaemonClient) -> Found:
    named = {job["slug"]: job["name"] for job in daemon.ask(LIST_IMPORTS)["imports"] if job["slug"]}
    return named.items()


PROVIDERS, SCHEDULES, BREAKERS = offered(_providers), offered(_schedules), offered(_breakers)
PAUSABLE, JOBS, ARTISTS = offered(_pausable), offered(_jobs), offered(_artists)
