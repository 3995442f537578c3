"""`thesetd sandbox`: the emulated providers as a program of their own."""

import json
import signal
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click
import trio
from starlette.applications import Starlette

from thesetd.domain.gate.windows import Window, parse_window
from thesetd.sandbox.server import (
    SandboxOptions,
    addresses,
    build,
    listen,
    serve_on,
)
from thesetd.sandbox.synthetic.universe import MAX_ARTISTS, MIN_ARTISTS
from thesetd.sandbox.trouble.scenario import BadScenario
from thesetd.sandbox.twins.registry import TWINS
from thesetd.sandbox.world import NoCorpus, World

Command = TypeVar("Command", bound=Callable[..., Any])


class _SystemClock:
    """The clock of the stand-alone program; all parts take it as a parameter."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class _NoSuchCorpus(click.ClickException):
    exit_code = 2


class _BadScenarioFile(click.ClickException):
    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print the lines unchanged: each names its place and fault."""
        click.echo(self.message, file=file, err=True)


def _windows(_: click.Context, __: click.Parameter, text: str) -> tuple[Window, ...]:
    """Read limits in the form of the configuration, separated by commas, or `none`."""
    try:
        return () if text == "none" else tuple(parse_window(part) for part in text.split(","))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _for_each_twin(command: Command) -> Command:
    """Add the options that every emulated provider has, in the order of the registry."""
    for twin in reversed(TWINS):
        command = click.option(
            f"--{twin.name}-limits",
            callback=_windows,
            default=",".join(map(str, twin.limits)),
            show_default=True,
            metavar="N/TIME,...|none",
            help="Accepted arrivals, over any sliding window.",
        )(command)
        if twin.modes:
            choice = click.Choice(twin.modes)
            mode = click.option(
                f"--{twin.name}-mode", type=choice, default=twin.modes[0], show_default=True, help="App mode."
            )
            command = mode(command)
    return command


def _by_provider(wishes: dict[str, Any], key: str) -> dict[str, Any]:
    """Remove from the options those of all providers that end in this word, and return them by provider."""
    names = [twin.name for twin in TWINS if f"{twin.name}_{key}" in wishes]
    return {name: wishes.pop(f"{name}_{key}") for name in names}


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on; 0 takes a free one.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the synthetic world.")
@click.option(
    "--artists", type=click.IntRange(MIN_ARTISTS, MAX_ARTISTS), default=300, show_default=True, help="Artists in it."
)
@click.option("--corpus", type=click.Path(path_type=Path), help="Serve the recorded responses in this folder instead.")
@_for_each_twin
@click.option("--latency", "latency_s", type=click.FloatRange(0), default=0.0, help="Seconds before every answer.")
@click.option(
    "--jitter",
    "jitter_s",
    type=click.FloatRange(0),
    default=0.0,
    help="Extra latency: random, up to this many seconds.",
)
@click.option("--error-rate", type=click.FloatRange(0, 1), default=0.0, help="Share of answers that are 5xx.")
@click.option("--scenario", type=click.Path(path_type=Path), help="Inject the faults that this TOML file lists.")
@click.option("--json", "as_json", is_flag=True, help="Print the ready line as JSON.")
def sandbox(*, scenario: Path | None, as_json: bool, **wishes: Any) -> None:
    """Serve the emulated providers over HTTP until interrupted."""
    limits, modes = _by_provider(wishes, "limits"), _by_provider(wishes, "mode")
    options = SandboxOptions(limits=limits, modes=modes, **wishes)
    try:
        world = options.world()
    except NoCorpus as error:
        raise _NoSuchCorpus(str(error)) from None
    app = build(options, _SystemClock(), world)
    try:
        if scenario is not None:
            app.state.controls.play(scenario)
    except BadScenario as error:
        raise _BadScenarioFile("\n".join(error.faults)) from None
    try:
        listener = listen(options)
    except OSError as error:
        where = f"{options.host}:{options.port}"
        raise click.ClickException(f"cannot listen on {where} ({error.strerror}): choose another --port") from None
    except (TypeError, UnicodeError):  # which of them depends on the release of Python
        raise click.ClickException(f"cannot listen on {options.host!r}: unknown host name") from None
    ready = partial(_ready, world, as_json=as_json)
    trio.run(_run, listener, app, ready)


async def _run(listener: socket.socket, app: Starlette, ready: Callable[[str], str]) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            base = await nursery.start(serve_on, listener, app)
            click.echo(ready(base))
            async for _ in signals:
                nursery.cancel_scope.cancel()


def _ready(world: World, base: str, *, as_json: bool) -> str:
    """Return the address of the sandbox, and the environment that points a daemon at it."""
    environment = {f"THESETD_{key.upper().replace('.', '__')}": value for key, value in addresses(base).items()}
    if as_json:
        return json.dumps({"base": base, "world": world.label, "environment": environment})
    exports = (f"  export {name}={value}" for name, value in environment.items())
    return "\n".join((f"thesetd sandbox ready: {base} ({world.label})", "point a daemon at it:", *exports))
