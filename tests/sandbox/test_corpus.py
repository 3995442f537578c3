"""The recorded world, served again."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.sandbox.listing import slots_shown
from thesetd.sandbox.search import parse_query
from thesetd.sandbox.twins.spotify.recorded import RecordedSpotify
from thesetd.sandbox.world import NoCorpus, World, recorded_world

GORILLAZ = "3AA28KZvwAUcZuOKwyblJQ"
NEVER_RECORDED = ["4h1VDZwacXaPt7CtO186uP", "046irMJGxbyxFOFwglj02y"]
_ORIGIN, _HERE = "https://api.spotify.com", "http://sandbox/spotify"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def _albums(replay: Any, **params: str) -> tuple[list[str], list[int]]:
    """Follow an artist's album pages to the end; give the ids and the length of each page."""
    ids, lengths, link = [], [], f"artists/{GORILLAZ}/albums"
    while link:
        body = (await replay.spotify(link, **params)).json()
        ids += [item["id"] for item in body["items"]]
        lengths.append(len(body["items"]))
        link, params = body["next"], {}
    return ids, lengths


@pytest.mark.parametrize(
    ("limit", "lengths"),
    [
        ("10", [10, 10, 10, 10, 10, 10, 10, 8, 3]),
        ("13", [13, 13, 13, 13, 13, 13, 3]),
        ("20", [20, 20, 20, 18, 3]),
        ("50", [50, 31]),
    ],
)
async def test_gorillaz_has_81_albums_although_total_says_83(replay: Any, limit: str, lengths: list[int]) -> None:
    """Any limit gives the same 81 albums; the page with the slots that were never shown is short."""
    ids, found = await _albums(replay, limit=limit, include_groups="album,single,compilation")
    assert len(ids) == len(set(ids)) == 81
    assert found == lengths


async def test_the_recorded_pages_come_back_as_they_were(replay: Any, corpus: Path) -> None:
    """At the recorded limit each page has the recorded items, total and neighbours."""
    for offset in (0, 20, 40, 60, 80):
        path = corpus / "spotify" / "artist-albums" / f"spotdl25-3AA28K-offset{offset}.json"
        answer = await replay.spotify(
            f"artists/{GORILLAZ}/albums", limit="20", offset=str(offset), include_groups="album,single,compilation"
        )
        recorded = path.read_text(encoding="utf-8")
        recorded = recorded.replace(
            f"{_ORIGIN}/v1/artists/{GORILLAZ}/albums?", f"{_HERE}/v1/artists/{GORILLAZ}/albums?"
        )
        expected = json.loads(recorded)
        body = answer.json()
        assert [item["id"] for item in body.pop("items")] == [item["id"] for item in expected.pop("items")]
        assert body == expected


@given(limit=st.integers(1, 50))
def test_groups_and_limits_cut_one_sequence(recorded: World, limit: int) -> None:
    """The pages of any limit, joined, are the recorded sequence."""
    listing = recorded.sources["spotify"].listing("artist-albums", GORILLAZ)
    assert listing is not None
    joined = [slot for offset in range(0, len(listing), limit) for slot in slots_shown(listing, offset, limit)]
    assert [slot["id"] for slot in joined if slot] == [slot["id"] for slot in listing if isinstance(slot, dict)]


async def test_one_request_for_each_group(replay: Any) -> None:
    """The groups together are the whole: 14 albums, 64 of 66 singles, 3 compilations, nothing as a guest."""
    lengths, totals = [], []
    for group in ("album", "single", "compilation", "appears_on"):
        ids, _ = await _albums(replay, include_groups=group, limit="10")
        lengths.append(len(ids))
        totals.append((await replay.spotify(f"artists/{GORILLAZ}/albums", include_groups=group)).json()["total"])
    assert lengths == [14, 64, 3, 0]
    assert totals == [14, 66, 3, 0]


