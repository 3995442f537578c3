"""Provides values for shell completion: names that the daemon knows. If it does not answer there are none."""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from thesetd.ctl.failures import Broken, ProblemReply, Unreachable
from thesetd.ctl.session import Session, session_of
from thesetd.domain.music.names import printable

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]
Found = Iterable[tuple[object, str]]  # values, each with its description
Find = Callable[[Mapping[str, Any]], Found]  # values in the answer of a route
GROUPINGS = ("provider", "endpoint", "lane", "purpose", "outcome", "job")


def offered(*wanted: tuple[str, str, Find]) -> Complete:
    """Make a completion from the name of a route in a subject's module, and what to find in its answer."""

    def complete(ctx: click.Context, _: click.Parameter, begun: str) -> "list[CompletionItem]":
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only a shell's question needs it

        try:
            session = session_of(ctx.find_root())
            found = [item for subject, name, find in wanted for item in find(_answer(session, subject, name))]
        except (Unreachable, Broken, ProblemReply, click.UsageError):
            return []
        return [
            CompletionItem(str(value), help=printable(text) or None)
            for value, text in found
            if str(value).startswith(begun)
        ]

    return complete


def _answer(session: Session, subject: str, name: str) -> Mapping[str, Any]:
    row = getattr(import_module(f"thesetd.ports.surface.rows.{subject}"), name)
    return session.daemon.ask(row)


def _schedules(answer: Mapping[str, Any]) -> Found:
    return ((view["name"], view["cron"]) for view in answer["schedules"])


def _jobs(answer: Mapping[str, Any]) -> Found:
    return ((job["job_id"], f"{job['name'] or job['kind']}, {job['state']}") for job in answer["jobs"])


def _artists(answer: Mapping[str, Any]) -> Found:
    return {job["slug"]: job["name"] for job in answer["imports"] if job["slug"]}.items()


_LIMITS = ("providers", "LIST_LIMITS", lambda answer: ((one["provider"], "provider") for one in answer["limits"]))
_SCHEDULES = ("schedules", "LIST_SCHEDULES", _schedules)
_PAUSES = ("pauses", "LIST_PAUSES", lambda _: (("all", "everything"),))

PROVIDERS, SCHEDULES, PAUSABLE = offered(_LIMITS), offered(_SCHEDULES), offered(_LIMITS, _SCHEDULES, _PAUSES)
BREAKERS = offered(("pauses", "LIST_BREAKERS", lambda answer: ((b["name"], b["state"]) for b in answer["breakers"])))
JOBS, ARTISTS = offered(("jobs.orders", "LIST_JOBS", _jobs)), offered(("imports", "LIST_IMPORTS", _artists))
ACTORS = offered(("daemon", "LIST_ACTORS", lambda answer: ((one["name"], one["state"]) for one in answer["actors"])))
CONFIG_KEYS = offered(("daemon", "SHOW_CONFIG", lambda answer: ((one["key"], one["value"]) for one in answer["keys"])))
