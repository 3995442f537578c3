"""The emulated Ticketmaster."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from thesetd.domain.gate.windows import Window

MUSIC = "KZFzniwnSyZfZ7v7nJ"


async def _events(sandbox: Any, **params: Any) -> list[dict[str, Any]]:
    """Fetch every page of a search."""
    events, page, pages = [], 0, 1
    while page < pages:
        body = (await sandbox.ticketmaster("events.json", size="100", page=str(page), **params)).json()
        pages, page = body["page"]["totalPages"], page + 1
        events += body.get("_embedded", {}).get("events", [])
    return events


def _headliner(sandbox: Any) -> Any:
    universe = sandbox.world.sources["ticketmaster"]._universe
    coming = datetime(2027, 1, 1, tzinfo=UTC).year
    artists = (one for one in universe.roster if one.attraction_id and len(universe.tour(one, coming)) > 5)
    return next(artists)


async def test_the_key_is_checked(open_sandbox: Callable[..., Any]) -> None:
    """A missing or wrong key is the gateway's 401, without rate-limit headers."""
    sandbox = open_sandbox(limits={"ticketmaster": (Window(5000, 86400.0),)})
    for query in ("", "?apikey=wrong"):
        refused = await sandbox.send("GET", f"/ticketmaster/discovery/v2/events.json{query}")
        assert refused.status_code == 401
        assert refused.json()["fault"]["detail"]["errorcode"] == "oauth.v2.InvalidApiKey"
        assert "rate-limit" not in refused.headers


async def test_quota_headers_come_with_success_only(
    open_sandbox: Callable[..., Any], autojump_clock: MockClock
) -> None:
    """A 200 tells the rest of the quota and its reset in epoch milliseconds; a 404 counts and tells nothing."""
    sandbox = open_sandbox(limits={"ticketmaster": (Window(5000, 86400.0),)})
    assert (await sandbox.ticketmaster("events/unknown")).status_code == 404
    answer = await sandbox.ticketmaster("venues.json")
    assert answer.headers["rate-limit"] == "5000"
    assert answer.headers["rate-limit-available"] == "4998"
    reset = datetime.fromtimestamp(int(answer.headers["rate-limit-reset"]) / 1000, UTC)
    assert timedelta(hours=23) < reset - sandbox.clock.now() <= timedelta(days=1)


async def test_the_two_limits_have_two_shapes(open_sandbox: Callable[..., Any], autojump_clock: MockClock) -> None:
    """Too fast is a spike arrest, too many a quota violation that repeats the key; neither has Retry-After."""
    sandbox = open_sandbox(limits={"ticketmaster": (Window(1, 1.0), Window(2, 86400.0))})
    assert (await sandbox.ticketmaster("venues.json")).status_code == 200
    spike = await sandbox.ticketmaster("venues.json")
    await trio.sleep(1)
    assert (await sandbox.ticketmaster("venues.json")).status_code == 200
    quota = await sandbox.ticketmaster("venues.json")
    codes = [one.json()["fault"]["detail"]["errorcode"].rsplit(".")[-1] for one in (spike, quota)]
    assert codes == ["SpikeArrestViolation", "QuotaViolation"]
    assert "Identifier : sandbox-key" in quota.json()["fault"]["faultstring"]
    assert all("retry-after" not in one.headers for one in (spike, quota))


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"size": "201"}, "DIS1036"),
        ({"size": "200", "page": "5"}, "DIS1035"),
        ({"sort": "price,asc"}, "DIS1005"),
        ({"startDateTime": "2027-01-01T00:00:00.000Z"}, "DIS1015"),
        ({"startDateTime": "2027-13-01T00:00:00Z"}, "DIS1015"),
        ({"endDateTime": "2027-01-01"}, "DIS1015"),
    ],
)
async def test_bad_parameters_are_refused_by_code(
    open_sandbox: Callable[..., Any], params: dict[str, str], code: str
) -> None:
    """Each kind of bad parameter has its own code."""
    refused = await open_sandbox().ticketmaster("events.json", **params)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, code)


async def test_an_empty_result_has_nothing_embedded(open_sandbox: Callable[..., Any]) -> None:
    """No hit is 200 with zero pages and without `_embedded`; an unknown id is 404."""
    sandbox = open_sandbox()
    body = (await sandbox.ticketmaster("events.json", keyword="nothing of this name")).json()
    assert "_embedded" not in body
    assert body["page"] == {"size": 20, "totalElements": 0, "totalPages": 0, "number": 0}
    unknown = (await sandbox.ticketmaster("attractions/K8vZnone.json")).json()
    assert unknown["errors"][0]["code"] == "DIS1004"
    assert "id=K8vZnone)" in unknown["errors"][0]["detail"]


