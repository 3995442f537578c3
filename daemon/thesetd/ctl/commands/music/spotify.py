"""The commands that request from Spotify what the daemon does not store: recommendations and audio features."""

from typing import Any

import click

from thesetd.ctl import tables, views
from thesetd.ctl.session import Number, Session, json_option, pass_session
from thesetd.ports.surface.rows.songs import HEAR_SONGS, RECOMMEND
from thesetd.ports.surface.songs import MOST_ADVICE

_limit = click.option(
    "--limit", type=Number(1, MOST_ADVICE), default=20, show_default=True, help="Maximum number of tracks."
)


@click.group()
def spotify() -> None:
    """Request recommendations and audio features from Spotify.

    Each takes one call. Spotify offers neither in Development Mode, nor to applications registered after 2024-11-27.

    Example: thesetctl spotify recommendations gorillaz
    """


@spotify.command()
@click.argument("artist")
@_limit
@json_option
@pass_session
def recommendations(session: Session, artist: str, limit: int) -> None:
    """List tracks similar to those of ARTIST, which must be stored.

    Example: thesetctl spotify recommendations gorillaz --limit 5
    """
    session.show(session.daemon.ask(RECOMMEND, query=[("limit", str(limit))], artist=artist), _draw_tracks)


@spotify.command()
@click.argument("artist")
@_limit
@json_option
@pass_session
def features(session: Session, artist: str, limit: int) -> None:
    """Show Spotify's audio features of the most popular songs of ARTIST.

    Example: thesetctl spotify features gorillaz
    """
    session.show(session.daemon.ask(HEAR_SONGS, query=[("limit", str(limit))], artist=artist), _draw_features)


def _draw_tracks(document: dict[str, Any]) -> None:
    if not document["tracks"]:
        views.echo("no recommendations from Spotify")
        return
    rows = [
        (track["title"], ", ".join(track["artists"]) or "-", _said(track["popularity"]), track["spotify_id"])
        for track in document["tracks"]
    ]
    tables.table(("TITLE", "ARTISTS", "POPULARITY", "TRACK"), rows)


def _draw_features(document: dict[str, Any]) -> None:
    if not document["songs"]:
        views.echo("Spotify has no audio features for any of its songs")
        return
    shown = ("tempo", "energy", "danceability", "valence", "acousticness", "loudness")
    rows = [(song["title"], *(_said(song["features"][name]) for name in shown)) for song in document["songs"]]
    tables.table(("SONG", *map(str.upper, shown)), rows)


def _said(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
