"""Records of an invented world, for tests of stores; every builder takes what the test is about."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs

from thesetd.domain.identity import spaces
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.ids import SETLISTFM, TICKETMASTER, Epoch, JobId, ProviderName
from thesetd.domain.music.records import (
    ActualSetlist,
    Album,
    Artist,
    Billing,
    PredictedSetlist,
    PredictedSong,
    Rows,
    Show,
    Track,
    Venue,
)
from thesetd.domain.music.songs import song_row_key
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import ArtistKey, Job, JobKind, JobState, JobUpdate, Lane, NewJob, Owner
from thesetd.domain.work.progress import Progress, ProgressEvent, Stage
from thesetd.ports.store import JobStore

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MBID = "11111111-2222-4333-8444-555555555555"
OTHER_MBID = "99999999-2222-4333-8444-555555555555"


def moment(minutes: float) -> datetime:
    """Return the moment so many minutes after NOW."""
    return NOW + timedelta(minutes=minutes)


def owner(node: str = "n1", epoch: int = 1) -> Owner:
    """Return a node in one of its lives."""
    return Owner(node, Epoch(epoch))


async def next_due(jobs: JobStore, *, background: int = 1, suspects: bool = False) -> datetime | None:
    """Ask when the next job may start, without claiming any."""
    claimed = await jobs.claim(owner=owner(), limit=0, background=background, now=NOW, suspects=suspects)
    assert claimed.jobs == ()
    return claimed.next_due


def batch(minutes: float = 0, **parts: Any) -> Batch:
    """Return a batch at that moment; what is no part of a batch is a kind of rows."""
    names = {field.name for field in attrs.fields(Batch)} - {"at", "rows"}
    own = {name: parts.pop(name) for name in names if name in parts}
    return Batch(at=moment(minutes), rows=Rows(**parts), **own)


def artist(minutes: float = 0, **parts: Any) -> Artist:
    """Return an artist that was fetched at that moment."""
    return Artist(
        **{"name": "The Owls", "slug": "the-owls", "spotify_id": "ArtistA", "fetched_at": moment(minutes), **parts}
    )


def album(minutes: float = 0, **parts: Any) -> Album:
    """Return an album of the artist."""
    given = {"spotify_id": "AlbumA", "artist_spotify_id": "ArtistA", "name": "Night", "album_type": "album"}
    return Album(**{**given, "fetched_at": moment(minutes), **parts})


def song(minutes: float = 0, **parts: Any) -> Track:
    """Return a song of the album, credited to the artist."""
    given = {"spotify_id": "SongA", "album_spotify_id": "AlbumA", "name": "Hoot", "artist_spotify_ids": ("ArtistA",)}
    return Track(**{**given, "disc_number": 1, "track_number": 1, "fetched_at": moment(minutes), **parts})


def venue(minutes: float = 0, *, provider: ProviderName = TICKETMASTER, **parts: Any) -> Venue:
    """Return a venue."""
    given = {"provider": provider, "provider_id": "VenueA", "name": "The Barn", "city": "Owlton"}
    return Venue(**{**given, "fetched_at": moment(minutes), **parts})


def billing(provider_id: str = "AttractionA", **parts: Any) -> Billing:
    """Return the headliner of a bill."""
    return Billing(
        **{"provider_id": provider_id, "name": "The Owls", "set_order": 1, "is_headliner": True, **parts},
    )


def show(minutes: float = 0, *, provider: ProviderName = TICKETMASTER, **parts: Any) -> Show:
    """Return a concert ten days from NOW, with the artist on its bill by spotify id."""
    given = {
        "provider": provider,
        "provider_id": "ShowA",
        "name": "The Owls at The Barn",
        "local_date": date(2026, 6, 11),
        "bill": (billing(spotify_id="ArtistA"),),
    }
    return Show(**{**given, "fetched_at": moment(minutes), **parts})


def played_show(minutes: float = 0, **parts: Any) -> Show:
    """Return a past concert as setlist.fm tells of it, with the artist on its bill by MBID."""
    given = {
        "provider_id": "SetlistA",
        "local_date": date(2026, 5, 20),
        "status": "completed",
        "bill": (billing(MBID, mbid=MBID),),
    }
    return show(minutes, provider=SETLISTFM, **{**given, **parts})


def played(minutes: float = 0, **parts: Any) -> ActualSetlist:
    """Return the setlist of that concert."""
    given = {
        "setlistfm_id": "SetlistA",
        "version_id": "v1",
        "artist_mbid": MBID,
        "event_date": date(2026, 5, 20),
        "url": "https://www.setlist.fm/setlist/the-owls",
        "songs": ({"name": "Hoot", "position": 1},),
    }
    return ActualSetlist(**{**given, "fetched_at": moment(minutes), **parts})


def predicted(*songs: str, **parts: Any) -> PredictedSetlist:
    """Return a prediction for the coming show: songs of these titles, in order."""
    placed = tuple(
        PredictedSong(position=number, song_key=song_row_key(one), title=one) for number, one in enumerate(songs, 1)
    )
    given = {"show_provider": TICKETMASTER, "show_provider_id": "ShowA", "artist": Ref(spaces.SPOTIFY, "ArtistA")}
    return PredictedSetlist(**{**given, "songs": placed, **parts})


def new_job(key: str = "import:ArtistA", **parts: Any) -> NewJob:
    """Return an import to enqueue."""
    return NewJob(**{"kind": JobKind.IMPORT_ARTIST, "lane": Lane.HIGH, "unique_key": key, **parts})


def progress(stage: Stage = Stage.INITIALIZING, percent: int = 10, **parts: Any) -> Progress:
    """Return a progress."""
    return Progress(**{"stage": stage, "percent": percent, "message": f"{stage.value}...", **parts})


def event(job_id: JobId, minutes: float = 0, stage: Stage = Stage.INITIALIZING, percent: int = 10) -> ProgressEvent:
    """Return a step forward of a job."""
    return ProgressEvent(job_id=job_id, progress=progress(stage, percent), at=moment(minutes))


def update(job: Job, state: JobState = JobState.RUNNING, **parts: Any) -> JobUpdate:
    """Return an update of a claimed job under the fence it was claimed with."""
    return JobUpdate(id=job.id, fence=job.fence, state=state, **parts)


ARTIST_KEY = ArtistKey(space=spaces.SPOTIFY, provider_id="ArtistA")
