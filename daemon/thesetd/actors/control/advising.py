"""Requests what only the catalogue's provider knows about an artist; implements `thesetd.ports.control.Advisor`."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import attrs

from thesetd.actors.asking import CallExecutor
from thesetd.actors.control.freshness_control import FindsArtists
from thesetd.actors.jobs.planning import planned
from thesetd.domain.errors import CapabilityGone, NotOffered, UnknownArtist
from thesetd.domain.gate.calls import Call
from thesetd.domain.music.records import AudioFeatures, Recommendation
from thesetd.domain.work.jobs import Lane
from thesetd.ports.providers import Listens, Providers
from thesetd.ports.songs import SongStore

T = TypeVar("T")
Questions = Callable[[Listens], Sequence[Call[tuple[T, ...]]]]


@attrs.frozen(kw_only=True)
class AdviceControl:
    """Makes calls in the interactive lane, because each of them blocks a reply."""

    artists: FindsArtists
    providers: Providers
    songs: SongStore
    fetcher: CallExecutor

    async def recommendations(self, artist: str, *, limit: int) -> Sequence[Recommendation]:
        """Request tracks similar to an artist's; see `Advisor`."""
        known = await self.artists.known(artist)
        own_id = known.ids.get(self.providers.lead.space)
        if own_id is None:
            raise UnknownArtist(artist)
        return await self._ask("recommendations", lambda provider: provider.recommendations(own_id, limit))

    async def features(self, artist: str, *, limit: int) -> Sequence[tuple[str, AudioFeatures]]:
        """Request analyses of an artist's songs; see `Advisor`."""
        views = await self.songs.find_songs((await self.artists.known(artist)).slug)
        offered = [view.song for view in views if view.song.offered]
        offered.sort(key=lambda song: (-(song.popularity or 0), song.title))
        titles = {song.face.spotify_id: song.title for song in offered if song.face is not None}
        wanted = list(titles)[:limit]
        if not wanted:
            return ()
        heard = await self._ask("audio features", lambda provider: provider.audio_features(wanted))
        return [(titles[one.spotify_id], one) for one in heard if one.spotify_id in titles]

    async def _ask(self, what: str, questions: Questions[T]) -> list[T]:
        lead = self.providers.lead
        if not isinstance(lead, Listens):
            raise NotOffered(lead.provider, f"no {what}")
        missing = NotOffered(lead.provider, f"no {what} for this application: {lead.refused_because}")

        async def ask() -> list[T]:
            calls = questions(lead)
            if not calls:
                raise missing
            return [one for call in calls for one in await self.fetcher.fetch(call, Lane.INTERACTIVE)]

        try:
            return await planned(lead, ask)
        except CapabilityGone:
            raise missing from None
