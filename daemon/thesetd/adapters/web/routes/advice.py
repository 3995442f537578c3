"""The routes that query the catalogue's provider while a caller waits: recommendations and audio features."""

from starlette.requests import Request

from thesetd.adapters.web.requests import limit_of
from thesetd.adapters.web.table import Handlers
from thesetd.ports.control import Advisor
from thesetd.ports.surface import routes
from thesetd.ports.surface.songs import MOST_ADVICE, AdviceWanted, Recommendations, SongHeard, SongsHeard


class AdviceRoutes:
    """The routes whose answers are passed on and not stored."""

    def __init__(self, advisor: Advisor) -> None:
        """Take the advisor."""
        self._advisor = advisor

    def handlers(self) -> Handlers:
        """Return them."""
        return {routes.RECOMMEND: self._recommend, routes.HEAR_SONGS: self._hear}

    async def _recommend(self, request: Request) -> Recommendations:
        artist, limit = request.path_params["artist"], _limit(request)
        return Recommendations(tracks=tuple(await self._advisor.recommendations(artist, limit=limit)))

    async def _hear(self, request: Request) -> SongsHeard:
        heard = await self._advisor.features(request.path_params["artist"], limit=_limit(request))
        return SongsHeard(songs=tuple(SongHeard(title=title, features=features) for title, features in heard))


def _limit(request: Request) -> int:
    return limit_of(request, usual=AdviceWanted().limit, most=MOST_ADVICE)
