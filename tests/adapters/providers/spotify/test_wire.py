from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.adapters.providers.spotify.wire import (
    CONVERTER,
    AlbumWire,
    ArtistWire,
    TrackWire,
    album_record,
    artist_record,
    normal_isrc,
    read_date,
    song_record,
)
from thesetd.domain.music.records import Album, Track
from thesetd.domain.music.versions import Version

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def album(**values: Any) -> Album:
    """Map an album with these values."""
    return album_record(CONVERTER.structure({"id": "Album1", "name": "A", **values}, AlbumWire), AT)


def song(**values: Any) -> Track:
    """Map a track with these values, on an album."""
    record = song_record(CONVERTER.structure({"id": "Track1", "name": "T", **values}, TrackWire), AT, album_id="Album1")
    assert record is not None
    return record


@pytest.mark.parametrize(
    ("text", "claimed", "expected"),
    [
        ("2010", "year", ("2010", "year", date(2010, 1, 1))),
        ("1957-11", "month", ("1957-11", "month", date(1957, 11, 1))),
        ("2005-05-23", "day", ("2005-05-23", "day", date(2005, 5, 23))),
        ("2005-05-23", "DAY", ("2005-05-23", "day", date(2005, 5, 23))),
        ("2010-01-01", "year", ("2010", "year", date(2010, 1, 1))),
        ("2010-07-09", "month", ("2010-07", "month", date(2010, 7, 1))),
        ("2010", "day", ("2010", "year", date(2010, 1, 1))),
        ("2010", "", ("2010", "year", date(2010, 1, 1))),
        ("0000", "year", (None, None, None)),
        ("0000-00-00", "day", (None, None, None)),
        ("2010-13", "month", (None, None, None)),
        ("", "", (None, None, None)),
        ("٢٠١٠", "year", (None, None, None)),
    ],
)
def test_release_dates(text: str, claimed: str, expected: tuple[str | None, str | None, date | None]):
    """Text, precision and a date to sort by; the coarser of text and claim counts, nonsense is not said."""
    assert read_date(text, claimed) == expected


@given(st.text(), st.text())
def test_release_dates_never_raise(text: str, claimed: str):
    """Whatever the texts hold, either all three parts are known or none."""
    assert len({part is None for part in read_date(text, claimed)}) == 1


@pytest.mark.parametrize(
    ("text", "isrc"),
    [
        ("GBSMU2401851", "GBSMU2401851"),
        ("GB-SMU-24-01851", "GBSMU2401851"),
        ("gbsmu2401851", "GBSMU2401851"),
        ("GBSMU240185", None),
        ("1BSMU2401851", None),
        ("", None),
    ],
)
def test_isrc(text: str, isrc: str | None):
    """Hyphens and case do not count; what is no ISRC then is not said."""
    assert normal_isrc(text) == isrc


def test_album_takedown_keeps_its_row():
    """An album whose name is empty is unavailable and says nothing else that could overwrite what is stored."""
    taken = album(name="", images=[], release_date="0000", release_date_precision="year", total_tracks=1, label="")
    assert (taken.name, taken.available) == ("", False)
    assert (taken.release_date, taken.total_tracks, taken.label, taken.image_url) == (None, None, None, None)


def test_taken_down_songs_and_artists_give_no_record():
    """Nothing can overwrite the name of a stored song or artist with an empty one."""
    for name in ("", " ", "\x00", None):
        assert song_record(CONVERTER.structure({"id": "T", "name": name}, TrackWire), AT, album_id="A") is None
        assert artist_record(CONVERTER.structure({"id": "A", "name": name}, ArtistWire), AT) is None


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("ALBUM", "album"),
        ("Single", "single"),
        ("ep", "ep"),
        ("compilation", "compilation"),
        ("box", "other"),
        (None, None),
    ],
)
def test_album_types(said: str | None, kind: str | None):
    """Upper-case types are lowered, unknown ones are other, a missing one is not said."""
    assert album(album_type=said).album_type == kind


def test_albums_name_whom_they_are_credited_to():
    """In the order of the credits, each once; the first is whose it is where no list says otherwise."""
    shared = album(artists=[{"id": "B"}, {"id": "A"}, {"id": "B"}])
    assert (shared.artist_spotify_id, shared.artist_spotify_ids) == ("B", ("B", "A"))


