"""`thesetd demo`: sandbox and daemon with private servers, a few imports with live progress, and the stored rows.

Everything runs as the commands that a user would type. With real keys the real providers are used. The rest of the
user's environment does not apply to the demo's daemon: it has its own servers in its own folder.
"""

import asyncio
import contextlib
import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import asyncpg
import click
from rich.console import Console
from rich.table import Table

from thesetd.adapters.clock import SystemClock
from thesetd.adapters.embedded.lock import StateLocked
from thesetd.adapters.embedded.postgres import find_programs
from thesetd.adapters.providers.registry import PROVIDERS
from thesetd.app.configuration.sources import PREFIX
from thesetd.app.demo_folder import NotTheDemos, claim
from thesetd.app.programs import Interrupted, Programs
from thesetd.domain import places
from thesetd.domain.errors import EX_CONFIG, ConfigError
from thesetd.sandbox.synthetic.universe import Universe

PROGRAMS = Path(sys.executable).parent
EX_USAGE = 2
FOREIGN = frozenset({"DATABASE_URL", "REDIS_URL", "CREDENTIALS_DIRECTORY", "RUNTIME_DIRECTORY", "NOTIFY_SOCKET"})
OWN = {
    "THESETD_DATABASE__DSN": "",  # private servers, even if a configuration file names others
    "THESETD_REDIS__URL": "",
    "THESETD_HTTP__LISTEN": "127.0.0.1:0",
    "THESETD_LOG__LEVEL": "warning",
    "THESETD_LOG__FORMAT": "text",
}
REAL_ARTISTS = ("Gorillaz",)
SEED, SANDBOX_ARTISTS, IMPORTED = 1, 300, 3
TABLES = ("artists", "albums", "tracks", "songs", "venues", "shows", "actual_setlists", "setlists", "setlist_songs")
SAMPLES: Mapping[str, str] = {
    "albums": """
        select r.name as artist, a.name as album, a.album_type as type, a.release_date as released,
            count(t.id) as tracks
        from albums a join artists r on r.id = a.artist_id left join tracks t on t.album_id = a.id
        group by r.name, a.id order by count(t.id) desc, a.name limit 5""",
    "upcoming shows": """
        select s.local_date as date, r.name as artist, v.name as venue, v.city, s.status,
               (select count(*) from setlists p join setlist_songs on setlist_id = p.id where p.show_id = s.id) as songs
        from shows s join artist_shows b on b.show_id = s.id and b.left_at is null and b.set_order = 1
             join artists r on r.id = b.artist_id
             left join venues v on v.id = s.venue_id
        where not s.is_addon and s.local_date >= $1 order by s.local_date, s.name limit 5""",
}


@click.command()
@click.option("--state-dir", type=click.Path(path_type=Path, file_okay=False), default=Path(".demo"), show_default=True)
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="TOML file; its servers are not used.")
@click.option(
    "--corpus", type=click.Path(path_type=Path, exists=True), help="Serve recorded responses from this folder."
)
@click.option("--stay", is_flag=True, help="Keep the data, import nothing, stay up until Ctrl-C.")
@click.argument("artists", nargs=-1)
def demo(*, state_dir: Path, config: Path | None, corpus: Path | None, stay: bool, artists: Sequence[str]) -> None:
    """Import artists and show the stored rows, with nothing but this package installed."""
    try:
        claim(state_dir.absolute(), clear=not stay)
    except (NotTheDemos, StateLocked, ConfigError) as error:
        click.echo(f"thesetd: {error}", err=True)
        sys.exit(EX_CONFIG if isinstance(error, ConfigError) else EX_USAGE)
    with Programs() as programs:
        environ = daemon_environ(os.environ)
        if real := all(environ.get(name) for spec in PROVIDERS if not spec.optional for name in spec.environment):
            click.echo("Found keys in the environment: using the real providers.")
        else:
            environ |= _sandbox(programs, corpus)
        daemon = _daemon(programs, state_dir.absolute(), config, environ)
        socket = daemon["control"]
        if stay:
            with contextlib.suppress(Interrupted):
                click.echo(f"Now: {_shown(PROGRAMS / 'thesetctl')} --socket {socket} import ARTIST --follow")
                click.echo("Ctrl-C stops everything.")
                programs.wait()
            return
        for artist in artists or (REAL_ARTISTS if real or corpus else _sandbox_artists()):
            _import(programs, socket, artist)
        _show(state_dir, daemon["database"])
    click.echo(f"Everything is stopped; the data stays in {state_dir}. Keep a daemon running on it with: make run")


