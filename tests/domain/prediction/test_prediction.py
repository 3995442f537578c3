from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.music.keys import compact
from thesetd.domain.music.records import ActualSetlist
from thesetd.domain.music.titles import song_key
from thesetd.domain.prediction.concerts import Concert, finished, reading_concerts
from thesetd.domain.prediction.offers import Offer
from thesetd.domain.prediction.prediction import DEFAULT_LENGTH, MOST, Coming, Prediction, Predictor
from thesetd.domain.prediction.scoring import score
from thesetd.domain.setlists.kinds import BillSlot

AT = datetime(2026, 11, 22, tzinfo=UTC)
TODAY = date(2026, 11, 22)
NEXT = Coming(day=TODAY)
ANY = st.text(alphabet=st.characters(exclude_categories=()), max_size=20)


def offer(title: str, popularity: int | None = None, released: date | None = date(2005, 5, 23), **said: Any) -> Offer:
    """Make a song of the catalogue."""
    given = {"spotify_id": f"id {title}", "album_id": str(released), "album_name": f"Album of {released}"}
    return Offer(key=song_key(title), title=title, popularity=popularity, released_on=released, **given | said)


def page(days_ago: int, *songs: str | dict[str, Any], encore: Sequence[str] = (), **said: Any) -> ActualSetlist:
    """Make the setlist of so many days ago."""
    given: dict[str, Any] = {
        "setlistfm_id": f"{days_ago:08x}",
        "version_id": "g1",
        "artist_mbid": "m",
        "event_date": TODAY - timedelta(days=days_ago),
        "url": "https://example.org",
        "fetched_at": AT,
        "songs": tuple({"name": song} if isinstance(song, str) else song for song in songs),
        "encore_songs": tuple({"name": song} for song in encore),
    }
    return ActualSetlist(**given | said)


def numbered(start: int, stop: int) -> list[str]:
    """Name songs by number."""
    return [f"Song number {number}" for number in range(start, stop)]


def expected(prediction: Prediction) -> list[str]:
    """Return the titles of the expected setlist in order."""
    return [one.title for one in prediction.candidates[: prediction.length]]


def predict(offers: Sequence[Offer], pages: Sequence[ActualSetlist], coming: Coming = NEXT) -> Prediction:
    """Predict the show of today."""
    return Predictor(offers, pages).predict(coming)


NAMES = st.sampled_from(["A", "B", "C", "D / E", "F", "A / F", "a - Live", "Drum Solo", "", " / "])
ITEMS = st.fixed_dictionaries({"name": NAMES | ANY | st.none() | st.integers()}, optional={"tape": st.booleans()})
PAGES = st.lists(
    st.builds(
        lambda days, songs, encore, tour, info: page(days, *songs, encore=encore, tour=tour, info=info),
        st.integers(-3, 400),
        st.lists(ITEMS | st.just({}), max_size=6),
        st.lists(NAMES, max_size=2),
        st.none() | st.sampled_from(["", "One", "Two"]),
        st.none() | st.sampled_from(["radio session", "Support act for X", "Festival"]) | ANY,
    ),
    max_size=12,
    unique_by=lambda one: one.setlistfm_id,
)
OFFERS = st.lists(
    st.builds(offer, st.sampled_from("ABCDEFGH"), st.none() | st.integers(0, 100), st.none() | st.dates()),
    max_size=8,
    unique_by=lambda one: one.key,
)
COMING = st.builds(
    Coming, day=st.dates(), tour=st.sampled_from(["", "One"]), slot=st.none() | st.sampled_from(list(BillSlot))
)


@given(OFFERS, PAGES, COMING)
def test_a_prediction_is_a_list_of_candidates(offers: list[Offer], pages: list[ActualSetlist], coming: Coming):
    """Whatever was recorded: each song once, counted from 1, a probability and a reason each, never more than 40."""
    candidates = predict(offers, pages, coming).candidates
    assert [one.position for one in candidates] == list(range(1, len(candidates) + 1))
    assert len({one.key for one in candidates}) == len(candidates) <= MOST
    assert all(0 <= one.probability <= 1 and one.reason and one.title for one in candidates)


@pytest.mark.untraced
@given(OFFERS, PAGES, COMING, st.randoms(use_true_random=False))
def test_a_prediction_does_not_depend_on_the_order(
    offers: list[Offer], pages: list[ActualSetlist], coming: Coming, random: Any
):
    """Songs and pages in another order give the same prediction."""
    before = predict(offers, pages, coming)
    random.shuffle(offers)
    random.shuffle(pages)
    assert predict(offers, pages, coming) == before


def test_only_the_past_counts():
    """Pages from a given day on change nothing."""
    past = [page(days, "A", "B") for days in range(1, 5)]
    later = [page(-days, "C", "D") for days in range(5)]
    assert Predictor((), [*past, *later], before=TODAY).predict(NEXT) == predict((), past)


