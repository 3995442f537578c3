from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.distance import distance_km
from thesetd.domain.setlists.kinds import PageKind, kind_of
from thesetd.domain.setlists.nights import assign_pages
from thesetd.domain.setlists.pages import Decision, KnownShow, PageVerdict, Ruling, SetlistPage
from thesetd.domain.setlists.pairing import best_pairs
from thesetd.domain.setlists.proximity import Place, Proximity, proximity

ARENA = Place(name="Harbour Arena", city="Bergen", country="NO", latitude=60.39, longitude=5.32)
RADIO = Place(name="Radio Helm", city="Oslo", country="NO", latitude=59.91, longitude=10.75)
DUNMORE = Place(name="Dunmore Hall", city="Leeds", country="GB")
PIER = Place(name="Club Pier", city="Hull", country="GB")


def page(identity: str, day: date, place: Place, songs: int, info: str = "", **said: Any) -> SetlistPage:
    """Make a page with so many songs, its kind read from its words."""
    names = said.pop("set_names", ())
    kind = kind_of(songs, usual=said.pop("usual", None), info=info, set_names=names, venue=place.name)
    first = said.pop("first", 0)
    keys = tuple(f"song {number}" for number in range(first, first + songs))
    return SetlistPage(**{"id": identity, "day": day, "place": place, "songs": keys, "kind": kind, "info": info} | said)


def event(key: str, day: date | None, place: Place, start: time | None = time(20), **said: Any) -> KnownShow:
    """Make a show of another provider."""
    return KnownShow(key=key, day=day, place=place, start=start, **said)


def decided(
    pages: Sequence[SetlistPage], events: Sequence[KnownShow] = (), rulings: Sequence[Ruling] = ()
) -> dict[str, Decision]:
    """Decide in every order of arrival, which must not matter."""
    orders = [assign_pages(some, others, rulings) for some in permutations(pages) for others in permutations(events)]
    assert all(order == orders[0] for order in orders)
    return {one.page: one for one in orders[0]}


def short(decisions: dict[str, Decision]) -> dict[str, tuple[PageVerdict, str | None]]:
    """Return verdict and show of each page."""
    return {key: (one.verdict, one.show) for key, one in decisions.items()}


def test_a_radio_session_on_the_day_of_an_arena_show():
    """The arena's page joins the show; the session in another town is its own and completes nothing."""
    show = event("E1", date(2026, 9, 11), ARENA)
    session, concert = page("P1", date(2026, 9, 11), RADIO, 4), page("P2", date(2026, 9, 11), ARENA, 19)
    both = decided([session, concert], [show])
    assert short(both) == {"P1": (PageVerdict.OWN, None), "P2": (PageVerdict.JOINED, "E1")}
    assert (both["P1"].kind, both["P1"].completes, both["P2"].completes) == (PageKind.SESSION, False, True)
    assert [one.review for one in both.values()] == [None, None]
    assert short(decided([session], [show])) == {"P1": (PageVerdict.OWN, None)}
    assert short(decided([session, concert])) == {"P1": (PageVerdict.OWN, None), "P2": (PageVerdict.OWN, None)}


@pytest.mark.parametrize(
    ("first", "second"), [("Early show", "Second show of the evening"), ("Doors 5, set at 6 pm", "10 p.m.")]
)
def test_early_and_late(first: str, second: str):
    """The notes tell the early show from the late one, by turn or by clock."""
    day = date(2026, 9, 14)
    shows = [event("E1", day, DUNMORE, time(18)), event("E2", day, DUNMORE, time(22))]
    pages = [page("P2", day, DUNMORE, 14, first), page("P1", day, DUNMORE, 15, second)]
    found = decided(pages, shows)
    assert short(found) == {"P2": (PageVerdict.JOINED, "E1"), "P1": (PageVerdict.JOINED, "E2")}
    assert [one.review for one in found.values()] == [None, None]
    assert short(decided(pages)) == {"P2": (PageVerdict.OWN, None), "P1": (PageVerdict.OWN, None)}
    assert short(decided(pages, shows[:1]))["P2"] == (PageVerdict.JOINED, "E1")


