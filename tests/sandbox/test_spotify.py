"""The emulated Spotify."""

from collections.abc import Callable
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from thesetd.domain.gate.windows import Window

NOWHERE = "0" * 22


async def test_a_token_is_given_for_the_right_secret_only(open_sandbox: Callable[..., Any]) -> None:
    """Client credentials give a bearer token with its lifetime; others get an error that is a string, with 400."""
    sandbox = open_sandbox()
    form = {"grant_type": "client_credentials"}
    right = await sandbox.send("POST", "/spotify/api/token", data=form, auth=("sandbox", "sandbox-secret"))
    assert right.json().keys() == {"access_token", "token_type", "expires_in"}
    assert (right.json()["token_type"], right.json()["expires_in"]) == ("Bearer", 3600)
    for wrong in ({"auth": ("sandbox", "other")}, {"auth": ("other", "sandbox-secret")}, {}):
        refused = await sandbox.send("POST", "/spotify/api/token", data=form, **wrong)
        assert refused.status_code == 400
        assert refused.json() == {"error": "invalid_client", "error_description": "Invalid client"}
    odd = await sandbox.send("POST", "/spotify/api/token", auth=("sandbox", "sandbox-secret"))
    assert odd.json()["error"] == "unsupported_grant_type"


async def test_the_api_wants_a_token_that_holds(open_sandbox: Callable[..., Any], autojump_clock: MockClock) -> None:
    """No token, an unknown one and an expired one are told apart; expiry is by trio's clock."""
    sandbox = open_sandbox(token_lifetime_s=60)
    path = f"/spotify/v1/artists/{NOWHERE}"
    none = await sandbox.send("GET", path)
    unknown = await sandbox.send("GET", path, headers={"authorization": "Bearer nonsense"})
    assert (none.status_code, none.json()["error"]["message"]) == (401, "No token provided")
    assert (unknown.status_code, unknown.json()["error"]["message"]) == (401, "Invalid access token")
    assert (await sandbox.spotify(f"artists/{NOWHERE}")).status_code == 404
    await trio.sleep(60)
    expired = await sandbox.spotify(f"artists/{NOWHERE}")
    assert expired.json() == {"error": {"status": 401, "message": "The access token expired"}}
    assert 'error="invalid_token"' in expired.headers["www-authenticate"]


async def test_ids_are_checked_before_they_are_looked_up(open_sandbox: Callable[..., Any]) -> None:
    """A malformed id is 400, an unknown one 404, null in a batch."""
    sandbox = open_sandbox()
    malformed = await sandbox.spotify("albums/short")
    assert malformed.json() == {"error": {"status": 400, "message": "Invalid base62 id"}}
    unknown = await sandbox.spotify(f"albums/{NOWHERE}")
    assert unknown.json() == {"error": {"status": 404, "message": "Resource not found"}}
    assert (await sandbox.spotify("albums", ids=f"{NOWHERE},{NOWHERE}")).json() == {"albums": [None, None]}
    assert (await sandbox.spotify("albums", ids=",".join([NOWHERE] * 21))).status_code == 400
    assert (await sandbox.spotify("nothing/here")).status_code == 404


async def _all(sandbox: Any, path: str, **params: Any) -> tuple[list[Any], list[dict[str, Any]]]:
    """Follow `next` to the end; give the items and the pages."""
    items, pages, link = [], [], path
    while link:
        body = (await sandbox.spotify(link, **params)).json()
        page = body.get("artists", body)
        items += page["items"]
        pages.append(page)
        link, params = page["next"], {}
    return items, pages


