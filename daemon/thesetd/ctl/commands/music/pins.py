"""The commands that keep an artist fresher than the index would: pin, unpin, pins."""

from typing import Any

import click

from thesetd.ctl import tables, views
from thesetd.ctl.session import Session, json_option, pass_session
from thesetd.ctl.times import when
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.freshness import LIST_PINS, PIN, UNPIN


@click.command()
@click.argument("artist")
@click.argument("ages", metavar="ASPECT=AGE...", nargs=-1, required=True)
@click.option("--why", required=True, help="The reason, shown with the pin.")
@click.option("--until", metavar="DAY", help="The last day (UTC), for example 2026-12-24; no end by default.")
@json_option
@pass_session
def pin(session: Session, artist: str, ages: tuple[str, ...], why: str, until: str | None) -> None:
    """Keep data of ARTIST no older than AGE, for example shows=1h setlists=30m.

    Aspects: shows, setlists, catalog, profile. Pinned aspects are refreshed before all other background
    work, within the background's share of the quota.

    Example: thesetctl pin gorillaz shows=1h --why "tour announced"
    """
    body = {"artist": artist, "ages": " ".join(ages), "why": why} | ({"until": until} if until is not None else {})
    session.show(session.daemon.ask(PIN, body), _draw_pins)


@click.command()
@click.argument("artist")
@click.argument("aspects", metavar="[ASPECT...]", nargs=-1)
@json_option
@pass_session
def unpin(session: Session, artist: str, aspects: tuple[str, ...]) -> None:
    """Delete the pins of ARTIST: those of the given aspects, or all.

    Example: thesetctl unpin gorillaz shows
    """
    query = [("aspect", name) for name in aspects]
    document = session.daemon.ask(UNPIN, query=query, artist=artist)
    count = document["unpinned"]
    session.show(document, lambda _: views.echo(f"{count} {'pin' if count == 1 else 'pins'} deleted"))


@click.command()
@json_option
@watched
@pass_session
def pins(session: Session) -> None:
    """List the active pins, with their reasons.

    Example: thesetctl pins
    """
    session.show(session.daemon.ask(LIST_PINS), _draw_pins)


def _draw_pins(document: dict[str, Any]) -> None:
    if not document["pins"]:
        views.echo("nothing is pinned")
        return
    rows = [
        (p["name"], p["aspect"], p["max_age"], when(p["looked_at"], none="never"), p["until"] or "-", p["why"])
        for p in document["pins"]
    ]
    tables.table(("ARTIST", "ASPECT", "AGE", "LAST LOOK", "UNTIL", "WHY"), rows)