def test_early_and_late_without_notes():
    """Two pages without notes take the two shows, one each, and are put to review."""
    day = date(2026, 9, 14)
    shows = [event("E1", day, DUNMORE, time(18)), event("E2", day, DUNMORE, time(22))]
    found = decided([page("P1", day, DUNMORE, 14), page("P2", day, DUNMORE, 15)], shows)
    assert {one.show for one in found.values()} == {"E1", "E2"}
    assert all(one.verdict is PageVerdict.JOINED and one.review for one in found.values())


def test_one_night_twice():
    """Of two pages of a night the fuller leads; when the other one is filled it leads."""
    day = date(2026, 9, 15)
    show = event("E1", day, DUNMORE)
    full = page("P2", day, DUNMORE, 25)
    empty = decided([page("P1", day, DUNMORE, 0), full], [show])
    assert short(empty) == {"P1": (PageVerdict.ALIAS, "E1"), "P2": (PageVerdict.JOINED, "E1")}
    assert empty["P1"].leader == "P2"
    filled = decided([page("P1", day, DUNMORE, 26), full], [show])
    assert short(filled) == {"P1": (PageVerdict.JOINED, "E1"), "P2": (PageVerdict.ALIAS, "E1")}
    assert decided([page("P1", day, DUNMORE, 0), full])["P1"].leader == "P2"


def test_one_night_under_two_venues():
    """A duplicate under the hall's other name is an alias as well, also an empty one."""
    day = date(2026, 9, 15)
    other = Place(name="Old Name Arena", city="Bergen", country="NO")
    for songs in (0, 15):
        found = decided([page("P1", day, other, songs), page("P2", day, ARENA, 16)], [event("E1", day, ARENA)])
        assert short(found) == {"P1": (PageVerdict.ALIAS, "E1"), "P2": (PageVerdict.JOINED, "E1")}


def test_songs_go_before_an_empty_page_that_fits_better():
    """An empty page with the hall's right name, or of the right day, is the alias of the songs: put to review."""
    day, later = date(2026, 9, 25), date(2026, 9, 26)
    other = Place(name="Old Name Arena", city="Bergen", country="NO")
    nights = [
        ([page("P1", day, other, 15), page("P2", day, ARENA, 0)], event("E1", day, ARENA)),
        ([page("P1", later, PIER, 15), page("P2", day, PIER, 0)], event("E1", day, PIER, time(23, 30))),
    ]
    for pages, show in nights:
        found = decided(pages, [show])
        assert short(found) == {"P1": (PageVerdict.JOINED, "E1"), "P2": (PageVerdict.ALIAS, "E1")}
        assert found["P1"].completes
        assert found["P1"].review == "an empty page fits the show's hall or day better"


def test_primary_and_resale():
    """Two events that are one concert get one setlist, whichever of them came first."""
    day = date(2026, 9, 16)
    shows = [event("E1", day, DUNMORE), event("E2", day, DUNMORE, None, rank=1)]
    assert short(decided([page("P1", day, DUNMORE, 17)], shows)) == {"P1": (PageVerdict.JOINED, "E1")}
    assert short(decided([page("P1", day, DUNMORE, 17)], shows[1:])) == {"P1": (PageVerdict.JOINED, "E2")}


def test_dated_wrongly_then_corrected():
    """A corrected page leaves the show of its old day, which the right page takes."""
    first, second = date(2026, 9, 18), date(2026, 9, 19)
    shows = [event("E1", first, ARENA), event("E2", second, ARENA)]
    assert short(decided([page("P1", first, ARENA, 21)], shows)) == {"P1": (PageVerdict.JOINED, "E1")}
    moved = page("P1", second, ARENA, 21, last_updated=datetime(2026, 9, 21, tzinfo=UTC))
    assert short(decided([moved], shows)) == {"P1": (PageVerdict.JOINED, "E2")}
    old = page("P1", first, ARENA, 21, last_updated=datetime(2026, 9, 20, tzinfo=UTC))
    found = decided([moved, page("P2", first, ARENA, 20), old], shows)
    assert short(found) == {"P1": (PageVerdict.JOINED, "E2"), "P2": (PageVerdict.JOINED, "E1")}


