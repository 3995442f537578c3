"""Predicts the setlist of a coming show: every candidate with a probability, an expected place and a reason in words.

Artists repeat what they played recently, each in its own way: `memories` learns how. Openers and closers are predicted
by the same rules from openers and closers alone. Unplayed songs of the catalogue share the artist's usual number of
debuts, those of a new album more. Without past concerts the best-known songs come first. Songs without a Spotify id are
candidates like others. The same input, in any order, gives the same prediction.

Learning from a long past takes tenths of a second. It is a generator that yields after each concert, so that its caller
can let other tasks run in between.
"""

from collections.abc import Generator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from statistics import fmean, median_low
from typing import Self

import attrs

from thesetd.domain.music.records import ActualSetlist
from thesetd.domain.prediction.concerts import Concert, ConcertHistory, finished, reading_concerts
from thesetd.domain.prediction.memories import Ensemble, fitted
from thesetd.domain.prediction.offers import (
    Offer,
    ReleasedOffers,
    appeal,
    catalogue_of,
    debuts,
    from_new_album,
    new_album_songs,
)
from thesetd.domain.prediction.places import Habit, habits, in_playing_order
from thesetd.domain.prediction.reasons import reason_for
from thesetd.domain.setlists.kinds import BillSlot

DEFAULT_LENGTH = 15  # expected number of songs if there is no past concert
MOST = 40  # maximum number of candidates of one show
WINDOW = 150  # maximum concerts used
LENGTHS = 10  # the expected length is the median of this many recent concerts
COVERED = 0.97  # share of the expected songs that the candidates cover, if 40 are enough
SHORTER = {
    BillSlot.HEADLINE: 1.0,
    BillSlot.SUPPORT: 0.5,
    BillSlot.FESTIVAL: 0.7,
}  # share of the usual length, if no such show is known
ENOUGH = 3  # concerts in the same slot that are enough to estimate its length
TOUR_TELLS = 2  # concerts of the last tour from which only its length counts
CHANGING = 0.5  # share of songs repeated from the previous concert; below it an artist's sets change every night
STAYS = 2.5  # how much likelier a different opener or closer must be than the last one
UNKNOWN_TOP = 0.6  # probability of the best known song if no concert is known


@attrs.frozen(kw_only=True)
class Coming:
    """The show to predict; unknown values are taken from the last concert."""

    day: date
    tour: str = ""
    slot: BillSlot | None = None


@attrs.frozen(kw_only=True)
class LikelySong:
    """A song that may be played. `position` counts from 1 in expected playing order, the unlikely ones last."""

    key: str
    title: str
    spotify_id: str | None
    position: int
    probability: float
    encore: bool
    reason: str


@attrs.frozen(kw_only=True)
class Prediction:
    """The candidates of one show; the first `length` of them are the expected setlist."""

    length: int
    concerts: int
    candidates: tuple[LikelySong, ...]


_NewAlbum = tuple[tuple[Offer, ...], float]  # the album's unplayed songs, and their share of a set


@attrs.frozen
class _Chances:
    """The probabilities by song, with the data for places and reasons."""

    by_song: Mapping[str, float]
    opener: str | None = None
    closer: str | None = None


@attrs.frozen
class _Ensembles:
    """What was learned from whole sets, from openers and from closers."""

    sets: Ensemble
    openers: Ensemble
    closers: Ensemble

    @classmethod
    def learning(cls, concerts: Sequence[Concert]) -> Generator[None, None, Self]:
        """Learn from concerts, the most relevant last."""
        learned = []
        for part in (slice(None), slice(1), slice(-1, None)):
            ensemble = Ensemble()
            yield from ensemble.learn([(concert.songs[part], concert.tour) for concert in concerts])
            learned.append(ensemble)
        return cls(*learned)


