"""`thesetd demo`: sandbox and daemon with private servers, a few imports with live progress, and what landed.

Everything runs as the commands that a person would type. With real keys in the environment the real providers are used.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import asyncpg
import click
from rich.console import Console
from rich.table import Table

from thesetd.adapters.embedded.postgres import find_programs
from thesetd.adapters.providers.registry import PROVIDERS
from thesetd.sandbox.synthetic.universe import Universe

PROGRAMS = Path(sys.executable).parent
STOP_S = 35.0  # the daemon itself ends within 30
REAL_ARTISTS = ("Gorillaz",)
SEED, SANDBOX_ARTISTS, IMPORTED = 1, 300, 3
TABLES = ("artists", "albums", "songs", "venues", "shows", "actual_setlists", "setlists", "setlist_songs")
SAMPLES: Mapping[str, str] = {
    "albums": """
        select r.name as artist, a.name as album, a.album_type as type, a.release_date as released, count(s.id) as songs
        from albums a join artists r on r.id = a.artist_id left join songs s on s.album_id = a.id
        group by r.name, a.id order by count(s.id) desc, a.name limit 5""",
    "coming shows": """
        select s.local_date as date, r.name as artist, v.name as venue, v.city, s.status,
               (select count(*) from setlists p join setlist_songs on setlist_id = p.id where p.show_id = s.id) as songs
        from shows s join artist_shows b on b.show_id = s.id join artists r on r.id = b.artist_id
             left join venues v on v.id = s.venue_id
        where not s.is_addon and s.local_date is not null order by s.local_date desc, s.name limit 5""",
}


@click.command()
@click.option("--state-dir", type=click.Path(path_type=Path), default=Path(".demo"), show_default=True)
@click.option(
    "--corpus", type=click.Path(path_type=Path, exists=True), help="Serve recorded responses from this folder."
)
@click.option("--stay", is_flag=True, help="Keep the data, import nothing, stay up until Ctrl-C.")
@click.argument("artists", nargs=-1)
def demo(*, state_dir: Path, corpus: Path | None, stay: bool, artists: Sequence[str]) -> None:
    """Import artists and show what landed, with nothing installed but this package."""
    with contextlib.ExitStack() as stack:
        environ = dict(os.environ)
        if real := all(environ.get(name) for spec in PROVIDERS for name in spec.environment):
            click.echo("Found keys in the environment: using the real Spotify, Ticketmaster and setlist.fm.")
        else:
            environ |= stack.enter_context(_sandbox(corpus))
        if not stay:
            shutil.rmtree(state_dir, ignore_errors=True)
        daemon = stack.enter_context(_daemon(state_dir.absolute(), environ))
        socket = daemon["control"]
        if stay:
            click.echo(f"Now: thesetctl --socket {socket} import ARTIST --follow    (Ctrl-C stops everything)")
            _until_interrupted()
            return
        for artist in artists or (REAL_ARTISTS if real or corpus else _sandbox_artists()):
            _import(socket, artist)
        _show(state_dir, daemon["database"])
    click.echo(f"Everything is stopped; the data stays in {state_dir}. Stay up on it with: make run")


def _sandbox_artists() -> list[str]:
    universe = Universe(SEED, SANDBOX_ARTISTS)
    names = [artist.name for artist in map(universe.artist, range(SANDBOX_ARTISTS)) if artist is not None]
    return [name for name in names if " " in name and names.count(name) == 1][:IMPORTED]


@contextlib.contextmanager
def _program(command: Sequence[str | Path], environ: Mapping[str, str]) -> Iterator[str]:
    """Run one of our programs until the block ends; give the first line it prints, which says that it is ready."""
    process = subprocess.Popen(command, env=dict(environ), stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdout is not None
    try:
        line = process.stdout.readline().strip()
        if not line:
            raise SystemExit(process.wait())
        yield line
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_S)


@contextlib.contextmanager
def _sandbox(corpus: Path | None) -> Iterator[dict[str, str]]:
    world = ["--corpus", str(corpus)] if corpus else ["--seed", str(SEED), "--artists", str(SANDBOX_ARTISTS)]
    with _program([PROGRAMS / "thesetd", "sandbox", "--json", "--latency", "0.05", *world], os.environ) as line:
        ready = json.loads(line)
        click.echo(f"Sandbox: {ready['base']} ({ready['world']}) stands in for Spotify, Ticketmaster and setlist.fm.")
        yield ready["environment"]


@contextlib.contextmanager
def _daemon(state_dir: Path, environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Run a daemon of our own, whatever servers the environment names; give its addresses."""
    own = {"THESETD_HTTP__LISTEN": "127.0.0.1:0", "THESETD_LOG__LEVEL": "warning"}
    others = {name: value for name, value in environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    command: list[str | Path] = [PROGRAMS / "thesetd", "run", "--json", "--state-dir", str(state_dir)]
    with _program(command, {**others, **own}) as line:
        addresses = json.loads(line)
        click.echo("Daemon: " + ", ".join(f"{name} {address}" for name, address in addresses.items()))
        yield addresses


def _import(socket: str, artist: str) -> None:
    click.echo(f"\n$ thesetctl import '{artist}' --follow")
    command: list[str | Path] = [PROGRAMS / "thesetctl", "--socket", socket, "import", artist, "--follow"]
    code = subprocess.run(command, check=False).returncode  # noqa: S603
    if code:
        raise SystemExit(code)


def _until_interrupted() -> None:
    with contextlib.suppress(KeyboardInterrupt):
        signal.sigwait([signal.SIGINT, signal.SIGTERM])


def _show(state_dir: Path, dsn: str) -> None:
    console = Console()
    for title, rows in asyncio.run(_landed(dsn)).items():
        table = Table(title=title, title_justify="left")
        for column in rows[0].keys() if rows else ():  # a record iterates over its values
            table.add_column(column)
        for row in rows:
            table.add_row(*("" if value is None else str(value) for value in row.values()))
        console.print()
        console.print(table if rows else f"{title}: nothing")
    psql = os.path.relpath(find_programs() / "psql")
    console.print("\nThe database is real: while a daemon runs on it (make run), look at it with")
    console.print(f"  {psql} '{dsn}'", soft_wrap=True, highlight=False)
    console.print(f"Its data lies in {state_dir / 'postgres'}.")


async def _landed(dsn: str) -> dict[str, list[asyncpg.Record]]:
    connection = await asyncpg.connect(dsn)
    try:
        counts = " union all ".join(f"select '{name}' as table, count(*) as rows from {name}" for name in TABLES)  # noqa: S608
        found = {"what landed": await connection.fetch(counts)}
        return found | {title: await connection.fetch(query) for title, query in SAMPLES.items()}
    finally:
        await connection.close()
