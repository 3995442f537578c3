"""The synthetic world: the same for a seed, whole in itself, and as odd as the real one."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from thesetd.domain.music.names import fold
from thesetd.sandbox.listing import GAP
from thesetd.sandbox.synthetic.ids import Mint
from thesetd.sandbox.synthetic.roster import NAMESAKES
from thesetd.sandbox.synthetic.tours import AddOn, EventStatus
from thesetd.sandbox.synthetic.universe import MAX_ARTISTS, Universe
from thesetd.sandbox.world import World, synthetic_world

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def universe(made_up: World) -> Universe:
    """Return what lies behind the views."""
    return made_up.sources["spotify"]._universe  # type: ignore[attr-defined,no-any-return]


def _glance(world: World, number: int) -> list[Any]:
    """Look at one artist through all three providers."""
    artist = world.sources["spotify"]._universe.roster[number]  # type: ignore[attr-defined]
    listing = world.sources["spotify"].listing("artist-albums", artist.spotify_id) or []
    albums = [world.sources["spotify"].entity("album", slot["id"]) for slot in listing if isinstance(slot, dict)]
    events = world.sources["ticketmaster"].events(frozenset({artist.attraction_id}), NOW)
    setlists = world.sources["setlistfm"].setlists(artist.mbid, NOW) if artist.mbid else ()
    bodies = [world.sources["setlistfm"].entity("setlist", card.setlist_id, NOW) for card in setlists]
    return [artist, listing, albums, events, bodies]


def test_a_seed_makes_one_world(made_up: World) -> None:
    """Equal seeds give equal worlds, in whatever order they are looked at; another seed gives another one."""
    again, other = synthetic_world(1, 60), synthetic_world(2, 60)
    for number in (5, 4, 3):
        assert _glance(again, number) == _glance(made_up, number)
        assert _glance(other, number) != _glance(made_up, number)
    names = [{artist.name for artist in world.sources["spotify"]._universe.roster} for world in (made_up, other)]  # type: ignore[attr-defined]
    assert len(names[0] & names[1]) < 20


def test_the_size_of_a_world_is_bounded() -> None:
    """Ids have room for so many artists."""
    with pytest.raises(ValueError, match=r"10 to 3000 artists"):
        synthetic_world(1, MAX_ARTISTS + 1)


def test_ids_lead_back_to_their_owner_and_are_unique(universe: Universe) -> None:
    """Every id has its provider's form, is given once, and says whose it is."""
    mint = Mint(99)
    for owner in (0, 61, 62, 3000, 3843):
        assert mint.spotify_owner(mint.spotify("album", owner, 5)) == owner
        assert mint.attraction_owner(mint.attraction(owner)) == owner
        assert mint.event_owner(mint.event(owner, 2027, 3, resale=True)) == owner
        assert mint.setlist_owner(mint.setlist(owner, 2027, 127)) == (owner, 2027 % 32)
    assert mint.setlist_owner("not hex") is None
    assert mint.spotify_owner("0--00") is None
    albums = [album for artist in universe.roster for album in universe.catalogue(artist).albums]
    ids = [album.spotify_id for album in albums] + [track.spotify_id for album in albums for track in album.tracks]
    assert len(ids) == len(set(ids))
    assert all(len(one) == 22 and one.isalnum() for one in ids)


def test_names_are_ambiguous_where_they_should_be(universe: Universe) -> None:
    """Two artists share a name, some names differ from another in one letter, the rest are different."""
    names = [artist.name for artist in universe.roster]
    assert names[NAMESAKES[0]] == names[NAMESAKES[1]]
    assert len(set(names)) == len(names) - 1
    near = [(names[at - 1], names[at]) for at in range(19, 60, 20)]
    assert all(one[:-1] == other[: len(one) - 1] and one != other for one, other in near)


def test_every_event_refers_to_what_exists(made_up: World) -> None:
    """The attractions and the venue of every coming event are there under their ids, with the same name."""
    cards = made_up.sources["ticketmaster"].events(None, NOW)
    assert len(cards) > 300
    assert len({card.event_id for card in cards}) == len(cards)
    for card in cards:
        event = made_up.sources["ticketmaster"].entity("event", card.event_id, NOW)
        assert event is not None
        for kind in ("attraction", "venue"):
            for embedded in event["_embedded"].get(f"{kind}s", ()):
                known = made_up.sources["ticketmaster"].entity(kind, embedded["id"], NOW)
                assert known is not None
                assert known["name"] == embedded["name"]


def test_local_time_and_utc_agree(made_up: World) -> None:
    """An event's dateTime is its local date and time in the venue's time zone; some fall on another UTC day."""
    starts = []
    for card in made_up.sources["ticketmaster"].events(None, NOW):
        event = made_up.sources["ticketmaster"].entity("event", card.event_id, NOW)
        assert event is not None
        start = event["dates"]["start"]
        if "dateTime" in start:
            starts.append((start["localDate"], start["dateTime"][:10]))
            assert card.starts_at == datetime.fromisoformat(start["dateTime"])
    assert any(local != utc for local, utc in starts)


def test_support_acts_share_the_headliners_events(made_up: World, universe: Universe) -> None:
    """A guest's attraction finds the host's shows, in which the host is billed first."""
    host = next(
        one
        for one in universe.roster
        if one.attraction_id
        and universe.guest(one).attraction_id
        and any(show.support and show.played for show in universe.tour(one, 2027))
    )
    guest = universe.guest(host)
    found = made_up.sources["ticketmaster"].events(frozenset({str(guest.attraction_id)}), NOW)
    shared = [card for card in found if host.attraction_id in card.attraction_ids]
    assert shared
    event = made_up.sources["ticketmaster"].entity("event", shared[0].event_id, NOW)
    assert event is not None
    assert [one["id"] for one in event["_embedded"]["attractions"]] == [host.attraction_id, guest.attraction_id]


