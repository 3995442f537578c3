"""The commands of thesetctl: where each one stands and what it does in a few words.

A command's module is loaded when the command is used. Lists of commands, which a shell completes and `--help` prints,
come from this table alone; its texts fit into 60 columns beside the names.

Tested in tests/ctl/test_catalog.py.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Final

import attrs
import click


@attrs.frozen
class Place:
    """The module of a command, within `thesetd.ctl`, and what it does."""

    module: str
    text: str
    name: str = ""  # in its module, where it is not the command's


COMMANDS: Final[Mapping[str, Place]] = {
    "actors": Place("commands.daemon", "List the actors."),
    "artist": Place("commands.artist", "Show who an artist is, or decide it."),
    "breakers": Place("commands.breakers", "List the circuit breakers, or close one."),
    "cache": Place("commands.gate", "Show cache statistics, or invalidate."),
    "calls": Place("commands.gate", "Count the calls to the providers."),
    "cancel": Place("commands.work", "Cancel jobs."),
    "completion": Place("completion", "Print a shell's completion script.", "thesetctl"),
    "dead": Place("commands.work", "List dead jobs, or replay them."),
    "doctor": Place("commands.doctor", "Say what is wrong and what mends it."),
    "health": Place("commands.daemon", "Show whether the daemon is ready."),
    "import": Place("commands.imports", "Import an artist.", "import_artist"),
    "jobs": Place("commands.jobs", "List jobs, newest first."),
    "limits": Place("commands.gate", "Show or change the providers' limits."),
    "logs": Place("commands.about", "Show the daemon's log."),
    "nodes": Place("commands.about", "List the nodes that share the database."),
    "pause": Place("commands.pauses", "Pause a provider, a schedule, or all."),
    "pin": Place("commands.pins", "Keep an artist fresher than the index."),
    "pins": Place("commands.pins", "List the pins that hold."),
    "plan": Place("commands.plan", "Show what work would take."),
    "prediction": Place("commands.setlists", "Show how accurate predictions were."),
    "reclassify": Place("commands.reclassify", "Classify every stored track again."),
    "reload": Place("commands.daemon", "Reload the daemon's configuration."),
    "resume": Place("commands.pauses", "End a pause."),
    "retry": Place("commands.work", "Run ended jobs again."),
    "review": Place("commands.setlists", "List uncertain setlists, or decide."),
    "schedules": Place("commands.schedules", "List the schedules, or run one."),
    "setlist": Place("commands.songs", "Lock or unlock a predicted setlist."),
    "song": Place("commands.songs", "Show songs, or decide what is one song."),
    "status": Place("commands.status", "Show a job, or the daemon."),
    "tail": Place("commands.imports", "Follow the progress of jobs."),
    "top": Place("commands.top", "Show everything at a glance, live."),
    "unpin": Place("commands.pins", "Delete the pins of an artist."),
    "version": Place("commands.about", "Show the versions of both programs."),
    "why": Place("commands.why", "Show what a job is waiting for."),
}


def loaded(name: str) -> click.Command:
    """Return a command, whose module this loads."""
    place = COMMANDS[name]
    command: click.Command = getattr(import_module(f"thesetd.ctl.{place.module}"), place.name or name)
    return command
