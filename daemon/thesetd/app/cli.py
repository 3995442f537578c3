"""The command `thesetd`: run, migrate, check-config, sandbox, demo, completion."""

import json
import logging
import os
import pwd
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import attrs
import click
import trio

from thesetd import __version__
from thesetd.actors.supervision.supervisor import GaveUp
from thesetd.adapters.aio import AsyncioBridge, open_loop
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.embedded.lock import state_lock
from thesetd.adapters.log_sinks import StreamSink, is_journal, is_one_stream
from thesetd.adapters.logs import Log, make_logger, take_over_logging
from thesetd.adapters.postgres import Migration
from thesetd.adapters.postgres import migrate as migrate_database
from thesetd.adapters.postgres.migrations import Steps, plan
from thesetd.adapters.providers.registry import PROVIDERS
from thesetd.app.checking import check_everything, outcome
from thesetd.app.configuration.config import Config, load
from thesetd.app.configuration.keys import flat
from thesetd.app.configuration.sources import foreign, log_format
from thesetd.app.life.servers import servers
from thesetd.app.observers import Observers
from thesetd.app.run import Addresses, run
from thesetd.ctl.completion import completion
from thesetd.domain.errors import EX_CONFIG, ConfigError, ThesetdError, leaves
from thesetd.domain.music.names import printable

MOST_FAULTS = 50  # keys shown of a configuration

config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="THESETD_CONFIG",
    help="TOML file; see config/thesetd.toml for every key.",
)
state_option = click.option("--state-dir", help="Where private servers keep their data.")


def _demo() -> click.Command:
    from thesetd.app.demo import demo  # noqa: PLC0415 - as below

    return demo


def _sandbox() -> click.Command:
    from thesetd.sandbox.cli import sandbox  # noqa: PLC0415 - `run` does not need it, and starts sooner

    return sandbox


