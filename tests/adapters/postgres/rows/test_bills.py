"""Whole bills: every act of a stored show has a row, in its order, and who leaves is off it."""

import json
from collections.abc import Awaitable, Callable
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import attrs
import pytest

from sample_rows import (
    ARTIST_KEY,
    NOW,
    album,
    artist,
    batch,
    billing,
    moment,
    new_job,
    owner,
    predicted,
    show,
    song,
    update,
)
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.providers.ticketmaster.rows import to_show
from thesetd.adapters.providers.ticketmaster.wire import WireEvent, read_items, read_one
from thesetd.domain import ids
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import SPOTIFY, TICKETMASTER, Ref
from thesetd.domain.identity.statements import Record
from thesetd.domain.music.edits import BillActs, Edit, Edited, UndoRuling
from thesetd.domain.music.names import slugify
from thesetd.domain.music.records import Billing, Show
from thesetd.domain.work.batches import Batch

Look = Callable[..., Awaitable[list[Any]]]
BILL = """
    select a.name, l.is_headliner, l.set_order from artist_shows l join artists a on a.id = l.artist_id
    join shows s on s.id = l.show_id where l.left_at is null and s.ticketmaster_id = $1 order by l.set_order
"""
A, HAMN, DOOR, H = "Otterwick Lane", "Kall Hamn", "Open Door", "Quill & Tarn"


def bill(*names: str, festival: str = "") -> tuple[Billing, ...]:
    """Return a bill of these acts, the first of them its headliner; an act's id is `T` and its name."""
    acts = [billing(f"T {name}", name=name, set_order=n, is_headliner=n == 1) for n, name in enumerate(names, 1)]
    first = [billing(f"T {festival}", name=festival, set_order=0, is_headliner=False, is_festival=True)]
    return (*(first if festival else ()), *acts)


def imported(name: str) -> Batch:
    """Return the batch of an import that has found out about the act of an artist."""
    page = Record(ref=Ref(SPOTIFY, f"S {name}"), name=name)
    act = Record(ref=Ref(TICKETMASTER, f"T {name}"), name=name, links=frozenset({page.ref}))
    learnt = Learnt(records=(page, act), wanted=frozenset({page.ref}), complete=True)
    return batch(30, artists=(artist(30, name=name, slug=name, spotify_id=f"S {name}"),), identity=learnt)


async def test_a_support_act_is_replaced(postgres_store: PostgresStore, look: Look) -> None:
    """The other stands in its place, and the row of the one that left is marked; writing it again writes nothing."""
    await postgres_store.batches.write(batch(shows=(show(bill=bill(A, HAMN)),)))
    await postgres_store.batches.write(batch(1, shows=(show(1, bill=bill(A, DOOR)),)))
    assert await look(BILL, "ShowA") == [(A, True, 1), (DOOR, False, 2)]
    left = "select a.name, l.left_at from artist_shows l join artists a on a.id = l.artist_id where left_at is not null"
    assert await look(left) == [(HAMN, moment(1))]
    assert dict((await postgres_store.batches.write(batch(2, shows=(show(2, bill=bill(A, DOOR)),)))).changed) == {}


async def test_an_act_that_the_application_keeps_on_a_bill_costs_no_other(
    postgres_store: PostgresStore, look: Look
) -> None:
    """Its trigger refuses that the act of one of two shows leaves: the other leaves, and all new places are there."""

    async def keep(connection: Connection) -> None:
        await connection.execute("""
            create function keep() returns trigger language plpgsql as $f$
                begin
                    if new.left_at is not null and 'ShowA' = (select ticketmaster_id from shows where id = new.show_id)
                    then raise exception 'it stays';
                    end if;
                    return new;
                end $f$;
            create trigger keep before update on artist_shows for each row execute function keep();
        """)

    async def release(connection: Connection) -> None:
        await connection.execute("drop function keep cascade")

    def shows(minute: float, *names: str) -> tuple[Show, ...]:
        nights = (("ShowA", date(2026, 6, 1)), ("ShowB", date(2026, 6, 2)))
        return tuple(show(minute, provider_id=id_, local_date=day, bill=bill(*names)) for id_, day in nights)

    await postgres_store.batches.write(batch(shows=shows(0, A, HAMN)))
    await postgres_store.database.transact(keep)
    try:
        written = await postgres_store.batches.write(batch(1, shows=shows(1, A, DOOR)))
    finally:
        await postgres_store.database.transact(release)
    assert [(one.kind, one.reason) for one in written.rejects] == [("artist_shows", "it stays")]
    assert [name for name, *_ in await look(BILL, "ShowA")] == [A, HAMN, DOOR]
    assert [name for name, *_ in await look(BILL, "ShowB")] == [A, DOOR]