class Predictor:
    """Predicts any number of coming shows from an artist's catalogue and past.

    Args:
        offers: the catalogue's songs that are offered for voting, one per key.
        setlists: the songs actually played, in any order.
        ruled: operators' decisions about names in setlists: the song's key by the name's key, None for "not a song".
        before: pages from this day on are ignored; None takes all.
    """

    def __init__(
        self,
        offers: Sequence[Offer],
        setlists: Sequence[ActualSetlist],
        *,
        ruled: Mapping[str, str | None] | None = None,
        before: date | None = None,
    ) -> None:
        self._catalogue = {offer.key: offer for offer in sorted(offers, key=appeal, reverse=True)}
        self._released = ReleasedOffers.of(self._catalogue.values())
        past = reading_concerts(setlists, catalogue_of(offers, ruled), before=before)
        self._unread: Generator[None, None, ConcertHistory] | None = past
        self._concerts: tuple[Concert, ...] = ()
        self._titles: Mapping[str, str] = {}
        self._habits: Mapping[str, Habit] = {}
        self._last_played: Mapping[str, date] = {}
        self._ensembles: dict[BillSlot | None, _Ensembles] = {}
        self._made: dict[tuple[str, BillSlot | None, _NewAlbum], Prediction] = {}

    def predict(self, coming: Coming) -> Prediction:
        """Predict one show without yielding."""
        return finished(self.predicting(coming))

    def predicting(self, coming: Coming) -> Generator[None, None, Prediction]:
        """Predict one show; shows that differ only in their day are computed once."""
        yield from self._reading()
        nights = [concert.day for concert in self._concerts]
        new = new_album_songs(self._released, self._last_played, nights, coming.day)
        key = coming.tour, coming.slot, new
        if key not in self._made:
            yield from self._learning(coming.slot)
            self._made[key] = self._predict(coming, new)
        return self._made[key]

    def _reading(self) -> Generator[None, None, None]:
        """Read the past, once."""
        if self._unread is None:
            return
        past = yield from self._unread
        self._unread = None
        self._concerts = past.concerts[-WINDOW:]
        self._titles = {**past.titles, **{key: offer.title for key, offer in self._catalogue.items()}}
        self._habits = habits(self._concerts)
        self._last_played = {song: concert.day for concert in self._concerts for song in concert.songs}

    def _learning(self, slot: BillSlot | None) -> Generator[None, None, None]:
        if self._concerts and slot not in self._ensembles:
            self._ensembles[slot] = yield from _Ensembles.learning(_most_alike_last(self._concerts, slot))

    def _predict(self, coming: Coming, new: _NewAlbum) -> Prediction:
        length = expected_length(self._concerts, coming.slot)
        chances = self._chances(coming, new, length) if self._concerts else _by_appeal(self._catalogue, length)
        likeliest = sorted(chances.by_song, key=lambda song: (-chances.by_song[song], self._ago(song), song))
        chosen = _enough(likeliest, chances.by_song, MOST if _changing(self._concerts) else length)
        front = _with_ends(chosen, chances, length)
        ordered = in_playing_order(front, self._habits, opener=chances.opener, closer=chances.closer)
        placed = [*ordered, *(song for song in chosen if song not in set(front))]
        candidates = (
            self._candidate(song, position, chances.by_song[song]) for position, song in enumerate(placed, start=1)
        )
        return Prediction(length=length, concerts=len(self._concerts), candidates=tuple(candidates))

    def _candidate(self, song: str, position: int, chance: float) -> LikelySong:
        habit, offer = self._habits.get(song), self._catalogue.get(song)
        return LikelySong(
            key=song,
            title=self._titles[song],
            spotify_id=offer.spotify_id if offer else None,
            position=position,
            probability=round(chance, 4),
            encore=habit is not None and habit.is_encore,
            reason=reason_for(habit, offer, len(self._concerts)),
        )

    def _ago(self, song: str) -> int:
        return self._habits[song].ago if song in self._habits else WINDOW + 1

    def _chances(self, coming: Coming, new: _NewAlbum, length: int) -> _Chances:
        concerts = _most_alike_last(self._concerts, coming.slot)
        last = concerts[-1]
        learned = self._ensembles[coming.slot]
        tour = coming.tour or last.tour
        played = learned.sets.probabilities(tour)
        return _Chances(
            by_song=_with_catalogue(played, self._concerts, self._catalogue, new, length),
            opener=_end(learned.openers, tour, last.songs[0]),
            closer=_end(learned.closers, tour, last.songs[-1]),
        )


