"""The emulated MusicBrainz, read by the client that reads the real one."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from thesetd.adapters.providers.musicbrainz import MusicBrainzClient
from thesetd.domain.errors import RateLimited
from thesetd.domain.gate.calls import Call, Response
from thesetd.domain.gate.windows import Window
from thesetd.domain.identity import spaces
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.music.versions import Version

AGENT = {"user-agent": "thesetd/1.0 ( someone@example.org )"}
CLIENT = MusicBrainzClient()


async def send(sandbox: Any, path: str, params: Any = (), headers: Any = None) -> httpx2.Response:
    """Ask the twin."""
    sent = AGENT if headers is None else headers
    return await sandbox.send("GET", f"/musicbrainz/ws/2/{path}", params=list(params), headers=sent)


async def perform(sandbox: Any, call: Call[Any]) -> Any:
    """Perform a call of the client."""
    answer = await send(sandbox, call.request.path, call.request.params)
    return call.parse(
        Response(
            status=answer.status_code,
            headers=dict(answer.headers),
            received_at=sandbox.clock.now(),
            json=answer.json() if "json" in answer.headers["content-type"] else None,
        )
    )


def linked_artist(sandbox: Any) -> Any:
    """Return an artist that both sides know and that is linked."""
    source = sandbox.world.sources["musicbrainz"]
    alive = {body["id"] for body in source.artists() for one in body["relations"] if not one["ended"]}
    return next(artist for artist in source._universe.roster if artist.mbid in alive)


async def test_an_address_leads_to_the_artist_and_back(open_sandbox: Callable[..., Any]) -> None:
    """By the address of a Spotify artist its MBID is found; described there, it links to that Spotify id."""
    sandbox = open_sandbox()
    artist = linked_artist(sandbox)
    (hit,) = await perform(sandbox, CLIENT.linked([f"https://open.spotify.com/artist/{artist.spotify_id}"]))
    assert hit.ref == Ref(spaces.MUSICBRAINZ, artist.mbid)
    (record,) = await perform(sandbox, CLIENT.described(artist.mbid))
    assert record.links == {Ref(spaces.SPOTIFY, artist.spotify_id)}
    assert await perform(sandbox, CLIENT.linked(["https://open.spotify.com/artist/" + "0" * 22])) == ()
    found = await perform(sandbox, CLIENT.search_artists(artist.slfm_name))
    assert artist.mbid in {one.mbid for one in found.items}


async def test_a_merged_id_is_told(open_sandbox: Callable[..., Any]) -> None:
    """The 301 has the survivor's body, and says where it is."""
    sandbox = open_sandbox()
    old, artist = next(iter(sandbox.world.sources["musicbrainz"]._merged.items()))
    moved, record = await perform(sandbox, CLIENT.described(old))
    assert (moved.ref.id, moved.moved_to) == (old, record.ref)
    assert record.ref.id == artist.mbid


async def test_a_discography_is_paged(open_sandbox: Callable[..., Any]) -> None:
    """All release groups come, and some of all artists' are live."""
    sandbox = open_sandbox()
    source = sandbox.world.sources["musicbrainz"]
    seen = []
    for body in source.artists()[:20]:
        call = CLIENT.releases(body["id"])
        while call is not None:
            page = await perform(sandbox, call)
            seen += page.items
            call = page.next
    assert len(seen) == sum(len(source.groups(body["id"])) for body in source.artists()[:20])
    assert any(Version.LIVE in release.classes for release in seen)


@pytest.mark.parametrize("agent", ["", "python-httpx/0.28", "thesetd/1.0"])
async def test_who_does_not_say_who_it_is_is_turned_away(open_sandbox: Callable[..., Any], agent: str) -> None:
    """A User-Agent without a contact draws the recorded 403."""
    answer = await send(open_sandbox(), "artist", headers={"user-agent": agent})
    assert answer.status_code == 403
    assert "has not identified itself" in answer.json()["error"]


async def test_the_limit_is_told_by_503(open_sandbox: Callable[..., Any]) -> None:
    """Over the limit the client reads that it has to slow down."""
    sandbox = open_sandbox(limits={"musicbrainz": (Window(1, 20.0),)})
    call = CLIENT.artist(linked_artist(sandbox).mbid)
    await perform(sandbox, call)
    with pytest.raises(RateLimited):
        await perform(sandbox, call)


async def test_mistakes_are_answered_as_the_server_does(open_sandbox: Callable[..., Any]) -> None:
    """XML without fmt, 400 for commas, a repeated inc and a malformed id, 404 for an unknown one."""
    sandbox = open_sandbox()
    mbid = linked_artist(sandbox).mbid
    assert "xml" in (await send(sandbox, f"artist/{mbid}")).headers["content-type"]
    json = ("fmt", "json")
    for params in ([("inc", "aliases,url-rels"), json], [("inc", "aliases"), ("inc", "url-rels"), json]):
        assert (await send(sandbox, f"artist/{mbid}", params)).status_code == 400
    assert (await send(sandbox, "artist/nobody", [json])).status_code == 400
    assert (await send(sandbox, "artist/" + "0" * 8 + "-0000-0000-0000-" + "0" * 12, [json])).status_code == 404