async def test_an_act_that_left_has_nothing_to_vote_on(postgres_store: PostgresStore, look: Look) -> None:
    """Its setlist and the rows that votes refer to stay, but not in what pages read; back on the bill they return."""
    vote = """
        select count(*) from setlist_to_vote v join artists a on a.id = v.artist_id where a.name = $1 and not v.dropped
    """
    await postgres_store.batches.write(imported(HAMN))
    hers = f"S {HAMN}"
    own = album(spotify_id="AlbumH", artist_spotify_id=hers)
    songs = tuple(song(spotify_id=one, name=one, album_spotify_id="AlbumH", artist_spotify_ids=(hers,)) for one in "AB")
    await postgres_store.batches.write(batch(1, albums=(own,), songs=songs, shows=(show(1, bill=bill(A, HAMN)),)))
    await postgres_store.batches.write(batch(2, predicted=(predicted("A", "B", artist=Ref(SPOTIFY, hers)),)))
    kept = await look("select setlist_id, song_id from setlist_songs order by 1, 2")
    assert (await look(vote, HAMN), len(kept)) == ([2], 2)
    await postgres_store.batches.write(batch(3, shows=(show(3, bill=bill(A, DOOR)),)))
    assert await look(vote, HAMN) == [0]
    assert await look("select setlist_id, song_id from setlist_songs order by 1, 2") == kept
    await postgres_store.batches.write(batch(4, shows=(show(4, bill=bill(A, HAMN)),)))
    assert await look(vote, HAMN) == [2]


async def test_an_act_leaves_and_returns(postgres_store: PostgresStore, look: Look) -> None:
    """It comes back under the row that it had."""
    for minute, names in enumerate(((A, HAMN), (A,), (A,))):
        await postgres_store.batches.write(batch(minute, shows=(show(minute, bill=bill(*names)),)))
    assert await look(BILL, "ShowA") == [(A, True, 1)]
    await postgres_store.batches.write(batch(5, shows=(show(5, bill=bill(A, HAMN)),)))
    assert await look(BILL, "ShowA") == [(A, True, 1), (HAMN, False, 2)]
    assert await look("select count(*) from artist_shows") == [2]


@pytest.mark.parametrize("order", list(permutations((A, HAMN, DOOR))))
async def test_imports_in_any_order_leave_one_bill(
    postgres_store: PostgresStore, look: Look, order: tuple[str, ...]
) -> None:
    """Whoever of the three is imported between the two answers."""
    await postgres_store.batches.write(imported(order[0]))
    await postgres_store.batches.write(batch(shows=(show(bill=bill(A, HAMN)),)))
    await postgres_store.batches.write(imported(order[1]))
    await postgres_store.batches.write(batch(1, shows=(show(1, bill=bill(A, DOOR)),)))
    await postgres_store.batches.write(imported(order[2]))
    assert await look(BILL, "ShowA") == [(A, True, 1), (DOOR, False, 2)]
    assert await look("select count(*) from artists where merged_into is null") == [3]


async def test_only_one_of_three_was_imported(postgres_store: PostgresStore, look: Look) -> None:
    """The others are stubs: a name, an id, no catalogue; the headliner is one of them."""
    await postgres_store.batches.write(imported(A))
    written = await postgres_store.batches.write(batch(shows=(show(bill=bill(H, A, DOOR)),)))
    assert dict(written.changed) == {"artists": 2, "shows": 1, "artist_shows": 3}
    assert await look(BILL, "ShowA") == [(H, True, 1), (A, False, 2), (DOOR, False, 3)]
    stubs = "select name, ticketmaster_id, slug from artists where spotify_id is null and mbid is null order by name"
    assert await look(stubs) == [(DOOR, f"T {DOOR}", "open-door-t-open"), (H, f"T {H}", "quill-and-tarn-t-quil")]


