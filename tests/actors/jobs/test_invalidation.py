"""What a job finds to be new, and what is forgotten for it."""

from typing import Any
from uuid import UUID

import trio

from fake_cache import FakeCache
from fakes import FakeClock
from thesetd.actors.jobs.invalidation import Invalidator
from thesetd.domain.gate.calls import Request, Response
from thesetd.domain.ids import SPOTIFY, TICKETMASTER
from thesetd.domain.work.batches import Written
from thesetd.domain.work.jobs import KnownArtist

ANNA = KnownArtist(id=UUID(int=1), slug="anna", name="Anna", spotify_id="A1", ticketmaster_id="K1")
ARTIST = Request(provider=SPOTIFY, endpoint="artist", path="artists/A1")
ALBUMS = Request(provider=SPOTIFY, endpoint="artist-albums", path="artists/A1/albums")
TOP = Request(provider=SPOTIFY, endpoint="top-tracks", path="artists/A1/top-tracks")
EVENTS = Request(provider=TICKETMASTER, endpoint="events", path="events", params=(("attractionId", "K1"),))
OTHERS = Request(provider=TICKETMASTER, endpoint="events", path="events", params=(("attractionId", "K2"),))
ALL = (ARTIST, ALBUMS, TOP, EVENTS, OTHERS)


class Scene:
    """A cache with old answers, and a job that begins ten seconds later and lists the albums anew."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self.clock = FakeClock()
        self.cache = FakeCache(self.clock)

    async def begin(self) -> Invalidator:
        """Bring the job to its first commit."""
        for request in ALL:
            await self.put(request)
        await trio.sleep(10)
        invalidator = Invalidator(cache=self.cache, since=self.clock.now())
        await trio.sleep(1)
        await self.put(ALBUMS)
        return invalidator

    async def put(self, request: Request) -> None:
        """Keep an answer that is received now."""
        await self.cache.put(request, Response(status=200, headers={}, received_at=self.clock.now(), json={}))

    async def gone(self) -> set[Any]:
        """Return the requests that have to be asked again."""
        return {request for request in ALL if await self.cache.get(request) is None}


async def test_a_new_album_outdates_the_catalogue(autojump_clock: trio.testing.MockClock):
    """What is kept of it goes, but for the job's own answers; the artist's profile and shows stay."""
    scene = Scene()
    await (await scene.begin()).invalidate(ANNA, Written(changed={"albums": 1, "songs": 9}))
    assert await scene.gone() == {TOP}


async def test_a_changed_show_outdates_the_shows_of_its_artist(autojump_clock: trio.testing.MockClock):
    """And of nobody else."""
    scene = Scene()
    await (await scene.begin()).invalidate(ANNA, Written(changed={"shows": 1}))
    assert await scene.gone() == {EVENTS}


async def test_what_is_no_news_outdates_nothing(autojump_clock: trio.testing.MockClock):
    """A batch that changed nothing, other tables, and a job about no artist."""
    scene = Scene()
    invalidator = await scene.begin()
    await invalidator.invalidate(ANNA, Written())
    await invalidator.invalidate(ANNA, Written(changed={"venues": 3, "shows": 0}))
    await invalidator.invalidate(None, Written(changed={"shows": 3}))
    assert await scene.gone() == set()


async def test_each_topic_is_told_once(autojump_clock: trio.testing.MockClock):
    """The waves of a catalogue do not make the cache look for the same things again."""
    scene = Scene()
    invalidator = await scene.begin()
    for _ in range(3):
        await invalidator.invalidate(ANNA, Written(changed={"albums": 2}))
    assert scene.cache.invalidations == 1
