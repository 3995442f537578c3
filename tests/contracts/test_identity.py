"""Who is who, as the fake and the real store settle it: rows, ids, what moves with an id, people's words."""

from datetime import date
from typing import Any

import attrs
import pytest

from fakes import FakeClock, FakeStore
from identity_scene import m, s, searches, t
from sample_rows import artist, batch, billing, moment, new_job, owner, played, played_show, show, update, venue
from thesetd.actors.asking import WriterHandle
from thesetd.actors.control.curating import Curator
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.errors import BadReference, UnknownDecision
from thesetd.domain.freshness.copies import Aspect, Look
from thesetd.domain.identity.decisions import Entry, Verb
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import SPOTIFY, TICKETMASTER, Ref
from thesetd.domain.identity.statements import Appearance, Record, RecordKind
from thesetd.domain.ids import SETLISTFM
from thesetd.domain.music.reference import ArtistRef
from thesetd.domain.music.reference import ReferenceKind as RefKind
from thesetd.domain.setlists.proximity import Place
from thesetd.domain.work.batches import Batch, Decided, Written
from thesetd.domain.work.jobs import ArtistKey, JobKind, JobState, KnownArtist

Store = FakeStore | PostgresStore

ORCHARD = [
    Record(ref=s(1), name="Glass Orchard", audience=900_000),
    Record(ref=m(1), name="Glass Orchard", audience=4),
    Record(ref=m(2), name="Glass Orchard", audience=310),
]
ATTRACTION = Record(ref=t(1), name="Glass Orchard", kind=RecordKind.ACT, links=frozenset({s(1), m(2)}))


def learnt(*records: Record, wanted: tuple[Ref, ...] = (), searched: bool = False, **more: Any) -> Batch:
    """Return a batch that brings what providers say of ids."""
    found = searches(records) if searched else frozenset()
    return batch(
        identity=Learnt(records=records, wanted=frozenset(wanted), searches=found, complete=bool(wanted), **more)
    )


def word(verb: Verb, ids: tuple[Ref, ...] = (), others: tuple[Ref, ...] = (), undoes: int | None = None) -> Batch:
    """Return a batch that brings a person's word."""
    said = Entry(number=0, verb=verb, ids=frozenset(ids), others=frozenset(others), undoes=undoes, who="anna")
    return batch(30, identity=Learnt(word=said))


async def decided(store: Store, what: Batch) -> Decided:
    """Write a batch, and give what it decided."""
    found = (await store.batches.write(what)).decided
    assert found is not None
    return found


async def of(store: Store, ref: Ref) -> KnownArtist | None:
    """Return the artist of an id."""
    kind = {"spotify": RefKind.SPOTIFY, "musicbrainz": RefKind.MBID, "ticketmaster": RefKind.TICKETMASTER}[ref.space]
    found = await store.statuses.find_artist(ArtistRef(kind, ref.id))
    return found[0] if found else None


async def ids(store: Store, ref: Ref) -> tuple[str | None, tuple[str, ...], str | None]:
    """Return the ids of an artist."""
    found = await of(store, ref)
    assert found is not None
    return found.spotify_id, found.ids_in(TICKETMASTER), found.mbid


async def test_a_candidate_gets_no_row(store: Store) -> None:
    """What a search found and nobody asked for is known, and no artist; the import says how many there are."""
    found = await decided(store, learnt(*ORCHARD, wanted=(s(1),), searched=True))
    assert await ids(store, s(1)) == (s(1).id, (), None)
    assert await of(store, m(1)) is None
    assert found.artist is not None
    assert found.remarks == (
        "2 artists of this name at setlist.fm, none proven: `thesetctl artist review glass-orchard`",
    )


async def test_the_only_one_of_a_name_is_linked(store: Store) -> None:
    """One candidate at each provider, each looked for: one artist; it is known by every id."""
    lane = [Record(ref=ref, name="Otterwick Lane") for ref in (s(1), m(1), t(1))]
    await decided(store, learnt(*lane, wanted=(s(1),), searched=True))
    for ref in (s(1), m(1), t(1)):
        assert await ids(store, ref) == (s(1).id, (t(1).id,), m(1).id)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_two_attractions_of_one_act_are_one_artist(store: Store, order: tuple[int, int]) -> None:
    """Both link to her: her row has both, whichever comes first."""
    page = Record(ref=s(1), name="Mara Vell")
    acts = [Record(ref=t(n), name="Mara Vell", kind=RecordKind.ACT, links=frozenset({s(1)})) for n in (1, 2)]
    await store.batches.write(learnt(page, wanted=(s(1),)))
    for number in order:
        await store.batches.write(learnt(acts[number]))
    assert (await ids(store, s(1)))[1] == (t(1).id, t(2).id)