async def test_79_albums_have_364_tracks_and_two_were_never_recorded(replay: Any) -> None:
    """Bodies are there for all but two albums: those are 404 alone and null in a batch."""
    ids, _ = await _albums(replay, limit="50")
    bodies = {one: await replay.spotify(f"albums/{one}") for one in ids}
    missing = [one for one, answer in bodies.items() if answer.status_code == 404]
    assert sorted(missing) == sorted(NEVER_RECORDED)
    found = [answer.json() for one, answer in bodies.items() if one not in missing]
    assert len(found) == 79
    assert len({track["id"] for album in found for track in album["tracks"]["items"]}) == 364
    assert all(album["tracks"]["total"] == album["total_tracks"] for album in found)
    batch = (await replay.spotify("albums", ids=",".join([*NEVER_RECORDED, found[0]["id"]]))).json()["albums"]
    assert batch[:2] == [None, None]
    assert batch[2]["id"] == found[0]["id"]


async def test_the_search_ranks_gorillat_first_and_gorillaz_behind_ten(replay: Any) -> None:
    """Recordings of one query are joined, the oldest first; all forms of the query find them."""
    for text in ("Gorillaz", "artist: gorillaz", 'artist:"Gorillaz"'):
        page = (await replay.spotify("search", q=text, type="artist", limit="20")).json()["artists"]
        names = [item["name"] for item in page["items"]]
        assert (names[0], names.index("Gorillaz"), page["total"]) == ("GorillaT", 10, 20)
    other = (await replay.spotify("search", q="Joji", type="artist")).json()["artists"]["items"]
    assert other[0]["name"] == "Joji"


async def test_the_newest_recording_of_an_entity_holds(replay: Any) -> None:
    """Followers, popularity and titles are those of 2025 where 2024 was recorded too."""
    artist = (await replay.spotify(f"artists/{GORILLAZ}")).json()
    assert (artist["followers"]["total"], artist["popularity"]) == (13776987, 83)
    album = (await replay.spotify("albums/0bUTHlWbkSQysoM3VsWldT")).json()
    titles = {track["name"] for track in album["tracks"]["items"]}
    assert "DARE (feat. Shaun Ryder & Roses Gabor)" in titles


async def test_what_was_not_recorded_is_not_there(replay: Any) -> None:
    """Features and recommendations answer where recorded, and 404 elsewhere; top tracks are made of tracks."""
    made = (await replay.spotify(f"artists/{GORILLAZ}/top-tracks")).json()["tracks"]
    assert [track["name"] for track in made[:2]] == ["Feel Good Inc.", "On Melancholy Hill"]
    assert (await replay.spotify(f"artists/{'0' * 22}/top-tracks")).status_code == 404
    top = (await replay.spotify("artists/43ZHCT0cAZBISjO8DG9PnE/top-tracks")).json()["tracks"]
    assert all("43ZHCT0cAZBISjO8DG9PnE" in {artist["id"] for artist in track["artists"]} for track in top)
    advice = await replay.spotify("recommendations", seed_artists="4NHQUGzhtTLFvgF5SZesLK")
    assert advice.json()["tracks"]
    assert (await replay.spotify("recommendations", seed_artists=GORILLAZ)).status_code == 404


async def test_every_recorded_artist_has_lists_even_if_none_was_recorded(replay: Any, recorded: World) -> None:
    """The recorded albums that credit the artist are its list, by group; without any it is empty."""
    star_party = (await replay.spotify("artists/2VXRxdCCHHajU61ohOXnO1/albums", market="US")).json()
    assert [album["name"] for album in star_party["items"]] == ["Ark"]
    assert {"label", "copyrights", "tracks"}.isdisjoint(star_party["items"][0])
    guest = "artists/1UnA09CtdmT16mvmzbXnON/albums"
    own, as_guest = [(await replay.spotify(guest, include_groups=group)).json() for group in ("single", "appears_on")]
    assert ([album["album_group"] for album in own["items"]], len(as_guest["items"])) == (["single"] * 3, 2)
    for artist in recorded.sources["spotify"].search("artist", parse_query("Joji")):
        for path in ("albums", "top-tracks"):
            assert (await replay.spotify(f"artists/{artist['id']}/{path}")).status_code == 200


