"""What recorded events, attractions and venues become."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from thesetd.adapters.providers.ticketmaster import TicketmasterClient
from thesetd.adapters.providers.ticketmaster.rows import to_venue
from thesetd.adapters.providers.ticketmaster.wire import WireVenue, read_one
from thesetd.domain.errors import BadPayload, Unavailable
from thesetd.domain.gate.calls import Response
from thesetd.domain.identity.statements import RecordKind
from thesetd.domain.music.records import Reject, Show, Venue
from thesetd.ports.providers import ShowDetails

Answer = Callable[..., Response]
Recorded = Callable[[str], dict[str, Any]]
Raw = list[tuple[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def shows(client: TicketmasterClient, answer: Answer, raw_events: Raw) -> list[tuple[dict[str, Any], ShowDetails]]:
    """Return every recorded event beside what it became."""
    return [(raw, client.show(raw["id"]).parse(answer(raw))) for _, raw in raw_events]


def _named(shows: list[tuple[dict[str, Any], ShowDetails]], name: str) -> Show:
    return next(details.show for _, details in shows if details.show.name == name)


def test_every_recorded_event(shows: list[tuple[dict[str, Any], ShowDetails]]):
    """Each event keeps its id to the letter, has a clean name, and names the venue that it came with."""
    assert len(shows) > 400
    for raw, details in shows:
        assert details.show.provider_id == raw["id"]
        assert details.show.name == " ".join(details.show.name.split()) != ""
        assert details.show.venue_provider_id == (details.venue.provider_id if details.venue else None)
        assert (details.venue is not None) is bool(raw.get("_embedded", {}).get("venues"))


def test_the_day_is_the_local_one(shows: list[tuple[dict[str, Any], ShowDetails]]):
    """More than a third of all events that have a time fall on another day in UTC; the local date is kept."""
    timed = [(raw, d.show) for raw, d in shows if d.show.starts_at is not None]
    other = 0
    for raw, show in timed:
        assert show.local_date is not None
        assert show.local_date.isoformat() == raw["dates"]["start"]["localDate"]
        assert show.starts_at is not None
        other += show.starts_at.date() != show.local_date
    assert other > len(timed) / 3


def test_times_follow_the_flags(shows: list[tuple[dict[str, Any], ShowDetails]]):
    """A time that is not settled is not said, and neither is the instant."""
    kinds = Counter(
        (
            raw["dates"]["start"].get("timeTBA") or raw["dates"]["start"].get("noSpecificTime"),
            show.show.local_time is None,
        )
        for raw, show in shows
        if raw["dates"].get("start")
    )
    assert set(kinds) == {(False, False), (True, True)}
    assert all((d.show.local_time is None) is (d.show.starts_at is None) for _, d in shows)


def test_statuses(shows: list[tuple[dict[str, Any], ShowDetails]]):
    """Off sale is not off: only the words for cancelled, postponed and rescheduled change a show's status."""
    found = {(raw["dates"]["status"].get("code"), d.show.status) for raw, d in shows}
    assert found == {
        ("onsale", "scheduled"),
        ("offsale", "scheduled"),
        (None, None),
        ("cancelled", "cancelled"),
        ("rescheduled", "rescheduled"),
    }


def test_a_postponed_show_has_no_date(client: TicketmasterClient, answer: Answer, recorded: Recorded):
    """To be announced: no day and no instant, although the former date is still there."""
    (dates,) = recorded("fragments/dates-postponed-tba-2026.json").values()
    show = client.show("x").parse(answer({"id": "x", "name": "Someone", "dates": dates})).show
    assert (show.status, show.local_date, show.local_time, show.starts_at) == ("postponed", None, None, None)
    assert show.timezone == "America/Los_Angeles"


@pytest.mark.parametrize(
    ("flag", "keeps_day"), [("dateTBA", False), ("dateTBD", False), ("timeTBA", True), ("noSpecificTime", True)]
)
def test_flags_outweigh_values(client: TicketmasterClient, answer: Answer, flag: str, keeps_day: bool):  # noqa: FBT001  # a table
    """A date or time beside the flag that it is not settled is a placeholder and is not taken."""
    start = {"localDate": "2026-12-01", "localTime": "00:00:00", "dateTime": "2026-12-01T08:00:00Z", flag: True}
    show = client.show("x").parse(answer({"id": "x", "name": "Someone", "dates": {"start": start}})).show
    assert (show.local_date is not None) is keeps_day
    assert (show.local_time, show.starts_at) == (None, None)


