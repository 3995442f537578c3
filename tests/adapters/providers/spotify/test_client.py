from collections.abc import Callable
from typing import Any

import pytest

from thesetd.adapters.providers.spotify import SpotifyClient, SpotifySettings
from thesetd.adapters.providers.spotify.profile import CAPABILITIES, DEVELOPMENT, EXTENDED
from thesetd.domain.errors import BadPayload, NotFound
from thesetd.domain.gate.calls import Call, Page, Response

Answer = Callable[..., Response]


def params(call: Call[Any]) -> dict[str, str]:
    """Return a call's query parameters."""
    return dict(call.request.params)


def listed(*ids: str, next_url: str | None = None) -> dict[str, Any]:
    """Return a page of albums."""
    return {"items": [{"id": name, "name": name} for name in ids], "next": next_url, "total": 97}


def test_extended_asks_for_all_own_releases_in_one_list(extended: SpotifyClient, answer: Answer):
    """One list of 50 a page, never appears_on; the group is the item's."""
    (call,) = extended.artist_albums("art")
    assert call.request.path == "artists/art/albums"
    assert params(call) == {"include_groups": "album,single,compilation", "limit": "50"}
    body = {"items": [{"id": "A", "name": "A", "album_group": "SINGLE"}], "next": None}
    assert call.parse(answer(body)).items[0].album_group == "single"


def test_development_asks_for_one_list_per_group(development: SpotifyClient, answer: Answer):
    """Three lists of 10 a page; the group is the request's, since the answers name none."""
    calls = development.artist_albums("art")
    assert [params(call) for call in calls] == [
        {"include_groups": group, "limit": "10"} for group in ("album", "single", "compilation")
    ]
    assert [call.parse(answer(listed("A"))).items[0].album_group for call in calls] == [
        "album",
        "single",
        "compilation",
    ]


def test_batches_and_single_calls(extended: SpotifyClient, development: SpotifyClient):
    """Extended fetches 20 albums, 50 artists a call, Development one; doubled ids are asked for once."""
    ids = [f"id{number}" for number in range(101)] + ["id0"]
    assert [len(params(call)["ids"].split(",")) for call in extended.albums(ids)] == [20, 20, 20, 20, 20, 1]
    assert [len(params(call)["ids"].split(",")) for call in extended.artists(ids)] == [50, 50, 1]
    assert [len(params(call)["ids"].split(",")) for call in extended.audio_features(ids)] == [100, 1]
    assert [call.request.path for call in development.albums(["a", "b", "a"])] == ["albums/a", "albums/b"]


def test_popular_songs_cost_as_few_calls_as_the_profile_allows(extended: SpotifyClient, answer: Answer):
    """The top ten with one call; without that endpoint the tracks fifty at a time; without batches nothing."""
    ids = [f"id{number}" for number in range(60)]
    top = extended.top_songs("art")
    assert top is not None
    assert top.request.path == "artists/art/top-tracks"
    extended.downgrade("top-tracks")
    assert extended.top_songs("art") is None
    many = extended.popularity(ids)
    assert [len(params(call)["ids"].split(",")) for call in many] == [50, 10]
    track = {"id": "id50", "name": "One", "popularity": 66, "album": {"id": "A", "name": "A"}}
    assert [one.popularity for one in many[1].parse(answer({"tracks": [track, None]}))] == [66]
    extended.downgrade("batch")
    assert extended.popularity(ids) == ()


def test_an_album_that_does_not_exist_is_missing_in_the_answer(development: SpotifyClient, answer: Answer):
    """404 for one of several albums is no error: the others count."""
    (call,) = development.albums(["gone"])
    assert call.parse(answer({"error": {"status": 404, "message": "Resource not found"}}, 404)) == ()


