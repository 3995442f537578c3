"""Lists the commands of thesetctl: the module of each, and a short description.

A command's module is loaded when the command is used. The lists of commands that shells complete and `--help` prints
come from this table alone; its texts fit into 60 columns next to the names.

Tested in tests/ctl/test_catalog.py.
"""

import gc
from collections.abc import Mapping
from importlib import import_module
from typing import Final

import attrs
import click


@attrs.frozen
class CommandPlace:
    """The module of a command, within `thesetd.ctl`, and what it does."""

    module: str
    text: str
    name: str = ""  # its name in the module, if that differs from the command's


COMMANDS: Final[Mapping[str, CommandPlace]] = {
    "actors": CommandPlace("commands.service.daemon", "List the actors."),
    "artist": CommandPlace("commands.music.artist", "Show an artist's ids, or correct them."),
    "breakers": CommandPlace("commands.breakers", "List the circuit breakers, or close one."),
    "cache": CommandPlace("commands.gate", "Show cache statistics, or invalidate entries."),
    "calls": CommandPlace("commands.gate", "Count the calls to the providers."),
    "cancel": CommandPlace("commands.work", "Cancel jobs."),
    "completion": CommandPlace("completion", "Print the completion script for a shell.", "thesetctl"),
    "config": CommandPlace("commands.service.config", "Show the configuration, or differences in it."),
    "dead": CommandPlace("commands.work", "List dead jobs, or replay them."),
    "doctor": CommandPlace("commands.service.doctor", "Show what is wrong and how to fix it."),
    "health": CommandPlace("commands.service.daemon", "Show whether the daemon is ready."),
    "import": CommandPlace("commands.imports", "Import an artist.", "import_artist"),
    "jobs": CommandPlace("commands.jobs", "List jobs, newest first."),
    "limits": CommandPlace("commands.gate", "Show or change the providers' limits."),
    "logs": CommandPlace("commands.service.about", "Show the daemon's log."),
    "nodes": CommandPlace("commands.service.about", "List the nodes that share the database."),
    "open": CommandPlace("commands.service.about", "Open the status page in a browser.", "open_page"),
    "pause": CommandPlace("commands.pauses", "Pause a provider, a schedule, or everything."),
    "pin": CommandPlace("commands.music.pins", "Set maximum ages for an artist's data."),
    "pins": CommandPlace("commands.music.pins", "List the active pins."),
    "plan": CommandPlace("commands.plan", "Estimate the calls and duration of work."),
    "prediction": CommandPlace("commands.music.setlists", "Show how accurate predictions were."),
    "reclassify": CommandPlace("commands.music.reclassify", "Classify every stored track again."),
    "reload": CommandPlace("commands.service.daemon", "Reload the daemon's configuration."),
    "resume": CommandPlace("commands.pauses", "End a pause."),
    "retry": CommandPlace("commands.work", "Run ended jobs again."),
    "review": CommandPlace("commands.music.setlists", "List uncertain setlists, or resolve one."),
    "schedules": CommandPlace("commands.schedules", "List the schedules, or run one."),
    "setlist": CommandPlace("commands.music.songs", "Lock or unlock a predicted setlist."),
    "song": CommandPlace("commands.music.songs", "Show songs; merge, split or match them."),
    "spotify": CommandPlace("commands.music.spotify", "Request recommendations or audio features."),
    "status": CommandPlace("commands.status", "Show a job, or the daemon."),
    "tail": CommandPlace("commands.imports", "Follow the progress of jobs."),
    "tap": CommandPlace("commands.tap", "Show calls and events as they happen."),
    "top": CommandPlace("commands.service.top", "Show a live overview of everything."),
    "unpin": CommandPlace("commands.music.pins", "Delete the pins of an artist."),
    "venue": CommandPlace("commands.music.venues", "Show venues; merge or split them."),
    "version": CommandPlace("commands.service.version", "Show the versions of client and daemon."),
    "webhooks": CommandPlace("commands.webhooks", "List webhooks, replay messages, test one."),
    "why": CommandPlace("commands.why", "Show what a job is waiting for."),
}


def loaded(name: str) -> click.Command:
    """Return a command, loading its module; looking for garbage among what is loaded would take a tenth of the time."""
    place = COMMANDS[name]
    gc.disable()
    try:
        command: click.Command = getattr(import_module(f"thesetd.ctl.{place.module}"), place.name or name)
    finally:
        gc.enable()
    return command
