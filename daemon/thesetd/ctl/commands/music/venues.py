"""The commands about venues: show, merge, split, undo."""

from typing import Any

import click

from thesetd.ctl import tables, views
from thesetd.ctl.session import Number, Session, json_option, pass_session
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.venues import MERGE_VENUE, SHOW_VENUES, SPLIT_VENUE, UNDO_VENUE_DECISION


@click.group()
def venue() -> None:
    """Show which provider venues are the same place, or correct that. Syncs respect these decisions.

    Example: thesetctl venue show "Harbour Arena"
    """


@venue.command("show")
@click.argument("what", metavar="VENUE|NAME")
@json_option
@watched
@pass_session
def show_venue(session: Session, what: str) -> None:
    """Show a venue with its links, by its id or a provider's; with a NAME, list the venues of that name.

    Example: thesetctl venue show KovZ9177L17
    """
    session.show(session.daemon.ask(SHOW_VENUES, where=what), _draw)


@venue.command()
@click.argument("venue_id", metavar="VENUE")
@click.argument("into", metavar="INTO")
@json_option
@pass_session
def merge(session: Session, venue_id: str, into: str) -> None:
    """Record that VENUE and INTO are the same place.

    Example: thesetctl venue merge 8d1f0c1e-5a0b-5c1d-9b55-0c6f0a9d2e11 2f6c7a52-0f6d-5c43-8f0e-5d9f3e3c9a10
    """
    session.show(session.daemon.ask(MERGE_VENUE, {"into": into}, venue=venue_id), _draw_decision)


@venue.command()
@click.argument("venue_id", metavar="VENUE")
@json_option
@pass_session
def split(session: Session, venue_id: str) -> None:
    """Record that VENUE is a place of its own, not the one that it was matched with.

    Example: thesetctl venue split 8d1f0c1e-5a0b-5c1d-9b55-0c6f0a9d2e11
    """
    session.show(session.daemon.ask(SPLIT_VENUE, venue=venue_id), _draw_decision)


@venue.command()
@click.argument("decision", metavar="NUMBER", type=Number(min=0))
@json_option
@pass_session
def undo(session: Session, decision: int) -> None:
    """Undo a merge or split; `thesetctl venue show` lists their numbers.

    Example: thesetctl venue undo 3
    """
    document = session.daemon.ask(UNDO_VENUE_DECISION, number=decision)
    session.show(document, lambda _: views.echo(f"decision {decision} is undone"))


def _draw_decision(document: dict[str, Any]) -> None:
    number = document["decision"]
    views.echo(f"decision {number}: undo it with `thesetctl venue undo {number}`")


def _draw(document: dict[str, Any]) -> None:
    venues = document["venues"]
    rows = [
        (
            one["id"],
            one["name"],
            ", ".join(filter(None, (one["city"], one["country_code"]))) or "-",
            " ".join(_ids(one)) or "-",
            one["same_as"] or "-",
        )
        for one in venues
    ]
    tables.table(("VENUE", "NAME", "CITY", "IDS", "SAME AS"), rows)
    if len(venues) == 1:
        _draw_links(venues[0])


def _draw_links(venue: dict[str, Any]) -> None:
    if venue["links"]:
        views.echo()
        rows = [
            (one["other"], one["name"], one["verdict"], _evidence(one), "person" if one["by_person"] else "rule")
            for one in venue["links"]
        ]
        tables.table(("VENUE", "NAME", "VERDICT", "CONCERTS", "DECIDED BY"), rows)
    tables.decisions(venue["decisions"])


def _ids(venue: dict[str, Any]) -> list[str]:
    return [f"{name.removesuffix('_id')}:{one}" for name, one in venue.items() if name.endswith("_id") and one]


def _evidence(link: dict[str, Any]) -> str:
    return f"{link['shared_nights']} at both, {link['apart_nights']} elsewhere"
