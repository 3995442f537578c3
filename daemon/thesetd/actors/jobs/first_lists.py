"""Begins with the lists of shows and setlists of an import, while its artist's identity is being decided."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from thesetd.actors.jobs.work import JobRun
from thesetd.domain.music.records import Artist
from thesetd.ports.providers import Artists


def begin_lists(work: JobRun, *, coming: bool, past: bool) -> None:
    """Begin with the lists of the ids, or the search for one, while the store decides which ids are the artist's."""
    providers, known, since = work.tools.providers, work.known(), shows_from(work)
    if not work.watched:
        return
    for shows in providers.shows if coming else ():
        for artist_id in known.ids_in(shows.space):
            work.begin(shows.artist_shows(artist_id, since))
    for setlists in providers.setlists if past else ():
        if setlists.space in known.ids:
            work.begin([setlists.artist_setlists(known.ids[setlists.space])])
    work.begin([one.search_artists(known.name) for one in providers.shows[:1] if one.space not in known.ids])


def begin_linked(work: JobRun, client: Artists, hits: Iterable[Artist]) -> None:
    """Begin with the lists of the only hit of a search that links to the artist, while the store decides about it."""
    providers, known = work.tools.providers, work.known()
    meant = known.ids.get(providers.lead.space)
    linked = [hit.ids for hit in hits if meant is not None and hit.ids.get(providers.lead.space) == meant]
    if not work.watched or len(linked) != 1:
        return
    (ids,) = linked
    for shows in providers.shows:
        if shows.space == client.space:
            work.begin(shows.artist_shows(ids[shows.space], shows_from(work)))
    for setlists in providers.setlists:
        if setlists.space in ids and setlists.space not in known.ids:
            work.begin([setlists.artist_setlists(ids[setlists.space])])


def shows_from(work: JobRun) -> datetime:
    """Return when coming shows begin: tonight's has begun somewhere.

    It is the beginning of a day, so that identical requests stay identical all day.
    """
    return (work.tools.clock.now() - timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