async def test_a_stub_is_completed_by_its_import(postgres_store: PostgresStore, look: Look) -> None:
    """One that is imported by its act keeps its row; the address is that of its name now."""
    await postgres_store.batches.write(batch(shows=(show(bill=bill(A, HAMN)),)))
    before = await look("select id from artists where name = $1", HAMN)
    await postgres_store.batches.write(imported(HAMN))
    assert await look("select id, slug from artists where name = $1", HAMN) == [(before[0], "kall-hamn")]
    assert await look("select spotify_id from artists where name = $1", HAMN) == [f"S {HAMN}"]


async def test_an_artist_takes_the_act_of_a_stub(postgres_store: PostgresStore, look: Look) -> None:
    """Where the artist has a row before its act is known, the places on bills go there; the stub's row is marked."""
    await postgres_store.batches.write(batch(shows=(show(bill=bill(A, HAMN)),)))
    await postgres_store.batches.write(batch(artists=(artist(name=HAMN, slug="hamn", spotify_id=f"S {HAMN}"),)))
    await postgres_store.batches.write(imported(HAMN))
    assert await look(BILL, "ShowA") == [(A, True, 1), (HAMN, False, 2)]
    (row,) = await look("select spotify_id from artists where ticketmaster_id = $1", f"T {HAMN}")
    assert row == f"S {HAMN}"
    merged = "select t.spotify_id from artists a join artists t on t.id = a.merged_into"
    assert await look(merged) == [f"S {HAMN}"]
    assert dict((await postgres_store.batches.write(batch(9, shows=(show(9, bill=bill(A, HAMN)),)))).changed) == {}


async def test_the_order_changes(postgres_store: PostgresStore, look: Look) -> None:
    """Places follow the later answer, two acts never share one; an older answer that comes late changes nothing."""
    await postgres_store.batches.write(batch(shows=(show(5, bill=bill(A, HAMN, DOOR)),)))
    await postgres_store.batches.write(batch(6, shows=(show(6, bill=bill(A, DOOR, HAMN)),)))
    await postgres_store.batches.write(batch(7, shows=(show(1, bill=bill(HAMN)),)))
    assert await look(BILL, "ShowA") == [(A, True, 1), (DOOR, False, 2), (HAMN, False, 3)]


async def test_a_festival_leads_no_bill(postgres_store: PostgresStore, look: Look) -> None:
    """Its acts are counted from 1; it has no row."""
    names = (H, *(f"Act {number}" for number in range(2, 13)))
    await postgres_store.batches.write(batch(shows=(show(bill=bill(*names, festival="Harbour Fest")),)))
    assert await look(BILL, "ShowA") == [(name, number == 1, number) for number, name in enumerate(names, 1)]
    assert await look("select count(*) from artists where name = 'Harbour Fest'") == [0]


async def test_an_answer_without_a_bill_takes_nobody_off(postgres_store: PostgresStore, look: Look) -> None:
    """Nor does it move the importing artist."""
    await postgres_store.batches.write(batch(artists=(artist(ticketmaster_id=f"T {A}"),)))
    await postgres_store.batches.write(batch(shows=(show(bill=bill(H, A)),), enqueue=(new_job(artist=ARTIST_KEY),)))
    (job,) = (await postgres_store.jobs.claim(owner=owner("n"), limit=1, background=1, now=NOW)).jobs
    await postgres_store.batches.write(batch(1, job=update(job), shows=(show(1, bill=()),)))
    assert await look(BILL, "ShowA") == [(H, True, 1), ("The Owls", False, 2)]


async def test_an_act_of_another_name_is_not_what_it_links_to(postgres_store: PostgresStore, look: Look) -> None:
    """A tribute band that links to the original is a stub of its own."""
    await postgres_store.batches.write(batch(artists=(artist(spotify_id="S1", name="The Paper Ferries"),)))
    tribute = billing("T2", name="Nearly The Paper Ferries", spotify_id="S1")
    original = billing("T1", name="The Paper Ferries", spotify_id="S1", set_order=2, is_headliner=False)
    await postgres_store.batches.write(batch(shows=(show(bill=(tribute, original)),)))
    acts = "select a.name, a.spotify_id from artist_shows l join artists a on a.id = l.artist_id order by l.set_order"
    assert await look(acts) == [("Nearly The Paper Ferries", None), ("The Paper Ferries", "S1")]


