"""Who is who while an import runs: what is asked, what is linked, and what its last message says."""

from typing import Any

import attrs
import pytest
import trio

from fake_providers import AT, FakeCatalog, World
from scene import ANNA, Scene, running
from thesetd.actors.jobs.identifying import CATALOG_HITS, seek
from thesetd.domain.errors import NotFound, Refused
from thesetd.domain.gate.calls import Call, Response
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.music.records import Artist, Reject
from thesetd.domain.music.reference import ArtistRef, ReferenceKind
from thesetd.domain.work.jobs import KnownArtist

MBIDS = [f"0000000{n}-0000-4000-8000-000000000000" for n in range(6)]
PAGE = attrs.evolve(ANNA, ticketmaster_id=None, mbid=None)


def performer(number: int, name: str = "Anna") -> Artist:
    """Return an artist of setlist.fm."""
    return attrs.evolve(PAGE, name=name, spotify_id=None, mbid=MBIDS[number])


async def stored(s: Scene, kind: ReferenceKind, value: str | None) -> KnownArtist | None:
    """Return the artist of an id."""
    found = await s.store.statuses.find_artist(ArtistRef(kind, value or ""))
    return found[0] if found else None


async def test_five_of_one_name_and_none_proven(autojump_clock: trio.testing.MockClock) -> None:
    """No setlists, and the message counts the candidates and gives the command."""
    async with running(World(artists=[PAGE, *(performer(n) for n in range(5))], shows=0)) as s:
        _, events = await s.imported("Anna")
    known = await stored(s, ReferenceKind.SPOTIFY, PAGE.spotify_id)
    assert known is not None
    assert known.mbid is None
    assert "5 artists of this name at setlist.fm, none proven: `thesetctl artist review" in events[-1].progress.message
    assert s.store.world.records["actual_setlists"] == {}


async def test_the_only_one_of_the_name_is_linked(autojump_clock: trio.testing.MockClock) -> None:
    """One candidate at each provider: its setlists come, and nothing is left to say."""
    async with running(World(artists=[PAGE, performer(1)], shows=0)) as s:
        _, events = await s.imported("Anna")
    known = await stored(s, ReferenceKind.SPOTIFY, PAGE.spotify_id)
    assert known is not None
    assert known.mbid == MBIDS[1]
    assert events[-1].progress.message == "Import complete!"


@pytest.mark.untraced
@pytest.mark.parametrize("first", ["small", "famous"])
async def test_a_small_namesake_is_an_artist_of_its_own(autojump_clock: trio.testing.MockClock, first: str) -> None:
    """An import by one of two MBIDs of a name gives the page of the famous artist neither, in either order."""
    async with running(World(artists=[PAGE, performer(1), performer(2)], shows=0)) as s:
        for reference in (MBIDS[1], "Anna") if first == "small" else ("Anna", MBIDS[1]):
            _, events = await s.imported(reference)
            assert events[-1].progress.stage.value == "completed"
    small, famous = (
        await stored(s, ReferenceKind.MBID, MBIDS[1]),
        await stored(s, ReferenceKind.SPOTIFY, PAGE.spotify_id),
    )
    assert small is not None
    assert famous is not None
    assert (small.spotify_id, famous.mbid) == (None, None)
    assert small.id != famous.id


async def test_a_refused_request_makes_nobody_gone(autojump_clock: trio.testing.MockClock) -> None:
    """A provider that calls the request malformed says nothing of the artist: the import fails, its ids stay."""
    world = World(artists=[PAGE], shows=0)
    async with running(world) as s:
        await s.imported("Anna")
        world.always[f"artist/{PAGE.spotify_id}"] = Refused(SPOTIFY, "status 400")
        _, events = await s.imported(PAGE.spotify_id or "")
        assert "no longer knows" not in events[-1].progress.message
        assert events[-1].progress.stage.value == "failed"


