"""The commands about songs and setlists: song show, merge, split, undo; setlist lock, unlock."""

from typing import Any

import click

from thesetd.ctl import tables, views
from thesetd.ctl.commands.music.setlists import match
from thesetd.ctl.session import Number, Session, json_option, pass_session
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.songs import (
    LOCK_SETLIST,
    MERGE_SONG,
    SHOW_SONGS,
    SPLIT_SONG,
    UNDO_SONG_DECISION,
    UNLOCK_SETLIST,
)


@click.group()
def song() -> None:
    """Show songs, and decide which recordings are one song. Imports respect these decisions.

    Example: thesetctl song show gorillaz
    """


@song.command("show")
@click.argument("what", metavar="SONG|TRACK|SLUG")
@json_option
@watched
@pass_session
def show_song(session: Session, what: str) -> None:
    """Show a song with its recordings, by its id or a Spotify track's; with an artist's slug, list all songs.

    Example: thesetctl song show gorillaz
    """
    session.show(session.daemon.ask(SHOW_SONGS, reference=what), _draw_songs)


@song.command()
@click.argument("song_id", metavar="SONG")
@click.argument("into", metavar="INTO")
@json_option
@pass_session
def merge(session: Session, song_id: str, into: str) -> None:
    """Merge SONG into INTO, another song of the artist: its recordings and votes count for INTO.

    Example: thesetctl song merge 8d1f0c1e-5a0b-5c1d-9b55-0c6f0a9d2e11 1b7a4c55-2f0e-5e0a-8a54-7f3c9d1e2b40
    """
    session.show(session.daemon.ask(MERGE_SONG, {"into": into}, song=song_id), _draw_decision)


@song.command()
@click.argument("song_id", metavar="SONG")
@click.argument("tracks", metavar="TRACK...", nargs=-1, required=True)
@click.option("--title", default="", help="Title of the new song; by default that of the first track.")
@json_option
@pass_session
def split(session: Session, song_id: str, tracks: tuple[str, ...], title: str) -> None:
    """Split some TRACKs (Spotify ids) of SONG off as a song of their own.

    Example: thesetctl song split 8d1f0c1e-5a0b-5c1d-9b55-0c6f0a9d2e11 4uLU6hMCjMI75M1A2tKUQC --title "Clint Eastwood"
    """
    body = {"tracks": " ".join(tracks), **({"title": title} if title else {})}
    session.show(session.daemon.ask(SPLIT_SONG, body, song=song_id), _draw_decision)


@song.command()
@click.argument("decision", metavar="NUMBER", type=Number(min=0))
@json_option
@pass_session
def undo(session: Session, decision: int) -> None:
    """Undo a merge or split; `thesetctl song show` lists their numbers.

    Example: thesetctl song undo 7
    """
    document = session.daemon.ask(UNDO_SONG_DECISION, number=decision)
    session.show(document, lambda _: views.echo(f"decision {decision} is undone"))


song.add_command(match)


@click.group()
def setlist() -> None:
    """Lock predicted setlists, as the application does once users have voted, or unlock them.

    Example: thesetctl setlist lock 5e0f9a2c-7d41-5b3a-9c0d-3f1e8b7a6c25
    """


@setlist.command()
@click.argument("setlist_id", metavar="SETLIST")
@json_option
@pass_session
def lock(session: Session, setlist_id: str) -> None:
    """Lock SETLIST: from now on, songs are only added at its end.

    Example: thesetctl setlist lock 5e0f9a2c-7d41-5b3a-9c0d-3f1e8b7a6c25
    """
    _set_lock(session, setlist_id, "lock")


@setlist.command()
@click.argument("setlist_id", metavar="SETLIST")
@json_option
@pass_session
def unlock(session: Session, setlist_id: str) -> None:
    """Let SETLIST change again with the next prediction.

    Example: thesetctl setlist unlock 5e0f9a2c-7d41-5b3a-9c0d-3f1e8b7a6c25
    """
    _set_lock(session, setlist_id, "unlock")


def _set_lock(session: Session, setlist_id: str, what: str) -> None:
    row = LOCK_SETLIST if what == "lock" else UNLOCK_SETLIST
    document = session.daemon.ask(row, setlist=setlist_id)
    session.show(document, lambda _: views.echo(f"setlist {setlist_id} is {what}ed"))


def _draw_decision(document: dict[str, Any]) -> None:
    number = document["decision"]
    views.echo(f"done: song {document['song']}, undo it with `thesetctl song undo {number}`")


def _draw_songs(document: dict[str, Any]) -> None:
    songs = document["songs"]
    if len(songs) == 1 and songs[0]["tracks"]:
        _draw_song(songs[0])
    else:
        rows = [(one["id"], one["title"], _standing(one), one["album"] or "-") for one in songs]
        tables.table(("SONG", "TITLE", "VOTES", "FACE ON"), rows)


def _draw_song(song: dict[str, Any]) -> None:
    tables.pairs(
        {
            "song": song["id"],
            "title": song["title"],
            "artist": song["artist"],
            "votes": _standing(song),
            "face": f"{song['spotify_id']} on {song['album']}" if song["spotify_id"] else None,
        }
    )
    rows = [
        (track["spotify_id"], track["name"], " ".join(track["classes"]), "; ".join(track["evidence"].values()) or "-")
        for track in song["tracks"]
    ]
    tables.table(("TRACK", "NAME", "CLASSES", "DECIDED BY"), rows)
    tables.decisions(song["decisions"])


def _standing(song: dict[str, Any]) -> str:
    if song["merged_into"]:
        return f"merged into {song['merged_into']}"
    return "offered" if song["offered"] else "not offered"
