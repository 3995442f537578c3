"""Namesakes, second pages and new names, told by whole imports: whose setlists and shows are whose in the end."""

from itertools import permutations

import pytest
import trio

from simulation.written import (
    Scene,
    WrittenSetlistfm,
    WrittenSpotify,
    WrittenTicketmaster,
    album,
    attraction,
    event,
    page,
    performer,
    played,
    spotify,
)

S = [f"{n}GlassOrchardGlassOrch"[:22] for n in range(4)]
M = [f"0000000{n}-0000-4000-8000-000000000000" for n in range(6)]
T = [f"K8vZ917{n}abc" for n in range(4)]
SMALL, LARGE = performer(M[1], "Glass Orchard"), performer(M[2], "Glass Orchard")
FOUR = [page(f"aaaa000{n}", SMALL, f"0{n}-09-2025", "Leeds", "Hoot") for n in range(1, 5)]
MANY = [page(f"bbbb00{n:02}", LARGE, f"{n:02}-08-2025", "Oslo", "Roost", "Perch") for n in range(1, 26)]
FAMOUS = spotify(S[1], "Glass Orchard", followers=900_000)
BILLED = attraction(T[1], "Glass Orchard", spotify=S[1], musicbrainz=M[2])


def holders(scene: Scene) -> dict[str, set[str]]:
    """Return the stored pages by the MBID that they came under."""
    found: dict[str, set[str]] = {}
    for key, one in scene.servers.store.world.records["actual_setlists"].items():
        found.setdefault(one.artist_mbid, set()).add(str(key))
    return found


@pytest.mark.parametrize("order", list(permutations([M[1], S[1], M[2]])))
def test_two_of_a_name_and_a_link_in_any_order(order: tuple[str, ...]) -> None:
    """The famous artist has the attraction and the long history, the small one its four pages."""
    scene = Scene()
    scene.hold(
        spotify=WrittenSpotify([FAMOUS]),
        ticketmaster=WrittenTicketmaster(BILLED),
        setlistfm=WrittenSetlistfm([SMALL, LARGE], [*FOUR, *MANY]),
    )

    async def story() -> None:
        for reference in order:
            await scene.imported(reference)
        row = scene.artist("spotify", S[1])
        assert row is not None
        assert scene.artist("ticketmaster", T[1]) == scene.artist("musicbrainz", M[2]) == row
        assert scene.artist("musicbrainz", M[1]) not in {None, row}
        found = holders(scene)
        assert (len(found[M[1]]), len(found[M[2]])) == (4, 25)

    played(scene, story)


def test_a_weak_link_gives_way_with_all_that_came_through_it() -> None:
    """What a name had joined leaves when the act's own link names another; its import makes an artist."""
    scene = Scene()
    scene.hold(spotify=WrittenSpotify([FAMOUS]), setlistfm=WrittenSetlistfm([SMALL], FOUR))

    async def story() -> None:
        await scene.imported(S[1])
        row = scene.artist("spotify", S[1])
        assert scene.artist("musicbrainz", M[1]) == row
        assert holders(scene) == {M[1]: {one["id"] for one in FOUR}}
        scene.hold(ticketmaster=WrittenTicketmaster(BILLED), setlistfm=WrittenSetlistfm([SMALL, LARGE], [*FOUR, *MANY]))
        await scene.imported(S[1])
        assert scene.artist("spotify", S[1]) == scene.artist("musicbrainz", M[2]) == row
        assert scene.artist("musicbrainz", M[1]) not in {None, row}
        await scene.imported(M[1])
        assert scene.artist("musicbrainz", M[1]) not in {None, row}
        assert {key: len(pages) for key, pages in holders(scene).items()} == {M[1]: 4, M[2]: 25}

    played(scene, story)


def test_an_answer_under_another_id_brings_both_catalogues() -> None:
    """One row; the album that was known stays, the new one comes, and only the new id is asked for from then on."""
    scene = Scene()
    old, new = spotify(S[1], "Mara Vell"), spotify(S[2], "Mara Vell")
    known = album("1AlbumAlbumAlbumAlbumA", old, "Low Water", "2020-01-01", "Hoot", "Roost")
    again = {**known, "artists": [{"type": "artist", "id": S[2], "name": "Mara Vell"}]}
    later = album("2AlbumAlbumAlbumAlbumB", new, "Slack Tide", "2024-01-01", "Perch")
    scene.hold(spotify=WrittenSpotify([old], [known]))

    async def story() -> None:
        await scene.imported(S[1])
        row = scene.artist("spotify", S[1])
        moved = WrittenSpotify([new], [again, later])
        moved._artists[S[1]] = new  # the provider answers under the id that it uses now
        scene.hold(spotify=moved)
        await scene.imported(S[1])
        assert scene.artist("spotify", S[1]) == scene.artist("spotify", S[2]) == row
        assert {one["id"] for one in (known, later)} <= set(scene.servers.store.world.records["albums"])
        lines = len(scene.journal.last)
        await scene.imported(S[2])
        assert not [line for line in list(scene.journal.last)[lines:] if f"/artists/{S[1]}" in line]

    played(scene, story)


