"""What people vote on, by whole imports: which songs are offered, and that votes outlive whatever comes."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import trio

from cases.case_scene import Case, CaseScene
from cases.case_world import EVENT_STYLE, FESTIVAL, Act, Hall, gig, sheet
from exploring import sample
from simulation.written import album
from thesetd.domain.music.edits import MergeSongs, UndoDecision

A = Act(1, "Otterwick Lane")
H = Act(2, "Kall Hamn")
ARENA = Hall("Harbour Arena", "Bergen", latitude=60.39, longitude=5.32)
LIST = """
select s.name, t.dropped_at is not null, t.added_after_lock from setlist_songs t
join songs s on s.id = t.song_id order by t.position
"""
KEYS = "select setlist_id, song_id, created_at from setlist_songs order by 1, 2"
NAMES = [
    f"{word} {thing}"
    for word in ("Paper", "Cold", "Salt", "Low", "Slow")
    for thing in ("Boats", "Harbour", "Road", "Water")
]


def hall(number: int) -> Hall:
    """Return one of many halls."""
    return Hall(f"Hall {number}", f"Town {number}")


def record(number: int, titles: Sequence[str], day: str, popularity: int = 0, act: Act = A, name: str = "") -> Any:
    """Return an album."""
    body = album(f"{number}AlbumAlbumAlbumAlbumAlbum"[:22], act.profile(), name or f"Record {number}", day, *titles)
    for track in body["tracks"]:
        track["popularity"] = popularity
    return body


def night(number: int, day: str, songs: Sequence[Any], act: Act = A, tour: str = "", **more: Any) -> Any:
    """Return a page of a concert."""
    body = sheet(f"aaa{act.number}{number:04}", act, more.pop("where", None) or hall(number), day, songs, **more)
    return body | ({"tour": {"name": tour}} if tour else {})


# where a song of a list is deleted, the first loses its votes in silence, and the second refuses
@pytest.fixture(params=sample(["cascade", "restrict"], every=2))
def voting(request: pytest.FixtureRequest, case: Case) -> Iterator[Case]:
    """Yield a case with a table of votes on songs of setlists."""
    case.world.acts.append(A)
    case.rows("drop table if exists votes")
    case.rows(
        "create table votes (setlist_id uuid not null, song_id uuid not null, person text not null,"
        f" foreign key (setlist_id, song_id) references setlist_songs on delete {request.param})"
    )
    yield case
    case.rows("drop table votes")


@pytest.fixture
def lane(case: Case) -> Case:
    """Return a case about one act."""
    case.world.acts.append(A)
    return case


def offered(case: Case) -> list[str]:
    """Return the songs of the list that are not dropped, in order."""
    return [name for name, dropped, _ in case.rows(LIST) if not dropped]


def votes(case: Case) -> int:
    """Count the votes on songs that are there."""
    return int(case.rows("select count(*) from votes join setlist_songs using (setlist_id, song_id)")[0])


COMING = gig("E1", ARENA, "2026-12-01", "20:00", A.attraction())
FIRST = [night(n, f"2026-09-0{n}", NAMES[:5]) for n in range(1, 5)]


def test_new_songs_are_likelier(voting: Case) -> None:
    """Five votes on five songs; four nights with others: all votes are kept, and the others are offered as well."""
    voting.world.albums.append(record(1, NAMES, "2020-01-01"))
    voting.at("2026-09-10T12:00", COMING, *FIRST)
    assert set(NAMES[:5]) <= set(offered(voting))
    voting.rows(
        "insert into votes select t.setlist_id, t.song_id, 'p' from setlist_songs t order by t.position limit 5"
    )
    before = set(voting.rows(KEYS))
    voting.at("2026-09-20T12:00", *(night(n, f"2026-09-{n}", NAMES[8:13]) for n in range(11, 15)))
    assert votes(voting) == 5
    assert set(offered(voting)[:5]) == set(NAMES[8:13])
    assert before <= set(voting.rows(KEYS))
    assert voting.rows("select reason from thesetd.rejects") == []


def test_a_new_album(voting: Case) -> None:
    """Votes on all songs; an album with six new ones: all stay and the six are added."""
    voting.world.albums.append(record(1, NAMES[:15], "2020-01-01"))
    voting.at("2026-09-10T12:00", COMING)
    assert len(offered(voting)) == 15
    voting.rows(
        "insert into votes select t.setlist_id, t.song_id, n::text from setlist_songs t, generate_series(1, 13) n"
    )
    before = set(voting.rows(KEYS))
    new = [f"Fresh {thing}" for thing in ("Paint", "Bread", "Snow", "Start", "Fish", "Wind")]
    voting.world.albums.append(record(2, new, "2026-09-12"))
    voting.at("2026-09-20T12:00")
    assert votes(voting) == 195
    assert before <= set(voting.rows(KEYS))
    assert set(new) <= set(offered(voting))
    assert {one[0] for one in voting.rows(LIST)} == {*new, *NAMES[:15]}


def test_a_fans_own_song(voting: Case) -> None:
    """A row that the application added stays untouched, whether or not there are news."""
    voting.world.albums.append(record(1, NAMES, "2020-01-01"))
    voting.at("2026-09-10T12:00", COMING, *FIRST)
    voting.rows("delete from setlist_songs where title = 'Slow Water'")
    voting.rows(
        "insert into setlist_songs (setlist_id, song_id, position, title, created_at, updated_at)"
        " select t.id, s.id, 50, 'fan', now(), now() from setlists t, songs s where s.name = 'Slow Water'"
    )
    voting.rows(
        "insert into votes select setlist_id, song_id, n::text from setlist_songs, generate_series(1, 50) n"
        " where title = 'fan'"
    )
    before = voting.rows("select * from setlist_songs where title = 'fan'")
    voting.at("2026-09-11T12:00")
    assert voting.rows("select * from setlist_songs where title = 'fan'") == before
    voting.at("2026-09-20T12:00", *(night(n, f"2026-09-{n}", NAMES[8:13]) for n in range(11, 15)))
    assert voting.rows("select * from setlist_songs where title = 'fan'") == before
    assert votes(voting) == 50


def test_locked(voting: Case) -> None:
    """A locked list only gains songs at its end, whatever is predicted, reclassified or merged."""
    voting.world.albums.append(record(1, NAMES, "2020-01-01"))
    voting.at("2026-09-10T12:00", COMING, *FIRST)
    voting.rows("update setlists set locked_at = now()")
    before = voting.rows(
        "select song_id, position, title, dropped_at, added_after_lock from setlist_songs order by position"
    )
    fresh = ["Fresh Paint", "Fresh Bread"]

    async def change(scene: CaseScene) -> None:
        assert scene.daemon is not None
        await scene.daemon.songs.reclassify()
        await trio.sleep(60.0)
        ((one,), (other,)) = scene.rows(
            "select id from songs where name in ('Paper Boats', 'Cold Water') order by name"
        )
        await scene.daemon.songs.edit(MergeSongs(song=one, into=other))

    voting.world.albums.append(record(2, fresh, "2026-09-12"))
    voting.at(
        "2026-09-20T12:00", *(night(n, f"2026-09-{n}", [*fresh, *NAMES[8:13]]) for n in range(11, 15)), then=change
    )
    voting.at("2026-09-21T12:00")
    after = voting.rows(
        "select song_id, position, title, dropped_at, added_after_lock from setlist_songs order by position"
    )
    assert after[: len(before)] == before
    assert {one[2] for one in after[len(before) :]} >= set(fresh)
    assert all(one[4] for one in after[len(before) :])


def test_it_leaves_and_returns(voting: Case) -> None:
    """A voted song that is predicted again has its old row, no longer marked."""
    songs = [f"{name} {n}" for n in range(1, 4) for name in NAMES]
    voting.world.albums.append(record(1, songs, "2020-01-01"))
    voting.at("2026-09-10T12:00", COMING, *(night(n, f"2026-09-0{n}", songs[:20]) for n in range(1, 5)))
    voted = songs[0]
    voting.rows(f"insert into votes select setlist_id, song_id, 'p' from setlist_songs where title = '{voted}'")
    key = voting.rows(f"select setlist_id, song_id, created_at from setlist_songs where title = '{voted}'")
    assert key
    voting.at("2026-09-30T12:00", *(night(n, f"2026-09-{n}", [*songs[20:60]]) for n in range(11, 28)))
    state = f"select setlist_id, song_id, created_at, dropped_at is null from setlist_songs where title = '{voted}'"
    assert [one[:3] for one in voting.rows(state)] == key
    gone = not voting.rows(state)[0][3]
    voting.at("2026-11-01T12:00", *(night(n, f"2026-10-{n}", songs[:20]) for n in range(10, 28)))
    assert voting.rows(state) == [(*key[0], True)]
    assert votes(voting) == 1
    assert gone


def test_a_deleted_song_comes_back(lane: Case) -> None:
    """Songs that the application deletes are there again after an import, with the recordings they had before."""
    songs = """
        select s.id, s.name, s.spotify_id, s.offered, s.played, count(l.track_id) from songs s
        left join artist_tracks l on l.song_id = s.id group by s.id order by s.name
    """
    lane.world.albums += [record(1, NAMES[:8], "2020-01-01"), record(2, NAMES[6:10], "2021-01-01")]
    lane.at("2026-09-10T12:00", COMING, *FIRST)
    before, listed = lane.rows(songs), offered(lane)
    for number, names in enumerate(
        ([NAMES[0], NAMES[7]], NAMES), start=11
    ):  # one that is played and one that is not; all
        lane.rows(f"delete from songs where name = any(array{names})")
        lane.at(f"2026-09-{number}T12:00", COMING)
        assert lane.rows(songs) == before
        assert sorted(offered(lane)) == sorted(listed)
    assert lane.rows("select reason from thesetd.rejects") == []


def test_two_songs_become_one(voting: Case) -> None:
    """Votes on both songs refer to rows that exist, and the merge is undone exactly."""
    voting.world.albums.append(record(1, ["Mondlicht", "Moonlight", *NAMES], "2020-01-01"))
    voting.at(
        "2026-09-10T12:00",
        COMING,
        *(night(n, f"2026-09-0{n}", ["Mondlicht", "Moonlight", *NAMES[:5]]) for n in range(1, 5)),
    )
    for name, count in (("Mondlicht", 3), ("Moonlight", 4)):
        voting.rows(
            "insert into votes select setlist_id, song_id, 'p' || n from setlist_songs, generate_series(1, "
            f"{count}) n where title = '{name}'"
        )
    tables = ("songs", "artist_tracks", "artist_songs", "setlist_songs", "votes")
    before = {one: sorted(voting.rows(f"select * from {one}"), key=str) for one in tables}
    seen = []

    async def change(scene: CaseScene) -> None:
        assert scene.daemon is not None
        ((one,), (other,)) = scene.rows("select id from songs where name in ('Mondlicht', 'Moonlight') order by name")
        done = await scene.daemon.songs.edit(MergeSongs(song=one, into=other))
        seen.append(scene.rows("select count(*) from votes join setlist_songs using (setlist_id, song_id)"))
        await scene.daemon.songs.edit(UndoDecision(number=done.number))

    voting.at("2026-09-11T12:00", then=change, imports=())
    assert seen == [[(7,)]]
    after = {one: sorted(voting.rows(f"select * from {one}"), key=str) for one in tables}
    for table in tables:
        assert after[table] == before[table], table


TO_VOTE = """
select t.title, t.probability, t.expected, t.position from setlist_to_vote t join artists a on a.id = t.artist_id
where a.spotify_id = '{}' and not t.dropped order by t.position
"""


def test_a_fixed_tour(lane: Case) -> None:
    """The new tour's set is predicted, with its opener and closer."""
    old = [f"Old {n}" for n in range(20)]
    new = [f"New {n}" for n in range(12)]
    lane.world.albums += [record(1, old, "2020-01-01"), record(2, new, "2026-01-01")]
    pages = [night(n, f"2026-0{4 + n // 8}-{1 + n % 8 * 3:02}", old, tour="Old Tour") for n in range(24)]
    pages += [night(40 + n, f"2026-09-0{n + 1}", new, tour="New Tour") for n in range(3)]
    lane.at("2026-09-10T12:00", COMING, *pages)
    found = lane.rows(TO_VOTE.format(A.spotify_id))
    expected = [one[0] for one in found if one[2]]
    assert set(expected) == set(new)
    assert (expected[0], expected[-1]) == (new[0], new[-1])