@pytest.mark.parametrize(
    ("code", "status"), [("canceled", "cancelled"), ("CANCELLED", "cancelled"), ("active", "scheduled")]
)
def test_other_spellings(client: TicketmasterClient, answer: Answer, code: str, status: str):
    """The American spelling and capitals are understood."""
    body = {"id": "x", "name": "Someone", "dates": {"status": {"code": code}}}
    assert client.show("x").parse(answer(body)).show.status == status


@pytest.mark.parametrize("dates", [{}, {"status": None}, {"status": {}}, {"status": {"code": None}}])
def test_a_status_that_is_left_out_is_not_said(client: TicketmasterClient, answer: Answer, dates: dict[str, Any]):
    """Nothing is said of the status: not that the show is on."""
    details = client.show("x").parse(answer({"id": "x", "name": "Someone", "dates": dates}))
    assert (details.show.status, details.rejects) == (None, ())


def test_an_unknown_status_is_told(client: TicketmasterClient, answer: Answer):
    """A code that nobody knows changes nothing and is a reject with its sample."""
    details = client.show("x").parse(answer({"id": "x", "name": "Someone", "dates": {"status": {"code": "paused"}}}))
    assert details.show.status is None
    assert details.rejects == (Reject(kind="show", key="x", reason="a status that is not known", sample="'paused'"),)


@pytest.mark.parametrize(
    ("start", "withdrawn"),
    [
        ({"dateTBA": True}, ("end_date", "local_date", "local_time", "starts_at")),
        ({"localDate": "2027-03-04", "dateTBD": True}, ("end_date", "local_date", "local_time", "starts_at")),
        ({"localDate": "2027-03-04", "timeTBA": True}, ("local_time", "starts_at")),
        ({"localDate": "2027-03-04", "noSpecificTime": True}, ("local_time", "starts_at")),
        ({"localDate": "2027-03-04", "localTime": "20:00:00"}, ()),
        ({}, ()),
    ],
)
def test_what_is_open_again_is_withdrawn(
    client: TicketmasterClient, answer: Answer, start: dict[str, Any], withdrawn: tuple[str, ...]
):
    """A flag takes back what was said before; a field that is left out does not."""
    details = client.show("x").parse(answer({"id": "x", "name": "Someone", "dates": {"start": start}}))
    assert (details.show.withdrawn, details.rejects) == (withdrawn, ())


def test_a_date_that_is_open_leaves_a_hint(client: TicketmasterClient, answer: Answer, recorded: Recorded):
    """The date before a postponement, and the one beside the flag, are kept apart."""
    (dates,) = recorded("fragments/dates-postponed-tba-2026.json").values()
    show = client.show("x").parse(answer({"id": "x", "name": "Someone", "dates": dates})).show
    assert (show.local_date, show.former_date) == (None, date(2026, 9, 13))
    start = {"localDate": "2027-03-04", "dateTBD": True}
    show = client.show("x").parse(answer({"id": "x", "name": "Someone", "dates": {"start": start}})).show
    assert (show.local_date, show.former_date) == (None, date(2027, 3, 4))


def test_the_local_date_follows_from_the_moment(client: TicketmasterClient, answer: Answer):
    """Without a local date the zone gives it; a zone that is none is passed over for the venue's."""
    start = {"dateTime": "2027-03-05T04:00:00Z"}
    venues = [{"id": "v", "name": "Hall", "timezone": "America/Los_Angeles"}]
    for zone in ("America/Los_Angeles", "Not/AZone", None):
        dates = {"start": start, "timezone": zone}
        show = client.show("x").parse(answer({"id": "x", "dates": dates, "_embedded": {"venues": venues}})).show
        assert (show.local_date, show.local_time) == (date(2027, 3, 4), time(20))
        assert show.timezone == "America/Los_Angeles"
    dates = {"start": {"localDate": "2027-03-04", "localTime": "20:00:00"}, "timezone": "Not/AZone"}
    show = client.show("x").parse(answer({"id": "x", "dates": dates})).show
    assert (show.local_date, show.local_time, show.timezone) == (date(2027, 3, 4), time(20), None)


