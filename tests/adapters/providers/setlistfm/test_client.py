"""What is asked, how lists go on, and which failure means what."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from thesetd.adapters.http import Credentials
from thesetd.adapters.providers.setlistfm import PROVIDER, SetlistfmClient, SetlistfmSettings
from thesetd.adapters.providers.setlistfm.auth import ApiKey
from thesetd.domain.errors import (
    BadPayload,
    NotConfigured,
    NotFound,
    ProviderError,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
)
from thesetd.domain.gate.calls import Call, Response
from thesetd.ports.providers import Setlists

Answer = Callable[..., Response]
Recorded = Callable[[str], dict[str, Any]]
RECEIVED = datetime(2026, 1, 1, tzinfo=UTC)
MBID = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"


def _lists(client: SetlistfmClient) -> list[Call[Any]]:
    return [
        client.search_artists("x"),
        client.artist_setlists(MBID),
        client.edited_setlists(MBID, RECEIVED),
    ]


def _lookups(client: SetlistfmClient) -> list[Call[Any]]:
    return [client.artist(MBID), client.setlist("63de4613")]


def test_the_client_is_a_provider_of_setlists(client: SetlistfmClient):
    """It fits the port and offers everybody the same."""
    setlists: Setlists = client
    assert setlists.provider == PROVIDER.name
    assert not setlists.downgrade("batches")


def test_paths_and_parameters(client: SetlistfmClient):
    """Artists are searched by relevance; ids cannot leave their place in the path."""
    asked = [(call.request.path, dict(call.request.params)) for call in (*_lists(client), *_lookups(client))]
    assert asked == [
        ("search/artists", {"artistName": "x", "sort": "relevance", "p": "1"}),
        (f"artist/{MBID}/setlists", {"p": "1"}),
        ("search/setlists", {"artistMbid": MBID, "lastUpdated": "20260101000000", "p": "1"}),
        (f"artist/{MBID}", {}),
        ("setlist/63de4613", {}),
    ]
    assert client.setlist("../x?y").request.path == "setlist/..%2Fx%3Fy"


def test_edits_are_asked_for_by_artist_and_second_in_utc(client: SetlistfmClient):
    """`yyyyMMddHHmmss` of any zone's moment; one before the first that setlist.fm accepts becomes that."""
    oslo = timezone(timedelta(hours=2))
    for since, said in (
        (datetime(2026, 7, 1, 0, 30, 59, 999_999, tzinfo=oslo), "20260630223059"),
        (datetime(2008, 9, 21, 23, 59, 59, tzinfo=UTC), "20080922000000"),
    ):
        request = client.edited_setlists(MBID, since).request
        assert request.path == "search/setlists"
        assert dict(request.params) == {"artistMbid": MBID, "lastUpdated": said, "p": "1"}


@pytest.mark.parametrize(
    ("date", "as_of"),
    [
        ("Wed, 31 Dec 2025 23:00:00 GMT", datetime(2025, 12, 31, 23, tzinfo=UTC)),
        ("Thu, 01 Jan 2026 04:00:00 GMT", RECEIVED),
        ("yesterday", RECEIVED),
        ("", RECEIVED),
    ],
)
def test_an_answer_is_of_the_earlier_of_two_clocks(client: SetlistfmClient, date: str, as_of: datetime):
    """The provider's or the one that received it: what is asked for from then on misses nothing. So for empty ones."""
    body = {"type": "setlists", "itemsPerPage": 20, "page": 1, "total": 0, "setlist": []}
    for status in (200, 404):
        response = Response(status=status, headers={"date": date}, received_at=RECEIVED, json=body)
        assert client.edited_setlists(MBID, RECEIVED).parse(response).as_of == as_of


def test_every_recorded_list_pages_by_its_total(client: SetlistfmClient, answer: Answer, recorded: Recorded):
    """Each list gives a row per item, and another page while pages of that size do not reach the total."""
    patterns = {
        "search-artists/*.json": client.search_artists("x"),
        "artist-setlists/*.json": client.artist_setlists(MBID),
        "search-setlists/*.json": client.edited_setlists(MBID, RECEIVED),
        "venue-setlists/*.json": client.artist_setlists(MBID),
        "user-setlists/*.json": client.artist_setlists(MBID),
    }
    for pattern, call in patterns.items():
        for file, body in recorded(pattern).items():
            page = call.parse(answer(body))
            assert len(page.items) == len(body["artist" if "artists" in pattern else "setlist"]), file
            assert page.total == body["total"], file
            assert (page.next is None) is (body["total"] <= body["itemsPerPage"]), file


