"""Who is who, told by the providers' own answers: small worlds that change between imports of the whole daemon."""

import pytest

from simulation.written import (
    THEATRE,
    Scene,
    WrittenSetlistfm,
    WrittenSpotify,
    WrittenTicketmaster,
    attraction,
    event,
    page,
    performer,
    played,
    spotify,
)
from thesetd.domain.identity.statements import Reason

TRIBUTE_BAND = "KZFzBErXgnZfZ7vAAI"  # as recorded bodies have it
S = [f"{n}OpenDoorOpenDoorOpen0"[:22] for n in range(4)]
M = [f"0000000{n}-0000-4000-8000-000000000000" for n in range(6)]
T = [f"K8vZ917{n}abc" for n in range(4)]


def test_five_of_one_name_proven_by_concerts() -> None:
    """One of them has pages of both nights, in the cities of the attraction's events: it is linked, the others not."""
    scene = Scene()
    door = attraction(T[1], "Open Door", spotify=S[1])
    nights = [
        event("vvG1Bergen", "Open Door", "2026-09-02", "Bergen", door),
        event("vvG1Malmo", "Open Door", "2026-09-05", "Malmö", door),
    ]
    five = [performer(one, "Open Door") for one in M[1:]]
    pages = [
        page("aaaa0001", five[2], "02-09-2026", "Bergen"),
        page("aaaa0002", five[2], "05-09-2026", "Malmö"),
        page("aaaa0003", five[1], "02-09-2025", "Oslo", "Hoot"),
    ]
    scene.hold(
        spotify=WrittenSpotify([spotify(S[1], "Open Door")]),
        ticketmaster=WrittenTicketmaster(door, *nights),
        setlistfm=WrittenSetlistfm(five, pages),
    )

    async def story() -> None:
        await scene.imported(S[1])
        row = scene.artist("spotify", S[1])
        assert scene.artist("ticketmaster", T[1]) == row
        assert scene.artist("musicbrainz", M[3]) == row
        assert {scene.artist("musicbrainz", M[n]) for n in (1, 2, 4, 5)}.isdisjoint({row})
        assert set(scene.shows()) == {"vvG1Bergen", "vvG1Malmo"}
        assert scene.pages() == {"aaaa0001", "aaaa0002"}

    played(scene, story)


def test_one_of_five_with_one_night_is_a_question() -> None:
    """Of two nights it has one: nothing is linked, and the message counts the candidates and gives the command."""
    scene = Scene()
    door = attraction(T[1], "Open Door", spotify=S[1])
    nights = [
        event("vvG1Bergen", "Open Door", "2026-09-02", "Bergen", door),
        event("vvG1Malmo", "Open Door", "2026-09-05", "Malmö", door),
    ]
    five = [performer(one, "Open Door") for one in M[1:]]
    scene.hold(
        spotify=WrittenSpotify([spotify(S[1], "Open Door")]),
        ticketmaster=WrittenTicketmaster(door, *nights),
        setlistfm=WrittenSetlistfm(five, [page("aaaa0001", five[2], "02-09-2026", "Bergen")]),
    )

    async def story() -> None:
        message = await scene.imported(S[1])
        assert "5 artists of this name at setlist.fm, none proven: `thesetctl artist review open-door`" in message
        assert scene.artist("musicbrainz", M[3]) != scene.artist("spotify", S[1])
        assert scene.pages() == set()

    played(scene, story)


def test_an_attraction_of_another_trade() -> None:
    """A theatre of the name is found, put to review, and its events are no shows of the band."""
    scene = Scene()
    theatre = attraction(T[1], "Hollow Moon", segment=THEATRE)
    scene.hold(
        spotify=WrittenSpotify([spotify(S[1], "Hollow Moon", 900), spotify(S[2], "Hollow Moon", 20)]),
        ticketmaster=WrittenTicketmaster(theatre, event("vvG1Play", "Hollow Moon", "2026-09-02", "Bergen", theatre)),
    )

    async def story() -> None:
        message = await scene.imported(S[1])
        assert "artist review hollow-moon" in message
        assert scene.artist("ticketmaster", T[1]) in {None, f"ticketmaster:{T[1]}"}
        assert scene.shows() == {}

    played(scene, story)