async def test_a_page_that_is_gone_keeps_the_artist_and_says_so(autojump_clock: trio.testing.MockClock) -> None:
    """404 on a known id at Spotify: the rows stay, the import ends with a message."""
    world = World(artists=[PAGE], shows=0)
    async with running(world) as s:
        await s.imported("Anna")
        before = dict(s.store.world.records["albums"])
        world.artists.clear()
        _, events = await s.imported(PAGE.spotify_id or "")
    assert s.store.world.records["albums"] == before
    assert "Spotify no longer knows" in events[-1].progress.message


async def test_a_link_to_a_page_that_does_not_exist_says_so(autojump_clock: trio.testing.MockClock) -> None:
    """An artist known elsewhere whose linked page is 404: shows and setlists come, the import ends and names the id."""
    world = World(artists=[ANNA], shows=2)
    async with running(world) as s:
        await s.imported("Anna")
        world.always["albums-a"] = NotFound(SPOTIFY, "artist-albums: status 404")
        world.always[f"artist/{ANNA.spotify_id}"] = NotFound(SPOTIFY, "artist: status 404")
        _, events = await s.imported(ANNA.mbid or "")
    assert events[-1].progress.stage.value == "completed"
    assert f"Spotify no longer knows {ANNA.spotify_id}" in events[-1].progress.message


@pytest.mark.untraced
async def test_lists_that_are_not_found_are_looked_for_again(autojump_clock: trio.testing.MockClock) -> None:
    """The page is there, its list of albums is not: the import ends with a remark, a later job brings them."""
    world = World(artists=[ANNA], shows=0)
    world.always["albums-a"] = NotFound(SPOTIFY, "artist-albums: status 404")
    async with running(world) as s:
        _, events = await s.imported("Anna")
        assert events[-1].progress.message == "Import complete! (Spotify lists no albums of this artist now)"
        assert not s.store.world.records["albums"]
        world.always.clear()
        await trio.sleep(2 * 3600)
        assert s.store.world.records["albums"]


async def test_a_search_is_read_until_other_names_follow() -> None:
    """A namesake at the eleventh place is seen: only behind ten hits of other names is the search complete."""
    others = [attrs.evolve(PAGE, name=f"Nanna {n:02}", spotify_id=f"Other{n:02}") for n in range(30)]
    namesake = attrs.evolve(PAGE, spotify_id="Namesake")

    async def answer(call: Call[Any]) -> Any:
        return call.parse(Response(status=200, headers={}, received_at=AT))

    async def sought(*hits: Artist, soon: bool = False) -> tuple[int, bool]:
        found = await seek(answer, FakeCatalog(World(artists=list(hits))), "Anna", most=CATALOG_HITS, soon=soon)
        return len(found.named()), found.complete

    assert await sought(PAGE, *others[:9], namesake, *others[9:]) == (2, True)
    assert await sought(PAGE, *others[:9], namesake, *others[9:], soon=True) == (1, False)
    assert await sought(*others, PAGE) == (1, True)
    assert await sought(*([PAGE] * 50), *others) == (50, False)


async def test_a_search_says_what_it_lacks() -> None:
    """How many of its results came or can be read; a result of which only a field cannot be read is not lacking."""

    def lost(key: str) -> Reject:
        return Reject(kind="artist", key=key, reason="image: no address")

    async def lacking(**parts: Any) -> str:
        async def answer(call: Call[Any]) -> Any:
            return attrs.evolve(call.parse(Response(status=200, headers={}, received_at=AT)), **parts)

        return (await seek(answer, FakeCatalog(World(artists=[PAGE])), "Anna")).lacking

    assert await lacking(rejects=(lost(PAGE.spotify_id or ""),)) == ""
    assert await lacking(rejects=(lost("another"),), sent=2, total=2) == (
        "1 of 2 search results for the name are readable"
    )
    assert await lacking(total=3) == "1 of 3 search results for the name are listed"