def test_setlists_hold_the_artists_own_songs(made_up: World, universe: Universe) -> None:
    """Every song of a setlist is in the artist's catalogue, unless it is a cover, a tape, a solo or unidentified."""
    seen: Counter[str] = Counter()
    for artist in universe.roster[:30]:
        titles = {fold(song.title) for song in universe.catalogue(artist).songs}
        for card in made_up.sources["setlistfm"].setlists(artist.mbid, NOW) if artist.mbid else ():
            setlist = made_up.sources["setlistfm"].entity("setlist", card.setlist_id, NOW)
            assert setlist is not None
            assert made_up.sources["setlistfm"].entity("venue", setlist["venue"]["id"], NOW) == setlist["venue"]
            sets = setlist["sets"]["set"]
            seen.update(empty=not sets, encores=any("encore" in one for one in sets))
            for song in (song for one in sets for song in one["song"]):
                kinds = [kind for kind in ("cover", "tape", "with", "info") if kind in song]
                seen.update(kinds)
                if song["name"] and not {"cover", "tape"} & set(kinds) and song["name"] != "Drum Solo":
                    parts = song["name"].split(" / ")
                    seen.update(medley=len(parts) > 1)
                    assert all(fold(part) in titles for part in parts), song
                else:
                    seen.update(blank=song["name"] == "", solo=song["name"] == "Drum Solo")
    assert all(seen[kind] for kind in ("empty", "encores", "cover", "tape", "with", "info", "medley", "blank", "solo"))


def test_past_shows_of_one_provider_are_setlists_of_the_other(made_up: World, universe: Universe) -> None:
    """An artist's tour is found at both concert providers: same days, other ids for the same venues."""
    artist = next(one for one in universe.roster if one.mbid and len(universe.tour(one, 2025)) > 5)
    played = {(show.day, show.venue.slfm_id) for show in universe.tour(artist, 2025) if show.played}
    written = {(card.day, card.venue_id) for card in made_up.sources["setlistfm"].setlists(artist.mbid, NOW)}
    assert played
    assert played <= written
    assert all(venue.tm_id != venue.slfm_id for venue in universe.venues)


def test_catalogues_are_as_odd_as_real_ones(universe: Universe) -> None:
    """A world of 60 artists has every oddity that importers break on."""
    albums = [album for artist in universe.roster for album in universe.catalogue(artist).albums]
    tracks = [track for album in albums for track in album.tracks]
    assert {album.precision for album in albums} == {"day", "month", "year"}
    assert {album.group for album in albums} == {"album", "single", "compilation"}
    assert any(len(album.tracks) > 50 for album in albums)
    gone = [album for album in albums if album.taken_down]
    assert gone
    assert all((album.name, album.release_date) == ("", "0000") for album in gone)
    isrcs = Counter(track.isrc for track in tracks)
    assert max(isrcs.values()) > 1
    assert any("-" in isrc for isrc in isrcs)
    for mark in (" - Live at", " Remix", " - Remastered", " - Demo", "(feat. ", " - Radio Edit", " - Take 2"):
        assert any(mark in track.name for track in tracks), mark


def test_bodies_are_as_odd_as_real_ones(made_up: World, universe: Universe) -> None:
    """Nulls, gaps, floats, missing images, guests' albums and ids hidden in the uri all occur."""
    artists = [made_up.sources["spotify"].entity("artist", one.spotify_id) or {} for one in universe.roster]
    assert any(isinstance(one["followers"]["total"], float) for one in artists)
    assert any(one["images"] is None for one in artists)
    listings = [made_up.sources["spotify"].listing("artist-albums", one.spotify_id) or [] for one in universe.roster]
    slots = [slot for listing in listings for slot in listing]
    assert None in slots
    assert GAP in slots
    albums = [slot for slot in slots if isinstance(slot, dict)]
    guests = [one for one in albums if one["album_group"] == "appears_on"]
    assert guests
    tracks = [track for one in albums for track in made_up.sources["spotify"].listing("album-tracks", one["id"]) or ()]
    relinked = [one for one in tracks if isinstance(one, dict) and "linked_from" in one]
    assert relinked
    assert all(one["linked_from"]["id"] is None and one["linked_from"]["uri"] for one in relinked)


def test_tours_have_every_status_and_add_on(made_up: World, universe: Universe) -> None:
    """Cancelled, rescheduled and postponed shows occur, and so do things on sale that are no concert."""
    shows = [show for artist in universe.roster for year in (2025, 2026, 2027) for show in universe.tour(artist, year)]
    assert {show.status for show in shows} == set(EventStatus)
    routes = [[show.venue for show in universe.tour(universe.roster[0], year)] for year in range(2020, 2028)]
    assert [] in routes
    assert len({tuple(route) for route in routes if route}) == sum(map(bool, routes)) > 1
    assert {add_on for show in shows for add_on in show.add_ons} == set(AddOn)
    names = [card.name for card in made_up.sources["ticketmaster"].events(None, NOW)]
    assert any(name.endswith(" | VIP Packages") for name in names)
    assert any(name.endswith(" - 3 Day Pass") for name in names)