def test_a_merged_mbid_is_followed_and_a_namesake_is_not() -> None:
    """Its pages are found under another id, which takes its place; a namesake that has none of them does not."""
    for same in (True, False):
        scene = Scene()
        old, new = performer(M[1], "Salt Horses"), performer(M[2], "Salt Horses")
        nights = [f"0{n}-09-2025" for n in range(1, 6)]
        four = [page(f"aaaa000{n}", old, day, "Oslo", "Hoot") for n, day in enumerate(nights[:4])]
        under = "aaaa" if same else "bbbb"
        five = [page(f"{under}000{n}", new, day, "Oslo", "Hoot") for n, day in enumerate(nights)]
        artist = spotify(S[1], "Salt Horses")
        linked = attraction(T[1], "Salt Horses", spotify=S[1], musicbrainz=M[1])
        scene.hold(
            spotify=WrittenSpotify([artist]),
            ticketmaster=WrittenTicketmaster(linked),
            setlistfm=WrittenSetlistfm([old], four),
        )

        async def story(scene: Scene = scene, five: list = five, new: dict = new, *, same: bool = same) -> None:  # type: ignore[type-arg]
            assert await scene.imported(S[1]) == "Import complete!"
            row = scene.artist("spotify", S[1])
            assert scene.pages() == {f"aaaa000{n}" for n in range(4)}
            scene.hold(setlistfm=WrittenSetlistfm([new], five))
            message = await scene.imported(S[1])
            assert scene.artist("musicbrainz", M[1]) == row
            assert (scene.artist("musicbrainz", M[2]) == row) is same
            assert {f"aaaa000{n}" for n in range(4)} <= scene.pages()
            assert len(scene.pages()) == (5 if same else 4)
            assert same or message != "Import complete!"

        played(scene, story)


def test_a_replaced_attraction_is_followed() -> None:
    """The new one has its MBID and its concerts; a tribute band of the name is left alone, no show is there twice."""
    scene = Scene()
    gone = attraction(T[1], "Salt Horses", musicbrainz=M[1], spotify=S[1])
    new = attraction(T[2], "Salt Horses", musicbrainz=M[1])
    tribute = attraction(T[3], "Salt Horses", sub_type=TRIBUTE_BAND)
    days = [f"2026-09-0{n}" for n in range(1, 6)]
    three = [event(f"vvG1n{n}", "Salt Horses", day, "Oslo", gone) for n, day in enumerate(days[:3])]
    five = [event(f"vvG1n{n}", "Salt Horses", day, "Oslo", new) for n, day in enumerate(days)]
    scene.hold(
        spotify=WrittenSpotify([spotify(S[1], "Salt Horses")]),
        ticketmaster=WrittenTicketmaster(gone, *three),
        setlistfm=WrittenSetlistfm([performer(M[1], "Salt Horses")]),
    )

    async def story() -> None:
        await scene.imported(S[1])
        row = scene.artist("spotify", S[1])
        assert len(scene.shows()) == 3
        scene.hold(ticketmaster=WrittenTicketmaster(new, tribute, *five))
        await scene.imported(S[1])
        assert scene.artist("ticketmaster", T[1]) == scene.artist("ticketmaster", T[2]) == row
        assert scene.artist("ticketmaster", T[3]) != row
        assert (T[3], Reason.TRIBUTE) in scene.rejected()
        assert scene.shows() == {f"vvG1n{n}": "scheduled" for n in range(5)}

    played(scene, story)


def test_the_lists_of_several_attractions_are_read_before_anything_is_missed() -> None:
    """No event is asked for by its id because only the other attraction of the act lists it."""
    scene = Scene()
    acts = [attraction(one, "Mara Vell", spotify=S[1]) for one in T[1:3]]
    nights = [event(f"vvG1n{n}", "Mara Vell", f"2026-09-0{n}", "Oslo", acts[n % 2]) for n in range(1, 7)]
    scene.hold(spotify=WrittenSpotify([spotify(S[1], "Mara Vell")]), ticketmaster=WrittenTicketmaster(*acts, *nights))

    async def story() -> None:
        await scene.imported(S[1])
        await scene.imported(S[1])
        assert len(scene.shows()) == 6
        asked = [line for line in scene.journal.last if "v2/events/" in line]
        assert asked == []
        scene.hold(ticketmaster=WrittenTicketmaster(*acts, *nights[1:]))
        await scene.imported(S[1])
        assert scene.shows()["vvG1n1"] == "withdrawn"

    played(scene, story)


@pytest.mark.parametrize("first", [S[1], M[1], T[1]])
def test_a_unique_name_is_found_unique_whichever_id_is_imported(first: str) -> None:
    """One candidate at each provider: one artist after any import, unverified; each provider was searched."""
    scene = Scene()
    scene.hold(
        spotify=WrittenSpotify([spotify(S[1], "Otterwick Lane")]),
        ticketmaster=WrittenTicketmaster(attraction(T[1], "OTTERWICK LANE")),
        setlistfm=WrittenSetlistfm([performer(M[1], "Otterwick  Lane")]),
    )

    async def story() -> None:
        assert await scene.imported(first) == "Import complete!"
        ids = (("spotify", S[1]), ("ticketmaster", T[1]), ("musicbrainz", M[1]))
        assert len({scene.artist(*one) for one in ids}) == 1
        assert not scene.verified("spotify", S[1])

    played(scene, story)