def test_a_time_without_a_date_is_told(client: TicketmasterClient, answer: Answer):
    """A clock time alone is no time of anything."""
    details = client.show("x").parse(answer({"id": "x", "dates": {"start": {"localTime": "20:00:00"}}}))
    assert (details.show.local_date, details.show.local_time, details.show.starts_at) == (None, None, None)
    assert [(one.reason, one.sample) for one in details.rejects] == [("a time without a date", "'20:00:00'")]


@pytest.mark.parametrize("value", ["04.03.2027", 20270304, ["2027-03-04"], "2027-02-30"])
def test_a_date_of_another_form_is_told(client: TicketmasterClient, answer: Answer, value: Any):
    """What is no date says nothing and is a reject with its sample."""
    details = client.show("x").parse(answer({"id": "x", "dates": {"start": {"localDate": value}}}))
    assert (details.show.local_date, details.show.withdrawn) == (None, ())
    assert [(one.reason, one.sample) for one in details.rejects] == [("not usable as localDate", repr(value))]


STANDARD = {"type": "standard", "currency": "USD", "min": 50.0, "max": 100.0}
WITH_FEES = {"type": "standard including fees", "currency": "USD", "min": 58.5, "max": 113.0}
FREE = {"type": "standard", "currency": "USD", "min": 0.0, "max": 0.0}


@pytest.mark.parametrize(
    ("ranges", "prices", "withdrawn"),
    [
        ([STANDARD, WITH_FEES], ("USD", 50.0, 100.0, 58.5, 113.0), 0),
        ([STANDARD], ("USD", 50.0, 100.0, None, None), 2),
        ([STANDARD, {**STANDARD, "min": 30.0, "max": 60.0}], ("USD", 30.0, 100.0, None, None), 2),
        ([{**STANDARD, "currency": "usd"}], ("USD", 50.0, 100.0, None, None), 2),
        ([STANDARD, {**STANDARD, "currency": "CAD"}], ("USD", 50.0, 100.0, None, None), 0),
        ([FREE], (None,) * 5, 5),
        ([], (None,) * 5, 5),
        (None, (None,) * 5, 0),
        ("", (None,) * 5, 0),
        ({}, (None,) * 5, 0),
        ([None], (None,) * 5, 0),
        *(([{key: STANDARD[key] for key in STANDARD if key != lost}], (None,) * 5, 0) for lost in STANDARD),
        ([STANDARD, {"type": "standard including fees"}], ("USD", 50.0, 100.0, None, None), 0),
        ([{**STANDARD, "currency": "dollars"}], (None,) * 5, 0),
        ([{**STANDARD, "type": "platinum"}], (None,) * 5, 5),
    ],
)
def test_prices(client: TicketmasterClient, answer: Answer, ranges: Any, prices: tuple[Any, ...], withdrawn: int):
    """With fees and without stand apart; nothing for nothing is no price.

    An empty list takes back; one that is absent, of another type or incomplete does not. Several ranges of one kind
    are one.
    """
    show = client.show("x").parse(answer({"id": "x", "name": "Someone", "priceRanges": ranges})).show
    named = (show.price_currency, show.price_min, show.price_max, show.price_with_fees_min, show.price_with_fees_max)
    assert (named, len(show.withdrawn)) == (prices, withdrawn)


