"""The entry point of thesetctl: its options, and the exit codes that scripts can use."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from thesetd import __version__
from thesetd.ctl import views
from thesetd.ctl.catalog import COMMANDS, loaded
from thesetd.ctl.failures import Broken, ProblemReply, Unreachable
from thesetd.ctl.session import Session, url_door

FAILED, USAGE, UNREACHABLE, INTERRUPTED = 1, 2, 3, 130
EXIT_CODES: Final[Mapping[int, str]] = {
    0: "done",
    FAILED: "the import failed, the request was refused (unknown names included), or a check failed",
    USAGE: "the command line is wrong",
    UNREACHABLE: "the daemon is not reachable",
    INTERRUPTED: "interrupted; an accepted import continues",
}
_BAD_REQUEST = 400


class _Commands(click.Group):
    """The commands of the catalog, loaded when they are used; and the only place where errors become exit codes."""

    def list_commands(self, _: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command as shown in lists, without loading its module."""
        place = COMMANDS.get(cmd_name)
        return click.Command(cmd_name, short_help=place.text) if place else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return (name, loaded(name), rest) if name else (name, command, rest)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Unreachable as error:
            views.warn(str(error))
            ctx.exit(UNREACHABLE)
        except Broken as error:
            views.warn(f"{error}: run `thesetctl jobs` to see whether it took effect")
            ctx.exit(UNREACHABLE)
        except ProblemReply as refusal:
            _tell_refusal(refusal, as_json=ctx.ensure_object(Session).as_json)
            ctx.exit(USAGE if refusal.status == _BAD_REQUEST else FAILED)
        except UnicodeEncodeError:
            views.warn("the command line is not valid UTF-8")
            ctx.exit(USAGE)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--socket",
    type=click.Path(path_type=Path),
    help="Path of the daemon's control socket; by default the usual paths are tried.",
)
@click.option("--url", envvar="THESETCTL_URL", help="Address of the daemon's API, for example https://host:9465.")
@click.option(
    "--token-file",
    envvar="THESETCTL_TOKEN_FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the token for --url.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, one document per line; also accepted after the command."
)
@click.version_option(__version__, prog_name="thesetctl")
@click.pass_context
def main(ctx: click.Context, socket: Path | None, url: str | None, token_file: Path | None, *, as_json: bool) -> None:
    """Control thesetd: import artists, follow their progress, and inspect the daemon.

    Exit codes: 0 done, 1 the import failed or was refused, 2 usage, 3 the daemon is not reachable, 130 interrupted.

    Example: thesetctl import Gorillaz --follow
    """
    ctx.obj = Session(socket, url_door(socket, url, token_file))
    ctx.obj.as_json = as_json


def _tell_refusal(refusal: ProblemReply, *, as_json: bool) -> None:
    if as_json:
        views.print_json(refusal.document)
    for line in (str(refusal), *refusal.document.get("faults", ())):
        views.warn(line)
    for candidate in refusal.document.get("candidates") or refusal.document.get("close") or ():
        followers = candidate["followers"]
        known = [f"{followers:,} followers" if followers is not None else "", ", ".join(candidate["genres"])]
        views.echo("  ".join(["", candidate["id"], candidate["name"], *filter(None, known)]), err=True)
