"""Implements `--watch`: a command repeats its output every few seconds, until it is interrupted."""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

import click

from thesetd.ctl import views
from thesetd.ctl.session import Seconds

EVERY_S = 2.0


def watched(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the command with the option; its exit code is that of its last output."""

    @wraps(function)
    def run(*arguments: Any, watch: float | None, **more: Any) -> None:
        below = click.get_current_context().invoked_subcommand  # a group then shows nothing itself
        while watch is not None and below is None:
            if views.on_terminal():
                click.clear()
            with suppress(click.exceptions.Exit):  # what would end the command is shown on the screen
                function(*arguments, **more)
            time.sleep(watch)
        function(*arguments, **more)

    return click.option(
        "--watch",
        "-w",
        metavar="[SECONDS]",
        type=Seconds(0.2, 3600),
        is_flag=False,
        flag_value=str(EVERY_S),
        help="Repeat every 2 (or the given) seconds until interrupted.",
    )(run)