@pytest.mark.parametrize(
    ("terms", "kind"),
    [
        ([{"segment": {"id": "KZFzniwnSyZfZ7v7nJ"}, "subType": {"id": "KZFzBErXgnZfZ7vAAI"}}], RecordKind.TRIBUTE),
        ([{"segment": {"id": "KZFzniwnSyZfZ7v7nJ"}, "subType": {"id": "KZFzBErXgnZfZ7vA7d"}}], RecordKind.ACT),
        ([{"segment": {"id": "KZFzniwnSyZfZ7v7nJ"}}], RecordKind.UNKNOWN),
        ([{"segment": {"id": "KZFzniwnSyZfZ7v7na"}}], RecordKind.OTHER_TRADE),
        ([{"segment": {"name": "Music"}}], RecordKind.UNKNOWN),
        ([], RecordKind.UNKNOWN),
        (None, RecordKind.UNKNOWN),
    ],
)
def test_a_kind_is_said_or_not(client: TicketmasterClient, answer: Answer, terms: Any, kind: RecordKind):
    """An answer without a classification says nothing: what is known as a tribute act stays one."""
    assert client.artist("x").parse(answer({"id": "x", "name": "Someone", "classifications": terms})).kind is kind


@pytest.mark.parametrize("name", ["Special Guests", "Support: TBA", "and many more", "Various Artists"])
def test_a_place_kept_on_bills_is_no_act(client: TicketmasterClient, answer: Answer, name: str):
    """Its attraction cannot be imported, whatever its classification says."""
    music = {"segment": {"id": "KZFzniwnSyZfZ7v7nJ"}, "subType": {"id": "KZFzBErXgnZfZ7vA7d"}}
    found = client.artist("K8vZ9171abc").parse(answer({"id": "K8vZ9171abc", "name": name, "classifications": [music]}))
    assert found.kind is RecordKind.NO_ACT


def test_a_second_line_is_no_address():
    """Without its first line an address is not said."""
    for lines, said in (({"line1": "1 Quay", "line2": "Hall B"}, "1 Quay, Hall B"), ({"line2": "Hall B"}, None)):
        assert place({"id": "x", "name": "Barn", "address": lines}).address == said


def test_sales_begin_in_our_time(client: TicketmasterClient, answer: Answer):
    """A sale that began in 1900 or begins in 9999 is a placeholder, its end is none; so is one with a flag."""
    for start in (
        {"startDateTime": "1900-01-01T06:00:00Z"},
        {"startDateTime": "9999-12-31T23:59:59Z"},
        {"startDateTime": "2027-01-05T09:00:00Z", "startTBD": True},
        {"startTBA": True},
    ):
        sales = {"public": {**start, "endDateTime": "2027-03-05T04:00:00Z"}}
        show = client.show("x").parse(answer({"id": "x", "name": "Someone", "sales": sales})).show
        assert (show.sales_start, show.sales_end) == (None, datetime(2027, 3, 5, 4, tzinfo=UTC))
        assert show.withdrawn == ("sales_start",)


def test_an_end_before_the_beginning_and_a_moment_without_a_zone_are_told(client: TicketmasterClient, answer: Answer):
    """Neither is stored, and neither is lost in silence."""
    dates = {"start": {"localDate": "2027-07-09"}, "end": {"localDate": "2026-07-11"}}
    details = client.show("x").parse(answer({"id": "x", "name": "Someone", "dates": dates}))
    assert (details.show.local_date, details.show.end_date) == (date(2027, 7, 9), None)
    assert [one.reason for one in details.rejects] == ["an end before the beginning"]
    dates = {"start": {"dateTime": "2027-03-05T04:00:00Z"}}
    details = client.show("x").parse(answer({"id": "x", "name": "Someone", "dates": dates}))
    assert (details.show.local_date, details.show.starts_at) == (None, None)
    assert [one.reason for one in details.rejects] == ["a moment in no time zone"]


def test_rescheduled_events_keep_their_id(client: TicketmasterClient, answer: Answer, recorded: Recorded):
    """The Eagles' Forum show is on sale for April 2020 in one recording and moved to October 2021 in a later one."""

    def show(pattern: str, event_id: str) -> Show:
        (body,) = recorded(pattern).values()
        (raw,) = [event for event in body["_embedded"]["events"] if event["id"] == event_id]
        return client.show(event_id).parse(answer(raw)).show

    (earlier,) = recorded("events-search/us-top-2020-eagles-sports.json").values()
    (later,) = recorded("events-search/los-angeles-eagles-2021-us.json").values()
    both = {e["id"] for e in earlier["_embedded"]["events"]} & {e["id"] for e in later["_embedded"]["events"]}
    assert both
    for event_id in both:
        before = show("events-search/us-top-2020-*.json", event_id)
        after = show("events-search/los-angeles-*.json", event_id)
        assert before.local_date is not None
        assert after.local_date is not None
        assert before.local_date < after.local_date
        assert after.status == "rescheduled"