def test_null_everywhere():
    """Every field but the id may be null, a wrong type, or missing."""
    for value in (None, 7, "x", [], {}, [None]):
        names = ("images", "artists", "label", "external_ids", "release_date", "total_tracks", "album_group", "tracks")
        assert album(**dict.fromkeys(names, value)).spotify_id == "Album1"
        names = ("artists", "disc_number", "track_number", "duration_ms", "external_ids", "linked_from", "album")
        assert song(**dict.fromkeys(names, value)).spotify_id == "Track1"


def test_numbers_that_no_column_holds_are_not_said():
    """Popularity beyond 100, negative and huge counts do not reach the database."""
    odd = song(popularity=101, duration_ms=1 << 40, track_number=-1, disc_number=0)
    assert (odd.popularity, odd.duration_ms, odd.track_number, odd.disc_number) == (None, None, None, None)


def test_credits_without_id_are_dropped_and_none_is_doubled():
    """Artists of a song are the distinct ones that have an id, in order."""
    credited = song(artists=[{"id": "B"}, {"id": None, "name": ""}, {"id": "A"}, None, {"id": "B"}, {"id": "a b"}])
    assert credited.artist_spotify_ids == ("B", "A")


@pytest.mark.parametrize(
    ("link", "spotify_id"),
    [
        ({"id": "Track0", "uri": "spotify:track:Track0"}, "Track0"),
        ({"id": None, "uri": "spotify:track:Track0"}, "Track0"),
        ({"id": None, "uri": "spotify:track:"}, "Track1"),
        ({}, "Track1"),
        (None, "Track1"),
    ],
)
def test_relinked_tracks(link: Any, spotify_id: str):
    """A substituted track keeps the id that the album lists, also where only the uri holds it."""
    assert song(linked_from=link).spotify_id == spotify_id


def test_ids_keep_their_case():
    """Two ids that differ in case are two ids."""
    assert song(id="aBc").spotify_id != song(id="abC").spotify_id


def test_text_is_clean():
    """NUL and control characters never reach the database."""
    assert song(name="Mud\x00z  ’n\u0301 ").name == "Mud z ’ń"
    assert album(label="\x00").label is None


def test_pictures():
    """The widest picture is taken; sizes may be null or floats; what is no address is none."""
    images = [{"url": "https://i/1", "width": None}, {"url": "https://i/2", "width": 640.0}, {"url": "javascript:1"}]
    assert album(images=images).image_url == "https://i/2"
    assert album(images=[{"url": "ftp://x"}, {}]).image_url is None


@pytest.mark.parametrize(
    ("widths", "small"), [((640, 320, 160), 160), ((640, 300, 64), 300), ((1000, 64), 1000), ((64,), 64), ((), None)]
)
def test_pictures_for_lists(widths: tuple[int, ...], small: int | None):
    """The narrowest one of at least 160 pixels is taken, else the widest there is."""
    images = [{"url": f"https://i/{width}", "width": width} for width in widths]
    record = artist_record(CONVERTER.structure({"id": "A", "name": "N", "images": images}, ArtistWire), AT)
    assert record is not None
    assert record.small_image_url == (f"https://i/{small}" if small else None)


def test_empty_genres_are_not_said():
    """An empty list of genres, which is all that most artists have now, does not wipe what was stored."""
    assert artist_record(CONVERTER.structure({"id": "A", "name": "N", "genres": []}, ArtistWire), AT).genres is None  # type: ignore[union-attr]  # it has a name


def test_versions():
    """Titles tell the version; a live album marks its songs; a compilation of studio songs is a compilation."""
    assert song(name="DARE - Live at Manchester Opera House").version is Version.LIVE
    assert (
        song_record(
            CONVERTER.structure({"id": "T", "name": "DARE"}, TrackWire), AT, album_id="A", on=Version.LIVE
        ).version
        is Version.LIVE
    )  # type: ignore[union-attr]  # it has a name and an album
    assert album(album_type="compilation").version is Version.COMPILATION
    assert album(name="Live from Wembley", album_type="compilation").version is not Version.STUDIO
