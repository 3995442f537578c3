"""A provider of shows for whose ids there is no column: what it brings is stored and found like everybody's."""

from collections.abc import Awaitable, Callable
from datetime import date, time
from typing import Any

import attrs

from sample_rows import artist, batch, billing, moment, played, predicted, show, venue
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import SPOTIFY, Ref, Space, reference_to
from thesetd.domain.identity.statements import Record
from thesetd.domain.ids import SETLISTFM, ProviderName
from thesetd.domain.music.edits import BillActs, Edit, Edited, PlacePage, UndoRuling
from thesetd.domain.music.records import Show, Venue
from thesetd.domain.work.batches import Batch

Look = Callable[..., Awaitable[list[Any]]]
GIGS = ProviderName("gigs")
OWLS = Ref(Space("gigs"), "Act1")
BARN = venue(provider=GIGS, provider_id="Place1", country_code="GB")
NIGHT = {"local_date": date(2026, 6, 11), "local_time": time(20)}


def gig(minutes: float = 0, **parts: Any) -> Show:
    """Return a concert of the artist as this provider has it."""
    given = {"provider_id": "Gig1", "venue_provider_id": "Place1", "bill": (billing(OWLS.id),), **NIGHT}
    return show(minutes, provider=GIGS, **{**given, **parts})


def told(minutes: float, *shows: Show, venues: tuple[Venue, ...] = (BARN,), **parts: Any) -> Batch:
    """Return the batch that brings shows, once the artist's page links to its id there."""
    page = Record(ref=Ref(SPOTIFY, "ArtistA"), name="The Owls", links=frozenset({OWLS}))
    learnt = Learnt(records=(page, Record(ref=OWLS, name="The Owls")), wanted=frozenset({page.ref}), complete=True)
    return batch(minutes, artists=(artist(minutes),), shows=shows, venues=venues, identity=learnt, **parts)


async def test_what_it_brings_is_stored(postgres_store: PostgresStore, look: Look) -> None:
    """Artist, venue, show and bill; they are found by its ids."""
    written = await postgres_store.batches.write(told(0, gig()))
    assert written.rejects == ()
    ids = "select a.other_id, s.other_id, v.other_id, s.ticketmaster_id, s.is_announced"
    bill = "from artist_shows l join artists a on a.id = l.artist_id join shows s on s.id = l.show_id"
    assert await look(f"{ids} {bill} join venues v on v.id = s.venue_id where l.left_at is null") == [
        ("gigs:Act1", "gigs:Gig1", "gigs:Place1", None, True)
    ]
    (found,) = await postgres_store.statuses.find_artist(reference_to(OWLS))
    assert (found.spotify_id, found.ids_in(OWLS.space)) == ("ArtistA", (OWLS.id,))
    coming = await postgres_store.repertoires.repertoire(found.id, now=moment(0))
    assert [(one.key, one.venue_provider_id) for one in coming.coming] == [((GIGS, "Gig1"), "Place1")]


async def test_an_act_that_only_it_knows_has_a_row(postgres_store: PostgresStore, look: Look) -> None:
    """A stub, until somebody imports it; its shows can be looked at."""
    support = billing("Act2", name="Moth Choir", set_order=2, is_headliner=False)
    await postgres_store.batches.write(told(0, gig(bill=(billing(OWLS.id), support))))
    await postgres_store.batches.write(batch(1, identity=Learnt(stubs=frozenset({Ref(OWLS.space, "Act2")}))))
    assert await look("select name, is_stub, other_id from artists order by name") == [
        ("Moth Choir", True, "gigs:Act2"),
        ("The Owls", False, "gigs:Act1"),
    ]


async def test_what_its_list_lacks_is_asked_for(postgres_store: PostgresStore) -> None:
    """By its own ids, and not again on the same day."""
    await postgres_store.batches.write(told(0, gig(), gig(provider_id="Gig2", local_date=date(2026, 7, 1))))
    (found,) = await postgres_store.statuses.find_artist(reference_to(OWLS))
    announced = postgres_store.repertoires.announced
    assert tuple(await announced(found.id, GIGS, now=moment(0))) == ("Gig1", "Gig2")
    await postgres_store.batches.write(told(1, gig(1), unlisted=((GIGS, "Gig1"),)))
    assert tuple(await announced(found.id, GIGS, now=moment(2))) == ("Gig2",)
    gone = attrs.evolve(gig(3), status="withdrawn", gone_because="unknown by its id")
    await postgres_store.batches.write(told(3, gone))
    assert tuple(await announced(found.id, GIGS, now=moment(2 * 24 * 60))) == ("Gig2",)