def test_timezones(shows: list[tuple[dict[str, Any], ShowDetails]]):
    """The event's own zone comes first, the venue's stands in for it."""
    lent = 0
    for raw, details in shows:
        own = raw["dates"].get("timezone")
        venue = details.venue.timezone if details.venue else None
        assert details.show.timezone == (own or venue)
        lent += own is None and venue is not None
    assert lent > 10


def test_bills_keep_their_order(shows: list[tuple[dict[str, Any], ShowDetails]]):
    """The headliner stands first; positions count from 1; at most one act is the headliner."""
    for raw, details in shows:
        listed = [a["id"] for a in raw.get("_embedded", {}).get("attractions", [])]
        bill = details.show.bill
        assert [entry.set_order for entry in bill] == list(range(1, len(bill) + 1))
        assert [entry.provider_id for entry in bill] == [i for i in listed if i in {e.provider_id for e in bill}]
        assert sum(entry.is_headliner for entry in bill) <= 1
        assert not any(entry.is_headliner and entry.is_festival for entry in bill)


def test_the_festival_is_no_headliner(shows: list[tuple[dict[str, Any], ShowDetails]]):
    """A festival heads its own bill and is marked; the first act after it is the headliner."""
    for name, headliner, entries in [
        ("RBC Ottawa Bluesfest", "Shania Twain", 86),
        ("The Legends Rock Fest", "Traktor", 10),
        ("MASTERS OF ROCK 2025 - SUNDAY 13. 7. 2025", "Powerwolf", 4),
    ]:
        bill = _named(shows, name).bill
        assert bill[0].is_festival, name
        assert [entry.name for entry in bill if entry.is_headliner] == [headliner]
        assert len(bill) >= entries, name
    style = _named(shows, "Harry Styles: Love On Tour").bill[0]
    assert (style.is_headliner, style.is_festival) == (True, False), "his Event Style is Concert"


@pytest.mark.parametrize(
    ("name", "others", "festival"),
    [
        ("Harbour Aid 2027", 4, True),
        ("2027 Harbour Aid", 4, True),
        ("Harbour Aid", 4, False),
        ("Harbour Aid 2027", 3, False),
        ("Harbour Aid Live 2027", 4, False),
    ],
)
def test_an_edition_of_a_year_with_many_acts_is_a_festival(
    client: TicketmasterClient, answer: Answer, name: str, others: int, *, festival: bool
):
    """A first attraction that gives the event its name, with a year, heads a festival's bill; an act's tour has few."""
    acts = [{"id": "T0", "name": "Harbour Aid"}, *({"id": f"T{n}", "name": f"Act {n}"} for n in range(1, others + 1))]
    body = {"id": "E1", "name": name, "_embedded": {"attractions": acts}}
    details = client.show("E1").parse(answer(body))
    first, second = details.show.bill[:2]
    assert (first.is_festival, first.is_headliner, second.is_headliner) == (festival, not festival, festival)


@pytest.mark.parametrize(
    ("name", "alone"),
    [
        ("Nordlicht Booking", True),
        ("Winiary Bookings", True),
        ("Hafenklang Konzerte GmbH", True),
        ("Support", True),
        ("TBA", False),
        ("Support: TBA", False),
        ("Very Special Guests", False),
        ("and many more", False),
        ("Various Artists", False),
    ],
)
def test_promoters_and_places_kept_are_no_acts(client: TicketmasterClient, answer: Answer, name: str, *, alone: bool):
    """Whoever sells the show is not on its bill; `alone` a seller's name may be an act's, a kept place is none."""
    acts = [{"id": "n", "name": name}, {"id": "a", "name": "Otterwick Lane"}, {"id": "b", "name": "Support Lesbiens"}]

    def details(*listed: dict[str, str]) -> ShowDetails:
        body = {"id": "x", "name": "A night", "_embedded": {"attractions": list(listed)}}
        return client.show("x").parse(answer(body))

    def bill(*listed: dict[str, str]) -> list[tuple[str, int, bool]]:
        return [(e.name, e.set_order, e.is_headliner) for e in details(*listed).show.bill]

    assert bill(*acts) == [("Otterwick Lane", 1, True), ("Support Lesbiens", 2, False)]
    assert bill(acts[0]) == ([(name, 1, True)] if alone else [])
    why = "not on the bill: who sells it, or a place kept on its bill"
    assert details(*acts).rejects == (Reject(kind="act", key="n", reason=why, sample=name),)


