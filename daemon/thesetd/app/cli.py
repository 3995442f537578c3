"""The command `thesetd`: run, migrate, check-config, sandbox, demo, completion."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import attrs
import click
import trio
import trio_asyncio

from thesetd import __version__
from thesetd.actors.supervisor import GaveUp
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.embedded.lock import state_lock
from thesetd.adapters.logs import make_logger, take_over_logging
from thesetd.adapters.postgres import Migration
from thesetd.adapters.postgres import migrate as migrate_database
from thesetd.adapters.providers.registry import PROVIDERS
from thesetd.app.config import Config, load
from thesetd.app.demo import demo
from thesetd.app.observers import Observers
from thesetd.app.run import Addresses, run, servers
from thesetd.app.sources import foreign
from thesetd.ctl.completion import completion
from thesetd.domain.errors import ConfigError, ThesetdError, leaves
from thesetd.sandbox.cli import sandbox

MOST_FAULTS = 50  # that are told of a configuration
EX_CONFIG = 78  # sysexits.h; the unit does not restart on it

config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="THESETD_CONFIG",
    help="TOML file; see config/thesetd.toml for every key.",
)
state_option = click.option("--state-dir", help="Where private servers keep their data.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="thesetd")
def main() -> None:
    """Keep a database of artists, songs, shows and setlists in step with three providers."""


@main.command("run")
@config_option
@state_option
@click.option("--json", "as_json", is_flag=True, help="Print the addresses as one line of JSON.")
def run_command(*, config_file: Path | None, state_dir: str | None, as_json: bool) -> None:
    """Run the daemon. SIGTERM drains, a second one stops at once."""
    config = _load(config_file, state_dir)
    logger = make_logger(level=config.log.level, style=config.log.format, journal="JOURNAL_STREAM" in os.environ)
    take_over_logging(logger)
    if names := foreign(os.environ):
        logger.debug("EnvironmentIgnored", names=names)

    def announce(addresses: Addresses) -> None:
        named = attrs.asdict(addresses)
        line = ", ".join(f"{name} {address}" for name, address in named.items())
        click.echo(json.dumps(named) if as_json else f"thesetd ready: {line}")

    _trio_run(lambda: run(config, os.environ, logger, announce))


@main.command("migrate")
@config_option
@state_option
def migrate_command(config_file: Path | None, state_dir: str | None) -> None:
    """Bring the database's schema up to date. Safe to run at any time, by several at once."""
    config = _load(config_file, state_dir)

    async def work() -> None:
        async with trio_asyncio.open_loop():
            if config.database.dsn:
                _report(await migrate_database(config.database.dsn, AsyncioBridge(), at=SystemClock().now()))
                return
            with state_lock(config.state_dir):
                private = attrs.evolve(config, redis=attrs.evolve(config.redis, url="unused"))
                async with servers(private, Observers([])) as (dsn, _):
                    _report(await migrate_database(dsn, AsyncioBridge(), at=SystemClock().now()))

    _trio_run(work)


def _report(applied: Sequence[Migration]) -> None:
    names = ", ".join(f"{step.number:04} {step.name}" for step in applied)
    click.echo(f"applied {names}" if names else "nothing to apply: the schema is up to date")


@main.command("check-config")
@config_option
@state_option
def check_config(config_file: Path | None, state_dir: str | None) -> None:
    """Check the configuration, show what is in force (secrets masked), and say what is missing."""
    config = _load(config_file, state_dir)
    for path, value in _flatten(config):
        click.echo(f"{path} = {value}")
    for spec in PROVIDERS:
        if missing := config.providers[spec.name].missing():
            names = [name for name, field in spec.environment.items() if field in missing]
            keys = ", ".join(f"providers.{spec.name}.{key}" for key in missing)
            click.echo(f"warning: {spec.title} is not used until {keys} is set (or {', '.join(names)})", err=True)


def _flatten(config: Config) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []

    def walk(path: str, value: Any, *, secret: bool = False) -> None:
        if attrs.has(type(value)) and path.count(".") < 2:  # noqa: PLR2004 - deeper values print themselves
            for field in attrs.fields(type(value)):
                walk(f"{path}.{field.name}".lstrip("."), getattr(value, field.name), secret=field.repr is False)
        elif isinstance(value, Mapping):
            for name, inner in value.items():
                walk(f"{path}.{name}", inner)
        else:
            lines.append((path, _show(value, secret=secret)))

    walk("", config)
    return lines


def _show(value: Any, *, secret: bool) -> str:
    if value is None or value in ("", ()):
        return "(not set)"
    if secret:
        return "(set)"
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return str(getattr(value, "label", getattr(value, "value", value)))


for command in (sandbox, demo, completion("thesetd")):
    main.add_command(command)


def _load(config_file: Path | None, state_dir: str | None) -> Config:
    try:
        return load(config_file, os.environ, state_dir=state_dir)
    except ConfigError as error:
        _fail(error, EX_CONFIG)


def _trio_run(work: Callable[[], Any]) -> None:
    """Run to the end; turn what is known to go wrong into one clear line and an exit code."""
    try:
        trio.run(work)
    except KeyboardInterrupt:
        sys.exit(130)
    except ConfigError as error:
        _fail(error, EX_CONFIG)
    except (ThesetdError, GaveUp, OSError) as error:
        _fail(error, 1)
    except BaseExceptionGroup as group:
        first, *others = leaves(group)
        if all(isinstance(leaf, ThesetdError | GaveUp | OSError) for leaf in (first, *others)):
            _fail(first, EX_CONFIG if isinstance(first, ConfigError) else 1)
        raise


def _fail(error: BaseException, code: int) -> NoReturn:
    faults = error.faults if isinstance(error, ConfigError) else (str(error),)
    for fault in faults[:MOST_FAULTS]:
        click.echo(f"thesetd: {fault}", err=True)
    if len(faults) > MOST_FAULTS:
        click.echo(f"thesetd: and {len(faults) - MOST_FAULTS} more", err=True)
    sys.exit(code)
