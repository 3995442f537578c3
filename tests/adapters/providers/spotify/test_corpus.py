"""Every relevant recorded body, through the client that would have asked for it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from thesetd.adapters.providers.spotify import SpotifyClient
from thesetd.domain.gate.calls import Call, Page, Response
from thesetd.domain.music.records import Album
from thesetd.domain.music.versions import Version

Answer = Callable[..., Response]
Recorded = Callable[[str], dict[str, Any]]

GORILLAZ = "3AA28KZvwAUcZuOKwyblJQ"


def test_artists(extended: SpotifyClient, recorded: Recorded, answer: Answer):
    """Every recorded artist, full or simplified, becomes a record under its id with its name."""
    for file, body in recorded("artist/*.json").items():
        artist = extended.artist(body["id"]).parse(answer(body))
        assert (artist.spotify_id, artist.name) == (body["id"], body["name"].strip()), file
        assert artist.slug, file


def test_floats_and_nulls_of_artists(extended: SpotifyClient, recorded: Recorded, answer: Answer):
    """Numbers sent as floats become integers; a follower count of null is not said."""
    floats = recorded("artist/quoted-arctic-monkeys-floats-2024.json")
    null = recorded("artist/quoted-kent-followers-null.json")
    artist = extended.artist("x").parse(answer(*floats.values()))
    assert (artist.followers, artist.popularity) == (23_024_383, 85)
    assert type(artist.followers) is type(artist.popularity) is int
    assert extended.artist("x").parse(answer(*null.values())).followers is None


def test_albums(development: SpotifyClient, recorded: Recorded, answer: Answer):
    """Every recorded album keeps its row, its date with precision, and each of its tracks that has an id and a name."""
    for file, body in recorded("album/*.json").items():
        (details,) = development.albums([body["id"]])[0].parse(answer(body))
        named = [track for track in body["tracks"]["items"] if track and track["id"] and track["name"]]
        assert details.album.spotify_id == body["id"], file
        assert details.album.name, file
        if isinstance(body["release_date"], str):  # an object in one body from before 2015
            assert details.album.release_date == body["release_date"], file
            assert details.album.precision == body["release_date_precision"], file
        assert len(details.songs) == len(named), file
        assert {song.album_spotify_id for song in details.songs} <= {body["id"]}, file
        assert (details.more_songs is None) is (body["tracks"].get("next") is None), file


def test_songs_keep_the_id_that_their_album_lists(development: SpotifyClient, recorded: Recorded, answer: Answer):
    """A substituted track with linked_from.id null is stored under the id in linked_from.uri."""
    checked = 0
    for body in recorded("album/spotdl24-*.json").values():
        (details,) = development.albums([body["id"]])[0].parse(answer(body))
        for song, track in zip(details.songs, body["tracks"]["items"], strict=True):
            if link := track.get("linked_from"):
                assert link["id"] is None
                assert song.spotify_id == link["uri"].split(":")[2] != track["id"]
                checked += 1
    assert checked == 24


def test_album_tracks(extended: SpotifyClient, recorded: Recorded, answer: Answer):
    """Every recorded page of album tracks gives one song per track, on the album asked about."""
    for file, body in recorded("album-tracks/*.json").items():
        page = extended.album_tracks("album0").parse(answer(body))
        assert len(page.items) == len(body["items"]), file
        assert {song.album_spotify_id for song in page.items} == {"album0"}, file


def test_gorillaz_albums_when_every_page_is_followed(extended: SpotifyClient, corpus: Path, answer: Answer):
    """81 distinct albums, though total says 83 and a page in the middle holds 18 of 20 items."""
    pages = _follow(extended.artist_albums(GORILLAZ)[0], _crawl(corpus), answer)
    albums = [album for page in pages for album in page.items]
    assert [len(page.items) for page in pages] == [20, 20, 20, 18, 3]
    assert {page.total for page in pages} == {83}
    assert len({album.spotify_id for album in albums}) == 81
    assert {album.artist_spotify_id for album in albums} == {GORILLAZ}
    assert {album.album_group for album in albums} == {"album", "single", "compilation"}


def test_gorillaz_songs(extended: SpotifyClient, corpus: Path, recorded: Recorded, answer: Answer):
    """The 79 albums that were recorded hold 364 distinct songs; those of the live album are live."""
    crawl = _crawl(corpus)
    listed = [a for page in _follow(extended.artist_albums(GORILLAZ)[0], crawl, answer) for a in page.items]
    bodies = {body["id"]: body for body in recorded("album/spotdl25-*.json").values()}
    asked = [bodies[album.spotify_id] for album in listed if album.spotify_id in bodies]
    found = []
    for start in range(0, len(asked), 20):
        (call,) = extended.albums([body["id"] for body in asked[start : start + 20]])
        found += call.parse(answer({"albums": asked[start : start + 20]}))
    songs = [song for details in found for song in details.songs]
    assert len(found) == 79
    assert len({song.spotify_id for song in songs}) == 364
    (live,) = [d for d in found if d.album.name.startswith("Demon Days Live")]
    assert live.album.version is Version.LIVE
    assert {song.version for song in live.songs} == {Version.LIVE}


def test_searches_for_artists(extended: SpotifyClient, recorded: Recorded, answer: Answer):
    """Every recorded artist search is read; a similar name may rank first, and the list goes on."""
    for file, body in recorded("search/*.json").items():
        if isinstance(body.get("artists"), dict):
            page = extended.search_artists("x").parse(answer(body))
            assert len(page.items) == len([item for item in body["artists"]["items"] if item]), file
    (body,) = recorded("search/spotdl24-artist-3a-gorillaz-artist.json").values()
    page = extended.search_artists("gorillaz").parse(answer(body))
    assert page.items[0].name == "GorillaT"
    assert page.next is not None


def test_several(extended: SpotifyClient, recorded: Recorded, answer: Answer):
    """Batches give what they hold, in order; null stands for an unknown id and is left out."""
    plans: dict[str, Callable[[list[str]], Any]] = {
        "albums": extended.albums,
        "artists": extended.artists,
        "audio_features": extended.audio_features,
    }
    for key, plan in plans.items():
        for file, body in recorded(f"{key.replace('_', '-')}*/*.json").items():
            if isinstance(body, dict) and body.get(key):
                ids = [(item or {"id": f"unknown{at}"})["id"] for at, item in enumerate(body[key])]
                expected = [item["id"] for item in body[key] if item]
                (call,) = plan(ids)
                found = [getattr(item, "album", item).spotify_id for item in call.parse(answer(body))]
                assert found == expected, file


def test_lists_of_songs(extended: SpotifyClient, recorded: Recorded, answer: Answer):
    """Top tracks, and recommendations with their upper-case types, give a song per track that names its album."""
    call = extended.top_songs(GORILLAZ)
    assert call is not None
    for folder in ("top-tracks", "recommendations"):
        for file, body in recorded(f"{folder}/*.json").items():
            on_albums = [track for track in body["tracks"] if track.get("album")]
            assert len(call.parse(answer(body))) == len(on_albums), file


def test_recommendations(extended: SpotifyClient, recorded: Recorded, answer: Answer):
    """Each track has its title and the names of its artists."""
    (call,) = extended.recommendations(GORILLAZ)
    for file, body in recorded("recommendations/*.json").items():
        told = [(one.title, one.artists) for one in call.parse(answer(body))]
        assert told == [(track["name"], tuple(a["name"] for a in track["artists"])) for track in body["tracks"]], file


def _crawl(corpus: Path) -> dict[str, Any]:
    entries = json.loads((corpus / "spotify" / "CRAWL-INDEX.json").read_text())["entries"]
    return {
        e["url"]: json.loads((corpus / "spotify" / e["file"]).read_text()) for e in entries if "/albums?" in e["url"]
    }


def _follow(first: Call[Page[Album]], crawl: dict[str, Any], answer: Answer) -> list[Page[Album]]:
    (start,) = [body for url, body in crawl.items() if GORILLAZ in url and "offset=0" in url]
    pages = [first.parse(answer(start))]
    while (call := pages[-1].next) is not None:
        pages.append(call.parse(answer(crawl[call.request.path])))
    return pages