def test_suites_are_no_acts(shows: list[tuple[dict[str, Any], ShowDetails]]):
    """What is sold beside a show stands among the attractions and does not get on the bill."""
    names = {entry.name for _, details in shows for entry in details.show.bill}
    assert "The Kooks" in names
    assert not {name for name in names if "Experience" in name or name in {"Parking Event", "Country Megaticket"}}


def test_every_attraction_is_on_the_bill_or_rejected(shows: list[tuple[dict[str, Any], ShowDetails]]):
    """Nothing of a recorded bill is lost without a reason and a sample."""
    for raw, details in shows:
        sent = {act["id"] for act in raw.get("_embedded", {}).get("attractions", [])}
        on_bill = {act.provider_id for act in details.show.bill}
        assert sent - on_bill == {one.key for one in details.rejects if one.kind == "act"}


def test_an_act_of_the_type_upsell_makes_an_addon(client: TicketmasterClient, answer: Answer):
    """The classification counts before words: one attraction of that type beside the act is enough."""
    upsell = {"id": "b", "name": "The Lighthouse Moment", "classifications": [{"type": {"id": "KZAyXgnZfZ7v7nJ"}}]}
    acts = [{"id": "a", "name": "Otterwick Lane"}, upsell]
    body = {"id": "x", "name": "Otterwick Lane - The Lighthouse Moment", "_embedded": {"attractions": acts}}
    show = client.show("x").parse(answer(body)).show
    assert (show.is_addon, [act.name for act in show.bill]) == (True, ["Otterwick Lane"])
    plain = {**body, "_embedded": {"attractions": acts[:1]}}
    assert not client.show("x").parse(answer(plain)).show.is_addon


def test_external_ids(client: TicketmasterClient, answer: Answer, recorded: Recorded):
    """An MBID and a Spotify id are taken from the links, with and without tracking; a user's page gives none."""
    found = {}
    for body in recorded("attractions-search/artists-2023*.json").values():
        found = {one["name"]: client.artist("x").parse(answer(one)) for one in body["_embedded"]["attractions"]}
    (coldplay,) = recorded("attraction/coldplay*.json").values()
    artist = client.artist(coldplay["id"]).parse(answer(coldplay))
    assert (artist.mbid, artist.spotify_id) == ("cc197bad-dc9c-440d-a5b5-d52ba2e14234", None)
    assert sum(a.mbid is not None for a in found.values()) >= 10
    assert sum(a.spotify_id is not None for a in found.values()) >= 3