async def test_recorded_events_are_found_by_attraction_name_and_date(replay: Any) -> None:
    """Events, attractions and venues answer by id and by search, with what each event embeds."""
    found = (await replay.ticketmaster("attractions.json", keyword="Imagine Dragons")).json()["_embedded"]
    attraction = next(one for one in found["attractions"] if one["name"] == "Imagine Dragons")
    events = (await replay.ticketmaster("events.json", attractionId=attraction["id"], size="200")).json()
    for event in events["_embedded"]["events"]:
        assert attraction["id"] in {one["id"] for one in event["_embedded"]["attractions"]}
        assert (await replay.ticketmaster(f"events/{event['id']}")).json() == event
    later = await replay.ticketmaster(
        "events.json", attractionId=attraction["id"], startDateTime="2030-01-01T00:00:00Z"
    )
    assert later.json()["page"]["totalElements"] == 0
    assert (await replay.ticketmaster("events.json", keyword="Gorillaz nowhere")).json()["page"]["totalPages"] == 0


async def test_a_rescheduled_event_is_the_newer_recording(replay: Any) -> None:
    """The same id was recorded on sale for 2020 and rescheduled to 2021."""
    event = (await replay.ticketmaster("events/vv1AaZAqAGkdPXfSW")).json()
    assert event["dates"]["status"]["code"] == "rescheduled"
    assert event["dates"]["start"]["localDate"] == "2021-10-16"


async def test_recorded_setlists_are_paged_anew(replay: Any) -> None:
    """An artist's setlists from all recordings come once each, newest first, 20 to a page."""
    u2 = "a3cb23fc-acd3-4ce0-8f36-1e5aa6a18432"
    first = (await replay.setlistfm(f"artist/{u2}/setlists")).json()
    ids = []
    for page in range(1, -(-first["total"] // 20) + 1):
        body = (await replay.setlistfm(f"artist/{u2}/setlists", p=str(page))).json()
        ids += [one["id"] for one in body["setlist"]]
    assert len(ids) == len(set(ids)) == first["total"] >= 60
    name = (await replay.setlistfm("search/artists", artistName="U2", sort="relevance")).json()["artist"]
    assert name[0]["mbid"] == u2


async def test_of_several_versions_the_last_edited_is_served(replay: Any) -> None:
    """A setlist that was recorded growing has its final songs; hand-edited copies are left out."""
    rush = (await replay.setlistfm("setlist/3414963")).json()
    assert sum(len(one["song"]) for one in rush["sets"]["set"]) == 30
    shikari = (await replay.setlistfm("setlist/5393a7c5")).json()
    assert shikari["artist"]["name"] == "Enter Shikari"


def test_every_recorded_card_has_its_body(recorded: World) -> None:
    """Whatever a search can find can be fetched."""
    events, setlists = (
        recorded.sources["ticketmaster"].events(None, NOW),
        recorded.sources["setlistfm"].setlists(None, NOW),
    )
    assert all(recorded.sources["ticketmaster"].entity("event", card.event_id, NOW) for card in events)
    assert all(recorded.sources["setlistfm"].entity("setlist", card.setlist_id, NOW) for card in setlists)


def test_the_newest_recording_of_a_list_holds(tmp_path: Path) -> None:
    """Pages of one list from different days are not mixed: the newest day's pages are the list."""
    index: dict[str, Any] = {"entries": []}
    folder = tmp_path / "album-tracks"
    folder.mkdir()
    recordings = (("b", "2024-08-24", 0, "xy"), ("a", "2025-08-31", 0, "pq"), ("c", "2025-08-31", 2, "r"))
    for name, day, offset, ids in recordings:
        page = {
            "href": f"https://api.spotify.com/v1/albums/{GORILLAZ}/tracks?offset={offset}&limit=2",
            "offset": offset,
            "total": 3,
            "items": [{"id": one} for one in ids],
        }
        (folder / f"{name}.json").write_text(json.dumps(page), encoding="utf-8")
        index["entries"].append({"file": f"album-tracks/{name}.json", "recorded": f"{day}T00:00:00+00:00"})
    (tmp_path / "CRAWL-INDEX.json").write_text(json.dumps(index), encoding="utf-8")
    assert RecordedSpotify(tmp_path).listing("album-tracks", GORILLAZ) == [{"id": "p"}, {"id": "q"}, {"id": "r"}]


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    """The error says what was looked for."""
    with pytest.raises(NoCorpus, match=r"CRAWL-INDEX\.json is missing"):
        recorded_world(tmp_path)