def test_an_artist_that_does_not_exist(extended: SpotifyClient, answer: Answer):
    """404 and a takedown of the one artist asked for are both NotFound."""
    call = extended.artist("gone")
    with pytest.raises(NotFound):
        call.parse(answer({"error": {"status": 404, "message": "Resource not found"}}, 404))
    with pytest.raises(NotFound):
        call.parse(answer({"id": "gone", "name": ""}))


def test_substitutes_tell_the_requested_id(extended: SpotifyClient, answer: Answer):
    """An answer with an id that nobody asked for names the id at its position; a known id stands for itself."""
    (call,) = extended.artists(["a", "b", "c"])
    body = {"artists": [{"id": "x", "name": "X"}, None, {"id": "c", "name": "C"}]}
    assert [(artist.spotify_id, artist.asked_as) for artist in call.parse(answer(body))] == [("x", "a"), ("c", None)]
    (call,) = extended.artists(["a", "b"])
    swapped = {"artists": [{"id": "b", "name": "B"}, {"id": "a", "name": "A"}]}
    assert [artist.spotify_id for artist in call.parse(answer(swapped))] == ["b", "a"]


def test_albums_bring_their_songs(extended: SpotifyClient, answer: Answer):
    """Embedded songs come along; more than the embedded page are asked for, on the same album."""
    tracks = {
        "items": [{"id": "t1", "name": "One"}, None],
        "next": "https://api.spotify.com/v1/albums/a/tracks?offset=50",
    }
    (call,) = extended.albums(["a"])
    (details,) = call.parse(answer({"albums": [{"id": "a", "name": "A", "tracks": tracks}]}))
    assert [(song.spotify_id, song.album_spotify_id) for song in details.songs] == [("t1", "a")]
    assert details.more_songs is not None
    assert details.more_songs.request.path == "https://api.spotify.com/v1/albums/a/tracks?offset=50"
    more = details.more_songs.parse(answer({"items": [{"id": "t51", "name": "Last"}], "next": None}))
    assert [(song.spotify_id, song.album_spotify_id) for song in more.items] == [("t51", "a")]
    assert more.next is None


@pytest.mark.parametrize("tracks", [None, {}, [], {"items": "x"}, 7])
def test_albums_without_a_readable_page_of_songs(extended: SpotifyClient, answer: Answer, tracks: object):
    """Where the embedded page is missing or broken, the album's own list is asked for."""
    (call,) = extended.albums(["a"])
    (details,) = call.parse(answer({"albums": [{"id": "a", "name": "A", "tracks": tracks}]}))
    assert details.songs == ()
    assert details.more_songs is not None
    assert details.more_songs.request.path == "albums/a/tracks"


def test_taken_down_albums_have_no_songs_to_ask_for(extended: SpotifyClient, answer: Answer):
    """An album takedown gives an unavailable album and no further call."""
    (call,) = extended.albums(["a"])
    (details,) = call.parse(answer({"albums": [{"id": "a", "name": ""}]}))
    assert not details.album.available
    assert details.more_songs is None


def test_a_batch_without_its_list_is_unusable(extended: SpotifyClient, answer: Answer):
    """A body of another shape is BadPayload, not an empty answer that would look like missing albums."""
    (call,) = extended.albums(["a"])
    for body in ({}, {"albums": None}, {"albums": {}}):
        with pytest.raises(BadPayload):
            call.parse(answer(body))


def test_a_short_page_does_not_end_a_list(extended: SpotifyClient, answer: Answer):
    """`next` is followed as it stands, also behind a page of one unusable item."""
    (call,) = extended.artist_albums("art")
    page = call.parse(answer({"items": [None], "next": "https://api.spotify.com/v1/x?offset=20"}))
    assert page.items == ()
    assert page.next is not None
    assert page.next.request.path == "https://api.spotify.com/v1/x?offset=20"
    assert page.next.request.endpoint == "artist-albums"