def test_a_festival_of_three_days():
    """The act's own day is that of its page; the event of that day goes before the festival's."""
    meadow = Place(name="Harbour Meadow", city="Bergen", country="NO")
    whole = event("E1", date(2027, 7, 9), meadow, None, end_day=date(2027, 7, 11))
    found = decided([page("P1", date(2027, 7, 11), meadow, 14)], [whole])
    assert short(found) == {"P1": (PageVerdict.JOINED, "E1")}
    assert (found["P1"].day, found["P1"].review) == (date(2027, 7, 11), None)
    days = [event(f"D{number}", date(2027, 7, number), meadow, None) for number in (9, 10, 11)]
    assert short(decided([page("P1", date(2027, 7, 11), meadow, 14)], [whole, *days])) == {
        "P1": (PageVerdict.JOINED, "D11")
    }


def test_after_midnight():
    """A page of the next day in the same hall belongs to the late show before."""
    show = event("E1", date(2026, 9, 25), PIER, time(23, 30))
    found = decided([page("P1", date(2026, 9, 26), PIER, 16)], [show])
    assert short(found) == {"P1": (PageVerdict.JOINED, "E1")}
    assert (found["P1"].day, found["P1"].review) == (date(2026, 9, 25), None)


def test_before_midnight():
    """A show that begins in the small hours is of the night before, under whose date its page may stand."""
    show = event("E1", date(2024, 3, 1), PIER, time(0, 30))
    found = decided([page("P1", date(2024, 2, 29), PIER, 16)], [show])
    assert short(found) == {"P1": (PageVerdict.JOINED, "E1")}
    assert (found["P1"].day, found["P1"].evidence) == (date(2024, 3, 1), ("dated before midnight", "same venue"))
    elsewhere = page("P2", date(2024, 2, 29), DUNMORE, 15)
    found = decided([page("P1", date(2024, 2, 29), PIER, 16), elsewhere], [show])
    assert found["P1"].verdict is PageVerdict.OWN
    assert found["P1"].review == "dated the day before show E1 in the same hall"
    own = page("P2", date(2024, 3, 1), PIER, 15)
    assert decided([page("P1", date(2024, 2, 29), PIER, 16), own], [show])["P2"].show == "E1"


@pytest.mark.parametrize(
    ("pages", "events", "start"),
    [
        ([], [event("E2", date(2026, 9, 26), ARENA)], time(23, 30)),
        ([page("P2", date(2026, 9, 26), DUNMORE, 15)], [], time(23, 30)),
        ([], [], time(19)),
    ],
    ids=["another show that day", "another page that day", "an evening show"],
)
def test_not_after_midnight(pages: list[SetlistPage], events: list[KnownShow], start: time):
    """With another show or page of the next day, or after an evening show, the page is not moved: review."""
    show = event("E1", date(2026, 9, 25), PIER, start)
    found = decided([page("P1", date(2026, 9, 26), PIER, 16), *pages], [show, *events])
    assert found["P1"].verdict is PageVerdict.OWN
    assert found["P1"].review == "dated the day after show E1 in the same hall"


@pytest.mark.parametrize(
    "said", [{"info": "Short set for VIP ticket holders, before the doors"}, {"set_names": ["Before the doors"]}]
)
def test_a_vip_set_before_the_concert(said: dict[str, Any]):
    """The VIP set stands beside the show, with or without the concert's page."""
    day = date(2026, 9, 28)
    show = event("E1", day, DUNMORE)
    vip = page("P2", day, DUNMORE, 3, usual=20, **said)
    assert short(decided([page("P1", day, DUNMORE, 20), vip], [show])) == {
        "P1": (PageVerdict.JOINED, "E1"),
        "P2": (PageVerdict.BESIDE, "E1"),
    }
    assert decided([vip], [show])["P2"].completes is False


