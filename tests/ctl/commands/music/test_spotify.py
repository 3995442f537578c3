"""`thesetctl spotify`: what Spotify recommends, and what songs sound like."""

import json
from typing import Any

from thesetd.domain.errors import NotOffered
from thesetd.domain.ids import SPOTIFY


def test_recommendations(run: Any) -> None:
    """Titles with their artists; programs get the daemon's document."""
    shown = run("spotify", "recommendations", "mara-vell")
    assert (shown.exit_code, "Clouds" in shown.stdout, "Mbeki, Owls" in shown.stdout) == (0, True, True)
    document = json.loads(run("spotify", "recommendations", "mara-vell", "--limit", "1", "--json").stdout)
    assert document["tracks"][0]["spotify_id"] == "r1"


def test_features(run: Any) -> None:
    """A song in a line; what Spotify does not say is a dash."""
    shown = run("spotify", "features", "mara-vell")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[-1].split() == ["DARE", "119.5", "-", "-", "-", "-", "-"]


def test_bad_input(run: Any, server: Any) -> None:
    """Unknown artists, limits out of bounds, and an application that Spotify does not offer this to: one line each."""
    assert run("spotify", "features", "nobody").exit_code == 1
    assert run("spotify", "features", "mara-vell", "--limit", "0").exit_code == 2
    server.daemon.failures["features"] = NotOffered(SPOTIFY, "no audio features for this application")
    refused = run("spotify", "features", "mara-vell")
    assert (refused.exit_code, "spotify: no audio features for this application" in refused.stderr) == (1, True)
