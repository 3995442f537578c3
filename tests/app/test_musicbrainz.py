"""MusicBrainz through the real commands: off by default, and what a contact brings."""

from typing import Any

import pytest

from querying import query
from real import until
from thesetd.sandbox.synthetic.universe import Universe
from thesetd.sandbox.twins.musicbrainz.synthetic import MusicBrainzView

pytestmark = pytest.mark.real


@pytest.fixture
def linked_artist() -> Any:
    """Return an artist that only MusicBrainz links with its MBID, of a name that nobody else has."""
    universe = Universe(1, 300)
    alive = {body["id"] for body in MusicBrainzView(universe).artists() for r in body["relations"] if not r["ended"]}
    names = [artist.name for artist in universe.roster]
    return next(
        artist
        for artist in universe.roster
        if artist.mbid in alive and names.count(artist.name) == 1 and "musicbrainz" not in artist.links
    )


def calls(sandbox: Any, since: int) -> list[str]:
    """Name the endpoints of MusicBrainz that were asked."""
    entries = sandbox.ask("log")["entries"][since:]
    return [entry["endpoint"] for entry in entries if entry["provider"] == "musicbrainz"]


def test_a_contact_turns_it_on(
    start_daemon: Any, synthetic_sandbox: Any, database_dsn: str, linked_artist: Any
) -> None:
    """With a contact an artist is looked up by its Spotify address; without one nobody asks, and nobody misses it."""
    begin = len(synthetic_sandbox.ask("log")["entries"])
    daemon = start_daemon(synthetic_sandbox, THESETD_PROVIDERS__MUSICBRAINZ__CONTACT="someone@example.org")
    done = daemon.ctl("import", linked_artist.spotify_id, "--follow")
    assert (done.returncode, "musicbrainz" in done.stdout) == (0, False)
    asked = calls(synthetic_sandbox, begin)
    assert asked[:2] == ["addresses", "artist"]
    assert set(asked) == {"addresses", "artist", "release-groups"}
    found = query(database_dsn, f"select mbid from artists where spotify_id = '{linked_artist.spotify_id}'")
    assert found == [(linked_artist.mbid,)]
    daemon.running.stop()
    begin = len(synthetic_sandbox.ask("log")["entries"])
    daemon = start_daemon(synthetic_sandbox)
    assert daemon.ctl("import", linked_artist.spotify_id, "--follow").returncode == 0
    assert calls(synthetic_sandbox, begin) == []
    until(lambda: daemon.ctl("health").returncode == 0)
