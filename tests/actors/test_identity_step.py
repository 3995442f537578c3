"""What a provider of identities adds to an import."""

import trio

from fake_providers import MBID, World, artist
from scene import ANNA, ANNA_ID, running, spotify_only
from thesetd.domain.errors import NotConfigured, Unavailable
from thesetd.domain.facts import ProviderDegraded
from thesetd.domain.identity import spaces
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.identity.statements import Record
from thesetd.domain.ids import SETLISTFM
from thesetd.domain.music.releases import Release
from thesetd.domain.music.versions import Version

LINKED = Record(ref=Ref(spaces.MUSICBRAINZ, MBID), name="Anna", links=frozenset({Ref(spaces.SPOTIFY, ANNA_ID)}))


def world(**parts: object) -> World:
    """Make a world in which setlist.fm finds nobody by the name: only the link leads to the artist."""
    known = {"identities": [LINKED], "artists": [spotify_only(ANNA), artist("Nana", mbid=MBID)]}
    return World(**{**known, **parts})


async def test_a_link_leads_to_the_artist_elsewhere(autojump_clock: trio.testing.MockClock) -> None:
    """The artist that links to the imported one is it: its past setlists come though no search finds them."""
    async with running(world()) as s:
        _, events = await s.imported("Anna")
    assert {kept.record.mbid for kept in s.store.world.artists.values() if kept.record.spotify_id == ANNA_ID} == {MBID}
    assert events[-1].progress.counts["past_setlists"] == 3
    assert not any(path.startswith("performers/") for path in s.world.asked)


async def test_a_link_of_another_name_is_not_believed(autojump_clock: trio.testing.MockClock) -> None:
    """A tribute act may link to the original; what it is called tells."""
    other = Record(ref=LINKED.ref, name="The Elsewhere Band", links=LINKED.links)
    async with running(world(identities=[other])) as s:
        await s.imported("Anna")
    assert not any(kept.record.mbid for kept in s.store.world.artists.values() if kept.record.spotify_id == ANNA_ID)


async def test_several_artists_of_one_address_prove_nothing(autojump_clock: trio.testing.MockClock) -> None:
    """Profiles of duos are linked with both: nobody is chosen."""
    other = Record(ref=Ref(spaces.MUSICBRAINZ, MBID.replace("1", "2")), name="Anna", links=LINKED.links)
    async with running(world(identities=[LINKED, other])) as s:
        await s.imported("Anna")
    assert not any(kept.record.mbid for kept in s.store.world.artists.values() if kept.record.spotify_id == ANNA_ID)
    assert not any(path.startswith("described/") for path in s.world.asked)


async def test_an_import_does_without(autojump_clock: trio.testing.MockClock) -> None:
    """A provider of identities that cannot be asked costs the import nothing else, and its absence is noted."""
    async with running(world(always={"linked": Unavailable(SETLISTFM, "busy")})) as s:
        _, events = await s.imported("Anna")
    assert events[-1].progress.message == "Import complete!"
    assert s.recorder.of(ProviderDegraded)


async def test_one_that_is_not_configured_is_not_told(autojump_clock: trio.testing.MockClock) -> None:
    """Who never wanted it reads nothing of it."""
    async with running(world(always={"linked": NotConfigured("set it")})) as s:
        _, events = await s.imported("Anna")
    assert events[-1].progress.message == "Import complete!"
    assert not s.recorder.of(ProviderDegraded)


async def test_discographies_class_recordings(autojump_clock: trio.testing.MockClock) -> None:
    """All tracks of a release that is listed as live are live, with the reason; titles are folded."""
    releases = [Release(title="ALBUM 1", classes=frozenset({Version.LIVE})), Release(title="Album 2")]
    async with running(world(releases=releases)) as s:
        await s.imported("Anna")
    songs = s.store.world.records["tracks"].values()
    live = [song for song in songs if Version.LIVE in song.classes]
    assert {song.album_spotify_id for song in live} == {"al1"}
    assert all(song.evidence[Version.LIVE] == "its release 'Album 1' is listed so" for song in live)
    assert all(Version.STUDIO not in song.classes for song in live)