async def test_two_sellers_of_one_night_have_one_show(postgres_store: PostgresStore, look: Look) -> None:
    """The venues are one place by their names, the shows one concert by place, day, hour and acts."""
    barn = venue(provider_id="VenueA", country_code="GB")
    sold = show(provider_id="ShowA", venue_provider_id="VenueA", bill=(billing(spotify_id="ArtistA"),), **NIGHT)
    await postgres_store.batches.write(told(0, sold, venues=(barn,)))
    await postgres_store.batches.write(told(1, gig(1)))
    assert await look("""
        select s.ticketmaster_id, s.other_id, s.is_addon, c.ticketmaster_id
        from shows s left join shows c on c.id = s.concert_id order by s.is_addon
    """) == [("ShowA", None, False, None), (None, "gigs:Gig1", True, "ShowA")]


async def test_a_page_of_the_night_is_the_show_s_setlist(postgres_store: PostgresStore, look: Look) -> None:
    """And its prediction is stored under its id."""
    mbid = "11111111-2222-4333-8444-555555555555"
    hall = venue(provider=SETLISTFM, provider_id="Hall1", country_code="GB")
    page = played(2, event_date=date(2026, 6, 11), venue_provider_id="Hall1", artist_mbid=mbid)
    await postgres_store.batches.write(told(0, gig()))
    known = batch(1, artists=(artist(1, mbid=mbid),), venues=(hall,), actual_setlists=(page,))
    await postgres_store.batches.write(known)
    assert await look("select other_id, setlistfm_id, kind from shows") == [("gigs:Gig1", "SetlistA", "concert")]
    prediction = predicted("Hoot", show_provider=GIGS, show_provider_id="Gig1")
    assert (await postgres_store.batches.write(batch(3, predicted=(prediction,)))).rejects == ()
    assert await look("select s.other_id from setlists p join shows s on s.id = p.show_id") == ["gigs:Gig1"]


async def test_a_show_of_it_that_moves_leaves_a_note_of_where_it_was(postgres_store: PostgresStore, look: Look) -> None:
    """A copy of the concert that still has the old day is known as such by that note."""
    await postgres_store.batches.write(told(0, gig()))
    await postgres_store.batches.write(told(1, gig(1, local_date=date(2026, 6, 18))))
    assert await look("""
        select s.other_id, v.other_id, l.day from thesetd.left_stands l
        join shows s on s.id = l.show_id join venues v on v.id = l.venue_id
    """) == [("gigs:Gig1", "gigs:Place1", date(2026, 6, 11))]


async def test_people_answer_about_its_shows(postgres_store: PostgresStore, look: Look) -> None:
    """Who plays at one, and which page of setlist.fm belongs to it; both can be undone."""
    mbid = "11111111-2222-4333-8444-555555555555"
    page = played(2, event_date=date(2026, 6, 14), venue_provider_id="Hall1", artist_mbid=mbid)
    hall = venue(provider=SETLISTFM, provider_id="Hall1", name="Elsewhere", country_code="GB")
    await postgres_store.batches.write(told(0, gig()))
    await postgres_store.batches.write(
        batch(1, artists=(artist(1, mbid=mbid),), venues=(hall,), actual_setlists=(page,))
    )
    ((row, slug),) = await look("""
        select s.id, a.slug from shows s join artist_shows l on l.show_id = s.id join artists a on a.id = l.artist_id
        where s.other_id = 'gigs:Gig1'
    """)

    async def decide(edit: Edit, minutes: float) -> Edited:
        (edited,) = (await postgres_store.batches.write(batch(minutes, edits=(edit,)))).edited
        return edited

    at = "select s.other_id from actual_setlists p join shows s on s.id = p.show_id where p.setlistfm_id = 'SetlistA'"
    acts = f"select count(*) from artist_shows where show_id = '{row}' and left_at is null"
    assert await look(at) == [None]
    assert await decide(PlacePage(page="SetlistA", show=row), 3) == Edited(number=1)
    assert await look(at) == ["gigs:Gig1"]
    assert await decide(UndoRuling(about="page", number=1), 4) == Edited(number=1)
    assert (await look(at), await look(acts)) == ([None], [1])
    assert await decide(BillActs(show=row, artists=()), 5) == Edited(number=1)
    assert await look(acts) == [0]
    assert await decide(UndoRuling(about="bill", number=1), 6) == Edited(number=1)
    assert await look(acts) == [1]
    assert slug == "the-owls"