def test_street_sets():
    """Two street sets of one day without an event: neither is a concert."""
    day = date(2026, 5, 12)
    pages = [
        page("P1", day, Place(name="A square", city="Bergen"), 3, "Played three times for a video shoot"),
        page("P2", day, Place(name="A street", city="Bergen"), 4, "Acoustic set, played on a balcony"),
    ]
    found = decided(pages)
    assert {(one.verdict, one.kind, one.completes) for one in found.values()} == {
        (PageVerdict.OWN, PageKind.STREET, False)
    }


def test_two_nights_in_one_hall():
    """The second night's page alone takes the second night, never the nearest free show."""
    shows = [event("E1", date(2026, 10, 2), ARENA, time(22)), event("E2", date(2026, 10, 3), ARENA, time(22))]
    second, first = page("P2", date(2026, 10, 3), ARENA, 20), page("P1", date(2026, 10, 2), ARENA, 20)
    assert short(decided([second], shows)) == {"P2": (PageVerdict.JOINED, "E2")}
    assert short(decided([first], shows)) == {"P1": (PageVerdict.JOINED, "E1")}
    both = decided([second, first], shows)
    assert short(both) == {"P2": (PageVerdict.JOINED, "E2"), "P1": (PageVerdict.JOINED, "E1")}
    assert [one.review for one in both.values()] == [None, None]


@pytest.mark.parametrize(
    ("place", "verdict"),
    [
        (Place(name="Hafenhalle", city="Rostock", country="DE"), PageVerdict.JOINED),
        (
            Place(name="Hafenhalle", city="Warnemünde", country="DE", latitude=54.18, longitude=12.08),
            PageVerdict.JOINED,
        ),
        (Place(name="Hafenhalle", city="Köln", country="DE", latitude=50.94, longitude=6.96), PageVerdict.OWN),
        (Place(name="Hafenhalle", city="Köln", country="DE"), PageVerdict.OWN),
    ],
)
def test_the_hall_has_another_name_there(place: Place, verdict: PageVerdict):
    """The town decides where the hall's name differs; a far town is not joined and goes to review."""
    dome = Place(name="Nordbank Dome", city="Rostock", country="DE", latitude=54.09, longitude=12.13)
    show = event("E1", date(2026, 10, 4), dome)
    found = decided([page("P1", date(2026, 10, 4), place, 18)], [show])["P1"]
    assert found.verdict is verdict
    assert (found.review is None) == (verdict is PageVerdict.JOINED)


def test_the_event_comes_after_the_page():
    """A page that made its own show joins the event that is found later."""
    day = date(2026, 10, 5)
    mine = page("P1", day, Place(name="Slagthuset", city="Malmö", country="SE"), 18)
    assert short(decided([mine])) == {"P1": (PageVerdict.OWN, None)}
    late = event("E1", day, Place(name="Slakthuset Malmö", city="Malmo", country="SE"))
    assert short(decided([mine], [late])) == {"P1": (PageVerdict.JOINED, "E1")}


def test_the_event_moves_away():
    """An empty page waits on the day that its show has left, and comes back when it is moved as well."""
    old, new = date(2026, 10, 9), date(2027, 3, 19)
    moved = event("E1", new, ARENA, vacated=frozenset({old}))
    left = decided([page("P1", old, ARENA, 0)], [moved])["P1"]
    assert (left.verdict, left.day, left.completes) == (PageVerdict.WAITING, old, False)
    back = decided([page("P1", new, ARENA, 0)], [moved])["P1"]
    assert (back.verdict, back.show, back.completes) == (PageVerdict.JOINED, "E1", False)
    assert decided([page("P1", old, ARENA, 12)], [moved])["P1"].verdict is PageVerdict.OWN