@pytest.mark.parametrize("items", [[], None])
def test_an_empty_page_ends_a_list(extended: SpotifyClient, answer: Answer, items: object):
    """Endless `next` behind empty pages is not followed, whatever total claims."""
    (call,) = extended.artist_albums("art")
    assert call.parse(answer({"items": items, "next": "https://api.spotify.com/v1/x", "total": 97})).next is None


def test_a_repeated_address_ends_a_list(extended: SpotifyClient, answer: Answer):
    """Pages that lead back to one another are read once each."""
    first, second = "https://api.spotify.com/v1/x?offset=0", "https://api.spotify.com/v1/x?offset=20"
    call: Call[Page[Any]] | None = extended.artist_albums("art")[0]
    asked = 0
    while call is not None and asked < 1000:
        asked += 1
        call = call.parse(answer(listed("A", next_url=second if asked % 2 else first))).next
    assert asked == 3


def page_at(
    offset: int, total: int, *, step: int = 10, address: str = "https://api.spotify.com/v1/x?offset={}&limit=10"
) -> dict[str, Any]:
    """Return a page of a list of so many albums."""
    onward = address.format(offset + step) if offset + step < total else None
    items = [{"id": f"A{n}", "name": f"A{n}"} for n in range(offset, min(total, offset + 10))]
    return {"items": items, "offset": offset, "total": total, "next": onward}


def test_the_rest_of_a_list_is_foreseen(development: SpotifyClient, answer: Answer):
    """By the offset in the address of the next page: the pages that `next` leads to, and these end the list alike."""
    first = development.artist_albums("art")[0].parse(answer(page_at(0, 35)))
    assert first.next is not None
    followed, call = [], first.next
    while call is not None:
        followed.append(call.request.key)
        call = call.parse(answer(page_at(10 * len(followed), 35))).next
    assert [call.request.key for call in first.rest] == followed
    assert first.rest[0].parse(answer(page_at(10, 35))).next == first.rest[1]
    assert first.rest[0].parse(answer(page_at(10, 35))).rest == ()
    assert len(development.artist_albums("art")[0].parse(answer(page_at(0, 2_000))).rest) == 8


@pytest.mark.parametrize(
    "page",
    [
        page_at(0, 35, address="https://api.spotify.com/v1/x?cursor=abc{}"),
        page_at(0, 35, address="https://api.spotify.com/v1/x?offset={}&offset=3"),
        page_at(0, 35, step=0),
        page_at(0, 35, step=5),
        page_at(0, 9),
        page_at(0, 35) | {"total": None},
        page_at(0, 35) | {"offset": None},
        page_at(0, 35) | {"items": []} | {"offset": 40},
    ],
)
def test_what_an_address_does_not_say_is_not_foreseen(development: SpotifyClient, answer: Answer, page: dict[str, Any]):
    """Then `next` alone is followed."""
    assert development.artist_albums("art")[0].parse(answer(page)).rest == ()


def test_pages_have_a_cap(development: SpotifyClient, answer: Answer):
    """A list whose addresses never repeat ends too; search at the depth where it stops answering."""
    call: Call[Page[Any]] | None = development.search_artists("x")
    asked = 0
    while call is not None and asked < 1000:
        asked += 1
        page = {"artists": listed("A", next_url=f"https://api.spotify.com/v1/search?offset={asked}")}
        call = call.parse(answer(page)).next
    assert asked == 100


@pytest.mark.parametrize("address", ["", "/relative", 7, "file:///etc/passwd", "https://a b", "https://\n"])
def test_unusable_addresses_are_not_followed(extended: SpotifyClient, answer: Answer, address: object):
    """Only an absolute web address without blanks leads to another page."""
    (call,) = extended.artist_albums("art")
    assert call.parse(answer({"items": [{"id": "A"}], "next": address})).next is None