@pytest.mark.parametrize("limit", [1, 7, 20, 50])
async def test_next_leads_through_the_whole_list(open_sandbox: Callable[..., Any], limit: int) -> None:
    """Followed to null, `next` gives the same albums for every limit, and keeps groups with bare commas."""
    sandbox = open_sandbox()
    artist = sandbox.world.sources["spotify"]._universe.roster[12]
    whole = sandbox.world.sources["spotify"].listing("artist-albums", artist.spotify_id)
    expected = [slot["id"] for slot in whole if isinstance(slot, dict) and slot["album_group"] in {"album", "single"}]
    items, pages = await _all(
        sandbox, f"artists/{artist.spotify_id}/albums", limit=str(limit), include_groups="album,single"
    )
    assert [item["id"] for item in items if item] == expected
    assert pages[0]["total"] > len(items)
    links = [page["next"] for page in pages[:-1]]
    assert all(link.startswith("http://sandbox/spotify/v1/artists/") for link in links)
    assert all(link.endswith(f"&limit={limit}&include_groups=album,single") for link in links)


async def test_an_album_embeds_its_first_tracks(open_sandbox: Callable[..., Any]) -> None:
    """Up to 50 tracks come with the album; a longer one says where the rest is."""
    sandbox = open_sandbox()
    universe = sandbox.world.sources["spotify"]._universe
    artist = universe.roster[4]
    longest = max(universe.catalogue(artist).albums, key=lambda album: len(album.tracks))
    body = (await sandbox.spotify(f"albums/{longest.spotify_id}")).json()
    assert len(longest.tracks) == body["total_tracks"] == body["tracks"]["total"] > 50
    assert len(body["tracks"]["items"]) == 50
    assert body["tracks"]["next"].endswith(f"/v1/albums/{longest.spotify_id}/tracks?offset=50&limit=50")
    rest = (await sandbox.spotify(body["tracks"]["next"])).json()
    ids = [track["id"] for track in (*body["tracks"]["items"], *rest["items"])]
    assert ids == [track.spotify_id for track in longest.tracks]
    assert "external_ids" not in rest["items"][0]
    full = (await sandbox.spotify(f"tracks/{ids[0]}")).json()
    assert full["external_ids"]["isrc"] == longest.tracks[0].isrc
    assert full["album"]["id"] == longest.spotify_id


async def test_extended_mode_has_what_development_lost(open_sandbox: Callable[..., Any]) -> None:
    """Batches, top tracks, recommendations and audio features are there, with recommendations in capitals."""
    sandbox = open_sandbox()
    artist = sandbox.world.sources["spotify"]._universe.roster[0]
    top = (await sandbox.spotify(f"artists/{artist.spotify_id}/top-tracks", market="GB")).json()["tracks"]
    assert len(top) == 10
    assert all(track["is_playable"] and "available_markets" not in track for track in top)
    ids = ",".join(track["id"] for track in top)
    assert [one["id"] for one in (await sandbox.spotify("tracks", ids=ids)).json()["tracks"]] == ids.split(",")
    features = (await sandbox.spotify("audio-features", ids=ids)).json()["audio_features"]
    assert all(0 <= one["energy"] <= 1 for one in features)
    advice = (await sandbox.spotify("recommendations", seed_artists=artist.spotify_id, limit="3")).json()
    assert len(advice["tracks"]) == 3
    assert {track["album"]["album_type"] for track in advice["tracks"]} <= {"ALBUM", "SINGLE", "COMPILATION"}
    artists = (await sandbox.spotify("artists", ids=artist.spotify_id)).json()["artists"]
    assert artists[0]["popularity"] == artist.popularity


async def test_development_mode_cuts(open_sandbox: Callable[..., Any]) -> None:
    """Batches are 403, pages have at most 10 entries and 5 by default, and the cut fields are gone at every depth."""
    sandbox = open_sandbox(modes={"spotify": "development"})
    artist = sandbox.world.sources["spotify"]._universe.roster[0]
    for path in ("artists", "albums", "tracks", "audio-features"):
        refused = await sandbox.spotify(path, ids=artist.spotify_id)
        assert refused.json() == {"error": {"status": 403, "message": "Forbidden"}}
    assert (await sandbox.spotify(f"artists/{artist.spotify_id}/top-tracks")).status_code == 403
    assert (await sandbox.spotify("recommendations", seed_artists=artist.spotify_id)).status_code == 404
    albums = f"artists/{artist.spotify_id}/albums"
    assert (await sandbox.spotify(albums, limit="11")).json()["error"]["message"] == "Invalid limit"
    assert (await sandbox.spotify(albums)).json()["limit"] == 5
    listed = (await sandbox.spotify(albums, limit="10")).json()["items"]
    assert not {"album_group", "available_markets", "label", "popularity"} & listed[0].keys()
    assert not {"followers", "popularity"} & (await sandbox.spotify(f"artists/{artist.spotify_id}")).json().keys()
    album = (await sandbox.spotify(f"albums/{listed[0]['id']}")).json()
    assert "available_markets" not in album["tracks"]["items"][0]
    assert album["external_ids"]
    assert (await sandbox.spotify(f"albums/{listed[0]['id']}/tracks", limit="50")).status_code == 200


