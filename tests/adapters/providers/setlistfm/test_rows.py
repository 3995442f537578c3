"""What recorded setlists, artists and venues become."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from thesetd.adapters.providers.setlistfm import SetlistfmClient
from thesetd.adapters.providers.setlistfm.rows import to_venue
from thesetd.adapters.providers.setlistfm.wire import WireVenue, read_one
from thesetd.domain.errors import BadPayload
from thesetd.domain.gate.calls import Response
from thesetd.domain.ids import SETLISTFM
from thesetd.domain.music.names import clean
from thesetd.ports.providers import SetlistDetails

Answer = Callable[..., Response]
Recorded = Callable[[str], dict[str, Any]]
Pairs = list[tuple[dict[str, Any], SetlistDetails]]

LEAST: dict[str, Any] = {
    "id": "63de4613",
    "versionId": "g7be1aaa0",
    "eventDate": "23-08-1964",
    "artist": {"mbid": "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d", "name": "The Beatles"},
    "url": "https://www.setlist.fm/setlist/the-beatles/1964/hollywood-bowl-hollywood-ca-63de4613.html",
}


@pytest.fixture(scope="module")
def setlists(client: SetlistfmClient, answer: Answer, raw_setlists: list[tuple[str, dict[str, Any]]]) -> Pairs:
    """Return every recorded setlist beside what it became."""
    return [(raw, client.setlist(raw["id"]).parse(answer(raw))) for _, raw in raw_setlists]


def _raw_songs(raw: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for part in raw["sets"]["set"]:
        for song in part["song"]:
            yield part, song


def _songs(details: SetlistDetails) -> list[dict[str, Any]]:
    setlist = details.setlist
    return sorted((*setlist.songs, *setlist.encore_songs), key=lambda song: song["position"])


def test_every_recorded_setlist(setlists: Pairs):
    """Each keeps id, version, local date and the address that must be shown, and belongs to its artist."""
    assert len(setlists) > 500
    for raw, details in setlists:
        setlist = details.setlist
        assert (setlist.setlistfm_id, setlist.version_id) == (raw["id"], raw["versionId"])
        assert setlist.event_date == datetime.strptime(raw["eventDate"], "%d-%m-%Y").replace(tzinfo=UTC).date()
        assert setlist.url == raw["url"] != ""
        assert setlist.artist_mbid == raw["artist"]["mbid"]
        assert setlist.last_updated is not None
        assert setlist.last_updated.tzinfo is UTC


def test_every_song_keeps_its_position(setlists: Pairs):
    """Songs and encores together are what was played, in order, counted through from 1, nameless ones included."""
    nameless = 0
    for raw, details in setlists:
        played = [song for _, song in _raw_songs(raw)]
        assert [song["name"] for song in _songs(details)] == [song["name"] for song in played]
        assert [song["position"] for song in _songs(details)] == list(range(1, len(played) + 1))
        nameless += sum(song["name"] == "" for song in played)
    assert nameless > 10


def _given_back(details: SetlistDetails) -> list[dict[str, Any]]:
    """Write the sets of a stored setlist as its page had them."""
    sets: dict[int, dict[str, Any]] = {}
    for song in _songs(details):
        part = sets.setdefault(song["set_number"], {"song": []})
        part |= {key: song[name] for key, name in (("name", "set"), ("encore", "encore")) if name in song}
        part["song"].append({key: song[key] for key in ("name", "info", "cover", "with", "tape") if key in song})
    return [sets[number] for number in sorted(sets)]


def _said(value: dict[str, Any]) -> dict[str, Any]:
    """Reduce a part of a body to what it says: no empty text, no false, no ids of a retired service."""
    spelled = {"sortName": "sort_name"}
    said = {
        spelled.get(key, key): clean(one) if isinstance(one, str) else _said(one) if isinstance(one, dict) else one
        for key, one in value.items()
        if one and key != "tmid"
    }
    if "tape" in said:  # one page says "true"
        said["tape"] = True
    if said.get("sort_name") == said.get("name", ""):
        said.pop("sort_name", None)
    return said


def test_nothing_is_lost(setlists: Pairs):
    """Every recorded page can be written again from what is stored: sets, songs, notes, covers, guests, tour."""
    for raw, details in setlists:
        expected = [
            {
                **_said({**part, "song": None}),
                "song": [{"name": clean(song["name"]), **_said(song)} for song in part["song"]],
            }
            for part in raw["sets"]["set"]
        ]
        assert _given_back(details) == expected
        setlist = details.setlist
        assert (setlist.tour or "") == clean(raw.get("tour", {}).get("name", ""))
        assert (setlist.info or "") == clean(raw.get("info") or "")
        assert setlist.last_updated == datetime.fromisoformat(raw["lastUpdated"])


def test_encores(setlists: Pairs):
    """What a set calls an encore is one, with its number, and nothing else is."""
    numbers: Counter[int] = Counter()
    for raw, details in setlists:
        encores = [(part["encore"], song["name"]) for part, song in _raw_songs(raw) if part.get("encore")]
        assert [(song["encore"], song["name"]) for song in details.setlist.encore_songs] == encores
        assert not any("encore" in song for song in details.setlist.songs)
        numbers.update(number for number, _ in encores)
    assert numbers[1] > 300
    assert numbers[2] > 20


def test_what_is_said_of_a_song(setlists: Pairs):
    """Tape, cover, guest and info stay with their song; what is not said has no key."""
    count: Counter[str] = Counter()
    for raw, details in setlists:
        for (_, said), song in zip(_raw_songs(raw), _songs(details), strict=True):
            assert song.get("tape", False) is (said.get("tape") in {True, "true"})
            assert song.get("cover", {}).get("name") == (said.get("cover") or {}).get("name")
            assert song.get("with", {}).get("name") == (said.get("with") or {}).get("name")
            assert ("info" in song) is bool((said.get("info") or "").strip())
            assert None not in song.values()
            count.update(song.keys())
    assert count["tape"] > 500
    assert count["cover"] > 900
    assert count["with"] > 50


def test_a_concert_in_full(client: SetlistfmClient, answer: Answer, recorded: Recorded):
    """Rammstein, Gelsenkirchen 2024: tape intros, a guest, a cover, two encores, the tour, the note."""
    (body,) = recorded("setlist/rammstein-2024-*.json").values()
    details = client.setlist("63ab8613").parse(answer(body))
    setlist, show, venue = details.setlist, details.show, details.venue
    assert (len(setlist.songs), len(setlist.encore_songs)) == (16, 10)
    assert setlist.songs[0] == {
        "name": "Music for the Royal Fireworks",
        "position": 1,
        "set_number": 1,
        "cover": {
            "name": "George Frideric Handel",
            "mbid": "27870d47-bb98-42d1-bf2b-c7e972e6befc",
            "sort_name": "Handel, George Frideric",
            "disambiguation": "German‐British baroque composer",
            "url": "https://www.setlist.fm/setlists/george-frideric-handel-7bd4ee68.html",
        },
        "tape": True,
    }
    assert setlist.encore_songs[0] == {
        "name": "Engel",
        "position": 17,
        "set_number": 2,
        "encore": 1,
        "info": "Piano version; performed on B-Stage",
        "with": setlist.encore_songs[0]["with"],
    }
    assert setlist.encore_songs[-1]["encore"] == 2
    assert (setlist.tour, setlist.info) == ("Stadium Tour", "Final show of the Stadium Tour as a whole.")
    assert setlist.last_updated == datetime(2024, 8, 4, 17, 37, 55, 869000, tzinfo=UTC)
    assert (show.name, show.local_date, show.status) == (
        "Rammstein at Veltins-Arena",
        date(2024, 7, 31),
        "completed",
    )
    assert (show.local_time, show.starts_at, show.timezone) == (None, None, None)
    assert [(act.mbid, act.is_headliner, act.set_order) for act in show.bill] == [(setlist.artist_mbid, True, 1)]
    assert venue is not None
    assert (venue.provider, venue.city, venue.country_code) == (SETLISTFM, "Gelsenkirchen", "DE")
    assert (venue.latitude, venue.longitude) == (None, None), "the coordinates are the city's"
    assert show.venue_provider_id == setlist.venue_provider_id == venue.provider_id == "4bd78fbe"


def test_a_setlist_grows(client: SetlistfmClient, answer: Answer, recorded: Recorded):
    """One page, three versions: without songs before the show, then 29, then 30; the id stays."""
    seen = []
    for body in recorded("setlist/rush-2026-3414963-v*.json").values():
        setlist = client.setlist(body["id"]).parse(answer(body)).setlist
        seen.append((setlist.setlistfm_id, setlist.version_id, len(setlist.songs) + len(setlist.encore_songs)))
    assert [songs for _, _, songs in seen] == [0, 29, 30]
    assert len({setlist_id for setlist_id, _, _ in seen}) == 1
    assert len({version for _, version, _ in seen}) == 3


@pytest.mark.parametrize(
    ("received", "sets", "status"),
    [
        (datetime(1964, 8, 20, tzinfo=UTC), [{"song": [{"name": "Boys"}]}], None),
        (datetime(1964, 8, 23, 23, 59, tzinfo=UTC), [{"song": [{"name": "Boys"}]}], "completed"),
        (datetime(1964, 8, 24, tzinfo=UTC), [{"encore": 1, "song": [{"name": "Boys"}]}], "completed"),
        (datetime(1964, 8, 24, tzinfo=UTC), [], None),
    ],
)
def test_songs_that_were_played_complete_a_show(
    client: SetlistfmClient, answer: Answer, received: datetime, sets: list[Any], status: str | None
):
    """An empty page completes nothing, songs do; those of a day that is nowhere yet are a guess."""
    body = {**LEAST, "sets": {"set": sets}}
    assert client.setlist("x").parse(answer(body, at=received)).show.status == status


def test_empty_sets_are_a_setlist(client: SetlistfmClient, answer: Answer, recorded: Recorded):
    """No songs is not no setlist."""
    for pattern in ("setlist/eric-prydz-2022-*.json", "setlist/king-john-*.json", "setlist/rush-1982-*-empty.json"):
        (body,) = recorded(pattern).values()
        setlist = client.setlist("x").parse(answer(body)).setlist
        assert (setlist.songs, setlist.encore_songs) == ((), ())


def test_named_sets(client: SetlistfmClient, answer: Answer, recorded: Recorded):
    """The name of a set stays with its songs."""
    bodies = recorded("artist-setlists/u2-p*.json")
    names = {
        song["set"]
        for body in bodies.values()
        for details in client.artist_setlists("x").parse(answer(body)).items
        for song in details.setlist.songs
        if "set" in song
    }
    assert {"Achtung Baby", "Turntable"} <= names


def test_the_documents_put_sets_one_level_higher(client: SetlistfmClient, answer: Answer, recorded: Recorded):
    """Both places are read; empty cover and guest objects are nobody; tape false is not a tape."""
    (body,) = recorded("setlist/docs-json_Setlist-toplevel-set.json").values()
    setlist = client.setlist("63de4613").parse(answer(body)).setlist
    assert (setlist.songs, len(setlist.encore_songs)) == ((), 4)
    first = setlist.encore_songs[0]
    assert first == {"name": "Yesterday", "position": 1, "set_number": 1, "set": "...", "encore": 12345, "info": "..."}


def test_a_blank_artist_goes_by_the_sort_name(client: SetlistfmClient, answer: Answer, recorded: Recorded):
    """A name that was blanked does not blank the show."""
    (body,) = recorded("setlist/*-blank-artist-edited.json").values()
    assert client.setlist("x").parse(answer(body)).show.name.startswith("Enter Shikari at ")


@pytest.mark.parametrize("tour", ["No tour info", "unknown", "Miscellaneous", "N/A", "No Tour Assigned", ""])
def test_placeholders_are_no_tours(client: SetlistfmClient, answer: Answer, tour: str):
    """What people type where there is no tour is kept with the setlist and is no tour of the show."""
    details = client.setlist("x").parse(answer({**LEAST, "tour": {"name": tour}}))
    assert (details.setlist.tour, details.show.tour) == (tour or None, None)


@pytest.mark.parametrize("missing", ["id", "eventDate", "url", "artist"])
def test_what_a_setlist_must_have(client: SetlistfmClient, answer: Answer, missing: str):
    """Without id, date, address or artist it cannot be stored: kept as evidence, or left out of its list."""
    broken = {key: value for key, value in LEAST.items() if key != missing}
    with pytest.raises(BadPayload) as caught:
        client.setlist("x").parse(answer(broken))
    assert caught.value.sample
    page = {"itemsPerPage": 20, "page": 1, "total": 2, "setlist": [broken, LEAST]}
    assert len(client.artist_setlists("x").parse(answer(page)).items) == 1


@pytest.mark.parametrize(
    "text",
    [
        "1964-08-23",
        "31-02-2020",
        "00-00-0000",
        "23-8-1964",
        "٢٣-٠٨-١٩٦٤",
        "08/23/1964",
        "23-08-64",
        "23.08.1964",
        "",
        " ",
        "01-01-0001",
        "31-12-9999",
    ],
)
def test_dates_have_one_form(client: SetlistfmClient, answer: Answer, text: str):
    """Day, month, year; nothing is guessed, month and day are never swapped; what is refused is said in one line."""
    broken = {**LEAST, "eventDate": text}
    with pytest.raises(BadPayload, match=re.escape(f"a setlist without a date as dd-MM-yyyy ({text!r})")):
        client.setlist("x").parse(answer(broken))
    body = {"itemsPerPage": 20, "page": 1, "total": 2, "setlist": [broken, LEAST]}
    page = client.artist_setlists("x").parse(answer(body))
    assert [one.setlist.setlistfm_id for one in page.items] == [LEAST["id"]]
    assert [one.reason for one in page.rejects] == [f"without a date as dd-MM-yyyy ({text!r})"]
    ambiguous = client.setlist("x").parse(answer({**LEAST, "eventDate": "05-06-2026"}))
    assert ambiguous.setlist.event_date == date(2026, 6, 5)


def test_blanks_around_values_are_no_part_of_them(client: SetlistfmClient, answer: Answer):
    """The same page with and without blanks is one page, at one venue; a venue without an id is none."""
    venue = {"id": "4bd6ca6e", "name": "Hollywood Bowl"}
    clean_one = client.setlist("x").parse(answer({**LEAST, "venue": venue}))
    padded = {key: f" {value}\t" if isinstance(value, str) else value for key, value in LEAST.items()}
    assert client.setlist("x").parse(answer({**padded, "venue": {**venue, "id": " 4bd6ca6e\n"}})) == clean_one
    nowhere = client.setlist("x").parse(answer({**LEAST, "venue": {**venue, "id": "  "}}))
    assert (nowhere.venue, nowhere.setlist.place.ids, nowhere.setlist.place.name) == (None, frozenset(), venue["name"])


def test_an_edit_that_has_not_happened_is_not_said(client: SetlistfmClient, answer: Answer):
    """A page that claims to be edited next century would keep out every later version."""
    for moment, said in (("2099-01-01T00:00:00.000+0000", False), ("2026-01-01T00:00:00.000+0000", True)):
        found = client.setlist("x").parse(answer({**LEAST, "lastUpdated": moment}))
        assert (found.setlist.last_updated is not None) is said


@pytest.mark.parametrize("mbid", ["", "0", "K8vZ9171ob7", "b10bbbfc-cf9e-42e0-be17", "unknown"])
def test_an_artist_has_an_mbid(client: SetlistfmClient, answer: Answer, mbid: str):
    """A setlist under any other id belongs to nobody, and one line says so."""
    with pytest.raises(BadPayload, match=re.escape(f"a setlist without an artist's MBID ({mbid!r})")):
        client.setlist("x").parse(answer({**LEAST, "artist": {"mbid": mbid, "name": "The Beatles"}}))


def test_another_locale_names_no_cities(client: SetlistfmClient, answer: Answer, recorded: Recorded):
    """A page that was answered in French keeps its setlists, without the French names of cities; one line says so."""
    (body,) = recorded("artist-setlists/*-fr.json").values()
    page = client.artist_setlists("x").parse(answer(body))
    assert len(page.items) == len(body["setlist"])
    assert [one.reason for one in page.rejects] == [
        "answered in another language than English: the names of cities are left out ('Chili')"
    ]
    assert {one.venue.city for one in page.items if one.venue} == {None}
    assert {one.setlist.place.city for one in page.items} == {""}
    assert all(one.setlist.place.latitude for one in page.items)


def test_every_recorded_artist_and_venue(client: SetlistfmClient, answer: Answer, recorded: Recorded):
    """Artists carry their MBID and a slug; a venue its city, state and country."""
    for file, body in recorded("artist/*.json").items():
        artist = client.artist(body["mbid"]).parse(answer(body))
        assert (artist.mbid, artist.name) == (body["mbid"], body["name"]), file
        assert artist.slug, file
    for file, body in recorded("venue/*.json").items():
        venue = to_venue(read_one(body, WireVenue), datetime(2026, 1, 1, tzinfo=UTC))
        assert venue is not None
        assert (venue.name, venue.state) == (body["name"], body["city"]["state"]), file
        assert venue.latitude is None, file


def test_the_old_api_is_not_taken_for_this_one(client: SetlistfmClient, answer: Answer, recorded: Recorded):
    """Bodies of API 0.1 are refused as a whole, they do not become empty lists."""
    for body in recorded("legacy-0.1/*.json").values():
        with pytest.raises(BadPayload):
            client.artist_setlists("x").parse(answer(body))


@pytest.mark.parametrize("sets", ["none", {"set": {"song": []}}, {"set": "none"}, [{"song": [{"name": "Help!"}]}]])
def test_sets_in_another_form_are_no_empty_setlist(client: SetlistfmClient, answer: Answer, sets: Any):
    """Read as a setlist without songs, such an answer would empty one that is known."""
    with pytest.raises(BadPayload, match="its sets are not"):
        client.setlist("63de4613").parse(answer({**LEAST, "sets": sets}))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"sets": {"set": []}}, True),
        ({"sets": {"set": [{"song": []}]}}, True),
        ({"sets": {"set": [{"song": [{"name": ""}]}]}}, True),
        ({"set": []}, True),
        ({}, False),
        ({"sets": None}, False),
        ({"sets": {}}, False),
        ({"sets": {"set": [{"name": "Acoustic"}]}}, False),
        ({"sets": {"set": [{"song": [{"info": "unfinished"}]}]}}, False),
    ],
)
def test_no_sets_are_said_by_an_empty_list(
    client: SetlistfmClient, answer: Answer, parts: dict[str, Any], *, said: bool
):
    """An answer without the list, or with a set or song that is not whole, does not tell all that was played."""
    assert client.setlist("63de4613").parse(answer({**LEAST, **parts})).setlist.sets_said is said