def test_cancelled_but_played():
    """A page with songs joins the cancelled show, with a review."""
    day = date(2026, 10, 11)
    found = decided([page("P1", day, ARENA, 12)], [event("E1", day, ARENA, cancelled=True)])["P1"]
    assert (found.verdict, found.show) == (PageVerdict.JOINED, "E1")
    assert found.review == "the show is cancelled, but songs were played"
    assert decided([page("P1", day, ARENA, 0)], [event("E1", day, ARENA, cancelled=True)])["P1"].review is None


def test_each_act_of_a_bill_has_its_setlist():
    """The pages of two acts at one show are decided apart and both join it."""
    day = date(2026, 10, 12)
    show = event("E1", day, ARENA)
    for songs in (8, 22):
        assert short(decided([page("P", day, ARENA, songs)], [show])) == {"P": (PageVerdict.JOINED, "E1")}


def test_a_full_page_elsewhere_makes_its_own_show():
    """A second concert of the day in the same town, with other songs, is a show of its own and put to review."""
    day = date(2026, 10, 13)
    club = Place(name="Night Club", city="Bergen", country="NO")
    pages = [page("P1", day, ARENA, 18), page("P2", day, club, 12, first=100)]
    found = decided(pages, [event("E1", day, ARENA)])
    assert short(found) == {"P1": (PageVerdict.JOINED, "E1"), "P2": (PageVerdict.OWN, None)}


def test_an_answer_of_a_person_holds():
    """A ruling is followed whatever else says, and its duplicates follow; without it the rules decide again."""
    first, second = date(2026, 9, 18), date(2026, 9, 19)
    shows = [event("E1", first, ARENA), event("E2", second, ARENA)]
    pages = [page("P1", first, ARENA, 21), page("P2", first, ARENA, 0)]
    ruled = decided(pages, shows, [Ruling(page="P1", show="E2")])
    assert short(ruled)["P1"] == (PageVerdict.JOINED, "E2")
    assert (ruled["P1"].evidence, ruled["P1"].review) == (("decided by an operator",), None)
    assert short(ruled)["P2"] == (PageVerdict.JOINED, "E1")
    none = decided(pages[:1], shows, [Ruling(page="P1", show=None)])
    assert short(none) == {"P1": (PageVerdict.OWN, None)}
    assert short(decided(pages[:1], shows)) == {"P1": (PageVerdict.JOINED, "E1")}


def test_two_answers_for_one_show():
    """Two pages that persons gave to one show: the fuller leads, the other one is its alias."""
    shows = [event("E1", date(2026, 9, 18), ARENA)]
    pages = [page("P1", date(2026, 9, 18), ARENA, 9), page("P2", date(2026, 9, 20), DUNMORE, 20)]
    rulings = [Ruling(page="P1", show="E1"), Ruling(page="P2", show="E1")]
    assert short(decided(pages, shows, rulings)) == {"P1": (PageVerdict.ALIAS, "E1"), "P2": (PageVerdict.JOINED, "E1")}


def test_an_answer_about_a_show_that_is_gone():
    """If the show that a person chose is not known, the rules decide and the page is put to review."""
    found = decided([page("P1", date(2026, 9, 18), ARENA, 9)], [], [Ruling(page="P1", show="E9")])["P1"]
    assert found.verdict is PageVerdict.OWN
    assert found.review == "show E9, which an operator chose, is no longer known"


@pytest.mark.parametrize(
    ("one", "other", "close"),
    [
        (Place(city="Lisboa", country="PT"), Place(city="Madrid", country="ES"), Proximity.FAR),
        (Place(city="Gaia"), Place(city="Vila Nova de Gaia"), Proximity.CITY),
        (Place(name="The Forum"), Place(name="Forum", city="Bergen"), Proximity.SAME),
        (Place(name="A", city="B"), Place(name="C"), Proximity.UNKNOWN),
        (Place(ids=frozenset({"x"}), city="A"), Place(ids=frozenset({"x"}), city="B"), Proximity.SAME),
        (Place(), Place(), Proximity.UNKNOWN),
    ],
)
def test_proximity(one: Place, other: Place, close: Proximity):
    """Ids decide, then distance, then towns and names."""
    assert proximity(one, other) is proximity(other, one) is close


