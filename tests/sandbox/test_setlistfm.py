"""The emulated setlist.fm."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from thesetd.domain.gate.windows import Window


def _touring(sandbox: Any) -> Any:
    """Return an artist with more setlists than fit on a page."""
    universe = sandbox.world.sources["setlistfm"]._universe
    now = sandbox.clock.now()
    return next(
        one
        for one in universe.roster
        if one.mbid and len(sandbox.world.sources["setlistfm"].setlists(one.mbid, now)) > 40
    )


async def test_the_gateway_wants_key_agent_and_json(open_sandbox: Callable[..., Any]) -> None:
    """A wrong key or no User-Agent is 403 in the gateway's shape, an unserved language or type 406."""
    sandbox = open_sandbox()
    for headers in ({"x-api-key": "wrong"}, {"x-api-key": "sandbox-key "}, {"user-agent": ""}):
        refused = await sandbox.setlistfm("search/artists", headers=headers)
        assert (refused.status_code, refused.json()) == (403, {"message": "Forbidden"})
    for headers in ({"accept-language": "ja"}, {"accept": "*/*"}):
        assert (await sandbox.setlistfm("search/artists", headers=headers)).status_code == 406
    welcome = {"accept-language": "en-GB,en;q=0.9"}
    assert (await sandbox.setlistfm("search/artists", headers=welcome)).status_code == 200


async def test_the_three_kinds_of_404(open_sandbox: Callable[..., Any]) -> None:
    """No hit, a page past the end and an unknown id differ by the message alone."""
    sandbox = open_sandbox()
    empty = await sandbox.setlistfm("search/artists", artistName="nobody of this name")
    beyond = await sandbox.setlistfm("search/artists", p="2000")
    unknown = await sandbox.setlistfm("artist/00000000-0000-4000-a000-000000000000/setlists")
    messages = [(one.status_code, one.json()["message"]) for one in (empty, beyond, unknown)]
    assert messages == [(404, "not found"), (404, "page does not exist: 2000"), (404, "unknown mbid")]
    assert empty.json().keys() == {"code", "status", "message", "timestamp"}
    assert (await sandbox.setlistfm("no/such/thing")).status_code == 404


async def test_pages_have_exactly_the_length_that_total_says(open_sandbox: Callable[..., Any]) -> None:
    """Setlists come 20 to a page, newest first, each once."""
    sandbox = open_sandbox()
    artist, page, total = _touring(sandbox), 1, 1
    found: list[dict[str, Any]] = []
    while len(found) < total:
        body = (await sandbox.setlistfm(f"artist/{artist.mbid}/setlists", p=str(page))).json()
        total = body["total"]
        assert (body["type"], body["itemsPerPage"], body["page"]) == ("setlists", 20, page)
        assert len(body["setlist"]) == min(20, total - (page - 1) * 20)
        found += body["setlist"]
        page += 1
    days = [datetime.strptime(one["eventDate"], "%d-%m-%Y").replace(tzinfo=UTC) for one in found]
    assert days == sorted(days, reverse=True)
    assert len({one["id"] for one in found}) == total


async def test_artists_are_found_by_name_and_mbid(open_sandbox: Callable[..., Any]) -> None:
    """Relevance puts the equal name first, the default order is by sort name, an MBID finds one."""
    sandbox = open_sandbox()
    artist = _touring(sandbox)
    relevant = (await sandbox.setlistfm("search/artists", artistName=artist.name, sort="relevance")).json()
    assert relevant["artist"][0]["name"] == artist.slfm_name
    everybody = (await sandbox.setlistfm("search/artists")).json()
    assert everybody["itemsPerPage"] == 30
    names = [one["sortName"] for one in everybody["artist"]]
    assert names == sorted(names)
    (one,) = (await sandbox.setlistfm("search/artists", artistMbid=artist.mbid)).json()["artist"]
    assert one == (await sandbox.setlistfm(f"artist/{artist.mbid}")).json()