class _Commands(click.Group):
    """Loads what `run` does not need when it is used."""

    later: ClassVar[Mapping[str, Callable[[], click.Command]]] = {"demo": _demo, "sandbox": _sandbox}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self.later})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, loading its module."""
        load = self.later.get(cmd_name)
        return load() if load else super().get_command(ctx, cmd_name)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="thesetd")
def main() -> None:
    """Keep a database of artists, songs, shows and setlists in step with three providers."""


@main.command("run")
@config_option
@state_option
@click.option("--json", "as_json", is_flag=True, help="Print the addresses as one line of JSON.")
def run_command(*, config_file: Path | None, state_dir: str | None, as_json: bool) -> None:
    """Run the daemon. SIGTERM drains, a second one stops at once; SIGHUP reads the configuration again."""
    os.umask(0o077)  # regardless of the caller's umask: it may lock the daemon out of its own files, or let others in
    journal = is_journal(os.environ)

    def reread() -> Config:
        return load(config_file, os.environ, state_dir=state_dir)

    try:
        config = reread()
    except ConfigError as error:
        style = log_format(config_file, os.environ)
        _refuse(make_logger(level="info", style=style, journal=journal), error, EX_CONFIG)
    log = make_logger(level=config.log.level, style=config.log.format, journal=journal)
    take_over_logging(log)
    if names := foreign(os.environ):
        log.log(logging.DEBUG, "EnvironmentIgnored", names=names)

    def announce(addresses: Addresses) -> None:
        named = attrs.asdict(addresses, filter=lambda _, value: value is not None)
        line = ", ".join(f"{name} {address}" for name, address in named.items())
        in_json = as_json or not (log.is_text or (config.log.format == "auto" and not is_one_stream(1, 2)))
        StreamSink(1).write(json.dumps(named) if in_json else f"thesetd ready: {line}")

    _trio_run(lambda: run(config, os.environ, log, announce, reread), partial(_refuse, log))


@main.command("migrate")
@config_option
@state_option
@click.option(
    "--plan", "only_plan", is_flag=True, help="Try it in a transaction, roll it back, and report the outcome."
)
def migrate_command(*, config_file: Path | None, state_dir: str | None, only_plan: bool) -> None:
    """Bring the database's schema up to date. Safe to run at any time, by several at once.

    Tables of TheSet's own are adopted, with all their rows; see config/adoption.md.
    """
    config = _load(config_file, state_dir)

    async def bring(dsn: str) -> None:
        if only_plan:
            _show(await plan(dsn, AsyncioBridge(), schema=config.database.schema))
            return
        schema, now = config.database.schema, SystemClock().now()
        _report(await migrate_database(dsn, AsyncioBridge(), at=now, schema=schema, adopts=True))

    async def work() -> None:
        async with open_loop():
            if config.database.dsn:
                await bring(config.database.dsn)
                return
            with state_lock(config.state_dir):
                private = attrs.evolve(config, redis=attrs.evolve(config.redis, url="unused"))
                async with servers(private, Observers([])) as (dsn, _):
                    await bring(dsn)

    _trio_run(work)


def _show(steps: Steps) -> None:
    if not steps.applied:
        click.echo("nothing to apply: the schema is up to date")
        return
    for line in steps.lines:
        click.echo(printable(line))
    first, last = steps.applied[0].number, steps.applied[-1].number
    click.echo(f"creates {', '.join(steps.created)}")
    click.echo(f"steps {first:04} to {last:04} work; nothing was changed: run `thesetd migrate`")


def _report(applied: Sequence[Migration]) -> None:
    names = ", ".join(f"{step.number:04} {step.name}" for step in applied)
    click.echo(f"applied {names}" if names else "nothing to apply: the schema is up to date")


@main.command("check-config")
@config_option
@state_option
@click.option(
    "--connect", is_flag=True, help="Try servers, sockets and providers instead, and say what a run would do."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check_config(*, config_file: Path | None, state_dir: str | None, connect: bool, as_json: bool) -> None:
    """Check the configuration, show it with secrets masked, and report what is missing.

    With --connect nothing is changed on the servers and no provider's quota is touched; the environment, user and
    network are those of the caller, which may differ from those of the service. Exit code: 0 if a run would start and
    be ready, 1 if it would wait or lack something, 78 if it would be refused.
    """
    config = _load(config_file, state_dir)
    if connect:
        _trio_run(partial(_check_servers, config, as_json=as_json))
        return
    shown = {path: key.shown for path, key in flat(config).items()}
    click.echo(
        json.dumps(shown) if as_json else "\n".join(printable(f"{path} = {value}") for path, value in shown.items())
    )
    for spec in PROVIDERS:
        missing = config.providers[spec.name].missing()
        if missing and not spec.optional:
            names = [name for name, field in spec.environment.items() if field in missing]
            keys = ", ".join(f"providers.{spec.name}.{key}" for key in missing)
            click.echo(f"warning: {spec.title} is not used until {keys} is set (or {', '.join(names)})", err=True)
    for key, reason in config.http.exposed():
        click.echo(f"warning: {key}: {reason}", err=True)


async def _check_servers(config: Config, *, as_json: bool) -> None:
    findings = await check_everything(config, os.environ)
    summary, code = outcome(findings)
    judged = f"with the environment and rights of this caller, user {_user()}; a service may have others"
    if as_json:
        checks = [{"what": f.what, "verdict": f.verdict.value, "text": f.text} for f in findings]
        click.echo(json.dumps({"outcome": summary, "judged": judged, "checks": checks}))
    else:
        click.echo(f"judged     {judged}")
        for finding in findings:
            click.echo(printable(f"{finding.verdict.value:9}  {finding.what:19}  {finding.text}"))
        click.echo(summary)
    sys.exit(code)


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # nothing refers to it
        return str(os.geteuid())


main.add_command(completion("thesetd"))


def _load(config_file: Path | None, state_dir: str | None) -> Config:
    try:
        return load(config_file, os.environ, state_dir=state_dir)
    except ConfigError as error:
        _fail(error, EX_CONFIG)


def _trio_run(work: Callable[[], Any], fail: "Callable[[BaseException, int], NoReturn] | None" = None) -> None:
    """Run to the end; turn known failures into one clear line and an exit code."""
    end = fail or _fail
    try:
        trio.run(work)
    except KeyboardInterrupt:
        sys.exit(130)
    except ConfigError as error:
        end(error, EX_CONFIG)
    except (ThesetdError, GaveUp, OSError) as error:
        end(error, 1)
    except BaseExceptionGroup as group:
        first, *others = leaves(group)
        if all(isinstance(leaf, ThesetdError | GaveUp | OSError) for leaf in (first, *others)):
            end(first, EX_CONFIG if isinstance(first, ConfigError) else 1)
        raise


def _fail(error: BaseException, code: int) -> NoReturn:
    for line in _lines(error):
        click.echo(printable(f"thesetd: {line}"), err=True)
    sys.exit(code)


def _refuse(log: Log, error: BaseException, code: int) -> NoReturn:
    """Exit with error lines in the format of the log."""
    for line in _lines(error):
        log.last_words(line)
    sys.exit(code)


def _lines(error: BaseException) -> Sequence[str]:
    faults = error.faults if isinstance(error, ConfigError) else (str(error),)
    rest = len(faults) - MOST_FAULTS
    return [*faults[:MOST_FAULTS], *([f"and {rest} more"] if rest > 0 else [])]