class _Writer(WriterHandle):
    """Writes to a store at once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def write_soon(self, batch: Batch) -> Written:
        """Store a batch."""
        return await self._store.batches.write(batch)


async def test_two_artists_that_are_merged_keep_all_of_their_ids(store: Store) -> None:
    """Each has an MBID by its name alone, of which an artist has one: neither leaves; a split parts what it names."""
    lane, yard = (
        (Record(ref=s(n), name=name), Record(ref=m(n), name=name), Record(ref=t(n), name=name, links=frozenset({m(n)})))
        for n, name in ((1, "Otterwick Lane"), (2, "Otterwick Yard"))
    )
    await decided(store, learnt(*lane, *yard, wanted=(s(1), s(2)), searched=True))
    first = await of(store, s(1))
    assert first is not None
    curator = Curator(statuses=store.statuses, identities=store.identities, writer=_Writer(store), clock=FakeClock())
    both = [one.ref for one in (*lane, *yard)]
    before = [await of(store, ref) for ref in both]
    merged = await curator.join(Verb.MERGE, str(s(1)), str(s(2)))
    assert {one.id for ref in both if (one := await of(store, ref))} == {first.id}
    assert merged.number is not None
    await curator.undo(merged.number)
    assert [await of(store, ref) for ref in both] == before
    await curator.undo(merged.number + 1)
    await curator.part(Verb.SPLIT, str(s(1)), [str(m(2))])
    assert {one.id for ref in both if (one := await of(store, ref)) and ref != m(2)} == {first.id}
    assert (await of(store, m(2))) != first


async def test_after_a_decision_the_artists_are_due(store: Store) -> None:
    """Songs and shows of theirs moved, and the predicted setlists follow with the next refresh."""
    names = ("Otterwick Lane", "Otterwick Yard", "Glass Orchard")
    for number, name in enumerate(names, start=1):
        await decided(store, learnt(Record(ref=s(number), name=name), wanted=(s(number),), searched=True))
        key = ArtistKey(space=SPOTIFY, provider_id=s(number).id)
        await store.batches.write(batch(enqueue=(new_job(name, kind=JobKind.REFRESH_CATALOG, artist=key),)))
        (claimed,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(0))).jobs
        look = Look(aspect=Aspect.CATALOG, changed=False)
        await store.batches.write(batch(job=update(claimed, JobState.DONE), looks=(look,)))

    async def due() -> int:
        return (await store.plans.due(until=moment(31))).get(Aspect.CATALOG, 0)

    assert await due() == 0
    await store.batches.write(word(Verb.MERGE, (s(1),), (s(2),)))
    assert await due() == 1


@pytest.mark.parametrize("wrong", ["spotify:xx", "musicbrainz:89ad4ac3", "musicbrainz:slug:otter"])
async def test_an_id_that_no_provider_can_know_is_not_linked(store: Store, wrong: str) -> None:
    """It would be asked for at every refresh; an id of a space with many forms is taken as it is."""
    await decided(store, learnt(Record(ref=s(1), name="Otterwick Lane"), wanted=(s(1),), searched=True))
    curator = Curator(statuses=store.statuses, identities=store.identities, writer=_Writer(store), clock=FakeClock())
    with pytest.raises(BadReference):
        await curator.join(Verb.LINK, str(s(1)), wrong)
    assert (await curator.join(Verb.LINK, str(s(1)), "ticketmaster:1")).number == 1


async def test_a_stronger_fact_replaces_a_weak_link_with_what_came_through_it(store: Store) -> None:
    """The shows and setlists of the wrong MBID leave with it, for an artist of its own that an import completes."""
    await store.batches.write(learnt(*ORCHARD[:2], wanted=(s(1),), searched=True))
    await store.batches.write(word(Verb.LINK, (s(1),), (m(1),)))
    await store.batches.write(word(Verb.UNDO, undoes=1))
    before = batch(artists=(attrs.evolve(_artist(), mbid=m(1).id),))
    await store.batches.write(before)
    night = played_show(bill=(billing(m(1).id, name="Glass Orchard", mbid=m(1).id),))
    await store.batches.write(batch(shows=(night,), actual_setlists=(played(artist_mbid=m(1).id),)))
    assert (await ids(store, s(1)))[2] == m(1).id
    await store.batches.write(learnt(*ORCHARD, ATTRACTION, searched=True))
    famous, small = await of(store, s(1)), await of(store, m(1))
    assert famous is not None
    assert small is not None
    assert (famous.ids_in(TICKETMASTER), famous.mbid) == ((t(1).id,), m(2).id)
    assert famous.id != small.id
    assert small.is_stub
    await store.batches.write(learnt(ORCHARD[1], wanted=(m(1),)))
    again = await of(store, m(1))
    assert again is not None
    assert (again.id, again.is_stub) == (small.id, False)


def _artist() -> Any:
    return artist(name="Glass Orchard", slug="glass-orchard", spotify_id=s(1).id)


async def test_a_tribute_act_is_never_the_original(store: Store) -> None:
    """It links to the original's page and MBID, and its events are not the original's."""
    original = Record(ref=s(1), name="The Paper Ferries", audience=500_000)
    await store.batches.write(learnt(original, wanted=(s(1),), searched=True))
    links = {"spotify_id": s(1).id, "mbid": m(1).id}
    tribute = billing(t(1).id, name="The Paper Ferries Tribute", kind=RecordKind.TRIBUTE, **links)
    await store.batches.write(batch(shows=(show(bill=(tribute,)),)))
    assert await ids(store, s(1)) == (s(1).id, (), None)
    assert await ids(store, t(1)) == (None, (t(1).id,), None)


async def test_a_word_holds_against_later_syncs_and_can_be_undone(store: Store) -> None:
    """What a person took apart stays apart; after the undo the next sync finds it joined again."""
    page = Record(ref=s(1), name="Mara Vell")
    act = Record(ref=t(1), name="Mara Vell", kind=RecordKind.ACT, links=frozenset({s(1)}))
    await store.batches.write(learnt(page, act, wanted=(s(1),)))
    assert (await decided(store, word(Verb.UNLINK, (t(1),), (s(1),)))).number == 1
    await store.batches.write(learnt(page, act, wanted=(s(1),)))
    assert (await ids(store, s(1)))[1] == ()
    assert await of(store, t(1)) != await of(store, s(1))
    assert (await decided(store, word(Verb.UNDO, undoes=1))).number == 2
    assert (await ids(store, s(1)))[1] == (t(1).id,)
    with pytest.raises(UnknownDecision):
        await store.batches.write(word(Verb.UNDO, undoes=1))


async def test_an_id_that_moved_is_followed(store: Store) -> None:
    """Spotify answers under another id: one row, known by both, with the new one in use."""
    await store.batches.write(learnt(Record(ref=s(1), name="Mara Vell"), wanted=(s(1),)))
    moved = Record(ref=s(1), name="Mara Vell", moved_to=s(2))
    await store.batches.write(learnt(moved, Record(ref=s(2), name="Mara Vell"), wanted=(s(2),)))
    old, new = await of(store, s(1)), await of(store, s(2))
    assert old == new
    assert old is not None
    assert old.spotify_id == s(2).id


async def test_a_dead_id_without_a_successor_is_told(store: Store) -> None:
    """The artist stays with its id, and the message says that its provider no longer knows it."""
    await store.batches.write(learnt(Record(ref=s(1), name="Mara Vell"), wanted=(s(1),)))
    found = await decided(store, learnt(Record(ref=s(1), name="Mara Vell", gone=True), wanted=(s(1),)))
    assert (await ids(store, s(1)))[0] == s(1).id
    assert any("no longer knows" in remark for remark in found.remarks)


@pytest.mark.parametrize("pages", [("aaaa0001", "aaaa0002"), ("bbbb0001", "bbbb0002")])
async def test_pages_and_not_nights_lead_from_a_dead_mbid(store: Store, pages: tuple[str, str]) -> None:
    """The act of its name that has its pages follows it; a namesake with other pages of the same nights does not."""
    act = Record(ref=m(1), name="Glass Orchard")
    await store.batches.write(learnt(act, wanted=(m(1),)))
    hall = venue(provider=SETLISTFM, city="Leeds")
    place = Place(name=hall.name, city="Leeds")
    days = {"aaaa0001": date(2026, 5, 20), "aaaa0002": date(2026, 5, 21)}
    bill = (billing(m(1).id, name="Glass Orchard", mbid=m(1).id),)
    at = {"venue_provider_id": hall.provider_id}
    shows = tuple(played_show(provider_id=key, local_date=day, bill=bill, **at) for key, day in days.items())
    mine = tuple(
        played(setlistfm_id=key, artist_mbid=m(1).id, event_date=day, place=place, **at) for key, day in days.items()
    )
    await store.batches.write(batch(venues=(hall,), shows=shows, actual_setlists=mine))
    nights = frozenset(Appearance(day, "Leeds") for day in days.values())
    other = Record(ref=m(2), name="Glass Orchard", items=frozenset(pages), concerts=nights)
    gone = attrs.evolve(act, gone=True)
    await store.batches.write(learnt(gone, other, wanted=(m(1),), searched=True))
    followed = pages[0].startswith("aaaa")
    assert (await of(store, m(1)) == await of(store, m(2))) is followed


async def test_a_name_that_holds_the_artists_name_is_a_question(store: Store) -> None:
    """An event series, or a bill as one attraction, has no links: nothing is joined, and both imports say so."""
    lane, vell = Record(ref=s(2), name="Otterwick Lane"), Record(ref=s(1), name="Mara Vell")
    series = Record(ref=t(1), name="Nightwork: Otterwick Lane", kind=RecordKind.ACT)
    bill = Record(ref=t(2), name="Mara Vell, Otterwick Lane, Kall Hamn", kind=RecordKind.ACT)
    remark = "a name at Ticketmaster contains this one among others: `thesetctl artist review {}`"
    found = await decided(store, learnt(vell, bill, wanted=(s(1),), searched=True))
    assert found.remarks == (remark.format("mara-vell"),)
    found = await decided(store, learnt(lane, series, wanted=(s(2),), searched=True))
    assert found.remarks == (remark.format("otterwick-lane"),)
    for act in (series, bill):
        found = await decided(store, learnt(act, wanted=(act.ref,), searched=True))
        (said,) = found.remarks
        assert said.startswith("this name contains those of other artists at Ticketmaster: `thesetctl artist review")
        assert await ids(store, act.ref) == (None, (act.ref.id,), None)
    (asked,) = [one for one in await store.identities.identity_reviews(limit=9) if one.about == t(2)]
    assert {one.ref for one in asked.proposals} == {s(1), s(2)}


@pytest.mark.parametrize(
    "name",
    ["An Evening with Otterwick Lane", "Otterwick Lane feat. Kall Hamn", "Kall Hamn (ft. Otterwick Lane)"],
)
async def test_an_evening_with_the_artist_and_a_guest_are_questions(store: Store, name: str) -> None:
    """An attraction that is called so and links to nobody is neither the artist's nor passed over."""
    lane, named = Record(ref=s(2), name="Otterwick Lane"), Record(ref=t(1), name=name, kind=RecordKind.ACT)
    found = await decided(store, learnt(lane, named, wanted=(s(2),), searched=True))
    assert found.remarks == (
        "a name at Ticketmaster contains this one among others: `thesetctl artist review otterwick-lane`",
    )
    assert await ids(store, s(2)) == (s(2).id, (), None)