@pytest.mark.parametrize(
    ("url", "spotify_id"),
    [
        ("https://open.spotify.com/artist/5HAtRoEPUvGSA7ziTGB1cF?autoplay=true", "5HAtRoEPUvGSA7ziTGB1cF"),
        ("https://open.spotify.com/artist/12fRkVfO2fUsz1QHgDAG3g?si=7p4535&nd=1", "12fRkVfO2fUsz1QHgDAG3g"),
        ("https://open.spotify.com/intl-es/artist/12fRkVfO2fUsz1QHgDAG3g", "12fRkVfO2fUsz1QHgDAG3g"),
        ("HTTP://OPEN.SPOTIFY.COM/artist/12fRkVfO2fUsz1QHgDAG3g/", "12fRkVfO2fUsz1QHgDAG3g"),
        ("open.spotify.com/embed/artist/12fRkVfO2fUsz1QHgDAG3g", "12fRkVfO2fUsz1QHgDAG3g"),
        ("https://play.spotify.com/artist/12fRkVfO2fUsz1QHgDAG3g", "12fRkVfO2fUsz1QHgDAG3g"),
        (" spotify:artist:12fRkVfO2fUsz1QHgDAG3g ", "12fRkVfO2fUsz1QHgDAG3g"),
        ("https://open.spotify.com/album/12fRkVfO2fUsz1QHgDAG3g", None),
        ("", None),
        ("https://open.spotify.com/playlist/12fRkVfO2fUsz1QHgDAG3g", None),
        ("https://open.spotify.com/user/lukebryan", None),
        ("https://open.spotify.com/artist/12fRkVfO2fUsz1QHgDAG3gX", None),
    ],
)
def test_spotify_links(client: TicketmasterClient, answer: Answer, url: str, spotify_id: str | None):
    """Only the 22 characters after /artist/ name an artist."""
    body = {"id": "K8vZ1", "name": "Someone", "externalLinks": {"spotify": [{"url": url}]}}
    assert client.artist("K8vZ1").parse(answer(body)).spotify_id == spotify_id


def test_every_recorded_attraction(client: TicketmasterClient, answer: Answer, recorded: Recorded):
    """Each attraction becomes an artist with a name and a slug, punctuation-only names too."""
    for file, body in recorded("attraction/*.json").items():
        artist = client.artist(body["id"]).parse(answer(body))
        assert (artist.ticketmaster_id, artist.name) == (body["id"], body["name"]), file
        assert artist.slug, file
    for file, body in recorded("attractions-search/*.json").items():
        for one in body["_embedded"]["attractions"]:
            assert client.artist(one["id"]).parse(answer(one)).slug, file


def test_images_show_the_artist(client: TicketmasterClient, answer: Answer, recorded: Recorded):
    """The picture is the artist's own, wide and not huge; a fallback of the genre is none."""
    (coldplay,) = recorded("attraction/coldplay*.json").values()
    image = client.artist("x").parse(answer(coldplay)).image_url
    assert image is not None
    assert image.endswith("RETINA_LANDSCAPE_16_9.jpg")
    fallback = {"id": "x", "name": "y", "images": [{"url": "https://s1.example.com/a.jpg", "fallback": True}]}
    assert client.artist("x").parse(answer(fallback)).image_url is None
    small = client.artist("x").parse(answer(coldplay)).small_image_url
    assert small is not None
    assert small.endswith("EVENT_DETAIL_PAGE_16_9.jpg")


def test_tribute_bands_are_told(client: TicketmasterClient, answer: Answer, raw_events: Raw):
    """A search finds them as tribute acts, so that they are known and never taken for the artist; others are none."""
    acts = [act for _, raw in raw_events for act in raw.get("_embedded", {}).get("attractions", [])]
    tributes = [act for act in acts if act["classifications"][0].get("subType", {}).get("name") == "Tribute Band"]
    body = {"_embedded": {"attractions": acts}, "page": {"size": 100, "totalElements": len(acts), "totalPages": 1}}
    found = {artist.ticketmaster_id: artist.kind for artist in client.search_artists("x").parse(answer(body)).items}
    assert tributes
    assert {found[act["id"]] for act in tributes} == {RecordKind.TRIBUTE}
    assert found["K8vZ9174XZ0"] is not RecordKind.TRIBUTE, "Harry Styles"
    assert client.artist("x").parse(answer(tributes[0])).ticketmaster_id == tributes[0]["id"]


def place(body: dict[str, Any]) -> Venue:
    """Read the body of a venue."""
    venue = to_venue(read_one(body, WireVenue), datetime(2026, 1, 1, tzinfo=UTC))
    assert venue is not None
    return venue


def test_every_recorded_venue(recorded: Recorded):
    """Each venue keeps its name; degrees are numbers, cities have no stray blanks."""
    for file, body in recorded("venue/*.json").items():
        venue = place(body)
        assert venue.name == " ".join(body["name"].split()), file
        assert (venue.latitude is None) is (venue.longitude is None), file
    for file, body in recorded("venues-search/*.json").items():
        for venue in map(place, body.get("_embedded", {}).get("venues", [])):
            assert venue.name, file
    (plain,) = recorded("venue/docs-2016-please-do-not-use.json").values()
    venue = place(plain)
    assert (venue.latitude, venue.longitude, venue.country_code) == (44.9453534, -75.1870273, "CA")