def test_pages_count_from_one_to_the_last(client: SetlistfmClient, answer: Answer, recorded: Recorded):
    """Three recorded pages of one artist, and then as many more as the total asks for, not one beyond."""
    bodies = list(recorded("artist-setlists/u2-p?-2026.json").values())
    call: Call[Any] | None = client.artist_setlists(MBID)
    numbers = []
    while call is not None:
        numbers.append(int(dict(call.request.params)["p"]))
        call = call.parse(answer(bodies[min(len(numbers), len(bodies)) - 1])).next
    assert numbers == list(range(1, -(-bodies[0]["total"] // bodies[0]["itemsPerPage"]) + 1))


def test_a_full_last_page_ends_a_list(client: SetlistfmClient, answer: Answer, recorded: Recorded):
    """Where pages reach the total exactly there is no further one: asking would waste a call on a 404."""
    (body,) = recorded("artist-setlists/u2-p1-2026.json").values()
    assert client.artist_setlists(MBID).parse(answer({**body, "total": 20})).next is None
    assert client.artist_setlists(MBID).parse(answer({**body, "total": 21})).next is not None


def test_an_empty_page_before_the_end_is_no_answer(client: SetlistfmClient, answer: Answer):
    """A list of 500 has no empty page: it is asked for again. One of none has."""
    body = {"type": "setlists", "itemsPerPage": 20, "page": 1, "total": 500, "setlist": []}
    with pytest.raises(Unavailable, match="page 1 of 500 items is empty"):
        client.artist_setlists(MBID).parse(answer(body))
    assert client.artist_setlists(MBID).parse(answer({**body, "total": 0})).next is None


def test_404_has_two_meanings(client: SetlistfmClient, answer: Answer, recorded: Recorded):
    """An empty list for lists and searches, whatever the body's shape; not found for an id."""
    for file, body in {**recorded("errors/*404*.json"), **recorded("errors/docs-*.json")}.items():
        for call in _lists(client):
            page = call.parse(answer(body, status=404))
            assert (page.items, page.next, page.total) == ((), None, 0), file
        for call in _lookups(client):
            with pytest.raises(NotFound):
                call.parse(answer(body, status=404))


def test_a_page_beyond_the_end_is_empty(client: SetlistfmClient, answer: Answer, recorded: Recorded):
    """A list that shrank while it was read ends there; its total is not known to be zero."""
    (body,) = recorded("artist-setlists/u2-p1-2026.json").values()
    following = client.artist_setlists(MBID).parse(answer(body)).next
    assert following is not None
    page = following.parse(answer({"code": 404, "message": "page does not exist: 2"}, status=404))
    assert (page.items, page.next, page.total) == ((), None, None)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, {"message": "Forbidden"}, Unauthorized),
        (401, None, Unauthorized),
        (400, {"code": 400, "message": "last modified must not be before ..."}, Refused),
        (406, None, Refused),
        (429, {"message": "Too Many Requests"}, RateLimited),
        (429, {"message": "Limit Exceeded"}, RateLimited),
        (500, None, Unavailable),
        (502, None, Unavailable),
        (504, {"message": "Endpoint request timed out"}, Unavailable),
        (200, None, Unavailable),
        (200, [], BadPayload),
        (200, {"total": 0}, BadPayload),
    ],
)
def test_statuses(client: SetlistfmClient, answer: Answer, status: int, body: Any, kind: type[ProviderError]):
    """The status alone decides, for every kind of call; XML (no JSON at all) is no answer."""
    for call in (*_lists(client), *_lookups(client)):
        with pytest.raises(ProviderError) as caught:
            call.parse(answer(body, status=status))
        assert type(caught.value) is kind


def test_a_recorded_refusal_tells_the_operator(client: SetlistfmClient, answer: Answer, recorded: Recorded):
    """403 is the key, and the text names the setting."""
    (body,) = recorded("errors/403-*.json").values()
    with pytest.raises(Unauthorized, match=r"providers\.setlistfm\.api_key"):
        client.artist(MBID).parse(answer(body, status=403))


def test_retry_after_is_honoured_if_it_ever_comes(client: SetlistfmClient, answer: Answer):
    """Nobody has seen the header here; without it there is no hint."""
    for headers, hint in (({"retry-after": "3"}, 3.0), ({}, None)):
        with pytest.raises(RateLimited) as caught:
            client.artist(MBID).parse(answer(status=429, headers=headers))
        assert caught.value.retry_after_s == hint


async def test_headers_that_go_with_every_request():
    """Key (trimmed), JSON, English; no repr shows the key; without a key nothing can be asked."""
    auth = PROVIDER.auth(SetlistfmSettings(api_key="s3cret \n"), None, None)  # type: ignore[arg-type]  # not used
    credentials = await auth.credentials()
    assert credentials.headers == {"x-api-key": "s3cret", "accept": "application/json", "accept-language": "en"}
    assert not credentials.params
    assert "s3cret" not in repr(credentials) + repr(auth) + repr(SetlistfmSettings(api_key="s3cret"))
    assert not auth.rejected(Credentials())
    with pytest.raises(NotConfigured, match="SETLISTFM_API_KEY"):
        await ApiKey("").credentials()


def test_recorded_requests_had_the_same_form(client: SetlistfmClient, corpus: Path):
    """The addresses that recorders called are the ones that are built here."""
    text = (corpus / "setlistfm" / "headers" / "zschumacher-cassette-headers.json").read_text()
    for call in _lists(client):
        known = call.request.path.replace(MBID, "0bfba3d3-6a04-4779-bb0a-df07df5b0558")
        assert f"/rest/1.0/{known}" in text


def test_settings():
    """One call a second and 1,440 a day unless the operator says otherwise; a missing key is named."""
    settings = SetlistfmSettings()
    assert [str(window) for window in settings.limits] == ["1/1s", "1440/1d"]
    assert (settings.concurrency, settings.missing()) == (1, ("api_key",))
    assert SetlistfmSettings(api_key="k").missing() == ()
    assert isinstance(PROVIDER.client(settings), SetlistfmClient)