def recorded(corpus: Path) -> list[Show]:
    """Return the shows of all recorded bodies, each body a minute after the one before."""
    found: list[Show] = []
    files = [
        *sorted(corpus.glob("ticketmaster/events-search/*.json")),
        *sorted(corpus.glob("ticketmaster/event/*.json")),
    ]
    for minute, file in enumerate(files):
        body = json.loads(file.read_text("utf-8"))
        wires = (read_one(body, WireEvent),) if "dates" in body else read_items(body, "events", WireEvent)[1]
        details = [to_show(wire, moment(minute)) for wire in wires]
        found += [one.show for one in details if one is not None]
    return found


async def test_each_act_of_each_recorded_bill_is_an_artist(
    postgres_store: PostgresStore, look: Look, corpus: Path
) -> None:
    """No show is without its headliner; of bills that were recorded twice the later one counts."""
    shows = recorded(corpus)
    await postgres_store.batches.write(batch(shows=tuple(shows)))
    last = {one.provider_id: one for one in shows}
    missing, acts = [], 0
    for one in last.values():
        expected = [act.name for act in one.bill if not act.is_festival]
        stored = await look(BILL, one.provider_id)
        acts += len(expected)
        if expected and (len(stored) != len(expected) or [n for _, _, n in stored] != list(range(1, len(stored) + 1))):
            missing.append((one.provider_id, expected, stored))
        if expected and [leads for _, leads, _ in stored] != [True] + [False] * (len(stored) - 1):
            missing.append((one.provider_id, expected, stored))
    assert missing == []
    assert acts > 500
    assert {one.provider for one in shows} == {ids.TICKETMASTER}


@pytest.mark.parametrize(
    ("event", "acts"),
    [
        ("vv1AaZAqAGkdPXfSW", ["Eagles"]),
        ("vvG1iZ4whoowZF", ["Green Day", "Fall Out Boy", "Weezer", "The Interrupters"]),
        ("vvG1IZpdSka7XX", ["System of a Down", "Korn", "Faith No More", "Helmet", "Russian Circles"]),
        ("Z698xZu0Z1k_-GEA9", ["Apocalyptica", "Citron", "DragonForce"]),
        ("Z698xZu0Z1kup7MFA", ["Till Lindemann", "Soulfly", "Septicflesh"]),
        ("Z698xZu0Z1kb_od04", ["Powerwolf", "The Hu", "Korpiklaani"]),
        (
            "Z698xZu0ZaGcc",
            [
                "Traktor",
                "Krucipüsk",
                "Panoptiko",
                "Protheus",
                "Harlej",
                "Doga",
                "Debustrol",
                "Alkehol",
                "Vanaheim",
                "Komunál",
                "Motorband",
            ],
        ),
    ],
)
def test_recorded_bills_are_as_a_person_would_write_them(corpus: Path, event: str, acts: list[str]) -> None:
    """Neither the festival nor the tour is an act; the first act is the headliner."""
    one = next(one for one in reversed(recorded(corpus)) if one.provider_id == event)
    said = [(act.name, act.is_headliner) for act in one.bill if not act.is_festival]
    assert said == [(name, number == 0) for number, name in enumerate(acts)]


async def test_acts_that_only_the_name_tells_of_are_left_to_a_person(postgres_store: PostgresStore, look: Look) -> None:
    """The show has its name and no acts, no artist's page has it; the review proposes the artists in its name."""
    known = tuple(
        artist(name=name, slug=slugify(name, "x"), spotify_id=slugify(name, "x"))
        for name in ("Quill & Tarn", "Kall Hamn", "Quill", "Stranger")
    )
    name = "QUILL & TARN - open-air, support: KALL HAMN"
    await postgres_store.batches.write(batch(artists=known, shows=(show(name=name, bill=()),)))
    assert await look("select count(*) from artist_shows") == [0]
    ((found),) = await postgres_store.reviews.reviews(limit=9)
    (row,) = await look("select id from shows")
    assert (found.kind, found.about, found.artist) == ("bill", str(row), name)
    assert set(found.proposals) == {slugify("Quill & Tarn", "x"), "kall-hamn"}
    other = show(1, name=name, bill=(billing("K8vZ1", name="Kall Hamn", spotify_id="kall-hamn"),))
    await postgres_store.batches.write(batch(1, shows=(other,)))
    assert await postgres_store.reviews.reviews(limit=9) == ()


