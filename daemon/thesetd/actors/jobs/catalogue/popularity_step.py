"""Reads names, pictures and popularity: of artists, many per call if possible, and of an artist's songs.

The capabilities of the client id decide how the popularity of songs is learned: ten top tracks with one call, else the
tracks of a catalogue fifty at a time. If neither is offered, setlists and the order of albums are used instead.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

import attrs

from thesetd.actors.jobs.planning import planned
from thesetd.actors.jobs.work import LOST, JobRun
from thesetd.domain.errors import NotFound
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.gate.calls import Call
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.identity.statements import Record
from thesetd.domain.music.acts import described, own_only
from thesetd.domain.music.records import Artist, Rows, Track
from thesetd.domain.music.titles import song_key
from thesetd.domain.work.jobs import KnownArtist
from thesetd.domain.work.schedules import DEFAULTS
from thesetd.ports.providers import Catalog

TOGETHER = 50  # artists whose records are stored with one batch: the most that one call returns
MOST_PROFILES = 2_500  # artists of one firing: about fifty calls, or as the quota allows if each artist takes one
ANY = "0"  # a track's id that shows whether the profile offers the popularity of tracks
READ = "profiles"  # in the checkpoint: how many artists were read


async def profile_step(work: JobRun) -> None:
    """Read the artist's name, picture and popularity."""
    lead = work.tools.providers.lead
    if lead.space in work.known().ids:
        await planned(lead, partial(_read, work, lead, [work.known()], most=1))


async def profiles_step(work: JobRun, affordable: int) -> None:
    """Read the records of a schedule's artists, the most urgent first, with at most this many calls."""
    name, now, lead = work.job.args["schedule"], work.tools.clock.now(), work.tools.providers.lead
    if not DEFAULTS[name].profiles:
        return
    until = datetime.fromisoformat(work.job.args["until"]) if "until" in work.job.args else None
    done, calls = work.checkpoint.get(READ, 0), affordable
    artists = await work.tools.reading.schedules.artists_for(
        name, now=now, limit=MOST_PROFILES - done, again=until is None, until=until, aspect=Aspect.PROFILE
    )
    for start in range(0, len(artists), TOGETHER):
        if calls <= 0:
            break
        some = artists[start : start + TOGETHER]
        calls -= await planned(lead, partial(_read, work, lead, some, most=calls))
    if read := work.checkpoint.get(READ, 0):
        work.remark(f"profiles of {read} artists read")


async def _read(work: JobRun, lead: Catalog, artists: Sequence[KnownArtist], *, most: int) -> int:
    """Read artists and store them as one batch; return the number of calls, an upper bound."""
    ids = {artist.ids[lead.space]: artist.id for artist in artists if lead.space in artist.ids}
    calls = lead.artists(list(ids))
    if len(calls) > most:  # one call for each artist
        ids = dict(list(ids.items())[:most])
        calls = lead.artists(list(ids))
    found: list[Artist] = []
    for result in await work.fetch_all(calls):
        if isinstance(result, Exception):
            raise result
        found += result
    work.checkpoint[READ] = work.checkpoint.get(READ, 0) + len(ids)
    same = tuple(own_only(artist, lead.space) for artist in found if artist.asked_as is None)
    await work.commit(Rows(artists=same), profiles=tuple(ids.values()))
    for artist in found:
        if artist.asked_as is not None:
            await _follow(work, Ref(lead.space, artist.asked_as), artist)
    return len(calls)


async def _follow(work: JobRun, asked: Ref, found: Artist) -> None:
    """Have it decided whether an id that was answered under another one has moved to that; store the record if so."""
    new = described(found, asked.space)
    moved = Record(ref=asked, name=found.name, moved_to=new.ref)
    profiles = (own_only(found, asked.space),)
    await work.commit(Rows(artists=profiles, identity=Learnt(records=(moved, new))))


async def popular_step(work: JobRun) -> None:
    """Learn which songs of the artist are best known, from every catalogue that says so."""
    for catalog in work.tools.providers.catalog:
        if catalog.space in work.known().ids and not work.checkpoint.get(LOST):
            await planned(catalog, partial(_rank, work, catalog))


async def _rank(work: JobRun, catalog: Catalog) -> None:
    with suppress(NotFound):  # the catalogue no longer knows the artist
        top = catalog.top_songs(work.known().ids[catalog.space])
        rows = await (_of_catalogue(work, catalog) if top is None else _of_top(work, top))
        if rows:
            await work.commit(Rows(songs=rows))


async def _of_top(work: JobRun, top: Call[tuple[Track, ...]]) -> tuple[Track, ...]:
    """Return the stored tracks among the best-known ones; all are read only if a copy has to be found."""
    ranked = await work.fetch(top)
    ids = {one.spotify_id for one in ranked}
    stored = await work.tools.reading.repertoires.catalogue(work.known().id, only=ids)
    if len(stored.tracks) < len(ids):
        stored = await work.tools.reading.repertoires.catalogue(work.known().id)
    return _popular(ranked, stored.tracks)


async def _of_catalogue(work: JobRun, catalog: Catalog) -> tuple[Track, ...]:
    """Return the tracks of the catalogue whose popularity changed."""
    if not catalog.popularity([ANY]):  # then there is no need to read what is stored
        return ()
    stored = await work.tools.reading.repertoires.catalogue(work.known().id)
    ranked: list[Track] = []
    for call in catalog.popularity(list(_faces(stored.tracks))):
        ranked += await work.fetch(call)
    return _popular(ranked, stored.tracks)


def _faces(tracks: Iterable[Track]) -> dict[str, None]:
    """Return one track for each recording: copies of it on other albums are about as popular."""
    first: dict[str, str] = {}
    for track in tracks:
        first.setdefault(track.isrc or song_key(track.name) or track.spotify_id, track.spotify_id)
    return dict.fromkeys(first.values())


def _popular(ranked: Sequence[Track], stored: Sequence[Track]) -> tuple[Track, ...]:
    """Return stored tracks with a new popularity: the one reported for them, or for another copy of their recording."""
    tracks = {track.spotify_id: track for track in stored}
    by_isrc = {track.isrc: track for track in stored if track.isrc}
    by_name = {song_key(track.name): track for track in reversed(stored)}
    found: dict[str, Track] = {}
    for one in ranked:
        track = tracks.get(one.spotify_id) or by_isrc.get(one.isrc or "") or by_name.get(song_key(one.name))
        if track is not None and one.popularity is not None and track.spotify_id not in found:
            found[track.spotify_id] = attrs.evolve(track, fetched_at=one.fetched_at, popularity=one.popularity)
    return tuple(one for one in found.values() if one.popularity != tracks[one.spotify_id].popularity)