def daemon_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the demo's daemon: the user's keys, but none of their servers, sockets or options."""
    kept = {name: value for name, value in environ.items() if name not in FOREIGN and not name.startswith(PREFIX)}
    return kept | OWN


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}"


def _sandbox_artists() -> list[str]:
    universe = Universe(SEED, SANDBOX_ARTISTS)
    names = [artist.name for artist in map(universe.artist, range(SANDBOX_ARTISTS)) if artist is not None]
    return [name for name in names if " " in name and names.count(name) == 1][:IMPORTED]


def _sandbox(programs: Programs, corpus: Path | None) -> dict[str, str]:
    """Run the emulated providers; yield the environment that points a daemon at them."""
    world = ["--corpus", str(corpus)] if corpus else ["--seed", str(SEED), "--artists", str(SANDBOX_ARTISTS)]
    command: tuple[str | Path, ...] = (PROGRAMS / "thesetd", "sandbox", "--json", "--latency", "0.05", *world)
    ready = json.loads(programs.start(*command, environ=os.environ))
    click.echo(
        f"Sandbox: {ready['base']} ({ready['world']}) stands in for {_listed([spec.title for spec in PROVIDERS])}."
    )
    environment: dict[str, str] = ready["environment"]
    return environment


def _daemon(programs: Programs, state_dir: Path, config: Path | None, environ: Mapping[str, str]) -> dict[str, str]:
    """Run the daemon; yield its addresses."""
    socket = {"THESETD_CONTROL__SOCKET": str(state_dir / places.SOCKET_NAME)}
    named: tuple[str | Path, ...] = ("--config", config) if config else ()
    command: tuple[str | Path, ...] = (PROGRAMS / "thesetd", "run", "--json", "--state-dir", state_dir, *named)
    addresses: dict[str, str] = json.loads(programs.start(*command, environ={**environ, **socket}))
    click.echo("Daemon: " + ", ".join(f"{name} {address}" for name, address in addresses.items()))
    return addresses


def _import(programs: Programs, socket: str, artist: str) -> None:
    click.echo(f"\n$ thesetctl import {shlex.quote(artist)} --follow")
    code = programs.call(PROGRAMS / "thesetctl", "--socket", socket, "import", artist, "--follow")
    if code:
        raise SystemExit(code)


def _shown(path: Path) -> str:
    """Return a path relative to the current directory."""
    return os.path.relpath(path)


def _show(state_dir: Path, dsn: str) -> None:
    console = Console()
    for title, rows in asyncio.run(_landed(dsn, SystemClock().now().date())).items():
        table = Table(title=title, title_justify="left")
        for column in rows[0].keys() if rows else ():  # a record iterates over its values
            table.add_column(column)
        for row in rows:
            table.add_row(*("" if value is None else str(value) for value in row.values()))
        console.print()
        console.print(table if rows else f"{title}: nothing")
    psql = _shown(find_programs() / "psql")
    console.print("\nThe database is real: while a daemon runs on it (make run), inspect it with")
    console.print(f"  {psql} '{dsn}'", soft_wrap=True, highlight=False)
    console.print(f"Its data is in {state_dir / 'postgres'}.")


async def _landed(dsn: str, today: date) -> dict[str, list[asyncpg.Record]]:
    connection = await asyncpg.connect(dsn)
    try:
        counts = " union all ".join(f"select '{name}' as table, count(*) as rows from {name}" for name in TABLES)  # noqa: S608
        found = {"what landed": await connection.fetch(counts)}
        for title, query in SAMPLES.items():
            found[title] = await connection.fetch(query, *([today] if "$1" in query else []))
        return found
    finally:
        await connection.close()
