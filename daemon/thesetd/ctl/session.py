"""Evaluates the options before a command, for every command."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from thesetd.ctl import views
from thesetd.domain.places import control_sockets

if TYPE_CHECKING:
    from thesetd.ctl.client import DaemonClient
    from thesetd.ctl.doors import UrlDoor


class Session:
    """The options before the command: which daemon, and whether the output is for a program."""

    def __init__(self, socket: Path | None, url: "UrlDoor | None" = None) -> None:
        """Take the given socket or address, if any."""
        self._socket = socket
        self._url = url
        self.as_json = False

    @property
    def daemon(self) -> "DaemonClient":
        """Return the daemon: at the given address or socket, else at the first default socket that exists."""
        from thesetd.ctl.client import DaemonClient  # noqa: PLC0415 - HTTP takes 20 ms to load, which help need not pay
        from thesetd.ctl.doors import SocketDoor  # noqa: PLC0415 - as above

        if self._url is not None:
            return DaemonClient(self._url)
        places = (self._socket,) if self._socket else control_sockets(os.environ)
        return DaemonClient(SocketDoor(next((place for place in places if _exists(place)), places[-1])))

    @property
    def is_remote(self) -> bool:
        """Return whether the daemon is reached by an address: it may be on another machine."""
        return self._url is not None

    def show(self, document: Any, draw: Callable[[Any], None]) -> None:
        """Print a document verbatim for a program, or draw it for a user."""
        if self.as_json:
            views.print_json(document)
        else:
            draw(document)


def session_of(root: click.Context) -> Session:
    """Return the session of a command; during shell completion, click has not run the group.

    Raises:
        click.UsageError: the address or the token cannot be used.
    """
    named = root.params
    return Session(named.get("socket"), url_door(named.get("socket"), named.get("url"), named.get("token_file")))


def url_door(socket: Path | None, url: str | None, token_file: Path | None) -> "UrlDoor | None":
    """Return the door to the API that the options name, None if they name none.

    Raises:
        click.UsageError: the address or the token cannot be used.
    """
    if url is None or socket is not None:  # an option takes precedence over the environment
        return None
    from thesetd.ctl.doors import UrlDoor  # noqa: PLC0415 - HTTP takes 20 ms to load, which help need not pay

    try:
        return UrlDoor(url, token_file.read_text().strip() if token_file else None)
    except (OSError, ValueError) as error:
        raise click.UsageError(str(error)) from None


def _exists(path: Path) -> bool:
    """Return whether a path exists, or may exist in a folder that only the daemon's group may read."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _as_json(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value:
        ctx.ensure_object(Session).as_json = True


class Number(click.IntRange):
    """A whole number within bounds."""

    name = "number"


class Seconds(click.FloatRange):
    """A number of seconds within bounds."""

    name = "number of seconds"


class _JobId(click.IntRange):
    name = "job number"


JOB = _JobId(min=0)
json_option = click.option(
    "--json", is_flag=True, expose_value=False, callback=_as_json, help="Print JSON, one document per line."
)
pass_session = click.make_pass_decorator(Session)
