"""The command that shows the identity of an artist, and records decisions about it."""

from typing import Any

import click

from thesetd.ctl import tables, views
from thesetd.ctl.session import Number, Session, json_option, pass_session
from thesetd.ctl.times import when
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.identity import DECIDE_IDENTITY, LIST_IDENTITY_REVIEWS, SHOW_IDENTITY
from thesetd.ports.surface.rows.refreshes import REFRESH_ARTIST


@click.group()
def artist() -> None:
    """Show which provider ids belong to an artist, or resolve open questions.

    ARTIST is a slug, a name, or an id; an ID is space:id, or the URI or URL that the provider uses. No later
    sync overrides a decision; `undo` restores the previous state exactly.

    Example: thesetctl artist show gorillaz
    """


@artist.command()
@click.argument("who", metavar="ARTIST")
@json_option
@watched
@pass_session
def show(session: Session, who: str) -> None:
    """Show the ids of ARTIST, its links with their evidence, open questions, and decisions.

    Example: thesetctl artist show gorillaz
    """
    session.show(session.daemon.ask(SHOW_IDENTITY, artist=who), _draw)


@artist.command()
@click.argument("who", metavar="ARTIST")
@click.argument("aspect", type=click.Choice(["shows", "setlists", "catalog", "profile"]), default="shows")
@json_option
@pass_session
def refresh(session: Session, who: str, aspect: str) -> None:
    """Refresh the shows of ARTIST, or its setlists, catalog or profile, ahead of all background work.

    Example: thesetctl artist refresh gorillaz setlists
    """
    reply = session.daemon.ask(REFRESH_ARTIST, query=[("aspect", aspect)], artist=who)
    session.show(reply, lambda _: views.echo(f"{reply['name'] or who}: job {reply['job_id']} refreshes its {aspect}"))


@artist.command()
@click.argument("who", metavar="[ARTIST]", required=False)
@json_option
@watched
@pass_session
def review(session: Session, who: str | None) -> None:
    """List ids that may belong to ARTIST, likeliest first; without ARTIST, those for all artists.

    Example: thesetctl artist review gorillaz
    """
    if who is None:
        session.show(session.daemon.ask(LIST_IDENTITY_REVIEWS), _draw_reviews)
    else:
        session.show(session.daemon.ask(SHOW_IDENTITY, artist=who), _draw_reviews)


@artist.command()
@click.argument("who", metavar="ARTIST")
@click.argument("ref", metavar="ID")
@json_option
@pass_session
def link(session: Session, who: str, ref: str) -> None:
    """Record that ID belongs to ARTIST.

    Example: thesetctl artist link gorillaz ticketmaster:K8vZ9175Tr0
    """
    _decide(session, {"verb": "link", "artist": who, "ids": ref})


@artist.command()
@click.argument("who", metavar="ARTIST")
@click.argument("ref", metavar="ID")
@json_option
@pass_session
def unlink(session: Session, who: str, ref: str) -> None:
    """Record that ID does not belong to ARTIST; everything imported through ID moves with it.

    Example: thesetctl artist unlink gorillaz ticketmaster:K8vZ9175Tr0
    """
    _decide(session, {"verb": "unlink", "artist": who, "ids": ref})


@artist.command()
@click.argument("who", metavar="ARTIST")
@click.argument("other", metavar="ARTIST")
@json_option
@pass_session
def merge(session: Session, who: str, other: str) -> None:
    """Record that two artists are the same.

    Example: thesetctl artist merge gorillaz gorillaz-2
    """
    _decide(session, {"verb": "merge", "artist": who, "ids": other})


@artist.command()
@click.argument("who", metavar="ARTIST")
@click.argument("refs", metavar="ID...", nargs=-1, required=True)
@json_option
@pass_session
def split(session: Session, who: str, refs: tuple[str, ...]) -> None:
    """Record that these IDs of ARTIST belong to another artist.

    Example: thesetctl artist split gorillaz ticketmaster:K8vZ9175Tr0
    """
    _decide(session, {"verb": "split", "artist": who, "ids": " ".join(refs)})


@artist.command()
@click.argument("number", type=Number(min=1))
@json_option
@pass_session
def undo(session: Session, number: int) -> None:
    """Undo decision NUMBER; an undo can itself be undone.

    Example: thesetctl artist undo 12
    """
    _decide(session, {"verb": "undo", "number": str(number)})


def _decide(session: Session, body: dict[str, str]) -> None:
    session.show(session.daemon.ask(DECIDE_IDENTITY, body), _draw_decided)


def _draw_decided(document: dict[str, Any]) -> None:
    who = f": {document['name']} ({document['slug']})" if document["slug"] else ""
    views.echo(f"decision {document['number']}{who}")
    for line in (*document["moved"], *document["remarks"]):
        views.echo(f"  {line}")
    views.echo(f"undo it with `thesetctl artist undo {document['number']}`")


def _draw(document: dict[str, Any]) -> None:
    state = ", ".join(filter(None, ("verified" if document["verified"] else "", "stub" if document["is_stub"] else "")))
    tables.pairs({"artist": document["name"], "slug": document["slug"], "state": state or "not verified"})
    tables.table(("ID", "STATE"), [(one["id"], _state(one)) for one in document["ids"]])
    if document["links"]:
        views.echo()
        links = [
            (one["one"], one["other"], one["decision"], one["rule"], "; ".join(one["evidence"]))
            for one in document["links"]
        ]
        tables.table(("ID", "ID", "DECISION", "RULE", "EVIDENCE"), links)
    if document["reviews"]:
        views.echo()
        _draw_reviews(document)
    if document["decisions"]:
        views.echo()
        words = [
            (str(one["number"]), one["verb"], " ".join(one["ids"]), " ".join(one["others"]), when(one["at"]))
            for one in document["decisions"]
        ]
        tables.table(("NUMBER", "DECISION", "IDS", "OTHERS", "AT"), words)


def _draw_reviews(document: dict[str, Any]) -> None:
    rows = [
        (
            review["name"],
            review["about"],
            one["id"],
            one["name"],
            _audience(one),
            "; ".join(one["evidence"]) or review["reason"],
        )
        for review in document["reviews"]
        for one in review["proposals"]
    ]
    if rows:
        tables.table(("ARTIST", "ID", "CANDIDATE", "NAME", "AUDIENCE", "EVIDENCE"), rows)
    else:
        views.echo("nothing to review")


def _state(one: dict[str, Any]) -> str:
    if one["alias"]:
        return "older id"
    return "no longer known" if one["lost"] else "in use"


def _audience(proposal: dict[str, Any]) -> str:
    return "-" if proposal["audience"] is None else f"{proposal['audience']:,}"