def test_venues_of_events(shows: list[tuple[dict[str, Any], ShowDetails]]):
    """Country codes have two letters, also where three were sent; a gap stays one."""
    countries = Counter(d.venue.country_code for _, d in shows if d.venue)
    assert all(code is None or len(code) == 2 for code in countries)
    assert countries["CA"] > 26, "66 records say CAN"
    assert all(d.venue.city == d.venue.city.strip() for _, d in shows if d.venue and d.venue.city)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ({"latitude": "0", "longitude": "0.0"}, (None, None)),
        ({"latitude": "91.5", "longitude": "10"}, (None, None)),
        ({"latitude": "51.5"}, (None, None)),
        ({"latitude": "51.5", "longitude": "0"}, (51.5, 0.0)),
    ],
)
def test_positions(location: dict[str, str], expected: tuple[Any, Any]):
    """Both degrees or neither; zero and zero is a gap; Greenwich is a place."""
    venue = place({"id": "x", "name": "y", "location": location})
    assert (venue.latitude, venue.longitude) == expected


def test_an_event_in_full(client: TicketmasterClient, answer: Answer):
    """Every field of a show comes from where it is said; links to localhost are dropped."""
    body = {
        "id": "vvG1VZ_-x",
        "name": "  Martin Harley - \u00c2\u0096Morning  Sun ",
        "url": "http://localhost:3000/x",
        "images": [
            {"url": "https://img.example.com/genre.jpg", "width": 1024, "ratio": "16_9", "fallback": True},
            {"url": "https://img.example.com/small.jpg", "width": 205, "ratio": "16_9"},
            {"url": "https://img.example.com/large.jpg", "width": 640, "ratio": "16_9"},
        ],
        "dates": {
            "start": {"localDate": "2026-12-01", "localTime": "20:00:00", "dateTime": "2026-12-02T03:00:00Z"},
            "timezone": "America/Denver",
        },
        "_embedded": {"venues": [{"id": "v", "name": "Hall", "city": {"name": "Las Vegas "}}], "attractions": None},
    }
    show = client.show("x").parse(answer(body)).show
    assert show.name == "Martin Harley - Â Morning Sun"
    assert (show.local_date, show.local_time) == (date(2026, 12, 1), time(20))
    assert show.starts_at == datetime(2026, 12, 2, 3, tzinfo=UTC)
    assert show.url is None
    assert show.image_url == "https://img.example.com/large.jpg"
    assert show.bill == ()


def test_what_is_no_event(client: TicketmasterClient, answer: Answer, recorded: Recorded):
    """Test events are dropped from lists; a body without a name, or without an id, is unusable."""
    events = [{"id": "a", "name": "A", "test": True}, {"name": "no id"}, {"id": "b", "name": "B"}, {"id": "c"}]
    page = client.artist_shows("x", datetime.now(UTC))[0].parse(
        answer({"_embedded": {"events": events}, "page": {"size": 200, "totalElements": 4, "totalPages": 1}})
    )
    assert [details.show.provider_id for details in page.items] == ["b"]
    (images,) = recorded("event/sdk-ruby-2016-event-images.json").values()
    with pytest.raises(BadPayload):
        client.show("x").parse(answer(images))


def test_every_recorded_list(client: TicketmasterClient, answer: Answer, recorded: Recorded):
    """A list gives one row per event; one whose page block its recorder cut off is no list."""
    for file, body in recorded("events-search/*.json").items():
        call = client.artist_shows("x", datetime(2026, 1, 1, tzinfo=UTC))[0]
        if "page" not in body:
            with pytest.raises(Unavailable):
                call.parse(answer(body))
            continue
        page = call.parse(answer(body))
        assert len(page.items) == len({e["id"] for e in body.get("_embedded", {}).get("events", [])}), file
        assert page.total == body["page"]["totalElements"], file