def test_downgrade(extended: SpotifyClient):
    """Each capability that is reported gone changes the plan, each for itself, until the Development Mode is left."""
    assert extended.downgrade("page-limit")
    assert len(extended.artist_albums("art")) == 3
    assert params(extended.search_artists("x"))["limit"] == "10"
    assert len(extended.albums(["a", "b"])) == 1
    assert len(extended.popularity(["a", "b"])) == 1
    assert extended.downgrade("batch")
    assert len(extended.albums(["a", "b"])) == 2
    for capability in ("top-tracks", "audio-features", "recommendations"):
        assert extended.downgrade(capability)
    assert extended.top_songs("art") is None
    assert extended.popularity(["a"]) == ()
    assert extended.recommendations("art") == ()
    assert extended.audio_features(["t"]) == ()
    assert extended.profile == DEVELOPMENT


def test_downgrade_of_what_nothing_replaces(extended: SpotifyClient):
    """Planning again is pointless for an endpoint that has no substitute."""
    assert not extended.downgrade("artist")
    assert extended.profile == EXTENDED


def test_calls_in_flight_during_a_downgrade(extended: SpotifyClient):
    """A second call planned before the downgrade is worth planning again as well."""
    assert all(extended.downgrade(capability) for capability in CAPABILITIES)
    assert all(extended.downgrade(capability) for capability in CAPABILITIES)


def test_what_was_learned_is_restored(extended: SpotifyClient):
    """A client that is told what another found out plans the same calls; told nothing, it counts on everything."""
    learner, other = SpotifyClient(SpotifySettings()), SpotifyClient(SpotifySettings())
    assert learner.remember() == ()
    for capability in ("page-limit", "batch", "no such capability"):
        learner.downgrade(capability)
    assert learner.remember() == ("batch", "page-limit")
    other.downgrade("top-tracks")
    other.restore([*learner.remember(), "of a later version"])
    assert other.profile == learner.profile
    other.restore(())
    assert other.profile == EXTENDED


@pytest.mark.parametrize("mode", ["development", "extended"])
def test_a_configured_mode_learns_nothing_for_later(mode: str):
    """What the operator has said is neither remembered nor replaced."""
    client = SpotifyClient(SpotifySettings(mode=mode))
    profile = client.profile
    assert client.remember() == ()
    client.restore(() if mode == "development" else ("batch",))
    assert client.profile == profile
    client.downgrade("batch")
    assert client.remember() == ()


def test_auto_starts_with_everything():
    """Without a mode, all capabilities are assumed until an answer says otherwise."""
    assert SpotifyClient(SpotifySettings()).profile == EXTENDED


def test_market():
    """A configured market goes along wherever it counts; top tracks always name one."""
    client = SpotifyClient(SpotifySettings(market=" de "))
    calls = [client.search_artists("x"), *client.albums(["a"]), *client.artist_albums("a"), client.album_tracks("a")]
    assert {params(call)["market"] for call in calls} == {"DE"}
    top = SpotifyClient(SpotifySettings()).top_songs("a")
    assert top is not None
    assert params(top) == {"market": "US"}
    assert SpotifySettings(market="xk").market == "XK"
    for wrong in ("Germany", "ZZ", "UK", "1"):
        with pytest.raises(ValueError, match=f"unknown country code '{wrong.upper()}'"):
            SpotifySettings(market=wrong)


def test_ids_cannot_leave_their_place_in_the_path(extended: SpotifyClient):
    """An id with slashes, dots or question marks addresses nothing but itself."""
    assert extended.artist("../me?x=1#y").request.path == "artists/..%2Fme%3Fx%3D1%23y"


def test_secrets_lose_what_copying_adds():
    """Blanks, line ends and quotes around credentials do not count, and the secret is in no repr."""
    settings = SpotifySettings(client_id=' "id"\n', client_secret="'s3cret'\n")
    assert (settings.client_id, settings.client_secret) == ("id", "s3cret")
    assert "s3cret" not in repr(settings)
    assert SpotifySettings(client_id="id", client_secret=" '' ").missing() == ("client_secret",)
