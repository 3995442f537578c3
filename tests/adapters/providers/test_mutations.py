"""Recorded bodies, damaged in thousands of ways: no crash, no silent loss, no value changed by what was not said."""

import copy
import json
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from exploring import EXPLORE
from thesetd.adapters.providers.setlistfm.client import SetlistfmClient
from thesetd.adapters.providers.spotify.client import SpotifyClient
from thesetd.adapters.providers.spotify.settings import SpotifySettings
from thesetd.adapters.providers.ticketmaster.client import TicketmasterClient
from thesetd.domain.errors import ProviderError
from thesetd.domain.gate.calls import Call, Page, Response
from thesetd.domain.music.records import ActualSetlist, Show

NOW = datetime(2026, 11, 28, tzinfo=UTC)
MUTATIONS = 40_000 if EXPLORE else 1_500
WRONG: tuple[Any, ...] = (None, "", 0, -1, 1.5, True, [], {}, [None], "x\0y", "\ud800", 2**70, {"id": {}}, "0000-00-00")
Item = tuple[str, tuple[str | int, ...]]


def paths(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the place of every value in a body."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield (*at, key)
        yield from paths(part, (*at, key))


def mutated(text: str, places: Sequence[tuple[str | int, ...]], rng: random.Random) -> Any:
    """Leave values of a body out, put others in their place, repeat or reorder them."""
    damaged = json.loads(text)  # six times as fast as a deep copy
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        place = rng.choice(places)
        try:
            holder = damaged
            for key in place[:-1]:
                holder = holder[key]
            match rng.randrange(4):
                case 0:
                    del holder[place[-1]]
                case 1 if isinstance(holder[place[-1]], list):
                    rng.shuffle(holder[place[-1]])
                case 2 if isinstance(holder, list):
                    holder.append(holder[place[-1]])
                case _:
                    holder[place[-1]] = copy.deepcopy(rng.choice(WRONG))
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # an earlier damage took the place away
    return damaged


def bodies(corpus: Path, *folders: str, most: int = 400_000) -> list[tuple[str, Any]]:
    """Read the recorded bodies of some folders, up to a size."""
    files = sorted(file for folder in folders for file in (corpus / folder).glob("*.json"))
    found = [(file.stem, json.loads(file.read_text("utf-8"))) for file in files]
    return [(name, body) for name, body in found if isinstance(body, dict) and len(json.dumps(body)) < most]


def read(call: Call[Page[Any]], body: Any) -> tuple[list[Any], list[tuple[str, str]]] | None:
    """Return what came of a body: the items, and kind and key of the rejects; None where it is refused as a whole."""
    try:
        page = call.parse(Response(status=200, headers={}, received_at=NOW, json=body))
    except ProviderError:
        return None
    of_items = [reject for item in page.items for reject in getattr(item, "rejects", ())]
    return list(page.items), [(one.kind, one.key) for one in (*page.rejects, *of_items)]


def listed(body: Any, *path: str) -> list[Any]:
    """Return the list at a place of a body as far as it is one, without nulls and repetitions of an id."""
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    items = [item for item in body if item is not None] if isinstance(body, list) else []
    ids = [item.get("id") if isinstance(item, dict) else None for item in items]
    return [
        item for number, item in enumerate(items) if not isinstance(ids[number], str) or ids[number] not in ids[:number]
    ]


def damage(
    recorded: Sequence[tuple[str, Any]], call: Callable[[], Call[Page[Any]]], path: tuple[str, ...], check: Any
) -> int:
    """Damage bodies and check what comes of them; return how many items were sent."""
    rng, sent = random.Random(20261128), 0
    texts = [(name, json.dumps(body), list(paths(body))) for name, body in recorded]
    for _ in range(MUTATIONS // 2):
        name, text, places = rng.choice(texts)
        damaged = mutated(text, places, rng)
        found = read(call(), damaged)
        if found is None:
            continue
        items, rejects = found
        there = listed(damaged, *path)
        sent += len(there)
        lost = [kind for kind, _ in rejects if kind in {"show", "setlist", "album", "song"} or kind == path[-1]]
        assert len(items) + len(lost) >= len(there), (name, len(items), rejects, len(there))
        check(items, there)
    return sent


def unsaid(shows: Sequence[Any], there: Sequence[Any]) -> None:
    """Hold each show against its body: what is not there is not said."""
    by_id = {item["id"]: item for item in there if isinstance(item, dict) and isinstance(item.get("id"), str)}
    for details in shows:
        show: Show = details.show
        item = by_id[show.provider_id]
        start = item.get("dates", {}).get("start") if isinstance(item.get("dates"), dict) else None
        if not isinstance(start, dict):
            assert (show.local_date, show.local_time, show.starts_at) == (None, None, None)
        if "priceRanges" not in item:
            assert not {name for name in show.withdrawn if name.startswith("price")}
        if not isinstance(item.get("name"), str):
            assert show.name == ""
        if not isinstance(item.get("url"), str):
            assert show.url is None
        status = item["dates"].get("status") if isinstance(item.get("dates"), dict) else None
        if not isinstance(status, dict) or not isinstance(status.get("code"), str):
            assert show.status is None


def unsaid_of_pages(pages: Sequence[Any], there: Sequence[Any]) -> None:
    """Hold each page of setlist.fm against its body: what is not there is not said."""
    by_id = {item["id"]: item for item in there if isinstance(item, dict) and isinstance(item.get("id"), str)}
    for details in pages:
        page: ActualSetlist = details.setlist
        item = by_id[page.setlistfm_id]
        if not isinstance(item.get("tour"), dict) or not isinstance(item["tour"].get("name"), str):
            assert page.tour is None
        if not isinstance(item.get("info"), str):
            assert page.info is None
        if not isinstance(item.get("venue"), dict):
            assert page.venue_provider_id is None
        if not isinstance(item.get("sets"), dict):
            assert (page.songs, page.encore_songs) == ((), ())
        assert item["eventDate"] == f"{page.event_date:%d-%m-%Y}"


def unsaid_of_albums(albums: Sequence[Any], there: Sequence[Any]) -> None:
    """Hold each album against its body: what is not there is not said, and no name is made up."""
    by_id = {item["id"]: item for item in there if isinstance(item, dict) and isinstance(item.get("id"), str)}
    for album in albums:
        item = by_id[album.spotify_id]
        if not isinstance(item.get("name"), str):
            assert album.name == ""
        if not isinstance(item.get("album_type"), str):
            assert album.album_type is None
        if not isinstance(item.get("release_date"), str):
            assert (album.release_date, album.released_on) == (None, None)
        if not isinstance(item.get("images"), list):
            assert album.image_url is None


def unsaid_of_songs(songs: Sequence[Any], there: Sequence[Any]) -> None:
    """Hold each track against its body: a place, a length or a word that is not there is not said."""
    by_id = {item["id"]: item for item in there if isinstance(item, dict) and isinstance(item.get("id"), str)}
    for song in songs:
        item = by_id.get(song.spotify_id, {})
        for field, said in (("disc_number", song.disc_number), ("track_number", song.track_number)):
            assert said is None or said == item.get(field)
        if not isinstance(item.get("explicit"), bool):
            assert song.explicit is None


def test_damaged_lists_of_albums(corpus: Path) -> None:
    """Each album of a page is an album or a reject, and says nothing that its body does not say."""
    recorded = [one for one in bodies(corpus, "spotify/artist-albums", most=60_000) if "items" in one[1]]
    client = SpotifyClient(SpotifySettings(mode="extended"))
    sent = damage(recorded, lambda: client.artist_albums("x")[0], ("items",), unsaid_of_albums)
    assert sent > MUTATIONS


def test_damaged_lists_of_tracks(corpus: Path) -> None:
    """Each track of a page is a song or a reject, and says nothing that its body does not say."""
    recorded = [one for one in bodies(corpus, "spotify/album-tracks", most=60_000) if "items" in one[1]]
    client = SpotifyClient(SpotifySettings(mode="extended"))
    sent = damage(recorded, lambda: client.album_tracks("x"), ("items",), unsaid_of_songs)
    assert sent > MUTATIONS


def test_damaged_events(corpus: Path) -> None:
    """Each event of a page is a show or a reject, and says nothing that its body does not say."""
    recorded = [one for one in bodies(corpus, "ticketmaster/events-search") if "_embedded" in one[1]]
    client = TicketmasterClient()
    sent = damage(recorded, lambda: client.artist_shows("x", NOW)[0], ("_embedded", "events"), unsaid)
    assert sent > MUTATIONS


def test_damaged_setlists(corpus: Path) -> None:
    """Each setlist of a page is one or a reject, and says nothing that its body does not say."""
    recorded = [
        one for one in bodies(corpus, "setlistfm/artist-setlists", "setlistfm/search-setlists") if "setlist" in one[1]
    ]
    if not recorded:
        pytest.skip("no recorded lists of setlists")
    client = SetlistfmClient()
    sent = damage(recorded, lambda: client.artist_setlists("x"), ("setlist",), unsaid_of_pages)
    assert sent > MUTATIONS // 4


def readers() -> dict[str, Callable[[], Call[Any]]]:
    """Return how the answers of each recorded endpoint are read, lists that have a test of their own left out."""
    one, many = SpotifyClient(SpotifySettings(mode="development")), SpotifyClient(SpotifySettings(mode="extended"))
    events, pages = TicketmasterClient(), SetlistfmClient()
    return {
        "spotify/album": lambda: one.albums(["x"])[0],
        "spotify/albums-several": lambda: many.albums(["x", "y"])[0],
        "spotify/artist": lambda: one.artist("x"),
        "spotify/artists-several": lambda: many.artists(["x", "y"])[0],
        "spotify/search": lambda: one.search_artists("x"),
        "spotify/top-tracks": lambda: _there(many.top_songs("x")),
        "ticketmaster/attraction": lambda: events.artist("x"),
        "ticketmaster/attractions-search": lambda: events.search_artists("x"),
        "ticketmaster/event": lambda: events.show("x"),
        "setlistfm/artist": lambda: pages.artist("x"),
        "setlistfm/search-artists": lambda: pages.search_artists("x"),
        "setlistfm/setlist": lambda: pages.setlist("x"),
    }


def _there(call: Call[Any] | None) -> Call[Any]:
    assert call is not None
    return call


@pytest.mark.parametrize("folder", readers())
def test_damaged_answers_of_every_endpoint(corpus: Path, folder: str) -> None:
    """What cannot be read is refused as a provider's error or told as a reject; no track of an album is lost."""
    recorded = [(name, json.dumps(body), list(paths(body))) for name, body in bodies(corpus, folder, most=100_000)]
    if not recorded:
        pytest.skip("nothing recorded")
    rng, call = random.Random(folder), readers()[folder]
    for _ in range(MUTATIONS // 15):
        name, text, places = rng.choice(recorded)
        damaged = mutated(text, places, rng)
        try:
            found = call().parse(Response(status=200, headers={}, received_at=NOW, json=damaged))
        except ProviderError:
            continue
        if folder == "spotify/album":
            ((details),) = found
            sent = listed(damaged, "tracks", "items")
            assert len(details.songs) + len(details.rejects) >= len(sent), (name, details.rejects)
            ids = {item.get("id") for item in sent if isinstance(item, dict) and isinstance(item.get("id"), str)}
            unsaid_of_songs([song for song in details.songs if song.spotify_id in ids], sent)