async def test_links_lack_the_key(open_sandbox: Callable[..., Any]) -> None:
    """Links are relative, hold the other parameters, and never the key."""
    links = (await open_sandbox().ticketmaster("events.json", size="5", sort="date,asc")).json()["_links"]
    assert links["next"]["href"] == "/discovery/v2/events.json?page=1&size=5&sort=date,asc"
    assert "prev" not in links
    assert "sandbox-key" not in str(links)


async def test_an_attraction_leads_to_its_events(open_sandbox: Callable[..., Any]) -> None:
    """A keyword finds the attraction, its id the events it is billed in, each with venue and bill."""
    sandbox = open_sandbox()
    artist = _headliner(sandbox)
    found = (await sandbox.ticketmaster("attractions.json", keyword=artist.name, segmentId=MUSIC)).json()
    attraction = next(one for one in found["_embedded"]["attractions"] if one["id"] == artist.attraction_id)
    events = await _events(sandbox, attractionId=artist.attraction_id, includeTBA="yes")
    assert len(events) == attraction["upcomingEvents"]["_total"]
    for event in events:
        assert artist.attraction_id in {one["id"] for one in event["_embedded"]["attractions"]}
        venue = event["_embedded"]["venues"][0]
        assert (await sandbox.ticketmaster(f"venues/{venue['id']}")).json()["name"] == venue["name"]
        assert (await sandbox.ticketmaster(f"events/{event['id']}.json")).json() == event


async def test_an_event_without_a_date_must_be_asked_for(open_sandbox: Callable[..., Any]) -> None:
    """Postponed events show with includeTBA only, never in a query with dates, and keep their first date."""
    sandbox = open_sandbox()
    assert all("localDate" in event["dates"]["start"] for event in await _events(sandbox))
    tba = await _events(sandbox, includeTBA="only")
    assert tba
    assert {event["dates"]["status"]["code"] for event in tba} == {"postponed"}
    assert all("localDate" not in event["dates"]["start"] for event in tba)
    assert all(event["dates"]["initialStartDate"] for event in tba)
    assert await _events(sandbox, includeTBA="only", startDateTime="2026-01-01T00:00:00Z") == []
    assert await _events(sandbox, id=tba[0]["id"]) == []


async def test_dates_bound_the_start_inclusively(open_sandbox: Callable[..., Any]) -> None:
    """Both edges belong to the window, and windows that share an edge cover everything."""
    sandbox = open_sandbox()
    event = next(one for one in await _events(sandbox) if "dateTime" in one["dates"]["start"])
    moment = event["dates"]["start"]["dateTime"]
    hits = await _events(sandbox, startDateTime=moment, endDateTime=moment)
    assert event["id"] in {one["id"] for one in hits}
    assert {one["dates"]["start"]["dateTime"] for one in hits} == {moment}


async def test_past_events_drop_out(open_sandbox: Callable[..., Any]) -> None:
    """With the days events leave the search, and a week later their id is unknown."""
    sandbox = open_sandbox()
    today = sandbox.clock.now().date()
    events = await _events(sandbox)
    assert all(date.fromisoformat(one["dates"]["start"]["localDate"]) >= today for one in events)
    first = min(events, key=lambda one: one["dates"]["start"]["localDate"])
    day = date.fromisoformat(first["dates"]["start"]["localDate"])
    sandbox.clock.moment += day - today + timedelta(days=1)
    assert first["id"] not in {one["id"] for one in await _events(sandbox)}
    assert (await sandbox.ticketmaster(f"events/{first['id']}")).status_code == 200
    sandbox.clock.moment += timedelta(days=8)
    assert (await sandbox.ticketmaster(f"events/{first['id']}")).status_code == 404


async def test_filters_narrow(open_sandbox: Callable[..., Any]) -> None:
    """Country, city, venue and segment filter; an order by id is total."""
    sandbox = open_sandbox()
    everything = {one["id"] for one in await _events(sandbox)}
    british = await _events(sandbox, countryCode="GB", sort="id,asc")
    assert {one["_embedded"]["venues"][0]["country"]["countryCode"] for one in british} == {"GB"}
    assert [one["id"] for one in british] == sorted(one["id"] for one in british)
    venue = british[0]["_embedded"]["venues"][0]
    at_venue = {one["id"] for one in await _events(sandbox, venueId=venue["id"])}
    in_city = {one["id"] for one in await _events(sandbox, city=venue["city"]["name"])}
    assert british[0]["id"] in at_venue
    assert at_venue < in_city < everything
    assert {one["id"] for one in await _events(sandbox, segmentId=MUSIC)} < everything