def test_distance():
    """Bergen and Oslo are about 305 km apart."""
    assert distance_km(ARENA, RADIO) == pytest.approx(305, abs=3)
    assert distance_km(ARENA, Place()) is None


PLACES = st.sampled_from([ARENA, RADIO, DUNMORE, PIER, Place(), Place(name="Other Hall", city="Bergen")])
DAYS = st.dates(date(2026, 9, 11), date(2026, 9, 14))
INFOS = st.sampled_from(["", "Early show", "Late show", "at 6 pm", "VIP"]) | st.text(max_size=12)
PAGES = st.lists(
    st.builds(page, st.sampled_from("abcdef"), DAYS, PLACES, st.integers(0, 20), INFOS, first=st.sampled_from([0, 50])),
    max_size=6,
    unique_by=lambda one: one.id,
)
EVENTS = st.lists(
    st.builds(
        event,
        st.sampled_from("UVWXYZ"),
        st.none() | DAYS,
        PLACES,
        st.none() | st.sampled_from([time(18), time(22), time(23, 30)]),
        end_day=st.none() | DAYS,
        cancelled=st.booleans(),
        vacated=st.frozensets(DAYS, max_size=1),
    ),
    max_size=6,
    unique_by=lambda one: one.key,
)
RULINGS = st.lists(
    st.builds(Ruling, page=st.sampled_from("abcdef"), show=st.none() | st.sampled_from("UVWXYZ")),
    max_size=3,
    unique_by=lambda one: one.page,
)


@pytest.mark.untraced
@given(PAGES, EVENTS, RULINGS, st.randoms(use_true_random=False))
def test_one_to_one_in_any_order(pages: list[SetlistPage], events: list[KnownShow], rulings: list[Ruling], random: Any):
    """Each page has one decision, each show one leading page, rulings hold, and no order matters."""
    decisions = assign_pages(pages, events, rulings)
    assert [one.page for one in decisions] == sorted(one.id for one in pages)
    joined = [one.show for one in decisions if one.verdict is PageVerdict.JOINED]
    assert len(joined) == len(set(joined))
    leaders = {
        one.page for one in decisions if one.verdict in {PageVerdict.JOINED, PageVerdict.OWN, PageVerdict.WAITING}
    }
    assert all(one.leader in leaders for one in decisions if one.verdict is PageVerdict.ALIAS)
    by_page = {one.page: one for one in decisions}
    for ruling in rulings:
        if ruling.page in by_page and ruling.show is None:
            assert by_page[ruling.page].show is None
    for copy in (pages, events, rulings):
        random.shuffle(copy)
    assert assign_pages(pages, events, rulings) == decisions


@given(st.dictionaries(st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz")), st.integers(1, 9), max_size=12))
def test_the_best_pairs(weights: dict[tuple[str, str], int]):
    """No other assignment weighs more, found by trying all."""
    pairs = best_pairs("abcd", "wxyz", weights)
    total = sum(weights[pair] for pair in pairs.items())
    assert len(set(pairs.values())) == len(pairs)
    every = (sum(weights.get(pair, 0) for pair in zip("abcd", order, strict=True)) for order in permutations("wxyz"))
    assert total == max(every)


@pytest.mark.untraced
def test_a_long_history_is_fast():
    """2,000 pages and 2,000 shows are decided at once, each page at its show."""
    days = [date.fromordinal(730_000 + 3 * number) for number in range(2000)]
    pages = [page(f"P{number:04}", day, ARENA, 20) for number, day in enumerate(days)]
    events = [event(f"E{number:04}", day, ARENA) for number, day in enumerate(days)]
    decisions = assign_pages(pages, events)
    assert all(one.show == one.page.replace("P", "E") for one in decisions)
