"""A first guess at the setlist of a coming show, for people to vote on.

What an artist played lately it will play again: each past concert is a vote for its songs, and the older it is the less
it counts. Where fewer songs are known from concerts than a set is long, popular and then new ones fill it. The same
input gives the same prediction.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from statistics import median_low
from typing import Any

import attrs

from thesetd.domain.records import ActualSetlist, PredictedSong
from thesetd.domain.studio import StudioSong
from thesetd.domain.titles import song_key

DEFAULT_LENGTH = 15  # songs, where no past concert tells
RECENT = 40  # concerts looked at: about a tour; older ones weigh under 7 % of the latest
HALF_LIFE = 10  # concerts after which one counts half


@attrs.define
class _Played:
    """How a song was played lately: sums over concerts, each weighted by its age."""

    weight: float = 0.0
    encore_weight: float = 0.0
    place: float = 0.0  # 0 opens a concert, 1 ends it

    def add(self, weight: float, *, encore: bool, place: float) -> None:
        """Count one concert."""
        self.weight += weight
        self.encore_weight += weight * encore
        self.place += weight * place


def predict(
    offered: Sequence[StudioSong], past: Sequence[ActualSetlist], length: int | None = None
) -> tuple[PredictedSong, ...]:
    """Predict the songs of a coming show in playing order; at most what is offered, each once.

    Args:
        offered: the songs that may be predicted, at most one of each key.
        past: what was really played; the order does not matter.
        length: the number of songs wanted; by default that of a typical recent concert.
    """
    concerts = sorted(past, key=lambda concert: (concert.event_date, concert.setlistfm_id), reverse=True)
    recent = [concert for concert in concerts if _performed(concert)][:RECENT]
    by_key = {song.key: song for song in sorted(offered, key=_appeal, reverse=True)}
    played = _count(recent, by_key)
    wanted = typical_length(recent) if length is None else max(length, 0)
    best = sorted(by_key.values(), key=lambda song: (-played[song.key].weight, _appeal(song)))[:wanted]
    ordered = sorted(best, key=lambda song: (*_place(played[song.key]), _appeal(song)))
    return tuple(
        PredictedSong(position=position, song_spotify_id=song.song.spotify_id, title=song.title)
        for position, song in enumerate(ordered, start=1)
    )


def typical_length(past: Sequence[ActualSetlist]) -> int:
    """Give the median number of songs of those concerts of which any song is known."""
    return median_low([count for concert in past if (count := len(_performed(concert)))] or [DEFAULT_LENGTH])


def _count(concerts: Sequence[ActualSetlist], by_key: Mapping[str, StudioSong]) -> dict[str, _Played]:
    """Add up how often, how recently and where in a concert each song was played, once per concert."""
    played = {key: _Played() for key in by_key}
    for age, concert in enumerate(concerts):
        weight = 0.5 ** (age / HALF_LIFE)
        performed = _performed(concert)
        seen: set[str] = set()
        for index, (title, encore) in enumerate(performed):
            for key in _keys(title, by_key):
                if key not in seen:
                    seen.add(key)
                    played[key].add(weight, encore=encore, place=index / len(performed))
    return played


def _performed(concert: ActualSetlist) -> list[tuple[str, bool]]:
    """Give the titles that were played, in order, and whether in an encore; tapes and unknown songs are left out."""
    parts = ((concert.songs, False), (concert.encore_songs, True))
    return [(title, encore) for songs, encore in parts for song in songs if (title := _title(song))]


def _title(song: Mapping[str, Any]) -> str:
    name = song.get("name")
    return name.strip() if isinstance(name, str) and not song.get("tape") else ""


def _keys(title: str, by_key: Mapping[str, StudioSong]) -> Iterator[str]:
    """Give the offered songs that a title of a setlist names: itself, or else each part of a medley."""
    whole = song_key(title)
    if whole in by_key:
        yield whole
    elif " / " in title:
        yield from (key for part in title.split(" / ") if (key := song_key(part)) in by_key)


def _place(played: _Played) -> tuple[int, float]:
    """Give where in a concert a song belongs: the main set, then what was not played lately, then the encore."""
    if not played.weight:
        return 1, 0.0
    encore = 2 * played.encore_weight > played.weight
    return (2 if encore else 0), played.place / played.weight


def _appeal(song: StudioSong) -> tuple[int, int, int, int, str]:
    """Order songs by what is likely to be played where no concert tells: popularity, then the newest album."""
    released = (song.album.released_on or date.min).toordinal()
    popularity = -1 if song.popularity is None else song.popularity
    return -popularity, -released, song.song.disc_number, song.song.track_number, song.song.spotify_id