def test_never_twice_in_a_row(lane: Case) -> None:
    """A band that plays none of last night's songs: none of them is among the likeliest of the second night."""
    songs = [f"Song {n}" for n in range(80)]
    lane.world.albums.append(record(1, songs, "2020-01-01"))
    pages = []
    for n in range(30):
        start = (n % 4) * 20
        mixed = songs[start : start + 20]
        pages.append(night(n, f"2026-0{6 + n // 10}-{1 + n % 10 * 2:02}", mixed[n % 7 :] + mixed[: n % 7]))
    last = {one["name"] for one in pages[-1]["sets"]["set"][0]["song"]}
    lane.at("2026-08-20T12:00", gig("E1", ARENA, "2026-08-21", "20:00", A.attraction()), *pages)
    found = lane.rows(TO_VOTE.format(A.spotify_id))
    assert 38 <= len(found) <= 41
    likeliest = sorted(found, key=lambda one: -one[1])[:20]
    assert not last & {one[0] for one in likeliest}


def test_what_is_no_concert_counts_nowhere(lane: Case) -> None:
    """VIP sets and sessions among the pages change neither length nor openers nor probabilities."""
    lane.world.acts.append(H)
    lane.world.albums += [record(1, NAMES, "2020-01-01"), record(2, NAMES, "2020-01-01", act=H)]
    pages = []
    for n in range(18):
        songs = NAMES[n % 3 : n % 3 + 15]
        day = f"2026-0{6 + n // 9}-{1 + n % 9 * 3:02}"
        pages += [night(n, day, songs), night(n, day, songs, act=H, where=Hall(f"Club {n}", f"City {n}"))]
    pages += [
        night(50 + n, f"2026-07-{1 + n * 3:02}", NAMES[17:20], info="VIP soundcheck set", where=hall(9 + n))
        for n in range(5)
    ]
    pages += [night(60 + n, f"2026-08-0{n + 1}", NAMES[16:18], where=Hall("Radio Helm", "Oslo")) for n in range(2)]
    away = gig("E2", Hall("Roost", "Oslo"), "2026-12-01", "20:00", H.attraction())
    lane.at("2026-09-10T12:00", COMING, away, *pages, imports=[A.spotify_id, H.spotify_id])
    assert (
        lane.rows("select concerts, expected_songs from setlists")[0]
        == lane.rows("select concerts, expected_songs from setlists")[1]
    )
    assert lane.rows(TO_VOTE.format(A.spotify_id)) == lane.rows(TO_VOTE.format(H.spotify_id))