async def test_a_person_says_who_plays(postgres_store: PostgresStore, look: Look) -> None:
    """It is the bill against every later answer, and leaves the review; the undo writes every row back."""
    known = tuple(
        artist(name=name, slug=slugify(name, "x"), spotify_id=slugify(name, "x"))
        for name in ("Quill & Tarn", "Kall Hamn", "Stranger")
    )
    sold = show(name="QUILL & TARN - open-air, support: KALL HAMN", bill=())
    other = (billing("K8vZ1", name="Stranger", spotify_id="stranger"),)
    await postgres_store.batches.write(batch(artists=known, shows=(sold,)))
    (row,) = await look("select id from shows")
    every_row = "select to_jsonb(l)::text from artist_shows l order by 1"
    before = await look(every_row)

    async def decide(edit: Edit, minutes: float) -> Edited:
        (edited,) = (await postgres_store.batches.write(Batch(at=moment(minutes), edits=(edit,)))).edited
        return edited

    acts = (slugify("Quill & Tarn", "x"), "kall-hamn")
    assert await decide(BillActs(show=row, artists=acts), 1) == Edited(number=1)
    bill = "select a.name, l.is_headliner from artist_shows l join artists a on a.id = l.artist_id where {} order by {}"
    now = bill.format("l.left_at is null", "l.set_order")
    assert await look(now) == [("Quill & Tarn", True), ("Kall Hamn", False)]
    assert await postgres_store.reviews.reviews(limit=9) == ()
    await postgres_store.batches.write(batch(2, shows=(attrs.evolve(sold, bill=other, fetched_at=moment(2)),)))
    assert await look(now) == [("Quill & Tarn", True), ("Kall Hamn", False)]
    assert await decide(BillActs(show=row, artists=()), 3) == Edited(number=2)
    assert (await look(now), await postgres_store.reviews.reviews(limit=9)) == ([], ())
    assert (await decide(UndoRuling(about="bill", number=1), 4)).problem == (
        "answer 2 is about the same bill: undo it first"
    )
    for number in (2, 1):
        assert await decide(UndoRuling(about="bill", number=number), 5) == Edited(number=number)
    assert await look(every_row) == before
    assert len(await postgres_store.reviews.reviews(limit=9)) == 1
    await postgres_store.batches.write(batch(6, shows=(attrs.evolve(sold, bill=other, fetched_at=moment(6)),)))
    assert await look(now) == [("Stranger", True)]
    for edit in (
        BillActs(show=row, artists=("nobody",)),
        BillActs(show=row, artists=("a\0",)),
        BillActs(show=UUID(int=1), artists=()),
        UndoRuling(about="bill", number=1),
    ):
        assert not (await decide(edit, 7)).found


@pytest.mark.parametrize("first", ["artists", "shows"])
@pytest.mark.parametrize(
    ("file", "original"), [("bon-giovi-tribute-2024-gb", "Bon Jovi"), ("watch-plays-genesis-2024-gb", "Genesis")]
)
async def test_a_recorded_tribute_night_is_no_show_of_the_original(
    postgres_store: PostgresStore, look: Look, corpus: Path, file: str, original: str, first: str
) -> None:
    """It is stored under its name and is on nobody's page, whether the original was imported before or after."""
    body = json.loads((corpus / f"ticketmaster/event/{file}.json").read_text("utf-8"))
    details = to_show(read_one(body, WireEvent), moment(0))
    assert details is not None
    known = artist(name=original, slug=slugify(original, "x"), spotify_id="Original")
    batches = [batch(artists=(known,)), batch(1, shows=(details.show,))]
    for one in batches if first == "artists" else reversed(batches):
        await postgres_store.batches.write(one)
    original_on = "select count(*) from artist_shows l join artists a on a.id = l.artist_id where a.name = $1"
    assert await look(original_on, original) == [0]
    assert await look("select name from shows") == [details.show.name]