def test_an_import_finds_later_namesakes_of_an_artist_that_only_its_name_joins() -> None:
    """The links stay and are put to review, and the message says so; nothing of the namesakes is joined."""
    scene = Scene()
    lane, other = spotify(S[1], "Otterwick Lane", 4000), spotify(S[2], "Otterwick Lane", 300)
    first, second = performer(M[1], "Otterwick Lane"), performer(M[2], "Otterwick Lane")
    scene.hold(
        spotify=WrittenSpotify([lane]),
        ticketmaster=WrittenTicketmaster(attraction(T[1], "Otterwick Lane")),
        setlistfm=WrittenSetlistfm([first]),
    )

    async def story() -> None:
        assert await scene.imported(S[1]) == "Import complete!"
        row = scene.artist("spotify", S[1])
        scene.hold(spotify=WrittenSpotify([lane, other]), setlistfm=WrittenSetlistfm([first, second]))
        for _ in range(2):
            message = await scene.imported(S[1])
            for provider in ("setlist.fm", "Ticketmaster"):
                assert f"not the only artist of this name at {provider} any more" in message
            assert "`thesetctl artist review otterwick-lane`" in message
        assert scene.artist("ticketmaster", T[1]) == scene.artist("musicbrainz", M[1]) == row
        assert {scene.artist("spotify", S[2]), scene.artist("musicbrainz", M[2])} == {None}

    played(scene, story)


@pytest.mark.parametrize("order", [(M[1], T[1], T[2]), (T[2], T[1], M[1]), (T[2], M[1], T[1])])
def test_of_two_attractions_with_one_mbid_each_has_the_row_of_its_own_name(order: tuple[str, ...]) -> None:
    """What an attraction of another name claims is read at once and refused: neither its row nor its name is taken."""
    scene = Scene()
    mine, other = (
        attraction(T[n], name, musicbrainz=M[1]) for n, name in ((1, "Glass Orchard"), (2, "Walter Orchard"))
    )
    scene.hold(
        ticketmaster=WrittenTicketmaster(mine, other), setlistfm=WrittenSetlistfm([performer(M[1], "Glass Orchard")])
    )

    async def story() -> None:
        messages = {one: await scene.imported(one) for one in order}
        assert "`thesetctl artist review walter-orchard" in messages[T[2]] or "was refused" in messages[T[2]]
        assert scene.artist("ticketmaster", T[1]) == scene.artist("musicbrainz", M[1])
        assert scene.known("ticketmaster", T[1]).name == "Glass Orchard"
        assert (scene.known("ticketmaster", T[2]).name, scene.known("ticketmaster", T[2]).is_stub) == (
            "Walter Orchard",
            False,
        )

    played(scene, story)


@pytest.mark.parametrize("links", [{"spotify": S[1]}, {"musicbrainz": M[1]}])
def test_the_import_of_a_tribute_band_and_of_its_original_say_what_was_refused(links: dict[str, str]) -> None:
    """Two artists, whose shows are their own; neither import ends as if nothing had been refused."""
    scene = Scene()
    tribute = attraction(T[1], "The Paper Ferries Tribute", sub_type=TRIBUTE_BAND, **links)
    scene.hold(
        spotify=WrittenSpotify([spotify(S[1], "The Paper Ferries", 4000)]),
        ticketmaster=WrittenTicketmaster(
            tribute, event("vvG1trib", "The Paper Ferries Tribute", "2026-09-02", "Oslo", tribute)
        ),
        setlistfm=WrittenSetlistfm([performer(M[1], "The Paper Ferries")]),
    )

    async def story() -> None:
        provider = "Spotify" if "spotify" in links else "setlist.fm"
        assert "a link with an act at Ticketmaster was refused: `thesetctl artist show" in await scene.imported(S[1])
        assert f"a link with an act at {provider} was refused: `thesetctl artist show" in await scene.imported(T[1])
        await scene.imported(M[1])
        original = scene.artist("spotify", S[1])
        assert original == scene.artist("musicbrainz", M[1]) != scene.artist("ticketmaster", T[1])
        assert scene.billed("vvG1trib") == {"The Paper Ferries Tribute"}

    played(scene, story)