async def test_a_claimed_id_leaves_the_row_that_claimed_it(store: Store) -> None:
    """The act that an attraction's wrong link leads to is read later: the attraction keeps row, name and import."""
    walter = Record(ref=t(2), name="Walter Orchard", kind=RecordKind.ACT, links=frozenset({m(1)}))
    await store.batches.write(learnt(walter, wanted=(t(2),), searched=True))
    before = await of(store, t(2))
    assert before == await of(store, m(1))
    found = await decided(store, learnt(ORCHARD[1], wanted=(t(2), m(1))))
    assert found.artist == await of(store, t(2))
    after, other = await of(store, t(2)), await of(store, m(1))
    assert before is not None
    assert after is not None
    assert other is not None
    assert (after.id, after.slug, after.is_stub) == (before.id, before.slug, False)
    assert other.id != after.id


async def test_an_attraction_that_links_to_a_namesake_is_the_namesakes(store: Store) -> None:
    """It belongs to a stub of the namesake, which an import completes; one without links is a question, and no row."""
    asked, other = Record(ref=s(1), name="Hollow Moon"), Record(ref=s(2), name="Hollow Moon")
    linked = Record(ref=t(1), name="Hollow Moon", kind=RecordKind.ACT, links=frozenset({s(2)}))
    bare = Record(ref=t(2), name="Hollow Moon", kind=RecordKind.ACT)
    found = await decided(store, learnt(asked, other, linked, bare, wanted=(s(1),), searched=True))
    assert found.remarks == (
        "1 artist of this name at Ticketmaster, not proven: `thesetctl artist review hollow-moon`",
    )
    assert await ids(store, s(1)) == (s(1).id, (), None)
    stub = await of(store, t(1))
    assert stub is not None
    assert stub.is_stub
    assert await ids(store, s(2)) == (s(2).id, (t(1).id,), None)
    assert await of(store, t(2)) is None
    await store.batches.write(learnt(other, wanted=(s(2),)))
    after = await of(store, s(2))
    assert after is not None
    assert (after.id, after.is_stub) == (stub.id, False)
