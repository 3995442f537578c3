"""The commands about past setlists: review, prediction."""

from typing import Any

import click

from thesetd.ctl import tables, views
from thesetd.ctl.session import Number, Session, json_option, pass_session
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.setlists import (
    LIST_PREDICTIONS,
    LIST_REVIEWS,
    MATCH_SONG,
    PLACE_PAGE,
    SAY_BILL,
    SHOW_PREDICTION,
    UNDO_RULING,
)


@click.group(invoke_without_command=True)
@json_option
@watched
@click.pass_context
def review(ctx: click.Context) -> None:
    """List uncertain pages, names in setlists and bills with their evidence, or resolve one.

    Example: thesetctl review
    """
    if ctx.invoked_subcommand is None:
        session = ctx.ensure_object(Session)
        session.show(session.daemon.ask(LIST_REVIEWS), _draw_reviews)


@review.command()
@click.argument("page", metavar="PAGE")
@click.argument("show", metavar="SHOW|none")
@json_option
@pass_session
def place(session: Session, page: str, show: str) -> None:
    """Record that PAGE of setlist.fm is the setlist of SHOW; none means no known show.

    Example: thesetctl review place 63de4613 8d1f0c1e-5a0b-5c1d-9b55-0c6f0a9d2e11
    """
    document = session.daemon.ask(PLACE_PAGE, {"show": show}, page=page)
    session.show(document, lambda _: _draw_answer(document, "page"))


@review.command()
@click.argument("show", metavar="SHOW")
@click.argument("artists", metavar="ARTIST...|none", nargs=-1, required=True)
@json_option
@pass_session
def bill(session: Session, show: str, artists: tuple[str, ...]) -> None:
    """Record which artists (slugs, headliner first) play at SHOW; none means no known artist.

    Example: thesetctl review bill 8d1f0c1e-5a0b-5c1d-9b55-0c6f0a9d2e11 gorillaz the-owls
    """
    document = session.daemon.ask(SAY_BILL, {"artists": " ".join(artists)}, show=show)
    session.show(document, lambda _: _draw_answer(document, "bill"))


@review.command()
@click.argument("about", type=click.Choice(["page", "song", "bill"]))
@click.argument("number", metavar="NUMBER", type=Number(min=0))
@json_option
@pass_session
def undo(session: Session, about: str, number: int) -> None:
    """Undo a decision about a page, a song's name or a bill.

    Example: thesetctl review undo page 3
    """
    document = session.daemon.ask(UNDO_RULING, about=about, number=number)
    session.show(document, lambda _: views.echo(f"decision {number} about a {about} is undone"))


@click.command()
@click.argument("slug", metavar="ARTIST")
@click.argument("name", metavar="NAME")
@click.argument("song", metavar="SONG|none")
@json_option
@pass_session
def match(session: Session, slug: str, name: str, song: str) -> None:
    """Record which SONG a NAME in the setlists of ARTIST (a slug) means; none means that it is not a song.

    Example: thesetctl song match gorillaz "Clint E." none
    """
    document = session.daemon.ask(MATCH_SONG, {"artist": slug, "name": name, "song": song})
    session.show(document, lambda _: _draw_answer(document, "song"))


@click.command()
@click.argument("slug", metavar="[ARTIST]", required=False)
@json_option
@watched
@pass_session
def prediction(session: Session, slug: str | None) -> None:
    """Show how accurate predictions were: overall and for each artist, or for ARTIST.

    Example: thesetctl prediction gorillaz
    """
    one, every = SHOW_PREDICTION, LIST_PREDICTIONS
    session.show(session.daemon.ask(one, slug=slug) if slug else session.daemon.ask(every), _draw_scores)


def _draw_answer(document: dict[str, Any], about: str) -> None:
    views.echo(f"done: undo it with `thesetctl review undo {about} {document['decision']}`")


def _draw_reviews(document: dict[str, Any]) -> None:
    rows = [
        (
            one["slug"],
            one["kind"],
            one["about"],
            " ".join(filter(None, (one["day"], one["place"]))) or "-",
            one["why"],
            one["show"] or "-",
            "; ".join((*one["evidence"], *one["proposals"])) or "-",
        )
        for one in document["reviews"]
    ]
    tables.table(("ARTIST", "KIND", "PAGE OR NAME", "WHEN AND WHERE", "WHY", "SHOW", "EVIDENCE"), rows)


def _draw_scores(document: dict[str, Any]) -> None:
    names = ("f1", "recall", "openers", "closers", "brier")
    rows = [
        (one["slug"] or "all", str(one["shows"]), *(f"{one[name]:.3f}" for name in names), one["last"] or "-")
        for one in document["predictions"]
    ]
    tables.table(("ARTIST", "SHOWS", "F1", "RECALL", "OPENERS", "CLOSERS", "BRIER", "LAST"), rows)
