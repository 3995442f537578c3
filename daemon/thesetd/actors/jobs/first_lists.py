"""Begins with the lists of shows and setlists of an import, before its artist's identity is decided anew."""

from datetime import datetime, timedelta

from thesetd.actors.jobs.work import JobRun


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


def shows_from(work: JobRun) -> datetime:
    """Return when coming shows begin: tonight's has begun somewhere.

    It is the beginning of a day, so that identical requests stay identical all day.
    """
    return (work.tools.clock.now() - timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