def test_a_new_tour_replaces_the_old_one():
    """After 24 shows of 20 equal songs and 3 of a new tour with 12 others, the new set comes, in its order."""
    old = [page(400 - days, *numbered(0, 20), tour="Old") for days in range(24)]
    new = [page(days, *numbered(20, 31), encore=["The End"], tour="New") for days in (1, 3, 5)]
    prediction = predict((), [*old, *new])
    assert expected(prediction) == [*numbered(20, 31), "The End"]
    assert prediction.candidates[0].reason == "played at 3 of the last 15 shows, also at the last one, usually first"
    assert prediction.candidates[11].reason == "played at 3 of the last 15 shows, also at the last one, usually last"


def rotation(shows: int) -> list[ActualSetlist]:
    """A band with 80 songs of which it plays 20 a night, none of the last night's."""
    return [
        page(2 * (shows - night), *[f"Song number {(night * 20 + n * 7 % 20) % 80}" for n in range(20)])
        for night in range(shows)
    ]


def test_never_twice_in_a_row():
    """For a band that repeats no song the next night: 40 candidates, none of last night's among the likely 20."""
    pages = rotation(16)
    last = {song["name"] for song in pages[-1].songs}
    prediction = predict((), pages)
    likely = sorted(prediction.candidates, key=lambda one: -one.probability)[:20]
    assert len(prediction.candidates) == 40
    assert not last & {one.title for one in likely}


@pytest.mark.untraced
def test_probabilities_hold_on_the_average():
    """Over a rotation the sum of the probabilities is about the number of songs that candidates turn out to be."""
    pages = rotation(30)
    sums = [0.0, 0.0]
    for night in range(10, 30):
        chances = Predictor((), pages[:night]).predict(Coming(day=pages[night].event_date)).candidates
        played = {song["name"] for song in pages[night].songs}
        sums[0] += sum(one.probability for one in chances)
        sums[1] += sum(one.title in played for one in chances)
    assert sums[0] == pytest.approx(sums[1], rel=0.1)


def test_what_is_no_concert_changes_nothing():
    """Five VIP sets and two sessions among 25 pages: length, opener and probabilities as if they were not there."""
    concerts = [page(10 * night, *numbered(0, 18)) for night in range(1, 19)]
    vip = [page(10 * night + 1, *numbered(50, 53), info="VIP pre-show acoustic set") for night in range(1, 6)]
    radio = [page(10 * night + 2, *numbered(60, 64), info="Session for Radio Helm") for night in range(1, 3)]
    assert predict((), [*concerts, *vip, *radio]) == predict((), concerts)


def test_street_sets_alone_are_no_concerts():
    """An act of which nothing but street sets is known has no concert to predict from."""
    pages = [page(night, *numbered(0, 3), info="Played three times for a video shoot") for night in range(1, 4)]
    assert predict([offer("A")], pages).concerts == 0


def test_a_long_broadcast_is_a_concert():
    """A whole concert stays one though its page says that the radio broadcast it."""
    pages = [page(night, *numbered(0, 18), info="Broadcast on the radio") for night in range(1, 4)]
    assert predict((), pages).concerts == 3


def test_without_concerts_what_people_know():
    """The album of 2001 that everybody knows comes before the one of 2023."""
    old = [offer(f"Old {n}", 80 - n, date(2001, 5, 1)) for n in range(12)]
    new = [offer(f"New {n}", 30 - n, date(2023, 5, 1)) for n in range(15)]
    prediction = predict([*new, *old], [])
    assert prediction.length == len(prediction.candidates) == DEFAULT_LENGTH
    assert {one.title for one in prediction.candidates[:12]} == {one.title for one in old}
    assert prediction.candidates[0].reason == "no concert known, popularity 80 of 100"
    chances = [one.probability for one in prediction.candidates]
    assert chances == sorted(chances, reverse=True)


def test_top_tracks_come_first():
    """What the provider lists as the artist's top tracks is known better than its popularity tells."""
    songs = [offer("A", 10, top_rank=2), offer("B", 90), offer("C", 20, top_rank=1)]
    assert expected(predict(songs, []))[:3] == ["C", "A", "B"]
    assert predict(songs, []).candidates[0].reason == "no concert known, number 1 of the top tracks"


@pytest.mark.parametrize("slot", [BillSlot.SUPPORT, BillSlot.FESTIVAL])
def test_a_shorter_slot_is_a_shorter_list(slot: BillSlot):
    """A support act and a festival's act play less than a headliner, with concerts known and without."""
    songs = [offer(name, 50 - n) for n, name in enumerate(numbered(0, 30))]
    pages = [page(night, *numbered(0, 20)) for night in range(1, 6)]
    for known in ([], pages):
        usual = predict(songs, known, Coming(day=TODAY, slot=BillSlot.HEADLINE)).length
        assert predict(songs, known, Coming(day=TODAY, slot=slot)).length < usual