def test_no_concert_is_known(lane: Case) -> None:
    """The songs that people know come first; what is no song is never offered, and a festival's list is shorter."""
    known = [f"Hit {n}" for n in range(10)]
    odd = [
        "Hit 1 (Marlo Vens Remix)",
        "Hit 2 - Demo",
        "Commentary for Hit 3",
        "Hit 4 - Live in Bergen",
        "The Making of Hit 5",
    ]
    lane.world.albums += [
        record(1, [*known, *odd], "2001-01-01", 80),
        record(2, [f"Recent {n}" for n in range(16)], "2023-01-01", 30),
    ]
    festival = {
        "type": "attraction",
        "id": "K8vZ91700fest",
        "name": "Harbour Fest",
        "classifications": [{"primary": True, "type": {"id": EVENT_STYLE}, "subType": {"id": FESTIVAL}}],
    }
    fest = gig("E2", Hall("Meadow", "Oslo"), "2026-12-05", "20:00", festival, H.attraction(), A.attraction())
    lane.at("2026-09-10T12:00", COMING, fest)
    found = lane.rows(
        "select s.ticketmaster_id, t.title, t.expected from setlist_to_vote t join shows s on s.id = t.show_id"
        f" join artists a on a.id = t.artist_id where not t.dropped and a.spotify_id = '{A.spotify_id}'"
        " order by t.position"
    )
    own = [one[1] for one in found if one[0] == "E1"]
    assert set(own[:10]) == set(known)
    assert not {one[1] for one in found} & set(odd)
    lengths = {key: sum(one[2] for one in found if one[0] == key) for key in ("E1", "E2")}
    assert lengths["E2"] < lengths["E1"]
