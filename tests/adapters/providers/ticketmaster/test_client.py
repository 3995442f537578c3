"""What is asked, and how lists go on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from thesetd.adapters.http import Credentials
from thesetd.adapters.providers.ticketmaster import PROVIDER, TicketmasterClient, TicketmasterSettings
from thesetd.adapters.providers.ticketmaster.auth import ApiKey
from thesetd.domain.errors import NotConfigured
from thesetd.domain.gate.calls import Call, Page, Response
from thesetd.domain.shows.sweep import Ask, SweepWindow
from thesetd.ports.providers import ShowDetails, Shows

Answer = Callable[..., Response]
SINCE = datetime(2026, 11, 22, 13, 30, 15, 999999, tzinfo=timezone(timedelta(hours=1)))


def _params(call: Call[Any]) -> dict[str, str]:
    return dict(call.request.params)


def _page_of(ids: range, *, total: int, size: int = 200) -> dict[str, Any]:
    events = [{"id": f"e{i}", "name": f"Show {i}"} for i in ids]
    about = {"size": size, "totalElements": total, "totalPages": -(-total // size), "number": 0}
    return {"_embedded": {"events": events}, "page": about} if events else {"page": about}


def _first(client: TicketmasterClient) -> Call[Page[ShowDetails]]:
    return client.artist_shows("K8vZ9171ya0", SINCE)[0]


def test_the_client_is_a_provider_of_shows(client: TicketmasterClient):
    """It fits the port and offers everybody the same."""
    shows: Shows = client
    assert shows.provider == PROVIDER.name
    assert not shows.downgrade("batches")


def test_shows_of_an_artist_are_three_lists(client: TicketmasterClient):
    """Dated events from then on, and the two kinds without a date, which no dated query finds."""
    dated, tba, tbd = (_params(call) for call in client.artist_shows("K8vZ9171ya0", SINCE))
    assert dated["startDateTime"] == "2026-11-22T12:30:15Z"
    assert (tba["includeTBA"], tbd["includeTBD"]) == ("only", "only")
    assert "startDateTime" not in tba | tbd
    assert not {"includeTBA", "includeTBD"} & dated.keys()
    for query in (dated, tba, tbd):
        assert query["attractionId"] == "K8vZ9171ya0"
        assert (query["size"], query["page"], query["sort"]) == ("200", "0", "id,asc")
        assert query["locale"] == "en-us,en,*"


def test_artists_share_their_lists(client: TicketmasterClient, answer: Answer):
    """The requests are the same for each of them, whatever the order; each takes its own events from the answer."""
    ids = ["K8vZ9171ya2", "K8vZ9171ya0", "K8vZ9171ya1"]
    calls = {one: client.artist_shows(one, SINCE, [*reversed(ids)]) for one in ids}
    requests = {one: [call.request for call in lists] for one, lists in calls.items()}
    assert requests[ids[0]] == requests[ids[1]] == requests[ids[2]]
    assert {_params(call)["attractionId"] for call in calls[ids[0]]} == {"K8vZ9171ya0,K8vZ9171ya1,K8vZ9171ya2"}
    body = _page_of(range(3), total=3)
    bills = [[ids[0]], [ids[1], ids[0]], []]
    for event, bill in zip(body["_embedded"]["events"], bills, strict=True):
        event["_embedded"] = {"attractions": [{"id": act, "name": f"Act {act}"} for act in bill]}
    pages = {one: calls[one][0].parse(answer(body)) for one in ids}
    assert {one: [item.show.provider_id for item in page.items] for one, page in pages.items()} == {
        ids[0]: ["e0", "e1"],
        ids[1]: ["e1"],
        ids[2]: [],
    }
    assert {(page.total, page.sent, page.rejects) for page in pages.values()} == {(3, 3, ())}


def test_artists_are_looked_up_together(client: TicketmasterClient, answer: Answer):
    """A hundred with one call; one that Ticketmaster does not know is missing."""
    calls = client.artists([f"K{n}" for n in range(150)])
    assert [len(_params(call)["id"].split(",")) for call in calls] == [100, 50]
    assert not client.artists([])
    body = {
        "_embedded": {"attractions": [{"id": "K1", "name": "Anna"}, {"id": "K3", "name": "Hanna"}]},
        "page": {"size": 100, "totalElements": 2, "totalPages": 1, "number": 0},
    }
    found = calls[0].parse(answer(body))
    assert [(one.ticketmaster_id, one.name) for one in found] == [("K1", "Anna"), ("K3", "Hanna")]


def test_countries_narrow_lists_of_events():
    """Configured countries go into every such list, and into no search for artists."""
    client = TicketmasterClient(("US", "CA"))
    calls = [*client.artist_shows("x", SINCE), *client.undated()]
    assert all(_params(call)["countryCode"] == "US,CA" for call in calls)
    assert "countryCode" not in _params(client.search_artists("x"))


def test_searches(client: TicketmasterClient):
    """Artists are searched in the music segment by its id, sweeps as well; names are sent as they are."""
    assert (
        _params(client.search_artists("Sigur Rós & Co")).items()
        >= {
            "keyword": "Sigur Rós & Co",
            "segmentId": "KZFzniwnSyZfZ7v7nJ",
        }.items()
    )
    week = SweepWindow(since=SINCE, until=SINCE + timedelta(days=7))
    assert _params(client.window(Ask(window=week, page=0)))["endDateTime"] == "2026-11-29T12:30:15Z"


def test_ids_cannot_leave_their_place(client: TicketmasterClient):
    """An id is one segment of the path, whatever it holds."""
    assert client.artist("../venues?x=1").request.path == "attractions/..%2Fvenues%3Fx%3D1.json"
    assert client.show("vvG1_-").request.path == "events/vvG1_-.json"


def test_pages_follow_to_the_end(client: TicketmasterClient, answer: Answer):
    """Full pages lead on by number, a short one ends the list; links in the body are not looked at."""
    page = _first(client).parse(answer(_page_of(range(200), total=350)))
    assert page.next is not None
    assert (_params(page.next)["page"], page.total, len(page.items)) == ("1", 350, 200)
    assert page.next.parse(answer(_page_of(range(200, 350), total=350))).next is None


def test_a_short_page_ends_a_list(client: TicketmasterClient, answer: Answer):
    """The number of pages is no proof: some answers count it for pages of another size."""
    assert _first(client).parse(answer(_page_of(range(150), total=1500))).next is None


def test_an_empty_list_has_no_embedded(client: TicketmasterClient, answer: Answer):
    """No `_embedded`, no pages: an empty list, not an error."""
    page = _first(client).parse(answer(_page_of(range(0), total=0)))
    assert (page.items, page.next, page.total) == ((), None, 0)


def test_depth(client: TicketmasterClient, answer: Answer):
    """Page 5 of 200 would be at depth 1,000, which is refused: a longer list ends after page 4, its total tells."""
    call, pages = _first(client), 0
    while True:
        page = call.parse(answer(_page_of(range(pages * 200, pages * 200 + 200), total=9000)))
        pages += 1
        if page.next is None:
            break
        call = page.next
    assert (pages, page.total) == (5, 9000)


def test_a_list_that_repeats_itself_ends(client: TicketmasterClient, answer: Answer):
    """A page of nothing but known ids ends the list; ids that moved onto the next page are not given twice."""
    body = _page_of(range(200), total=9000)
    again = _first(client).parse(answer(body)).next
    assert again is not None
    assert again.parse(answer(body)).next is None
    moved = again.parse(answer(_page_of(range(150, 350), total=9000)))
    assert [d.show.provider_id for d in moved.items] == [f"e{i}" for i in range(200, 350)]
    assert moved.next is not None


def test_a_server_with_pages_of_its_own_size(client: TicketmasterClient, answer: Answer):
    """Where the answer says that it used another size, that one counts."""
    page = _first(client).parse(answer(_page_of(range(20), total=45, size=20)))
    assert page.next is not None
    assert _first(client).parse(answer(_page_of(range(20), total=20, size=20))).next is None


async def test_the_key_is_a_parameter_and_nowhere_else():
    """Credentials carry the key, trimmed; no repr shows it; without a key nothing can be asked."""
    auth = PROVIDER.auth(TicketmasterSettings(api_key=" s3cret\n"), None, None)  # type: ignore[arg-type]  # not used
    credentials = await auth.credentials()
    assert credentials.params == {"apikey": "s3cret"}
    assert not credentials.headers
    assert "s3cret" not in repr(credentials) + repr(auth) + repr(TicketmasterSettings(api_key="s3cret"))
    assert not auth.rejected(Credentials())
    with pytest.raises(NotConfigured, match="TICKETMASTER_API_KEY"):
        await ApiKey("  ").credentials()


def test_no_request_names_the_key(client: TicketmasterClient):
    """Cache keys and ledgers are made of requests, which never hold the parameter."""
    calls: list[Call[Any]] = [
        *client.artist_shows("x", SINCE),
        client.search_artists("x"),
        client.artist("x"),
        client.show("x"),
        *client.undated(),
    ]
    assert all("apikey" not in call.request.key.casefold() for call in calls)


def test_settings():
    """The defaults are the documented limits with room; a missing key is named; countries are codes."""
    settings = TicketmasterSettings()
    assert [str(window) for window in settings.limits] == ["4/1s", "5000/1d"]
    assert settings.missing() == ("api_key",)
    assert TicketmasterSettings(api_key="k", countries=(" us", "CA")).countries == ("US", "CA")
    assert TicketmasterSettings(api_key="k").missing() == ()
    with pytest.raises(ValueError, match="USA"):
        TicketmasterSettings(countries=("USA",))
    assert isinstance(PROVIDER.client(settings), TicketmasterClient)
    assert SINCE.astimezone(UTC).utcoffset() == timedelta(0)