async def test_search_pages_and_refuses(open_sandbox: Callable[..., Any]) -> None:
    """Search finds by name, its links say `query`, and it is refused without text or type and beyond 1,000."""
    sandbox = open_sandbox()
    name = sandbox.world.sources["spotify"]._universe.roster[7].name
    items, pages = await _all(sandbox, "search", q=f'artist:"{name}"', type="artist", limit="1")
    assert [item["name"] for item in items[:2]] == [name, name]
    assert "query=artist%3A%22" in pages[0]["next"]
    assert (await sandbox.spotify("search", type="artist")).status_code == 400
    assert (await sandbox.spotify("search", q="x", type="song")).status_code == 400
    assert (await sandbox.spotify("search", q="x", type="artist", limit="51")).status_code == 400
    assert (await sandbox.spotify("search", q="x", type="artist", offset="-1")).status_code == 400
    assert (await sandbox.spotify("search", q="x", type="artist", offset="990", limit="20")).status_code == 404


async def test_search_finds_albums_and_tracks(open_sandbox: Callable[..., Any]) -> None:
    """Albums and tracks are found by name within an artist, tracks by ISRC, albums by a UPC of 14 digits only."""
    sandbox = open_sandbox()
    universe = sandbox.world.sources["spotify"]._universe
    artist = universe.roster[1]
    album = universe.catalogue(artist).albums[0]
    track = album.tracks[0]

    async def hits(kind: str, query: str) -> list[str]:
        body = (await sandbox.spotify("search", q=query, type=kind, limit="50")).json()
        return [item["id"] for item in body[f"{kind}s"]["items"]]

    assert album.spotify_id in await hits("album", f'album:"{album.name}" artist:"{artist.name}"')
    assert track.spotify_id in await hits("track", f'track:"{track.name}" artist:"{artist.name}"')
    assert track.spotify_id in await hits("track", f"isrc:{track.isrc}")
    assert await hits("album", f"upc:{album.upc}") == []
    assert await hits("album", f"upc:{album.upc.zfill(14)}") == [album.spotify_id]


async def test_an_unchanged_body_has_an_etag(open_sandbox: Callable[..., Any]) -> None:
    """If-None-Match with the body's ETag is answered 304 without a body."""
    sandbox = open_sandbox()
    path = f"artists/{sandbox.world.sources['spotify']._universe.roster[0].spotify_id}"
    first = await sandbox.spotify(path)
    again = await sandbox.spotify(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_too_many_requests_are_refused_with_a_hint(
    open_sandbox: Callable[..., Any], autojump_clock: MockClock
) -> None:
    """Over the window comes 429 with whole seconds to wait; after them there is room. Tokens do not count."""
    sandbox = open_sandbox(limits={"spotify": (Window(2, 30.0),)})
    await sandbox.authorize()
    await sandbox.authorize()
    assert [(await sandbox.spotify(f"artists/{NOWHERE}")).status_code for _ in range(2)] == [404, 404]
    refused = await sandbox.spotify(f"artists/{NOWHERE}")
    assert refused.json() == {"error": {"status": 429, "message": "API rate limit exceeded"}}
    await trio.sleep(int(refused.headers["retry-after"]))
    assert (await sandbox.spotify(f"artists/{NOWHERE}")).status_code == 404