def test_an_answer_about_another_act_is_not_followed() -> None:
    """The id leads to an act of another name: the artist keeps its name, albums and id, and the import says so."""
    scene = Scene()
    old, other = spotify(S[1], "Mara Vell"), spotify(S[2], "Somebody Else")
    known = album("1AlbumAlbumAlbumAlbumA", old, "Low Water", "2020-01-01", "Hoot", "Roost")
    theirs = album("2AlbumAlbumAlbumAlbumB", other, "Slack Tide", "2024-01-01", "Perch")
    scene.hold(spotify=WrittenSpotify([old], [known]))

    async def story() -> None:
        await scene.imported(S[1])
        moved = WrittenSpotify([other], [theirs])
        moved._artists[S[1]] = other
        scene.hold(spotify=moved)
        for _ in range(2):
            message = await scene.imported(S[1])
            assert f"Spotify no longer knows {S[1]}: what came from it stays, and is not refreshed" in message
            assert "Spotify may have moved this artist to another id: `thesetctl artist review mara-vell`" in message
        assert (scene.known("spotify", S[1]).name, scene.artist("spotify", S[2])) == ("Mara Vell", None)
        assert set(scene.servers.store.world.records["albums"]) == {known["id"]}
        reasons = {one.reason for one in scene.servers.store.world.rejects if one.kind == "artist"}
        assert reasons == {f"answered as spotify:{S[2]} 'Somebody Else', which has not the name of Mara Vell"}

    played(scene, story)


@pytest.mark.parametrize("name", ["Mara Vell", "Somebody Else"])
def test_a_schedule_makes_no_artist_of_an_id_that_moved(name: str) -> None:
    """The record of an artist comes under another id: it is the artist's if the name agrees, else nobody's."""
    scene = Scene()
    old, new = spotify(S[1], "Mara Vell", followers=9), spotify(S[2], name, followers=77)
    scene.hold(spotify=WrittenSpotify([old]))

    async def story() -> None:
        await scene.imported(S[1])
        row = scene.artist("spotify", S[1])
        moved = WrittenSpotify([new])
        moved._artists[S[1]] = new
        scene.hold(spotify=moved)
        await trio.sleep(86_400.0)
        records = scene.servers.store.world.artists
        assert len(records) == 1
        assert scene.artist("spotify", S[1]) == row
        assert scene.artist("spotify", S[2]) == (row if name == "Mara Vell" else None)
        assert scene.known("spotify", S[1]).name == "Mara Vell"
        assert [one.record.followers for one in records.values()] == [77 if name == "Mara Vell" else 9]

    played(scene, story)


def test_a_performer_that_answers_under_another_id_is_one_artist() -> None:
    """setlist.fm leads from a merged MBID to the survivor: both ids are the artist's, and its pages are there once."""
    scene = Scene()
    old, new = performer(M[1], "Salt Horses"), performer(M[2], "Salt Horses")
    pages = [page(f"cccc000{n}", new, f"0{n}-09-2025", "Oslo", "Hoot") for n in range(1, 4)]
    scene.hold(setlistfm=WrittenSetlistfm([old], [{**one, "artist": old} for one in pages]))

    async def story() -> None:
        await scene.imported(M[1])
        row = scene.artist("musicbrainz", M[1])
        survivor = WrittenSetlistfm([new], pages)
        survivor._artists[M[1]] = new
        scene.hold(setlistfm=survivor)
        await scene.imported(M[1])
        assert scene.artist("musicbrainz", M[1]) == scene.artist("musicbrainz", M[2]) == row
        assert scene.pages() == {one["id"] for one in pages}

    played(scene, story)


def test_a_new_name_keeps_address_and_links() -> None:
    """The name follows its provider; the row's address stays, all ids stay, and the former name still finds it."""
    scene = Scene()
    lane = attraction(T[1], "Otterwick Lane", spotify=S[1], musicbrainz=M[1])
    night = event("vvG1n1", "Otterwick Lane", "2026-09-02", "Oslo", lane)
    band = performer(M[1], "Otterwick Lane")
    scene.hold(
        spotify=WrittenSpotify([spotify(S[1], "Otterwick Lane")]),
        ticketmaster=WrittenTicketmaster(lane, night),
        setlistfm=WrittenSetlistfm([band], [page("aaaa0001", band, "01-09-2025", "Oslo", "Hoot")]),
    )

    async def story() -> None:
        await scene.imported(S[1])
        row = scene.artist("spotify", S[1])
        renamed = performer(M[1], "OTTERWICK")
        scene.hold(
            spotify=WrittenSpotify([spotify(S[1], "OTTERWICK")]),
            setlistfm=WrittenSetlistfm([renamed], [page("aaaa0001", renamed, "01-09-2025", "Oslo", "Hoot")]),
        )
        assert await scene.imported(S[1]) == "Import complete!"
        assert {
            scene.artist("spotify", S[1]),
            scene.artist("ticketmaster", T[1]),
            scene.artist("musicbrainz", M[1]),
        } == {row}
        assert (scene.shows(), scene.pages()) == ({"vvG1n1": "scheduled"}, {"aaaa0001"})

    played(scene, story)