def expected_length(concerts: Sequence[Concert], slot: BillSlot | None = None) -> int:
    """Return how many songs a coming show is expected to have, the median of recent ones in the same slot."""
    if not concerts:
        return max(1, round(DEFAULT_LENGTH * SHORTER[slot or BillSlot.HEADLINE]))
    wanted = slot or concerts[-1].slot
    alike = [concert for concert in concerts if concert.slot is wanted]
    if not alike or (slot is not None and len(alike) < ENOUGH):
        others = [len(concert.songs) / SHORTER[concert.slot] for concert in concerts][-LENGTHS:]
        return max(1, round(median_low(others) * SHORTER[wanted]))
    of_tour = [concert for concert in alike if concert.tour == alike[-1].tour]
    return median_low(len(concert.songs) for concert in (of_tour if len(of_tour) >= TOUR_TELLS else alike)[-LENGTHS:])


def _most_alike_last(concerts: Sequence[Concert], slot: BillSlot | None) -> Sequence[Concert]:
    """Move the concerts in the show's slot to the end, so that a support set is predicted from support sets, if known.

    If there are none, or the slot is unknown, the order stays chronological.
    """
    alike = [concert for concert in concerts if concert.slot is slot]
    if len(alike) < ENOUGH:
        return concerts
    return [*(concert for concert in concerts if concert.slot is not slot), *alike]


def _end(ensemble: Ensemble, tour: str, last: str) -> str:
    """Return the likeliest opener or closer; the last one stays unless another is clearly likelier."""
    chances = ensemble.probabilities(tour)
    best = min(chances, key=lambda song: (-chances[song], ensemble.nights_since(song), song))
    return best if chances[best] > STAYS * chances[last] else last


def _with_catalogue(
    played: Mapping[str, float],
    concerts: Sequence[Concert],
    catalogue: Mapping[str, Offer],
    new_album: _NewAlbum,
    length: int,
) -> dict[str, float]:
    """Add the unplayed songs, and scale all to the length; a new album takes its part from the others.

    Debuts that are not in the catalogue cannot be candidates: their part of the length is left open.
    """
    fresh, share = new_album
    unplayed = [offer for offer in catalogue.values() if offer.key not in played]
    mass = _debut_mass(concerts)
    unheard = debuts(unplayed, mass)
    new = from_new_album(fresh, share * length)
    chances = {song: chance * (1 - share) for song, chance in played.items()} | unheard
    chances |= {song: max(chance, chances.get(song, 0.0)) for song, chance in new.items()}
    return fitted(chances, length - max(0.0, mass - sum(unheard.values())))


def _debut_mass(concerts: Sequence[Concert]) -> float:
    """Return how many songs of a concert are new, judged by recent concerts; one if there are none."""
    seen: set[str] = set()
    counts: list[int] = []
    for concert in concerts:
        counts.append(len(set(concert.songs) - seen))
        seen.update(concert.songs)
    recent = counts[1:][-LENGTHS:]
    return (sum(recent) + 1) / (len(recent) + 2)


def _by_appeal(catalogue: Mapping[str, Offer], length: int) -> _Chances:
    """Return the best known songs, as many as a show has; there is no further evidence about the others."""
    ranked = sorted(catalogue.values(), key=appeal)
    return _Chances({offer.key: UNKNOWN_TOP * 2 ** (-rank / length) for rank, offer in enumerate(ranked[:length])})


def _enough(likeliest: Sequence[str], chances: Mapping[str, float], least: int) -> list[str]:
    """Return the likeliest candidates: at least this many, and enough to hold nearly all that may be played."""
    total = sum(chances.values())
    held = 0.0
    for count, song in enumerate(likeliest[:MOST], start=1):
        held += chances[song]
        if count >= least and held >= COVERED * total:
            return list(likeliest[:count])
    return list(likeliest[:MOST])


def _changing(concerts: Sequence[Concert]) -> bool:
    """Return whether most songs of a concert were not played at the one before, over the recent concerts."""
    recent = concerts[-LENGTHS - 1 :]
    shares = [len(set(now.songs) & set(before.songs)) / len(now.songs) for before, now in pairwise(recent)]
    return bool(shares) and fmean(shares) < CHANGING


def _with_ends(chosen: Sequence[str], chances: _Chances, length: int) -> list[str]:
    """Return the expected set: the likeliest songs, including the opener and the closer."""
    ends = [song for song in dict.fromkeys((chances.opener, chances.closer)) if song is not None and song in chosen]
    others = [song for song in chosen if song not in ends]
    return [*ends, *others][:length]