def test_the_set_of_the_same_slot():
    """A support set is predicted from the artist's support sets, with their length, opener and closer."""
    own = [page(2 * night, *numbered(0, 18)) for night in range(1, 9)]
    info = "Support act for Quill & Tarn"
    support = [page(200 + night, *numbered(20, 27), info=info) for night in range(1, 9)]
    prediction = predict((), [*own, *support], Coming(day=TODAY, slot=BillSlot.SUPPORT))
    assert expected(prediction) == numbered(20, 27)


def test_a_new_album():
    """An album released since the last concert brings six of its songs into a set of 16, likelier than its rest."""
    pages = [page(30 + night, *numbered(0, 16)) for night in range(1, 20)]
    new = [offer(f"New {n}", 60 - n, TODAY - timedelta(days=10)) for n in range(12)]
    old = [offer(name, 50, date(2015, 1, 1)) for name in numbered(0, 30)]
    songs = expected(predict([*new, *old], pages))
    assert len(songs) == 16
    assert sum(title.startswith("New") for title in songs) == 6


def test_an_album_that_was_left_out_counts_less_and_less():
    """Once several concerts have gone by without a song of the new album, its songs leave the expected set."""
    pages = [page(night, *numbered(0, 16)) for night in range(1, 20)]
    new = [offer(f"New {n}", 60 - n, TODAY - timedelta(days=100)) for n in range(12)]
    assert expected(predict(new, pages)) == numbered(0, 16)


def test_played_but_in_no_catalogue():
    """A song that no provider's catalogue holds is predicted like others, without a Spotify id."""
    pages = [page(night, "Harbour Hymn", "A", "B") for night in range(1, 13)] + [page(20, "A", "B", "C")]
    first = predict([offer("A"), offer("B")], pages).candidates[0]
    assert (first.title, first.spotify_id) == ("Harbour Hymn", None)
    assert first.reason == "played at 12 of the last 13 shows, also at the last one, usually first"


def test_tapes_nameless_entries_and_solos_are_no_candidates():
    """Tapes, nameless entries and solos are passed over; a solo that the catalogue holds is a song."""
    entries = ({"name": "Tape", "tape": True}, {"name": ""}, {"name": None}, {}, "Drum Solo", "A")
    assert expected(predict((), [page(1, *entries)])) == ["A"]
    assert expected(predict([offer("Drum Solo")], [page(1, *entries)])) == ["Drum Solo", "A"]


def test_what_people_decided_about_names_counts():
    """A name that a person tied to a song is that song, one that is none is no candidate."""
    pages = [page(night, "Hallo", "Speech of Thanks", "B") for night in range(1, 9)]
    ruled = {compact("Hallo"): song_key("Salt Road"), compact("Speech of Thanks"): None}
    forecast = Predictor([offer("Salt Road"), offer("B")], pages, ruled=ruled)
    assert expected(forecast.predict(NEXT)) == ["Salt Road", "B"]


def test_learning_pauses_after_each_concert():
    """Whoever runs a long forecast can let others go on between any two concerts, and gets the same prediction."""
    pages = rotation(30)
    forecast = Predictor((), pages)
    assert sum(1 for _ in forecast.predicting(NEXT)) == 4 * len(pages)  # what was played, sets, openers, closers
    assert forecast.predict(NEXT) == predict((), pages)


def test_a_medley_is_its_parts_unless_it_is_a_song():
    """A name with slashes is first looked for as a whole, then each part counts."""
    pages = [page(1, "A / B", "C / D", "Mist/Shine")]
    assert expected(predict([offer("C / D"), offer("A")], pages)) == ["A", "B", "C / D", "Mist/Shine"]


def test_alternating_sets_are_recognised():
    """An artist that alternates two sets gets the one whose turn it is."""
    pages = [page(40 - night, "Hello", *(numbered(0, 9) if night % 2 else numbered(20, 29))) for night in range(30)]
    assert set(expected(predict((), pages))) == {"Hello", *numbered(20, 29)}


def test_the_score_of_a_prediction():
    """Three of four songs right, opener right, closer wrong."""
    prediction = predict((), [page(night, "A", "B", "C", "D") for night in range(1, 9)])
    result = score(prediction, Concert(day=TODAY, id="x", songs=("a", "c", "b", "e")))
    assert (result.hits, result.f1, result.recall) == (3, 0.75, 0.75)
    assert (result.opener, result.closer) == (True, False)


@pytest.mark.untraced
@given(OFFERS, PAGES, PAGES)
def test_a_score_is_a_share(offers: list[Offer], pages: list[ActualSetlist], later: list[ActualSetlist]):
    """Every share of a score is from 0 to 1, whatever was predicted and played."""
    prediction = predict(offers, pages)
    for concert in finished(reading_concerts(later)).concerts:
        result = score(prediction, concert)
        assert all(0 <= share <= 1 for share in (result.f1, result.recall, result.brier))
        assert result.hits <= min(result.played, result.candidates)