async def test_setlists_are_found_by_date_and_place(open_sandbox: Callable[..., Any]) -> None:
    """Artist, date, city, venue, tour and year narrow together; a setlist is the same by search and by id."""
    sandbox = open_sandbox()
    artist = _touring(sandbox)
    wanted = (await sandbox.setlistfm(f"artist/{artist.mbid}/setlists", p="2")).json()["setlist"][0]
    venue = wanted["venue"]
    for params in (
        {"date": wanted["eventDate"]},
        {"cityId": venue["city"]["id"], "countryCode": venue["city"]["country"]["code"]},
        {"venueName": venue["name"], "cityName": venue["city"]["name"], "stateCode": venue["city"]["stateCode"]},
        {"venueId": venue["id"], "year": wanted["eventDate"][-4:]},
        {"lastUpdated": "20080922000000", "date": wanted["eventDate"]},
    ):
        found = (await sandbox.setlistfm("search/setlists", artistMbid=artist.mbid, **params)).json()
        assert wanted["id"] in {one["id"] for one in found["setlist"]}
    assert (await sandbox.setlistfm(f"setlist/{wanted['id']}")).json() == wanted
    here = (await sandbox.setlistfm(f"venue/{venue['id']}/setlists")).json()
    assert {one["venue"]["id"] for one in here["setlist"]} == {venue["id"]}
    assert (await sandbox.setlistfm(f"venue/{venue['id']}")).json() == venue


async def test_edits_are_found_from_a_second_on(open_sandbox: Callable[..., Any]) -> None:
    """Those edited at that second or later, of one artist; the page that changes again is found again, else 404."""
    sandbox = open_sandbox()
    artist = _touring(sandbox)

    async def edited(since: datetime) -> list[str]:
        params = {"artistMbid": artist.mbid, "lastUpdated": f"{since:%Y%m%d%H%M%S}"}
        answer = await sandbox.setlistfm("search/setlists", **params)
        if answer.status_code == 404:
            assert answer.json()["message"] == "not found"
            return []
        return [one["id"] for one in answer.json()["setlist"]]

    cards = sandbox.world.sources["setlistfm"].setlists(artist.mbid, sandbox.clock.now())
    last = max(card.last_updated for card in cards)
    here = {card.setlist_id for card in cards if card.last_updated == last}
    assert set(await edited(last)) == here
    assert await edited(last + timedelta(seconds=1)) == []
    sandbox.clock.moment += timedelta(days=300)  # more shows, whose pages are written in the nights after them
    later = await edited(last + timedelta(seconds=1))
    assert later
    assert here.isdisjoint(later)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"date": "2026-01-31"}, "invalid date: 2026-01-31"),
        ({"lastUpdated": "yesterday"}, "invalid lastUpdated: yesterday"),
        ({"lastUpdated": "20080921235959"}, "was 2008-09-21T23:59:59Z"),
    ],
)
async def test_malformed_values_are_400(open_sandbox: Callable[..., Any], params: dict[str, str], message: str) -> None:
    """A date in ISO form, or a time before the site's first, is the client's mistake."""
    refused = await open_sandbox().setlistfm("search/setlists", **params)
    assert refused.status_code == 400
    assert message in refused.json()["message"]


async def test_a_setlist_is_written_in_the_days_after(open_sandbox: Callable[..., Any]) -> None:
    """It appears two days ahead without songs, has most of them the next morning and all of them two days later."""
    sandbox = open_sandbox()
    artist = _touring(sandbox)
    cards = sandbox.world.sources["setlistfm"].setlists(artist.mbid, sandbox.clock.now())
    bodies = [
        sandbox.world.sources["setlistfm"].entity("setlist", card.setlist_id, sandbox.clock.now()) for card in cards
    ]
    settled = next(body for body in bodies if len(body["sets"]["set"]) > 1)
    day = datetime.strptime(settled["eventDate"], "%d-%m-%Y").replace(tzinfo=UTC)
    versions, songs = [], []
    for moment in (timedelta(days=-3), timedelta(days=-1), timedelta(days=1, hours=6), timedelta(days=4)):
        sandbox.clock.moment = day + moment
        answer = await sandbox.setlistfm(f"setlist/{settled['id']}")
        versions.append(answer.json().get("versionId"))
        sets = answer.json().get("sets", {"set": []})["set"]
        songs.append(sum(len(one["song"]) for one in sets))
    assert songs[:2] == [0, 0]
    assert 0 < songs[2] == songs[3] - 2
    assert versions[0] is None
    assert len(set(versions)) == 4


async def test_the_two_limits_differ_by_text(open_sandbox: Callable[..., Any], autojump_clock: MockClock) -> None:
    """Both are 429 without Retry-After: too fast says Too Many Requests, too many Limit Exceeded."""
    sandbox = open_sandbox(limits={"setlistfm": (Window(1, 1.0), Window(2, 86400.0))})
    answers = []
    for pause in (0, 0, 1, 1):
        await trio.sleep(pause)
        answers.append(await sandbox.setlistfm("search/artists"))
    assert [one.status_code for one in answers] == [200, 429, 200, 429]
    assert answers[1].json() == {"message": "Too Many Requests"}
    assert answers[3].json() == {"message": "Limit Exceeded"}
